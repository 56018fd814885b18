"""The page of questions in SQL: what it must refuse, what it must survive (security.md, S16)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from xfer_core import spool
from xfer_core.domain.errors import UsageError
from xfer_core.domain.event import EventType
from xfer_core.home import Home
from xfer_core.sql_page import asking
from xfer_core.sql_page.asking import Answer, Desk, Limits
from xfer_core.sql_page.snapshot import Snapshot, Snapshots
from xfer_core.store import Store

ANSWERED = {
    "SELECT name FROM languages WHERE code = 'sw'": [["Swahili"]],
    "WITH a AS (SELECT 1 AS x) SELECT x FROM a": [[1]],
    "VALUES (1), (2)": [[1], [2]],
    "FROM meta SELECT key;": [["schema_version"]],
    "SELECT 1 -- DROP TABLE cells": [[1]],
    "SELECT 'INSERT INTO x; DROP TABLE y'": [["INSERT INTO x; DROP TABLE y"]],
    "SELECT 1.5::DECIMAL(4, 2), true, NULL, [1, 2], {'a': 1}, DATE '2026-01-02'": [
        [1.5, True, None, "[1, 2]", "{'a': 1}", "2026-01-02"]
    ],
    "SELECT TIMESTAMPTZ '2026-01-02 03:04:05+00', 'x'::BLOB": [["2026-01-02 03:04:05+00", "x"]],
    "SELECT 2::HUGEINT ** 2, sum(i)::HUGEINT FROM range(3) t(i)": [[4.0, 3]],
}
"""Statement -> its rows."""
REFUSED = [
    *("SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM read_text('/etc/passwd')"),
    *("SELECT * FROM read_blob('/etc/passwd')", "SELECT * FROM glob('/*')"),
    *("SELECT * FROM sniff_csv('/etc/passwd')", "SELECT * FROM parquet_scan('x.parquet')"),
    *("SELECT * FROM read_json('/etc/passwd')", "FROM '/etc/passwd'", "FROM 'results.duckdb'"),
    *("COPY cells TO 'stolen.csv'", "COPY (SELECT 1) TO '/dev/stdout'"),
    *("EXPLAIN ANALYZE COPY cells TO 'stolen.csv'", "COPY cells FROM '/etc/passwd'"),
    *("EXPORT DATABASE 'stolen'", "IMPORT DATABASE 'stolen'"),
    *("ATTACH 'other.duckdb' AS other", "ATTACH ':memory:' AS other", "DETACH results"),
    *("USE other", "INSTALL httpfs", "LOAD httpfs", "FORCE INSTALL spatial FROM community"),
    *("SELECT getenv('HOME')", "SET enable_external_access = true", "RESET memory_limit"),
    *("SET memory_limit = '100GB'", "PRAGMA memory_limit = '100GB'", "PRAGMA database_list"),
    *("PRAGMA enable_profiling", "PRAGMA table_info('cells')", "CALL pragma_version()"),
    *("CREATE TABLE x (a INT)", "CREATE TEMP TABLE x (a INT)", "INSERT INTO meta VALUES (1, 2)"),
    *("CREATE TEMP VIEW metrics AS SELECT 1", "CREATE TEMP MACRO avg(x) AS 99"),
    *("CREATE OR REPLACE TEMP MACRO sum(x) AS 99", "CREATE SEQUENCE s", "CREATE SCHEMA s"),
    *("UPDATE cells SET score = 1", "DELETE FROM cells", "DROP TABLE cells", "TRUNCATE cells"),
    *("ALTER TABLE cells ADD COLUMN x INT", "VACUUM", "CHECKPOINT", "BEGIN", "COMMIT"),
    *("SELECT * FROM duckdb_secrets()", "CREATE SECRET s (TYPE s3)", "PREPARE p AS SELECT 1"),
    *("EXECUTE p", "SELECT 1; SELECT 2", "SELECT 1; DROP TABLE cells", ";", "", "-- nothing"),
    "WITH t AS (INSERT INTO meta VALUES ('a', 'b') RETURNING *) SELECT * FROM t",
    "EXPLAIN ANALYZE INSERT INTO meta VALUES ('a', 'b')",
    *("SELECT * FROM query('DROP TABLE cells')", "SELECT * FROM query('SELECT 1; SELECT 2')"),
    *("SELECT * FROM statements", "SELECT * FROM asked", "SELECT * FROM connection", "selct 1"),
    *("SELECT set_config('threads', '9')", "COMMENT ON TABLE cells IS 'x'", "KILL 1"),
]
BOMBS = [
    "SELECT repeat('x', 500000000)",
    "SELECT length(repeat('x', 2000000000)) FROM range(10)",
    "SELECT count(*) FROM range(100000000000) t(i) WHERE hash(i) % 7 = 3",
    "SELECT list(i) FROM range(200000000) t(i)",
    "SELECT count(*) FROM languages a, languages b, range(100000000000) c(i)"
    " WHERE i % 3 = length(a.name)",
]
PROBE = """
import importlib.util, json, sys
specification = importlib.util.spec_from_file_location("child", sys.argv[1])
child = importlib.util.module_from_spec(specification)
specification.loader.exec_module(child)
asked = json.load(sys.stdin)
connection = child.connected(asked["database"])
answers = [child.reply(connection, {**asked, "sql": sql}) for sql in asked.pop("all")]
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store.open(Home(tmp_path_factory.mktemp("asked") / "secret-name").create()) as store:
        yield store


@pytest.fixture(scope="module")
def snapshot(store: Store) -> Iterator[Snapshot]:
    snapshots = Snapshots()
    yield snapshots.newest(store)
    snapshots.close()


def ask(snapshot: Snapshot, sql: str, limits: Limits | None = None) -> Answer:
    answer = Desk(limits).ask(snapshot.database, sql, "reader").answer(40)
    assert answer is not None
    return answer


@pytest.fixture(scope="module")
def replies(snapshot: Snapshot) -> dict[str, Any]:
    """What the child's own connection and rule say to each statement, in one process."""
    statements = [*ANSWERED, *REFUSED]
    asked = {**vars(Limits()), "database": snapshot.database.name, "all": statements}
    done = subprocess.run(
        [sys.executable, "-I", "-c", PROBE, str(asking.CHILD)],
        input=json.dumps(asked).encode(),
        cwd=snapshot.database.parent,
        env={"TZ": "UTC"},
        capture_output=True,
        check=True,
    )
    return dict(zip(statements, json.loads(done.stdout), strict=True))


@pytest.mark.parametrize("sql", list(ANSWERED))
def test_questions_are_answered(sql: str, replies: dict[str, Any]) -> None:
    assert replies[sql].get("rows") == ANSWERED[sql], replies[sql]


@pytest.mark.parametrize("sql", REFUSED)
def test_what_is_no_question_is_refused(sql: str, replies: dict[str, Any]) -> None:
    assert "rows" not in replies[sql]
    assert replies[sql]["kind"] in ("refused", "statement", "statements")


def test_nothing_was_written(replies: dict[str, Any], snapshot: Snapshot) -> None:
    """The child works in the folder of the copy, so what it wrote would lie there."""
    assert [path.name for path in snapshot.database.parent.iterdir()] == ["results.duckdb"]


@pytest.mark.slow
def test_bombs_end_in_a_sentence_and_leave_nothing(snapshot: Snapshot) -> None:
    me = psutil.Process()
    before = me.memory_info().rss
    for sql in BOMBS:
        answer = ask(snapshot, sql)
        assert answer.error.startswith("The question "), answer
        assert answer.seconds <= 4.5
    assert me.memory_info().rss - before < 50e6
    assert not [child for child in me.children() if "child.py" in " ".join(child.cmdline())]
    assert ask(snapshot, "SELECT avg(x) FROM (VALUES (1), (3)) t(x)").rows == ((2.0,),)


def test_child_that_ignores_the_interrupt_is_killed(snapshot: Snapshot) -> None:
    limits = Limits(soft_seconds=60, hard_seconds=0.5)
    began = time.monotonic()
    answer = ask(snapshot, BOMBS[2], limits)
    assert "was stopped" in answer.error
    assert 0.4 < answer.seconds < 2.0
    assert time.monotonic() - began < 30


def test_cancelled_question_says_so_and_frees_the_desk(snapshot: Snapshot) -> None:
    desk = Desk(Limits(soft_seconds=60, hard_seconds=60), most=1)
    asked = desk.ask(snapshot.database, BOMBS[2], "one")
    with pytest.raises(UsageError, match="still at work"):
        desk.ask(snapshot.database, "SELECT 1", "one")
    with pytest.raises(UsageError, match="1 questions are at work"):
        desk.ask(snapshot.database, "SELECT 1", "two")
    assert asked.answer() is None
    asked.cancel()
    answer = asked.answer(10)
    assert answer is not None
    assert answer.error == "The question was cancelled."
    again = desk.ask(snapshot.database, "SELECT 1", "one").answer(40)
    assert again is not None
    assert again.rows == ((1,),)


def test_long_answers_are_cut_and_say_so(snapshot: Snapshot) -> None:
    many = ask(snapshot, "SELECT i, -i, repeat('x', 9000) FROM range(1500) t(i)")
    assert "more would be over 1 MB" in many.cut
    assert len(many.rows[0][2]) == 2000
    assert many.types[0] == "BIGINT"
    few = ask(snapshot, "SELECT i FROM range(1500) t(i)", Limits(rows=10))
    assert [row[0] for row in few.rows] == list(range(10))
    assert few.cut == "Only the first 10 rows are shown; there are more."


def test_child_knows_no_secret_and_no_path(
    snapshot: Snapshot, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANARY_TOKEN", "canary-value")
    answer = ask(snapshot, "SELECT path FROM duckdb_databases() WHERE database_name = 'results'")
    assert "secret-name" not in str(answer.rows)
    assert str(Path.home()) not in str(answer.rows) or str(Path.home()) == "/"
    settings = str(ask(snapshot, "SELECT * FROM duckdb_settings()").rows)
    assert "results.duckdb" in settings
    assert "secret-name" not in settings
    asked = Desk().ask(snapshot.database, BOMBS[2], "reader")
    (child,) = psutil.Process().children()
    assert "CANARY_TOKEN" not in child.environ()
    asked.cancel()
    asked.answer(10)


@pytest.mark.parametrize(("sql", "said"), [("  \n", "got none"), ("x" * 10_001, "10,001")])
def test_too_little_or_too_much_text_is_refused(sql: str, said: str, snapshot: Snapshot) -> None:
    with pytest.raises(UsageError, match=said):
        ask(snapshot, sql)


def test_copy_is_of_a_moment_and_named_by_its_content(tmp_path: Path) -> None:
    with Store.open(Home(tmp_path / "store").create()) as store:
        snapshots = Snapshots()
        first = snapshots.newest(store)
        assert snapshots.newest(store) is first
        folder = store.home.root / "snapshots"
        assert (folder / f"{first.id}.duckdb").stat().st_mode & 0o777 == 0o600
        assert folder.stat().st_mode & 0o777 == 0o700
        for number in range(4):
            run = f"run-{number}"
            with spool.Writer(store.home.run(run), run, 1) as writer:
                writer.append(EventType.STATE, state="succeeded", reason="")
            store.import_new()
            newest = snapshots.renew(store)
        assert newest.id != first.id
        assert len(list(folder.iterdir())) == 2
        assert first.database.parent.parent == newest.database.parent.parent
        assert ask(newest, "SELECT count(*) FROM runs").rows == ((4,),)
        neutral = newest.database.parent.parent
        snapshots.close()
        assert not neutral.exists()
        assert os.path.exists(folder / f"{newest.id}.duckdb")


def test_broken_copy_is_explained(tmp_path: Path) -> None:
    broken = tmp_path / "results.duckdb"
    broken.write_bytes(b"no database")
    answer = Desk().ask(broken, "SELECT 1", "reader").answer(40)
    assert answer is not None
    assert answer.error.startswith("The copy of the results did not open")

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from xfer_core.domain.errors import UsageError
from xfer_core.home import Home
from xfer_core.sql_page import meanings, saved
from xfer_core.sql_page.asking import Answer
from xfer_core.sql_page.tables import csv_text, table
from xfer_core.store import Store


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "store").create()


def test_every_table_and_column_has_a_meaning_and_no_other(home: Home) -> None:
    with Store.temporary(home) as store:
        found = meanings.schema(store)
    assert list(found) == list(meanings.TABLES)
    silent = [
        f"{name}.{row.column}"
        for name, rows in found.items()
        for row in rows.itertuples()
        if not row.meaning
    ]
    assert not silent, "say in xfer_core/sql_page/meanings.py what they hold"
    columns = {column for rows in found.values() for column in rows["column"]}
    assert set(meanings.COLUMNS) <= columns
    assert {column for _, column in meanings.OTHERWISE} <= columns


def test_csv_runs_nothing_and_keeps_numbers() -> None:
    hostile = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "＝1", 'a "b", c\n', "plain"]
    answer = Answer(
        columns=("=name", "n"), rows=tuple((text, -0.3) for text in hostile), types=("VARCHAR",) * 2
    )
    rows = list(csv.reader(io.StringIO(csv_text(answer), newline="")))
    assert rows[0] == ["'=name", "n"]
    assert [row[0] for row in rows[1:]] == [*(f"'{text}" for text in hostile[:7]), *hostile[7:]]
    assert {row[1] for row in rows[1:]} == {"-0.3"}


def test_table_has_names_that_differ_and_columns_of_one_kind() -> None:
    answer = Answer(columns=("a", "a", "b"), rows=((1, 2.5, 7), (None, 3.5, "9" * 30)))
    shown = table(answer)
    assert list(shown.columns) == ["a", "a (2)", "b"]
    assert list(shown["b"]) == ["7", "9" * 30]
    assert shown["a (2)"].sum() == 6.0
    assert list(table(Answer(columns=("x",))).columns) == ["x"]


def test_saved_questions_are_files_that_come_back(home: Home) -> None:
    first = saved.save(home, "  Gains by Fämily  ", "SELECT 1\n")
    assert first.id == "gains-by-family"
    path = home.root / "queries" / "gains-by-family.sql"
    assert path.read_text() == "-- Gains by Fämily\nSELECT 1\n"
    assert path.stat().st_mode & 0o777 == 0o600
    saved.save(home, "Gains by family", "SELECT 2")
    (path.parent / "by-hand.sql").write_text("SELECT 3 -- mine")
    (path.parent / "broken.sql").write_bytes(b"\xff\xfe")
    own = [one for one in saved.saved(home) if not saved.is_example(one)]
    assert [(one.title, one.sql) for one in own] == [
        ("by-hand", "SELECT 3 -- mine"),
        ("Gains by family", "SELECT 2"),
    ]
    saved.delete(home, "by-hand")
    saved.delete(home, "by-hand")
    assert len(saved.saved(home)) == 1 + len(saved.EXAMPLES)


@pytest.mark.parametrize(
    ("title", "sql"), [("", "SELECT 1"), ("…", "SELECT 1"), ("a" * 61, "SELECT 1"), ("a", "  ")]
)
def test_nothing_is_saved_without_title_or_question(title: str, sql: str, home: Home) -> None:
    with pytest.raises(UsageError, match="Expected"):
        saved.save(home, title, sql)
    assert not (home.root / "queries").exists()


@pytest.mark.parametrize("name", ["../run", "/etc/passwd", "a/b", "A", "%2e%2e", ""])
def test_no_id_leads_out_of_the_folder(name: str, home: Home) -> None:
    with pytest.raises(UsageError, match="Expected an id"):
        saved.delete(home, name)

"""The store: one owner, versions, damage, threads."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import numpy as np
import pytest
from spool_samples import stage, write_grid, write_job

from xfer_core.domain.errors import StoreError, StoreOwned, StoreTooNew
from xfer_core.home import Home
from xfer_core.store import Store, opening
from xfer_core.store.rebuild import content_hash

ROOT = Path(__file__).resolve().parents[2]
COUNT = "SELECT count(*) AS n FROM scores"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "store").create()


def set_version(home: Home, version: int) -> bytes:
    connection = duckdb.connect(str(home.database))
    connection.execute("UPDATE meta SET value = ?", [str(version)])
    connection.close()
    return home.database.read_bytes()


def flip(path: Path, position: int) -> None:
    data = bytearray(path.read_bytes())
    data[position] ^= 4
    path.write_bytes(data)


def test_second_owner_is_refused_with_the_name_of_the_first(home: Home) -> None:
    program = (
        "import sys, time; from xfer_core.home import Home; from xfer_core.store import Store;"
        f"s = Store.open(Home(__import__('pathlib').Path({str(home.root)!r})));"
        "print('open', flush=True); time.sleep(60)"
    )
    other = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert other.stdout is not None and other.stdout.readline() == b"open\n"
        with pytest.raises(StoreOwned, match=f"process {other.pid} on host .+ since 20.+; close"):
            Store.open(home)
        write_grid(home)
        with Store.connect(home) as store:
            assert store.is_temporary
            assert store.query(COUNT)["n"][0] == 12
    finally:
        other.kill()
        other.wait()
        assert other.stdout is not None
        other.stdout.close()
    with Store.connect(home) as store:
        assert not store.is_temporary and not store.notices


def test_store_is_free_again_after_close_and_answers_no_more(home: Home) -> None:
    first = Store.open(home)
    with pytest.raises(StoreOwned):
        Store.open(home)
    first.close()
    with Store.open(home):
        pass
    with pytest.raises(StoreError, match="was closed"):
        first.query(COUNT)


def test_newer_version_is_refused_and_untouched(home: Home) -> None:
    Store.open(home).close()
    before = set_version(home, opening.SCHEMA_VERSION + 1)
    with pytest.raises(StoreTooNew, match="update Xfer"):
        Store.open(home)
    assert home.database.read_bytes() == before
    assert [path.name for path in home.root.glob("xfer.duckdb*")] == ["xfer.duckdb"]


def test_older_version_is_kept_and_rebuilt(home: Home) -> None:
    write_grid(home)
    with Store.open(home) as store:
        expected = content_hash(store)
    before = set_version(home, 0)
    with Store.open(home) as store:
        assert content_hash(store) == expected
        assert "version 0" in store.notices[0]
    kept = list(home.root.glob("xfer.duckdb.v0-*"))
    assert [path.read_bytes() for path in kept] == [before]


@pytest.mark.parametrize("damage", ["head", "first block", "middle", "short", "empty", "wal"])
def test_damaged_database_is_kept_and_rebuilt(home: Home, damage: str) -> None:
    write_grid(home)
    with Store.open(home) as store:
        expected = content_hash(store)
    database, size = home.database, home.database.stat().st_size
    if damage == "wal":
        leave_wal_behind(home)
        flip(opening.wal_of(database), opening.wal_of(database).stat().st_size // 2)
    elif damage in ("short", "empty"):
        os.truncate(database, size // 2 if damage == "short" else 0)
    else:
        flip(database, {"head": 9, "first block": 5000, "middle": size // 2}[damage])
    with Store.connect(home) as store:
        assert content_hash(store) == expected
        aside = list(home.root.glob("xfer.duckdb.corrupt-*"))
        # A flip in a block that nothing uses is no damage.
        assert len(store.notices) == bool(aside)
        assert aside or damage in ("middle", "first block")
    with Store.open(home) as store:
        assert content_hash(store) == expected and not store.notices


def leave_wal_behind(home: Home) -> None:
    """What kill -9 leaves: committed rows that are only in the write-ahead log."""
    program = (
        "import os, sys, pathlib; from xfer_core.home import Home; from xfer_core.store import "
        f"Store; s = Store.open(Home(pathlib.Path({str(home.root)!r})), ingest=False);"
        "s.import_new(); os.kill(os.getpid(), 9)"
    )
    write_job(home, stage(seed=77))
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False)
    assert opening.wal_of(home.database).exists()
    (home.job(stage(seed=77).key) / "events.jsonl").unlink()


def test_eight_threads_read_while_one_imports(home: Home) -> None:
    write_grid(home)
    with Store.open(home) as store:
        store.start_ingesting(interval=0.01)
        stop = threading.Event()

        def read() -> int:
            last = 0
            while not stop.is_set():
                n = int(store.query("SELECT count(*) AS n FROM scores WHERE seed > ?", [0])["n"][0])
                assert n >= last and n % 3 == 0
                last = n
            return last

        with ThreadPoolExecutor(8) as pool:
            readers = [pool.submit(read) for _ in range(8)]
            for seed in range(3, 13):
                write_job(home, stage(seed=seed))
            deadline = time.monotonic() + 20
            while store.query(COUNT)["n"][0] < 42 and time.monotonic() < deadline:
                time.sleep(0.02)
            stop.set()
            for reader in readers:
                reader.result()
        assert store.ingest_error is None
        assert store.query(COUNT)["n"][0] == 42


def test_query_returns_plain_types(home: Home) -> None:
    write_grid(home)
    with Store.temporary(home) as store:
        table = store.query(
            "SELECT recorded_at, samples, sum(n) OVER () AS total, contended FROM latency "
            "WHERE encoder = $encoder",
            {"encoder": "mini-encoder"},
        )
        assert str(table["recorded_at"].dtype.tz) == "UTC"
        assert len(table["samples"][0]) == 20 and isinstance(table["samples"][0], np.ndarray)
        assert table["total"].dtype == float and table["contended"].dtype == bool
        assert store.query("SELECT 1 AS one WHERE false").columns.tolist() == ["one"]
        with pytest.raises(StoreError, match="nowhere"):
            store.query("SELECT * FROM nowhere")
        with pytest.raises(StoreError):
            store.query("COPY scores TO 'leak.csv'")


def test_full_disk_is_reported_and_survived(home: Home) -> None:
    """A checkpoint that fails invalidates the database object; the store opens it once more."""
    program = f"""
import pathlib, resource, signal
from xfer_core.home import Home
from xfer_core.store import Store
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = Store.open(Home(pathlib.Path({str(home.root)!r})))
before = store.query("SELECT count(*) AS n FROM scores")["n"][0]
cursor = store._connection.cursor()
cursor.execute("CREATE TABLE big AS SELECT md5(i::VARCHAR) AS s FROM range(50000) t(i)")
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (store.home.database.stat().st_size + 4096, hard))
try:
    cursor.execute("CHECKPOINT")
except Exception as error:
    print(type(error).__name__)
cursor.close()
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
after = store.query("SELECT count(*) AS n FROM scores")["n"][0]
print(before, after, store.import_new(), store.notices)
store.close()
"""
    write_grid(home)
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "12 12 0 []", done.stdout + done.stderr
    assert "FatalException" in done.stdout

"""Rebuilding the index from the spool."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from spool_samples import stage, write_grid, write_job, write_run

from xfer_core.domain.errors import StoreOwned
from xfer_core.home import Home
from xfer_core.store import Store, opening
from xfer_core.store.rebuild import content_hash, rebuild
from xfer_core.store.seal import seal


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "store").create()


def test_rebuilt_store_is_the_same(home: Home) -> None:
    write_grid(home)
    with Store.open(home) as store:
        expected = content_hash(store)
    report = rebuild(home)
    assert report.content_hash_before == report.content_hash_after == expected
    assert report.rows > 60 and report.damaged_lines == 0
    assert not list(home.root.glob("xfer.duckdb.*"))
    seal(home, 0)
    assert rebuild(home).content_hash_after == expected
    with Store.open(home, ingest=False) as store:
        assert content_hash(store) == expected


def test_content_hash_does_not_depend_on_the_order_of_arrival(home: Home, tmp_path: Path) -> None:
    stages = [stage(kind, seed=seed) for kind in ("target", "evaluate") for seed in (1, 2, 3)]
    with Store.open(home) as store:
        for each in random.Random(3).sample(stages, len(stages)):
            write_job(home, each, end="killed" if each.seed == 3 else "succeeded")
            store.import_new()
        write_run(home, "run-1", stages, state="lost", jobs="running")
        store.import_new()
        expected = content_hash(store)
    assert rebuild(home).content_hash_after == expected
    write_job(home, stage(seed=9))
    assert rebuild(home).content_hash_after != expected


def test_missing_database_and_leftovers(home: Home) -> None:
    write_grid(home)
    (home.root / "xfer.duckdb.building").write_bytes(b"half")
    report = rebuild(home)
    assert report.content_hash_before is None
    with Store.open(home, ingest=False) as store:
        assert content_hash(store) == report.content_hash_after


def test_unreadable_database_is_kept_aside(home: Home) -> None:
    write_grid(home)
    home.database.write_bytes(b"not a database" * 1000)
    report = rebuild(home)
    assert report.content_hash_before is None and "kept as" in report.notices[0]
    kept = list(home.root.glob("xfer.duckdb.corrupt-*"))
    assert len(kept) == 1 and kept[0].read_bytes().startswith(b"not a database")


def test_stray_log_never_reaches_the_new_database(home: Home) -> None:
    write_grid(home)
    opening.wal_of(home.database).write_bytes(b"stray")
    report = rebuild(home)
    with Store.open(home) as store:
        assert content_hash(store) == report.content_hash_after and not store.notices


def test_owned_store_is_not_rebuilt(home: Home) -> None:
    with Store.open(home), pytest.raises(StoreOwned):
        rebuild(home)

"""The doctor finds what was planted, and only that."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from spool_samples import TORN, append, stage, write_grid, write_job

from xfer_core import spool
from xfer_core.home import Home
from xfer_core.store import Store
from xfer_core.store.doctor import doctor
from xfer_core.store.reading import SEALED
from xfer_core.store.seal import seal


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "store").create()
    write_grid(home)
    folder = home.checkpoint("weights")
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"weights")
    files = {"bytes": 7, "sha256": hashlib.sha256(b"weights").hexdigest()}
    manifest = {"files": {"model.safetensors": files}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return home


def faults(home: Home) -> dict[str, str]:
    return {check.name: check.detail for check in doctor(home) if not check.ok}


def test_a_sound_store_passes_open_sealed_or_owned(home: Home) -> None:
    assert faults(home) == {}
    assert len(doctor(home)) == 8
    assert seal(home, 0) and faults(home) == {}
    with Store.open(home):
        checks = {check.name: check for check in doctor(home)}
        assert all(check.ok for check in checks.values())
        assert "another process" in checks["database opens"].detail


def test_open_folder(home: Home, tmp_path: Path) -> None:
    home.root.chmod(0o755)
    assert "0755" in faults(home)["store folder is private"]
    assert not doctor(Home(tmp_path / "nowhere"))[0].ok


@pytest.mark.parametrize("sealed", [False, True])
def test_changed_events(home: Home, sealed: bool) -> None:
    folder = home.job(stage().key)
    path = folder / (SEALED if sealed else spool.EVENTS)
    if sealed:
        seal(home, 0)
        data = bytearray(path.read_bytes())
        data[len(data) // 3] ^= 1
    else:
        data = bytearray(path.read_bytes().replace(b'"value":0.', b'"value":1.', 1))
    path.write_bytes(data)
    found = faults(home)["results agree with events"]
    assert folder.name in found and "and" not in found.split(":")[0]


def test_missing_event(home: Home) -> None:
    path = home.job(stage().key) / spool.EVENTS
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:2] + lines[3:]))
    assert "4 events instead of 5" in faults(home)["results agree with events"]


def test_rows_missing_from_the_database(home: Home) -> None:
    with Store.open(home) as store:
        cursor = store._connection.cursor()
        cursor.execute("DELETE FROM scores WHERE language = 'de' AND seed = 1")
        cursor.close()
    found = faults(home)
    assert list(found) == ["rows in the database agree with the spool"]
    assert "2 rows instead of 3" in found["rows in the database agree with the spool"]


def test_changed_checkpoints(home: Home) -> None:
    (home.checkpoint("weights") / "model.safetensors").write_bytes(b"weighty")
    home.checkpoint("bare").mkdir()
    found = faults(home)["checkpoints match their manifests"]
    assert "bare: no readable manifest" in found and "weights: model.safetensors was" in found


def test_strange_run_state_and_damaged_database(home: Home) -> None:
    home.database.write_bytes(b"nonsense" * 4096)
    event = {"job_id": "run-1", "attempt": 1, "seq": 99, "type": "state", "at": spool.now()}
    line = json.dumps({**event, "payload": {"state": "asleep"}}).encode() + b"\n"
    append(home.run("run-1"), line)
    found = faults(home)
    assert "asleep" in found["runs are accounted for"]
    assert "rebuilt" in found["database opens"]


def test_leftovers_and_damaged_lines_are_named(home: Home) -> None:
    (home.checkpoints / ".tmp-123").mkdir()
    append(write_job(home, stage(seed=5), end="killed"), TORN + b"\n")
    details = {check.name: check for check in doctor(home)}
    assert all(check.ok for check in details.values())
    assert ".tmp-123" in details["leftovers of killed writers"].detail
    assert ": 1" in details["damaged lines"].detail

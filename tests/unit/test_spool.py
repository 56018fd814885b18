"""The spool keeps every whole line, whatever happens to the process that writes it."""

from __future__ import annotations

import hashlib
import json
import math
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from xfer_core import spool
from xfer_core.domain.event import EventType

DIES = """
import os, signal, sys
from pathlib import Path
from xfer_core import spool
from xfer_core.domain.event import EventType
writer = spool.Writer(Path(sys.argv[1]), "job", 1)
for step in range(5):
    writer.append(EventType.PROGRESS, step=step)
os.kill(os.getpid(), signal.SIGKILL)
"""


def write(folder: Path, steps: range, attempt: int = 1) -> spool.Writer:
    with spool.Writer(folder, "job", attempt) as writer:
        for step in steps:
            writer.append(EventType.PROGRESS, step=step)
    return writer


def steps_of(events: list) -> list[int]:
    return [event.payload["step"] for event in events]


def test_what_is_appended_is_read_once(tmp_path):
    path = tmp_path / spool.EVENTS
    assert spool.read_events(path) == ([], 0, 0)
    write(tmp_path, range(3))
    events, offset, damaged = spool.read_events(path)
    assert (steps_of(events), damaged) == ([0, 1, 2], 0)
    assert [(event.job_id, event.attempt, event.seq) for event in events] == [
        ("job", 1, 0),
        ("job", 1, 1),
        ("job", 1, 2),
    ]
    assert spool.read_events(path, offset) == ([], offset, 0)
    write(tmp_path, range(3, 5), attempt=2)
    events, end, _ = spool.read_events(path, offset)
    assert steps_of(events) == [3, 4]
    assert [event.seq for event in events] == [0, 1]
    assert end == path.stat().st_size


def test_rows_and_hash_are_of_the_attempt_alone(tmp_path):
    write(tmp_path, range(3))
    size = (tmp_path / spool.EVENTS).stat().st_size
    second = write(tmp_path, range(2), attempt=2)
    mine = (tmp_path / spool.EVENTS).read_bytes()[size:]
    assert second.rows == 2
    assert second.sha256 == hashlib.sha256(mine).hexdigest()


def test_an_unfinished_line_is_left_for_later(tmp_path):
    write(tmp_path, range(2))
    path = tmp_path / spool.EVENTS
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:20])
    events, offset, damaged = spool.read_events(path)
    assert (steps_of(events), offset, damaged) == ([0, 1], len(whole), 0)
    path.write_bytes(whole + whole)
    assert steps_of(spool.read_events(path, offset)[0]) == [0, 1]


def test_the_last_event_is_read_from_the_end_alone(tmp_path):
    path = tmp_path / spool.EVENTS
    assert spool.last_event(path) is None
    write(tmp_path, range(2_000))
    assert path.stat().st_size > 2 * spool.TAIL_BYTES
    with path.open("ab") as file:
        file.write(b'{"torn')
    last = spool.last_event(path)
    assert last is not None and last.payload == {"step": 1_999}


def test_a_torn_line_is_closed_off_by_the_next_attempt(tmp_path):
    write(tmp_path, range(2))
    path = tmp_path / spool.EVENTS
    path.write_bytes(path.read_bytes()[:-9])
    write(tmp_path, range(5, 7), attempt=2)
    events, offset, damaged = spool.read_events(path)
    assert (steps_of(events), damaged) == ([0, 5, 6], 1)
    assert offset == path.stat().st_size


@pytest.mark.parametrize(
    "line", [b"\x00\xff\x00", b"[]", b'{"type": "party"}', b'{"type": "score", "job_id": 1}', b"7"]
)
def test_a_damaged_line_costs_only_itself(tmp_path, line):
    write(tmp_path, range(1))
    with (tmp_path / spool.EVENTS).open("ab") as file:
        file.write(line + b"\n\n")
    write(tmp_path, range(1, 2), attempt=2)
    events, _, damaged = spool.read_events(tmp_path / spool.EVENTS)
    assert (steps_of(events), damaged) == ([0, 1], 1)


def test_numbers_that_json_lacks_are_text(tmp_path):
    with spool.Writer(tmp_path, "job", 1) as writer:
        writer.append(EventType.PROGRESS, loss=math.nan, rates=(math.inf, -math.inf, 0.5))
    line = (tmp_path / spool.EVENTS).read_bytes()

    def refuse(name: str) -> None:
        raise AssertionError(name)

    payload = json.loads(line, parse_constant=refuse)["payload"]
    assert payload == {"loss": "nan", "rates": ["inf", "-inf", 0.5]}


def test_a_killed_writer_loses_nothing(tmp_path):
    died = subprocess.run([sys.executable, "-c", DIES, str(tmp_path)], check=False)
    assert died.returncode == -9
    events, _, damaged = spool.read_events(tmp_path / spool.EVENTS)
    assert (steps_of(events), damaged) == ([0, 1, 2, 3, 4], 0)


def test_files_are_private(tmp_path):
    folder = tmp_path / "new"
    write(folder, range(1))
    spool.publish(folder / spool.RESULT, {})
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_reader_of_a_published_file_never_sees_half(tmp_path):
    path = tmp_path / spool.RESULT
    spool.publish(path, {"number": -1, "text": ""})
    over = threading.Event()
    seen: list[object] = []

    def read() -> None:
        while not over.is_set():
            seen.append(spool.read_json(path))

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(60):
        spool.publish(path, {"number": number, "text": str(number) * 30_000})
    over.set()
    reader.join()
    assert all(one and one["text"] in ("", str(one["number"]) * 30_000) for one in seen)
    assert [file.name for file in tmp_path.iterdir()] == [spool.RESULT]


def test_what_cannot_be_written_leaves_the_old_file(tmp_path):
    path = tmp_path / spool.RESULT
    spool.publish(path, {"state": "succeeded"})
    with pytest.raises(TypeError):
        spool.publish(path, {"state": object()})
    assert spool.read_json(path) == {"state": "succeeded"}


@pytest.mark.parametrize("text", [None, "", "{", "[1]", "\x00"])
def test_a_missing_or_damaged_object_is_none(tmp_path, text):
    path = tmp_path / "file.json"
    if text is not None:
        path.write_text(text)
    assert spool.read_json(path) is None


def test_folders_are_sorted_and_files_left_out(tmp_path):
    for name in ("b", "a", "c"):
        (tmp_path / name).mkdir()
    (tmp_path / "file").touch()
    assert [path.name for path in spool.folders(tmp_path)] == ["a", "b", "c"]
    assert list(spool.folders(tmp_path / "nowhere")) == []

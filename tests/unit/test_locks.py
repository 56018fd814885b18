"""Locks and slots: bounded, fair, and free again when their holder dies."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from contextlib import ExitStack

import pytest

from xfer_core import locks

HOLDS = """
import sys, time
from pathlib import Path
from xfer_core import locks
with locks.attempted(Path(sys.argv[1])) as mine:
    print(mine, flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def _two_slots(tmp_path, monkeypatch):
    monkeypatch.setenv(locks.SLOT_FOLDER_VARIABLE, str(tmp_path / "slots"))
    monkeypatch.setenv(locks.SLOTS_VARIABLE, "2")


class Counter:
    """How many hold a slot now, and the most that ever did."""

    def __init__(self) -> None:
        self.now, self.most, self.total = 0, 0, 0
        self._lock = threading.Lock()

    def __enter__(self) -> Counter:
        with self._lock:
            self.now += 1
            self.total += 1
            self.most = max(self.most, self.now)
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self.now -= 1


def in_threads(work, n: int) -> None:
    threads = [threading.Thread(target=work) for _ in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
        assert not thread.is_alive()


def test_no_more_work_at_once_than_there_are_slots():
    counter = Counter()

    def work() -> None:
        for _ in range(2):
            with locks.slots(), counter:
                time.sleep(0.02)

    in_threads(work, 6)
    assert (counter.most, counter.total) == (2, 12)


def test_who_takes_all_slots_is_alone():
    counter = Counter()
    alone: list[int] = []

    def small() -> None:
        for _ in range(4):
            with locks.slots(), counter:
                time.sleep(0.01)

    def large() -> None:
        for _ in range(3):
            with locks.slots(all_of_them=True):
                alone.append(counter.now)
                time.sleep(0.01)
                alone.append(counter.now)

    others = [threading.Thread(target=large) for _ in range(2)]
    for thread in others:
        thread.start()
    in_threads(small, 3)
    for thread in others:
        thread.join(timeout=20)
    assert alone == [0] * 12
    assert counter.total == 12


def test_a_stream_of_small_work_does_not_starve_who_wants_all():
    over = threading.Event()
    entered = threading.Event()

    def small() -> None:
        while not over.is_set():
            with locks.slots():
                time.sleep(0.02)

    def large() -> None:
        with locks.slots(all_of_them=True):
            entered.set()

    crowd = [threading.Thread(target=small) for _ in range(4)]
    for thread in crowd:
        thread.start()
    time.sleep(0.1)
    patient = threading.Thread(target=large)
    patient.start()
    in_time = entered.wait(timeout=10)
    over.set()
    for thread in [*crowd, patient]:
        thread.join(timeout=20)
    assert in_time


def test_a_killed_holder_frees_its_lock(tmp_path):
    path = tmp_path / "run.lock"
    assert not locks.is_held(path)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout and holder.stdout.readline() == "True\n"
        assert locks.is_held(path)
        assert locks.holder(path)["pid"] == holder.pid
        with locks.attempted(path) as mine:
            assert not mine
        assert locks.holder(path)["pid"] == holder.pid
    finally:
        holder.kill()
        holder.communicate()
    assert not locks.is_held(path)
    with locks.attempted(path) as mine:
        assert mine
        assert locks.holder(path)["pid"] == os.getpid()
        assert locks.is_held(path)
    assert not locks.is_held(path)


def test_looking_at_a_lock_never_keeps_anybody_from_taking_it(tmp_path):
    path = tmp_path / "run.lock"
    path.touch()
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            locks.is_held(path)

    lookers = [threading.Thread(target=look) for _ in range(2)]
    for thread in lookers:
        thread.start()
    taken = []
    for _ in range(200):
        with locks.attempted(path) as mine:
            taken.append(mine)
    over.set()
    for thread in lookers:
        thread.join()
    assert all(taken)


def test_exclusive_waits_for_its_turn(tmp_path):
    path = tmp_path / "folder" / "job.lock"
    order: list[str] = []
    with ExitStack() as held:
        held.enter_context(locks.exclusive(path))

        def wait() -> None:
            with locks.exclusive(path):
                order.append("second")

        thread = threading.Thread(target=wait)
        thread.start()
        time.sleep(0.1)
        order.append("first")
    thread.join(timeout=10)
    assert order == ["first", "second"]


@pytest.mark.parametrize(("given", "expected"), [("3", 3), ("0", 1), ("many", None), ("", None)])
def test_slot_count(monkeypatch, given, expected):
    monkeypatch.setenv(locks.SLOTS_VARIABLE, given)
    assert locks.slot_count() == (expected or len(os.sched_getaffinity(0)))


def test_a_damaged_description_names_nobody(tmp_path):
    path = tmp_path / "run.lock"
    assert locks.holder(path) == {}
    path.write_text("{torn")
    assert locks.holder(path) == {}

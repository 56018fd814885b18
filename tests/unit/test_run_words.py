from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from xfer_core import spool
from xfer_core.charts import run_words
from xfer_core.domain.run import State
from xfer_core.home import Home
from xfer_core.run_notes import Notes


def run(run_id: str, state: str, minutes: int = 1, failed: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "state": state,
        "created_at": datetime(2026, 11, 23, 4, 0, tzinfo=UTC),
        "started_at": datetime(2026, 11, 23, 4, 0, tzinfo=UTC),
        "ended_at": datetime(2026, 11, 23, 4, minutes, tzinfo=UTC),
        "stages_total": minutes,
        "stages_failed": failed,
        "encoder": "mini-s",
        "intermediates": "mini-mnli, none",
        "targets": "mini-xnli",
        **more,
    }


NOTES = {"b": Notes(("paper", "Final run"), "The GPU was hot."), "c": Notes(("paper",))}


@pytest.fixture
def listed() -> pd.DataFrame:
    rows = [
        run("d", "running"),
        run("c", "running", 2),
        run("b", "succeeded", 9, targets="mini-pos"),
        run("a", "failed", 3, failed=2),
    ]
    return run_words.listing(
        pd.DataFrame(rows),
        lambda run_id, state: "interrupted" if run_id == "c" else state,
        lambda run_id: NOTES.get(run_id, Notes()),
    )


@pytest.mark.parametrize(
    ("group", "tag", "text", "expected"),
    [
        ("all", "", "", "dcba"),
        ("active", "", "", "d"),
        ("stopped", "", "", "c"),
        ("finished", "", "", "b"),
        ("failed", "", "", "a"),
        ("all", "paper", "", "cb"),
        ("all", "", "hot GPU", "b"),
        ("all", "", "final", "b"),
        ("all", "", "mnli pos", "b"),
        ("failed", "paper", "", ""),
        ("all", "", "nothing like it", ""),
    ],
)
def test_filters(group: str, tag: str, text: str, expected: str, listed: pd.DataFrame) -> None:
    assert "".join(run_words.wanted(listed, group, tag, text)["run_id"]) == expected


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("newest", "dcba"),
        ("oldest", "abcd"),
        ("longest", "bacd"),
        ("failed", "adcb"),
        ("stages", "bacd"),
    ],
)
def test_orders(order: str, expected: str, listed: pd.DataFrame) -> None:
    assert "".join(run_words.ordered(listed, order)["run_id"]) == expected


def test_time_of_a_run_that_nobody_carries_on_ends_with_its_last_event() -> None:
    heard = datetime(2026, 11, 23, 4, 7, tzinfo=UTC)
    counted = {"stages_done": 1, "stages_reused": 0, "seeds": "1"}
    dead = run("e", "running", ended_at=pd.NaT, last_event_at=heard, **counted)
    listed = run_words.listing(pd.DataFrame([dead]), lambda *_: "interrupted", lambda _: Notes())
    assert run_words.runs(listed)["Time"].tolist() == ["7 min 0 s"]
    assert "took 7 min 0 s" in run_words.summary(dead, "interrupted")


def test_tags_are_those_of_the_runs(listed: pd.DataFrame) -> None:
    assert run_words.tags_in(listed) == ["Final run", "paper"]


def test_every_state_says_what_can_be_done() -> None:
    can = {str(state): run_words.actions(str(state)) for state in State}
    assert can == {
        "queued": ("cancel",),
        "starting": ("cancel",),
        "running": ("cancel",),
        "succeeded": (),
        "failed": ("retry",),
        "cancelled": ("resume",),
        "lost": ("resume", "give up"),
        "interrupted": ("resume", "give up"),
    }


def test_log_of_a_stage_is_bounded_and_harmless(tmp_path: Path) -> None:
    home = Home(tmp_path).create()
    folder = home.job("stage-1")
    folder.mkdir()
    assert not run_words.has_log(home, "stage-1")
    assert run_words.stage_log_tail(home, "stage-1").startswith("This stage has not")
    (folder / spool.LOG).write_bytes(b"first\n" + b"x" * 300_000 + b"\x1b[31mred\xff\n")
    text = run_words.stage_log_tail(home, "stage-1")
    assert run_words.has_log(home, "stage-1")
    assert len(text) < 200_100
    assert "first" not in text
    assert "\x1b" not in text


def test_environment_is_a_line() -> None:
    found = {"git_commit": "abc", "python": "3.11", "cores": 1, "versions": {"torch": "2.13"}}
    assert run_words.environment(found) == "commit abc · Python 3.11 · 1 core · torch 2.13"
    assert run_words.environment({}) == ""

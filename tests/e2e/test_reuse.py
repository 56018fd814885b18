"""What is done once is not done again, and what depends on a change is: exactly that, no more."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from xfer_core import jobs, spool
from xfer_core.domain.event import EventType
from xfer_core.domain.run import Stage, StageKind
from xfer_core.home import Home
from xfer_core.store import Store
from xfer_core.views.gains import gains
from xfer_core.views.heatmap import heatmap

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
NOTHING_TO_TEST = """
from dataclasses import replace

from xfer_core.mini import inference
from xfer_core.mini.source import Generated
from xfer_core.tasks import mini_xnli

_SOURCE = Generated(
    "void", inference.one_sentence, inference.render, sizes={"train": 64, "dev": 4, "test": 0}
)
VOID = replace(mini_xnli.MINI_XNLI, name="void", source=_SOURCE, train_examples=64)
"""


def stages(home: Home) -> list[Stage]:
    found = (spool.read_json(folder / spool.STAGE) for folder in spool.folders(home.jobs))
    return [Stage.from_json(one["stage"]) for one in found if one]


def names(chosen: list[Stage]) -> set[tuple[str, str, str | None, int]]:
    return {(str(s.kind), s.intermediate, s.target, s.seed) for s in chosen}


def planned(xfer, home: Home, given: list[str]) -> set[str]:
    """Keys of the stages that a run would do."""
    plan = xfer("plan", *given, "--home", home.root, "--json").json
    return {stage["key"] for stage in plan["stages"] if not stage["reused"]}


def run(xfer, home: Home, given: list[str], code: int = 0) -> str:
    answer = xfer("run", *given, "--home", home.root, "--json")
    assert answer.code == code, answer.err
    return json.loads(answer.out)["run_id"]


def test_a_second_run_reuses_everything(xfer, copied, request_options, run_events, worked_on):
    before = {path: path.stat().st_mtime_ns for path in copied.jobs.glob("*/*.jsonl")}
    run_id = run(xfer, copied, request_options())
    assert worked_on(copied, run_id) == set()
    assert {path: path.stat().st_mtime_ns for path in copied.jobs.glob("*/*.jsonl")} == before
    states = [e.payload for e in run_events(copied, run_id) if e.type is EventType.STATE]
    assert states[-1]["state"] == "succeeded"


@pytest.mark.parametrize("damage", ["deleted", "torn"])
def test_a_lost_checkpoint_is_made_again_when_something_must_stand_on_it(
    xfer, copied, request_options, worked_on, damage
):
    gone = next(s for s in stages(copied) if names([s]) == {("target", "mini-sst", "mini-xnli", 2)})
    if damage == "deleted":
        shutil.rmtree(copied.checkpoint(gone.key))
    else:
        weights = copied.checkpoint(gone.key) / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:1000])
    assert planned(xfer, copied, request_options()) == set()  # its scores are still there
    depends = [s for s in stages(copied) if gone.key in (s.key, s.parent)]
    assert len(depends) == 2
    evaluation, before = next(s for s in depends if s.kind is StageKind.EVALUATE), _scores(copied)
    shutil.rmtree(copied.job(evaluation.key))
    assert planned(xfer, copied, request_options()) == {stage.key for stage in depends}
    run_id = run(xfer, copied, request_options())
    assert worked_on(copied, run_id) == names(depends)
    assert jobs.checkpoint_is_whole(copied, gone.key)
    assert _scores(copied) == before  # the same work gives the same numbers
    assert planned(xfer, copied, request_options()) == set()


@pytest.mark.heavy
def test_one_setting_and_a_loss_that_is_no_number(
    xfer, copied, request_options, worked_on, run_events, poison
):
    """Other target steps leave the intermediate stages alone; one of those was spoilt."""
    spoilt = next(
        s for s in stages(copied) if names([s]) == {("intermediate", "mini-sst", None, 1)}
    )
    poison(copied, spoilt.key)
    given = request_options("target.steps=5")
    run_id = run(xfer, copied, given, code=1)
    lost = ("target", "mini-sst", "mini-xnli", 1)
    depends = {
        (kind, intermediate, "mini-xnli", seed)
        for kind in ("target", "evaluate", "latency")
        for intermediate in ("none", "mini-sst")
        for seed in (1, 2)
        if (kind, seed) != ("latency", 2)  # measured at the first seed alone
    }
    assert worked_on(copied, run_id) == depends  # two of them only to be skipped
    ends: dict[str, list[str]] = {}
    for event in run_events(copied, run_id):
        if event.type is EventType.JOB and event.payload["state"] != "running":
            ends.setdefault(event.payload["state"], []).append(event.payload["key"])
    assert {state: len(keys) for state, keys in ends.items()} == {
        "succeeded": 7,
        "failed": 1,
        "skipped": 2,
    }
    assert names([s for s in stages(copied) if s.key == ends["failed"][0]]) == {lost}
    status = xfer("status", run_id, "--home", copied.root, "--json").json
    assert status["state"] == "failed"
    messages = [stage["message"] for stage in status["stages"] if stage["state"] == "failed"]
    assert any("The loss became nan" in str(message) for message in messages)
    _is_never_zero(xfer, copied, ends["failed"][0])


def _is_never_zero(xfer, home: Home, failed: str) -> None:
    """Seed 1 is missing from the numbers: not a score of 0, not a gain of -50."""
    rows = xfer("gains", "--target", "mini-xnli", "--home", home.root, "--json").json
    seeds = {row["intermediate"]: row["seeds"] for row in rows}
    assert seeds == {"none": [1, 2], "mini-sst": [2]}
    with Store.temporary(home) as store:
        sql = "SELECT count(*) AS n FROM scores WHERE job_id = ?"
        assert store.query(sql, [failed])["n"].iloc[0] == 0
        state = store.query("SELECT state, message FROM jobs WHERE job_id = ?", [failed])
        assert list(state["state"]) == ["failed"]
        losses = store.query("SELECT loss FROM curves WHERE job_id = ?", [failed])["loss"]
        assert len(losses) == 1 and not (losses == 0).any() and losses.isna().all()


@pytest.mark.heavy
def test_a_stage_that_failed_in_every_seed_is_a_failed_cell(xfer, copied, request_options, poison):
    for stage in stages(copied):
        if stage.kind == "intermediate":
            poison(copied, stage.key)
    run(xfer, copied, request_options("target.steps=6"), code=1)
    with Store.temporary(copied) as store:
        grid = heatmap(store, catalog="mini", encoder="mini-s").set_index(["row", "column"])
        cell = grid.loc[("mini-sst", "mini-xnli")]
        assert cell["state"] == "failed" and cell["score"] != cell["score"]
        assert "loss became nan" in cell["message"]
        assert grid.loc[("none", "mini-xnli")]["state"] == "measured"


@pytest.mark.heavy
def test_one_word_of_one_language_and_a_test_set_without_examples(
    xfer, xfer_process, copied, request_options, worked_on, tmp_path
):
    """The program is a copy with one German word changed and one task added."""
    source = _copy_of_program(tmp_path / "program")
    given = request_options("latency.measure=false")
    given[given.index("mini-xnli,mini-tatoeba")] = "mini-xnli,mini-tatoeba,void"
    french = ("--intermediate", "mini-sst", "--target", "mini-xnli", "--languages", "en,fr")
    other = xfer_process("plan", *french, "--home", tmp_path / "none", "--json", source=source)
    here = xfer("plan", *french, "--home", tmp_path / "none", "--json").json
    assert json.loads(other.communicate(timeout=60)[0]) == here  # French notices nothing
    process = xfer_process("run", *given, "--home", copied.root, "--json", source=source)
    out, err = process.communicate(timeout=200)
    assert process.returncode == 0, err
    done = worked_on(copied, json.loads(out)["run_id"])
    # Training is in English: of the old tasks only the evaluations, which read German, are due.
    old = {
        ("evaluate", intermediate, target, seed)
        for intermediate in ("none", "mini-sst")
        for target in ("mini-xnli", "mini-tatoeba")
        for seed in (1, 2)
    }
    assert {name for name in done if name[2] != "void"} == old
    with Store.temporary(copied) as store:
        void = store.query("SELECT value, n_examples FROM scores WHERE target = 'void'")
        assert len(void) == 8  # two languages, two seeds, with and without
        assert (void["n_examples"] == 0).all() and void["value"].isna().all()
        found = gains(store, target="void")
        assert found.empty or found["score"].isna().all()


def _copy_of_program(folder: Path) -> Path:
    skip = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "xfer_core", folder / "xfer_core", ignore=skip)
    (folder / "data").symlink_to(ROOT / "data")
    german = folder / "xfer_core" / "mini" / "languages" / "de.py"
    text = german.read_text(encoding="utf-8")
    assert "Arzt" in text
    german.write_text(text.replace("Arzt", "Medikus"), encoding="utf-8")
    (folder / "xfer_core" / "tasks" / "void.py").write_text(NOTHING_TO_TEST)
    return folder


def _scores(home: Home) -> list[tuple[object, ...]]:
    """All current scores, without when and by whom."""
    with Store.temporary(home) as store:
        found = store.query(
            "SELECT target, intermediate, seed, language, metric, value, n_examples "
            "FROM current_scores ORDER BY ALL"
        )
    return [tuple(row) for row in found.itertuples(index=False)]

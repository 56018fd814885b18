"""xfer pretrain: a real small pretraining, killed and carried on with, and what it publishes."""

from __future__ import annotations

import json
import shutil
import signal
import time
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from transformers import AutoModel, AutoTokenizer

from xfer_core import catalog, launching, specification, spool
from xfer_core.domain.event import Event, EventType
from xfer_core.executors.local import LocalExecutor, LocalJob
from xfer_core.fingerprints import encoder_hash
from xfer_core.home import Home
from xfer_core.runner import plan_run
from xfer_core.store import Store
from xfer_core.store.doctor import doctor

pytestmark = [pytest.mark.slow, pytest.mark.heavy]

TOKENS = 12_000
QUICK = {
    "tokens": TOKENS,
    "batch_tokens": 512,
    "warmup_tokens": 2000,
    "lines": 150,
    "svd_lines": 150,
    "checkpoint_seconds": 0.1,
    "objectives": "[masked, translation, contrastive, detection]",
}
SETTINGS = [f"pretraining.{name}={value}" for name, value in QUICK.items()]
OPTIONS = [part for setting in SETTINGS for part in ("--set", setting)]
MINI = [name for name, encoder in catalog.encoders().items() if encoder.catalog == "mini"]
OBJECTIVES = {"masked", "contrastive", "detection"}
KILLED_FOR = 5000.0
"""Seconds of work that the state of the killed run is made to name, so that they are seen again."""


@dataclass(frozen=True)
class Pretrained:
    """A finished pretraining: its store, its card, where it was written, its stage's key."""

    home: Home
    card: dict
    folder: Path

    @property
    def key(self) -> str:
        (job,) = self.home.jobs.iterdir()
        return job.name

    @property
    def weights(self) -> dict[str, torch.Tensor]:
        return load_file(self.home.checkpoint(self.key) / "model.safetensors")

    @property
    def events(self) -> list[Event]:
        return spool.read_events(self.home.job(self.key) / spool.EVENTS)[0]


def arguments(home: Home, folder: Path) -> list[object]:
    return ["pretrain", "mini-s", *OPTIONS, "--home", home.root, "--out", folder, "--json"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory, xfer) -> Pretrained:
    """Never interrupted."""
    place = tmp_path_factory.mktemp("whole")
    home = Home(place / "store")
    card = xfer(*arguments(home, place / "out")).json
    return Pretrained(home, card, place / "out")


@pytest.fixture(scope="module")
def killed(tmp_path_factory, xfer) -> Pretrained:
    """Killed in the middle of the stage's work, then called again."""
    place = tmp_path_factory.mktemp("killed")
    home = Home(place / "store")
    values = reduce(specification.with_setting, SETTINGS, specification.preset("pretrain-mini-s"))
    spec = specification.Spec.parse(values)
    run_id = launching.create(home, spec)
    (stage,) = plan_run(home, spec).stages
    job = LocalExecutor().submit(home, stage, run_id, False)
    assert isinstance(job, LocalJob)
    _wait_for_the_middle(home.job(stage.key), job)
    job.kill()
    job.process.join(30)
    assert job.process.exitcode == -signal.SIGKILL
    assert spool.read_json(home.job(stage.key) / spool.RESULT) is None
    state = _newest(home.job(stage.key))
    kept = (state and spool.read_json(state)) or {}
    assert state and 0 < kept["position"]["tokens"] < TOKENS
    # Starting anew would end with the same weights: only this tells that it goes on.
    position = {**kept["position"], "seconds": KILLED_FOR}
    spool.publish(state, {**kept, "position": position})
    card = xfer(*arguments(home, place / "out")).json
    return Pretrained(home, card, place / "out")


def _wait_for_the_middle(folder: Path, job: LocalJob) -> None:
    """Until a state is kept in which a quarter of the tokens is read."""
    deadline = time.monotonic() + 120
    while True:
        state = _newest(folder)
        kept = spool.read_json(state) if state else None
        if kept and kept["position"]["tokens"] >= TOKENS / 4:
            return
        assert job.succeeded is None and time.monotonic() < deadline
        time.sleep(0.02)


def _newest(folder: Path) -> Path | None:
    """Manifest of the newest state."""
    found = folder.glob("resume/step-*/manifest.json")
    return max(found, key=lambda one: int(one.parent.name.removeprefix("step-")), default=None)


def test_a_killed_pretraining_ends_as_if_it_had_not_been(whole, killed):
    assert killed.key == whole.key
    assert killed.card["tokens"] == whole.card["tokens"] >= TOKENS
    one, other = whole.weights, killed.weights
    assert one.keys() == other.keys()
    for name, value in one.items():
        assert torch.allclose(value, other[name], atol=1e-6, rtol=0), name
    assert KILLED_FOR <= killed.card["seconds"] < KILLED_FOR + 300
    assert 0 < whole.card["seconds"] < 300
    for place in (whole, killed):
        assert not (place.home.job(place.key) / "resume").exists()
        assert not list(place.home.jobs.rglob("*.safetensors"))
        assert [check for check in doctor(place.home) if not check.ok] == []


@pytest.mark.parametrize("which", ["whole", "killed"])
def test_a_curve_never_goes_back(which, request):
    place: Pretrained = request.getfixturevalue(which)
    with Store.temporary(place.home) as store:
        table = store.query("SELECT c.* FROM curves AS c JOIN current_jobs USING (job_id, attempt)")
    assert set(table["what"]) == OBJECTIVES
    assert (table["steps"] == TOKENS).all()
    for _, curve in table.sort_values("seq").groupby("what"):
        steps = list(curve["step"])
        assert steps == sorted(set(steps))
    # The last report is of the objectives since the one before, not always of all.
    assert table["step"].max() == place.card["tokens"]
    attempts = {event.attempt for event in place.events}
    assert attempts == ({1} if which == "whole" else {1, 2})
    assert [e.type for e in place.events].count(EventType.FINISHED) == 1


def test_what_is_published_is_the_checkpoint_in_half_precision(whole):
    names = {path.name for path in whole.folder.iterdir()}
    assert names == {
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
        "training.json",
        "head.safetensors",
    }
    halves = load_file(whole.folder / "model.safetensors")
    assert {value.dtype for value in halves.values()} == {torch.float16}
    assert halves.keys() == whole.weights.keys()
    model = AutoModel.from_pretrained(whole.folder, add_pooling_layer=False, dtype=torch.float32)
    loaded = model.state_dict()
    for name, value in whole.weights.items():
        assert torch.allclose(loaded[name], value, rtol=2**-11, atol=2**-24), name
    assert sum(p.numel() for p in model.parameters()) == catalog.encoder("mini-s").parameters
    with safe_open(whole.folder / "model.safetensors", "pt") as file:
        assert set(file.keys()) == loaded.keys() - {
            name for name, _ in model.named_buffers() if name not in halves
        }


def test_a_published_folder_reads_text_as_the_shared_vocabulary_does(whole):
    shared = catalog.ENCODER_FOLDER / catalog.encoder("mini-s").tokenizer
    own = (whole.folder / "tokenizer.json").read_bytes()
    assert own == (shared / "tokenizer.json").read_bytes()
    tokenizer = AutoTokenizer.from_pretrained(whole.folder)
    model = AutoModel.from_pretrained(whole.folder)
    batch = tokenizer(["The doctor bought a chair.", "Chair."], padding=True, return_tensors="pt")
    assert batch["input_ids"][:, 0].tolist() == [0, 0] and 1 in batch["input_ids"][1].tolist()
    with torch.no_grad():
        assert torch.isfinite(model(**batch).last_hidden_state).all()


def test_the_card_is_the_file_and_says_how_it_was_made(whole):
    assert json.loads((whole.folder / "training.json").read_text()) == whole.card
    assert whole.card["settings"]["objectives"] == [
        "masked",
        "translation",
        "contrastive",
        "detection",
    ]
    assert whole.card["loss"].keys() == OBJECTIVES
    last = {
        e.payload["what"]: e.payload["loss"] for e in whole.events if e.type is EventType.PROGRESS
    }
    assert whole.card["loss"] == {name: round(loss, 4) for name, loss in last.items()}
    assert whole.card["host"]["versions"]["torch"] == torch.__version__


def test_once_done_it_is_reused_and_can_be_built_on(whole, xfer):
    home = ["--home", whole.home.root, "--json"]
    (stage,) = xfer("plan", "--preset", "pretrain-mini-s", *OPTIONS, *home).json["stages"]
    assert (stage["key"], stage["reused"]) == (whole.key, True)
    request = ["--target", "mini-xnli", "--intermediate", "none", "--encoder", "mini-s"]
    plan = xfer("plan", *request, *OPTIONS, *home).json
    assert [one["reused"] for one in plan["stages"] if one["kind"] == "pretrain"] == [True]
    assert plan["to_run"] == len(plan["stages"]) - 1 > 0


@pytest.mark.parametrize("name", MINI)
def test_a_preset_is_planned_whether_there_are_weights_or_not(xfer, tmp_path, name):
    plan = xfer("plan", "--preset", f"pretrain-{name}", "--home", tmp_path / "store", "--json").json
    (stage,) = plan["stages"]
    assert (stage["kind"], stage["name"]) == ("pretrain", f"pretrain {name}, seed 1")
    assert plan["to_run"] == 1 and plan["estimated_seconds"] > 0
    assert list(tmp_path.iterdir()) == []


def test_the_plan_names_the_stage(xfer, tmp_path):
    text = xfer("plan", "--preset", "pretrain-mini-s", "--home", tmp_path / "store")
    assert text.code == 0
    assert "pretrain mini-s, seed 1" in text.out and "1 stages to run" in text.out


def refused(answer, tmp_path: Path) -> str:
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("xfer: ") and answer.err.count("\n") == 1
    assert not (tmp_path / "store").exists()
    return answer.err


def test_an_unknown_encoder_gets_close_matches(xfer, tmp_path):
    said = refused(xfer("pretrain", "mini-x", "--home", tmp_path / "store"), tmp_path)
    assert "Unknown encoder 'mini-x'; did you mean mini-s" in said


def test_an_encoder_without_a_preset_is_one_sentence(xfer, tmp_path, monkeypatch):
    presets = tmp_path / "presets"
    shutil.copytree(specification.PRESETS, presets)
    (presets / "pretrain-mini-m-aligned.yaml").unlink()
    monkeypatch.setattr(specification, "PRESETS", presets)
    said = refused(xfer("pretrain", "mini-m-aligned", "--home", tmp_path / "store"), tmp_path)
    assert "'mini-m-aligned'" in said and str(presets / "pretrain-mini-m-aligned.yaml") in said


@pytest.mark.parametrize(
    ("setting", "hint"),
    [
        ("pretraining.token=5000", "did you mean pretraining.tokens"),
        ("pretraining.tokens=10", "settings.pretraining.tokens"),
        ("pretraining.objectives=[contrastive]", "name 'masked' among them"),
    ],
)
def test_a_wrong_setting_is_one_sentence(xfer, tmp_path, setting, hint):
    answer = xfer("pretrain", "mini-s", "--set", setting, "--home", tmp_path / "store")
    assert hint in refused(answer, tmp_path)


def test_encoders_without_weights_are_named_with_the_command_that_makes_them(
    xfer, tmp_path, monkeypatch
):
    """One of them shipped, the others not, whatever is shipped today."""
    shutil.copytree(catalog.encoder_folder(catalog.encoder("mini-s")), tmp_path / "mini-s")
    monkeypatch.setattr(catalog, "ENCODER_FOLDER", tmp_path)
    encoder_hash.cache_clear()
    try:
        rows = {row["name"]: row for row in xfer("encoders", "--json").json if row["name"] in MINI}
        assert [name for name, row in rows.items() if row["available"]] == ["mini-s"]
        assert rows["mini-s"]["missing"] is None
        for name, row in rows.items():
            if name != "mini-s":
                assert f"'xfer pretrain {name} --publish'" in row["missing"]
        said = " ".join(xfer("encoders").out.split())
        assert "mini-l-aligned: Expected" in said
        assert "'xfer pretrain mini-l-aligned --publish'" in said
    finally:
        encoder_hash.cache_clear()

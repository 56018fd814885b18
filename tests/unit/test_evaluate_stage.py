"""The evaluate stage: every metric of a task, predictions kept, XTREME's nine tasks exported."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tiny_models
import torch
from exchange_samples import rows_of, write_data

from xfer_core import catalog, kept, spool
from xfer_core.domain import xtreme
from xfer_core.domain.encoder import Family
from xfer_core.domain.event import EventType
from xfer_core.domain.run import Stage, StageKind
from xfer_core.domain.score import note_of
from xfer_core.domain.task import TaskKind
from xfer_core.exchange import layout
from xfer_core.exchange.checking import check
from xfer_core.exchange.xtreme_export import Chosen, export
from xfer_core.executors.inline import InlineExecutor
from xfer_core.home import Home
from xfer_core.specification import EvaluationSettings
from xfer_core.stages import causal, checkpoints
from xfer_core.stages.kinds import KINDS

WIDTH = 128
Payload = dict[str, Any]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    write_data(tmp_path / "data")
    monkeypatch.setenv("XFER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("XFER_XTREME_DIR", raising=False)
    threads = torch.get_num_threads()
    yield Home(tmp_path / "store").create()
    torch.set_num_threads(threads)


def stage_of(home: Home, name: str, languages: tuple[str, ...], **settings: Any) -> Stage:
    """An evaluate stage; a trained task's parent has a head that learned nothing."""
    task = catalog.task(name)
    if task.trained and not home.checkpoint(f"parent-{name}").exists():
        encoder = checkpoints.load_encoder(catalog.encoder_folder(catalog.encoder("mini-s")))
        torch.manual_seed(3)
        checkpoints.save(home, f"parent-{name}", encoder, KINDS[task.kind].head(task, WIDTH))
    return Stage(
        StageKind.EVALUATE,
        f"evaluate-{name}",
        "paper",
        "mini-s",
        "none",
        name,
        1,
        languages,
        f"parent-{name}" if task.trained else None,
        {"evaluation": EvaluationSettings(**settings).model_dump()},
    )


def evaluated(home: Home, stage: Stage) -> dict[tuple[str, str], Payload]:
    """Score events by language and metric."""
    job = InlineExecutor().submit(home, stage, "run-1", False)
    events, _, damaged = spool.read_events(home.job(stage.key) / spool.EVENTS)
    assert job.succeeded and not damaged, events[-1]
    scores = [event.payload for event in events if event.type is EventType.SCORE]
    found = {(one["language"], one["metric"]): one for one in scores}
    assert len(found) == len(scores)
    return found


def check_scores(home: Home, stage: Stage, found: dict[tuple[str, str], Payload]) -> None:
    """Each score is that of the predictions which were kept, counted without the stage."""
    task = catalog.task(str(stage.target))
    for code in stage.languages:
        rows = rows_of(task.name, code)
        own = kept.load(home, stage.key, "test", code)
        assert own is not None and own.ids == tuple(str(row["id"]) for row in rows)
        for name in (task.metric, *task.more_metrics):
            metric = catalog.metric(name)
            counts = metric.counts(own.predictions, layout.references(task, rows), code)
            one = found[code, name]
            assert one["value"] == metric.value(counts) and one["n_examples"] == len(rows)
            assert one["scores"] == counts[0]
            assert (one["weights"] or [1.0] * len(rows)) == counts[1]


@pytest.mark.slow
def test_all_nine_tasks_are_scored_by_all_their_metrics_and_exported(
    home: Home, tmp_path: Path
) -> None:
    stages = [stage_of(home, name, codes) for name, codes in xtreme.LANGUAGES.items()]
    for stage in stages:
        found = evaluated(home, stage)
        task = catalog.task(str(stage.target))
        wanted = {(c, m) for c in stage.languages for m in (task.metric, *task.more_metrics)}
        assert set(found) == wanted
        check_scores(home, stage, found)
    plan = {"stages": [stage.to_json() for stage in stages]}
    spool.publish(home.run("run-1") / spool.PLAN, plan)
    report = export(home, ["run-1"], tmp_path / "pred", Chosen())
    assert report.is_complete
    assert check(tmp_path / "pred", rows_of) == []


@pytest.mark.slow
def test_layers_are_scored_beside_the_declared_one_which_alone_is_kept(home: Home) -> None:
    stage = stage_of(home, "tatoeba", ("de", "fr"), every_layer=True, retrieval_layer=1)
    found = evaluated(home, stage)
    layers = {name for _, name in found if "@" in name}
    assert {"accuracy@0", "accuracy@1", "accuracy@2"} <= layers
    for code in stage.languages:
        assert found[code, "accuracy"]["scores"] == found[code, "accuracy@1"]["scores"]
    check_scores(home, stage, found)
    alone = stage_of(home, "tatoeba", ("de", "fr"), retrieval_layer=1)
    other = Home(home.root.parent / "other").create()
    for code, one in evaluated(other, alone).items():
        assert one["scores"] == found[code]["scores"]


@pytest.mark.slow
def test_words_that_were_cut_off_are_wrong_in_every_metric(home: Home) -> None:
    stage = stage_of(home, "panx", ("de",), max_length=8)
    evaluated(home, stage)
    own = kept.load(home, stage.key, "test", "de")
    assert own is not None
    lengths = [len(tags) for tags in own.predictions]
    assert lengths == [len(row["tags"]) for row in rows_of("panx", "de")]
    assert own.predictions[2][-1] == "O"


@pytest.mark.slow
def test_a_causal_model_answers_by_likelihood(home: Home, tmp_path: Path) -> None:
    """Without head and training, and its predictions are kept like any others."""
    encoder = str(tiny_models.qwen(tmp_path / "causal"))
    assert catalog.encoder(encoder).family is Family.CAUSAL
    settings = EvaluationSettings(examples=8)
    stage = Stage(
        StageKind.EVALUATE,
        "evaluate-causal",
        "mini",
        encoder,
        "none",
        "mini-mmlu",
        1,
        ("en", "zh"),
        None,
        {"evaluation": settings.model_dump()},
    )
    found = evaluated(home, stage)
    task = catalog.task("mini-mmlu")
    rows = {code: task.source.rows("test", code)[:8] for code in stage.languages}
    cpu = torch.device("cpu")
    wanted = causal.predictions(home, stage, task, rows, settings, cpu)
    for code in stage.languages:
        own = kept.load(home, stage.key, "test", code)
        assert own is not None and list(own.predictions) == wanted[code]
        right = [float(a == row["answer"]) for a, row in zip(wanted[code], rows[code], strict=True)]
        assert found[code, "accuracy"]["scores"] == right


def test_gold_pairs_alone_are_marked(home: Home) -> None:
    task = catalog.task("bucc2018")
    rows = rows_of("bucc2018", "de")
    assert task.kind is TaskKind.MINING and task.note
    assert note_of(task, rows) == ""
    assert note_of(task, [row for row in rows if row["parallel"]]) == task.note
    assert note_of(catalog.task("mlqa"), []) == catalog.task("mlqa").note != ""


def test_predictions_that_were_not_kept_whole_are_none(home: Home) -> None:
    kept.keep(home, "job-1", "test", "de", [1, 2], ["a", None])
    assert kept.load(home, "job-1", "test", "de") == kept.Predictions(("1", "2"), ("a", None))
    assert kept.load(home, "job-1", "test", "fr") is None
    path = kept.path(home, "job-1", "test", "de")
    for text in ("", "[]", '{"ids": ["1"]}', '{"ids": ["1"], "predictions": []}'):
        path.write_text(text)
        assert kept.load(home, "job-1", "test", "de") is None

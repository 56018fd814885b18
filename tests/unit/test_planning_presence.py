"""What is on this machine decides what is planned: real files, tasks of the paper's catalogue."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from xfer_core import catalog, user_catalog
from xfer_core.domain.errors import DataError, UsageError
from xfer_core.domain.language import LANGUAGES
from xfer_core.domain.run import StageKind
from xfer_core.planning import Plan, check, expand
from xfer_core.rows import Fingerprints
from xfer_core.specification import Spec

NLI = {"premise": "a", "hypothesis": "b", "label": 0}
CHOICE = {
    "question": "q",
    "choices": ["a", "b", "c", "d"],
    "answer": 1,
    "subject": "anatomy",
}


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch) -> Path:
    """XFER_DATA_DIR, and caches of the hub with nothing in them; the hub may be asked."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("XFER_DATA_DIR", str(folder))
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    for name in (user_catalog.FOLDER_VARIABLE, user_catalog.FILES_VARIABLE, "XFER_XTREME_DIR"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def own(tmp_path, monkeypatch) -> Path:
    """A folder of the user's with an encoder, a causal model and a task of their own."""
    folder = tmp_path / "own"
    folder.mkdir(mode=0o700)
    for name, classes in (("small", "XLMRobertaModel"), ("causal", "Qwen2ForCausalLM")):
        model = folder / name
        model.mkdir()
        config = {"num_hidden_layers": 2, "hidden_size": 8, "architectures": [classes]}
        (model / "config.json").write_text(json.dumps(config))
        (model / "tokenizer.json").write_text("{}")
        header = json.dumps({"x": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
        weights = len(header).to_bytes(8, "little") + header + b"\0\0\0\0"
        (model / "model.safetensors").write_bytes(weights)
        (folder / f"{name}.yaml").write_text(f"name: own-{name}\nfolder: {name}\n")
    (folder / "task.yaml").write_text(
        "{name: own-task, kind: classification, licence: x, languages: [en], labels: [a, b],"
        " files: {train: t.jsonl, test: t.jsonl}}"
    )
    (folder / "t.jsonl").write_text('{"text": "x", "label": "a"}\n')
    monkeypatch.setenv(user_catalog.FOLDER_VARIABLE, str(folder))
    before = dict(LANGUAGES)
    yield folder
    LANGUAGES.clear()
    LANGUAGES.update(before)


def put(data: Path, task: str, row: dict, *languages: str, splits: str = "train test") -> None:
    for code in languages:
        (data / task / code).mkdir(parents=True, exist_ok=True)
        for split in splits.split():
            (data / task / code / f"{split}.jsonl").write_text(json.dumps(row) + "\n")


def spec(**more: object) -> Spec:
    request = {
        "catalog": "paper",
        "encoders": ["own-small"],
        "intermediates": ["mnli"],
        "targets": ["xnli"],
        "settings": {"latency": {"measure": False}},
    }
    return Spec.parse({**request, **more})


def planned(request: Spec, listing: bool = False) -> Plan:
    return expand(request, Fingerprints(), lambda encoder: "w", listing=listing)


def test_languages_without_rows_are_left_out_and_named_once(own, data):
    put(data, "mnli", NLI, "en")
    put(data, "xnli", NLI, "en", "de", "sw")
    plan = planned(spec(seeds=[1, 2], languages=["en", "de", "sw", "ur"]))
    assert {s.languages for s in plan.stages if s.kind is StageKind.EVALUATE} == {
        ("en", "de", "sw")
    }
    mine = [warning for warning in plan.warnings if "not measured" in warning]
    assert len(mine) == 1 and plan.absent == ()
    assert mine[0].startswith("xnli is not measured in ur (1 of 4 languages): no test rows here.")
    assert "xfer prefetch xnli" in mine[0]


def test_the_same_plan_with_all_rows_has_other_keys_only_where_it_measures(own, data):
    put(data, "mnli", NLI, "en")
    put(data, "xnli", NLI, "en", "de")
    before = planned(spec(languages=["en", "de", "sw"]))
    put(data, "xnli", NLI, "sw")
    after = planned(spec(languages=["en", "de", "sw"]))
    trained = [s.key for s in before.stages if s.kind is not StageKind.EVALUATE]
    assert trained == [s.key for s in after.stages if s.kind is not StageKind.EVALUATE]
    assert not {s.key for s in before.stages if s.kind is StageKind.EVALUATE} & after.by_key.keys()


def test_training_rows_that_can_be_fetched_are_one_sentence_with_the_command(own, data):
    put(data, "xnli", NLI, "en", splits="test")
    with pytest.raises(DataError) as caught:
        check(spec(intermediates=["mnli", "anli+"]))
    assert str(caught.value) == (
        "Expected the rows of mnli, anli+, xnli on this machine; they can be fetched: run 'xfer "
        "prefetch mnli anli+ xnli' first."
    )
    with pytest.raises(DataError, match="xfer prefetch"):
        planned(spec())


def test_training_rows_that_nobody_can_fetch_are_named_with_the_reason(own, data, monkeypatch):
    put(data, "mnli", NLI, "en")
    put(data, "xnli", NLI, "en")
    check(spec())
    with pytest.raises(DataError, match=r"training rows of ccg in en.*Or leave ccg out"):
        check(spec(intermediates=["mnli", "ccg"]))
    (data / "mnli" / "en" / "train.jsonl").unlink()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(DataError, match="HF_HUB_OFFLINE"):
        check(spec())


def test_dev_rows_are_needed_where_they_choose_the_checkpoint(own, data):
    put(data, "mnli", NLI, "en")
    put(data, "xnli", NLI, "en")
    settings = {"latency": {"measure": False}, "target": {"select_on": "source"}}
    with pytest.raises(DataError, match="rows of xnli on this machine"):
        check(spec(settings=settings))
    put(data, "xnli", NLI, "en", splits="dev")
    check(spec(settings=settings))


def test_nothing_to_measure_is_refused(own, data):
    put(data, "mnli", NLI, "en")
    put(data, "xnli", NLI, "en", splits="train")
    with pytest.raises(DataError, match="Nothing can be measured. xnli is not measured in en, ar"):
        planned(spec())
    assert len(planned(spec(), listing=True).stages) == 5


def test_a_target_without_rows_is_not_trained_for_nothing(own, data):
    put(data, "mnli", NLI, "en")
    put(data, "xnli", NLI, "en")
    put(data, "pawsx", {"sentence1": "a", "sentence2": "b", "label": 0}, "en", splits="train")
    plan = planned(spec(targets=["xnli", "pawsx"]))
    assert {stage.target for stage in plan.stages} == {None, "xnli"}


def test_a_plan_that_cannot_run_is_listed_whole(own, data):
    plan = planned(spec(seeds=[1, 2]), listing=True)
    assert len(plan.stages) == 2 * (1 + 2 + 2)
    (evaluated,) = {s.languages for s in plan.stages if s.kind is StageKind.EVALUATE}
    assert evaluated == catalog.task("xnli").languages
    assert len(plan.absent) == 1 and "xfer prefetch mnli xnli" in plan.absent[0]


def test_a_listed_plan_that_can_run_is_the_one_that_runs(own, data):
    put(data, "mnli", NLI, "en")
    put(data, "xnli", NLI, "en", "de")
    assert planned(spec(), listing=True) == planned(spec())


def test_a_model_that_is_not_here_is_named_with_the_command(own, data, monkeypatch, tmp_path):
    put(data, "mnli", NLI, "en")
    put(data, "xnli", NLI, "en")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    request = spec(encoders=["xlm-roberta-base"])
    with pytest.raises(DataError, match="xfer prefetch --encoder xlm-roberta-base"):
        check(request)
    assert "xlm-roberta-base" in planned(request, listing=True).absent[0]
    (own / "small" / "model.safetensors").unlink()
    with pytest.raises(DataError, match="Expected model.safetensors of the model own-small in"):
        check(spec())


# A user's own beside what is shipped


def test_own_names_go_with_one_shipped_catalogue(own, data):
    put(data, "mnli", NLI, "en")
    put(data, "xnli", NLI, "en")
    plan = planned(spec(targets=["xnli", "own-task"], languages=["en"]))
    assert {stage.catalog for stage in plan.stages} == {"paper"}
    mini = spec(catalog="mini", encoders=["mini-s"], intermediates=["mini-mnli"])
    mini = Spec.parse({**mini.plain(), "targets": ["own-task", "mini-xnli"]})
    check(mini)
    check(Spec.parse({**mini.plain(), "catalog": "user"}))
    for name in ("mini", "user"):
        mixed = {**mini.plain(), "catalog": name, "targets": ["mini-xnli", "own-task", "xnli"]}
        with pytest.raises(UsageError, match="catalogue 'mini'; 'xnli' belongs to 'paper'"):
            check(Spec.parse(mixed))


def test_an_own_task_trains_with_its_declared_steps_on_a_mini_encoder(own):
    values = {"encoders": ["mini-s"], "intermediates": ["own-task"], "targets": ["mini-sst"]}
    plan = planned(Spec.parse({**values, "targets": ["own-task"]}))
    trained = [s for s in plan.stages if s.kind is StageKind.TARGET]
    assert {s.settings["training"]["steps"] for s in trained} == {100}
    assert any("trains on the data of own-task" in warning for warning in plan.warnings)


# Causal models


def test_a_causal_model_is_measured_and_never_trained(own, data):
    put(data, "mmlu", CHOICE, "en", splits="test")
    plan = planned(
        spec(encoders=["own-causal"], intermediates=["none"], targets=["mmlu"], seeds=[1, 2])
    )
    assert [(s.kind, s.parent) for s in plan.stages] == [(StageKind.EVALUATE, None)] * 2
    timed = planned(
        spec(
            encoders=["own-causal"],
            intermediates=["none"],
            targets=["mmlu"],
            seeds=[1, 2],
            settings={"latency": {"layers": [1], "back_ends": ["torch:bf16"]}},
        )
    )
    (latency,) = (s for s in timed.stages if s.kind is StageKind.LATENCY)
    assert (latency.seed, latency.parent) == (1, None)
    plain = {"back_end": "torch", "precision": "fp32", "layers": None}
    assert latency.settings["servings"] == [plain]  # likelihoods are computed by torch alone


def test_shots_are_in_the_key_of_a_causal_model(own, data):
    put(data, "mmlu", CHOICE, "en", splits="test dev")
    values = {"encoders": ["own-causal"], "intermediates": ["none"], "targets": ["mmlu"]}
    shown = {"evaluation": {"shots": 2}, "latency": {"measure": False}}
    none = {"latency": {"measure": False}}
    plain, two = (planned(spec(**values, settings=s)) for s in (none, shown))
    put(data, "mmlu", {**CHOICE, "question": "another"}, "en", splits="dev")
    assert planned(spec(**values)).by_key.keys() == plain.by_key.keys()
    assert planned(spec(**values, settings=shown)).by_key.keys() != two.by_key.keys()


def test_languages_without_solved_questions_are_measured_with_english_ones(own, data):
    put(data, "mmmlu", CHOICE, "en", splits="test dev")
    german = {"Question": "q", **dict.fromkeys("ABCD", "x"), "Answer": "A", "Subject": "anatomy"}
    put(data, "mmmlu", german, "de", splits="test")
    shown = {"evaluation": {"shots": 2}, "latency": {"measure": False}}
    values = {"encoders": ["own-causal"], "intermediates": ["none"], "targets": ["mmmlu"]}
    plan = planned(spec(**values, settings=shown, languages=["en", "de"]))
    assert [stage.languages for stage in plan.stages] == [("en", "de")]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"intermediates": ["mnli"], "targets": ["mmlu"]}, "which is not trained; got 'mnli'"),
        ({"intermediates": ["none"], "targets": ["mmlu", "xnli"]}, "'xnli' is a classification"),
        ({"intermediates": ["none"], "targets": ["tatoeba"]}, "'tatoeba' is a retrieval"),
    ],
)
def test_what_a_causal_model_cannot_do_is_refused_by_name(own, more, said):
    with pytest.raises(UsageError, match=f"own-causal.*{said}"):
        check(spec(encoders=["own-causal"], **more))

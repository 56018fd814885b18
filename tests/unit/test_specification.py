"""A request is complete and checked before anything is planned; what is wrong is a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from xfer_core.domain.errors import UnknownName, UsageError
from xfer_core.specification import Spec, flat, preset, read_plan_file, with_setting

SMALL = {"intermediates": ["mini-mnli"], "targets": ["mini-xnli"]}


def test_the_baseline_is_added_in_front_and_doubles_go():
    spec = Spec.parse({**SMALL, "seeds": [2, 1, 2], "languages": ["de", "de"]})
    assert spec.intermediates == ("none", "mini-mnli")
    assert (spec.seeds, spec.languages) == ((2, 1), ("de",))
    named = Spec.parse({**SMALL, "intermediates": ["mini-sst", "none", "mini-sst"]})
    assert named.intermediates == ("none", "mini-sst")


def test_plain_values_make_the_same_request_again():
    spec = Spec.parse({**preset("demo"), "settings": {"target": {"steps": 7}}})
    assert Spec.parse(spec.plain()) == spec
    assert spec.plain()["settings"]["target"]["steps"] == 7


@pytest.mark.parametrize(
    ("values", "name", "close"),
    [
        ({"targts": ["mini-xnli"]}, "targts", "targets"),
        ({"settings": {"targe": {}}}, "targe", "target"),
        ({"settings": {"target": {"step": 5}}}, "step", "steps"),
        ({"settings": {"target": {"by_task": {"mini-xnli": {"step": 5}}}}}, "step", "steps"),
    ],
)
def test_an_unknown_setting_gets_a_close_match(values, name, close):
    with pytest.raises(UnknownName, match=f"'{name}'; did you mean .*{close}"):
        Spec.parse({**SMALL, **values})


@pytest.mark.parametrize(
    ("values", "place", "got"),
    [
        ({"seeds": ["one"]}, "seeds.0", "one"),
        ({"seeds": []}, "seeds", "()"),
        ({"seeds": [-1]}, "seeds.0", "-1"),
        ({"seeds": 3}, "seeds", "3"),
        ({"targets": "mini-xnli"}, "targets", "mini-xnli"),
        ({"settings": {"target": {"steps": "many"}}}, "settings.target.steps", "many"),
        ({"settings": {"target": {"steps": 0}}}, "settings.target.steps", "0"),
        ({"settings": {"target": {"learning_rate": 1e9}}}, "learning_rate", "1000000000"),
        ({"settings": {"target": {"learning_rate": float("nan")}}}, "learning_rate", "nan"),
        ({"settings": {"evaluation": {"split": "train"}}}, "settings.evaluation.split", "train"),
        ({"settings": 5}, "settings", "5"),
        ({"settings": {"target": {"by_task": {"x": {"steps": 0}}}}}, "target.by_task.x.steps", "0"),
    ],
)
def test_a_bad_value_is_named_in_one_sentence(values, place, got):
    with pytest.raises(UsageError) as caught:
        Spec.parse({**SMALL, **values})
    text = str(caught.value)
    assert place in text
    assert got in text or got == "()"
    assert "\n" not in text and text.endswith(".")
    assert "pydantic" not in text


@pytest.mark.parametrize(
    ("setting", "place"),
    [
        ({"tokens": 10}, "settings.pretraining.tokens"),
        ({"learning_rate": 0}, "settings.pretraining.learning_rate"),
        ({"warmup_tokens": 0}, "settings.pretraining.warmup_tokens"),
        ({"start": "zero"}, "settings.pretraining.start"),
        ({"objectives": []}, "settings.pretraining.objectives"),
        ({"objectives": ["masked", "tokens"]}, "settings.pretraining.objectives.1"),
        ({"objectives": ["contrastive"]}, "settings.pretraining.objectives"),
        ({"lines": 5}, "settings.pretraining.lines"),
        ({"max_length": 257}, "settings.pretraining.max_length"),
        ({"checkpoint_seconds": 0}, "settings.pretraining.checkpoint_seconds"),
        (5, "settings.pretraining"),
    ],
)
def test_a_bad_pretraining_value_is_named_in_one_sentence(setting, place):
    with pytest.raises(UsageError) as caught:
        Spec.parse({**SMALL, "settings": {"pretraining": setting}})
    text = str(caught.value)
    assert text.startswith(f"Setting '{place}':") and "; got " in text and "\n" not in text
    assert "Value error" not in text


def test_words_are_hidden_in_every_pretraining():
    named = {"objectives": ["contrastive", "translation"]}
    with pytest.raises(UsageError, match="name 'masked' among them"):
        Spec.parse({**SMALL, "settings": {"pretraining": named}})
    twice = {"objectives": ["masked", "contrastive", "masked"]}
    spec = Spec.parse({**SMALL, "settings": {"pretraining": twice}})
    assert spec.settings.pretraining is not None
    assert spec.settings.pretraining.objectives == ("masked", "contrastive")


def test_an_unknown_pretraining_setting_gets_a_close_match():
    with pytest.raises(UnknownName, match="'token'; did you mean .*tokens"):
        Spec.parse({**SMALL, "settings": {"pretraining": {"token": 5000}}})


def test_without_pretraining_a_target_is_needed():
    alone = {"intermediates": ["none"], "targets": []}
    with pytest.raises(UsageError) as caught:
        Spec.parse(alone)
    assert str(caught.value) == (
        "Expected at least one target task; none was named. Name one under targets (--target), or "
        "give pretraining settings, which need none."
    )
    spec = Spec.parse({**alone, "settings": {"pretraining": {}}})
    assert (spec.targets, spec.settings.pretraining is None) == ((), False)
    assert Spec.parse(spec.plain()) == spec
    assert Spec.parse(SMALL).settings.pretraining is None


def test_a_missing_field_is_named():
    with pytest.raises(UsageError, match="Expected a value for 'targets'"):
        Spec.parse({"intermediates": ["none"]})


@pytest.mark.parametrize(
    ("assignment", "expected"),
    [
        ("target.steps=500", 500),
        ("target.learning_rate=0.001", 0.001),
        ("evaluation.split=dev", "dev"),
        ("latency.measure=false", False),
        ("pretraining.tokens=30000", 30_000),
        ("pretraining.objectives=[masked, detection]", ("masked", "detection")),
    ],
)
def test_a_setting_out_of_an_option(assignment, expected):
    group, name = assignment.partition("=")[0].split(".")
    values = with_setting({**SMALL, "settings": {"intermediate": {"steps": 3}}}, assignment)
    spec = Spec.parse(values)
    assert getattr(getattr(spec.settings, group), name) == expected
    assert spec.settings.intermediate.steps == 3


def test_a_target_has_settings_of_its_own_over_those_for_all():
    values = with_setting(dict(SMALL), "target.by_task.mini-xnli.learning_rate=0.0002")
    values = with_setting(values, "target.by_task.mini-pos.epochs=2")
    values = with_setting(values, "target.steps=30")
    target = Spec.parse(values).settings.target
    assert target.of("mini-sst").model_dump(exclude_unset=True) == {"steps": 30}
    own = target.of("mini-xnli")
    assert own.model_dump(exclude_unset=True) == {"steps": 30, "learning_rate": 0.0002}
    assert target.of("mini-pos").model_dump(exclude_unset=True) == {"epochs": 2}
    assert "by_task" not in own.model_dump()
    again = Spec.parse(Spec.parse(values).plain())
    assert again == Spec.parse(values)
    assert flat(again.plain()["settings"]) == {
        "target.steps": 30,
        "target.by_task.mini-xnli.learning_rate": 0.0002,
        "target.by_task.mini-pos.epochs": 2,
    }


@pytest.mark.parametrize(
    ("assignment", "match"),
    [
        ("target.by_task.mini-xnli.step=5", "Unknown setting 'target.by_task.mini-xnli.step'"),
        ("evaluation.by_task.mini-xnli.steps=5", "Unknown setting 'evaluation.by_task"),
        ("target.steps", "Expected --set key=value"),
        ("target.stepz=5", r"Unknown setting 'target.stepz'; did you mean target.steps"),
        ("steps=5", "Unknown setting 'steps'"),
        ("pretraining.token=5", "did you mean pretraining.tokens"),
        ("target.steps=[5", r"Expected a value behind --set target.steps=; got '\[5'"),
    ],
)
def test_an_option_that_is_no_setting(assignment, match):
    with pytest.raises(UsageError, match=match):
        with_setting({}, assignment)


@pytest.mark.parametrize("settings", ["text", {"target": 5}])
def test_an_option_over_settings_that_are_none(settings):
    with pytest.raises(UsageError, match="Expected names and values under 'settings"):
        with_setting({"settings": settings}, "target.steps=5")


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (None, "cannot be read"),
        (b"\xff\xfe\x00", "cannot be read"),
        (b"targets: [mini-xnli", "broken"),
        (b"a: b: c", "broken"),
        (b"- mini-xnli", "got list"),
        (b"", "got NoneType"),
        (b"!!python/object/apply:os.system ['true']", "broken"),
    ],
)
def test_a_broken_plan_file_is_one_sentence(tmp_path: Path, content, match):
    path = tmp_path / "plan.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=match) as caught:
        read_plan_file(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_presets():
    assert Spec.parse(preset("demo")).targets
    with pytest.raises(UnknownName, match="did you mean demo"):
        preset("dem")
    with pytest.raises(UnknownName, match="Unknown preset"):
        preset("../../pyproject")

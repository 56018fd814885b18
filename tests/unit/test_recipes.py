"""Each task's own settings: the authors' for large encoders, nothing for the mini ones."""

from __future__ import annotations

from dataclasses import replace

import pytest

from xfer_core import catalog, recipes
from xfer_core.domain.errors import UsageError
from xfer_core.domain.run import StageKind
from xfer_core.planning import Plan, expand
from xfer_core.sizes import BY_TASK, Size, size_of
from xfer_core.specification import (
    EvaluationSettings,
    IntermediateSettings,
    Spec,
    TargetSettings,
    preset,
)

LARGE, MINI = "xlm-roberta-large", "mini-s"


class Rows:
    """Fingerprints of rows that need not be here."""

    def rows(self, task, split, languages):
        return f"{task.name} {split} {languages}"

    def pretraining(self, encoder):
        return "text"


def target(name: str, encoder: str = LARGE, **asked: object) -> TargetSettings:
    task = catalog.task(name)
    settings = TargetSettings(**asked)  # type: ignore[arg-type]
    return recipes.trained(settings, [task], catalog.encoder(encoder), is_target=True)


def before(*names: str, encoder: str = LARGE, **asked: object) -> IntermediateSettings:
    tasks = [catalog.task(name) for name in names]
    settings = IntermediateSettings(**asked)  # type: ignore[arg-type]
    return recipes.trained(settings, tasks, catalog.encoder(encoder), is_target=False)


# Epochs, examples a batch, tokens an input: reference study.md, section 5.
AUTHORS = {
    "xnli": (2, 32, 256),
    "pawsx": (5, 32, 256),
    "udpos": (10, 32, 256),
    "panx": (10, 32, 256),
    "xquad": (2, 16, 384),
    "mlqa": (2, 16, 384),
    "tydiqa": (2, 16, 384),
}


@pytest.mark.parametrize("name", AUTHORS)
def test_targets_are_trained_as_the_authors_code_does(name):
    epochs, batch, length = AUTHORS[name]
    found = target(name)
    assert (found.learning_rate, found.epochs, found.max_length) == (1e-5, epochs, length)
    assert (found.warmup_share, found.weight_decay, found.clip_norm) == (0.1, 0.01, 1.0)
    step = found.batch_tokens * found.accumulate
    assert step == pytest.approx(batch * size_of(catalog.task(name)).tokens, rel=0.01)
    assert found.steps is None


def test_intermediate_tasks_take_the_authors_usual_settings():
    found = before("hellaswag")
    assert (found.learning_rate, found.epochs, found.max_length) == (1e-5, 3, 256)
    assert found.batch_tokens <= recipes.MOST_TOKENS
    assert found.batch_tokens * found.accumulate == pytest.approx(32 * 440, rel=0.01)
    assert before("squad2").max_length == 384


def test_a_mixture_is_as_long_as_its_longest_task_and_a_step_learns_from_as_many_examples():
    sizes = {name: catalog.task(name).train_examples for name in ("mnli", "squad1")}
    found = before("mnli", "squad1")
    assert (found.learning_rate, found.epochs, found.max_length) == (1e-5, 3, 384)
    tokens = sum(sizes[name] * 32 * BY_TASK[name].tokens for name in sizes) / sum(sizes.values())
    assert found.batch_tokens * found.accumulate == pytest.approx(tokens, rel=0.01)
    assert found.stride == 128  # the windows of a question


def test_what_is_asked_for_wins_and_takes_with_it_what_belongs_to_it():
    found = target("xnli", learning_rate=3e-5, steps=100, batch_tokens=512)
    assert (found.learning_rate, found.steps, found.epochs) == (3e-5, 100, None)
    assert (found.batch_tokens, found.accumulate) == (512, 1)
    assert found.max_length == 256
    # A default that is spelled out is asked for as well.
    assert target("xnli", learning_rate=7e-4).learning_rate == 7e-4
    assert target("xnli", steps=None).epochs == 2


def test_mini_encoders_keep_the_defaults():
    asked = TargetSettings(learning_rate=1e-3)
    task, encoder = catalog.task("mini-xnli"), catalog.encoder(MINI)
    assert recipes.trained(asked, [task], encoder, is_target=True) is asked
    usual = EvaluationSettings()
    assert recipes.evaluated(usual, task, encoder) is usual
    assert recipes.version(encoder) == "" != recipes.version(catalog.encoder(LARGE))


def test_questions_are_measured_in_windows():
    encoder = catalog.encoder(LARGE)
    found = recipes.evaluated(EvaluationSettings(), catalog.task("xquad"), encoder)
    assert (found.max_length, found.stride, found.longest_answer) == (384, 128, 30)
    asked = EvaluationSettings(max_length=128, stride=64)
    found = recipes.evaluated(asked, catalog.task("xquad"), encoder)
    assert (found.max_length, found.stride) == (128, 64)
    assert recipes.evaluated(EvaluationSettings(), catalog.task("xnli"), encoder).max_length == 256


def test_a_task_may_declare_its_own():
    own = replace(catalog.task("mini-xnli"), training={"learning_rate": 5e-5, "max_length": 64})
    for name, epochs in ((LARGE, 3), (MINI, None)):
        encoder = catalog.encoder(name)
        found = recipes.trained(TargetSettings(), [own], encoder, is_target=True)
        assert (found.learning_rate, found.max_length, found.epochs) == (5e-5, 64, epochs)
        assert recipes.evaluated(EvaluationSettings(), own, encoder).max_length == 64
    steps = replace(own, training={"steps": 7})
    found = recipes.trained(TargetSettings(), [steps], catalog.encoder(LARGE), is_target=True)
    assert (found.steps, found.epochs) == (7, None)


@pytest.mark.parametrize("wrong", [{"learning_rat": 1}, {"learning_rate": "fast"}])
def test_a_setting_that_a_task_cannot_declare_is_one_sentence(wrong):
    own = replace(catalog.task("mini-xnli"), training=wrong)
    with pytest.raises(UsageError, match=f"mini-xnli declares: {next(iter(wrong))}"):
        recipes.trained(TargetSettings(), [own], catalog.encoder(MINI), is_target=True)


# In plans


def planned(values: dict) -> Plan:
    return expand(Spec.parse(values), Rows(), lambda encoder: "w", listing=True)


SMALL = {
    "catalog": "paper",
    "encoders": [LARGE],
    "intermediates": ["mnli", "mnli~epochs=1"],
    "targets": ["xnli", "xquad"],
}


def test_a_plan_holds_what_each_task_takes():
    plan = planned(SMALL)
    trained = {(s.kind, s.target or s.intermediate): s.settings for s in plan.stages}
    assert trained["target", "xnli"]["training"]["epochs"] == 2
    assert trained["target", "xquad"]["training"]["max_length"] == 384
    assert trained["intermediate", "mnli"]["training"]["epochs"] == 3
    assert trained["intermediate", "mnli~epochs=1"]["training"]["epochs"] == 1
    assert trained["evaluate", "xquad"]["evaluation"]["stride"] == 128
    assert trained["evaluate", "xnli"]["evaluation"]["retrieval_layer"] == 14


def test_a_request_that_is_stored_and_read_again_is_the_same_plan():
    for values in (SMALL, {**SMALL, "settings": {"target": {"learning_rate": 7e-4}}}):
        spec = Spec.parse(values)
        again = Spec.parse(spec.plain())
        plans = [expand(s, Rows(), lambda e: "w", listing=True) for s in (spec, again)]
        assert plans[0].by_key.keys() == plans[1].by_key.keys()


def test_settings_that_are_asked_for_change_the_key_and_the_variant():
    usual, slow = planned(SMALL), planned({**SMALL, "settings": {"target": {"epochs": 3}}})
    for kind in (StageKind.TARGET, StageKind.EVALUATE):
        first = [s for s in usual.stages if s.kind is kind and s.target == "xnli"]
        second = [s for s in slow.stages if s.kind is kind and s.target == "xnli"]
        assert len(first) == len(second) == 3
        assert not {s.key for s in first} & {s.key for s in second}
        assert not {s.variant for s in first} & {s.variant for s in second}


def test_every_task_of_the_study_has_a_size():
    values = preset("paper")
    names = {*values["targets"], *(n for n in values["intermediates"] if ":" not in n)}
    assert names <= set(BY_TASK)
    for task in map(catalog.task, names):
        known = task.train_examples or BY_TASK[task.name].train_examples
        assert known != Size(1).train_examples or not task.trained

"""What a plan would cost: arithmetic that can be done by hand, and the whole study."""

from __future__ import annotations

from collections import Counter

import pytest

from xfer_core import catalog, estimates
from xfer_core.domain.errors import UnknownName, UsageError
from xfer_core.domain.run import StageKind
from xfer_core.estimates import START_SECONDS, Estimator, Throughput
from xfer_core.planning import Plan, expand, shared, unshared
from xfer_core.specification import Spec, preset


class Rows:
    def rows(self, task, split, languages):
        return f"{task.name} {split} {languages}"

    def pretraining(self, encoder):
        return "text"


def planned(name: str, **more: object) -> Plan:
    spec = Spec.parse({**preset(name), **more})
    return expand(spec, Rows(), lambda encoder: "w", listing=True)


@pytest.fixture(scope="module")
def study() -> Plan:
    return planned("paper")


def test_xlm_r_large_by_hand():
    encoder = catalog.encoder("xlm-roberta-large")
    assert estimates.body(encoder) == 12 * 24 * 1024**2 == 301_989_888
    # An A100 at 40% of 312 TFLOP/s trains 301,989,888 * 6 operations a token.
    assert Throughput().operations == pytest.approx(124.8e12)
    assert 124.8e12 / (6 * estimates.body(encoder)) == pytest.approx(68_876, abs=1)


def test_a_training_and_an_evaluation_by_hand(study):
    costs = Estimator()
    mnli = next(s for s in study.stages if (s.kind, s.intermediate) == ("intermediate", "mnli"))
    cost = costs.cost(mnli)
    assert cost.tokens == 3 * 392_702 * 40
    operations = 6 * 301_989_888 * cost.tokens
    assert cost.seconds == pytest.approx(START_SECONDS + operations / 124.8e12)
    assert cost.bytes == 4 * catalog.encoder("xlm-roberta-large").parameters
    measured = next(s for s in study.stages if (s.kind, s.target) == ("evaluate", "xnli"))
    cost = costs.cost(measured)
    assert cost.tokens == 15 * 5010 * 45
    assert cost.seconds == pytest.approx(45 + 2 * 301_989_888 * cost.tokens / 124.8e12)
    assert cost.bytes == 0


def test_steps_examples_and_mixtures_are_counted_as_the_settings_say():
    settings = {
        "intermediate": {"steps": 10, "batch_tokens": 100, "accumulate": 3},
        "target": {"train_examples": 1000, "epochs": 2},
        "evaluation": {"examples": 10},
        "latency": {"measure": False},
    }
    plan = planned(
        "paper",
        intermediates=["multi:mnli+qqp"],
        targets=["xnli"],
        languages=["en", "de"],
        seeds=[1],
        settings=settings,
    )
    found = {s.kind: estimates.tokens(s) for s in plan.stages}
    assert found == {"intermediate": 3000, "target": 2 * 1000 * 40, "evaluate": 2 * 10 * 45}
    whole = planned("paper", intermediates=["multi:mnli+qqp"], targets=["xnli"], seeds=[1])
    first = next(s for s in whole.stages if s.kind is StageKind.INTERMEDIATE)
    assert estimates.tokens(first) == 3 * (392_702 * 40 + 363_846 * 35)


def test_a_faster_gpu_takes_less_but_the_start_stays(study):
    stage = next(s for s in study.stages if (s.kind, s.target) == ("target", "xnli"))
    slow, fast = (
        Estimator(Throughput(name, 0.4)).cost(stage).seconds - START_SECONDS
        for name in ("a100", "h100")
    )
    assert slow / fast == pytest.approx(989 / 312)


def test_nobody_takes_a_gpu_for_a_shipped_encoder():
    plan = planned("demo")
    assert not any(Estimator().cost(stage).on_gpu for stage in plan.stages)


@pytest.mark.parametrize(
    ("gpu", "share", "wrong"),
    [("a1000", 0.4, UnknownName), ("a100", 0.0, UsageError), ("a100", 1.5, UsageError)],
)
def test_a_gpu_that_cannot_be_is_refused(gpu, share, wrong):
    with pytest.raises(wrong):
        Throughput(gpu, share)


def test_the_whole_study(study):
    counts = Counter(stage.kind for stage in study.stages)
    # Ten ways before the target and none, eight targets that are trained of ten, three seeds.
    assert counts == {
        "intermediate": 10 * 3,
        "target": 11 * 8 * 3,
        "evaluate": 11 * 10 * 3,
        "latency": 11 * 10,
    }
    assert len(study.spec.intermediates) == 11 and len(study.spec.targets) == 10
    # An intermediate checkpoint serves ten targets; a target's own serves one evaluation.
    assert shared(study) == 30
    # Alone, each cell would train its own: 80 cells of three stages and 20 of two a seed ...
    alone = 3 * (10 * (8 * 3 + 2 * 2) + 8 * 2 + 2)
    assert unshared(study) == alone + 110
    hours = sum(Estimator().cost(stage).seconds for stage in study.stages) / 3600
    assert 40 < hours < 70


def test_the_small_preset_is_an_afternoon():
    plan = planned("paper-small")
    hours = sum(Estimator().cost(stage).seconds for stage in plan.stages) / 3600
    assert len(plan.stages) < 150 and hours < 5

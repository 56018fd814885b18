"""Ways to run a model: names that no other result can have, and what a plan makes of them."""

from __future__ import annotations

from collections import Counter

import pytest

from xfer_core import catalog
from xfer_core.domain import serving
from xfer_core.domain.errors import UnknownName, UsageError
from xfer_core.domain.run import StageKind
from xfer_core.domain.serving import BACK_ENDS, PLAIN, PRECISIONS, Serving, encoder_of, parse
from xfer_core.planning import Plan, expand
from xfer_core.servings import usable
from xfer_core.specification import LatencySettings, Spec, with_setting

NAMES = {
    "mini-s": ("mini-s", PLAIN),
    "mini-s~layers=2": ("mini-s", Serving(layers=2)),
    "mini-s~back_end=onnxruntime:int8": ("mini-s", Serving("onnxruntime", "int8")),
    "mini-s~layers=2~back_end=openvino": ("mini-s", Serving("openvino", layers=2)),
    "org/model@main~back_end=torch:bf16": ("org/model@main", Serving("torch", "bf16")),
    "~/models/mine": ("~/models/mine", PLAIN),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_taken_apart_and_made_again(name):
    encoder, way = NAMES[name]
    assert parse(name) == (encoder, way)
    assert way.named(encoder) == name
    assert encoder_of(name) == encoder


def test_wrong_names_say_what_is_wrong():
    with pytest.raises(UnknownName, match="did you mean onnxruntime"):
        parse("mini-s~back_end=onnxrutime")
    with pytest.raises(UnknownName, match="precision 'int4'"):
        parse("mini-s~back_end=torch:int4")
    with pytest.raises(UsageError, match="got 'two'"):
        parse("mini-s~layers=two")


def test_names_of_back_ends_are_those_that_there_are():
    backends = pytest.importorskip("xfer_core.stages.backends")
    assert backends.NAMES == BACK_ENDS
    assert backends.PRECISIONS == PRECISIONS


def test_an_encoder_is_found_by_its_name_in_results():
    assert catalog.encoder("mini-s~layers=2~back_end=openvino") is catalog.encoder("mini-s")


def test_settings_name_back_ends_once():
    found = LatencySettings(back_ends=("torch:fp32", "torch", "onnxruntime:int8"), layers=(2, 2))
    assert found.back_ends == ("torch", "onnxruntime:int8")
    assert found.servings == (
        PLAIN,
        Serving(layers=2),
        Serving("onnxruntime", "int8"),
        Serving("onnxruntime", "int8", 2),
    )
    values = with_setting({}, "latency.back_ends=[torch, onnxruntime:int8]")
    assert values["settings"]["latency"]["back_ends"] == ["torch", "onnxruntime:int8"]
    with pytest.raises(UnknownName, match="did you mean openvino"):
        LatencySettings(back_ends=("openvno",))


def test_what_cannot_be_done_is_left_out_with_a_sentence(monkeypatch):
    encoder = catalog.encoder("mini-s")
    kept, warnings = usable((PLAIN, Serving(layers=2), Serving(layers=3)), encoder)
    assert kept == (PLAIN, Serving(layers=2))
    assert warnings == ["mini-s has 3 layers; the first 3 are no shorter model, and are left out."]
    monkeypatch.setitem(serving.PACKAGES, "openvino", ("no_such_package",))
    kept, warnings = usable((Serving("openvino"),), encoder)
    assert kept == (PLAIN,)
    assert "no_such_package" in warnings[0] and "requirements-backends.txt" in warnings[0]


class Rows:
    def rows(self, task, split, languages):
        return f"{task.name} {split} {languages}"

    def pretraining(self, encoder):
        return "text"


def planned(latency: dict, **more: object) -> Plan:
    asked = {"intermediates": ["mini-mnli"], "targets": ["mini-xnli", "mini-tatoeba"]}
    spec = Spec.parse({**asked, "settings": {"latency": latency}, **more})
    return expand(spec, Rows(), lambda encoder: "w")


WAYS = {"back_ends": ["torch", "torch:bf16"], "layers": [2]}
NAMED = {
    "mini-s",
    "mini-s~layers=2",
    "mini-s~back_end=torch:bf16",
    "mini-s~layers=2~back_end=torch:bf16",
}


def test_every_way_is_evaluated_under_its_own_name_and_timed_in_one_stage():
    plain, plan = planned({}), planned(WAYS)
    evaluated = [stage for stage in plan.stages if stage.kind is StageKind.EVALUATE]
    assert {stage.encoder for stage in evaluated} == NAMED
    assert Counter(stage.encoder for stage in evaluated) == dict.fromkeys(NAMED, 4)
    timed = [stage for stage in plan.stages if stage.kind is StageKind.LATENCY]
    assert {stage.encoder for stage in timed} == {"mini-s"}
    assert len(timed) == 4 and all(len(stage.settings["servings"]) == 4 for stage in timed)
    trained = [stage.key for stage in plan.stages if stage.kind is StageKind.TARGET]
    assert trained == [stage.key for stage in plain.stages if stage.kind is StageKind.TARGET]


def test_the_plain_evaluation_is_the_same_stage_with_or_without_other_ways():
    def plain(plan: Plan) -> set[str]:
        return {
            stage.key
            for stage in plan.stages
            if stage.kind is StageKind.EVALUATE and stage.encoder == "mini-s"
        }

    assert plain(planned(WAYS)) == plain(planned({})) != set()
    variants = {s.variant for s in planned(WAYS).stages if s.kind is StageKind.EVALUATE}
    assert variants == {s.variant for s in planned({}).stages if s.kind is StageKind.EVALUATE}


def test_a_name_in_results_can_be_asked_for_again():
    again = planned({}, encoders=["mini-s~layers=2~back_end=torch:bf16"])
    before = planned(WAYS).by_key
    evaluated = [stage for stage in again.stages if stage.kind is StageKind.EVALUATE]
    assert {stage.encoder for stage in evaluated} == {
        "mini-s",
        "mini-s~layers=2~back_end=torch:bf16",
    }
    assert all(stage.key in before for stage in evaluated)
    timed = [stage for stage in again.stages if stage.kind is StageKind.LATENCY]
    assert [len(stage.settings["servings"]) for stage in timed] == [1] * 4


def test_a_stage_says_how_its_model_runs():
    names = {stage.name for stage in planned(WAYS).stages}
    assert "evaluate mini-xnli with layers=2, back_end=torch:bf16, seed 1" in names
    assert "evaluate mini-xnli after mini-mnli, seed 1" in names

"""Planning: each stage once, parents first, and a key that changes exactly when it must."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from xfer_core import catalog
from xfer_core.domain.errors import UnknownName, UsageError
from xfer_core.domain.run import Stage, StageKind
from xfer_core.planning import Plan, check, estimated_seconds, expand, reusable
from xfer_core.specification import Spec, preset

SMALL = {
    "intermediates": ["mini-mnli", "mini-sst"],
    "targets": ["mini-xnli", "mini-pos", "mini-tatoeba"],
    "seeds": [1, 2],
}
Keys = dict[tuple[str, str, str | None, int], str]


class Rows:
    """Fingerprints as they would be if some splits had changed."""

    def __init__(self, *changed: tuple[str, str]) -> None:
        self._changed = changed

    def rows(self, task, split, languages):
        version = 2 if (task.name, split) in self._changed else 1
        return f"{task.name} {split} {' '.join(languages)} {version}"


def planned(rows: Rows | None = None, weights: str = "w", **more: object) -> Plan:
    return expand(Spec.parse({**SMALL, **more}), rows or Rows(), lambda encoder: weights)


def keys(plan: Plan) -> Keys:
    return {(s.kind, s.intermediate, s.target, s.seed): s.key for s in plan.stages}


def changed(before: Plan, after: Plan) -> set[tuple[str, str, str | None, int]]:
    old, new = keys(before), keys(after)
    assert old.keys() == new.keys()
    return {name for name in old if old[name] != new[name]}


def stages(plan: Plan, chosen: Callable[[Stage], bool]) -> set[tuple[str, str, str | None, int]]:
    return {(s.kind, s.intermediate, s.target, s.seed) for s in plan.stages if chosen(s)}


def test_the_demo_has_the_stages_that_it_says():
    plan = expand(Spec.parse(preset("demo")), Rows(), lambda encoder: "w")
    counts = Counter(stage.kind for stage in plan.stages)
    assert counts == {"intermediate": 8, "target": 30, "evaluate": 40, "latency": 39}
    assert len({stage.key for stage in plan.stages}) == len(plan.stages)
    assert plan.warnings == ()


def test_parents_come_first_and_latency_last():
    plan = planned()
    seen: set[str] = set()
    for stage in plan.stages:
        assert stage.parent is None or stage.parent in seen
        seen.add(stage.key)
    kinds = [stage.kind is StageKind.LATENCY for stage in plan.stages]
    assert kinds == sorted(kinds)


def test_retrieval_measures_the_intermediate_itself():
    plan = planned()
    about = [stage for stage in plan.stages if stage.target == "mini-tatoeba"]
    assert {stage.kind for stage in about} == {StageKind.EVALUATE, StageKind.LATENCY}
    for stage in about:
        if stage.intermediate == "none":
            assert stage.parent is None
        else:
            parent = plan.by_key[str(stage.parent)]
            assert (parent.kind, parent.intermediate, parent.seed) == (
                StageKind.INTERMEDIATE,
                stage.intermediate,
                stage.seed,
            )


def test_each_chain_builds_on_its_own_seed_and_intermediate():
    plan = planned()
    for stage in plan.stages:
        if stage.parent:
            parent = plan.by_key[stage.parent]
            assert (parent.seed, parent.intermediate) == (stage.seed, stage.intermediate)


def test_naming_something_twice_changes_nothing():
    doubled = planned(intermediates=["mini-mnli", "none", "mini-sst", "mini-mnli"], seeds=[1, 2, 1])
    assert keys(doubled) == keys(planned())
    assert len(doubled.stages) == len(planned().stages)


TRAINED = ("mini-xnli", "mini-pos")
CHANGES = {
    "nothing": ({}, lambda s: False),
    "title": ({"title": "another"}, lambda s: False),
    "default spelled out": ({"settings": {"target": {"weight_decay": 0.01}}}, lambda s: False),
    "target training": (
        {"settings": {"target": {"learning_rate": 1e-4}}},
        lambda s: s.target in TRAINED,
    ),
    "intermediate training": (
        {"settings": {"intermediate": {"steps": 5}}},
        lambda s: s.intermediate != "none",
    ),
    "evaluation": (
        {"settings": {"evaluation": {"examples": 5}}},
        lambda s: s.kind in (StageKind.EVALUATE, StageKind.LATENCY),
    ),
    "latency": (
        {"settings": {"latency": {"samples": 5}}},
        lambda s: s.kind is StageKind.LATENCY,
    ),
    "languages": (
        {"languages": ["de", "ru"]},
        lambda s: s.kind in (StageKind.EVALUATE, StageKind.LATENCY),
    ),
    "test rows": (
        {"rows": Rows(("mini-xnli", "test"))},
        lambda s: s.target == "mini-xnli" and s.kind is not StageKind.TARGET,
    ),
    "dev rows that nobody reads": ({"rows": Rows(("mini-xnli", "dev"))}, lambda s: False),
    "target rows": ({"rows": Rows(("mini-pos", "train"))}, lambda s: s.target == "mini-pos"),
    "intermediate rows": (
        {"rows": Rows(("mini-sst", "train"))},
        lambda s: s.intermediate == "mini-sst",
    ),
    "weights": ({"weights": "other"}, lambda s: True),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_key_changes_exactly_for_what_depends_on_the_change(change):
    difference, depends = CHANGES[change]
    before = planned()
    assert changed(before, planned(**difference)) == stages(before, depends)


def test_more_seeds_and_tasks_leave_the_other_keys_alone():
    before, after = keys(planned()), keys(planned(seeds=[1, 2, 3], targets=["mini-xnli"]))
    shared = before.keys() & after.keys()
    assert len(shared) == len([name for name in before if name[2] in (None, "mini-xnli")])
    assert all(before[name] == after[name] for name in shared)


def test_variants_are_shared_by_what_may_be_compared():
    def variants(**more: object) -> dict[str | None, set[str]]:
        found: dict[str | None, set[str]] = {}
        for stage in planned(**more).stages:
            found.setdefault(stage.target, set()).add(stage.variant)
        return found

    before = variants()
    assert all(len(each) == 1 for each in before.values())
    assert variants(settings={"latency": {"samples": 5}}) == before
    assert variants(languages=["de"])["mini-xnli"] == before["mini-xnli"]
    assert variants(settings={"target": {"steps": 9}})["mini-xnli"] != before["mini-xnli"]
    moved = variants(rows=Rows(("mini-pos", "test")))
    assert moved["mini-pos"] != before["mini-pos"]
    assert moved["mini-xnli"] == before["mini-xnli"]


def test_nothing_is_reused_on_top_of_what_is_missing():
    plan = planned()
    everything = {stage.key for stage in plan.stages}
    assert reusable(plan, lambda stage: True) == everything
    assert reusable(plan, lambda stage: False) == set()
    gone = next(s for s in plan.stages if (s.intermediate, s.seed) == ("mini-sst", 1))
    assert gone.kind is StageKind.INTERMEDIATE
    chain = {s.key for s in plan.stages if (s.intermediate, s.seed) == ("mini-sst", 1)}
    assert reusable(plan, lambda stage: stage.key != gone.key) == everything - chain


@pytest.mark.parametrize(
    ("more", "match"),
    [
        ({"targets": ["mini-xnl"]}, "Unknown task 'mini-xnl'; did you mean mini-xnli"),
        ({"intermediates": ["mini-mnl"]}, "did you mean mini-mnli"),
        ({"encoders": ["mini-3"]}, "Unknown encoder 'mini-3'; did you mean mini-s"),
        ({"languages": ["dee"]}, "Unknown language 'dee'; did you mean .*de"),
        ({"catalog": "maxi"}, "Unknown catalogue 'maxi'; did you mean mini"),
    ],
)
def test_an_unknown_name_is_refused(more, match):
    with pytest.raises(UnknownName, match=match):
        check(Spec.parse({**SMALL, **more}))


def test_retrieval_is_no_intermediate_task():
    with pytest.raises(UsageError, match="'mini-tatoeba' is a retrieval"):
        planned(intermediates=["mini-tatoeba"])


def test_a_target_without_any_wanted_language_is_left_out_and_said():
    plan = planned(languages=["en"])
    assert not [s for s in plan.stages if s.target == "mini-tatoeba"]
    assert any("mini-tatoeba" in warning for warning in plan.warnings)
    languages = {s.languages for s in plan.stages if s.kind is StageKind.EVALUATE}
    assert languages == {("en",)}


def test_languages_come_in_the_order_of_the_task():
    plan = planned(languages=["ru", "en", "de"])
    found = {s.target: s.languages for s in plan.stages if s.kind is StageKind.EVALUATE}
    assert found["mini-xnli"] == ("en", "de", "ru")
    assert found["mini-tatoeba"] == ("de", "ru")


def test_training_on_the_targets_own_data_is_said_once():
    plan = planned(intermediates=["mini-xnli"])
    assert len(plan.warnings) == 1
    assert "mini-xnli trains on the data of mini-xnli" in plan.warnings[0]


def test_without_latency():
    plan = planned(settings={"latency": {"measure": False}})
    assert StageKind.LATENCY not in {stage.kind for stage in plan.stages}


def test_declared_steps_are_in_the_key():
    plan = planned()
    steps = {s.settings["training"]["steps"] for s in plan.stages if s.kind is StageKind.TARGET}
    assert steps == {catalog.task(name).steps for name in TRAINED}


def test_stages_survive_json():
    for stage in planned().stages:
        assert Stage.from_json(stage.to_json()) == stage


def test_an_estimate_is_the_stores_own_mean():
    stage = planned().stages[0]
    assert estimated_seconds(stage, {str(stage.kind): 3.5, "other": 9.0}) == 3.5
    assert estimated_seconds(stage, {}) > 0

"""Planning: each stage once, parents first, and a key that changes exactly when it must."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
import yaml

from xfer_core import catalog, encoders
from xfer_core.domain.encoder import Encoder
from xfer_core.domain.errors import UnknownName, UsageError
from xfer_core.domain.run import TRAINING, Stage, StageKind
from xfer_core.planning import PRETRAINING_SEED, Plan, check, expand, reusable
from xfer_core.specification import PRESETS, Spec, preset

SMALL = {
    "intermediates": ["mini-mnli", "mini-sst"],
    "targets": ["mini-xnli", "mini-pos", "mini-tatoeba"],
    "seeds": [1, 2],
}
Keys = dict[tuple[str, str, str | None, int], str]


class Rows:
    """Fingerprints as they would be if some splits had changed."""

    def __init__(self, *changed: tuple[str, str], text: str = "text") -> None:
        self._changed, self._text = changed, text

    def rows(self, task, split, languages):
        version = 2 if (task.name, split) in self._changed else 1
        return f"{task.name} {split} {' '.join(languages)} {version}"

    def pretraining(self, encoder):
        return f"{self._text} {encoder.tokenizer}"


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
    assert counts == {"intermediate": 8, "target": 30, "evaluate": 40, "latency": 20}
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
    "training of one target": (
        {"settings": {"target": {"by_task": {"mini-pos": {"learning_rate": 1e-4}}}}},
        lambda s: s.target == "mini-pos",
    ),
    "its usual training spelled out": (
        {"settings": {"target": {"by_task": {"mini-pos": {"weight_decay": 0.01}}}}},
        lambda s: False,
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
    for target, each in before.items():  # the baseline's, and with it the intermediates'
        shortest, *longer = sorted(each)
        assert len(longer) == 1 or target is None
        assert all(one.startswith(f"{shortest}.") for one in longer) or target is None
    slower = variants(settings={"intermediate": {"steps": 9}})["mini-xnli"]
    assert slower & before["mini-xnli"] == {min(before["mini-xnli"])}  # one baseline for both
    assert variants(settings={"latency": {"samples": 5}}) == before
    assert variants(languages=["de"])["mini-xnli"] == before["mini-xnli"]
    assert variants(settings={"target": {"steps": 9}})["mini-xnli"] != before["mini-xnli"]
    own = variants(settings={"target": {"by_task": {"mini-xnli": {"steps": 9}}}})
    assert own.pop("mini-xnli") != before["mini-xnli"]
    assert own == {name: found for name, found in before.items() if name != "mini-xnli"}
    moved = variants(rows=Rows(("mini-pos", "test")))
    assert moved["mini-pos"] != before["mini-pos"]
    assert moved["mini-xnli"] == before["mini-xnli"]


def always(stage: Stage) -> bool:
    return True


def test_nothing_is_reused_on_top_of_what_is_missing():
    plan = planned()
    everything = {stage.key for stage in plan.stages}
    assert reusable(plan, always, always) == everything
    assert reusable(plan, lambda stage: False, always) == set()
    gone = next(s for s in plan.stages if (s.intermediate, s.seed) == ("mini-sst", 1))
    assert gone.kind is StageKind.INTERMEDIATE
    chain = {s.key for s in plan.stages if (s.intermediate, s.seed) == ("mini-sst", 1)}
    assert reusable(plan, lambda stage: stage.key != gone.key, always) == everything - chain


def test_a_freed_checkpoint_is_missed_only_by_who_must_run():
    plan = planned()
    everything = {stage.key for stage in plan.stages}
    chain = {s.key: s for s in plan.stages if (s.intermediate, s.seed) == ("mini-sst", 1)}
    freed = {key for key, stage in chain.items() if stage.kind in TRAINING}

    def usable(stage: Stage) -> bool:
        return stage.key not in freed

    assert reusable(plan, always, usable) == everything  # results stay results
    new = next(s for s in chain.values() if (s.kind, s.target) == ("evaluate", "mini-pos"))
    kept = reusable(plan, lambda stage: stage.key != new.key, usable)
    # The target is trained again; for that the intermediate too, and so all that stands on it.
    assert kept == everything - set(chain)
    freed -= {key for key, stage in chain.items() if stage.kind is StageKind.INTERMEDIATE}
    kept = reusable(plan, lambda stage: stage.key != new.key, usable)
    assert everything - kept == {s.key for s in chain.values() if s.target == "mini-pos"}


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


def test_settings_of_one_target_need_a_target_that_is_trained():
    def own(task: str, **settings: object) -> None:
        by_task = {"target": {"by_task": {task: settings}}}
        check(Spec.parse({**SMALL, "settings": by_task}))

    own("mini-pawsx", steps=5)  # not of this plan, as where a preset is narrowed
    with pytest.raises(UnknownName, match="'mini-xnl'; did you mean mini-xnli"):
        own("mini-xnl", steps=5)
    with pytest.raises(UsageError, match=r"under target\.by_task; 'mini-tatoeba' is a retrieval"):
        own("mini-tatoeba", steps=5)
    with pytest.raises(UsageError, match="Expected training data of mini-xnli in eo"):
        own("mini-xnli", languages=["eo"])


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


# Pretraining


QUICK = {"tokens": 5000}
SHARED = {**SMALL, "encoders": ["mini-s", "mini-l-aligned"]}


def no_weights(encoder: Encoder) -> str:
    raise AssertionError(f"The weights of {encoder.name} are about to be made.")


def pretrained(rows: Rows | None = None, tokens: int = 5000, **more: object) -> Plan:
    settings = {"pretraining": {"tokens": tokens}, **dict(more.pop("settings", {}))}
    spec = Spec.parse({**SHARED, **more, "settings": settings})
    return expand(spec, rows or Rows(), no_weights)


def first_keys(plan: Plan) -> dict[str, str]:
    return {s.encoder: s.key for s in plan.stages if s.kind is StageKind.PRETRAIN}


def test_one_pretraining_comes_before_all_chains_of_its_encoder():
    plan = pretrained()
    first = [stage for stage in plan.stages if stage.kind is StageKind.PRETRAIN]
    assert [stage.name for stage in first] == [
        f"pretrain {name}, seed {PRETRAINING_SEED}" for name in SHARED["encoders"]
    ]
    for stage in first:
        assert (stage.parent, stage.intermediate, stage.target) == (None, "none", None)
        assert stage.settings["pretraining"]["tokens"] == 5000
    seen: set[str] = set()
    for stage in plan.stages:
        assert stage.parent in seen or (stage.parent is None and stage in first)
        seen.add(stage.key)
        root = stage
        while root.parent:
            root = plan.by_key[root.parent]
        assert root.key == first_keys(plan)[stage.encoder]
    shipped = expand(Spec.parse(SHARED), Rows(), lambda encoder: "w")
    assert len(plan.stages) == len(shipped.stages) + len(first)
    assert {stage.kind for stage in shipped.stages if stage.parent is None} >= {
        StageKind.INTERMEDIATE,
        StageKind.TARGET,
    }


@pytest.mark.parametrize(
    "difference",
    [
        {"tokens": 6000},
        {"settings": {"pretraining": {**QUICK, "objectives": ["masked"]}}},
        {"settings": {"pretraining": {**QUICK, "lines": 200}}},
        {"rows": Rows(text="another text")},
    ],
    ids=["tokens", "objectives", "lines", "text"],
)
def test_another_pretraining_is_another_key_for_all_that_builds_on_it(difference):
    before, after = pretrained(), pretrained(**difference)
    assert len(before.stages) == len(after.stages)
    assert not before.by_key.keys() & after.by_key.keys()
    assert not {s.variant for s in before.stages} & {s.variant for s in after.stages}


@pytest.mark.parametrize(
    "difference",
    [
        {"settings": {"target": {"steps": 5}}},
        {"settings": {"intermediate": {"learning_rate": 1e-4}}},
        {"settings": {"evaluation": {"examples": 5}, "latency": {"samples": 5}}},
        {"seeds": [3, 4], "targets": ["mini-pos"], "languages": ["de"], "title": "another"},
        {"targets": [], "intermediates": ["none"]},
        {"rows": Rows(("mini-xnli", "train"), ("mini-xnli", "test"), ("mini-mnli", "train"))},
    ],
    ids=["target", "intermediate", "measuring", "request", "alone", "task rows"],
)
def test_what_comes_after_pretraining_leaves_its_key_alone(difference):
    before, after = first_keys(pretrained()), first_keys(pretrained(**difference))
    assert before == after and len(set(before.values())) == 2


def test_what_is_continued_is_in_the_key():
    def continued(weights: str, **more: object) -> str:
        settings = {"pretraining": {**QUICK, **more}}
        spec = Spec.parse({**SMALL, "encoders": ["mini-s-aligned"], "settings": settings})
        return first_keys(expand(spec, Rows(), lambda e: f"{weights} {e.name}"))["mini-s-aligned"]

    afresh, after = continued("a"), continued("a", continues="mini-s")
    assert afresh == continued("b")
    assert len({afresh, after, continued("b", continues="mini-s")}) == 3
    assert after != continued("a", continues="mini-s-aligned")


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("mini-z", "Unknown encoder 'mini-z'; did you mean mini-s"),
        ("mini-m-aligned", "that fit into 'mini-s'; 'mini-m-aligned' is of another width"),
    ],
)
def test_pretraining_goes_on_only_with_weights_that_fit(name, match):
    settings = {"pretraining": {**QUICK, "continues": name}}
    with pytest.raises(UsageError, match=match):
        check(Spec.parse({**SMALL, "settings": settings}))


def test_pretraining_goes_on_with_a_shallower_encoder_but_not_with_a_deeper_one():
    def continued(encoder: str, older: str) -> Spec:
        settings = {"pretraining": {**QUICK, "continues": older}}
        return Spec.parse({**SMALL, "encoders": [encoder], "settings": settings})

    check(continued("mini-l-aligned", "mini-m-aligned"))
    with pytest.raises(UsageError, match="or deeper"):
        check(continued("mini-m-aligned", "mini-l-aligned"))


def test_pretraining_alone_is_one_stage():
    plan = pretrained(targets=[], intermediates=["none"], encoders=["mini-m-aligned"], seeds=[1, 2])
    assert [stage.kind for stage in plan.stages] == [StageKind.PRETRAIN]
    assert plan.by_key.keys() == set(first_keys(plan).values())


def test_no_pretraining_is_the_plan_that_was_always_made():
    before = planned()
    assert keys(planned(settings={"pretraining": None})) == keys(before)
    assert keys(planned(rows=Rows(text="another text"))) == keys(before)
    assert StageKind.PRETRAIN not in {stage.kind for stage in before.stages}
    with_it = expand(Spec.parse({**SMALL, "settings": {"pretraining": QUICK}}), Rows(), no_weights)
    assert not before.by_key.keys() & with_it.by_key.keys()


@pytest.fixture
def foreign(tmp_path, monkeypatch) -> Iterator[str]:
    """A declared encoder that says nothing about heads: it is taken as it is."""
    (tmp_path / "foreign_test.py").write_text(
        "from xfer_core.domain.encoder import Encoder\n"
        "FOREIGN = Encoder(name='foreign', title='', catalog='mini', path='foreign', revision='1',"
        " parameters=1, layers=1, hidden_size=8)\n"
    )
    monkeypatch.setattr(encoders, "__path__", [*encoders.__path__, str(tmp_path)])
    catalog.shipped_encoders.cache_clear()
    yield "foreign"
    catalog.shipped_encoders.cache_clear()
    sys.modules.pop("xfer_core.encoders.foreign_test", None)


def test_an_encoder_from_elsewhere_is_not_pretrained(foreign):
    assert len(planned(encoders=[foreign]).stages) == len(planned().stages)
    with pytest.raises(UsageError) as caught:
        pretrained(encoders=["mini-s", foreign])
    assert str(caught.value) == (
        "Expected an encoder that this program pretrains itself; 'foreign' is taken as it is. "
        "Leave out the pretraining settings."
    )


@pytest.mark.parametrize("path", sorted(PRESETS.glob("pretrain-*.yaml")), ids=lambda p: p.stem)
def test_a_pretraining_preset_is_of_the_encoder_in_its_name(path):
    spec = Spec.parse(preset(path.stem))
    assert spec.encoders == (path.stem.removeprefix("pretrain-"),)
    plan = expand(spec, Rows(), lambda encoder: encoder.name)
    assert [stage.kind for stage in plan.stages] == [StageKind.PRETRAIN]
    given = yaml.safe_load(path.read_text())["settings"]["pretraining"]
    found = plan.stages[0].settings["pretraining"]
    assert {name: found[name] for name in given} == given
    assert f"xfer pretrain {spec.encoders[0]} --publish" in path.read_text()


def test_the_aims_are_trained_as_in_the_thorough_benchmark():
    """So one store computes nothing twice, and the data card's two tables are of one training."""
    aims, thorough = (
        {
            stage.key: stage.target
            for stage in expand(Spec.parse(preset(name)), Rows(), lambda e: e.name).stages
            if stage.kind in (StageKind.TARGET, StageKind.EVALUATE)
        }
        for name in ("aims", "thorough")
    )
    assert {aims[key] for key in aims.keys() - thorough.keys()} == {"mini-sst"}

"""Results of different settings, weights or data are told apart, named and never mixed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

from xfer_core.charts import version_words
from xfer_core.domain.errors import UsageError
from xfer_core.views.versions import Version, variants_of, versions

DAY = [datetime(2026, 11, day, tzinfo=UTC) for day in range(1, 10)]
STEPS = '{"settings": {"target": {"steps": %d}, "latency": {"samples": 5}}}'


class Answers:
    """Two tables as the store would give them."""

    def __init__(self, plans: list[tuple[str, str, str, str | None]], measured: Any) -> None:
        columns = ["name", "target", "variant", "spec"]
        self.plans = pd.DataFrame(plans, columns=columns)
        self.measured = pd.DataFrame(measured, columns=["target", "variant", "newest"])

    def query(self, sql: str, parameters: Any = ()) -> pd.DataFrame:
        return self.plans if "spec" in sql else self.measured


def found(answers: Answers) -> dict[str, dict[str, str]]:
    return {one.name: one.variants for one in versions(answers, catalog="c", encoder="e")}


def test_plans_with_a_shared_variant_are_one_version_under_the_name_of_the_first() -> None:
    answers = Answers(
        [("r1", "xnli", "a.x", None), ("r2", "xnli", "a.x", None), ("r2", "pos", "b.x", None)],
        [("xnli", "a.x", DAY[0]), ("pos", "b.x", DAY[1])],
    )
    assert found(answers) == {"r1": {"xnli": "a.x", "pos": "b.x"}}


def test_other_settings_of_the_intermediate_phase_are_another_version() -> None:
    answers = Answers(
        [("r1", "xnli", "a.x", None), ("r2", "xnli", "a.y", None)],
        [("xnli", "a.x", DAY[0]), ("xnli", "a.y", DAY[1])],
    )
    assert list(found(answers)) == ["r2", "r1"], "the newest result first"


def test_a_baseline_alone_joins_the_gains_measured_against_it() -> None:
    answers = Answers(
        [("r1", "xnli", "a", None), ("r2", "xnli", "a.x", None)],
        [("xnli", "a.x", DAY[0])],
    )
    assert found(answers) == {"r1": {"xnli": "a.x"}}


def test_equal_settings_join_different_targets_but_never_a_contradiction() -> None:
    answers = Answers(
        [
            ("r1", "xnli", "a", STEPS % 60),
            ("r2", "pos", "b", STEPS % 60),
            ("r3", "xnli", "z", STEPS % 60),
            ("r4", "ner", "n", STEPS % 99),
        ],
        [("xnli", "a", DAY[0]), ("pos", "b", DAY[1]), ("xnli", "z", DAY[2]), ("ner", "n", DAY[3])],
    )
    grouped = {frozenset(variants.items()) for variants in found(answers).values()}
    assert grouped == {
        frozenset({("xnli", "a"), ("pos", "b")}),
        frozenset({("xnli", "z")}),
        frozenset({("ner", "n")}),
    }


def test_a_version_without_a_result_is_left_out_and_unknown_names_are_refused() -> None:
    answers = Answers([("r1", "xnli", "a", None), ("r2", "xnli", "b", None)], [])
    assert found(answers) == {}
    with pytest.raises(UsageError, match="Choose one from the list"):
        variants_of(answers, "c", "e", "r9")


def test_the_difference_is_said_in_words_and_latency_is_none() -> None:
    answers = Answers(
        [("r1", "xnli", "a", STEPS % 60), ("r2", "xnli", "b", STEPS % 200)],
        [("xnli", "a", DAY[0]), ("xnli", "b", DAY[1])],
    )
    newest, older = versions(answers, catalog="c", encoder="e")
    assert newest.settings == {"target.steps": 200}
    assert version_words.title(older, newest) == "target steps 60 · 2026-11-01 00:00 UTC"
    assert version_words.line(older, newest).endswith("2026-11-01 00:00 UTC (target steps 60)")


@pytest.mark.parametrize(
    ("older", "newest", "words"),
    [
        ({"target.steps": 1}, {"target.steps": 1}, "same settings, other weights, data or code"),
        ({}, {"target.steps": 1}, "settings unknown"),
        (
            {"a.x": True, "a.y": [], "a.z": 1, "a.w": None},
            {"a.x": False, "a.y": ["de"], "a.z": 2, "a.w": 3},
            "a x on, a y none and 2 more",
        ),
        ({"a.lora_rank": 0.5}, {"a.lora_rank": 8}, "a LoRA rank 0.5"),
        ({"target.by_task.mini-pos.steps": 9}, {}, "settings unknown"),
        (
            {"target.by_task.mini-pos.learning_rate": 0.0002},
            {"target.steps": 1},
            "target steps as usual, POS learning rate 0.0002",
        ),
    ],
)
def test_differences(older: dict[str, Any], newest: dict[str, Any], words: str) -> None:
    assert version_words.difference(older, newest) == words


def test_versions_agree_only_where_no_target_contradicts() -> None:
    version = Version("r1", {"xnli": "a.x"})
    assert version.agrees({"xnli": "a"})
    assert version.agrees({"pos": "z"})
    assert not version.agrees({"xnli": "a.y"})
    assert not version.belongs({"pos": "z"}, {}), "nothing says that they belong together"

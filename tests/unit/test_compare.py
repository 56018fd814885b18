"""Two models side by side, against numbers worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from spool_samples import stage, write_job, write_run

from xfer_core import catalog, kept, spool
from xfer_core.charts import compare_curves as curves_chart
from xfer_core.charts import compare_differences, compare_words, flip_cards, setting_words, theme
from xfer_core.domain.errors import UnknownName, UsageError
from xfer_core.domain.event import EventType
from xfer_core.domain.run import Stage
from xfer_core.home import Home
from xfer_core.store import Store
from xfer_core.views.compare import compare, compare_everywhere
from xfer_core.views.compare_curves import compare_curves
from xfer_core.views.compare_examples import flip_counts, flipped, texts
from xfer_core.views.compare_settings import settings_diff
from xfer_core.views.compare_sides import (
    Named,
    Side,
    common_target,
    names,
    parse,
    partner,
    side_of,
    usual,
)
from xfer_core.views.compare_subjects import compare_subjects
from xfer_core.views.gains import gains

A, B = Side("tiny"), Side("tiny", "mini-mnli")
TARGET = "mini-xnli"
PLACE: dict[str, Any] = {"catalog": "mini", "target": TARGET, "a": A, "b": B}
T1, T3 = 12.706204736, 3.182446305
"""Student's t at 97.5% with 1 and 3 degrees of freedom."""


@dataclass
class Files:
    """Spool files of a store, written by hand."""

    home: Home
    stages: list[Stage] = field(default_factory=list)

    def scored(
        self,
        side: Side,
        seed: int,
        right: dict[str, Sequence[float]],
        *,
        target: str = TARGET,
        metric: str = "accuracy",
        weights: Sequence[float] | None = None,
        predictions: dict[str, list[Any]] | None = None,
        first_id: int = 0,
        **more: Any,
    ) -> Stage:
        """An evaluation with the counts of each example by language."""
        values = {"encoder": side.encoder, "languages": tuple(right), **more}
        done = stage("evaluate", side.intermediate, target, seed, **values)
        with spool.Writer(self.home.job(done.key), done.key, 1) as writer:
            writer.append(EventType.STARTED, run_id=side.run, stage=done.to_json(), pid=1, host="h")
            for language, scores in right.items():
                bottom = weights or [1.0] * len(scores)
                writer.append(
                    EventType.SCORE,
                    language=language,
                    split="test",
                    metric=metric,
                    value=sum(scores) / sum(bottom),
                    n_examples=len(scores),
                    scores=list(scores),
                    weights=weights,
                )
            writer.append(EventType.FINISHED, wall_seconds=2.0, rows=writer.rows)
        for language, answers in (predictions or {}).items():
            ids = [str(first_id + at) for at in range(len(answers))]
            kept.keep(self.home, done.key, "test", language, ids, answers)
        self.stages.append(done)
        return done

    def pair(self, **more: Any) -> None:
        """Four examples, two seeds; B is 25 points better in each seed, on another example."""
        for seed, a, b in ((1, [1, 0, 0, 1], [1, 1, 0, 1]), (2, [1, 1, 0, 0], [1, 1, 1, 0])):
            self.scored(A, seed, {"en": a, "de": a}, **more)
            self.scored(B, seed, {"en": a, "de": b}, **more)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(Home(tmp_path / "store").create())


@pytest.fixture
def opened(files: Files) -> Iterator[Any]:
    """Opens the store once its files are written."""
    stores = []

    def open_store() -> Store:
        stores.append(Store.temporary(files.home))
        return stores[-1]

    yield open_store
    for each in stores:
        each.close()


def near(found: float, wanted: float) -> bool:
    return math.isclose(found, wanted, rel_tol=1e-6)


def test_differences_of_two_seeds_worked_out_by_hand(files: Files, opened: Any) -> None:
    files.pair()
    found = compare(opened(), **PLACE)
    row = found.of("de")
    assert row is not None
    assert (row["score_a"], row["score_b"], row["difference_points"]) == (0.5, 0.75, 25.0)
    assert (row["sd_points"], row["n_seeds"], row["seeds"]) == (0.0, 2, [1, 2])
    # The seeds agree and the examples' own part is below 0; what is left is the rounding of two
    # seeds to 25 points: 25^2 / 12 / 2.
    half = T1 * math.sqrt(625 / 24)
    assert near(row["ci_low"], 25 - half) and near(row["ci_high"], 25 + half)
    assert not row["significant"]
    assert list(found.table["language"]) == ["en", "de", "zero-shot", "all"]
    assert found.of("all")["difference_points"] == 12.5  # type: ignore[index]
    assert found.seeds == ((1, 2), (1, 2)) and not found.is_same and found.by_example


def test_one_seed_has_an_interval_over_examples_and_no_mark(files: Files, opened: Any) -> None:
    files.scored(A, 1, {"de": [1, 0, 0, 1]})
    files.scored(B, 1, {"de": [1, 1, 0, 1]})
    row = compare(opened(), **PLACE).of("de")
    assert row is not None
    # Per example 0, 100, 0, 0: their variance is 2,500, that of their mean 625.
    assert near(row["ci_low"], 25 - T3 * 25) and near(row["ci_high"], 25 + T3 * 25)
    assert math.isnan(row["p_value"]) and not row["significant"]


def test_numbers_are_those_of_the_heatmap_where_a_is_the_baseline(
    files: Files, opened: Any
) -> None:
    files.pair()
    store = opened()
    table = compare(store, **PLACE).table
    cells = gains(store, intermediate="mini-mnli").set_index("language")
    for row in table.to_dict("records"):
        cell = cells.loc[row["language"]]
        for own, other in (("difference_points", "gain_points"), ("score_a", "baseline")):
            assert row[own] == cell[other]
        assert [row[n] for n in ("ci_low", "ci_high")] == [cell["ci_low"], cell["ci_high"]]


def test_swapping_the_sides_turns_every_sign(files: Files, opened: Any) -> None:
    files.pair()
    store = opened()
    there, back = (
        compare(store, **{**PLACE, "a": a, "b": b}).table.set_index("language")
        for a, b in ((A, B), (B, A))
    )
    assert (there["difference_points"] == -back["difference_points"]).all()
    assert (there["ci_low"] == -back["ci_high"]).all()
    assert (there["p_value"].dropna() == back["p_value"].dropna()).all()


def test_without_a_common_seed_there_are_scores_and_no_difference(
    files: Files, opened: Any
) -> None:
    files.scored(A, 1, {"de": [1, 0, 0, 1]})
    files.scored(B, 2, {"de": [1, 1, 0, 1]})
    found = compare(opened(), **PLACE)
    row = found.of("de")
    assert row is not None and found.missing == ()
    assert (row["score_a"], row["score_b"], row["n_seeds"]) == (0.5, 0.75, 0)
    assert math.isnan(row["difference_points"])
    assert "A has 1, B has 2" in compare_words.evidence(found, row)


def test_a_missing_side_is_named(files: Files, opened: Any) -> None:
    files.scored(B, 1, {"de": [1, 1, 0, 1]})
    store = opened()
    found = compare(store, **PLACE)
    assert found.missing == ("a",) and found.seeds == ((), (1,))
    assert compare_words.evidence(found, found.of("de")) == "Side A has no result here."
    neither = compare(store, **{**PLACE, "target": "mini-pos"})
    assert neither.missing == ("a", "b") and neither.table.empty
    headline = compare_words.headline(neither, None, ("A", "B"), "on POS")
    assert headline == "No difference can be told yet on POS."


def test_a_side_without_results_breaks_nothing(files: Files, opened: Any) -> None:
    files.scored(A, 1, {"de": [1, 0, 0, 1]}, target="mini-mmlu")
    write_run(files.home, "run-1", files.stages)
    store = opened()
    for place in ({**PLACE, "a": A, "b": B}, {**PLACE, "a": B, "b": A}):
        place["target"] = "mini-mmlu"
        assert flip_counts(store, **place).empty
        assert flipped(store, language="de", **place).empty
        table = compare_subjects(store, language="de", **place)
        assert len(table) and table["difference_points"].isna().all()
        assert compare_curves(store, **place).empty
        figure = compare_differences.by_language(compare(store, **place).table, ("a", "b"))
        assert list(figure.layout.xaxis2.ticktext) == ["0"], "no size where nothing was measured"
        # What the other side would be made with is not known, so only names are compared.
        assert list(settings_diff(store, **place).table["setting"]) == ["intermediate"]


def test_usual_sides_have_a_target_in_common(files: Files, opened: Any) -> None:
    files.scored(A, 1, {"de": [1, 0]}, target="mini-mmlu")
    files.scored(Side("tiny", "mini-qqp"), 1, {"de": [1, 0]}, target="mini-xnli")
    files.scored(B, 1, {"de": [1, 0]}, target="mini-mmlu")
    files.scored(Side("alone"), 1, {"de": [1, 0]}, target="mini-pos")
    files.scored(Side("small"), 1, {"de": [1, 0]}, target="mini-mmlu")
    store = opened()
    a, b = usual(store, "mini")
    assert common_target(store, "mini", a, b) == "mini-mmlu"
    assert partner(store, "mini", A) == B
    assert partner(store, "mini", B) == A
    assert partner(store, "mini", Side("small")) in (A, Side("tiny"))
    assert common_target(store, "mini", A, Side("alone")) is None


def test_the_same_results_on_both_sides_are_called_that(files: Files, opened: Any) -> None:
    files.scored(A, 1, {"de": [1, 0, 0, 1]})
    found = compare(opened(), **{**PLACE, "b": A})
    assert found.is_same
    headline = compare_words.headline(found, found.of("de"), ("A", "B"), "on XNLI")
    assert headline.startswith("Both sides are the same results")


def test_other_examples_are_never_paired(files: Files, opened: Any) -> None:
    """As many examples with other ids: the interval must come from the seeds alone."""
    other = Side("small")
    for seed in (1, 2):
        files.scored(A, seed, {"de": [1, 0, 0, seed - 1]}, predictions={"de": ["x"] * 4})
        files.scored(
            other,
            seed,
            {"de": [1, 1, 0, seed - 1]},
            variant="v2",
            predictions={"de": ["x"] * 4},
            first_id=100,
        )
    store = opened()
    place = {**PLACE, "b": other}
    found = compare(store, **place)
    row = found.of("de")
    assert row is not None and not found.by_example
    assert (row["difference_points"], row["ci_low"], row["ci_high"]) == (25.0, 25.0, 25.0)
    assert flip_counts(store, **place).empty
    assert "measured on different examples" in compare_words.evidence(found, row)


def test_flips_explain_the_difference(files: Files, opened: Any) -> None:
    files.pair()
    counts = flip_counts(opened(), **PLACE).set_index("language")
    german = counts.loc["de"]
    assert dict(german) == {
        **{"n_examples": 4, "n_seeds": 2, "both_right": 4},
        **{"gained": 2, "lost": 0, "both_wrong": 2},
    }
    assert 100 * (german["gained"] - german["lost"]) / (4 * 2) == 25.0
    assert list(counts.index) == ["en", "de"] and counts.loc["en", "gained"] == 0


def test_flipped_examples_with_both_answers(files: Files, opened: Any) -> None:
    kept_a = {"de": ["neutral"] * 4}
    kept_b = {"de": ["entailment"] * 4}
    files.scored(A, 1, {"de": [0, 0, 1, 1]}, predictions=kept_a)
    files.scored(A, 2, {"de": [0, 1, 1, 1]})
    files.scored(B, 1, {"de": [1, 1, 0, 1]}, predictions=kept_b)
    files.scored(B, 2, {"de": [1, 0, 0, 1]})
    table = flipped(opened(), language="de", **PLACE)
    # Example 1 flips both ways, example 3 never.
    assert list(table["place"]) == [0, 2]
    assert list(table["change"]) == ["gained", "lost"]
    assert list(table["n_changed"]) == [2, 2]
    first = table.iloc[0]
    assert (first["id"], first["seed"]) == ("0", 1)
    assert (first["prediction_a"], first["prediction_b"]) == ("neutral", "entailment")


def test_an_example_is_right_only_if_it_earns_all_its_points(files: Files, opened: Any) -> None:
    """F1 counts of sentences: 4 of 4 is right, 3 of 4 is not, nothing to find is."""
    place = {**PLACE, "target": "mini-pos"}
    for side, top in ((A, [3, 4, 0]), (B, [4, 4, 0])):
        more: dict[str, Any] = {"target": "mini-pos", "metric": "f1", "weights": [4, 4, 0]}
        files.scored(side, 1, {"de": top}, **more)
    store = opened()
    counts = flip_counts(store, **place).iloc[0]
    assert (counts["gained"], counts["lost"], counts["both_right"]) == (1, 0, 2)
    assert compare(store, **place).of("de")["difference_points"] == 12.5  # type: ignore[index]


def test_subjects_are_paired_by_question(files: Files, opened: Any) -> None:
    rows = catalog.task("mini-mmlu").source.rows("test", "de")[:60]
    place = {**PLACE, "target": "mini-mmlu"}
    units = [float(row["subject"] == "units") for row in rows]
    nothing = [0.0] * len(rows)
    for seed in (1, 2):
        files.scored(A, seed, {"de": nothing}, target="mini-mmlu")
        files.scored(B, seed, {"de": units}, target="mini-mmlu")
    store = opened()
    table = compare_subjects(store, language="de", **place).set_index("name")
    assert (table["level"] == "subject").all(), "the mini task has no groups"
    assert table.loc["units", "difference_points"] == 100.0
    assert (table.drop("units")["difference_points"] == 0).all()
    assert table["n_questions"].sum() == 60
    assert table.loc["units", "n_questions"] == sum(units)
    assert compare_subjects(store, language="de", **PLACE).empty


def test_settings_that_differ_come_by_the_chain_of_trainings(files: Files, opened: Any) -> None:
    def chain(side: Side, rate: float) -> None:
        training = {"training": {"learning_rate": rate, "steps": 60, "languages": ["en"]}}
        trained = stage(
            "target", side.intermediate, TARGET, 1, encoder=side.encoder, settings=training
        )
        write_job(files.home, trained)
        files.stages.append(trained)
        settings = {"evaluation": {"examples": 4, "stride": None}}
        files.scored(side, 1, {"de": [1, 0, 0, 1]}, parent=trained.key, settings=settings)

    chain(A, 0.001)
    chain(B, 0.0007)
    write_run(files.home, "run-1", files.stages)
    store = opened()
    diff = settings_diff(store, **PLACE)
    assert diff.table.to_dict("records") == [
        {"setting": "intermediate", "a": "none", "b": "mini-mnli"},
        {"setting": "target.learning_rate", "a": 0.001, "b": 0.0007},
    ]
    assert diff.n_same >= 5
    shown = setting_words.as_table(diff.table).to_numpy().tolist()
    assert shown == [
        ["Intermediate task", "no intermediate", "MNLI"],
        ["Learning rate (target training)", "0.001", "0.0007"],
    ]
    assert "differ in 2 respects" in compare_words.causes_line(Found(), diff.table)
    assert compare_words.causes_line(Found(), diff.table.head(1)) == ""
    curves = compare_curves(store, **PLACE)
    assert set(curves["side"]) == {"a", "b"} and set(curves["kind"]) == {"target"}
    figure = curves_chart.compare_curves(curves, ("none", "MNLI"))
    assert [trace.name for trace in figure.data] == ["A: none", "B: MNLI"]
    assert figure.data[0].line.dash != figure.data[1].line.dash
    assert list(curves_chart.as_table(curves)["Last loss"]) == [0.7, 0.7]
    assert "none ended at a loss of 0.70" in curves_chart.alt_text(curves, ("none", "MNLI"))


def test_a_run_is_a_side(files: Files, opened: Any) -> None:
    for run, right in (("run-1", [1, 0, 0, 0]), ("run-2", [1, 1, 0, 0])):
        # Other settings, so another key; the heatmap shows the newer of the two.
        side = Side("tiny", run=run)
        done = files.scored(side, 1, {"de": right}, variant=run, settings={"of": run})
        write_run(files.home, run, [done])
    store = opened()
    sides = {"a": Side("tiny", run="run-1"), "b": Side("tiny", run="run-2")}
    found = compare(store, **{**PLACE, **sides})
    assert found.of("de")["difference_points"] == 25.0  # type: ignore[index]
    newest = compare(store, **{**PLACE, "a": sides["b"], "b": A})
    assert newest.is_same
    known = names(store, "mini")
    assert side_of(store, "mini", parse("run-1", known), Named(), "other") == sides["a"]
    everywhere = compare_everywhere(store, catalog="mini", **sides)
    assert list(everywhere["difference_points"]) == [25.0]


def test_results_with_older_settings_are_found_where_there_are_no_newer(
    files: Files, opened: Any
) -> None:
    files.scored(B, 1, {"de": [0, 0, 0, 0]}, variant="old")
    files.scored(A, 1, {"de": [1, 0, 0, 1]}, variant="new")
    found = compare(opened(), **PLACE)
    assert found.missing == () and found.of("de")["difference_points"] == -50.0  # type: ignore[index]


def test_every_target_and_every_common_intermediate(files: Files, opened: Any) -> None:
    small = "small"
    for encoder, right in (("tiny", [0, 0, 0, 1]), (small, [0, 1, 1, 1])):
        for name in ("none", "mini-mnli"):
            for target in (TARGET, "mini-pawsx"):
                if (encoder, name, target) != (small, "mini-mnli", "mini-pawsx"):
                    side = Side(encoder, name)
                    files.scored(side, 1, {"de": right}, target=target, variant=encoder)
    store = opened()
    table = compare_everywhere(store, catalog="mini", a=A, b=Side(small))
    rows = {
        (row["intermediate_a"], row["target"]): row["difference_points"]
        for row in table.to_dict("records")
    }
    assert list(rows) == [
        *(("none", name) for name in ("mini-pawsx", TARGET)),
        *(("mini-mnli", name) for name in ("mini-pawsx", TARGET)),
    ]
    assert math.isnan(rows.pop(("mini-mnli", "mini-pawsx")))
    assert set(rows.values()) == {50.0}
    assert list(compare_words.targets_table(table).columns)[:2] == ["Intermediate task", "Target"]
    assert compare_words.written(compare_words.targets_table(table))["B − A"][2] == "–"


KNOWN = {
    "encoders": ["tiny", "org/big"],
    "intermediates": ["none", "mini-mnli", "multi:mini-mnli+mini-qqp"],
    "targets": ["mini-mnli", "mini-xnli"],
    "runs": ["run-1"],
}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("mini-mnli", Named(intermediate="mini-mnli")),
        ("mini-mnli/mini-xnli", Named(intermediate="mini-mnli", target="mini-xnli")),
        ("mini-mnli/mini-mnli", Named(intermediate="mini-mnli", target="mini-mnli")),
        ("none/org/big/run-1", Named("org/big", "none", run="run-1")),
        ("tiny/mini-xnli", Named("tiny", target="mini-xnli")),
        ("multi:mini-mnli+mini-qqp/tiny", Named("tiny", "multi:mini-mnli+mini-qqp")),
    ],
)
def test_a_side_is_named_by_its_words(text: str, named: Named) -> None:
    assert parse(text, KNOWN) == named


def test_a_side_in_one_word_can_be_read_again() -> None:
    side = Side("org/big", "multi:mini-mnli+mini-qqp", "run-1")
    again = parse(side.text, KNOWN)
    assert Side(str(again.encoder), str(again.intermediate), str(again.run)) == side


def test_what_a_side_cannot_be_is_said() -> None:
    with pytest.raises(UnknownName, match="did you mean mini-mnli"):
        parse("mini-mnly", KNOWN)
    with pytest.raises(UsageError, match="one encoder on a side"):
        parse("tiny/org/big", KNOWN)


@dataclass(frozen=True)
class Found:
    """As much of a comparison as the sentences look at."""

    is_same: bool = False
    by_example: bool = True
    metric: str = "accuracy"
    missing: tuple[str, ...] = ()
    seeds_a: tuple[int, ...] = (1, 2, 3)
    seeds_b: tuple[int, ...] = (1, 2, 3)


def row(points: float, low: float, high: float, n: int = 3, p: float = 0.01) -> dict[str, Any]:
    scores = {"score_a": 0.5, "score_b": 0.5 + points / 100, "difference_points": points}
    sure = {"ci_low": low, "ci_high": high, "p_value": p, "significant": False}
    return {**scores, **sure, "n_seeds": n, "seeds": list(range(1, n + 1)), "n_languages": 11}


NAN = float("nan")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (row(4.2, 1.1, 7.3), "B scores 4.2 points higher than A on X, with an interval from +1.1"),
        (row(-4.2, -7.3, -1.1), "B scores 4.2 points lower than A on X, with an interval from −7"),
        (row(4.2, -0.1, 8.5), "B and A cannot be told apart on X: +4.2 points"),
        (row(0.0, -0.1, 0.1), "B and A cannot be told apart on X: 0.0 points"),
        (row(4.2, 1.1, 7.3, n=1, p=NAN), "With one seed, B scored 4.2 points higher than A on X;"),
        (row(0.0, -1, 1, n=1, p=NAN), "With one seed, B scored as high as A on X; another"),
        (row(4.2, NAN, NAN, p=NAN), "B scored 4.2 points higher than A on X; how sure"),
        (row(4.2, 4.2, 4.2, p=NAN), "B scored 4.2 points higher than A on X, without any spread"),
        (row(NAN, NAN, NAN), "No difference can be told yet on X."),
    ],
)
def test_headlines_claim_only_what_the_interval_allows(given: dict[str, Any], said: str) -> None:
    found = compare_words.headline(Found(), given, ("A", "B"), "on X")
    assert found.startswith(said), found
    claims = " scores " in found
    assert claims == (
        given["n_seeds"] > 1
        and not given["ci_low"] <= 0 <= given["ci_high"]
        and not math.isnan(given["p_value"])
        and not math.isnan(given["difference_points"])
    )


def test_evidence_names_its_limits() -> None:
    said = compare_words.evidence(Found(), row(4.2, 1.1, 7.3))
    assert said == (
        "50.0 → 54.2 points of accuracy · 95% interval +1.1 to +7.3 · p = 0.010 · seeds 1, 2, 3"
    )
    alone = compare_words.evidence(Found(), row(4.2, 1.1, 7.3, n=1, p=NAN))
    assert "seed 1" in alone and "over examples alone" in alone


def test_sides_are_called_by_what_tells_them_apart() -> None:
    assert compare_words.names(A, B) == ("no intermediate task", "MNLI")
    assert compare_words.names(A, Side("small")) == ("tiny", "small")
    assert compare_words.names(A, Side("tiny", run="run-1")) == ("newest results", "run run-1")
    assert compare_words.names(A, Side("small", "mini-mnli"))[1] == "MNLI · small"
    assert compare_words.names(A, A) == ("A", "B")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("target.tuning", "lora", ("Weights that learn (target training)", "LoRA")),
        ("target.languages", ["en", "de"], ("Training languages", "English (reference), German")),
        ("evaluate.every_layer", True, ("Every layer scored (evaluation)", "yes")),
        ("evaluate.serving.back_end", "openvino", ("Back end (evaluation)", "openvino")),
        ("encoder.parameters", 6853888, ("Weights of the encoder", "6,853,888")),
        ("intermediate.weights", {"a": 0.5}, ("Weights (intermediate training)", "a: 0.5")),
        ("made.torch", "2.1", ("Version of torch", "2.1")),
        ("target.steps", None, ("Steps (target training)", "–")),
        ("seeds", [1, 2], ("Seeds", "1, 2")),
    ],
)
def test_settings_have_names_that_people_understand(
    name: str, value: Any, said: tuple[str, str]
) -> None:
    assert setting_words.setting(name).startswith(said[0])
    assert setting_words.value(name, value) == said[1]


def test_chart_and_table_show_the_same_numbers(files: Files, opened: Any) -> None:
    files.pair()
    table = compare(opened(), **PLACE).table
    figure = compare_differences.by_language(table, ("none", "<b>MNLI</b>"))
    points = {trace.name: list(trace.x) for trace in figure.data if trace.name}
    shown = compare_words.as_table(table)
    assert points["A: none"] == list(shown["A"])
    assert points["B: &lt;b&gt;MNLI&lt;/b&gt;"] == list(shown["B"])
    differences = figure.data[3]
    assert list(differences.x) == list(shown["B − A"])
    assert [theme.signed(x) for x in differences.x] == list(compare_words.written(shown)["B − A"])
    assert "above 0 in 1 of 2" in compare_words.alt_text(table, ("none", "MNLI"))


def test_cards_show_answers_and_texts_and_no_markup_of_the_data(files: Files, opened: Any) -> None:
    hostile = "<script>alert(1)</script>"
    files.scored(A, 1, {"ar": [0, 0]}, predictions={"ar": [hostile, "neutral"]})
    files.scored(B, 1, {"ar": [1, 1]}, predictions={"ar": ["entailment", "neutral"]})
    store = opened()
    table = flipped(store, language="ar", **PLACE)
    here = texts(store, target=TARGET, language="ar")
    assert here is not None
    found = flip_cards.cards(table, flip_cards.Texts(catalog.task(TARGET), "ar", {"ar": here}))
    assert "<script" not in found and "&lt;script&gt;" in found
    assert found.count('dir="rtl"') == 2 and found.count("wrong → right") == 2
    premise = here["row"][0]["premise"]
    assert premise in found
    # An example with another id must not lend its text to these answers.
    other = table.assign(id=["x", "y"])
    alone = flip_cards.cards(other, flip_cards.Texts(catalog.task(TARGET), "ar", {"ar": here}))
    assert premise not in alone and "example x" in alone
    nothing = flip_cards.cards(table, flip_cards.Texts(catalog.task(TARGET), "ar", {}))
    assert premise not in nothing and "example 0" in nothing


def test_answers_read_as_people_say_them() -> None:
    def said(task: str, given: Any, row: dict[str, Any] | None = None) -> str:
        table = pd.DataFrame({"id": ["0"], "row": [{"source": "The horse."}]})
        known = flip_cards.Texts(catalog.task(task), "de", {"de": table})
        return flip_cards.answer(given, row, known)

    assert said("mini-mmlu", 1, {"choices": ["a", "b"]}) == "B: b"
    assert said("mini-mmlu", 1) == "B"
    assert said("mini-pos", ["NOUN", "VERB"]) == "NOUN VERB"
    assert said("mini-tatoeba", 0) == "The horse."
    assert said("mini-tatoeba", 7) == "sentence 7"
    assert said("mini-mlqa", "") == "no answer"

"""The rules that write a headline, each worked by hand, and what makes one unbacked."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest

from tests.deck_samples import gains
from xfer_core.charts.headlines import Footing, doubts, propose

GRID: dict[str, Any] = {"catalog": "mini", "encoder": "mini-s", "language": "zero-shot"}
ONE = {**GRID, "target": "mini-xnli"}
CLEAR = {"row": "mini-mnli", "column": "mini-xnli"}
LOSS = {"row": "mini-sst", "column": "mini-pos", "gain_points": -4.0, "ci_low": -6.0} | {
    "ci_high": -2.0
}
CHANCE = {"row": "mini-qqp", "column": "mini-pos", "gain_points": 2.0, "ci_low": -1.0} | {
    "ci_high": 5.0,
    "significant": False,
}
ALONE = {**CLEAR, "n_seeds": 1, "ci_low": math.nan, "ci_high": math.nan, "significant": False}


def languages(**gains_by_code: tuple[float, bool]) -> list[dict[str, Any]]:
    return [
        {
            "row": "mini-mnli",
            "column": code,
            "language": code,
            "gain_points": gain,
            "ci_low": gain - (0.5 if clear else 9),
            "ci_high": gain + (0.5 if clear else 9),
            "significant": clear,
        }
        for code, (gain, clear) in gains_by_code.items()
    ]


@pytest.mark.parametrize(
    ("cells", "footing", "text"),
    [
        ([CLEAR], "stands", "MNLI helps XNLI most: +5.0 points"),
        ([LOSS, CHANCE], "stands", "SST hurts POS most: −4.0 points"),
        ([CLEAR, LOSS], "stands", "MNLI helps XNLI most (+5.0 points); SST hurts POS (−4.0)"),
        ([CHANCE], "hedged", "QQP → POS: +2.0 points seen, which chance could explain"),
        # The mark alone is not enough: the interval must leave out 0, and the other way round.
        ([{**CLEAR, "ci_low": -0.1}], "hedged", "MNLI → XNLI: +5.0 points seen, which chance"),
        ([{**CLEAR, "significant": False}], "hedged", "MNLI → XNLI: +5.0 points seen"),
        ([{**CLEAR, "ci_low": 0.0}], "hedged", "MNLI → XNLI"),
        ([ALONE], "refused", "One seed so far: nothing can be said about chance"),
        # One seed never wins over two, however large its gain.
        ([{**ALONE, "gain_points": 30.0}, CHANCE], "hedged", "QQP → POS: +2.0"),
        ([{**CLEAR, "gain_points": math.nan}], "refused", "No gain has been measured yet"),
    ],
)
def test_rules_of_a_grid(cells: list[dict[str, Any]], footing: str, text: str) -> None:
    found = propose("heatmap", gains(*cells), GRID)
    assert found.text.startswith(text)
    assert found.footing == footing


@pytest.mark.parametrize(
    ("cells", "footing", "text"),
    [
        (
            languages(en=(9.0, True), de=(2.0, True), sw=(1.0, True), zh=(0.6, False)),
            "stands",
            "MNLI helps XNLI in 2 of 3 languages, mean +1.2 points",
        ),
        (
            languages(de=(2.0, True), sw=(-3.0, True), zh=(-2.0, True)),
            "stands",
            "MNLI hurts XNLI in 2 and helps in 1 of 3 languages, mean −1.0 points",
        ),
        (
            languages(de=(2.0, False), sw=(1.0, False)),
            "hedged",
            "MNLI → XNLI: mean +1.5 points over 2 languages, which chance could explain",
        ),
        ([{**ALONE, "column": "de"}], "refused", "One seed so far"),
    ],
)
def test_rules_of_one_target(cells: list[dict[str, Any]], footing: str, text: str) -> None:
    found = propose("heatmap", gains(*cells), ONE)
    assert (found.footing, found.text) == (footing, text) or found.text.startswith(text)
    assert found.footing == footing


@pytest.mark.parametrize(
    ("clear", "n_seeds", "footing", "text"),
    [
        (True, 3, "stands", "MNLI helps XNLI in 2 of 2 languages, mean +1.5 points"),
        (False, 3, "hedged", "MNLI → XNLI: mean +1.5 points over 2 languages, which chance"),
        (True, 1, "refused", "One seed so far"),
    ],
)
def test_rules_of_a_cell_by_language(clear: bool, n_seeds: int, footing: str, text: str) -> None:
    table = gains(*languages(en=(9.0, True), de=(2.0, clear), sw=(1.0, clear)))
    choices = {**ONE, "intermediate": "mini-mnli"}
    found = propose("languages", table.assign(n_seeds=n_seeds), choices)
    assert found.footing == footing and found.text.startswith(text)


def test_one_clear_language_of_many_carries_no_claim() -> None:
    cells = languages(de=(2.0, True), sw=(1.0, False), zh=(1.0, False), ru=(1.0, False))
    choices = {**ONE, "intermediate": "mini-mnli"}
    found = propose("languages", gains(*cells), choices)
    assert found.footing == "hedged"
    assert found.text == "MNLI → XNLI: mean +1.2 points, clear in only 1 of 4 languages"


def test_nothing_seen_is_said_plainly() -> None:
    found = propose("heatmap", gains(*languages(de=(0.0, False), sw=(0.0, False))), ONE)
    assert (found.footing, found.text) == (
        "hedged",
        "MNLI → XNLI: no difference seen over 2 languages",
    )


def models(*rows: tuple[str, float, float, float, float]) -> pd.DataFrame:
    """Encoder, score, half its interval (NaN: one seed), milliseconds, half of theirs."""
    return pd.DataFrame(
        [
            {
                **{"encoder": name, "intermediate": "none", "score": score, "p50_ms": ms},
                **{"score_ci_low": score - half, "score_ci_high": score + half, "n_seeds": 3},
                **{"p50_ci_low_ms": ms - wide, "p50_ci_high_ms": ms + wide, "contended": False},
                **{"layers": None, "back_end": "torch", "precision": "fp32"},
            }
            for name, score, half, ms, wide in rows
        ]
    )


@pytest.mark.parametrize(
    ("rows", "footing", "text"),
    [
        (
            [("a", 0.6, 0.01, 5.0, 0.1), ("b", 0.5, 0.01, 4.0, 0.1)],
            "stands",
            "Under 10 ms, a · no intermediate scores highest: 60.0",
        ),
        (
            [("a", 0.6, 0.1, 5.0, 0.1), ("b", 0.5, 0.1, 4.0, 0.1)],
            "hedged",
            "Under 10 ms, a · no intermediate was seen at 60.0, not told apart from 1 of the other",
        ),
        (
            [("a", 0.6, 0.01, 9.9, 0.3), ("b", 0.5, 0.01, 4.0, 0.1)],
            "hedged",
            "Under 10 ms, a · no intermediate was seen at 60.0, but its interval reaches past",
        ),
        (
            [("a", 0.6, math.nan, 5.0, 0.1), ("b", 0.5, math.nan, 4.0, 0.1)],
            "refused",
            "Under 10 ms: one seed per model",
        ),
        ([("a", 0.6, 0.01, 50.0, 0.1)], "refused", "No clean measurement under 10 ms yet"),
    ],
)
def test_rules_of_a_scatter(rows: list[Any], footing: str, text: str) -> None:
    found = propose("scatter", models(*rows), {"budget": 10.0})
    assert found.footing == footing and found.text.startswith(text)


@pytest.mark.parametrize(
    ("low", "n_seeds", "footing"), [(0.4, 3, "stands"), (-0.4, 3, "hedged"), (0.4, 1, "refused")]
)
def test_rules_of_a_comparison(low: float, n_seeds: int, footing: str) -> None:
    row = {"language": "zero-shot", "difference_points": 2.0, "ci_low": low, "ci_high": 4.0}
    choices = {"language": "zero-shot", "sentence": "B scored 2.0 points higher than A"}
    found = propose("compare", pd.DataFrame([{**row, "n_seeds": n_seeds}]), choices)
    assert found == type(found)("B scored 2.0 points higher than A", "", Footing(footing))


def test_proposal_is_never_doubted() -> None:
    for cells in ([CLEAR], [CHANCE], [ALONE], [CLEAR, LOSS]):
        table = gains(*cells)
        text = propose("heatmap", table, GRID).text
        assert doubts(text, "heatmap", table, GRID, text) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("MNLI gives +5.0 points on XNLI", None),
        ("MNLI gives +6.0 points on XNLI", "No number of this slide reads +6.0."),
        ("XNLI went from 55.0 to 60.0", None),
        ("MNLI helps XNLI", None),
        ("MNLI hurts XNLI", "which does not show that it hurts"),
        ("QQP helps POS", "QQP → POS is +2.0"),
        ("Look at the first row", None),
    ],
)
def test_doubts_about_what_a_person_wrote(text: str, reason: str | None) -> None:
    found = doubts(text, "heatmap", gains(CLEAR, CHANCE), GRID)
    assert bool(found) == bool(reason)
    assert reason is None or reason in " ".join(found)


def test_claim_over_data_that_chance_explains_is_doubted() -> None:
    assert "claims more than the data allow" in " ".join(
        doubts("QQP is the best intermediate task", "heatmap", gains(CHANCE), GRID)
    )
    assert doubts("QQP is the best intermediate task", "heatmap", gains(CLEAR), GRID) == []


def test_headline_taken_over_turns_amber_when_new_data_say_otherwise() -> None:
    before, after = gains(CLEAR), gains({**CLEAR, "ci_low": -1.0, "significant": False})
    text = propose("heatmap", before, GRID).text
    assert doubts(text, "heatmap", before, GRID, text) == []
    assert doubts(text, "heatmap", after, GRID, text) == [
        "The data now say: MNLI → XNLI: +5.0 points seen, which chance could explain."
    ]

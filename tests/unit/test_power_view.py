"""Which gain the seeds of a cell show: the pooled spread, the sentence, the same numbers."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from spool_samples import write_grid

from xfer_core.charts import power_words
from xfer_core.home import Home
from xfer_core.stats import detectable_gain, example_variance, seeds_needed
from xfer_core.store import Store
from xfer_core.views.gains import gains
from xfer_core.views.power import FEWEST_SEEDS, Power, cell_power, with_power

CELL = ["catalog", "encoder", "intermediate", "target", "language", "metric"]
PLACE = ["mini", "mini-s", "mini-mnli", "mini-xnli", "zero-shot", "accuracy"]


def row(name: str, gain: float, sd: float, n: int, half: float) -> dict[str, Any]:
    own = dict(zip(CELL, PLACE, strict=True)) | {"intermediate": name}
    interval = {"ci_low": gain - half, "ci_high": gain + half, "significant": False}
    return {**own, "gain_points": gain, "sd_points": sd, "n_seeds": n, **interval}


BASE = {**row("none", math.nan, math.nan, 3, math.nan)}
GRID = pd.DataFrame(
    [BASE, row("a", 1.0, 3.0, 3, 8.0), row("b", 2.0, 4.0, 3, 10.0), row("c", 5.0, math.nan, 1, 2.0)]
)
SPREAD = math.sqrt((2 * 3**2 + 2 * 4**2) / 4)
"""Worked by hand: two cells with two degrees of freedom each."""


def test_the_spread_is_pooled_over_the_cells_of_a_target() -> None:
    found = with_power(GRID, GRID).set_index("intermediate")
    own = float(example_variance(8.0, 3.0, 3))
    assert own == pytest.approx((8.0**2 - 4.302653**2 * 9 / 3) / 1.959964**2, rel=1e-5)
    wanted = detectable_gain(SPREAD, 3, example_variance=own)
    assert found.loc["a", "sees_points"] == pytest.approx(wanted)
    needed = seeds_needed(1.0, SPREAD, example_variance=own)
    assert found["seeds_needed"].isna()["a"] == (needed is None)
    assert math.isnan(found.loc["none", "sees_points"])


def test_one_seed_is_told_what_three_would_show() -> None:
    found = with_power(GRID.tail(1), GRID)
    own = (2.0 / 1.959964) ** 2
    wanted = detectable_gain(SPREAD, FEWEST_SEEDS, example_variance=own)
    assert found["sees_points"].iloc[0] == pytest.approx(wanted, rel=1e-4)
    assert found["seeds_needed"].iloc[0] == seeds_needed(5.0, SPREAD, example_variance=own)


def test_without_any_spread_nothing_is_said() -> None:
    lone = GRID.tail(1)
    assert with_power(lone, lone)["sees_points"].isna().all()
    assert power_words.sentence(None, False) == ""
    told = with_power(lone, lone).to_dict("records")[0]
    assert power_words.columns(told, FEWEST_SEEDS) == ("unknown", "unknown")


def power(n: int, needed: int | None, gain: float = 1.0) -> Power:
    return Power(gain, n, max(n, FEWEST_SEEDS), 2.345, needed, 1.0)


@pytest.mark.parametrize(
    ("found", "significant", "said"),
    [
        (power(3, 9), False, "A true gain of +1.0 would need about 9 seeds: 6 more."),
        (power(3, 9), True, "With 3 seeds you can see gains above 2.3 points here, 4 times in 5."),
        (power(1, 5), False, "One seed shows nothing; 3 would show gains above 2.3 points"),
        (
            power(5, None),
            False,
            "would not show with 100 seeds either: it needs more test examples",
        ),
        (power(5, 4, -1.0), False, "A true gain of \N{MINUS SIGN}1.0 should show with the seeds"),
    ],
)
def test_the_sentence_says_what_helps(found: Power, significant: bool, said: str) -> None:
    assert said in power_words.sentence(found, significant)
    assert power_words.sentence(found, True).count(".") <= 3


def test_the_panel_and_the_command_have_the_same_numbers(tmp_path: Path) -> None:
    home = Home(tmp_path / "store").create()
    write_grid(home, intermediates=("none", "mini-mnli", "mini-qqp"), seeds=(1, 2, 3))
    place = {"catalog": "mini", "encoder": "mini-encoder", "target": "mini-xnli"}
    with Store.temporary(home) as store:
        one = cell_power(store, **place, intermediate="mini-mnli", language="de")
        table = gains(store, **place, language="de")
    own = table[table["intermediate"] == "mini-mnli"]
    told = with_power(own, table).iloc[0]
    assert one is not None and one.sees_points == told["sees_points"]
    assert one.n_seeds == 3 and one.sees_points > 0
    assert (one.needed is None) == pd.isna(told["seeds_needed"])

"""Orders, small multiples and notices of the heatmap; visits."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from xfer_core import resources, visits
from xfer_core.charts import (
    heatmap_multiples,
    heatmap_notices,
    heatmap_order,
    heatmap_words,
    overview_words,
    theme,
)
from xfer_core.home import Home
from xfer_core.stats.clustering import clustered
from xfer_core.views.changes import Changes

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def cell(
    row: str, column: str, gain: float | None, language: str = "zero-shot", **more: Any
) -> Any:
    known = gain is not None
    return {
        **{"row": row, "column": column, "intermediate": row, "target": column},
        **{"language": language, "metric": "accuracy", "message": "", "sd_points": 0.1},
        "state": "measured" if known else "not_run",
        "gain_points": math.nan if row == "none" or not known else gain,
        **{
            "score": 0.5 if known else math.nan,
            "baseline": 0.5,
            "n_seeds": 2 if known else math.nan,
        },
        **{"seed_scores": None, "seed_baselines": None, "significant": False},
        **{"ci_low": math.nan, "ci_high": math.nan},
        **more,
    }


def grid(gains: dict[str, list[float | None]], columns: list[str], **more: Any) -> pd.DataFrame:
    rows = {"none": [0.0] * len(columns), **gains}
    return pd.DataFrame(
        [
            cell(row, column, gain, **more)
            for row, values in rows.items()
            for column, gain in zip(columns, values, strict=True)
        ]
    )


def names(table: pd.DataFrame, axis: str) -> list[str]:
    return list(dict.fromkeys(table[axis]))


# ---- orders


def test_rows_that_behave_alike_stand_side_by_side() -> None:
    order = clustered([[5, 5, 5], [-5, -5, -4], [5, 4, 5], [-5, -4, -5]])
    assert {frozenset(order[:2]), frozenset(order[2:])} == {frozenset({0, 2}), frozenset({1, 3})}
    assert order[0] in (0, 2), "the higher end first"


def test_clustering_keeps_rows_without_numbers_and_with_nothing_in_common() -> None:
    nan = math.nan
    order = clustered([[nan, nan], [1, nan], [nan, 2], [1, 2]])
    assert sorted(order) == [0, 1, 2, 3]
    assert order[-1] == 0
    assert clustered(np.empty((0, 3))) in ([], [0])
    assert clustered([[1.0]]) == [0]


def test_family_keeps_english_in_front_and_groups_the_rest() -> None:
    table = grid({"mini-mnli": [1.0] * 5}, ["en", "sw", "de", "ru", "es"])
    found = heatmap_order.ordered(table, "family")
    assert names(found, "column") == ["en", "sw", "de", "es", "ru"]
    assert "Bantu, Germanic, Romance, Slavic" in heatmap_order.line(found, "family")


def test_tasks_are_grouped_by_kind_and_mixtures_by_their_first() -> None:
    kinds = {"mini-qqp": "classification", "mini-ccg": "tagging"}
    table = grid({"mini-ccg": [3.0], "mini-qqp": [2.0], "mini-qqp+mini-ccg": [1.0]}, ["mini-pos"])
    found = names(heatmap_order.ordered(table, "family", heatmap_order.Known(kinds)), "row")
    assert found == ["none", "mini-qqp", "mini-qqp+mini-ccg", "mini-ccg"]


def test_a_name_that_ends_in_a_plus_is_no_mixture() -> None:
    kinds = {"mini-anli+": "a first", "mini-ccg": "b second", "mini-qqp": "c third"}
    table = grid({"mini-qqp": [3.0], "mini-ccg": [2.0], "mini-anli+": [1.0]}, ["mini-pos"])
    found = names(heatmap_order.ordered(table, "family", heatmap_order.Known(kinds)), "row")
    assert found == ["none", "mini-anli+", "mini-ccg", "mini-qqp"]


def test_most_data_comes_first_and_what_is_not_known_last() -> None:
    sizes = {"mini-ccg": 10.0, "mini-qqp": 300.0, "de": 2.0, "ru": 5.0}
    known = heatmap_order.Known(sizes=sizes)
    rows = {"mini-ccg": [3.0] * 4, "own": [9.0] * 4, "mini-qqp": [2.0] * 4}
    found = heatmap_order.ordered(grid(rows, ["de", "sw", "ru", "en"]), "resources", known)
    assert names(found, "row") == ["none", "mini-qqp", "mini-ccg", "own"]
    assert names(found, "column") == ["en", "ru", "de", "sw"]
    said = heatmap_order.line(found, "resources", known)
    assert "most training examples first" in said and "most pretraining text" in said
    assert said.endswith("not trained: English, Swahili, own")
    assert heatmap_order.line(found, "resources").startswith("order: by alphabet")


def test_sizes_are_those_of_the_catalogue_and_mixtures_add_up() -> None:
    alone = resources.sizes("mini-m-aligned", ["mini-mnli", "mini-qqp", "mini-tatoeba"])
    mixed = resources.sizes("mini-m-aligned", ["multi:mini-mnli+mini-qqp~steps=3", "multi:x+y"])
    assert set(alone) == {"mini-mnli", "mini-qqp"}, "retrieval is not trained"
    assert mixed == {"multi:mini-mnli+mini-qqp~steps=3": sum(alone.values())}
    assert resources.sizes("mini-s", ["en", "sw"])["en"] > 0
    assert resources.sizes("xlm-roberta-base", ["en"]) == {}


def test_the_method_of_a_clustered_order_is_named() -> None:
    table = grid({"a": [1.0], "b": [2.0], "c": [3.0]}, ["mini-pos"])
    assert "average linkage" in heatmap_order.line(table, "cluster")
    assert heatmap_order.line(table, "gain") == ""


@pytest.mark.parametrize("order", list(heatmap_order.ORDERS))
def test_no_order_loses_a_cell_or_the_top_row(order: str) -> None:
    table = grid({"b": [1.0, None], "a": [2.0, -1.0], "c": [0.5, 3.0]}, ["mini-pos", "mini-ner"])
    found = heatmap_order.ordered(table, order)
    assert sorted(found.index) == sorted(table.index)
    assert names(found, "row")[0] == "none"


# ---- small multiples


def multiples() -> pd.DataFrame:
    columns = ["mini-xnli", "mini-pos"]
    parts = [
        grid({"mini-mnli": [1.0, -20.0], "mini-qqp": [2.0, None]}, columns, language="de"),
        grid({"mini-mnli": [4.0, 3.0], "mini-qqp": [0.5, 1.0]}, columns, language="tr"),
        grid({"mini-mnli": [None, None], "mini-qqp": [None, None]}, columns, language="sw"),
    ]
    table = pd.concat(parts, ignore_index=True)
    asked = table["language"] != "sw"
    return table.assign(state=table["state"].where(asked, "not_run"))


def test_all_languages_share_one_scale_and_one_order() -> None:
    table = multiples()
    figure = heatmap_multiples.multiples(table)
    colors = dict(
        zip(
            [tuple(data) for data in figure.data[0].customdata],
            figure.data[0].marker.pattern.bgcolor,
            strict=True,
        )
    )
    limit = theme.clean_limit(table["gain_points"].dropna())
    assert limit == 20
    for record in table[table["gain_points"].notna()].to_dict("records"):
        place = ("cell", record["row"], record["column"], "measured", record["language"])
        assert colors[place] == theme.gain_color(record["gain_points"], limit, theme.LIGHT)


def test_languages_never_run_have_no_picture_and_are_named() -> None:
    table = multiples()
    assert heatmap_multiples.drawn_languages(table) == ("de", "tr")
    assert heatmap_multiples.left_out_line(table) == "not run in Swahili"
    failed = (table["language"] == "sw") & (table["row"] == "mini-qqp")
    table["state"] = table["state"].mask(failed, "failed")
    assert heatmap_multiples.drawn_languages(table) == ("de", "tr"), "a model fails in all alike"
    drawn = {data[4] for data in heatmap_multiples.multiples(table).data[0].customdata}
    assert drawn == {"de", "tr"}


def test_pictures_do_not_overlap_and_the_chosen_cell_is_framed() -> None:
    figure = heatmap_multiples.multiples(multiples(), ("mini-mnli", "mini-pos", "tr"))
    bars = figure.data[0]
    places = list(zip(bars.x, bars.base, strict=True))
    assert len(places) == len(set(places))
    assert len(figure.layout.shapes) == 1
    assert len(heatmap_multiples.multiples(multiples(), ("x", "y", "zz")).layout.shapes) == 0


def test_many_columns_leave_marks_instead_of_numbers_and_say_so() -> None:
    columns = [f"task{place}" for place in range(20)]
    table = grid({"mini-mnli": [1.0] * 20}, columns, language="de", significant=True)
    assert set(heatmap_multiples.multiples(table).data[0].text) <= {"", theme.SIGNIFICANT}
    assert "open the table" in heatmap_multiples.text_line(table)
    assert heatmap_multiples.text_line(multiples()) == ""


def test_alt_text_states_the_finding_over_languages() -> None:
    assert "each of 2 languages" in heatmap_multiples.alt_text(multiples())
    assert "highest in Turkish: +2.1" in heatmap_multiples.alt_text(multiples())


def test_table_twin_names_the_language_and_has_the_same_digits() -> None:
    table = multiples()
    twin = heatmap_words.as_table(table, facets=True)
    shown = [heatmap_words.table_formats()["Gain, points"](gain) for gain in twin["Gain, points"]]
    bars = heatmap_multiples.multiples(table).data[0]
    texts = {
        (data[1], data[2], data[4]): text
        for data, text in zip(bars.customdata, bars.text, strict=True)
    }
    for record, gain in zip(table.to_dict("records"), shown, strict=True):
        if record["row"] != "none" and not math.isnan(record["gain_points"]):
            assert texts[record["row"], record["column"], record["language"]] == gain


# ---- notices


@pytest.mark.parametrize(
    ("cells", "what", "said"),
    [
        ([cell("mini-mnli", "mini-pos", 1.0)], None, ""),
        ([cell("mini-mnli", "mini-pos", 1.0, n_seeds=1)], "one seed", "One seed only"),
        (
            [cell("mini-mnli", "mini-pos", math.nan, state="unpaired")],
            "no baseline",
            "1 score without a baseline",
        ),
        ([cell("a", "mini-pos", None, state="running")], "waiting", "at work"),
        ([cell("a", "mini-pos", None, state="failed", message="why")], "failed", "All 1 cells"),
        ([cell("a", "mini-pos", None)], "nothing", "No cell of this view"),
        ([cell("a", "mini-pos", None, state="not_applicable")], "nothing", "None of these targets"),
        ([cell("none", "mini-pos", 0.0)], "nothing", "Only the baseline"),
    ],
)
def test_a_partly_filled_grid_says_the_one_thing_to_know(
    cells: list[Any], what: str | None, said: str
) -> None:
    found = heatmap_notices.notice(pd.DataFrame(cells))
    assert (found and found.what) == what
    assert said in (found.sentence if found else "")


# ---- visits and what is new


def test_a_visit_ends_after_a_pause(tmp_path: Path) -> None:
    home = Home(tmp_path).create()
    assert visits.last_visit(home, NOW) is None
    assert visits.last_visit(home, NOW + timedelta(minutes=10)) is None, "the same visit"
    later = NOW + timedelta(hours=2)
    assert visits.last_visit(home, later) == NOW + timedelta(minutes=10)
    assert visits.last_visit(home, later + timedelta(minutes=1)) == NOW + timedelta(minutes=10)


def test_a_damaged_file_of_visits_is_a_first_visit(tmp_path: Path) -> None:
    home = Home(tmp_path).create()
    (tmp_path / visits.FILE).write_text('{"seen": 5, "dismissed": ["x"]}')
    assert visits.last_visit(home, NOW) is None
    assert visits.is_dismissed(home, "x"), "what was closed stays closed"
    visits.dismiss(home, "y")
    assert visits.is_dismissed(home, "x")
    assert visits.is_dismissed(home, "y")


def test_what_is_new_is_one_line() -> None:
    since = datetime.now(UTC) - timedelta(hours=2)
    assert overview_words.changed_line(Changes(0, 0, 0, 0), since).endswith("nothing new.")
    line = overview_words.changed_line(Changes(3, 1, 0, 2), since)
    assert line.endswith("(2 h ago): new results in 3 cells, 1 run finished, 2 runs stopped.")

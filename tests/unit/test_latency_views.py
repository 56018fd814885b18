"""Views and words on latency over a built store: facets, standings, equality, subjects."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from tests import latency_store
from xfer_core import spool
from xfer_core.charts import accuracy_latency as chart
from xfer_core.charts import latency_look, latency_subjects, latency_words, theme
from xfer_core.charts import latency_points as points
from xfer_core.domain.event import EventType
from xfer_core.domain.serving import Serving
from xfer_core.home import Home
from xfer_core.store import Store
from xfer_core.views.accuracy_latency import accuracy_latency
from xfer_core.views.latency import latency, timed
from xfer_core.views.latency_equality import latency_equality
from xfer_core.views.latency_repeats import latency_repeats
from xfer_core.views.latency_subjects import latency_subjects as subjects_view

HERE = {"catalog": "mini", "target": "mini-mmlu"}
USUAL = {**HERE, "batch_size": 1, "inputs": "mix"}
N_MODELS = 3 * 2 * len(latency_store.FASTER)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("views") / "store").create()
    latency_store.write(home)
    with Store.connect(home) as found:
        yield found


@pytest.fixture(scope="module")
def table(store) -> pd.DataFrame:
    return accuracy_latency(store, **USUAL, language="zero-shot")


def model(table: pd.DataFrame, encoder: str, serving: Serving, intermediate: str = "none"):
    rows = table[(table["name"] == serving.named(encoder))]
    return rows[rows["intermediate"] == intermediate].iloc[0]


def test_one_row_per_way_with_its_own_score(store, table):
    assert len(table) == N_MODELS
    plain = model(table, "mini-s-aligned", Serving())
    cut = model(table, "mini-s-aligned", Serving(layers=2))
    assert (cut["encoder"], cut["layers"]) == ("mini-s-aligned", 2)
    assert plain["score"] > cut["score"] and plain["p50_ms"] > cut["p50_ms"]
    assert set(table["batch_size"]) == {1}
    known = timed(store, **HERE)
    assert known[["batch_size", "inputs"]].to_dict("list") == {
        "batch_size": [1, 1, 32],
        "inputs": ["mix", "p95", "mix"],
    }
    of_one = table.loc[table["inputs"] == "mix", "p50_ms"]
    assert of_one.min() <= known["p50_ms"][0] <= of_one.max()


def test_every_condition_is_a_facet_of_its_own(store):
    every = accuracy_latency(store, **HERE, language="zero-shot", every_condition=True)
    assert len(every) == 3 * N_MODELS
    parts = list(latency_words.facets(every))
    assert [len(part) for part in parts] == [N_MODELS] * 3
    for part in parts:
        assert part["on_frontier"].any()
        assert len(set(zip(part["batch_size"], part["inputs"], strict=True))) == 1
    said = latency_words.facets_notice(parts)
    assert "different conditions (batch size, inputs)" in said
    one = accuracy_latency(store, **HERE, language="zero-shot")
    assert len(one) == N_MODELS  # for other pages: the condition that most models share


def test_a_contended_model_joins_no_frontier(table):
    busy = model(table, *latency_store.BUSY)
    assert busy["contended"] and not busy["on_frontier"] and busy["standing"] == ""
    assert points.standing(busy) == "measured under load, not compared"
    figure = chart.accuracy_latency(table, 10)
    drawn = [trace for trace in figure.data if trace.hovertext]
    hollow = sum(symbol.endswith("-open") for trace in drawn for symbol in trace.marker.symbol)
    assert hollow == 2  # after either intermediate
    assert any("Others kept" in text for trace in drawn for text in trace.hovertext)


def test_colour_is_the_encoder_and_the_symbol_its_back_end(table):
    look = latency_look.Look.of(table, theme.LIGHT)
    records = table.to_dict("records")
    by_color = {(row["encoder"], look.color(row)) for row in records}
    assert len(by_color) == len(latency_store.SIZES) == len({color for _, color in by_color})
    by_symbol = {(latency_look.engine(row), look.symbol(row)) for row in records}
    assert len(by_symbol) == 4 == len({symbol for _, symbol in by_symbol})
    sizes = {bool(latency_look.depth(row)): look.size(row) for row in records}
    assert sizes == {False: latency_look.SIZE, True: latency_look.SMALL}
    names = [trace.name for trace in chart.accuracy_latency(table, 10).data if trace.x[0] is None]
    assert names == [
        *sorted(latency_store.SIZES),
        *("torch", "OpenVINO", "ONNX Runtime int8", "torch bf16"),
        "small: first layers alone",
    ]


def test_labels_and_boxes_do_not_overlap(table):
    figure = chart.accuracy_latency(table, 10)
    texts = [note.text for note in figure.layout.annotations if note.showarrow]
    assert texts and len(texts) == len(set(texts))
    assert any("ONNX Runtime int8" in text for text in texts)


def test_words_name_the_way_and_hedge(table):
    cut = model(table, "mini-s-aligned", Serving("onnxruntime", "int8"), "mini-mnli")
    assert points.name(cut) == "mini-s-aligned · ONNX Runtime int8 · MNLI"
    cut = model(table, "mini-s-aligned", Serving(layers=2))
    assert points.name(cut) == "mini-s-aligned · first 2 layers · no intermediate"
    assert "times the reference" in points.parts(cut)
    tight = table.assign(p50_ci_high_ms=99.0)
    assert "its interval reaches past the budget" in points.budget_sentence(tight, 10)
    assert "reaches past" not in points.budget_sentence(table, 10)


def test_equality_over_intermediates(store):
    found = latency_equality(store, **USUAL)
    plain = found[found["layers"].isna() & (found["back_end"] == "torch")]
    plain = plain[plain["precision"] == "fp32"].set_index("encoder")
    assert set(plain["n_models"]) == {2} and set(plain["n_contended"]) == {0}
    assert (plain["bound_percent"] > 0).all() and (plain["bound_percent"] < 6).all()
    busy = found[(found["encoder"] == latency_store.BUSY[0]) & (found["back_end"] == "openvino")]
    assert busy["n_contended"].tolist() == [2] and busy["bound_percent"].isna().all()
    lines = latency_words.equality_lines(found)
    assert len(lines) == 3
    for line, bound in zip(lines, plain["bound_percent"], strict=True):
        assert f"no difference beyond ±{bound:.1f}% (2 checkpoints of the same shape)" in line


ROW = {
    **{"encoder": "mini-s", "n_models": 3, "n_contended": 0, "bound_percent": 1.8},
    **{"largest": "mini-qqp", "difference_percent": 0.4, "ci_low_percent": -1.0},
    "ci_high_percent": 1.8,
}
SENTENCES = {
    "equal": ({}, "no difference beyond ±1.8% (3 checkpoints of the same shape)."),
    "some left out": ({"n_contended": 2}, "same shape, 2 measured under load left out)."),
    "wide": ({"bound_percent": 31.2}, "not settled, differences up to ±31% cannot be excluded"),
    "one clean": (
        {"n_models": 1, "n_contended": 1, "bound_percent": float("nan")},
        "not settled, fewer than two clean measurements, 1 measured under load left out.",
    ),
    "apart": (
        {"difference_percent": 3.1, "ci_low_percent": 1.9, "ci_high_percent": 4.3},
        "Farthest off is QQP: +3.1% (+1.9 to +4.3), in one process",
    ),
}


@pytest.mark.parametrize("case", SENTENCES)
def test_sentences_on_equality(case):
    change, expected = SENTENCES[case]
    assert expected in latency_words.equality_sentence({**ROW, **change})


def test_nothing_is_said_of_a_single_model():
    alone = {**ROW, "n_models": 1, "n_contended": 0, "bound_percent": float("nan")}
    assert latency_words.equality_sentence(alone) == ""


def test_subjects_stand_against_the_time_of_a_question(store):
    found = subjects_view(store, **USUAL, language="de")
    assert found.groupby("group").size().eq(N_MODELS).all()
    assert found["group"].nunique() == 11
    assert found.groupby("name")["n_questions"].sum().eq(2 * 240).all()  # after two intermediates
    assert (found["score_ci_low"] <= found["score"]).all()
    whole = accuracy_latency(store, **USUAL, language="de")
    mean = (
        found.assign(right=found["score"] * found["n_questions"])
        .groupby(["name", "intermediate"])["right"]
        .sum()
        / 240
    )
    for (name, intermediate), score in mean.items():
        rows = whole[(whole["name"] == name) & (whole["intermediate"] == intermediate)]
        assert rows["score"].iloc[0] == pytest.approx(score)
    both = subjects_view(store, **USUAL, language="zero-shot")
    assert set(both["n_languages"]) == {2} and set(both["n_seeds"]) == {3}


def test_subjects_of_an_older_variant_are_left_out(tmp_path):
    found = []
    for name in ("both", "newer"):
        home = Home(tmp_path / name).create()
        if name == "both":
            latency_store.write(home, seeds=(1,), lower=0.2)
        latency_store.write(home, seeds=(1,), variant="v2")
        with Store.connect(home) as store:
            found.append(subjects_view(store, **USUAL, language="de"))
    pd.testing.assert_frame_equal(*found)


def test_small_charts_and_their_table_have_the_same_numbers(store):
    found = subjects_view(store, **USUAL, language="de")
    figure = latency_subjects.latency_subjects(found)
    drawn = [trace for trace in figure.data if trace.hovertext]
    assert len(drawn) == 11
    rows = latency_subjects.as_table(found)
    assert len(rows) == N_MODELS
    fastest = rows.iloc[0]
    assert fastest["Median, ms"] == found["p50_ms"].min()
    in_chart = sorted(round(y, 6) for trace in drawn for y in trace.y)
    groups = [latency_subjects.group_label(group) for group in found["group"].unique()]
    assert in_chart == sorted(round(y, 6) for group in groups for y in rows[group])
    assert "odd one out" in latency_subjects.counts_line(found)
    assert "Best in each" in latency_subjects.alt_text(found)
    assert figure.layout.xaxis.range == figure.layout.xaxis5.range


def test_measurements_of_before_count_as_plain(tmp_path):
    """Events of an older version say neither which texts nor which layers."""
    old = latency_store.measured(Serving(), 5.0, random.Random(1))
    for name in ("layers", "inputs", "machine", "pass_ratios", "ratio", "back_end_version"):
        del old[name]
    home = Home(tmp_path / "store").create()
    latency_store.write(home, seeds=(1,), event=old)
    with Store.connect(home) as store:
        rows = latency(store, **HERE)
        assert set(rows["inputs"]) == {"mix"} and rows["layers"].isna().all()
        assert set(rows["name"]) == set(latency_store.SIZES)
        table = accuracy_latency(store, **USUAL, language="de")
        assert table["p50_ms"].notna().sum() == 6
        assert latency_equality(store, **USUAL)["n_models"].tolist() == [0, 0, 0]


def again(
    home: Home,
    encoder: str,
    slower: float,
    contended: bool = False,
    share: float = 1.0,
    attempt: int = 2,
) -> None:
    """Another attempt at the latency stage of an encoder.

    The machine was ``slower`` by a factor; this start took a ``share`` of the usual ratio.
    """
    stage = latency_store.stage_of("latency", encoder, "none", 1, "v1")
    with spool.Writer(home.job(stage.key), stage.key, attempt) as writer:
        writer.append(
            EventType.STARTED, run_id="r", stage=stage.to_json(), pid=1, host="t", versions={}
        )
        chance = random.Random(encoder)
        middle = slower * latency_store.SIZES[encoder][0]
        values = latency_store.measured(
            Serving(), middle, chance, contended=contended, machine="test"
        )
        values |= {
            name: [share * each for each in value] if name == "pass_ratios" else share * value
            for name, value in values.items()
            if name in ("ratio", "ratio_low", "ratio_high", "pass_ratios")
        }
        writer.append(EventType.LATENCY, **values)
        writer.append(EventType.FINISHED, wall_seconds=1.0, rows=writer.rows)


def test_what_was_measured_twice_agrees_or_not(tmp_path, monkeypatch):
    home = Home(tmp_path / "store").create()
    latency_store.write(home, seeds=(1,))
    later = datetime.now(UTC) + timedelta(hours=2.5)
    monkeypatch.setattr(spool, "now", lambda: later.isoformat())
    again(home, "mini-s-aligned", slower=1.0)
    again(home, "mini-m-aligned", slower=1.5)
    again(home, "mini-l-aligned", slower=3.0, contended=True)
    with Store.connect(home) as found:
        pairs = latency_repeats(found, catalog="mini")
        assert latency_repeats(found, encoder="mini-s-aligned")["encoder"].to_list() == [
            "mini-s-aligned"
        ]
    assert pairs["encoder"].to_list() == ["mini-l-aligned", "mini-m-aligned", "mini-s-aligned"]
    assert pairs["overlap"].to_list() == [False, False, True]
    assert pairs["contended"].to_list() == [True, False, False]
    assert pairs["ratios_overlap"].to_list() == [True, True, True]  # the reference slowed as well
    assert pairs["hours_apart"].round(1).to_list() == [2.5, 2.5, 2.5]
    said = latency_words.repeats_line(pairs)
    assert "1 of 2 clean pairs, 2.5 to 2.5 hours apart" in said
    assert "1 measured under load left out" in said and "of one process each" in said


def test_bounds_hold_for_another_start_once_one_was_seen(tmp_path, monkeypatch):
    home = Home(tmp_path / "store").create()
    latency_store.write(home, seeds=(1,))
    with Store.connect(home) as found:
        before = latency(found, **HERE)
        assert before["start_percent"].isna().all()
        assert "of one process each" in latency_words.starts_line(before)
    began = datetime.now(UTC)
    for hours, encoder in ((2, "mini-s-aligned"), (4, "mini-m-aligned")):
        later = began + timedelta(hours=hours)
        monkeypatch.setattr(spool, "now", lambda later=later: later.isoformat())
        again(home, encoder, slower=1.0, share=1.1)
    with Store.connect(home) as found:
        after = latency(found, **HERE)
        (percent,) = set(after["start_percent"])
        assert percent == pytest.approx(100 * math.log(1.1) / 2**0.5, rel=0.25)
        assert f"moved by {percent:.1f}%" in latency_words.starts_line(after)
        key = ["encoder", "intermediate", "layers", "back_end", "precision", "batch_size", "inputs"]
        both = before.merge(after, on=key, suffixes=("", "_after"))
        same = both[both["p50_ms"] == both["p50_ms_after"]]
        assert len(same) == len(after) - 2
        assert (same["ci_low_ms_after"] < same["ci_low_ms"]).all()
        assert (same["ratio_high_after"] > same["ratio_high"]).all()
        # What was repeated once cannot foretell its own repetition.
        assert latency_repeats(found)["start_percent"].isna().all()
        assert not latency_repeats(found)["ratios_overlap"].any()
    monkeypatch.setattr(spool, "now", lambda: (began + timedelta(hours=9)).isoformat())
    again(home, "mini-s-aligned", slower=1.0, share=1.05, attempt=3)
    with Store.connect(home) as found:
        pairs = latency_repeats(found)
    assert pairs["start_percent"].notna().all() and pairs["ratios_overlap"].all()
    assert "widened by what earlier starts changed" in latency_words.repeats_line(pairs)

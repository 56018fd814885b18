from __future__ import annotations

import itertools
import math
import re
from typing import Any

import pandas as pd
import pytest

from xfer_core import spool
from xfer_core.charts import (
    accuracy_latency,
    cell_by_language,
    cell_look,
    cell_words,
    heatmap,
    heatmap_axes,
    heatmap_order,
    heatmap_words,
    labels,
    latency_points,
    overview_words,
    run_words,
    theme,
    words,
)
from xfer_core.charts.launch_words import seeds
from xfer_core.domain.errors import UsageError
from xfer_core.views.heatmap import OLDER, margins

THEMES = [theme.LIGHT, theme.DARK]
STATES = ("measured", "not_run", "failed", "not_applicable", "running", "unpaired")


def cell(row: str, column: str, gain: float | None = None, **more: Any) -> dict[str, Any]:
    known = gain is not None
    values: dict[str, Any] = {
        "row": row,
        "column": column,
        "state": "measured" if known or row == "none" else "not_run",
        "message": "",
        "metric": "accuracy",
        "score": 0.5 + (gain or 0) / 100 if known or row == "none" else math.nan,
        "baseline": 0.5,
        "gain_points": gain if known else math.nan,
        "sd_points": 0.3 if known else math.nan,
        "n_seeds": 3 if known or row == "none" else math.nan,
        "seeds": [1, 2, 3] if known or row == "none" else None,
        "seed_scores": [0.5, 0.51, 0.52] if known else None,
        "seed_baselines": [0.5, 0.5, 0.5] if known else None,
        "ci_low": gain - 1 if known else math.nan,
        "ci_high": gain + 1 if known else math.nan,
        "p_value": 0.01 if known else math.nan,
        "significant": False,
        "n_languages": 7,
        "recorded_at": pd.Timestamp("2026-11-22 14:02", tz="UTC"),
    }
    return values | more


def grid() -> pd.DataFrame:
    return pd.DataFrame(
        [
            cell("none", "mini-xnli"),
            cell("none", "mini-pos"),
            cell("mini-mnli", "mini-xnli", 2.04, significant=True),
            cell("mini-mnli", "mini-pos", -0.04),
            cell("mini-qqp", "mini-xnli", -1.25),
            cell("mini-qqp", "mini-pos", 0.6, n_seeds=1, seeds=[1], significant=True),
            cell("mini-sst", "mini-xnli"),
            cell("mini-sst", "mini-pos", state="failed", message="<b>No</b> memory"),
        ]
    )


def drawn(dark: bool = False, selected: tuple[str, str] | None = None) -> Any:
    table = grid()
    return heatmap.heatmap(table, *margins(table), selected, dark)


def texts(figure: Any) -> dict[tuple[str, str], str]:
    bars = figure.data[0]
    return {
        (data[1], data[2]): text
        for data, text in zip(bars.customdata, bars.text, strict=True)
        if data[0] == heatmap.BODY
    }


def test_one_bar_trace_holds_all_cells() -> None:
    figure = drawn()
    assert [trace.type for trace in figure.data].count("bar") == 1
    assert set(texts(figure)) == set(zip(grid()["row"], grid()["column"], strict=True))


def test_texts_are_the_numbers_of_the_table() -> None:
    found = texts(drawn())
    assert found["mini-mnli", "mini-xnli"] == "+2.0\N{THIN SPACE}●"
    assert found["mini-mnli", "mini-pos"] == "0.0"
    assert found["mini-qqp", "mini-xnli"].startswith("\N{MINUS SIGN}1.2")
    assert found["none", "mini-xnli"] == "50.0"
    assert found["mini-sst", "mini-xnli"] == ""


def test_table_twin_shows_the_same_digits() -> None:
    table = grid()
    formats = heatmap_words.table_formats()["Gain, points"]
    twin = [formats(value) for value in heatmap_words.as_table(table)["Gain, points"]]
    for record, text in zip(table.to_dict("records"), twin, strict=True):
        if not math.isnan(record["gain_points"]):
            assert texts(drawn())[record["row"], record["column"]].startswith(text)


def test_one_seed_is_dashed_and_never_marked() -> None:
    figure = drawn()
    assert "●" not in texts(figure)["mini-qqp", "mini-pos"]
    assert [shape.line.dash for shape in figure.layout.shapes].count("dash") == 1
    assert "●" not in heatmap_words.as_table(grid()).iloc[5]["Marked"]


def test_selected_cell_is_framed() -> None:
    frame = drawn(selected=("mini-mnli", "mini-pos")).layout.shapes[-1]
    assert (frame.line.width, frame.x0, frame.x1) == (3, 0.5, 1.5)


def test_unknown_selection_is_no_error() -> None:
    assert len(drawn(selected=("gone", "gone")).layout.shapes) == 1


@pytest.mark.parametrize("dark", [False, True])
def test_every_cell_text_has_contrast(dark: bool) -> None:
    bars = drawn(dark).data[0]
    for fill, ink in zip(bars.marker.pattern.bgcolor, bars.insidetextfont.color, strict=True):
        if ink != theme.palette(dark).muted:
            assert theme.contrast(fill, ink) >= 4.5
    assert min(bars.insidetextfont.size) >= 12


@pytest.mark.parametrize("colors", THEMES)
def test_every_gain_has_readable_text_and_its_own_side(colors: theme.Palette) -> None:
    for tenths in range(-120, 121):
        fill = theme.gain_color(tenths / 10, 8, colors)
        assert theme.contrast(theme.text_on(fill), fill) >= 4.5
    assert theme.gain_color(0.0, 8, colors) == colors.neutral
    assert theme.gain_color(-0.0, 8, colors) == colors.neutral
    assert theme.gain_color(9, 8, colors) == theme.gain_color(8, 8, colors) == colors.positive[-1]


@pytest.mark.parametrize("colors", THEMES)
def test_text_lines_and_encoders_have_contrast(colors: theme.Palette) -> None:
    assert theme.contrast(colors.text, colors.background) >= 4.5
    assert theme.contrast(colors.muted, colors.background) >= 4.5
    for color in (colors.line, colors.accent, *colors.encoders):
        assert theme.contrast(color, colors.background) >= 3
    for color in colors.encoders:
        assert theme.contrast(theme.dimmed(color, colors), colors.background) >= 3


@pytest.mark.parametrize("colors", THEMES)
def test_the_states_look_different(colors: theme.Palette) -> None:
    looks = []
    for state in STATES:
        gain = 0.0 if state == "measured" else None
        record = cell("mini-mnli", "mini-xnli", gain, state=state)
        if state == "unpaired":
            record["score"] = 0.5
        look = cell_look.of_cell(record, 5, colors)
        looks.append((look.fill, look.text, look.pattern))
    assert len(set(looks)) == len(STATES)
    assert looks[0][1:] == ("0.0", "")


def test_limits_are_symmetric_and_clean() -> None:
    scale = drawn().data[1].marker
    assert scale.cmin == -scale.cmax == -3.0
    assert scale.colorbar.ticktext[0] == "\N{MINUS SIGN}3"
    middle = dict(theme.color_scale(theme.LIGHT))
    assert middle[0.5] == theme.LIGHT.neutral


@pytest.mark.parametrize(
    ("values", "limit"),
    [([], 1), ([0.2], 1), ([-4.5, 1], 5), ([1.0] * 99 + [50], 1), ([7, 7], 8), ([math.nan], 1)],
)
def test_limit_is_the_98th_percentile_rounded_up(values: list[float], limit: float) -> None:
    assert theme.clean_limit(values) == limit


def test_values_beyond_the_scale_get_an_arrow() -> None:
    look = cell_look.of_cell(cell("mini-mnli", "mini-xnli", -9.0), 5, theme.LIGHT)
    assert look.text.endswith("▾")


def test_signs() -> None:
    assert [theme.signed(value) for value in (1.25, -0.04, -3.0, None, math.nan)] == [
        "+1.2",
        "0.0",
        "\N{MINUS SIGN}3.0",
        "–",
        "–",
    ]


def test_no_hyphen_stands_for_a_minus() -> None:
    assert not re.search(r"-\d", drawn().to_json().split('"data"')[0] + str(texts(drawn())))


def test_means_stand_apart_and_say_how_many() -> None:
    figure = drawn()
    bars, axis = figure.data[0], figure.layout.xaxis
    margin = {
        (data[1], data[2]): (x, text)
        for data, x, text in zip(bars.customdata, bars.x, bars.text, strict=True)
        if data[0] == heatmap.MARGIN
    }
    assert margin["mini-mnli", ""] == (2 + heatmap_axes.GAP, "+1.0")
    assert margin["mini-sst", ""][1] == "–"
    assert axis.ticktext[-1] == "<b>mean<br>of 2</b>"


def test_means_over_different_cells_say_so() -> None:
    table = grid()
    table.loc[2, ["gain_points", "state"]] = [math.nan, "not_run"]
    table.loc[5, ["gain_points", "state"]] = [math.nan, "not_run"]
    table.loc[6, ["gain_points", "state"]] = [1.0, "measured"]
    table.loc[7, ["gain_points", "state"]] = [1.0, "measured"]
    table.loc[4, ["gain_points", "state"]] = [math.nan, "not_run"]
    row_means, column_means = margins(table)
    words_of = heatmap_words.means_line(row_means, column_means)
    assert "means" in words_of


def test_messages_are_escaped_in_the_hover() -> None:
    hovers = " ".join(drawn().data[0].hovertext)
    assert "&lt;b&gt;No" in hovers
    assert "by seed: 0.0, +1.0, +2.0" in hovers


def test_alt_text_states_the_finding() -> None:
    assert "MNLI on XNLI +2.0" in heatmap.alt_text(grid())


def test_lines_of_text() -> None:
    table = grid()
    assert heatmap_words.coverage_line(table) == (
        "4 of 6 cells, 1 to 3 seeds, 1 failed · newest result 2026-11-22 14:02 UTC"
    )
    legend = heatmap_words.legend_line(table)
    assert "hatched: not run" in legend
    assert "running" not in legend
    line = heatmap_words.measure_line(table, "mini", "mini-4l", "zero-shot", None)
    assert "accuracy" in line
    assert "zero-shot mean over 7 languages, English left out" in line
    assert len(heatmap_words.HOW_TO_READ.split()) <= 60


def test_alphabet_keeps_the_baseline_on_top() -> None:
    rows = list(dict.fromkeys(heatmap_order.ordered(grid(), "alphabet")["row"]))
    assert rows == ["none", "mini-mnli", "mini-qqp", "mini-sst"]


def test_fingerprint_follows_the_numbers() -> None:
    table = grid()
    before = heatmap_words.fingerprint(table)
    assert heatmap_words.fingerprint(table.copy()) == before
    table.loc[2, "gain_points"] = 2.05
    assert heatmap_words.fingerprint(table) != before


def models(n: int = 6, **more: Any) -> pd.DataFrame:
    rows = []
    for index in range(n):
        score = 0.4 + 0.03 * index
        rows.append(
            {
                "encoder": f"enc-{index % 3}",
                "intermediate": "none" if index % 2 else "mini-mnli",
                "score": score,
                "score_ci_low": score - 0.01,
                "score_ci_high": score + 0.01,
                "p50_ms": 2.0 + index,
                "p50_ci_low_ms": 1.9 + index,
                "p50_ci_high_ms": 2.1 + index,
                "p95_ms": 3.0 + index,
                "n_seeds": 3,
                "unit": "question",
                "contended": False,
                "on_frontier": True,
                "standing": "on",
                **more,
            }
        )
    return pd.DataFrame(rows)


def test_budget_sentence_names_the_best_within() -> None:
    table = models()
    table.loc[5, "p50_ms"] = 40.0
    assert latency_points.budget_sentence(table, 10).startswith(
        "Under 10 ms: enc-1 · MNLI reaches 52.0 (95% interval 51.0 to 53.0) at 6 ms"
    )
    assert "no clean measurement" in latency_points.budget_sentence(table, 0.5)


def test_budget_sentence_hedges() -> None:
    table = models(2).assign(score_ci_low=0.3, score_ci_high=0.6)
    assert "not distinguishable" in latency_points.budget_sentence(table, 10)
    table = models(2).assign(score_ci_low=math.nan, score_ci_high=math.nan)
    assert "not established" in latency_points.budget_sentence(table, 10)


def test_contended_is_hollow_and_rows_without_latency_are_listed() -> None:
    table = models(3)
    table.loc[1, ["contended", "on_frontier"]] = [True, False]
    table.loc[2, "p50_ms"] = math.nan
    figure = accuracy_latency.accuracy_latency(table, 10)
    symbols = [symbol for trace in figure.data if trace.hovertext for symbol in trace.marker.symbol]
    assert symbols == ["circle", "square-open"]
    assert len(latency_points.without_latency(table)) == 1


def test_ticks_are_1_2_5_and_axes_say_direction() -> None:
    layout = accuracy_latency.accuracy_latency(models(), None).layout
    assert list(layout.xaxis.ticktext) == ["2", "3", "4", "5", "6", "7", "8", "9"]
    assert "faster" in layout.xaxis.title.text
    assert "better" in layout.yaxis.title.text


def test_labels_do_not_overlap() -> None:
    points = [(40.0 + 23 * (i % 8) * 5, 40.0 + 60 * (i // 8) + 7 * (i % 3)) for i in range(40)]
    placed = labels.place(points, [f"encoder-{i} · MNLI" for i in range(40)], 1000, 430)
    boxes = [each.box for each in placed if each]
    assert len(boxes) >= 20
    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))


def test_headline_hedges() -> None:
    from types import SimpleNamespace

    values = {"intermediate": "mini-mnli", "target": "mini-xnli", "gain_points": 3.2}
    values |= {"ci_low": math.nan, "ci_high": math.nan, "n_seeds": 1}
    weak = SimpleNamespace(**values, significant=False)
    strong = SimpleNamespace(**{**values, "gain_points": -3.2}, significant=True)
    assert "chance could explain" in overview_words.headline(weak)
    clear = {**values, "ci_low": 1.0, "ci_high": 5.4, "n_seeds": 3}
    among_many = overview_words.headline(SimpleNamespace(**clear, significant=False))
    assert "may be chance among so many (95% interval +1.0 to +5.4)" in among_many
    assert overview_words.headline(strong) == "MNLI hurts XNLI: \N{MINUS SIGN}3.2 points"
    assert "spread is unknown" in overview_words.evidence(weak)


def test_markdown_is_made_harmless() -> None:
    text = words.escaped("[x](javascript:1) <b> $a$ :smile: `c`\n# d \u202e")
    assert "\\[x\\]\\(javascript\\:1\\)" in text
    assert "\n" not in text
    assert "\u202e" not in text


def test_durations_and_states() -> None:
    assert [words.duration(value) for value in (4, 65, 700, 4000, None)] == [
        "4 s",
        "1 min 5 s",
        "11 min",
        "1 h 6 min",
        "–",
    ]
    assert words.state("succeeded") == "finished"
    assert words.is_active("queued")
    assert not words.is_active("lost")


def test_seeds_are_read_or_refused() -> None:
    assert seeds("1, 2;3") == [1, 2, 3]
    with pytest.raises(UsageError, match="whole numbers"):
        seeds("one")


def test_log_tail_is_bounded(tmp_path: Any) -> None:
    from xfer_core.home import Home

    home = Home(tmp_path)
    folder = home.run("run-1")
    folder.mkdir(parents=True)
    (folder / "log.txt").write_bytes(b"x" * 300_000 + b"\x1b[31m end \xff")
    text = run_words.log_tail(home, "run-1")
    assert len(text) < 201_000
    assert "\x1b" not in text
    assert run_words.log_tail(home, "run-2").startswith("This run has not")


def test_row_means_over_languages_leave_english_out() -> None:
    rows = [cell("none", "en"), cell("none", "de"), cell("none", "ru")]
    rows += [cell("mini-sst", "en", -9.0), cell("mini-sst", "de", 1.0), cell("mini-sst", "ru", 3.0)]
    row_means, column_means = margins(pd.DataFrame(rows))
    assert list(row_means[["gain_points", "k", "of"]].iloc[0]) == [2.0, 2, 2]
    assert list(column_means["column"]) == ["en", "de", "ru"]


def test_results_of_older_settings_are_named() -> None:
    table = grid().assign(target=lambda rows: rows["column"])
    assert heatmap_words.older_line(table) == ""
    table.loc[6, "message"] = OLDER
    assert "not shown: SST → XNLI; run them again" in heatmap_words.older_line(table)
    assert "Measured with older settings only" in cell_look.hover(table.iloc[6].to_dict())
    assert "only with older ones" in cell_words.state_sentence(table.iloc[6].to_dict(), "XNLI")


def test_all_of_few_points_are_labelled_by_what_differs() -> None:
    table = models(5, encoder="mini-s").assign(on_frontier=False)
    table["intermediate"] = ["none", "mini-mnli", "mini-qqp", "mini-sst", "mini-csqa"]
    drawn_texts = [
        each.text for each in accuracy_latency.accuracy_latency(table).layout.annotations
    ]
    assert sorted(drawn_texts) == ["CSQA", "MNLI", "QQP", "SST", "no intermediate"]
    many = models(40).assign(on_frontier=False)
    assert not accuracy_latency.accuracy_latency(many).layout.annotations


def test_latencies_under_load_alone_say_what_to_do() -> None:
    sentence = latency_points.budget_sentence(models(5, contended=True), 10)
    assert sentence.startswith("Nothing to compare yet: all 5 latencies")


def test_request_of_a_run_in_short_words(tmp_path: Any) -> None:
    from xfer_core.home import Home

    record = {"run_id": "run-1", "stages_total": 4, "seeds": "1, 2"}
    record |= {"intermediates": "mini-mnli, none", "targets": "mini-xnli"}
    assert run_words.request(Home(tmp_path), record) == "MNLI → XNLI, seeds 1, 2"
    spool.publish(
        Home(tmp_path).run("run-1") / spool.PLAN,
        {"spec": {"intermediates": ["none"], "targets": ["mini-pos"], "seeds": [7]}},
    )
    record["stages_total"] = 0
    assert run_words.request(Home(tmp_path), record) == "no intermediate → POS, seed 7"


def test_intervals_that_leave_the_frame_are_announced() -> None:
    table = pd.DataFrame([cell("mini-sst", "de", 1.0), cell("mini-sst", "ru", 3.0)])
    table["language"] = table["column"]
    title = cell_by_language.cell_by_language(table, False).layout.xaxis.title.text
    assert title == "gain, points · 95% interval"
    table.loc[0, "ci_high"] = 90.0
    title = cell_by_language.cell_by_language(table, False).layout.xaxis.title.text
    assert title.endswith("the widest cut off")

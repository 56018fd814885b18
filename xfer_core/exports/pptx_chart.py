"""The scatter of a PPTX: a native XY chart with a log axis, intervals and the frontier."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from pptx.chart.data import XyChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_LEGEND_POSITION, XL_MARKER_STYLE
from pptx.oxml.ns import qn
from pptx.util import Pt

from xfer_core.charts import latency_look, latency_points, theme
from xfer_core.charts.slides import Shown
from xfer_core.charts.theme import LIGHT
from xfer_core.exports import pptx_table

SIZE = 16
LABELLED = 6
"""So many points of the frontier or fewer are named beside their marks."""
DECADE = 10.0
"""Latencies further apart than so many times are shown on a log axis."""
MARKERS = {
    "circle": XL_MARKER_STYLE.CIRCLE,
    "square": XL_MARKER_STYLE.SQUARE,
    "diamond": XL_MARKER_STYLE.DIAMOND,
    "triangle-up": XL_MARKER_STYLE.TRIANGLE,
    "cross": XL_MARKER_STYLE.PLUS,
    "x": XL_MARKER_STYLE.X,
    "star": XL_MARKER_STYLE.STAR,
}
FRONTIER = "Pareto frontier"


def can_draw(shown: Shown) -> bool:
    """Whether any point has both a score and a latency."""
    return len(latency_points.with_latency(shown.table)) > 0


def symbols(shown: Shown) -> str:
    """Which mark is which back end; empty with one."""
    rows = latency_points.with_latency(shown.table)
    look = latency_look.Look.of(rows, LIGHT)
    if len(look.engines) < 2:
        return ""
    marks = (f"{look.engine_symbol(said).split('-')[0]} {said}" for said in look.engines)
    return f" · marks: {', '.join(marks)}; hollow: measured under load"


def add_scatter(slide: Any, shown: Shown, place: tuple[int, int, int, int]) -> None:
    """Put the chart on a slide; ``place`` is left, top, width and height in EMU."""
    rows = latency_points.with_latency(shown.table)
    look = latency_look.Look.of(rows, LIGHT)
    records = rows.to_dict("records")
    groups: dict[str, list[dict[Any, Any]]] = {}
    for row in records:
        groups.setdefault(str(row["encoder"]), []).append(row)
    points = {
        name: [(round(row["p50_ms"], 3), round(100 * row["score"], 1)) for row in members]
        for name, members in groups.items()
    }
    points[FRONTIER] = _steps(rows)
    # LibreOffice drops what stands before a longer series, so the longest comes first.
    order = sorted((name for name in points if points[name]), key=lambda name: -len(points[name]))
    data = XyChartData(number_format="0.0")
    for name in order:
        series = data.add_series(pptx_table.plain(name))
        for x, y in points[name]:
            series.add_data_point(x, y)
    frame = slide.shapes.add_chart(XL_CHART_TYPE.XY_SCATTER, *place, data)
    pptx_table.describe(frame, shown.alt)
    chart = frame.chart
    chart.font.size, chart.font.name = Pt(SIZE), theme.FONT_OFFICE
    chart.has_title = False
    chart.has_legend = True
    chart.legend.position = XL_LEGEND_POSITION.TOP
    chart.legend.include_in_layout = False
    chart.legend.font.size = Pt(SIZE)
    _dress(chart, order, groups, look)
    _axes(chart, rows)


def _steps(rows: pd.DataFrame) -> list[tuple[float, float]]:
    """Corners of the frontier, by latency; empty without one."""
    front = rows[rows["on_frontier"].astype(bool)].sort_values(["p50_ms", "score"])
    corners: list[tuple[float, float]] = []
    for x, y in zip(front["p50_ms"], 100 * front["score"], strict=True):
        if corners:
            corners.append((round(x, 3), corners[-1][1]))
        corners.append((round(x, 3), round(y, 1)))
    return corners


def _dress(
    chart: Any,
    order: list[str],
    groups: dict[str, list[dict[Any, Any]]],
    look: latency_look.Look,
) -> None:
    labelled = sum(bool(row["on_frontier"]) for rows in groups.values() for row in rows)
    for series, name in zip(chart.plots[0].series, order, strict=True):
        if name == FRONTIER:
            series.marker.style = XL_MARKER_STYLE.NONE
            series.format.line.color.rgb = _rgb(LIGHT.line)
            series.format.line.width = Pt(2)
            series.smooth = False
            continue
        rows = groups[name]
        series.format.line.fill.background()
        color = _rgb(look.encoder_color(name))
        _mark(series.marker, look.encoder_symbol(name), color, False)
        for number, row in enumerate(rows):
            point = series.points[number]
            _mark(point.marker, look.symbol(row), color, bool(row["contended"]))
            if row["on_frontier"] and labelled <= LABELLED:
                _label(point, theme.task_label(str(row["intermediate"])))
        _intervals(series, rows)


def _mark(marker: Any, symbol: str, color: RGBColor, hollow: bool) -> None:
    marker.style = MARKERS.get(symbol, XL_MARKER_STYLE.CIRCLE)
    marker.size = 11
    marker.format.line.color.rgb = color
    if hollow:
        marker.format.fill.background()
    else:
        marker.format.fill.solid()
        marker.format.fill.fore_color.rgb = color


def _label(point: Any, text: str) -> None:
    label = point.data_label
    label.has_text_frame = True
    label.text_frame.text = pptx_table.plain(text)
    label.position = XL_LABEL_POSITION.ABOVE
    for run in label.text_frame.paragraphs[0].runs:
        run.font.size, run.font.color.rgb = Pt(SIZE), _rgb(LIGHT.text)


def _intervals(series: Any, rows: list[dict[Any, Any]]) -> None:
    """95% intervals both ways, as literal numbers in the chart."""
    ups = [_reach(row, 100 * row["score"], "score_ci_high", 100) for row in rows]
    downs = [_reach(row, 100 * row["score"], "score_ci_low", -100) for row in rows]
    right = [_reach(row, row["p50_ms"], "p50_ci_high_ms", 1) for row in rows]
    left = [_reach(row, row["p50_ms"], "p50_ci_low_ms", -1) for row in rows]
    before = series._element.find(qn("c:xVal"))
    for direction, plus, minus in (("x", right, left), ("y", ups, downs)):
        if any(plus) or any(minus):
            before.addprevious(_error_bars(series._element, direction, plus, minus))


def _reach(row: dict[Any, Any], middle: float, column: str, scale: float) -> float:
    """Distance from the middle to one end of an interval; 0 where there is none."""
    end = row.get(column)
    if end is None or pd.isna(end):
        return 0.0
    return max(0.0, round(math.copysign(1, scale) * (abs(scale) * end - middle), 3))


def _error_bars(near: Any, direction: str, plus: list[float], minus: list[float]) -> Any:
    def child(parent: Any, name: str, **attributes: str) -> Any:
        made = parent.makeelement(qn(name), attributes)
        parent.append(made)
        return made

    bars = near.makeelement(qn("c:errBars"), {})
    child(bars, "c:errDir", val=direction)
    child(bars, "c:errBarType", val="both")
    child(bars, "c:errValType", val="cust")
    child(bars, "c:noEndCap", val="1")
    for name, values in (("c:plus", plus), ("c:minus", minus)):
        numbers = child(child(bars, name), "c:numLit")
        child(numbers, "c:formatCode").text = "General"
        child(numbers, "c:ptCount", val=str(len(values)))
        for place, value in enumerate(values):
            child(child(numbers, "c:pt", idx=str(place)), "c:v").text = f"{value:g}"
    line = child(child(bars, "c:spPr"), "a:ln", w="12700")
    paint = child(line, "a:solidFill")
    child(paint, "a:srgbClr", val=LIGHT.line.lstrip("#"))
    return bars


def _axes(chart: Any, rows: pd.DataFrame) -> None:
    across, up = chart.category_axis, chart.value_axis
    unit = latency_points.batch(rows)
    times = rows["p50_ms"].astype(float)
    is_log = times.max() / times.min() > DECADE
    scale = ", log scale" if is_log else ""
    for axis, text in (
        (across, f"← faster · median milliseconds per {unit}{scale}"),
        (up, "score, points · better →"),
    ):
        axis.has_title = True
        axis.axis_title.text_frame.text = pptx_table.plain(text)
        for run in axis.axis_title.text_frame.paragraphs[0].runs:
            run.font.size, run.font.bold = Pt(SIZE), False
        axis.tick_labels.font.size = Pt(SIZE)
        axis.format.line.color.rgb = _rgb(LIGHT.line)
    across.has_major_gridlines = False
    up.major_gridlines.format.line.color.rgb = _rgb(LIGHT.grid)
    up.tick_labels.number_format, up.tick_labels.number_format_is_linked = "0", False
    across.tick_labels.number_format, across.tick_labels.number_format_is_linked = "General", False
    scores = 100 * rows["score"].astype(float)
    low, high = theme.bounded_range(
        list(scores),
        list(100 * rows["score_ci_low"].astype(float)),
        list(100 * rows["score_ci_high"].astype(float)),
    )
    up.minimum_scale = max(0, 5 * math.floor(low / 5))
    up.maximum_scale = min(100, 5 * math.ceil(high / 5))
    _time_axis(across, times, is_log)
    # The score axis stands at the left end, not at 1 ms.
    for axis, value in ((up, "min"), (across, "min")):
        crosses = axis._element.find(qn("c:crosses"))
        if crosses is not None:
            crosses.set("val", value)


def _time_axis(axis: Any, times: pd.Series[float], is_log: bool) -> None:
    """A log axis has ticks at powers of ten alone, so a shorter range is drawn on a plain one."""
    low, high = float(times.min()), float(times.max())
    if is_log:
        axis.minimum_scale, axis.maximum_scale = _below(low / 1.15), -_below(-high * 1.15)
        scaling = axis._element.find(qn("c:scaling"))
        scaling.insert(0, scaling.makeelement(qn("c:logBase"), {"val": "10"}))
        return
    room = max(high - low, 0.2 * high)
    ticks = theme.round_ticks((max(0.0, low - room), high + room))
    axis.minimum_scale, axis.maximum_scale = ticks[0], ticks[-1]
    axis.major_unit = round(ticks[1] - ticks[0], 6)


def _below(value: float) -> float:
    """A number of one digit not above the value."""
    step = 10.0 ** math.floor(math.log10(abs(value)))
    return round(math.floor(value / step) * step, 6)


def _rgb(color: str) -> RGBColor:
    return RGBColor.from_string(color.lstrip("#"))

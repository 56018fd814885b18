"""How one cell of the heatmap looks and what it says: each state has a look of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from xfer_core.charts import theme
from xfer_core.charts.theme import Palette
from xfer_core.domain.language import LANGUAGES

MEASURED, RUNNING, FAILED = "measured", "running", "failed"
NOT_RUN, NOT_APPLICABLE, UNPAIRED = "not_run", "not_applicable", "unpaired"
BASELINE = "none"
THIN = "\N{THIN SPACE}"

_NOT_RUN = "Not run yet. Click to run it."
WORDS = {
    MEASURED: "measured",
    RUNNING: "running",
    FAILED: "failed",
    NOT_RUN: "not run",
    NOT_APPLICABLE: "not applicable",
    UNPAIRED: "no baseline",
}


@dataclass(frozen=True)
class Look:
    """Fill, text and pattern of a cell; two states never share a look."""

    fill: str
    ink: str
    text: str = ""
    pattern: str = ""
    pattern_color: str = ""
    bold: bool = False
    size: int = 13


def of_cell(record: Mapping[str, Any], limit: float, colors: Palette) -> Look:
    """The look of one row of the view ``heatmap``."""
    state = record["state"]
    if state == NOT_APPLICABLE:
        return Look(colors.background, colors.muted)
    if state == FAILED:
        return Look(colors.failed, theme.text_on(colors.failed), "✕", size=15)
    if record["row"] == BASELINE or state == UNPAIRED:
        if _known(record["score"]):
            fill = colors.neutral if record["row"] == BASELINE else colors.background
            return Look(fill, theme.text_on(fill), theme.percent(record["score"]))
    elif _known(record["gain_points"]):
        return _of_gain(record, limit, colors)
    if state == RUNNING:
        return Look(colors.background, colors.text, "running", "-", _faint(colors))
    return Look(colors.background, colors.muted, "", "/", colors.missing)


def of_mean(
    record: Mapping[str, Any], most: int, limit: float, colors: Palette
) -> tuple[Look, str]:
    """The look and the hover text of a margin cell; a second line says "k of N" where k < N."""
    gain, k = record["gain_points"], int(record["k"])
    if not _known(gain) or k == 0:
        return Look(colors.background, colors.muted, "–"), "No mean: nothing was measured."
    fill = theme.gain_color(gain, limit, colors)
    part = f"<br><span style='font-size:12px'>{k} of {most}</span>" if k < most else ""
    text = theme.signed(gain) + part
    hover = f"Mean gain <b>{theme.signed(gain)}</b> points<br>over {k} cells, each counted once"
    return Look(fill, theme.text_on(fill), text, size=13), hover


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table as plain mappings."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def border(record: Mapping[str, Any]) -> str:
    """The dash of the border that says how much a number may be trusted; empty for no border."""
    if record["state"] == UNPAIRED and record["row"] != BASELINE and _known(record["score"]):
        return "dot"
    known = _known(record["score"] if record["row"] == BASELINE else record["gain_points"])
    return "dash" if known and record["n_seeds"] == 1 else ""


def hover(record: Mapping[str, Any]) -> str:
    """All there is to know of a cell: mean, spread, interval, seeds, both scores."""
    lines = [f"<b>{_title(record)}</b>", *_facts(record)]
    return "<br>".join(lines)


def _title(record: Mapping[str, Any]) -> str:
    column = str(record["column"])
    known = LANGUAGES.get(column)
    place = escape(known.name if known else theme.task_label(column))
    if record["row"] == BASELINE:
        return f"{place} without intermediate task"
    return f"{escape(theme.task_label(str(record['row'])))} → {place}"


def _facts(record: Mapping[str, Any]) -> list[str]:
    state = record["state"]
    if state == NOT_APPLICABLE:
        return ["The task has no such language."]
    if state == FAILED:
        reason = escape(theme.shortened(_text(record.get("message")), 120))
        return [f"Failed: {reason}" if reason else "Failed.", "Click for its log."]
    if not _known(record["score"]):
        if state == RUNNING:
            return ["Running now."]
        older = _text(record.get("message"))
        return [f"{older.capitalize()} only. Click to run it." if older else _NOT_RUN]
    if record["row"] == BASELINE:
        return [f"score {theme.percent(record['score'])}", *_seed_lines(record)]
    if not _known(record["gain_points"]):
        return [f"score {theme.percent(record['score'])}", "A gain needs a baseline."]
    return _gain_lines(record) + _seed_lines(record)


def _gain_lines(record: Mapping[str, Any]) -> list[str]:
    spread = f" ± {record['sd_points']:.1f} s.d." if _known(record["sd_points"]) else ""
    lines = [f"gain {theme.signed(record['gain_points'])}{spread} points"]
    if _known(record["ci_low"]):
        lines.append(f"95% interval {theme.interval(record['ci_low'], record['ci_high'])}")
    lines.append(f"{theme.percent(record['baseline'])} → {theme.percent(record['score'])}")
    if _flag(record["significant"]):
        lines.append("differs from 0 after correction (5%)")
    return lines


def _seed_lines(record: Mapping[str, Any]) -> list[str]:
    count = int(record["n_seeds"]) if _known(record["n_seeds"]) else 0
    lines = [f"{count} seed{'' if count == 1 else 's'}"]
    scores, baselines = _list(record["seed_scores"]), _list(record["seed_baselines"])
    if scores and len(scores) == len(baselines) and record["row"] != BASELINE:
        gains = (
            theme.signed(100 * (score - base))
            for score, base in zip(scores, baselines, strict=True)
        )
        lines.append(f"by seed: {', '.join(gains)}")
    return lines


def _of_gain(record: Mapping[str, Any], limit: float, colors: Palette) -> Look:
    gain = float(record["gain_points"])
    fill = theme.gain_color(gain, limit, colors)
    marked = _flag(record["significant"]) and record["n_seeds"] != 1
    text = theme.signed(gain)
    if marked:
        text += f"{THIN}{theme.SIGNIFICANT}"
    if abs(gain) > limit:
        text += f"{THIN}▴" if gain > 0 else f"{THIN}▾"
    return Look(fill, theme.text_on(fill), text, bold=marked, size=13)


def _faint(colors: Palette) -> str:
    return theme.mix(colors.background, colors.accent, 0.25)


def _known(value: Any) -> bool:
    return value is not None and not pd.isna(value)


def _flag(value: Any) -> bool:
    return _known(value) and bool(value)


def _text(value: Any) -> str:
    return str(value) if _known(value) else ""


def _list(value: Any) -> Sequence[float]:
    return [] if value is None or not hasattr(value, "__len__") else list(value)

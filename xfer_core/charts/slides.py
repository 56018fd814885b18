"""A slide ready to be shown or exported: its words, its figure and its table."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from xfer_core.charts import (
    accuracy_latency,
    cell_by_language,
    compare_differences,
    compare_words,
    headlines,
    heatmap,
    heatmap_words,
    latency_points,
    latency_words,
    theme,
    words,
)
from xfer_core.charts.headlines import Headline
from xfer_core.decks import Slide
from xfer_core.snapshots import KINDS, Snapshot
from xfer_core.views.heatmap import margins

WIDTH, HEIGHT = 995, 430
"""Pixels a chart is drawn at. A slide of 1920 x 1080 enlarges them by ``ENLARGED``, so that the
smallest letters of a chart, 12 pixels, are 16 pt there."""
ENLARGED = 1.8
POSTER = (960, 540)
"""Pixels of a picture with headline and source; files have two or four times as many."""


@dataclass(frozen=True)
class Shown:
    """One slide with everything that stands on it."""

    kind: str
    table: pd.DataFrame
    choices: Mapping[str, Any]
    headline: str
    evidence: str
    source: str
    alt: str
    note: str
    snapshot_id: str
    number: int
    of: int

    @property
    def seeds(self) -> str:
        """The seeds behind the numbers: "1, 2, 3"; how many, where only that is known."""
        if "seeds" in self.table:
            lists = [some for some in self.table["seeds"] if hasattr(some, "__len__")]
            return words.listed(sorted({int(seed) for some in lists for seed in some})) or "–"
        counts = {int(count) for count in self.table.get("n_seeds", pd.Series()).dropna()}
        return words.listed(sorted(counts)) + " (counts)" if counts else "–"

    @property
    def filters(self) -> str:
        """The choices it was made with: "catalog mini · encoder mini-s"."""
        told = [
            f"{name} {value}"
            for name, value in self.choices.items()
            if value not in (None, "") and name not in ("sentence", "evidence", "side_a", "side_b")
        ]
        return " · ".join(told)

    @property
    def notes(self) -> str:
        """What a presentation program keeps behind the slide."""
        lines = [
            self.note,
            f"Evidence: {self.evidence}" if self.evidence else "",
            f"Source: {self.source}",
            f"Filters: {self.filters}",
            f"Seeds: {self.seeds}",
            f"Snapshot: {self.snapshot_id}",
            f"Picture: {self.alt}",
        ]
        return "\n".join(words.visible(line) for line in lines if line)


def show(
    slide: Slide,
    snapshot: Snapshot,
    number: int = 1,
    of: int = 1,
    newest: pd.DataFrame | None = None,
) -> Shown:
    """The slide with the words that belong to its data.

    Args:
        slide: as it lies in its deck.
        snapshot: that it names.
        number: place in the deck, from 1.
        of: slides in the deck.
        newest: the table that a live slide shows in place of the frozen one.
    """
    table = snapshot.table if newest is None else newest
    choices = snapshot.choices
    proposal = headlines.propose(snapshot.kind, table, choices)
    when = (
        f"snapshot {snapshot.id} of {snapshot.date}"
        if newest is None
        else f"live data, pinned on {snapshot.date}"
    )
    parts = [
        "SAMPLE data that came with Xfer" if snapshot.sample else "",
        source_line(snapshot.kind, table, choices),
        *words.notes(table),
        legend(snapshot.kind, table),
        when,
    ]
    return Shown(
        snapshot.kind,
        table,
        choices,
        words.visible(slide.headline or proposal.text),
        words.visible(proposal.evidence),
        words.visible(" · ".join(part for part in parts if part)),
        words.visible(alt_text(snapshot.kind, table)),
        slide.note,
        snapshot.id,
        number,
        of,
    )


def proposal(snapshot: Snapshot) -> Headline:
    """The headline that a snapshot's data back."""
    return headlines.propose(snapshot.kind, snapshot.table, snapshot.choices)


def figure(shown: Shown, dark: bool = False, width: int = WIDTH, height: int = HEIGHT) -> go.Figure:
    """The chart at the size of a slide, without headline."""
    table = shown.table
    match shown.kind:
        case "heatmap":
            drawn = heatmap.heatmap(table, *margins(table), None, dark)
            _plain_rows(drawn)
        case "scatter":
            budget = latency_words.as_budget(str(shown.choices.get("budget") or ""))
            room = (width - 90.0, height - 160.0)
            drawn = accuracy_latency.accuracy_latency(table, budget, dark, plot=room)
        case "languages":
            drawn = cell_by_language.cell_by_language(table, dark)
        case "compare":
            drawn = compare_differences.by_language(table, _sides(shown.choices), dark)
        case _:
            raise ValueError(f"no figure for a slide of kind {shown.kind!r}")
    drawn.update_layout(width=width, height=height, template={}, autosize=False)
    return drawn


def has_figure(kind: str) -> bool:
    """Whether slides of this kind are drawn; the others are tables."""
    return kind in KINDS


def poster(shown: Shown, dark: bool = False) -> go.Figure:
    """The chart with headline, evidence and source on it, for a picture that stands alone."""
    colors = theme.palette(dark)
    title = textwrap.wrap(shown.headline, 76)[:3]
    source = textwrap.wrap(f"{shown.evidence} · {shown.source}", 140)
    top, bottom = 26 + 27 * len(title), 12 + 15 * len(source)
    drawn = figure(shown, dark, *POSTER)
    space = drawn.layout.margin
    below = (space.b or 0) + bottom
    drawn.update_layout(
        paper_bgcolor=colors.background,
        plot_bgcolor=colors.background,
        margin={"t": (space.t or 0) + top, "b": below, "l": (space.l or 0) + 24, "r": 24},
        height=POSTER[1] + max(0, len(shown.table.get("row", pd.Series()).unique()) - 9) * 22,
    )
    if drawn.layout.legend.yref == "container":
        drawn.update_layout(legend={"y": 1 - top / drawn.layout.height})
    for text, size, place in (
        ("<br>".join(f"<b>{escape(line)}</b>" for line in title), 20, {"y": 1, "yanchor": "top"}),
        ("<br>".join(map(escape, source)), 11, {"y": 0, "yanchor": "bottom"}),
    ):
        drawn.add_annotation(
            text=text,
            xref="paper",
            yref="paper",
            x=0,
            xanchor="left",
            align="left",
            showarrow=False,
            xshift=10 - drawn.layout.margin.l,
            yshift=(drawn.layout.margin.t - 10) if place["y"] else 6 - below,
            font={"size": size, "color": colors.text if place["y"] else colors.muted},
            **place,
        )
    return drawn


def rows(shown: Shown) -> pd.DataFrame:
    """The table twin of a slide: plain titles, numbers as numbers, rounded as they are shown."""
    table, form = _twin(shown)
    for name, said in form.items():
        if name in table:
            table[name] = [_rounded(value, said) for value in table[name]]
    return table


def said_rows(shown: Shown) -> list[list[str]]:
    """The table twin with every number as it is written; a dash for nothing. Titles first."""
    table, form = _twin(shown)
    lines = [[str(name) for name in table.columns]]
    for record in table.to_dict("records"):
        lines.append([_said(value, form.get(str(name))) for name, value in record.items()])
    return lines


def source_line(kind: str, table: pd.DataFrame, choices: Mapping[str, Any]) -> str:
    """What a number is, and where it was measured."""
    catalog, encoder = str(choices.get("catalog", "")), str(choices.get("encoder", ""))
    language, target = str(choices.get("language") or "zero-shot"), choices.get("target")
    match kind:
        case "heatmap":
            return heatmap_words.measure_line(table, catalog, encoder, language, target)
        case "scatter" if len(latency_points.with_latency(table)):
            return latency_words.conditions_line(table, str(target), language)
        case "languages":
            what = f"{theme.task_label(str(choices.get('intermediate')))} → "
            return (
                f"Gain in points over the same encoder without intermediate task, paired by seed · "
                f"{what}{theme.task_label(str(target))} · encoder {encoder} · catalogue {catalog}"
            )
    sides = " against ".join(reversed(_sides(choices)))
    return (
        f"Difference in points, paired by seed · {sides} · {theme.task_label(str(target))} · "
        f"catalogue {catalog}"
    )


def legend(kind: str, table: pd.DataFrame) -> str:
    """The signs of the picture that need words."""
    match kind:
        case "heatmap":
            return heatmap_words.legend_line(table)
        case "languages":
            return "bars: 95% intervals; hollow: one seed"
    return ""


def alt_text(kind: str, table: pd.DataFrame) -> str:
    """The finding in a sentence, for those who do not see the picture."""
    match kind:
        case "heatmap":
            return heatmap.alt_text(table)
        case "scatter":
            return latency_points.alt_text(table)
        case "languages":
            return cell_by_language.alt_text(table)
    return compare_words.alt_text(table, ("A", "B"))


def _sides(choices: Mapping[str, Any]) -> tuple[str, str]:
    return str(choices.get("side_a", "A")), str(choices.get("side_b", "B"))


def _twin(shown: Shown) -> tuple[pd.DataFrame, Mapping[str, Any]]:
    match shown.kind:
        case "heatmap":
            return heatmap_words.as_table(shown.table), heatmap_words.table_formats()
        case "scatter":
            return latency_words.as_table(shown.table), latency_words.table_formats()
        case "languages":
            return _by_language(shown.table)
    return compare_words.as_table(shown.table), compare_words.formats()


def _by_language(table: pd.DataFrame) -> tuple[pd.DataFrame, Mapping[str, Any]]:
    twin = pd.DataFrame(
        {
            "Language": [words.language(str(code)) for code in table["language"]],
            "Gain, points": table["gain_points"].astype(float),
            "95% low": table["ci_low"].astype(float),
            "95% high": table["ci_high"].astype(float),
            "Score": 100 * table["score"].astype(float),
            "Baseline": 100 * table["baseline"].astype(float),
            "Seeds": table["n_seeds"].fillna(0).astype(int),
        }
    )
    return twin, heatmap_words.table_formats()


def _plain_rows(drawn: go.Figure) -> None:
    """Row titles on one line in one size: small letters cannot be read from afar."""
    titles = [
        str(text).replace("<br><sup>", theme.BETWEEN).replace("</sup>", "")
        for text in drawn.layout.yaxis.ticktext
    ]
    drawn.update_yaxes(ticktext=titles, automargin=True)


def _rounded(value: Any, said: Any) -> Any:
    """The number that is written: its digits are those of the picture."""
    if not isinstance(value, float) or pd.isna(value):
        return None if isinstance(value, float) else value
    text = str(said(value) if callable(said) else said.format(value))
    try:
        return float(text.replace(theme.MINUS, "-").replace(",", ""))
    except ValueError:
        return value


def _said(value: Any, form: Any) -> str:
    if value is None or (not hasattr(value, "__len__") and pd.isna(value)):
        return "–"
    if form is None:
        return words.visible(str(value))
    return str(form(value) if callable(form) else form.format(value))

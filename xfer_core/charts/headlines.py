"""Headlines of slides, by fixed rules: what the data show, hedged or refused where they do not.

A claim ("helps", "hurts", "highest") needs two seeds at least and an interval that leaves out 0;
in a heatmap also the mark after correction. Without it the sentence only reports what was seen, and
with one seed it refuses to say even that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pandas as pd

from xfer_core.charts import cell_look, heatmap_axes, latency_points, theme, words
from xfer_core.charts.cell_look import BASELINE
from xfer_core.domain.language import MEANS, REFERENCE_LANGUAGE

CHANCE = "which chance could explain"
_CLAIM = re.compile(
    r"\b(help|hurt|improve|raise|lower|beat|outperform|win|gain|lose|harm|boost|best|better|worse|"
    r"worst|highest|fastest)(s|ed|es|ing)?\b",
    re.IGNORECASE,
)
_DECIMAL = re.compile(r"[+\-−]?\d+\.\d+")


class Footing(StrEnum):
    """How firmly a headline stands."""

    STANDS = "stands"
    HEDGED = "hedged"
    """The interval covers 0, or the lead is not distinguishable: it only says what was seen."""
    REFUSED = "refused"
    """One seed, or no number: nothing is claimed."""


@dataclass(frozen=True)
class Headline:
    """A sentence, one line of evidence, and how firmly it stands."""

    text: str
    evidence: str
    footing: Footing


def propose(kind: str, table: pd.DataFrame, choices: Mapping[str, Any]) -> Headline:
    """The headline that the data back.

    Args:
        kind: of the slide, one of ``snapshots.KINDS``.
        table: what the slide shows.
        choices: the filters it was made with.
    """
    match kind:
        case "heatmap" if choices.get("target"):
            return _one_target(table, str(choices["target"]))
        case "heatmap":
            return _grid(table)
        case "scatter":
            return _scatter(table, float(choices.get("budget") or 10.0))
        case "languages":
            return _languages(table, choices)
    return _compare(table, choices)


def doubts(
    text: str, kind: str, table: pd.DataFrame, choices: Mapping[str, Any], proposed: str = ""
) -> list[str]:
    """Why the data do not back a headline, in sentences; none if they do.

    Args:
        text: the headline as it stands on the slide.
        kind: of the slide.
        table: what the slide shows now.
        choices: its filters.
        proposed: the proposal at the time of pinning; a headline taken over unchanged has to be
            what the rules would propose today.
    """
    today = propose(kind, table, choices)
    if text == today.text:
        return []
    if text and text == proposed:
        return [f"The data now say: {today.text}."]
    found = [
        f"No number of this slide reads {number}."
        for number in _DECIMAL.findall(text)
        if number.replace("-", theme.MINUS).lstrip("+") not in _shown_numbers(table, today)
    ]
    wrong = _contradicted(text, kind, table)
    if wrong:
        found += wrong
    elif today.footing is not Footing.STANDS and _CLAIM.search(text) and CHANCE not in text:
        found.append(f"It claims more than the data allow: {today.text}.")
    return found


def _grid(table: pd.DataFrame) -> Headline:
    body = _gains(table)
    refused = _too_little(body, "no cell")
    if refused:
        return refused
    marked = _marked(body)
    total = f"{len(marked)} of {len(body)} cells differ from 0 after correction"
    if marked.empty:
        top = _largest(body)
        return Headline(
            f"{_pair(top)}: {theme.signed(top['gain_points'])} points seen, {CHANCE}",
            f"{_certainty(top)}; {total}",
            Footing.HEDGED,
        )
    low, high = _ends(marked)
    if float(low["gain_points"]) > 0:
        text = f"{_said(high, 'helps')} most: {theme.signed(high['gain_points'])} points"
    elif float(high["gain_points"]) < 0:
        text = f"{_said(low, 'hurts')} most: {theme.signed(low['gain_points'])} points"
    else:
        text = (
            f"{_said(high, 'helps')} most ({theme.signed(high['gain_points'])} points); "
            f"{_said(low, 'hurts')} ({theme.signed(low['gain_points'])})"
        )
    first = low if float(high["gain_points"]) < 0 else high
    return Headline(text, f"{_certainty(first)}; {total}", Footing.STANDS)


def _one_target(table: pd.DataFrame, target: str) -> Headline:
    """The intermediate with the largest mean among those with a marked language."""
    zero_shot = table[table["column"] != REFERENCE_LANGUAGE]
    body = _gains(zero_shot if len(_gains(zero_shot)) else table)
    refused = _too_little(body, "no language")
    if refused:
        return refused
    marked = _marked(body)
    rows = body[body["row"].isin(set(marked["row"]))] if len(marked) else body
    means = rows.groupby("row", sort=False)["gain_points"].mean()
    name = str(means.abs().idxmax())
    own, flags = body[body["row"] == name], marked[marked["row"] == name]
    mean = f"mean {theme.signed(float(means[name]))} points"
    task, goal = theme.task_label(name), theme.task_label(target)
    spread = f"{_range(own)}; {_seeds(own)}"
    if marked.empty:
        over = words.plural(len(own), "language")
        return Headline(_by_chance(task, goal, mean, over), spread, Footing.HEDGED)
    counts = _counts(int((flags["gain_points"] > 0).sum()), int((flags["gain_points"] < 0).sum()))
    verb, count = counts
    return Headline(
        f"{task} {verb} {goal} in {count} of {words.plural(len(own), 'language')}, {mean}",
        f"{spread}; counted: languages whose gain differs from 0 after correction",
        Footing.STANDS,
    )


def _languages(table: pd.DataFrame, choices: Mapping[str, Any]) -> Headline:
    """One cell by language; no correction was made, so the interval alone decides."""
    known = table[table["gain_points"].notna()]
    zero_shot = known[known["language"] != REFERENCE_LANGUAGE]
    body = zero_shot if len(zero_shot) else known
    refused = _too_little(body, "no language")
    if refused:
        return refused
    task = theme.task_label(str(choices.get("intermediate", "")))
    goal = theme.task_label(str(choices.get("target", "")))
    clear = _clear(body)
    mean = f"mean {theme.signed(float(body['gain_points'].mean()))} points"
    spread = f"{_range(body)}; {_seeds(body)}"
    over = words.plural(len(body), "language")
    if clear.empty:
        return Headline(_by_chance(task, goal, mean, over), spread, Footing.HEDGED)
    rule = "counted: languages whose 95% interval leaves out 0, each on its own"
    up = int((clear["gain_points"] > 0).sum())
    if 2 * max(up, len(clear) - up) < len(body):
        # Of twenty intervals one leaves out 0 by chance: a few clear ones carry no claim.
        text = f"{task} → {goal}: {mean}, clear in only {len(clear)} of {over}"
        return Headline(text, f"{spread}; {rule}", Footing.HEDGED)
    verb, count = _counts(up, len(clear) - up)
    text = f"{task} {verb} {goal} in {count} of {over}, {mean}"
    return Headline(text, f"{spread}; {rule}", Footing.STANDS)


def _scatter(table: pd.DataFrame, budget: float) -> Headline:
    rows = latency_points.with_latency(table)
    clean = rows[~rows["contended"].astype(bool)]
    inside = clean[clean["p50_ms"] <= budget].sort_values(
        ["score", "p50_ms"], ascending=[False, True]
    )
    limit = latency_points.ms(budget)
    if inside.empty:
        reason = f"{words.plural(len(rows), 'model')} measured, none cleanly under {limit}"
        return Headline(f"No clean measurement under {limit} yet", reason, Footing.REFUSED)
    best = inside.iloc[0]
    who, score = latency_points.name(best), theme.percent(best["score"])
    evidence = (
        f"{who}: {score}{latency_points.spread(best)} at {latency_points.ms(best['p50_ms'])}, "
        f"{latency_points.seeds(best)}; {len(inside)} models within the budget"
    )
    if pd.isna(best["score_ci_low"]):
        return Headline(
            f"Under {limit}: one seed per model, so no model can be called ahead",
            evidence,
            Footing.REFUSED,
        )
    others = inside.iloc[1:]
    close = int((~(others["score_ci_high"] < best["score_ci_low"])).sum())
    over_budget = bool(best["p50_ci_high_ms"] > budget)
    if close or over_budget:
        why = (
            f"not told apart from {close} of the other {len(others)}"
            if close
            else "but its interval reaches past the budget"
        )
        text = f"Under {limit}, {who} was seen at {score}, {why}"
        return Headline(text, evidence, Footing.HEDGED)
    return Headline(f"Under {limit}, {who} scores highest: {score}", evidence, Footing.STANDS)


def _compare(table: pd.DataFrame, choices: Mapping[str, Any]) -> Headline:
    """The sentence of the compare page, which hedges by the same rules."""
    text, evidence = str(choices.get("sentence", "")), str(choices.get("evidence", ""))
    row = table[table["language"] == choices.get("language")]
    row = row[row["difference_points"].notna()]
    if row.empty or int(row.iloc[0]["n_seeds"]) < 2:
        return Headline(text or "No difference can be told yet", evidence, Footing.REFUSED)
    low, high = float(row.iloc[0]["ci_low"]), float(row.iloc[0]["ci_high"])
    footing = Footing.STANDS if low > 0 or high < 0 else Footing.HEDGED
    return Headline(text, evidence, footing)


def _gains(table: pd.DataFrame) -> pd.DataFrame:
    return table[(table["row"] != BASELINE) & table["gain_points"].notna()]


def _too_little(body: pd.DataFrame, what: str) -> Headline | None:
    """The refusal where there is no gain, or one seed everywhere."""
    if body.empty:
        return Headline(
            "No gain has been measured yet", f"{what} has a score and a baseline", Footing.REFUSED
        )
    if (body["n_seeds"].fillna(0) < 2).all():
        return Headline(
            "One seed so far: nothing can be said about chance",
            f"{_range(body)}; 1 seed; a second one gives intervals",
            Footing.REFUSED,
        )
    return None


def _clear(body: pd.DataFrame) -> pd.DataFrame:
    """Rows of two seeds or more whose interval leaves out 0."""
    outside = (body["ci_low"].astype(float) > 0) | (body["ci_high"].astype(float) < 0)
    return body[outside & (body["n_seeds"].fillna(0) > 1)]


def _marked(body: pd.DataFrame) -> pd.DataFrame:
    clear = _clear(body)
    return clear[clear["significant"].fillna(False).astype(bool)]


def _largest(body: pd.DataFrame) -> dict[str, Any]:
    """The row of two seeds or more with the largest gain or loss."""
    several = body[body["n_seeds"].fillna(0) > 1]
    return max(cell_look.records(several), key=lambda row: abs(float(row["gain_points"])))


def _ends(marked: pd.DataFrame) -> tuple[dict[str, Any], dict[str, Any]]:
    """The rows of the lowest and of the highest gain."""
    order = cell_look.records(marked.sort_values("gain_points", kind="stable"))
    return order[0], order[-1]


def _counts(up: int, down: int) -> tuple[str, str]:
    """Verb and count, the more frequent direction first: ("helps", "5"), and what opposes it."""
    if up and down:
        verbs = ("helps", up, "hurts", down) if up >= down else ("hurts", down, "helps", up)
        return f"{verbs[0]}", f"{verbs[1]} and {verbs[2]} in {verbs[3]}"
    return ("helps", str(up)) if up else ("hurts", str(down))


def _by_chance(task: str, goal: str, mean: str, over: str) -> str:
    if mean == "mean 0.0 points":
        return f"{task} → {goal}: no difference seen over {over}"
    return f"{task} → {goal}: {mean} over {over}, {CHANCE}"


def _pair(record: Any) -> str:
    return f"{theme.task_label(record['row'])} → {heatmap_axes.column_label(record['column'])}"


def _said(record: Any, verb: str) -> str:
    column = heatmap_axes.column_label(record["column"])
    return f"{theme.task_label(record['row'])} {verb} {column}"


def _certainty(record: Any) -> str:
    bounds = theme.interval(record["ci_low"], record["ci_high"])
    code = str(record.get("language", ""))
    count = record.get("n_languages")
    over = words.language(code, int(count) if code in MEANS and pd.notna(count) else None)
    said = "no interval" if bounds == "no interval" else f"95% interval {bounds}"
    return f"{over}, {said}, {words.plural(int(record['n_seeds']), 'seed')}"


def _range(body: pd.DataFrame) -> str:
    low, high = body["gain_points"].min(), body["gain_points"].max()
    return f"from {theme.signed(low)} to {theme.signed(high)} points"


def _seeds(body: pd.DataFrame) -> str:
    counts = sorted({int(count) for count in body["n_seeds"].dropna()})
    if len(counts) == 1:
        return words.plural(counts[0], "seed")
    return f"{counts[0]} to {counts[-1]} seeds"


def _shown_numbers(table: pd.DataFrame, today: Headline) -> set[str]:
    """Every decimal that the slide shows, without its plus."""
    found = set()
    for name in ("gain_points", "difference_points", "ci_low", "ci_high", "sd_points"):
        found |= {theme.signed(value) for value in _floats(table, name)}
    for name in ("score", "baseline", "score_a", "score_b", "score_ci_low", "score_ci_high"):
        found |= {theme.percent(value) for value in _floats(table, name)}
    for name in ("p50_ms", "p95_ms"):
        found |= {f"{value:.3g}" for value in _floats(table, name)}
    found |= set(_DECIMAL.findall(f"{today.text} {today.evidence}"))
    return {number.replace("-", theme.MINUS).lstrip("+") for number in found}


def _floats(table: pd.DataFrame, name: str) -> list[float]:
    return list(table[name].dropna().astype(float)) if name in table else []


def _contradicted(text: str, kind: str, table: pd.DataFrame) -> list[str]:
    """Claims about single cells that the cells do not bear out."""
    if kind != "heatmap":
        return []
    body = _gains(table)
    clear = set(_marked(body).index)
    found = []
    for at, record in zip(body.index, cell_look.records(body), strict=True):
        for verb, sign in (("helps", 1), ("hurts", -1)):
            if _said(record, verb).lower() not in text.lower():
                continue
            if at not in clear or sign * float(record["gain_points"]) <= 0:
                found.append(
                    f"{_pair(record)} is {theme.signed(record['gain_points'])} "
                    f"({_certainty(record)}), which does not show that it {verb}."
                )
    return found

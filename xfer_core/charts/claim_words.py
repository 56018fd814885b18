"""Verdicts in words and signs, and the tables of the Evidence page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from xfer_core.charts import theme, words
from xfer_core.domain.language import ALL

VERDICTS = {
    "supported": ("Supported", "check_circle", "blue"),
    "contradicted": ("Contradicted", "cancel", "orange"),
    "inconclusive": ("Inconclusive", "help", "violet"),
    "not_run": ("Not run yet", "hourglass_empty", "gray"),
}
"""Verdict -> words, sign and colour: each says it alone."""
HOW_TO_READ = (
    "Each claim is judged by a fixed rule from this store's own cells. Supported: the interval of "
    "the gain lies above 0. Contradicted: it ends below half a point, or points the other way. "
    "Inconclusive: both are possible still, or cells are missing. One seed never decides. A "
    "verdict holds for the catalogue and encoder named, no further."
)
HOW_TO_READ_PUBLISHED = (
    "Across: what was published. Upwards: what was measured here. On the line both agree. Read the "
    "differences in the table before you compare: another split, encoder or text moves a figure "
    "by more than most gains."
)
HOW_TO_READ_LANGUAGES = (
    "One point per language. The rank correlation says whether languages with more of a property "
    "gain more; its interval is too narrow, because related languages are not independent. The "
    "model is judged on languages that it has not seen: below 0 it is worse than guessing the mean."
    " Distances are those of URIEL+ (syntactic features known of both languages)."
)
FEATURES = {
    "overlap": "share of tokens that English has too",
    "length_ratio": "tokens for one English token",
    "tokens_per_word": "tokens per word",
    "distance": "distance from English in syntax (0 to 1)",
    "pretraining_tokens": "tokens in the pretraining text, millions",
}
"""Feature -> what its axis says."""


def verdict(name: str) -> str:
    """A verdict as a person says it."""
    return VERDICTS[name][0]


def counts_line(counts: Mapping[Any, int]) -> str:
    """How many claims have each verdict."""
    return " · ".join(f"{count} {verdict(str(name)).lower()}" for name, count in counts.items())


def cells_table(cells: pd.DataFrame) -> pd.DataFrame:
    """The cells behind a verdict, as a reader wants them."""
    return pd.DataFrame(
        {
            "Intermediate task": cells["intermediate"].map(theme.task_label),
            "Target": cells["target"].map(theme.task_label),
            "Gain, points": cells["gain_points"].astype(float),
            "Low": cells["ci_low"].astype(float),
            "High": cells["ci_high"].astype(float),
            "p": cells["p_value"].astype(float),
            "Seeds": [words.listed(seeds) for seeds in cells["seeds"]],
            "Languages": cells["n_languages"].astype("Int64"),
        }
    )


def cells_formats() -> dict[str, Any]:
    """How each number of ``cells_table`` is written."""
    return {**dict.fromkeys(("Gain, points", "Low", "High"), theme.signed), "p": p_value}


def p_value(value: float) -> str:
    """A p-value with three decimals; very small ones as "< 0.001"."""
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def runs_line(specs: Sequence[Any]) -> str:
    """What the missing runs measure: cells, seeds, split."""
    lines = []
    for spec in specs:
        names = [name for name in spec.intermediates if name != "none"]
        split = ", scored on dev" if spec.settings.evaluation.split == "dev" else ""
        seeds = f"seed{'s' if len(spec.seeds) > 1 else ''} {words.listed(spec.seeds)}"
        said = f"{_few(names, 'intermediate task')} on {_few(spec.targets, 'target')}"
        lines.append(f"{said}, {seeds}{split}")
    return "; ".join(lines)


def _few(names: Sequence[str], noun: str) -> str:
    """Up to three by name, else their count."""
    if len(names) > 3 or any(name.startswith("multi:") for name in names):
        return words.plural(len(names), noun)
    return words.listed(map(theme.task_label, names))


def published_table(table: pd.DataFrame) -> pd.DataFrame:
    """Published figures beside measured ones, those with a counterpart first."""
    rows = table.assign(_without=table["measured"].isna())
    rows = rows.sort_values(["_without", "what", "target", "model"], kind="stable")
    return pd.DataFrame(
        {
            "Model": rows["model"],
            "Target": rows["target"].map(_target),
            "Language": [_language(code) for code in rows["language"]],
            "Metric": rows["metric"].map(_metric),
            "Published": rows["published"],
            "Measured": rows["measured"],
            "Low": rows["ci_low"],
            "High": rows["ci_high"],
            "Difference": rows["difference"],
            "Measured as": rows["measured_as"],
            "Differs in": rows["differs"],
            "How it was published": rows["protocol"],
            "Source": rows["source"],
        }
    ).reset_index(drop=True)


def published_formats(what: str) -> dict[str, Any]:
    """How each number of ``published_table`` is written; gains have a sign."""
    figures = dict.fromkeys(
        ("Published", "Measured", "Low", "High"), theme.signed if what == "gain" else one
    )
    return {**figures, "Difference": theme.signed}


def one(value: float) -> str:
    """Points with one decimal and a true minus."""
    return f"{value:.1f}".replace("-", theme.MINUS)


def published_line(table: pd.DataFrame) -> str:
    """How many figures have a counterpart."""
    known = int(table["measured"].notna().sum())
    return (
        f"{words.plural(len(table), 'published figure')}, {known} with a counterpart in this "
        "store. All were read in the source named; figures from memory or of superseded versions "
        "are left out."
    )


def languages_table(table: pd.DataFrame) -> pd.DataFrame:
    """The languages with their gain and properties, the largest gain first."""
    rows = table.sort_values("gain_points", ascending=False)
    return pd.DataFrame(
        {
            "Language": rows["name"],
            "Family": rows["family"],
            "Script": rows["script"],
            "Gain, points": rows["gain_points"],
            "Score": 100 * rows["score"],
            "Overlap": rows["overlap"],
            "Tokens for one English": rows["length_ratio"],
            "Tokens per word": rows["tokens_per_word"],
            "Distance from English": rows["distance"],
            "Pretraining tokens, M": rows["pretraining_tokens"],
        }
    ).reset_index(drop=True)


def languages_formats() -> dict[str, Any]:
    """How each number of ``languages_table`` is written."""
    numbers = ("Overlap", "Tokens for one English", "Tokens per word", "Distance from English",
               "Pretraining tokens, M")  # fmt: skip
    two = dict.fromkeys(numbers, "{:.2f}")
    return {"Gain, points": theme.signed, "Score": "{:.1f}", **two}


def ranks_table(ranks: pd.DataFrame) -> pd.DataFrame:
    """Intermediate tasks by how likely each is the best."""
    return pd.DataFrame(
        {
            "Intermediate task": ranks["intermediate"].map(theme.task_label),
            "Best with": 100 * ranks["probability_best"],
            "Gain, points": ranks["gain_points"],
            "Low": ranks["ci_low"],
            "High": ranks["ci_high"],
            "Rank": [
                f"{low} to {high}"
                for low, high in zip(ranks["rank_low"], ranks["rank_high"], strict=True)
            ],
            "Seeds": ranks["n_seeds"],
        }
    )


def ranks_formats() -> dict[str, Any]:
    """How each number of ``ranks_table`` is written."""
    signed = dict.fromkeys(("Gain, points", "Low", "High"), theme.signed)
    return {**signed, "Best with": "{:.0f}%"}


def budget_lines(found: Any) -> list[str]:
    """Which models a latency budget left out, and how fast the recommended one is.

    Args:
        found: ``claims.recommending.Recommendation``.
    """
    left_out = ((found.over_budget, "over the budget"), (found.untimed, "not timed"))
    lines = [f"Left out, {why}: {words.listed(names)}" for names, why in left_out if names]
    if not pd.isna(found.latency_ms):
        lines.append(f"Median latency of one input: {found.latency_ms:.2f} ms")
    return lines


def correlation_line(feature: str, found: Any) -> str:
    """A rank correlation with its interval, hedged where it covers 0."""
    said = FEATURES[feature]
    if found.n < 4 or pd.isna(found.rho):
        return f"{said}: too few languages for a correlation ({found.n})."
    sign = "no clear relation" if found.low <= 0 <= found.high else "goes with"
    more = "" if sign != "goes with" else (" larger gains" if found.rho > 0 else " smaller gains")
    return (
        f"{said}: {sign}{more} (rank correlation {_two(found.rho)}, 95% interval "
        f"{_two(found.low)} to {_two(found.high)}, {found.n} languages)."
    )


def model_line(model: Any) -> str:
    """What the properties together predict, judged on languages left out."""
    if model is None:
        return "A model needs five languages or more with known properties."
    helps = "help" if model.explained_low > 0 else "do not reliably help"
    return (
        f"Together the properties {helps} to predict the gain of a language not seen: error "
        f"{model.error_points:.1f} points against {model.guess_error_points:.1f} by guessing the "
        f"mean of the others (explained {_two(model.explained)}, 95% interval "
        f"{_two(model.explained_low)} to {_two(model.explained_high)}, {model.n_languages} "
        "languages)."
    )


def _two(value: float) -> str:
    text = f"{value:+.2f}"
    return text.replace("-", theme.MINUS)


def _target(name: str) -> str:
    return "XTREME" if name == "xtreme" else theme.task_label(name)


def _language(code: str) -> str:
    return "mean, English too" if code == ALL else words.language(code)


def _metric(name: str) -> str:
    return "gain" if name == "gain_points" else words.metric(name)

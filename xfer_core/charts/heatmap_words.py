"""The lines of text round the heatmap: what a number is, the legend, the coverage, the table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from xfer_core.charts import cell_look, theme, words
from xfer_core.charts.cell_look import BASELINE
from xfer_core.domain.language import REFERENCE_LANGUAGE, ZERO_SHOT

HOW_TO_READ = (
    "Each cell compares two models that differ only in the first training step. Blue: the "
    "intermediate task helped the target; orange: it hurt; pale: no change. "
    "A dot means the gain stands after correction for the number of cells. Numbers without a sign, "
    "as in the top row, are scores. Click a cell for its seeds, languages and runs."
)
GLOSSARY = {
    "Intermediate task": "an English task that the encoder learns before the target task.",
    "Target task": "the task that counts: learned in English, tested in every language.",
    "Gain": "score with the intermediate task minus score without it, same seeds, in points.",
    "Seed": "one repetition of the training with other random numbers.",
    "Zero-shot": "tested in a language without training data for the target; English is not.",
    "95% interval": "where the true gain would lie in 95 of 100 such experiments.",
}


def measure_line(
    table: pd.DataFrame,
    catalog: str,
    encoder: str,
    language: str | None,
    target: str | None,
    each: bool = False,
) -> str:
    """What a number is: metric, languages, encoder, catalogue, seeds; ``each``: all languages."""
    metrics = " or ".join(sorted({words.metric(m) for m in table["metric"].dropna()}))
    measured = table[table["score"].notna()]
    count = None if measured.empty else int(measured["n_languages"].max())
    what = theme.task_label(target) if target else words.language(language or ZERO_SHOT, count)
    if each:
        languages = measured.loc[measured["score"].notna(), "language"].nunique()
        what = f"one picture for each of {words.plural(languages, 'language')}, one scale for all"
    left_out = ", English left out" if language == ZERO_SHOT and not target and not each else ""
    seeds = sorted({seed for some in measured["seeds"].dropna() for seed in some})
    parts = [
        "Gain over the same encoder without intermediate task, paired by seed, in points of "
        f"{metrics or 'its metric'}",
        f"{what}{left_out}",
        f"encoder {encoder}",
        f"catalogue {catalog}",
        f"seeds {words.listed(seeds)}" if len(seeds) > 1 else f"seed {words.listed(seeds) or '–'}",
        "test split",
    ]
    return " · ".join(parts)


def coverage_line(table: pd.DataFrame) -> str:
    """How much of the grid is there: "16 of 16 cells, 2 seeds, 0 failed"; and how new it is."""
    cells = table[(table["row"] != BASELINE) & (table["state"] != cell_look.NOT_APPLICABLE)]
    done = int(cells["gain_points"].notna().sum())
    failed = int((cells["state"] == cell_look.FAILED).sum())
    seeds = cells.loc[cells["gain_points"].notna(), "n_seeds"].astype(int)
    spread = sorted(set(seeds))
    count = "no seed" if not spread else words.plural(spread[-1], "seed")
    if len(spread) > 1:
        count = f"{spread[0]} to {spread[-1]} seeds"
    newest = table["recorded_at"].max() if done else None
    return (
        f"{done} of {len(cells)} cells, {count}, {failed} failed · "
        f"newest result {words.date(newest)}"
    )


def older_line(table: pd.DataFrame, most: int = 4) -> str:
    """The cells whose only results come from other settings than the newest; empty if none."""
    older = table[(table["state"] == cell_look.NOT_RUN) & (table["message"].fillna("") != "")]
    pairs = list(dict.fromkeys(zip(older["row"], older["target"], strict=True)))
    if not pairs:
        return ""
    names = [f"{theme.task_label(row)} → {theme.task_label(target)}" for row, target in pairs]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    others = older["message"].str.contains("other").any()
    which = "other" if others else "older"
    what = "choose their settings to see them" if others else "run them again"
    return (
        f"Measured with {which} settings only, so not comparable and not shown: "
        f"{words.listed(names[:most])}{more}; {what}"
    )


def legend_line(table: pd.DataFrame, borders: bool = True) -> str:
    """The signs that occur in this picture, and no others; ``borders``: whether they are drawn."""
    body = table[table["row"] != BASELINE]
    states = set(body["state"])
    limit = theme.clean_limit(body["gain_points"].dropna())
    measured = body[body["gain_points"].notna()]
    signs = [
        (bool(_flags(measured).any()), "● differs from 0 after correction over these cells (5%)"),
        (
            bool((measured["n_seeds"] == 1).any()),
            f"{'dashed border: one seed' if borders else 'one seed'}, never marked",
        ),
        (bool((measured["gain_points"].abs() > limit).any()), "▴▾ beyond the colour scale"),
        (cell_look.NOT_RUN in states, "hatched: not run"),
        (cell_look.RUNNING in states, "lines: running"),
        (cell_look.FAILED in states, "✕ failed"),
        (
            cell_look.UNPAIRED in states,
            f"{'dotted border' if borders else 'number without sign'}: score without a baseline",
        ),
        (cell_look.NOT_APPLICABLE in states, "blank: the task has no such language"),
    ]
    return " · ".join(text for occurs, text in signs if occurs)


def means_line(
    row_means: pd.DataFrame, column_means: pd.DataFrame, by_language: bool = False
) -> str:
    """Over what the means are taken, and whether they can be compared."""
    if row_means["k"].sum() == 0:
        return ""
    parts = [
        "" if means.empty or bool(means["comparable"].all()) else what
        for means, what in ((row_means, "rows"), (column_means, "columns"))
    ]
    mixed = " and ".join(part for part in parts if part)
    if mixed:
        return f"the means of {mixed} cover different cells, so do not compare them"
    reference = "; English is in no mean over languages" if by_language else ""
    return f"means only over cells present in all that are compared, each counted once{reference}"


def as_table(table: pd.DataFrame, facets: bool = False) -> pd.DataFrame:
    """The same numbers as the picture, in columns with plain titles; one row per cell.

    With ``facets`` (a picture per language) the first column names the language.
    """
    body = table.reset_index(drop=True)
    return pd.DataFrame(
        {
            **({"Language": body["language"].map(words.language)} if facets else {}),
            "Intermediate task": body["row"].map(theme.task_label),
            "Column": body["column"].map(_column_title),
            "Gain, points": body["gain_points"].astype(float),
            "95% low": body["ci_low"].astype(float),
            "95% high": body["ci_high"].astype(float),
            "Marked": ["●" if flag else "" for flag in _flags(body)],
            "Score": 100 * body["score"].astype(float),
            "Baseline": 100 * body["baseline"].astype(float),
            "Seeds": body["n_seeds"].fillna(0).astype(int),
            "State": [cell_look.WORDS.get(name, name) for name in body["state"]],
        }
    )


def table_formats() -> Mapping[str, Any]:
    """How each number of ``as_table`` is written: as in the picture."""
    return {
        "Gain, points": theme.signed,
        "95% low": theme.signed,
        "95% high": theme.signed,
        "Score": _one_decimal,
        "Baseline": _one_decimal,
    }


def zero_shot(table: pd.DataFrame) -> pd.DataFrame:
    """The cells without those of English, which is the reference and in no zero-shot mean."""
    return table[table["column"] != REFERENCE_LANGUAGE]


def strongest(table: pd.DataFrame) -> tuple[str, str] | None:
    """Row and column of the largest gain, first of those that stand after correction.

    Without any gain the first cell that can be mended: one without a baseline, one that failed,
    else any; None without cells.
    """
    body = table[(table["row"] != BASELINE) & table["gain_points"].notna()]
    body = zero_shot(body) if len(zero_shot(body)) else body
    if body.empty:
        return _worth_a_look(table[table["row"] != BASELINE])
    marked = body[_flags(body)]
    best = (body if marked.empty else marked).sort_values("gain_points").iloc[-1]
    return str(best["row"]), str(best["column"])


def _worth_a_look(rows: pd.DataFrame) -> tuple[str, str] | None:
    if rows.empty:
        return None
    for state in (cell_look.UNPAIRED, cell_look.FAILED):
        if (rows["state"] == state).any():
            rows = rows[rows["state"] == state]
            break
    return str(rows.iloc[0]["row"]), str(rows.iloc[0]["column"])


def fingerprint(table: pd.DataFrame) -> int:
    """Changes when a number or a state of the picture does."""
    columns = ["row", "column", "state", "score", "gain_points", "n_seeds", "recorded_at"]
    return int(pd.util.hash_pandas_object(table[columns].astype(str), index=False).sum())


def _flags(table: pd.DataFrame) -> pd.Series[bool]:
    return table["significant"].fillna(False).astype(bool) & (table["n_seeds"] != 1)


def _column_title(name: str) -> str:
    label = theme.task_label(name)
    return words.language(name) if label == name else label


def _one_decimal(value: float | None) -> str:
    return theme.percent(None if value is None else value / 100)

"""Results made elsewhere in words and tables; their mark keeps them apart from measured ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from xfer_core.charts import theme, words
from xfer_core.domain.language import MEANS
from xfer_core.domain.run import NO_INTERMEDIATE

MARK = "◇"
"""In front of every imported number; no measured one has it."""
RULE = (
    f"{MARK} Made elsewhere and imported: shown beside what was measured here, never in a mean, a "
    "gain, a claim or a recommendation."
)
COLUMN = f"{MARK} Imported"
_CELL = ["intermediate", "target", "language"]


def value(row: Mapping[Any, Any]) -> str:
    """An imported score with its mark: "◇ 79.2", or how many languages of a mean it has."""
    if pd.isna(row["score"]):
        return f"{MARK} {int(row['n_languages'])} of {int(row['n_wanted'])} languages"
    return f"{MARK} {theme.percent(row['score'])}"


def source(row: Mapping[Any, Any]) -> str:
    """Where a number is from."""
    return words.visible(str(row["origin"] or "")) or "no source named"


def title(target: str, language: str) -> str:
    """What the table is about: "Results made elsewhere on XNLI, Swahili"."""
    return f"Results made elsewhere on {theme.task_label(target)}, {words.language(language)}"


def beside(table: pd.DataFrame, record: Mapping[str, Any], encoder: str) -> list[str]:
    """What others had in the place of one cell: a line for each source.

    Args:
        table: the view ``imported`` for the cell's target and language.
        record: the cell, a row of the heatmap.
        encoder: of the cell.
    """
    same = table[(table["encoder"] == encoder) & (table["intermediate"] == record["row"])]
    return [
        f"{value(row)} points of {words.metric(str(row['metric']))}, imported: {source(row)}"
        for row in same.to_dict("records")
    ]


def as_table(
    table: pd.DataFrame, encoder: str | None = None, intermediate: str | None = None
) -> pd.DataFrame:
    """Imported results with plain titles, those of the model looked at first, then the best."""
    own = (table["encoder"] == encoder) & (
        table["intermediate"] == (intermediate or NO_INTERMEDIATE)
    )
    rows = table.assign(_own=own).sort_values(
        ["_own", "score", "encoder"], ascending=[False, False, True], na_position="last"
    )
    records = rows.to_dict("records")
    notes = [words.visible(str(row["note"] or "")) for row in records]
    several = rows["metric"].nunique() > 1
    return pd.DataFrame(
        {
            "Model": [_model(row) for row in records],
            **({"Metric": rows["metric"].map(words.metric)} if several else {}),
            COLUMN: [value(row) for row in records],
            "Measured here": 100 * rows["measured"].astype(float),
            "Source": [source(row) for row in records],
            **({"Note": notes} if any(notes) else {}),
        }
    ).reset_index(drop=True)


def table_formats() -> dict[str, Any]:
    """How each number of ``as_table`` is written."""
    return {"Measured here": "{:.1f}"}


def with_column(twin: pd.DataFrame, shown: pd.DataFrame, imported: pd.DataFrame) -> pd.DataFrame:
    """The table twin of the heatmap with what others had in the place of its cells.

    Args:
        twin: one row per row of ``shown``, in its order.
        shown: the view ``heatmap``.
        imported: the view ``imported`` of the same encoder.

    Returns:
        The twin, with one more column where anything was imported for one of the cells.
    """
    told: dict[tuple[Any, ...], list[str]] = {}
    for row in imported.to_dict("records"):
        said = f"{value(row)} {words.metric(str(row['metric']))} ({source(row)})"
        told.setdefault(tuple(row[name] for name in _CELL), []).append(said)
    cells = zip(shown["row"], shown["target"], shown["language"], strict=True)
    column = ["; ".join(told.get(cell, [])) for cell in cells]
    return twin.assign(**{COLUMN: column}) if any(column) else twin


def _model(row: Mapping[Any, Any]) -> str:
    """Encoder and what was trained before: "XLM-R large", "XLM-R large + MNLI"."""
    trained = row["intermediate"] != NO_INTERMEDIATE
    behind = f" + {theme.task_label(str(row['intermediate']))}" if trained else ""
    return words.visible(f"{row['encoder']}{behind}")


def alt_text(table: pd.DataFrame) -> str:
    """The finding in a sentence."""
    sources = table["origin"].nunique()
    over = " as means over languages" if set(table["language"]) & set(MEANS) else ""
    return (
        f"{words.plural(len(table), 'imported result')}{over} from "
        f"{words.plural(sources, 'source')}, beside what was measured here."
    )

"""A block for a model card on the Hugging Face hub: what was measured, as metadata and as tables.

The metadata (``model-index``) is what the hub reads; the tables are for people. Scores are means
over seeds in [0, 1] in the metadata, points in the tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import yaml

from xfer_core.charts import theme, words
from xfer_core.domain.errors import UsageError
from xfer_core.domain.language import MEANS
from xfer_core.domain.run import NO_INTERMEDIATE

TYPES = {
    "accuracy": "accuracy",
    "f1": "f1",
    "macro_f1": "f1",
    "span_f1": "f1",
    "token_accuracy": "accuracy",
    "squad_f1": "f1",
    "squad2_f1": "f1",
    "mlqa_f1": "f1",
    "squad_exact_match": "exact_match",
    "squad2_exact_match": "exact_match",
    "mlqa_exact_match": "exact_match",
}
"""The hub's names of our metrics; others go by their own."""
SOURCE = "Measured with Xfer"


def hf_card(table: pd.DataFrame, kinds: dict[str, str], date: str) -> str:
    """Metadata in front, then one table per model and target.

    Args:
        table: the view ``gains`` of one encoder, all languages.
        kinds: kind of each target, such as "pair-classification".
        date: of the export.

    Raises:
        UsageError: no scores.
    """
    rows = table[table["score"].notna()]
    if rows.empty:
        raise UsageError(
            "Expected measured scores for the model card; there are none. Name an encoder and an "
            "intermediate task that 'xfer gains' lists."
        )
    single = rows[~rows["language"].isin(MEANS)]
    metadata = {
        "language": sorted({str(code) for code in single["language"]}),
        "tags": ["cross-lingual-transfer", "intermediate-task-training"],
        "model-index": [
            {"name": _model(encoder, name), "results": _results(part, kinds)}
            for (encoder, name), part in single.groupby(["encoder", "intermediate"], sort=True)
        ],
    }
    front = yaml.safe_dump(metadata, sort_keys=False, allow_unicode=False, width=100)
    parts = [f"---\n{front}---", "## Evaluation", _how(rows, date), *_tables(rows)]
    return "\n\n".join(parts) + "\n"


def _results(part: pd.DataFrame, kinds: dict[str, str]) -> list[dict[str, Any]]:
    found = []
    for (target, language), cells in part.groupby(["target", "language"], sort=True):
        found.append(
            {
                "task": {"type": kinds.get(str(target), "other")},
                "dataset": {
                    "name": f"{theme.task_label(str(target))} ({language})",
                    "type": words.visible(str(target)),
                    "config": str(language),
                    "split": "test",
                },
                "metrics": [
                    {
                        "type": TYPES.get(str(cell["metric"]), str(cell["metric"])),
                        "name": words.metric(str(cell["metric"])),
                        "value": round(float(cell["score"]), 4),
                    }
                    for cell in cells.to_dict("records")
                ],
            }
        )
    return found


def _how(rows: pd.DataFrame, date: str) -> str:
    seeds = sorted({int(count) for count in rows["n_seeds"].dropna()})
    count = str(seeds[0]) if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
    return (
        f"{SOURCE} on {date}, test split, mean over {count} seed{'' if count == '1' else 's'}. "
        "Trained on English alone. Gain: against the same encoder without the intermediate task, "
        "paired by seed, in points, with its 95% interval; a gain of one seed has none and proves "
        "nothing."
    )


def _tables(rows: pd.DataFrame) -> list[str]:
    found = []
    for (encoder, name, target), cells in rows.groupby(
        ["encoder", "intermediate", "target"], sort=True
    ):
        title = f"{_model(encoder, name)}: {theme.task_label(str(target))}"
        metrics = list(dict.fromkeys(cells["metric"]))
        lines = [_line(cell, len(metrics) > 1) for cell in _in_order(cells).to_dict("records")]
        head = ["Language", "Score", "Gain", "95% interval", "Seeds"]
        what = words.listed(words.metric(str(metric)) for metric in metrics)
        told = "".join(f" {_cell(line)}" for line in words.notes(cells.drop(columns="target")))
        found.append(
            f"### {_cell(title)}\n\nScore: {_cell(what)}, points.{told}\n\n{_table(head, lines)}"
        )
    return found


def _in_order(cells: pd.DataFrame) -> pd.DataFrame:
    """Single languages first, then the means."""
    means = cells["language"].isin(MEANS)
    return cells.assign(_mean=means).sort_values(["_mean", "language", "metric"], kind="stable")


def _line(cell: dict[Any, Any], several: bool) -> list[str]:
    language = words.language(str(cell["language"]))
    metric = f" ({words.metric(str(cell['metric']))})" if several else ""
    trained = cell["intermediate"] != NO_INTERMEDIATE
    return [
        language + metric,
        theme.percent(cell["score"]),
        theme.signed(cell["gain_points"]) if trained else "–",
        theme.interval(cell["ci_low"], cell["ci_high"]) if trained else "–",
        str(int(cell["n_seeds"])),
    ]


def _table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    rule = ["---", *("---:" for _ in head[1:])]
    every = [head, rule, *([_cell(text) for text in line] for line in lines)]
    return "\n".join(f"| {' | '.join(line)} |" for line in every)


def _model(encoder: Any, intermediate: Any) -> str:
    if intermediate == NO_INTERMEDIATE:
        return words.visible(f"{encoder}, no intermediate task")
    return words.visible(f"{encoder} + {theme.task_label(str(intermediate))}")


def _cell(text: str) -> str:
    """Text in a Markdown table that says what it says and nothing more."""
    plain = all(sign.isalnum() or sign in " .,:+−–-%()·" for sign in text)
    return text if plain else words.escaped(text)

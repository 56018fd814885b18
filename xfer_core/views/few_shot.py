"""How does the score grow with labelled examples of the target's other languages?"""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from xfer_core.views.selection import Queryable, main_metric

COLUMNS = ["intermediate", "examples", "score", "sd", "n_seeds"]
FEW_SHOT = "few_shot"
TRAININGS = """
    SELECT DISTINCT variant, settings FROM stages
    WHERE catalog = ? AND encoder = ? AND target = ? AND kind = 'target'
"""
SCORES = """
    SELECT intermediate, metric, target, variant, language, n_seeds, score,
        list_stddev_samp(seed_scores) AS sd, recorded_at
    FROM cells
    WHERE catalog = ? AND encoder = ? AND target = ? AND language = ? AND split = 'test'
    ORDER BY recorded_at
"""


def few_shot(
    store: Queryable, *, catalog: str, encoder: str, target: str, language: str
) -> pd.DataFrame:
    """Scores by the number of labelled examples a language, all other settings equal.

    Of several sets of settings the one with the most sizes is taken.

    Returns:
        One row per intermediate and number of examples, 0 among them: ``score`` in [0, 1], ``sd``
        over seeds. No rows unless two sizes above 0 were measured.
    """
    nothing = pd.DataFrame(columns=COLUMNS)
    trainings = store.query(TRAININGS, [catalog, encoder, target]).to_dict("records")
    sizes: dict[str, dict[str, int]] = {}
    for row in trainings:
        rest, examples = _apart(row["settings"])
        sizes.setdefault(rest, {})[str(row["variant"])] = examples
    if not sizes:
        return nothing
    chosen = max(sizes.values(), key=lambda each: (len(set(each.values())), sorted(each)))
    if len({examples for examples in chosen.values() if examples}) < 2:
        return nothing
    rows = store.query(SCORES, [catalog, encoder, target, language])
    rows = main_metric(store, rows[rows["variant"].isin(list(chosen))])
    rows = rows.assign(examples=[chosen[variant] for variant in rows["variant"]])
    newest = rows.drop_duplicates(["intermediate", "examples"], keep="last")
    return newest.sort_values(["intermediate", "examples"])[COLUMNS].reset_index(drop=True)


def _apart(settings: Any) -> tuple[str, int]:
    """The other settings of a training as text, and its examples a language."""
    values = json.loads(settings) if isinstance(settings, str) else {}
    training = dict(values.get("training", {}))
    examples = int(training.pop(FEW_SHOT, 0) or 0)
    for name in [name for name in training if name.startswith(FEW_SHOT)]:
        training.pop(name)
    return json.dumps(training, sort_keys=True), examples

"""How right is one model on each subject, and group of subjects, in each language?"""

from __future__ import annotations

import pandas as pd

from xfer_core import catalog as catalogue
from xfer_core.domain.language import REFERENCE_LANGUAGE, ZERO_SHOT
from xfer_core.domain.run import NO_INTERMEDIATE
from xfer_core.domain.task import TaskKind
from xfer_core.rows import Rows
from xfer_core.views.compare import Asked, both_sides
from xfer_core.views.compare_sides import Side
from xfer_core.views.compare_subjects import Subjects, named

COLUMNS = ["level", "name", "language", "score", "gain_points", "n_questions", "n_seeds"]
_PLACE = ["level", "name", "language"]


def cell_subjects(
    store: Asked, *, catalog: str, encoder: str, intermediate: str, target: str
) -> pd.DataFrame:
    """Accuracy of the newest results of a cell by subject.

    Args:
        store: where to ask; the questions are read too.
        catalog: of the cell.
        encoder: of the cell.
        intermediate: of the cell.
        target: a multiple-choice task.

    Returns:
        One row per ``level`` ("group", where the task has any, and "subject"), ``name`` and
        language, and where several are zero-shot their mean, each language counting alike.
        ``score`` in [0, 1] is the mean over ``n_seeds`` of ``n_questions`` (of one language);
        ``gain_points`` over the same encoder without intermediate task, paired by seed, NaN
        without a common seed. Empty for other kinds of tasks.

    Raises:
        DataError: the questions of a scored language are not here any more.
    """
    task = catalogue.task(target)
    if task.kind is not TaskKind.MULTIPLE_CHOICE:
        return pd.DataFrame(columns=COLUMNS)
    known = Subjects(task, Rows(store.home.root / "rows"))
    sides = both_sides(store, catalog, target, Side(encoder), Side(encoder, intermediate))
    base, own = (pd.DataFrame(known.split(side), columns=side.columns) for side in sides)
    if own.empty:
        return pd.DataFrame(columns=COLUMNS)
    pair = ["metric", "language", "seed"]
    both = own.merge(base[[*pair, "value"]], "left", pair, suffixes=("", "_base"))
    if intermediate == NO_INTERMEDIATE:
        both["value_base"] = float("nan")
    both = named(both.assign(gain=100 * (both["value"] - both["value_base"])))
    table = both.groupby(_PLACE, sort=False, as_index=False).agg(
        score=("value", "mean"),
        gain_points=("gain", "mean"),
        n_questions=("n_examples", "max"),
        n_seeds=("seed", "nunique"),
    )
    return pd.concat([table, _abroad(table)], ignore_index=True)[COLUMNS]


def _abroad(table: pd.DataFrame) -> pd.DataFrame:
    """Means over the languages without English, of what all of them ask about."""
    foreign = table[table["language"] != REFERENCE_LANGUAGE]
    n = foreign["language"].nunique()
    if n < 2:
        return table.iloc[:0]
    means = foreign.groupby(_PLACE[:-1], sort=False, as_index=False).agg(
        score=("score", "mean"),
        gain_points=("gain_points", lambda gains: gains.mean(skipna=False)),
        n_questions=("n_questions", "max"),
        n_seeds=("n_seeds", "min"),
        n_languages=("language", "nunique"),
    )
    return means[means["n_languages"] == n].assign(language=ZERO_SHOT)

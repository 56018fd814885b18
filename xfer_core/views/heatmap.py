"""The transfer heatmap: every cell of the grid, measured or not, and its margins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from xfer_core.domain.language import MEANS, REFERENCE_LANGUAGE, ZERO_SHOT
from xfer_core.domain.run import NO_INTERMEDIATE
from xfer_core.views.cell_states import CellStates, cell_states
from xfer_core.views.gains import COLUMNS as GAIN_COLUMNS
from xfer_core.views.gains import gains, marked
from xfer_core.views.selection import (
    CURRENT_CELLS,
    Queryable,
    applies,
    languages_of,
    main_metric,
)

COLUMNS = ["row", "column", "state", "message", *GAIN_COLUMNS]
CELL = ["intermediate", "target", "language"]
NAMES = """
    SELECT DISTINCT intermediate, target FROM stages WHERE catalog = ? AND encoder = ?
    UNION
    SELECT DISTINCT intermediate, target FROM cells WHERE catalog = ? AND encoder = ?
"""
OLDER_ONLY = f"""
    SELECT DISTINCT intermediate, target FROM cells
    WHERE catalog = ? AND encoder = ? AND split = 'test'
    EXCEPT
    SELECT intermediate, target FROM ({CURRENT_CELLS}) WHERE catalog = ? AND encoder = ?
"""
OLDER = "measured with older settings"
"""Message of a cell that is "not_run" because only another variant of it has a result."""


def heatmap(
    store: Queryable,
    *,
    catalog: str,
    encoder: str,
    language: str = ZERO_SHOT,
    target: str | None = None,
    metric: str | None = None,
) -> pd.DataFrame:
    """The grid to draw, cells without a result included.

    Args:
        store: where to ask.
        catalog: of the tasks.
        encoder: of all cells.
        language: of all cells when ``target`` is None.
        target: None for intermediates x targets; a target for intermediates x its languages.
        metric: None takes each target's main metric.

    Returns:
        One row per cell of the full grid: the columns of ``gains`` and ``row`` (intermediate),
        ``column`` (target or language), ``state`` and ``message``. ``state`` is "measured",
        "running" (message: running or queued), "failed" (message: why), "not_run",
        "not_applicable" (the task lacks the language) or "unpaired" (a score without a baseline
        of the same seed). The message of a measured mean says when languages are missing, that
        of a cell not run whether there is a result with older settings (``OLDER``).
        "none" comes first, then the rows by falling mean; columns in the catalogue's order.
        ``significant`` is worked out over the cells shown.
    """
    rows, targets, languages = _universe(store, catalog, encoder)
    one = language if target is None else None
    found = gains(
        store, catalog=catalog, encoder=encoder, target=target, language=one, metric=metric
    )
    shown = found if metric is not None else main_metric(store, found)
    if target is None:
        places = [(column, column, language) for column in targets]
    else:
        codes = languages.get(target) or _measured_languages(found)
        places = [(column, target, column) for column in codes]
    table = _grid(rows, places).merge(shown.astype(dict.fromkeys(CELL, object)), "left", CELL)
    table = table.assign(catalog=catalog, encoder=encoder)
    table = _with_states(marked(table), languages, cell_states(store, catalog, encoder))
    return _ordered(_with_older(table, store.query(OLDER_ONLY, [catalog, encoder] * 2)))


def _grid(rows: list[str], places: list[tuple[str, str, str]]) -> pd.DataFrame:
    """Every row with every place: (column, target, language)."""
    cells = [(row, column, row, *place) for row in rows for column, *place in places]
    return pd.DataFrame(cells, columns=["row", "column", *CELL], dtype=object)


def _universe(
    store: Queryable, catalog: str, encoder: str
) -> tuple[list[str], list[str], dict[str, list[str]]]:
    """All intermediates and targets that any run asked for, and the targets' languages."""
    names = store.query(NAMES, [catalog, encoder] * 2)
    languages = languages_of(store, catalog, encoder)
    targets = set(names["target"].dropna())
    order = [name for name in languages if name in targets]
    return (
        sorted(set(names["intermediate"].dropna())),
        [*order, *sorted(targets - set(order))],
        languages,
    )


def _measured_languages(measured: pd.DataFrame) -> list[str]:
    codes = set(measured["language"]) - set(MEANS)
    return sorted(codes, key=lambda code: (code != REFERENCE_LANGUAGE, code))


def _with_states(
    table: pd.DataFrame, languages: dict[str, list[str]], states: CellStates
) -> pd.DataFrame:
    found = [_state(row, languages, states) for row in table.to_dict("records")]
    return table.assign(state=[each[0] for each in found], message=[each[1] for each in found])


def _state(
    row: Mapping[Any, Any], languages: dict[str, list[str]], states: CellStates
) -> tuple[str, str]:
    known, language = languages.get(row["target"], []), row["language"]
    if pd.notna(row["score"]):
        unpaired = row["intermediate"] != NO_INTERMEDIATE and pd.isna(row["gain_points"])
        return ("unpaired" if unpaired else "measured"), _coverage(row, known)
    if not applies(language, known):
        return "not_applicable", ""
    single = None if language in MEANS else language
    return states.state(row["intermediate"], row["target"], single)


def _with_older(table: pd.DataFrame, older: pd.DataFrame) -> pd.DataFrame:
    pairs = set(zip(older["intermediate"], older["target"], strict=True))
    known = [pair in pairs for pair in zip(table["row"], table["target"], strict=True)]
    hidden = (table["state"] == "not_run") & pd.Series(known, index=table.index, dtype=bool)
    return table.assign(message=table["message"].mask(hidden, OLDER))


def _coverage(row: Mapping[Any, Any], known: list[str]) -> str:
    """Says when a mean lacks languages of its task."""
    without = {REFERENCE_LANGUAGE} if row["language"] == ZERO_SHOT else set()
    wanted = len(set(known) - without)
    if row["language"] not in MEANS or row["n_languages"] >= wanted:
        return ""
    return f"mean over {int(row['n_languages'])} of {wanted} languages"


def _ordered(table: pd.DataFrame) -> pd.DataFrame:
    means = margins(table)[0].set_index("row")["gain_points"]
    key = table["row"].map(means).astype(float).mask(table["row"] == NO_INTERMEDIATE, float("inf"))
    order = table.assign(_mean=key, _at=range(len(table)))
    order = order.sort_values(["_mean", "row", "_at"], ascending=[False, True, True])
    return order[COLUMNS].reset_index(drop=True)


def margins(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Mean gains of the rows and of the columns of a ``heatmap`` table, unweighted.

    Rows are compared over the columns that all of them have (rows without any gain aside), and
    columns likewise over rows. Where there is no such column, each row's mean is over its own
    cells and ``comparable`` is False. Where the columns are languages, a row's mean is
    zero-shot: without English.

    Returns:
        Row means (``row``) and column means (``column``), one row each per row or column of the
        grid except "none": ``gain_points`` (NaN without a gain), ``k`` cells used ``of`` that
        the tasks allow, ``comparable``.
    """
    body = table[table["row"] != NO_INTERMEDIATE]
    rows, columns = list(dict.fromkeys(body["row"])), list(dict.fromkeys(body["column"]))
    body = body.assign(possible=body["state"] != "not_applicable")
    gain = body.pivot(index="row", columns="column", values="gain_points")
    gain = gain.reindex(index=rows, columns=columns).astype(float)
    possible = body.pivot(index="row", columns="column", values="possible")
    possible = possible.reindex(index=rows, columns=columns).astype(bool)
    zero_shot = [column for column in columns if column != REFERENCE_LANGUAGE]
    row_means = _means(gain[zero_shot], possible[zero_shot], "row")
    return row_means, _means(gain.T, possible.T, "column")


def _means(gain: pd.DataFrame, possible: pd.DataFrame, name: str) -> pd.DataFrame:
    measured = gain.notna()
    compared = measured[measured.any(axis=1)]
    common = compared.all(axis=0) & bool(len(compared))
    used = gain.loc[:, common] if common.any() else gain
    used = used.where(measured.any(axis=1), axis=0)
    return pd.DataFrame(
        {
            name: list(gain.index),
            "gain_points": used.mean(axis=1).to_numpy(dtype=float),
            "k": used.notna().sum(axis=1).to_numpy(dtype=int),
            "of": possible.sum(axis=1).to_numpy(dtype=int),
            "comparable": bool(common.any()),
        }
    )

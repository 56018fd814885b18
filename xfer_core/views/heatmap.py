"""The transfer heatmap: every cell of the grid, measured or not, and its margins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from xfer_core.domain.language import MEANS, REFERENCE_LANGUAGE, ZERO_SHOT
from xfer_core.domain.run import NO_INTERMEDIATE
from xfer_core.views.cell_states import CellStates, cell_states
from xfer_core.views.gains import COLUMNS as GAIN_COLUMNS
from xfer_core.views.gains import gains, marked
from xfer_core.views.selection import (
    Queryable,
    applies,
    current_cells,
    english_first,
    languages_of,
    main_metric,
)
from xfer_core.views.versions import variants_of

COLUMNS = ["row", "column", "state", "message", *GAIN_COLUMNS]
CELL = ["intermediate", "target", "language"]
NAMES = """
    SELECT DISTINCT intermediate, target FROM stages WHERE catalog = ? AND encoder = ?
    UNION
    SELECT DISTINCT intermediate, target FROM cells WHERE catalog = ? AND encoder = ?
"""
PAIRS = "SELECT DISTINCT intermediate, target FROM ({}) WHERE catalog = ? AND encoder = ?"
ANY_VERSION = """
    SELECT DISTINCT intermediate, target FROM cells
    WHERE catalog = ? AND encoder = ? AND split = 'test'
"""
OLDER, OTHER = "measured with older settings", "measured with other settings"
"""Messages of a cell that is "not_run" because only another version of it has a result."""


@dataclass(frozen=True)
class Asked:
    """Which results are asked for.

    ``metric`` None takes each target's main metric, and ``version`` (a name of ``versions``)
    None per target the newest one; ``intermediates`` and ``targets`` keep only these ("none" is
    always kept), None keeps all.
    """

    catalog: str
    encoder: str
    metric: str | None = None
    version: str | None = None
    intermediates: Sequence[str] | None = None
    targets: Sequence[str] | None = None

    @property
    def place(self) -> list[str]:
        """Parameters of a statement about one encoder."""
        return [self.catalog, self.encoder]


def heatmap(
    store: Queryable,
    *,
    language: str = ZERO_SHOT,
    target: str | None = None,
    **asked: Any,
) -> pd.DataFrame:
    """The grid to draw, cells without a result included.

    Args:
        store: where to ask.
        language: of all cells when ``target`` is None.
        target: None for intermediates x targets; a target for intermediates x its languages.
        asked: the fields of ``Asked``: catalog and encoder at least.

    Returns:
        One row per cell of the full grid: the columns of ``gains`` and ``row`` (intermediate),
        ``column`` (target or language), ``state`` and ``message``. ``state`` is "measured",
        "running" (message: running or queued), "failed" (message: why), "not_run",
        "not_applicable" (the task lacks the language) or "unpaired" (a score without a baseline
        of the same seed). The message of a measured mean says when languages are missing, that
        of a cell not run whether there is a result with other settings (``OLDER``, ``OTHER``).
        "none" comes first, then the rows by falling mean; columns in the catalogue's order.
        With a metric, targets measured without it are left out; with a version, rows and
        columns without a result of it.
        ``significant`` is worked out over the cells shown.
    """
    wanted = Asked(**asked)
    found = _found(store, wanted, target, language if target is None else None)
    rows, targets, languages = _universe(store, wanted, found)
    if target is None:
        places = [(column, column, language) for column in targets]
    else:
        codes = languages.get(target) or _measured_languages(found)
        places = [(column, target, column) for column in codes]
    return _ordered(_filled(store, wanted, _grid(rows, places), found, languages))


def multiples(store: Queryable, **asked: Any) -> pd.DataFrame:
    """Intermediates x targets once per language: as ``heatmap``, told apart by ``language``.

    The rows follow their mean gain over languages without English and over targets, in the same
    order for every language; ``significant`` is worked out over all cells of all languages.
    """
    wanted = Asked(**asked)
    found = _found(store, wanted, None, None)
    found = found[~found["language"].isin(MEANS)]
    rows, targets, languages = _universe(store, wanted, found)
    codes = english_first(
        [*(code for name in targets for code in languages.get(name, [])), *found["language"]]
    )
    places = [(target, target, code) for code in codes for target in targets]
    table = _filled(store, wanted, _grid(rows, places), found, languages)
    abroad = table[(table["language"] != REFERENCE_LANGUAGE) & (table["row"] != NO_INTERMEDIATE)]
    # Targets count alike, however many languages they have.
    by_target = abroad.groupby(["row", "column"], as_index=False)["gain_points"].mean()
    return _by_mean(table, by_target.groupby("row")["gain_points"].mean())


def _found(
    store: Queryable, wanted: Asked, target: str | None, language: str | None
) -> pd.DataFrame:
    variants = wanted.version and variants_of(store, wanted.catalog, wanted.encoder, wanted.version)
    found = gains(
        store,
        catalog=wanted.catalog,
        encoder=wanted.encoder,
        target=target,
        language=language,
        metric=wanted.metric,
        variants=variants or None,
    )
    return found if wanted.metric is not None else main_metric(store, found)


def _filled(
    store: Queryable,
    wanted: Asked,
    grid: pd.DataFrame,
    found: pd.DataFrame,
    languages: dict[str, list[str]],
) -> pd.DataFrame:
    """The grid with its numbers, marks and states."""
    table = grid.merge(found.astype(dict.fromkeys(CELL, object)), "left", CELL)
    table = table.assign(catalog=wanted.catalog, encoder=wanted.encoder)
    table = _with_states(marked(table), languages, cell_states(store, *wanted.place))
    return _with_older(table, *_hidden(store, wanted))


def _grid(rows: list[str], places: list[tuple[str, str, str]]) -> pd.DataFrame:
    """Every row with every place: (column, target, language)."""
    cells = [(row, column, row, *place) for row in rows for column, *place in places]
    return pd.DataFrame(cells, columns=["row", "column", *CELL], dtype=object)


def _universe(
    store: Queryable, wanted: Asked, found: pd.DataFrame
) -> tuple[list[str], list[str], dict[str, list[str]]]:
    """All intermediates and targets that any run asked for, and the targets' languages."""
    names = store.query(NAMES, wanted.place * 2)
    languages = languages_of(store, *wanted.place)
    targets = set(names["target"].dropna())
    if wanted.metric is not None:
        targets &= set(found["target"])
    if wanted.targets is not None:
        targets &= set(wanted.targets)
    rows = set(names["intermediate"].dropna())
    if wanted.version is not None:
        # What an older version never asked for is no gap of it.
        targets &= set(found["target"])
        rows &= {NO_INTERMEDIATE, *found["intermediate"]}
    if wanted.intermediates is not None:
        rows &= {NO_INTERMEDIATE, *wanted.intermediates}
    order = [name for name in languages if name in targets]
    return sorted(rows), [*order, *sorted(targets - set(order))], languages


def _measured_languages(measured: pd.DataFrame) -> list[str]:
    codes = set(measured["language"]) - set(MEANS)
    return sorted(codes, key=lambda code: (code != REFERENCE_LANGUAGE, code))


def _hidden(store: Queryable, wanted: Asked) -> tuple[pd.DataFrame, str]:
    """Intermediates and targets with results in other versions than the one shown."""
    if wanted.version is None:
        source, variants = current_cells(store)
        older = f"{ANY_VERSION} EXCEPT {PAIRS.format(source)}"
        return store.query(older, [*wanted.place, *variants, *wanted.place]), OLDER
    return store.query(ANY_VERSION, wanted.place), OTHER


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


def _with_older(table: pd.DataFrame, older: pd.DataFrame, message: str) -> pd.DataFrame:
    pairs = set(zip(older["intermediate"], older["target"], strict=True))
    known = [pair in pairs for pair in zip(table["row"], table["target"], strict=True)]
    hidden = (table["state"] == "not_run") & pd.Series(known, index=table.index, dtype=bool)
    return table.assign(message=table["message"].mask(hidden, message))


def _coverage(row: Mapping[Any, Any], known: list[str]) -> str:
    """Says when a mean lacks languages of its task."""
    without = {REFERENCE_LANGUAGE} if row["language"] == ZERO_SHOT else set()
    wanted = len(set(known) - without)
    if row["language"] not in MEANS or row["n_languages"] >= wanted:
        return ""
    return f"mean over {int(row['n_languages'])} of {wanted} languages"


def _ordered(table: pd.DataFrame) -> pd.DataFrame:
    return _by_mean(table, margins(table)[0].set_index("row")["gain_points"])


def _by_mean(table: pd.DataFrame, means: pd.Series[float]) -> pd.DataFrame:
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

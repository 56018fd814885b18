"""The order of the heatmap's rows, columns and facets; the baseline row stays on top."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from xfer_core.charts import theme
from xfer_core.charts.cell_look import BASELINE
from xfer_core.domain.language import LANGUAGES, REFERENCE_LANGUAGE
from xfer_core.stats import clustering

GAIN, CLUSTER, FAMILY, ALPHABET = "gain", "cluster", "family", "alphabet"
ORDERS = {
    GAIN: "by mean gain",
    CLUSTER: "similar side by side",
    FAMILY: "by family or kind",
    ALPHABET: "by alphabet",
}
KINDS = {
    "multiple_choice": "multiple choice",
    "pair_classification": "sentence pairs",
    "sentence_classification": "sentences",
}
"""Kinds of tasks whose names say too little; others only lose their underscores."""


def ordered(
    table: pd.DataFrame, order: str, kinds: Mapping[str, str] | None = None, facets: bool = False
) -> pd.DataFrame:
    """The cells in another order, the same for all facets.

    Args:
        table: a ``heatmap`` or (with ``facets``) ``multiples`` view, in the order of the gains.
        order: one of ``ORDERS``; rows and columns (and languages) follow it.
        kinds: the kind of each task, for the order by family.
        facets: whether each language is a picture of its own.
    """
    if order == GAIN or table.empty:
        return table
    rows = _names(table[table["row"] != BASELINE], "row", order, kinds or {})
    keys = {
        "row": [BASELINE, *rows],
        "column": _names(table, "column", order, kinds or {}),
        **({"language": _names(table, "language", order, {})} if facets else {}),
    }
    places = pd.DataFrame(
        {
            name: table[name].map({each: at for at, each in enumerate(names)})
            for name, names in keys.items()
        }
    )
    by = (["language"] if facets else []) + ["row", "column"]
    return table.loc[places.sort_values(by, kind="stable").index]


def line(table: pd.DataFrame, order: str, kinds: Mapping[str, str] | None = None) -> str:
    """What the order means, where its name does not say it; else empty."""
    if order == CLUSTER:
        return f"order: {clustering.METHOD}"
    if order != FAMILY:
        return ""
    family = _family(kinds or {})
    columns = [name for name in dict.fromkeys(table["column"]) if name != REFERENCE_LANGUAGE]
    found = list(dict.fromkeys(family(name) for name in columns))
    return f"order of the columns: {', '.join(found)}" if found else ""


def title(name: str) -> str:
    """A task's label or a language's name."""
    known = LANGUAGES.get(name)
    return known.name if known else theme.task_label(name)


def _names(table: pd.DataFrame, axis: str, order: str, kinds: Mapping[str, str]) -> list[str]:
    names = [str(name) for name in dict.fromkeys(table[axis])]
    if order == CLUSTER:
        found = _clustered(table, axis, names)
    else:
        label: Callable[[str], str] = _family(kinds) if order == FAMILY else title
        found = sorted(names, key=lambda name: label(name).lower())
    # English is the reference and stays in front of the languages it is compared with.
    return sorted(found, key=lambda name: axis != "row" and name != REFERENCE_LANGUAGE)


def _clustered(table: pd.DataFrame, axis: str, names: list[str]) -> list[str]:
    others = [name for name in ("row", "column", "language") if name != axis]
    body = table[table["row"] != BASELINE]
    gains = body.pivot_table(index=axis, columns=others, values="gain_points", dropna=False)
    return [names[place] for place in clustering.clustered(gains.reindex(names).to_numpy())]


def _family(kinds: Mapping[str, str]) -> Callable[[str], str]:
    def family(name: str) -> str:
        known = LANGUAGES.get(name)
        if known:
            return known.family
        kind = kinds.get(name.split(":")[-1].split("+")[0], "other")
        return KINDS.get(kind, kind.replace("_", " "))

    return family

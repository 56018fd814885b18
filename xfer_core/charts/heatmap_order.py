"""The order of the heatmap's rows, columns and facets; the baseline row stays on top."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from xfer_core.charts import theme
from xfer_core.charts.cell_look import BASELINE
from xfer_core.domain.intermediate import SETTING, listed
from xfer_core.domain.language import LANGUAGES, REFERENCE_LANGUAGE
from xfer_core.stats import clustering

GAIN, CLUSTER, FAMILY, RESOURCES = "gain", "cluster", "family", "resources"
ALPHABET = "alphabet"
ORDERS = {
    GAIN: "by mean gain",
    CLUSTER: "similar side by side",
    FAMILY: "by family or kind",
    RESOURCES: "by amount of data",
    ALPHABET: "by alphabet",
}
KINDS = {
    "multiple_choice": "multiple choice",
    "pair_classification": "sentence pairs",
    "sentence_classification": "sentences",
}
"""Kinds of tasks whose names say too little; others only lose their underscores."""


@dataclass(frozen=True)
class Known:
    """What some orders need to know about the names on the axes."""

    kinds: Mapping[str, str] = field(default_factory=dict)
    """The kind of each task, for the order by family."""
    sizes: Mapping[str, float] = field(default_factory=dict)
    """Size of each task or language, for the order by amount of data (see ``resources``)."""


def ordered(
    table: pd.DataFrame, order: str, known: Known | None = None, facets: bool = False
) -> pd.DataFrame:
    """The cells in another order, the same for all facets.

    Args:
        table: a ``heatmap`` or (with ``facets``) ``multiples`` view, in the order of the gains.
        order: one of ``ORDERS``; rows and columns (and languages) follow it.
        known: what is known about the names.
        facets: whether each language is a picture of its own.
    """
    if order == GAIN or table.empty:
        return table
    known = known or Known()
    rows = _names(table[table["row"] != BASELINE], "row", order, known)
    keys = {
        "row": [BASELINE, *rows],
        "column": _names(table, "column", order, known),
        **({"language": _names(table, "language", order, known)} if facets else {}),
    }
    places = pd.DataFrame(
        {
            name: table[name].map({each: at for at, each in enumerate(names)})
            for name, names in keys.items()
        }
    )
    by = (["language"] if facets else []) + ["row", "column"]
    return table.loc[places.sort_values(by, kind="stable").index]


def line(table: pd.DataFrame, order: str, known: Known | None = None) -> str:
    """What the order means, where its name does not say it; else empty."""
    if order == CLUSTER:
        return f"order: {clustering.METHOD}"
    known = known or Known()
    if order == RESOURCES:
        return _sizes_line(table, known.sizes)
    if order != FAMILY:
        return ""
    family = _family(known.kinds)
    columns = [name for name in dict.fromkeys(table["column"]) if name != REFERENCE_LANGUAGE]
    found = list(dict.fromkeys(family(name) for name in columns))
    return f"order of the columns: {', '.join(found)}" if found else ""


def _sizes_line(table: pd.DataFrame, sizes: Mapping[str, float]) -> str:
    names = {str(name) for axis in ("row", "column") for name in table[axis]} - {BASELINE}
    languages, tasks = names & set(LANGUAGES), names - set(LANGUAGES)
    said = []
    if any(name in sizes for name in tasks):
        said.append("tasks with most training examples first")
    if any(name in sizes for name in languages):
        said.append("languages with most pretraining text of the encoder first")
    unknown = sorted(title(name) for name in names if name not in sizes)
    behind = f"; size not known or not trained: {', '.join(unknown)}" if unknown else ""
    return f"order: {', '.join(said) or 'by alphabet'}{behind}"


def title(name: str) -> str:
    """A task's label or a language's name."""
    known = LANGUAGES.get(name)
    return known.name if known else theme.task_label(name)


def _names(table: pd.DataFrame, axis: str, order: str, known: Known) -> list[str]:
    names = [str(name) for name in dict.fromkeys(table[axis])]
    if order == CLUSTER:
        found = _clustered(table, axis, names)
    else:
        label: Callable[[str], str] = _family(known.kinds) if order == FAMILY else title
        size = known.sizes if order == RESOURCES else {}
        found = sorted(names, key=lambda name: (-size.get(name, 0), label(name).lower()))
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
        tasks = listed(name.split(":")[-1].split(SETTING)[0])
        kind = kinds.get(tasks[0] if tasks else name, "other")
        return KINDS.get(kind, kind.replace("_", " "))

    return family

"""The choices above the heatmap, as one question to the store; all of them live in the URL."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from pages._filters import choose, choose_some
from pages._frame import ask
from xfer_core import resources
from xfer_core.charts import heatmap_order, theme, version_words, words
from xfer_core.charts.heatmap_order import Known
from xfer_core.domain.language import ALL, ZERO_SHOT
from xfer_core.domain.run import NO_INTERMEDIATE
from xfer_core.store import Store
from xfer_core.views import choices as choices_view
from xfer_core.views.choices import Choices
from xfer_core.views.versions import versions

ALL_TARGETS, ONE_TARGET, MULTIPLES = "targets", "languages", "multiples"
VIEWS = {
    ALL_TARGETS: "targets, one language or mean",
    ONE_TARGET: "languages, one target",
    MULTIPLES: "every language, side by side",
}
MAIN_METRIC = "main"
NAMES = (
    *("catalog", "view", "encoder", "target", "language", "panel", "metric", "settings"),
    *("intermediates", "targets", "order", "as", "cell"),
)
"""What the URL of the heatmap may hold."""
WIDTH = 164
ORDER_WIDTH = 176
VIEW_WIDTH = 236
"""Pixels; in most stores the row then fits a window of 1280 in one line."""


@dataclass
class Chosen:
    """What to show.

    ``question`` goes to the view; ``filters`` says which choices narrow it, by their name in the
    URL; ``older`` is a sentence if other results than the newest are shown.
    """

    question: dict[str, Any]
    order: str
    shape: str
    known: Known
    facets: bool = False
    older: str = ""
    filters: dict[str, str] = field(default_factory=dict)

    @property
    def target(self) -> str | None:
        """The one target whose languages are shown, if so."""
        return self.question.get("target")


def heatmap_choices(store: Store, everything: Choices) -> Chosen:
    """The row of selectors; those with a single choice are left out."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        mode = choose(
            "Intermediate tasks by", list(VIEWS), "view", show=VIEWS.get, width=VIEW_WIDTH
        )
        catalog = everything.catalogs[0]
        if len(everything.catalogs) > 1:
            catalog = choose("Catalogue", everything.catalogs, "catalog", width=WIDTH)
        encoders = [encoder for name, encoder in everything.pairs if name == catalog]
        encoder = choose("Encoder", encoders, "encoder", width=WIDTH)
        known = ask(store, choices_view.choices, catalog=catalog, encoder=encoder)
        target, language = _place(mode, known)
        metric = _metric(known, target)
        version, older = _version(store, catalog, encoder)
        orders = heatmap_order.ORDERS
        order = choose("Order", list(orders), "order", show=orders.get, width=ORDER_WIDTH)
        intermediates, targets = _tasks(known, target)
        shape = choose("Show as", ["Chart", "Table"], "as", segmented=True)
    question = {
        **{"catalog": catalog, "encoder": encoder, "metric": metric, "version": version},
        **{"intermediates": intermediates, "targets": targets},
    }
    if mode != MULTIPLES:
        question |= {"language": language, "target": target}
    named = [*known.intermediates, *known.targets, *known.languages]
    facts = Known(known.kinds, resources.sizes(encoder, named))
    found = Chosen(question, order, shape, facts, mode == MULTIPLES, older)
    said = {
        "language": f"language {words.language(language)}" if language != ZERO_SHOT else "",
        "metric": f"metric {words.metric(metric)}" if metric else "",
        "settings": "settings" if version else "",
        "intermediates": "intermediate tasks" if intermediates else "",
        "targets": "target tasks" if targets else "",
    }
    found.filters = {name: words_ for name, words_ in said.items() if words_}
    return found


def _place(mode: str, known: Choices) -> tuple[str | None, str]:
    """The one target of the view by languages, else the language of the view by targets."""
    if mode == ONE_TARGET and known.targets:
        target = choose("Target", known.targets, "target", show=theme.task_label, width=WIDTH)
        return target, ZERO_SHOT
    if mode == MULTIPLES:
        return None, ZERO_SHOT
    means = [ZERO_SHOT, ALL, *known.languages]
    return None, choose("Language", means, "language", show=words.language, width=WIDTH)


def _metric(known: Choices, target: str | None) -> str | None:
    names = sorted(
        {name for task, some in known.metrics.items() if target in (None, task) for name in some}
    )
    if all(len(some) < 2 for task, some in known.metrics.items() if target in (None, task)):
        return None
    chosen = choose(
        "Metric",
        [MAIN_METRIC, *names],
        "metric",
        show=lambda name: "main metric" if name == MAIN_METRIC else words.metric(name),
        width=WIDTH,
    )
    return None if chosen == MAIN_METRIC else chosen


def _version(store: Store, catalog: str, encoder: str) -> tuple[str | None, str]:
    """The version to show (None: the newest) and the sentence about an older one."""
    found = ask(store, versions, catalog=catalog, encoder=encoder)
    if len(found) < 2:
        return None, ""
    titles = {each.name: version_words.title(each, found[0]) for each in found}
    chosen = choose(
        "Settings",
        [version_words.NEWEST, *titles],
        "settings",
        show=lambda name: titles.get(name, "the newest of each target"),
        width=WIDTH,
        help="Results of other settings, weights, data or code are never mixed.",
    )
    version = next((each for each in found if each.name == chosen), None)
    if version is None:
        return None, ""
    return version.name, version_words.line(version, found[0])


def _tasks(
    known: Choices, target: str | None
) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """Intermediate and target tasks to keep; None keeps all."""
    trained = [name for name in known.intermediates if name != NO_INTERMEDIATE]
    with st.popover("Tasks", icon=":material/filter_list:"):
        rows = choose_some(
            "Only these intermediate tasks", trained, "intermediates", show=theme.task_label
        )
        columns = None
        if target is None:
            columns = choose_some(
                "Only these target tasks", known.targets, "targets", show=theme.task_label
            )
    return rows, columns

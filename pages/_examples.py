"""The examples of the data page; task, split, languages, search and place are in the URL."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from pages import _filters
from pages._frame import ask, is_dark, note
from xfer_core.charts import example_cards, example_look, example_words, theme, words
from xfer_core.domain.language import LANGUAGES, REFERENCE_LANGUAGE
from xfer_core.domain.task import SPLITS, Task
from xfer_core.store import Store
from xfer_core.views import examples as view

FIRST_TASK = "mini-xnli"
MEASURED = "test"
"""The split that the heatmap's cells are measured on."""
USUAL = ",".join((REFERENCE_LANGUAGE, "ar", "ja"))
MOST = 4
"""So many languages fit side by side."""
LONGEST_SEARCH = 80
PAGER_WIDTH = 360
"""Pixels; left alone, the pager hides pages though there is room."""
PER_PAGE = ("5", "10")


def examples_page(store: Store) -> None:
    """Everything below the title."""
    line = st.empty()
    wanted = wanted_languages()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        task = choose_task(view.tasks())
        split = choose_split(task)
        shown = choose_languages(view.spoken(task, split), wanted)
        text = choose_text()
        per_page = int(_filters.choose("Per page", PER_PAGE, "n", segmented=True))
    what, scope = example_words.asks(task), example_words.scope_line(task, view.sizes(task))
    line.markdown(f"**{words.escaped(what)}**  \n:small[{words.escaped(scope)}]")
    note(example_words.lacking_line(task, wanted, shown, split))
    if not shown:
        st.info("Choose at least one language to see examples in it.")
        return
    table = view.side_by_side(
        {
            code: ask(store, view.examples, task=task.name, split=split, language=code)
            for code in shown
        }
    )
    found = view.matching(table, text)
    page = view.page(found, table, wanted_example(table), per_page)
    with st.container(horizontal=True, vertical_alignment="center"):
        count = {"n_shown": len(page.examples), "n_found": page.n_found, "n_all": len(table)}
        note(example_words.found_line(page.first, split=split, text=text, **count))
        pager(page, "page_above")
    if not page.n_found:
        nothing_found()
        return
    st.html(example_look.style(theme.palette(is_dark())))
    st.html(example_cards.cards(task, page.examples, shown))
    pager(page, "page_below")


def choose_task(tasks: Sequence[Task]) -> Task:
    """The task; another one starts at its first example."""
    by_name = {task.name: task for task in tasks}
    before = _filters.kept("task")
    name = _filters.choose(
        "Task",
        list(by_name),
        "task",
        show=lambda name: example_words.task_line(by_name[name]),
        default=FIRST_TASK,
    )
    _start_anew(before, name)
    return by_name[name]


def choose_split(task: Task) -> str:
    """The split; another one starts at its first example."""
    splits = list(view.sizes(task))
    before = _filters.kept("split")
    if before in SPLITS and before not in splits:
        # The task chosen before had it: nothing that a notice would have to explain.
        _filters.remember("split", None)
        st.session_state.pop("choice_split", None)
    split = _filters.choose("Split", splits, "split", segmented=True, default=MEASURED)
    _start_anew(before, split)
    return split


def wanted_languages() -> list[str]:
    """The languages that the reader wants, whether the task has them or not.

    What one task lacks stays wanted, for the next task may have it.
    """
    value = _filters.kept("languages")
    # "" was chosen: all languages were taken away, to choose others.
    codes = list(dict.fromkeys((USUAL if value is None else value).split(",")))
    known = [code for code in codes if code in LANGUAGES]
    unknown = [code for code in codes if code and code not in LANGUAGES]
    if unknown:
        _filters.ignored("Language", words.listed(unknown))
    if len(known) > MOST:
        st.info(f"Only {MOST} languages fit side by side; the first {MOST} are shown.")
    if unknown or len(known) > MOST:
        known = known[:MOST] or USUAL.split(",")
        _filters.remember("languages", ",".join(known), USUAL)
    return known


def choose_languages(known: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """The languages that are shown, in this order.

    Args:
        known: the languages of the task and split.
        wanted: what the reader wants.
    """
    shown = [code for code in wanted if code in known]
    if len(known) == 1 or (wanted and not shown):
        shown = [known[0]]
    st.session_state["data_languages"] = shown

    def changed() -> None:
        _filters.remember("languages", ",".join(st.session_state["data_languages"]), USUAL)

    st.multiselect(
        "Languages",
        known,
        key="data_languages",
        on_change=changed,
        format_func=example_words.language_name,
        max_selections=MOST,
        disabled=len(known) == 1,
        wrap=True,
    )
    return shown


def choose_text() -> str:
    """What the examples must have in them; "" for all of them."""
    st.session_state["data_search"] = (_filters.kept("q") or "")[:LONGEST_SEARCH]

    def changed() -> None:
        _filters.remember("q", st.session_state["data_search"].strip() or None)
        _filters.remember("id", None)

    return st.text_input(
        "Search",
        key="data_search",
        on_change=changed,
        max_chars=LONGEST_SEARCH,
        placeholder="in the shown texts",
        icon=":material/search:",
        width=190,
    ).strip()


def nothing_found() -> None:
    """Offers the way back from a search without a result."""

    def clear() -> None:
        _filters.remember("q", None)

    st.button("Clear the search", icon=":material/close:", on_click=clear)


def wanted_example(table: pd.DataFrame) -> str | None:
    """The id of the example that must be in view; None for the first page."""
    example = _filters.kept("id")
    if example is None or example in set(table["id"]):
        return example
    _filters.ignored("Example", example)
    _filters.remember("id", None)
    return None


def pager(page: view.Page, key: str) -> None:
    """Leads to the other pages."""
    if page.n_pages < 2:
        return
    if st.session_state.get(key, page.number) != page.number:
        st.session_state[key] = page.number

    def changed() -> None:
        number = int(st.session_state[key])
        _filters.remember("id", page.starts[number - 1] if number > 1 else None)

    st.pagination(page.n_pages, default=page.number, width=PAGER_WIDTH, key=key, on_change=changed)


def _start_anew(before: str | None, now: str) -> None:
    """Forget the place if the examples are others than before."""
    if before is not None and before != now:
        _filters.remember("id", None)

"""The data: any task's examples side by side in a few languages."""

from __future__ import annotations

import streamlit as st

from pages._examples import (
    PER_PAGE,
    choose_languages,
    choose_split,
    choose_task,
    choose_text,
    nothing_found,
    pager,
    wanted_example,
    wanted_languages,
)
from pages._filters import choose
from pages._frame import ask, is_dark, note, open_store
from xfer_core.charts import example_cards, example_look, example_words, theme, words
from xfer_core.views import examples as view

store = open_store()
st.title("What do the tasks ask?", anchor=False)
line = st.empty()
wanted = wanted_languages()
with st.container(horizontal=True, vertical_alignment="bottom"):
    task = choose_task(view.tasks())
    split = choose_split(task)
    shown = choose_languages(view.spoken(task, split), wanted)
    text = choose_text()
    per_page = int(choose("Per page", PER_PAGE, "n", segmented=True))

what, scope = example_words.asks(task), example_words.scope_line(task, view.sizes(task))
line.markdown(f"**{words.escaped(what)}**  \n:small[{words.escaped(scope)}]")
note(example_words.lacking_line(task, wanted, shown, split))
if not shown:
    st.info("Choose at least one language to see examples in it.")
    st.stop()

table = view.side_by_side(
    {code: ask(store, view.examples, task=task.name, split=split, language=code) for code in shown}
)
found = view.matching(table, text)
page = view.page(found, table, wanted_example(table), per_page)
with st.container(horizontal=True, vertical_alignment="center"):
    count = {"n_shown": len(page.examples), "n_found": page.n_found, "n_all": len(table)}
    note(example_words.found_line(page.first, split=split, text=text, **count))
    pager(page, "page_above")
if not page.n_found:
    nothing_found()
    st.stop()
st.html(example_look.style(theme.palette(is_dark())))
st.html(example_cards.cards(task, page.examples, shown))
pager(page, "page_below")

"""The parts of the compare page: both sides, what is missing, and the examples that flipped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from pages import _filters
from pages._frame import ask, is_dark, note
from pages._rerun import confirm_box, rerun_buttons
from xfer_core import catalog as catalogue
from xfer_core.charts import (
    cell_look,
    compare_words,
    example_look,
    example_words,
    flip_cards,
    theme,
    words,
)
from xfer_core.domain.errors import XferError
from xfer_core.domain.language import MEANS, REFERENCE_LANGUAGE
from xfer_core.domain.run import NO_INTERMEDIATE
from xfer_core.store import Store
from xfer_core.views import compare_examples, compare_sides
from xfer_core.views.compare_sides import Named, Side

PER_PAGE = 5
CHANGES = {
    "both": "both ways",
    "gained": flip_cards.CHANGES["gained"],
    "lost": flip_cards.CHANGES["lost"],
}


def choose_sides(store: Store, catalog: str) -> tuple[Side, Side]:
    """Both sides, kept in the URL as ``a`` and ``b``."""
    known = ask(store, compare_sides.names, catalog=catalog)
    sides = _sides(store, catalog, known)
    _one_target(known)
    for letter, side, column in zip("ab", sides, st.columns(2), strict=True):
        with column:
            _chooser(letter, side, known)
    return sides


def swap_button(a: Side, b: Side) -> None:
    """Exchanges A and B."""
    st.button("Swap A and B", icon=":material/swap_horiz:", on_click=_swap, args=(a, b))


def compare_link(place: dict[str, Any]) -> None:
    """From a cell to its comparison, at first with the same without an intermediate task."""
    own = Side(place["encoder"], place["intermediate"])
    with_baseline = {"a": Side(place["encoder"]).text, "b": own.text}
    st.page_link(
        "pages/compare.py",
        label="Compare with …",
        icon=":material/compare_arrows:",
        query_params={
            **({"a": own.text} if own.intermediate == NO_INTERMEDIATE else with_baseline),
            **{name: place[name] for name in ("catalog", "target", "language")},
        },
    )


def partial(store: Store, found: Any, sides: tuple[Side, Side], place: dict[str, Any]) -> None:
    """What lacks before the two sides can be compared, and the button that runs it."""
    if confirm_box(store):
        return
    side, seeds = _lacking(found, sides)
    named = compare_words.both(side, side)
    target = theme.task_label(place["target"])
    if side.run:
        st.write(
            words.escaped(f"{named} was not asked for {target}, or has not finished it.")
            + " Choose the newest results instead."
        )
        return
    st.write(words.escaped(f"What lacks: {named} on {target}."))
    record = {"state": cell_look.NOT_RUN, "row": "", "column": "", "seeds": seeds}
    cell = {**place, "encoder": side.encoder, "intermediate": side.intermediate}
    rerun_buttons(store, pd.DataFrame({"row": [], "column": []}), record, cell)


def flipped_examples(store: Store, place: dict[str, Any], language: str, as_table: bool) -> None:
    """How many examples flipped in each language, and those of one language with their texts."""
    counts = ask(store, compare_examples.flip_counts, **place)
    if counts.empty:
        st.info(
            "No examples can be told apart here: either they were not kept, or the two sides were "
            "measured on different ones, or in this metric no example is right or wrong by itself. "
            "Show another part above."
        )
        return
    if as_table:
        shown = compare_words.flips_table(counts)
        st.dataframe(
            shown.style.format(compare_words.formats()), hide_index=True, key="flips_table"
        )
        note("Means over the seeds that both sides have. Right: the whole example is right.")
        return
    code = _text_language(counts, language)
    st.markdown(f"**{words.escaped(compare_words.flips_line(counts, code))}**")
    flips = ask(store, compare_examples.flipped, language=code, **place)
    change = _filters.choose(
        "Flipped", list(CHANGES), "flip", show=CHANGES.__getitem__, segmented=True
    )
    flips = flips if change == "both" else flips[flips["change"] == change]
    if flips.empty:
        st.write("No example flipped this way in most seeds.")
        return
    _cards(store, flips, str(place["target"]), code)


def _sides(store: Store, catalog: str, known: dict[str, list[str]]) -> tuple[Side, Side]:
    """The sides in the URL, or chosen before; what is open is as usual."""
    a, b = (_named(letter, known) for letter in "ab")
    if a is None and b is None:
        return ask(store, compare_sides.usual, catalog=catalog)
    encoder = known["encoders"][0]
    left, right = (
        compare_sides.side_of(store, catalog, own, other or Named(), encoder) if own else None
        for own, other in ((a, b), (b, a))
    )
    return (
        left or compare_sides.partner(store, catalog, right),
        right or compare_sides.partner(store, catalog, left),
    )


def _one_target(known: dict[str, list[str]]) -> None:
    """Refuse cells of different targets, with a button for each of them; the page stops then."""
    a, b = (_parsed(letter, known) or Named() for letter in "ab")
    try:
        compare_sides.one_target(a, b)
    except XferError as error:
        st.warning(words.escaped(error), icon=":material/compare_arrows:")
        with st.container(horizontal=True):
            for target in (str(a.target), str(b.target)):
                st.button(
                    f"Compare on {words.escaped(theme.task_label(target))}",
                    key=f"on_{target}",
                    on_click=_choose_target,
                    args=(target, a, b),
                )
        st.stop()


def _choose_target(target: str, *sides: Named) -> None:
    """Compare both sides on one target, whatever they named."""
    for letter, side in zip("ab", sides, strict=True):
        parts = (side.intermediate, side.encoder, side.run)
        _filters.remember(letter, compare_sides.BETWEEN.join(filter(None, parts)) or None)
    _filters.remember("target", target)


def _parsed(letter: str, known: dict[str, list[str]]) -> Named | None:
    """What the URL, or an earlier choice, names of a side; None where that is nothing known."""
    try:
        return compare_sides.parse(_filters.kept(letter) or "", known)
    except XferError:
        return None


def _named(letter: str, known: dict[str, list[str]]) -> Named | None:
    """What the URL names of a side, else what was chosen before; None for nothing."""
    text = _filters.kept(letter)
    if not text:
        return None
    try:
        named = compare_sides.parse(text, known)
    except XferError:
        _filters.ignored(f"Side {letter.upper()}", text)
        _filters.remember(letter, None)
        return None
    if named.target and not _filters.kept("target"):
        _filters.remember("target", named.target)
    return named


def _chooser(letter: str, side: Side, known: dict[str, list[str]]) -> None:
    """Encoder, intermediate task and origin of the results of one side."""
    keys = {name: f"side_{letter}_{name}" for name in ("encoder", "intermediate", "run")}
    for name, key in keys.items():
        st.session_state[key] = getattr(side, name)

    def changed() -> None:
        values = {name: st.session_state[key] for name, key in keys.items()}
        _filters.remember(letter, Side(**values).text)
        st.session_state.pop("_proposal", None)

    with st.container(border=True):
        said = {"a": "A, the one to start from", "b": "B, compared with it"}[letter]
        st.markdown(f"**{said}**")
        parts = st.columns(3)
        parts[0].selectbox(
            "Intermediate task",
            known["intermediates"],
            key=keys["intermediate"],
            on_change=changed,
            format_func=theme.task_label,
        )
        parts[1].selectbox("Encoder", known["encoders"], key=keys["encoder"], on_change=changed)
        parts[2].selectbox(
            "Results of",
            ["", *known["runs"]],
            key=keys["run"],
            on_change=changed,
            format_func=lambda run: f"run {run}" if run else "newest settings",
            help="One run, or those that the heatmap shows.",
        )


def _swap(a: Side, b: Side) -> None:
    _filters.remember("a", b.text)
    _filters.remember("b", a.text)


def _lacking(found: Any, sides: tuple[Side, Side]) -> tuple[Side, Sequence[int]]:
    """The side that has to run first, and the seeds that make it comparable."""
    a, b = sides
    if "a" in found.missing:
        return a, found.seeds_b
    return b, found.seeds_a


def _text_language(counts: pd.DataFrame, language: str) -> str:
    """The language whose examples are shown: the one of the page, else one chosen here."""
    if language not in MEANS and language in set(counts["language"]):
        return language
    by_change = counts.assign(n=counts["gained"] + counts["lost"]).sort_values(
        "n", ascending=False, kind="stable"
    )
    return _filters.choose(
        "Examples in", [str(code) for code in by_change["language"]], "text", show=words.language
    )


def _cards(store: Store, flips: pd.DataFrame, target: str, code: str) -> None:
    pages = -(-len(flips) // PER_PAGE)
    number = 1
    if pages > 1:
        number = st.pagination(pages, width=360, key=f"flips_page_{code}")
    first = (number - 1) * PER_PAGE
    languages = dict.fromkeys((REFERENCE_LANGUAGE, code))
    task = catalogue.task(target)
    tables = {
        name: ask(store, compare_examples.texts, target=target, language=name)
        for name in languages
        if name in task.languages or name == code
    }
    here = {name: table for name, table in tables.items() if table is not None}
    if code not in here:
        st.info(
            "The examples themselves are not on this machine, so their texts cannot be shown.",
            icon=":material/visibility_off:",
        )
        here = {}
    st.html(
        example_look.style(theme.palette(is_dark())) + flip_cards.style(theme.palette(is_dark()))
    )
    texts = flip_cards.Texts(task, code, here)
    st.html(flip_cards.cards(flips.iloc[first : first + PER_PAGE], texts))
    note(
        f"{first + 1} to {min(first + PER_PAGE, len(flips))} of {len(flips)} examples in "
        f"{example_words.language_name(code)}, those that flipped in most seeds first."
    )

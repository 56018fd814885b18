"""Evidence: which claims hold here, published figures, which languages profit, what to use."""

from __future__ import annotations

import streamlit as st

from pages import _claims
from pages._filters import choose
from pages._frame import ask, is_dark, launch_link, note, open_store, refuse, show
from pages._running import running_now
from xfer_core import catalog as catalogue
from xfer_core.charts import claim_words, theme, words
from xfer_core.charts import few_shot as few_shot_chart
from xfer_core.charts import language_profit as language_chart
from xfer_core.charts import published_scatter as published_chart
from xfer_core.claims.board import USUAL_ENCODERS, board, own_stamp
from xfer_core.claims.published import GAIN, SCORE, published
from xfer_core.domain.errors import XferError
from xfer_core.domain.language import ALL, ZERO_SHOT
from xfer_core.domain.run import NO_INTERMEDIATE
from xfer_core.views import choices as choices_view
from xfer_core.views.few_shot import few_shot
from xfer_core.views.language_profit import language_model, language_profit
from xfer_core.views.running import latest

CLAIMS, PUBLISHED, LANGUAGES, RECOMMEND = TABS = ["Claims", "Published", "Languages", "What to use"]
ANY = "any"
MODELS = {"all": "All encoders", "one": "The encoder chosen"}
KINDS = {
    ANY: "All kinds",
    "effect": "Effects",
    "comparison": "Comparisons",
    "design": "Design",
    "data": "Data",
}


def claims_tab() -> None:
    """Cards of all claims, and the details of the chosen one."""
    found = ask(store, board, **place, stamp=own_stamp(store))
    for notice in found.notices:
        st.warning(words.escaped(notice), icon=":material/rule:")
    with bar:
        verdict = choose(
            "Verdict",
            [ANY, *claim_words.VERDICTS],
            "verdict",
            show=lambda name: "All verdicts" if name == ANY else claim_words.verdict(name),
        )
        kind = choose("Kind", list(KINDS), "kind", show=KINDS.__getitem__)
    note(f"{claim_words.counts_line(found.counts())} · on {place['catalog']} with {encoder}")
    shown = [
        one
        for one in sorted(found.claims, key=lambda one: not one.claim.is_measured)
        if verdict in (ANY, str(one.finding.verdict)) and kind in (ANY, one.claim.kind)
    ]
    if not shown:
        st.info("No claim has this verdict and kind. Choose others above.")
        return
    chosen = _claims.chosen(shown)
    cards, panel = st.columns([5, 4], gap="medium")
    with cards, st.container(height=700, border=False):
        for one in shown:
            _claims.card(one, one is chosen)
    with panel:
        _claims.details(store, chosen)
    with st.popover("How to read this", icon=":material/help:", type="tertiary"):
        st.write(claim_words.HOW_TO_READ)


def published_tab() -> None:
    """Published figures against measured ones, and all of them as a table."""
    table = ask(store, published, **place)
    known = table[table["measured"].notna()]
    with bar:
        what = choose("Figures", [GAIN, SCORE], "figures", show="{}s".format, segmented=True)
    part = known[known["what"] == what]
    if part.empty:
        st.info(
            f"No published {what} has a counterpart in this store yet. Scores need the same "
            "encoder on the paper catalogue, gains any intermediate task on the same target."
        )
        launch_link()
    else:
        figure = published_chart.published_scatter(part, what, is_dark())
        show(figure, "published_scatter", published_chart.alt_text(part, what))
    rows = claim_words.published_table(table[table["what"] == what])
    st.dataframe(
        rows.style.format(claim_words.published_formats(what), na_rep="–"),
        hide_index=True,
        key="published_table",
        placeholder="–",
        height=min(38 * (len(rows) + 1), 520),
        column_config={"Differs in": st.column_config.Column(width="large")},
    )
    note(claim_words.published_line(table[table["what"] == what]))
    with st.popover("How to read this", icon=":material/help:", type="tertiary"):
        st.write(claim_words.HOW_TO_READ_PUBLISHED)


def languages_tab() -> None:
    """The gain of each language against its properties."""
    if not known.targets:
        st.info(
            "Here will be one point per language: its gain against what its tokens look like. "
            "Nothing is measured yet."
        )
        launch_link()
        return
    with bar:
        target = choose("Target", known.targets, "target", show=theme.task_label)
        names = [ALL, *(name for name in known.intermediates if name != NO_INTERMEDIATE)]
        name = choose("Intermediate task", names, "intermediate", show=_intermediate)
        features = list(claim_words.FEATURES)
        feature = choose("Property", features, "property", show=claim_words.FEATURES.__getitem__)
    wanted = {**place, "target": target, "intermediate": None if name == ALL else name}
    with st.spinner("Counting tokens …"):
        found = ask(store, language_profit, **wanted)
    if found.table.empty:
        st.info("No gain in a language other than English is measured here. Choose another target.")
        return
    if found.note:
        st.info(words.escaped(f"No properties of tokens: {found.note}"))
    part = found.table[found.table[feature].notna()]
    if len(part):
        alt = language_chart.alt_text(feature, found.correlations[feature])
        show(language_chart.language_profit(part, feature, is_dark()), "languages_chart", alt)
    else:
        st.info(
            f"Nothing is known of this property ({claim_words.FEATURES[feature]}) for {encoder} "
            "and these languages. Choose another property above."
        )
    for each, correlation in found.correlations.items():
        st.markdown(f"- {words.escaped(claim_words.correlation_line(each, correlation))}")
    if st.toggle("Fit a model on all properties (takes some seconds)", key="language_model"):
        with st.spinner("Leaving out each language in turn …"):
            model = ask(store, language_model, **wanted)
        st.markdown(words.escaped(claim_words.model_line(model)))
    st.dataframe(
        claim_words.languages_table(found.table).style.format(
            claim_words.languages_formats(), na_rep="–"
        ),
        hide_index=True,
        key="languages_table",
        placeholder="–",
    )
    labelled_examples(target)
    with st.popover("How to read this", icon=":material/help:", type="tertiary"):
        st.write(claim_words.HOW_TO_READ_LANGUAGES)


def labelled_examples(target: str) -> None:
    """The curve over labelled examples, where several sizes were measured."""
    table = ask(store, few_shot, **place, target=target, language=ZERO_SHOT)
    if table.empty:
        return
    st.markdown("**With labelled examples in the other languages** (dotted: without any)")
    sentences = few_shot_chart.lines(table)
    show(few_shot_chart.few_shot(table, is_dark()), "few_shot_chart", " ".join(sentences))
    note(*sentences)


def _intermediate(name: str) -> str:
    return "mean over all" if name == ALL else theme.task_label(name)


def recommend_tab() -> None:
    """What to use for a target and a language, and the run that would make that surer."""
    if not known.targets:
        st.info("Nothing is measured yet, so there is nothing to recommend from.")
        launch_link()
        return
    with bar:
        target = choose("Target", known.targets, "target", show=theme.task_label)
        codes = [ZERO_SHOT, ALL, *known.languages]
        language = choose("Language", codes, "language", show=words.language)
        several = len(encoders) > 1
        models = (
            choose("Models", list(MODELS), "models", show=MODELS.__getitem__) if several else "one"
        )
        budget = _claims.budget_field()
    asked = {"encoder": encoder if models == "one" else None, "budget_ms": budget}
    try:
        _claims.recommendation(store, target=target, language=language, **asked)
    except XferError as error:
        refuse(error)


store = open_store()
st.title("Which claims hold here?", anchor=False)
everything = ask(store, choices_view.choices)
bar = st.container(horizontal=True, vertical_alignment="bottom")
with bar:
    tab = choose("Show", TABS, "tab", segmented=True)
    catalogs = everything.catalogs or ["mini"]
    catalog = choose("Catalogue", catalogs, "catalog") if len(catalogs) > 1 else catalogs[0]
    of_catalog = [name for of, name in everything.pairs if of == catalog and "~" not in name]
    encoders = of_catalog or [USUAL_ENCODERS.get(catalog, next(iter(catalogue.encoders())))]
    encoder = choose("Encoder", encoders, "encoder") if len(encoders) > 1 else encoders[0]
place = {"catalog": catalog, "encoder": encoder}
known = ask(store, choices_view.choices, **place)
measured = ask(store, latest)
{
    CLAIMS: claims_tab,
    PUBLISHED: published_tab,
    LANGUAGES: languages_tab,
    RECOMMEND: recommend_tab,
}[tab]()
running_now(store, lambda: ask(store, latest) != measured)

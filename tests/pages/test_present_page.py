"""The present page: from pinning a chart to slides in order, with doubts said and no tracebacks."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import store_builder
from streamlit.testing.v1 import AppTest

from tests import deck_samples
from xfer_core import decks, snapshots
from xfer_core.decks import Deck
from xfer_core.home import Home
from xfer_core.snapshots import Snapshot
from xfer_core.store import Store
from xfer_core.views.heatmap import heatmap

Opened = Callable[..., AppTest]
CLEAR = "MNLI helps Tatoeba"


def texts(app: AppTest) -> str:
    kinds = ("title", "subheader", "markdown", "error", "warning", "info")
    found = [str(element.value) for kind in kinds for element in getattr(app, kind)]
    return "\n".join(found).replace("\\", "")


def headlines_of(home: Home, deck: Deck) -> list[str]:
    return [slide.headline for slide in decks.load(home, deck.id).slides]


@pytest.fixture
def pinned(full: Home) -> Deck:
    """A deck of three slides over the full grid."""
    with Store.open(full) as store:
        table = heatmap(store, **deck_samples.GRID)
    taken = Snapshot.take("heatmap", table, deck_samples.GRID)
    deck = deck_samples.deck(full, [taken, taken, taken])
    for number, slide in enumerate(deck.slides[1:], 2):
        text = f"Slide {number}"
        decks.change(full, deck.id, lambda now, s=slide, t=text: now.edited(s.id, headline=t))
    return decks.load(full, deck.id)


def test_empty_store_and_store_without_decks_say_what_to_do(home: Home, opened: Opened) -> None:
    app = opened("present")
    assert not app.exception
    assert "No slides yet" in texts(app) and "Here will be" in texts(app)
    assert not any(button.label.startswith("Pin the main") for button in app.button)


def test_one_click_makes_a_first_deck(full: Home, opened: Opened) -> None:
    app = opened("present")
    next(each for each in app.button if each.label.startswith("Pin the main")).click().run()
    assert not app.exception
    deck = decks.known(full)[0]
    kinds = [snapshots.load(full, slide.snapshot).kind for slide in deck.slides]
    assert kinds == ["heatmap", "heatmap", "languages", "compare", "scatter"]
    assert deck.slides[0].headline.startswith(CLEAR)
    assert "The data back this headline." in texts(app)


@pytest.mark.parametrize(
    ("page", "key", "kind", "query"),
    [
        ("heatmap", "pin", "heatmap", {"language": "de"}),
        ("heatmap", "pin_languages", "languages", {"cell": "mini-mnli~mini-tatoeba"}),
        ("accuracy_latency", "pin", "scatter", {"budget": "20"}),
        ("compare", "pin_compare", "compare", {"target": "mini-tatoeba"}),
    ],
)
def test_every_chart_can_be_pinned_and_shown(
    page: str, key: str, kind: str, query: dict[str, str], full: Home, opened: Opened
) -> None:
    app = opened(page, **query)
    app.text_input(key=f"{key}_title").set_value("My deck").run()
    app.button(key=f"{key}_now").click().run()
    assert not app.exception
    deck = decks.known(full)[0]
    snapshot = snapshots.load(full, deck.slides[0].snapshot)
    assert (deck.title, snapshot.kind) == ("My deck", kind)
    if "language" in query:
        assert snapshot.choices["language"] == "de"
        assert set(snapshot.table["language"]) == {"de"}
    app = opened("present")
    assert not app.exception and deck.slides[0].headline in [area.value for area in app.text_area]
    assert not opened("present", present="1").exception


def test_slides_are_ordered_edited_and_removed(full: Home, pinned: Deck, opened: Opened) -> None:
    app = opened("present")
    first = pinned.slides[0].id
    app.button(key=f"arrow_downward_{first}").click().run()
    assert headlines_of(full, pinned)[:2][0] == "Slide 2"
    app.button(key=f"content_copy_{first}").click().run()
    assert len(headlines_of(full, pinned)) == 4
    app.text_area(key=f"note_{first}").set_value("Say this slowly").run()
    assert decks.load(full, pinned.id).slides[1].note == "Say this slowly"
    app.text_area[0].set_value("MNLI is good for Tatoeba").run()
    assert "MNLI is good for Tatoeba" in headlines_of(full, pinned)
    app.button(key=f"delete_{first}").click().run()
    assert len(headlines_of(full, pinned)) == 3
    assert not app.exception


def test_a_headline_that_the_data_do_not_back_is_amber(
    full: Home, pinned: Deck, opened: Opened
) -> None:
    app = opened("present")
    app.text_area[0].set_value("SST helps POS by +9.9 points").run()
    found = texts(app)
    assert "No number of this slide reads +9.9." in found
    assert "which does not show that it helps" in found
    assert "not backed" in app.radio[0].options[0]
    first = pinned.slides[0].id
    app.button(key=f"propose_{first}").click().run()
    assert headlines_of(full, pinned)[0].startswith(CLEAR)
    assert "The data back this headline." in texts(app)


def test_results_measured_since_turn_a_frozen_headline_amber(
    full: Home, pinned: Deck, opened: Opened
) -> None:
    first = pinned.slides[0].id
    table = snapshots.load(full, pinned.slides[0].snapshot).table
    before = opened("present")
    assert "Results measured since then" not in texts(before)
    stronger = table.assign(gain_points=table["gain_points"] + 3.0)
    taken = Snapshot.take("heatmap", stronger, deck_samples.GRID)
    snapshots.save(full, taken)
    text = "MNLI helps Tatoeba most (+21.8 points); SST hurts POS (−3.2)"
    decks.change(
        full,
        pinned.id,
        lambda now: now.edited(first, snapshot=taken.id, headline=text, proposed=text),
    )
    app = opened("present")
    assert "Results measured since then no longer back it. The data now say" in texts(app)


def test_present_mode_has_no_navigation_and_esc_leads_back(
    full: Home, pinned: Deck, opened: Opened
) -> None:
    app = opened("present", present="1", deck=pinned.id, slide="2")
    assert not app.exception
    assert len(app.title) == 0 and [button.label for button in app.button] == ["Leave"]
    app.button[0].click().run()
    assert app.title[0].value == "Present" and "present" not in app.query_params


def test_address_of_a_picture_works_after_its_slide_is_gone(
    full: Home, pinned: Deck, opened: Opened
) -> None:
    kept = pinned.slides[0].snapshot
    for slide in pinned.slides:
        decks.change(full, pinned.id, lambda now, s=slide: now.without(s.id))
    app = opened("present", present="1", deck=pinned.id, snapshot=kept)
    assert not app.exception and len(app.title) == 0


@pytest.mark.parametrize(
    "query",
    [
        {"deck": "../../etc", "slide": "-9", "old": "parameter"},
        {"slide": "99"},
        {"present": "1", "snapshot": "../../x"},
    ],
)
def test_mangled_addresses_are_ignored_with_a_notice(
    full: Home, pinned: Deck, opened: Opened, query: dict[str, str]
) -> None:
    app = opened("present", **query)
    assert not app.exception
    assert app.title[0].value == "Present"
    notices = len(app.info) + len(app.error)
    assert notices >= 1 or set(query) == {"slide"}


def test_a_damaged_snapshot_says_so(full: Home, pinned: Deck, opened: Opened) -> None:
    path = full.root / "decks" / "snapshots" / f"{pinned.slides[0].snapshot}.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "kind": "scatter"}))
    app = opened("present")
    assert not app.exception
    assert "was changed after it was taken" in texts(app)


def test_hostile_titles_and_headlines_are_shown_as_text(full: Home, opened: Opened) -> None:
    table = deck_samples.gains({"row": store_builder.HOSTILE[:60], "column": "mini-xnli"})
    taken = Snapshot.take("heatmap", table, deck_samples.GRID)
    deck = deck_samples.deck(full, [taken], store_builder.HOSTILE[:60])
    decks.change(
        full, deck.id, lambda now: now.edited(now.slides[0].id, headline=store_builder.HOSTILE)
    )
    app = opened("present")
    assert not app.exception
    said = "\n".join(str(each.value) for each in app.markdown) + "".join(app.radio[0].options)
    assert "<script>" not in said and "](javascript" not in said.replace("\\]", "")
    assert not opened("present", present="1").exception

"""Snapshots stay as they were, decks survive what happens to the database, damage is refused."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests import deck_samples
from xfer_core import decks, snapshots
from xfer_core.domain.errors import DataError, UsageError
from xfer_core.home import Home
from xfer_core.snapshots import Snapshot
from xfer_core.store import Store

HEADLINE = "MNLI helps XNLI"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "store").create()


def small() -> Snapshot:
    return Snapshot.take(
        "heatmap", deck_samples.gains({"row": "mini-mnli", "column": "mini-xnli"}), {"a": 1}
    )


def test_table_comes_back_with_its_types() -> None:
    table = pd.DataFrame(
        {
            "n": [1, 2],
            "m": pd.array([1, None], dtype="Int64"),
            "x": [0.1, float("nan")],
            "yes": [True, False],
            "name": ["a", None],
            "seeds": [[1, 2], None],
            "at": pd.to_datetime(["2026-11-22T10:00:00.25Z", None], utc=True),
            "whole": pd.to_datetime(
                ["2026-11-22T10:00:00.25Z", "2026-11-22T10:00:00Z"], utc=True, format="ISO8601"
            ),
        }
    )
    found = snapshots.thaw(json.loads(json.dumps(snapshots.freeze(table))))
    assert list(found["n"]) == [1, 2] and found["x"][0] == 0.1 and pd.isna(found["x"][1])
    assert found["m"].dtype == "Int64" and found["yes"].dtype == bool
    assert found["seeds"][0] == [1, 2] and found["seeds"][1] is None and found["name"][1] is None
    assert found["at"][0] == table["at"][0] and pd.isna(found["at"][1])
    assert list(found["whole"]) == list(table["whole"])


def test_id_stands_for_the_content_alone(home: Home) -> None:
    first, again = small(), small()
    assert first.id == again.id
    other = Snapshot.take("heatmap", first.table, {"a": 2})
    assert other.id != first.id
    assert snapshots.save(home, first) == snapshots.save(home, again)


@pytest.mark.parametrize("damage", ["value", "kind", "garbage", "rows", "missing"])
def test_a_changed_snapshot_is_not_shown(home: Home, damage: str) -> None:
    name = snapshots.save(home, small())
    path = home.root / "decks" / "snapshots" / f"{name}.json"
    values: dict[str, Any] = json.loads(path.read_text())
    if damage == "value":
        at = [column for column, _ in values["frozen"]["columns"]].index("gain_points")
        values["frozen"]["rows"][0][at] = 50.0
    elif damage == "kind":
        values["kind"] = "poem"
    elif damage == "rows":
        values["frozen"]["rows"][0].pop()
    path.write_text("{" if damage == "garbage" else json.dumps(values))
    if damage == "missing":
        path.unlink()
    with pytest.raises(DataError, match=r"pin the chart|is not in this store"):
        snapshots.load(home, name)


@pytest.mark.parametrize("name", ["../../etc/passwd", "A" * 12, "", "abc"])
def test_names_that_are_no_snapshot(home: Home, name: str) -> None:
    with pytest.raises(DataError, match="12 hex digits"):
        snapshots.load(home, name)


def test_slides_move_double_and_go(home: Home) -> None:
    deck = decks.create(home, "Monday")
    ids = [decks.pin(home, deck.id, small(), f"{HEADLINE} {n}").id for n in range(3)]
    decks.change(home, deck.id, lambda now: now.moved(ids[2], -1).moved(ids[0], -5))
    assert [slide.id for slide in decks.load(home, deck.id).slides] == [ids[0], ids[2], ids[1]]
    found = decks.change(home, deck.id, lambda now: now.duplicated(ids[0]).without(ids[1]))
    assert [slide.headline[-1] for slide in found.slides] == ["0", "0", "2"]
    assert len({slide.id for slide in found.slides}) == 3
    found = decks.change(
        home, deck.id, lambda now: now.edited(ids[2], headline=" New\n one ", note="a\nb")
    )
    assert found.slides[2].headline == "New one" and found.slides[2].note == "a\nb"
    with pytest.raises(UsageError, match="no longer in deck"):
        found.without("gone")


def test_decks_outlive_the_database(home: Home) -> None:
    deck = decks.create(home, "Kept")
    slide = decks.pin(home, deck.id, small(), HEADLINE)
    with Store.open(home):
        kept = decks.load(home, deck.id)
    home.database.unlink()
    with Store.open(home):
        assert decks.load(home, deck.id) == kept and kept.slides == (slide,)
        assert snapshots.load(home, slide.snapshot).id == slide.snapshot


def test_two_writers_lose_nothing(home: Home) -> None:
    deck, snapshot = decks.create(home, "Both"), small()

    def add() -> None:
        for _ in range(8):
            decks.pin(home, deck.id, snapshot, HEADLINE)

    workers = [threading.Thread(target=add) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(decks.load(home, deck.id).slides) == 24


def test_titles_become_safe_file_names(home: Home) -> None:
    for title in ("../../evil", "Ünïcode ☃", "<script>", "a" * 100):
        assert decks.load(home, decks.create(home, title).id).title == title
    assert {path.parent for path in home.root.rglob("*.json")} == {home.root / "decks"}
    for bad in ("", "  ", "x" * 101):
        with pytest.raises(UsageError):
            decks.create(home, bad)


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"title": 1}', '{"title": "x", "slides": [{}], "changed_at": ""}']
)
def test_a_damaged_deck_is_named_and_left_out(home: Home, content: str) -> None:
    good = decks.create(home, "Good")
    (home.root / "decks" / "bad.json").write_text(content)
    assert [deck.id for deck in decks.known(home)] == [good.id]
    with pytest.raises(DataError):
        decks.load(home, "bad")


def test_too_long_headlines_and_too_many_slides_are_refused(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    deck = decks.create(home, "Full")
    with pytest.raises(UsageError, match="at most 200"):
        decks.pin(home, deck.id, small(), "x" * 201)
    monkeypatch.setattr(decks, "MOST_SLIDES", 1)
    decks.pin(home, deck.id, small(), HEADLINE)
    with pytest.raises(UsageError, match="is full"):
        decks.pin(home, deck.id, small(), HEADLINE)

"""What a reader of a score must know goes with it: cells, tables, slides, commands."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from spool_samples import stage, write_run

from xfer_core import catalog, spool
from xfer_core.charts import slides, words
from xfer_core.cli import catalog_commands, results
from xfer_core.decks import Slide
from xfer_core.domain.event import EventType
from xfer_core.exports import sheets
from xfer_core.exports.hf_card import hf_card
from xfer_core.home import Home
from xfer_core.snapshots import Snapshot
from xfer_core.store import Store
from xfer_core.views.cell import cell
from xfer_core.views.compare import compare
from xfer_core.views.compare_sides import Side
from xfer_core.views.gains import gains
from xfer_core.views.heatmap import heatmap

NOTE = "Only pairs were searched."
PLACE = {"catalog": "paper", "encoder": "tiny"}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Two models on two targets; BUCC's French rows alone are a copy of which one must know."""
    made = Home(tmp_path / "store").create()
    stages = []
    for intermediate in ("none", "mnli"):
        for target, noted in (("bucc2018", ("fr",)), ("xnli", ())):
            one = stage("evaluate", intermediate, target, languages=("de", "fr"), **PLACE)
            stages.append(one)
            with spool.Writer(made.job(one.key), one.key, 1) as writer:
                writer.append(
                    EventType.STARTED, run_id="run-1", stage=one.to_json(), pid=1, host="h"
                )
                for code in one.languages:
                    values = {"value": 0.5, "n_examples": 4, "scores": [1.0, 0.0, 1.0, 0.0]}
                    values |= {"note": NOTE} if code in noted else {}
                    metric = catalog.task(target).metric
                    writer.append(
                        EventType.SCORE, language=code, split="test", metric=metric, **values
                    )
                writer.append(EventType.FINISHED, wall_seconds=1.0, rows=writer.rows)
    write_run(made, "run-1", stages)
    return made


def test_a_cell_has_the_notes_of_its_scores_and_no_others(home: Home) -> None:
    with Store.temporary(home) as store:
        table = gains(store)
        told = table.set_index(["target", "intermediate", "language"])["note"].to_dict()
        detail = cell(store, **PLACE, intermediate="mnli", target="bucc2018", language="de")
        by_language = dict(detail.by_language[["language", "note"]].to_numpy().tolist())
        sides = {"a": Side("tiny"), "b": Side("tiny", "mnli")}
        found = compare(store, catalog="paper", target="bucc2018", **sides).table
    for (target, _, language), note in told.items():
        assert note == (NOTE if target == "bucc2018" and language != "de" else "")
    assert len(told) == 16
    assert by_language == {"de": "", "fr": NOTE}
    assert found.set_index("language")["note"]["fr"] == NOTE
    assert words.notes(table) == [f"BUCC: {NOTE}"]
    assert words.notes(table[table["language"] == "de"]) == []
    assert words.notes(table.drop(columns="target")) == [NOTE]
    assert words.notes(table.drop(columns="note")) == []


def test_slides_and_their_tables_say_it(home: Home) -> None:
    with Store.temporary(home) as store:
        table = heatmap(store, **PLACE, language="zero-shot")
        card = hf_card(gains(store, encoder="tiny"), {}, "2026-11-23")
    snapshot = Snapshot.take("heatmap", table, {**PLACE, "language": "zero-shot"})
    shown = slides.show(Slide("s1", snapshot.id, ""), snapshot)
    assert f"BUCC: {NOTE}" in shown.source
    assert set(sheets.slide_table(shown)[sheets.NOTE]) == {f"BUCC: {NOTE}"}
    plain = Snapshot.take("heatmap", table[table["target"] == "xnli"], dict(PLACE))
    assert sheets.NOTE not in sheets.slide_table(slides.show(Slide("s2", plain.id, ""), plain))
    assert card.count(NOTE.removesuffix(".")) == 2  # for each of the two models on BUCC


def test_commands_say_it(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    results.gains(home=home.root, json=False)
    assert f"BUCC: {NOTE}" in capsys.readouterr().out
    results.gains(home=home.root, format="csv", by="intermediate,target,language")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(",note")
    assert sum(line.endswith(NOTE) for line in lines) == 6
    catalog_commands.tasks(home=home.root)
    said = capsys.readouterr().out
    for task in catalog.tasks().values():
        assert not task.note or task.note in said


def test_tables_of_before_are_read() -> None:
    assert words.notes(pd.DataFrame({"target": ["xnli"], "score": [0.5]})) == []
    assert words.notes(pd.DataFrame({"target": ["xnli"], "note": [None]})) == []

"""Accuracy by subject and group of a cell, on MMLU's own subjects, against numbers by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from spool_samples import stage, write_run

from xfer_core import spool
from xfer_core.charts import cell_subjects as chart
from xfer_core.charts import theme
from xfer_core.domain.event import EventType
from xfer_core.domain.run import Stage
from xfer_core.home import Home
from xfer_core.store import Store
from xfer_core.views.cell_subjects import COLUMNS, cell_subjects

SUBJECTS = ("anatomy", "anatomy", "virology", "philosophy")
"""Two subjects of "other" and one of the humanities."""
PLACE = {"catalog": "paper", "encoder": "tiny", "target": "mmmlu"}
RIGHT = {
    ("none", 1): {"en": [1, 0, 1, 0], "de": [0, 0, 1, 1], "fr": [1, 1, 0, 0]},
    ("none", 2): {"en": [1, 1, 1, 0], "de": [0, 0, 0, 1], "fr": [1, 1, 0, 0]},
    ("mnli", 1): {"en": [1, 1, 1, 1], "de": [1, 0, 1, 1], "fr": [1, 1, 1, 0]},
    ("mnli", 2): {"en": [1, 1, 1, 1], "de": [1, 1, 1, 1], "fr": [1, 1, 0, 0]},
}
"""(intermediate, seed) -> language -> which answers are right."""


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Two models with two seeds, and the questions in the files of a user."""
    monkeypatch.setenv("XFER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("XFER_XTREME_DIR", raising=False)
    for code in ("en", "de", "fr"):
        rows = [_question(code, subject) for subject in SUBJECTS]
        file = tmp_path / "data" / "mmmlu" / code / "test.jsonl"
        file.parent.mkdir(parents=True)
        file.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    home = Home(tmp_path / "store").create()
    write_run(home, "run-1", [_scored(home, *key) for key in RIGHT])
    with Store.open(home) as opened:
        yield opened


def _question(code: str, subject: str) -> dict[str, object]:
    if code == "en":
        return {"question": "q", "choices": list("wxyz"), "answer": 0, "subject": subject}
    return {"Question": "q", **dict.fromkeys("ABCD", "x"), "Answer": "A", "Subject": subject}


def _scored(home: Home, intermediate: str, seed: int) -> Stage:
    place = {name: PLACE[name] for name in ("catalog", "encoder")}
    done = stage("evaluate", intermediate, "mmmlu", seed, languages=("en", "de", "fr"), **place)
    with spool.Writer(home.job(done.key), done.key, 1) as writer:
        writer.append(EventType.STARTED, run_id="run-1", stage=done.to_json(), pid=1, host="h")
        for code, right in RIGHT[intermediate, seed].items():
            values = {"value": sum(right) / 4, "n_examples": 4, "scores": [float(r) for r in right]}
            writer.append(EventType.SCORE, language=code, split="test", metric="accuracy", **values)
        writer.append(EventType.FINISHED, wall_seconds=1.0, rows=writer.rows)
    return done


def test_each_subject_and_group_in_each_language(store):
    table = cell_subjects(store, **PLACE, intermediate="mnli")
    assert list(table.columns) == COLUMNS
    found = table.set_index(["level", "name", "language"])
    assert found.loc[("subject", "anatomy", "de"), "score"] == pytest.approx(0.75)  # .5 and 1
    assert found.loc[("subject", "anatomy", "de"), "gain_points"] == pytest.approx(75)
    assert found.loc[("subject", "anatomy", "de"), "n_questions"] == 2
    # other: anatomy twice and virology; seed 1 two of three right in German, seed 2 all.
    assert found.loc[("group", "other", "de"), "score"] == pytest.approx((2 / 3 + 1) / 2)
    assert found.loc[("group", "humanities", "fr"), "score"] == 0
    assert set(found.index.get_level_values("name")) == {
        *SUBJECTS,
        "other",
        "humanities",
    }
    assert (found["n_seeds"] == 2).all()


def test_the_zero_shot_mean_counts_languages_alike(store):
    found = cell_subjects(store, **PLACE, intermediate="mnli")
    found = found.set_index(["level", "name", "language"])
    assert found.loc[("subject", "anatomy", "zero-shot"), "score"] == pytest.approx(0.875)
    assert found.loc[("subject", "anatomy", "zero-shot"), "gain_points"] == pytest.approx(37.5)
    assert found.loc[("subject", "philosophy", "zero-shot"), "score"] == pytest.approx(0.5)


def test_the_baseline_has_no_gain_and_other_kinds_no_subjects(store):
    table = cell_subjects(store, **PLACE, intermediate="none")
    assert len(table) and table["gain_points"].isna().all()
    assert cell_subjects(store, **{**PLACE, "target": "xnli"}, intermediate="none").empty
    assert cell_subjects(store, **PLACE, intermediate="qqp").empty


def test_chart_and_table_have_the_same_numbers(store):
    table = cell_subjects(store, **PLACE, intermediate="mnli")
    part = table[table["level"] == "subject"]
    figure = chart.cell_subjects(part)
    trace, numbers = figure.data
    assert trace.y[0] == "anatomy" and list(trace.x[:2]) == [
        "English (reference)",
        "<b>zero-shot mean</b>",
    ]
    rows = chart.as_table(part)
    assert list(numbers.text[:2]) == [f"{value:.1f}" for value in trace.z[0][:2]]
    assert rows["Subject"].tolist() == list(trace.y) and rows["Questions"].tolist() == [2, 1, 1]
    assert rows.iloc[:, 2:].to_numpy() == pytest.approx(trace.z)
    for colors in (theme.LIGHT, theme.DARK):
        shades = (colors.neutral, *colors.positive)
        fills = [chart.shade(value, (0, 100), shades) for value in range(101)]
        assert (fills[0], fills[100]) == (shades[0], shades[-1])
        assert min(theme.contrast(theme.text_on(fill), fill) for fill in fills) >= 4.5
    assert chart.cell_subjects(part, dark=True).layout.font.color == theme.DARK.text
    assert "best in anatomy (87.5 points), worst in philosophy (50.0)" in chart.alt_text(part)
    assert "+37.5 points" in trace.hovertext[0][1]
    assert "2 seeds; at least 1 question behind" in chart.counts_line(part)

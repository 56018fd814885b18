from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from spool_samples import stage

from xfer_core import spool
from xfer_core.domain.event import EventType
from xfer_core.domain.run import Stage
from xfer_core.home import Home
from xfer_core.store.store import Store
from xfer_core.views.accuracy_latency import accuracy_latency
from xfer_core.views.cell import cell
from xfer_core.views.choices import choices
from xfer_core.views.gains import COLUMNS as GAIN_COLUMNS
from xfer_core.views.gains import gains
from xfer_core.views.heatmap import heatmap, margins
from xfer_core.views.latency import latency
from xfer_core.views.overview import overview
from xfer_core.views.running import running
from xfer_core.views.runs import runs, stages_of

CATALOG, ENCODER = "trial", "tiny"
HERE = {"catalog": CATALOG, "encoder": ENCODER}
GERMAN_AND_TURKISH = ("en", "de", "tr")
N = 20


def of(kind: str, intermediate: str, target: str | None, seed: int = 1, **more: Any) -> Stage:
    return stage(
        kind,
        intermediate,
        target,
        seed,
        **{"languages": GERMAN_AND_TURKISH, "fingerprint": "", **HERE, **more},
    )


class Files:
    """Spool files of a store, written by hand."""

    def __init__(self, home: Home) -> None:
        self.home = home

    def evaluate(
        self,
        intermediate: str,
        target: str,
        seed: int,
        right: dict[str, int],
        n: int = N,
        metric: str = "accuracy",
        **more: Any,
    ) -> Stage:
        """An evaluation with so many right answers per language; 0 examples if n is 0."""
        settings = {"metric": metric}
        more = {"languages": tuple(right), "settings": settings, **more}
        done = of("evaluate", intermediate, target, seed, **more)
        with self.job(done) as writer:
            for language, count in right.items():
                scores = [1.0] * count + [0.0] * (n - count)
                writer.append(
                    EventType.SCORE,
                    language=language,
                    split="test",
                    metric=metric,
                    value=count / n if n else None,
                    n_examples=n,
                    scores=scores,
                    weights=None,
                )
            writer.append(EventType.FINISHED, wall_seconds=2.0, rows=writer.rows)
        return done

    def train(self, done: Stage, losses: Sequence[Any], finished: bool = True) -> Stage:
        with self.job(done) as writer:
            for step, loss in enumerate(losses, start=1):
                writer.append(EventType.PROGRESS, what="training", step=step, steps=10, loss=loss)
            if finished:
                writer.append(EventType.FINISHED, wall_seconds=10.0, rows=writer.rows)
        return done

    def fail(self, done: Stage, message: str, attempt: int = 1) -> Stage:
        with self.job(done, attempt) as writer:
            writer.append(EventType.FAILED, message=message, traceback="Traceback")
        return done

    def time(self, intermediate: str, p50: float, seed: int = 1, **more: Any) -> Stage:
        settings = {key: more[key] for key in ("threads",) if key in more}
        done = of("latency", intermediate, "quiz", seed, settings=settings, variant="timing")
        values = {
            **{"back_end": "torch", "precision": "fp32", "device": "cpu"},
            **{"device_name": "Test CPU", "threads": 1, "batch_size": 1, "unit": "sentence"},
            **{"sequence_length": 9.0, "p50_ms": p50, "p95_ms": 2 * p50, "n": 20},
            **{"ci_low_ms": p50 - 1, "ci_high_ms": p50 + 1, "contended": False, **more},
        }
        with self.job(done) as writer:
            writer.append(EventType.LATENCY, **values)
            writer.append(EventType.FINISHED, wall_seconds=1.0, rows=writer.rows)
        return done

    def job(self, done: Stage, attempt: int = 1) -> spool.Writer:
        folder = self.home.job(done.key)
        spool.publish(folder / spool.STAGE, done.to_json())
        writer = spool.Writer(folder, done.key, attempt)
        writer.append(EventType.STARTED, run_id="run-1", stage=done.to_json(), pid=1, host="here")
        return writer

    def run(
        self,
        run_id: str,
        stages: Sequence[Stage],
        state: str = "succeeded",
        moves: dict[str, str] | None = None,
        reused: Sequence[Stage] = (),
    ) -> None:
        """A run; ``moves`` gives stages a state other than succeeded, by key."""
        with spool.Writer(self.home.run(run_id), run_id, 1) as writer:
            writer.append(
                EventType.PLAN,
                spec={},
                stages=[each.to_json() for each in stages],
                reused=[each.key for each in reused],
            )
            writer.append(EventType.STATE, state="running", reason="")
            for each in stages:
                moved = (moves or {}).get(each.key, "succeeded")
                if each not in reused and moved != "queued":
                    writer.append(EventType.JOB, key=each.key, state=moved)
            if state != "running":
                writer.append(EventType.STATE, state=state, reason="")


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(Home(tmp_path / "store").create())


@pytest.fixture
def empty(files: Files) -> Iterator[Store]:
    with Store.temporary(files.home) as store:
        yield store


def opened(files: Files) -> Store:
    return Store.temporary(files.home)


def grid(files: Files) -> list[Stage]:
    """Two seeds of none, nli (+10 in quiz, +5 in tag) and qa (-5 in quiz, nothing in tag)."""
    right = {
        ("none", "quiz"): (10, 10, 10),
        ("none", "tag"): (12, 12, 12),
        ("nli", "quiz"): (12, 12, 12),
        ("nli", "tag"): (13, 13, 13),
        ("qa", "quiz"): (9, 9, 9),
    }
    return [
        files.evaluate(name, target, seed, dict(zip(GERMAN_AND_TURKISH, counts, strict=True)))
        for (name, target), counts in right.items()
        for seed in (1, 2)
    ]


def at(table: pd.DataFrame, **key: str) -> pd.Series[Any]:
    for column, value in key.items():
        table = table[table[column] == value]
    assert len(table) == 1, table
    return table.iloc[0]


# ---- every view on an empty store


def test_views_of_an_empty_store_have_their_columns_and_no_rows(empty: Store) -> None:
    assert list(gains(empty).columns) == GAIN_COLUMNS
    for table in (
        gains(empty),
        heatmap(empty, **HERE),
        heatmap(empty, **HERE, target="quiz"),
        *margins(heatmap(empty, **HERE)),
        latency(empty),
        accuracy_latency(empty, catalog=CATALOG, target="quiz", language="de"),
        runs(empty),
        stages_of(empty, "run-9"),
        running(empty),
    ):
        assert table.empty
        assert len(table.columns) > 3
    detail = cell(empty, **HERE, intermediate="nli", target="quiz", language="de")
    assert detail.gain is None
    assert detail.by_seed.empty and detail.by_language.empty
    assert detail.runs.empty and detail.curves.empty
    assert overview(empty).n_cells == 0
    assert overview(empty).newest is None
    assert choices(empty).targets == []


# ---- gains


def test_gains_have_one_row_per_cell_and_language(files: Files) -> None:
    grid(files)
    table = gains(opened(files))
    keys = ["catalog", "encoder", "intermediate", "target", "language", "metric"]
    assert len(table) == 5 * 5  # three languages and two means
    assert not table.duplicated(keys).any()
    row = at(table, intermediate="nli", target="quiz", language="zero-shot")
    assert (row["gain_points"], row["n_seeds"], row["seeds"]) == (pytest.approx(10), 2, [1, 2])
    assert row["seed_baselines"] == pytest.approx([0.5, 0.5])
    assert list(table["intermediate"])[0] == "none"


def test_gains_can_be_narrowed(files: Files) -> None:
    grid(files)
    table = gains(opened(files), **HERE, intermediate="qa", language="de", metric="accuracy")
    assert list(table["target"]) == ["quiz"]
    assert gains(opened(files), target="none-such").empty
    assert gains(opened(files), language="' OR 1 = 1 --").empty


def test_gains_show_the_newest_variant_unless_told_otherwise(files: Files) -> None:
    files.evaluate("none", "quiz", 1, {"de": 10})
    files.evaluate("nli", "quiz", 1, {"de": 12})
    files.evaluate("none", "quiz", 1, {"de": 14}, variant="v2")
    store = opened(files)
    assert set(gains(store)["variant"]) == {"v2"}
    assert gains(store, intermediate="nli").empty
    old = gains(store, intermediate="nli", language="de", variant="v1")
    assert old["gain_points"].tolist() == pytest.approx([10.0])


def test_marks_depend_on_the_returned_family_and_need_two_seeds(files: Files) -> None:
    for seed in (1, 2, 3):
        files.evaluate("none", "quiz", seed, {"de": 300}, n=1000)
        files.evaluate("nli", "quiz", seed, {"de": 600 + seed}, n=1000)
        files.evaluate("qa", "quiz", seed, {"de": 300 + 10 * seed}, n=1000)
    files.evaluate("lm", "quiz", 1, {"de": 900}, n=1000)
    table = gains(opened(files), language="de")
    assert at(table, intermediate="nli")["significant"]
    assert not at(table, intermediate="qa")["significant"]
    assert not at(table, intermediate="lm")["significant"]
    assert pd.isna(at(table, intermediate="lm")["p_value"])
    assert table["significant"].dtype == bool


# ---- heatmap


def test_heatmap_shows_every_cell_with_its_state(files: Files) -> None:
    stages = grid(files)
    unpaired = files.evaluate("qa", "tag", 7, {"de": 12, "tr": 12, "en": 12})
    trained = files.fail(of("target", "lm", "quiz"), "Out of memory.")
    pending = of("evaluate", "lm", "tag")
    asked = of("evaluate", "ner", "quiz")
    files.run("run-1", [*stages, unpaired, trained, asked])
    files.run("run-2", [pending], state="running", moves={pending.key: "running"})
    table = heatmap(opened(files), **HERE)
    assert list(dict.fromkeys(table["column"])) == ["quiz", "tag"]
    assert list(dict.fromkeys(table["row"])) == ["none", "nli", "qa", "lm", "ner"]
    assert len(table) == 10
    state = {
        (row, column): state for row, column, state in table[["row", "column", "state"]].values
    }
    assert state == {
        **{("none", "quiz"): "measured", ("none", "tag"): "measured"},
        **{("nli", "quiz"): "measured", ("nli", "tag"): "measured"},
        **{("qa", "quiz"): "measured", ("qa", "tag"): "unpaired"},
        **{("lm", "quiz"): "failed", ("lm", "tag"): "running"},
        **{("ner", "quiz"): "not_run", ("ner", "tag"): "not_run"},
    }
    assert at(table, row="lm", column="quiz")["message"] == "Out of memory."
    assert at(table, row="lm", column="tag")["message"] == "running"
    assert at(table, row="nli", column="quiz")["gain_points"] == pytest.approx(10.0)
    assert set(table["encoder"]) == {ENCODER}


def test_heatmap_of_a_target_has_its_languages_english_first(files: Files) -> None:
    files.evaluate("none", "quiz", 1, {"de": 10, "en": 10})
    files.evaluate("nli", "quiz", 1, {"de": 12})
    planned = of("evaluate", "none", "quiz", languages=("de", "en", "tr"))
    files.run("run-1", [planned])
    table = heatmap(opened(files), **HERE, target="quiz")
    assert list(table[table["row"] == "none"]["column"]) == ["en", "de", "tr"]
    assert at(table, row="nli", column="de")["gain_points"] == pytest.approx(10.0)
    assert at(table, row="nli", column="tr")["state"] == "not_run"
    assert set(table["target"]) == {"quiz"}


def test_a_language_that_the_task_lacks_is_not_applicable(files: Files) -> None:
    stages = grid(files)
    search = files.evaluate("none", "search", 1, {"de": 10})
    english = files.evaluate("none", "local", 1, {"en": 10})
    files.run("run-1", [*stages, search, english])
    store = opened(files)
    table = heatmap(store, **HERE, language="en")
    assert set(table[table["column"] == "search"]["state"]) == {"not_applicable"}
    table = heatmap(store, **HERE)
    assert set(table[table["column"] == "local"]["state"]) == {"not_applicable"}
    assert set(table[table["column"] == "search"]["state"]) == {"measured", "not_run"}


def declared(files: Files, *tasks: tuple[str, str, list[str]]) -> Store:
    """The store with tasks (name, metric, languages) as a catalogue declares them."""
    store = opened(files)
    for name, metric, languages in tasks:
        row = [name, CATALOG, metric, languages]
        store._connection.cursor().execute(
            "INSERT INTO tasks (name, catalog, metric, languages) VALUES (?, ?, ?, ?)", row
        )
    return store


def test_declared_tasks_give_order_languages_and_metric(files: Files) -> None:
    for metric, counts in (("f1", (2, 4)), ("accuracy", (10, 12))):
        for name, count in zip(("none", "nli"), counts, strict=True):
            files.evaluate(name, "tag", 1, {"de": count}, metric=metric)
    files.run("run-1", [of("evaluate", "nli", each) for each in ("extra", "quiz", "tag")])
    store = declared(files, ("tag", "f1", ["tr", "en", "de"]), ("quiz", "accuracy", ["de"]))
    table = heatmap(store, **HERE, language="en")
    assert list(dict.fromkeys(table["column"])) == ["tag", "quiz", "extra"]
    assert set(table[table["column"] == "quiz"]["state"]) == {"not_applicable"}
    assert choices(store).targets == ["tag", "quiz", "extra"]
    table = heatmap(store, **HERE, target="tag")
    assert list(table[table["row"] == "nli"]["column"]) == ["en", "tr", "de"]
    assert set(table["metric"].dropna()) == {"f1"}
    assert not table.duplicated(["row", "column"]).any()
    table = heatmap(store, **HERE, target="tag", metric="accuracy")
    assert set(table["metric"].dropna()) == {"accuracy"}
    by_language = cell(store, **HERE, intermediate="nli", target="tag", language="de").by_language
    assert by_language["score"].tolist() == pytest.approx([0.2])


def test_an_intermediate_that_failed_fails_its_cells_until_it_works(files: Files) -> None:
    parent = files.fail(of("intermediate", "nli", None), "No space left.")
    planned = of("evaluate", "nli", "quiz")
    files.run("run-1", [parent, planned], state="failed", moves={planned.key: "skipped"})
    row = at(heatmap(opened(files), **HERE), row="nli")
    assert (row["state"], row["message"]) == ("failed", "No space left.")
    files.fail(parent, "Again.", attempt=2)
    assert at(heatmap(opened(files), **HERE), row="nli")["message"] == "Again."
    with files.job(parent, 3) as writer:
        writer.append(EventType.FINISHED, wall_seconds=1.0, rows=1)
    assert at(heatmap(opened(files), **HERE), row="nli")["state"] == "not_run"
    files.run("run-2", [planned], state="running", moves={planned.key: "queued"})
    row = at(heatmap(opened(files), **HERE), row="nli")
    assert (row["state"], row["message"]) == ("running", "queued")


def test_a_mean_over_fewer_languages_says_so(files: Files) -> None:
    stages = [files.evaluate("none", "quiz", 1, {"en": 9, "de": 10, "tr": 10})]
    stages += [files.evaluate("nli", "quiz", 1, {"de": 12})]
    files.run("run-1", stages)
    table = heatmap(opened(files), **HERE)
    assert at(table, row="nli")["message"] == "mean over 1 of 2 languages"
    assert at(table, row="none")["message"] == ""


def test_margins_use_columns_that_all_rows_have(files: Files) -> None:
    files.run("run-1", [*grid(files), of("evaluate", "lm", "quiz")])
    rows, columns = margins(heatmap(opened(files), **HERE))
    nli, qa, lm = (at(rows, row=name) for name in ("nli", "qa", "lm"))
    assert (nli["gain_points"], nli["k"], nli["of"]) == (pytest.approx(10.0), 1, 2)
    assert (qa["gain_points"], qa["k"], qa["of"]) == (pytest.approx(-5.0), 1, 2)
    assert pd.isna(lm["gain_points"]) and lm["k"] == 0
    assert rows["comparable"].all()
    # Column means compare quiz and tag over the only row that has both.
    assert at(columns, column="tag")["gain_points"] == pytest.approx(5.0)
    assert (at(columns, column="quiz")["gain_points"]) == pytest.approx(10.0)


def test_margins_without_a_shared_column_fall_back_to_own_cells() -> None:
    table = pd.DataFrame(
        [("a", "x", 1.0), ("a", "y", None), ("b", "x", None), ("b", "y", 3.0)],
        columns=["row", "column", "gain_points"],
    ).assign(state="measured")
    rows, _ = margins(table)
    assert rows["gain_points"].tolist() == [1.0, 3.0]
    assert rows["k"].tolist() == [1, 1]
    assert not rows["comparable"].any()


# ---- cell


def test_cell_has_everything_behind_it(files: Files) -> None:
    stages = grid(files)
    parent = files.train(of("intermediate", "nli", None), [3.0, 2.0])
    trained = files.train(of("target", "nli", "quiz", parent=parent.key), [1.0, "nan", 0.5])
    files.run("run-1", [parent, trained, *stages])
    detail = cell(opened(files), **HERE, intermediate="nli", target="quiz", language="zero-shot")
    assert detail.gain is not None
    assert detail.gain["gain_points"] == pytest.approx(10.0)
    assert detail.by_seed["seed"].tolist() == [1, 2]
    assert detail.by_seed["gain_points"].tolist() == pytest.approx([10.0, 10.0])
    assert detail.by_language["language"].tolist() == ["en", "de", "tr"]
    assert detail.runs["run_id"].tolist() == ["run-1"]
    assert list(detail.runs["seeds"].iloc[0]) == [1, 2]
    curves = detail.curves[detail.curves["kind"] == "target"]
    assert curves["step"].tolist() == [1, 2, 3]
    assert curves["loss"].tolist()[::2] == [1.0, 0.5]
    assert pd.isna(curves["loss"].iloc[1])
    assert set(detail.curves["kind"]) == {"intermediate", "target"}


def test_cell_without_baseline_has_scores_only(files: Files) -> None:
    files.evaluate("nli", "quiz", 1, {"de": 12})
    detail = cell(opened(files), **HERE, intermediate="nli", target="quiz", language="de")
    assert detail.by_seed["score"].tolist() == pytest.approx([0.6])
    assert detail.by_seed["baseline"].isna().all()


def test_long_curves_are_thinned_but_keep_their_end(files: Files) -> None:
    files.train(of("target", "nli", "quiz"), [1.0] * 1999)
    curves = cell(opened(files), **HERE, intermediate="nli", target="quiz", language="de").curves
    assert 400 <= len(curves) <= 600
    assert curves["step"].iloc[-1] == 1999


# ---- latency and accuracy


def test_latency_keeps_the_newest_of_equal_conditions(files: Files) -> None:
    grid(files)
    done = files.time("nli", 5.0)
    with files.job(replace(done, key=done.key[:20] + "new")) as writer:
        writer.append(
            EventType.LATENCY,
            **{"back_end": "torch", "precision": "fp32", "device": "cpu", "threads": 1},
            **{"device_name": "Test CPU", "batch_size": 1, "unit": "sentence", "p50_ms": 6.0},
        )
        writer.append(EventType.FINISHED, wall_seconds=1.0, rows=2)
    files.time("nli", 4.0, threads=2)
    table = latency(opened(files), **HERE, target="quiz")
    assert table["p50_ms"].tolist() == [6.0, 4.0]
    assert table["score"].tolist() == pytest.approx([0.6, 0.6])
    assert set(table["language"]) == {"zero-shot"}


def test_accuracy_latency_marks_the_frontier_of_clean_rows(files: Files) -> None:
    grid(files)
    files.evaluate("lm", "quiz", 1, {"en": 19, "de": 19, "tr": 19})
    files.evaluate("old", "quiz", 1, {"en": 2, "de": 2, "tr": 2})
    for seed, p50 in ((1, 5.0), (2, 7.0)):
        files.time("none", p50, seed)
    files.time("nli", 8.0)
    files.time("qa", 9.0)
    files.time("lm", 1.0, contended=True)
    table = accuracy_latency(opened(files), catalog=CATALOG, target="quiz", language="zero-shot")
    assert len(table) == 5
    none = at(table, intermediate="none")
    assert (none["p50_ms"], none["p95_ms"], none["n_latency_seeds"]) == (6.0, 12.0, 2)
    assert (none["p50_ci_low_ms"], none["p50_ci_high_ms"]) == (4.0, 8.0)
    assert none["score_ci_low"] == pytest.approx(0.5)
    frontier = dict(zip(table["intermediate"], table["on_frontier"], strict=True))
    assert frontier == {"none": True, "nli": True, "qa": False, "lm": False, "old": False}
    assert at(table, intermediate="lm")["contended"]
    assert pd.isna(at(table, intermediate="old")["p50_ms"])
    assert pd.isna(at(table, intermediate="lm")["score_ci_low"])


def test_models_are_compared_under_the_condition_that_most_share(files: Files) -> None:
    grid(files)
    files.evaluate("lm", "quiz", 1, {"en": 9, "de": 9, "tr": 9})
    for name in ("none", "nli", "lm"):
        files.time(name, 5.0)
    files.time("nli", 3.0, threads=4)
    files.time("qa", 1.0, threads=4)
    table = accuracy_latency(opened(files), catalog=CATALOG, target="quiz", language="de")
    threads = dict(zip(table["intermediate"], table["threads"], strict=True))
    assert threads == {"none": 1, "nli": 1, "lm": 1, "qa": 4}
    # qa is the only one under its condition, so it is beaten by nobody and beats nobody.
    assert at(table, intermediate="qa")["on_frontier"]
    assert at(table, intermediate="nli")["on_frontier"]


# ---- runs


def test_runs_count_their_stages(files: Files) -> None:
    done = files.train(of("target", "none", "quiz"), [1.0])
    failed = files.fail(of("target", "nli", "quiz", 2), "Boom.")
    skipped = of("evaluate", "nli", "quiz", 2)
    files.run("run-1", [done])
    files.run(
        "run-2",
        [done, failed, skipped],
        state="failed",
        moves={failed.key: "failed", skipped.key: "skipped"},
        reused=[done],
    )
    table = runs(opened(files))
    assert table["run_id"].tolist() == ["run-2", "run-1"]
    row = table.iloc[0]
    counts = ("stages_total", "stages_done", "stages_reused", "stages_failed")
    assert tuple(row[name] for name in counts) == (3, 1, 1, 1)
    texts = ("encoder", "intermediates", "targets", "seeds")
    assert tuple(row[name] for name in texts) == (ENCODER, "nli, none", "quiz", "1, 2")
    assert pd.isna(row["eta_seconds"])
    assert len(runs(opened(files), limit=1)) == 1
    stages = stages_of(opened(files), "run-2")
    assert stages["state"].tolist() == ["reused", "failed", "skipped"]
    assert stages["progress"].tolist() == [1.0, 0.0, 0.0]
    assert stages["message"].tolist()[1] == "Boom."
    assert stages["name"].tolist()[1] == "target quiz after nli, seed 2"


def test_running_shows_progress_estimate_and_silence(files: Files) -> None:
    done = files.train(of("target", "none", "quiz"), [1.0])  # 10 seconds
    work = files.train(of("target", "nli", "quiz"), [1.0, 0.8, "nan", 0.4], finished=False)
    later = of("target", "qa", "quiz")
    files.run(
        "run-1",
        [done, work, later],
        state="running",
        moves={work.key: "running", later.key: "queued"},
    )
    now = datetime.now(UTC) + timedelta(seconds=4)
    row = running(opened(files), now).iloc[0]
    assert (row["stages_done"], row["stages_total"]) == (1, 3)
    assert row["stage"] == "target quiz after nli, seed 1"
    assert (row["step"], row["steps"], row["stage_progress"]) == (4, 10, pytest.approx(0.4))
    assert row["progress"] == pytest.approx(1.4 / 3)
    assert row["loss"] == pytest.approx(0.4)
    assert row["eta_seconds"] == pytest.approx(16, abs=1.5)  # 10 - 4 of this one, 10 of the next
    assert row["seconds_since_event"] == pytest.approx(4, abs=1.5)
    assert runs(opened(files), now=now)["eta_seconds"].iloc[0] == pytest.approx(16, abs=1.5)
    stages = stages_of(opened(files), "run-1", now)
    assert stages["losses"].tolist() == [[1.0], [1.0, 0.8, 0.4], []]
    assert stages["progress"].tolist() == pytest.approx([1.0, 0.4, 0.0])
    assert stages["seconds"].iloc[1] == pytest.approx(4, abs=1.5)


@pytest.mark.parametrize(
    ("began", "left"),
    # Three steps in nine seconds: six more take 18, of which 4 are over; then 10 of the next stage.
    [(1, 18 - 4 + 10), (5, 3 * 2 - 4 + 10)],
    ids=["from its first step", "resumed behind the fourth"],
)
def test_a_stage_that_trains_says_itself_how_long_it_takes(
    files: Files, monkeypatch: pytest.MonkeyPatch, began: int, left: float
) -> None:
    done, now = files.train(of("target", "none", "quiz"), [1.0]), datetime.now(UTC)
    work, later = of("target", "nli", "quiz"), of("target", "qa", "quiz")
    with files.job(work) as writer:
        for place in range(4):
            at = now + timedelta(seconds=3 * place - 13)
            monkeypatch.setattr(spool, "now", at.isoformat)
            step = began + place
            writer.append(EventType.PROGRESS, what="training", step=step, steps=10, loss=1.0)
    monkeypatch.undo()
    moves = {work.key: "running", later.key: "queued"}
    files.run("run-1", [done, work, later], state="running", moves=moves)
    row = running(opened(files), now).iloc[0]
    assert row["eta_seconds"] == pytest.approx(left, abs=0.5)


def test_a_queued_run_is_active_without_stage_or_estimate(files: Files) -> None:
    with spool.Writer(files.home.run("run-1"), "run-1", 1) as writer:
        writer.append(EventType.STATE, state="queued", reason="")
    row = running(opened(files)).iloc[0]
    assert (row["state"], row["stages_total"], row["progress"]) == ("queued", 0, 0.0)
    assert pd.isna(row["stage"])
    assert pd.isna(row["eta_seconds"])


# ---- overview and choices


def test_overview_counts_as_the_heatmap_does(files: Files) -> None:
    failed = files.fail(of("target", "lm", "quiz"), "Boom.")
    files.run("run-1", [*grid(files), failed])
    found = overview(opened(files))
    assert (found.n_runs, found.n_active, found.n_seeds_max) == (1, 0, 2)
    assert (found.n_cells, found.n_measured, found.n_failed) == (6, 3, 1)
    assert found.intermediates == ["none", "lm", "nli", "qa"]
    assert found.languages == ["en", "de", "tr"]
    assert found.newest is not None and found.newest.tzinfo is not None
    strongest = found.findings[0]
    assert (strongest.intermediate, strongest.target) == ("nli", "quiz")
    assert strongest.gain_points == pytest.approx(10.0)
    assert len(found.findings) <= 3


def test_choices_come_from_stages_and_results(files: Files) -> None:
    files.evaluate("none", "quiz", 1, {"de": 10})
    files.run("run-1", [of("evaluate", "nli", "tag", encoder="other")])
    found = choices(opened(files))
    assert set(found.pairs) == {(CATALOG, ENCODER), (CATALOG, "other")}
    assert found.catalogs == [CATALOG]
    assert found.targets == ["quiz", "tag"]
    assert choices(opened(files), encoder="other").intermediates == ["nli"]

"""A user's own task and the study's preset on the command line, from files to gains."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from xfer_core import spool, user_catalog
from xfer_core.cli.plan_tables import alike
from xfer_core.domain.language import LANGUAGES
from xfer_core.home import Home

pytestmark = [pytest.mark.slow, pytest.mark.heavy]

ROOT = Path(__file__).parents[2]
TASK = """
name: mood
kind: classification
licence: own data
languages: [en, {code: nds, name: Low German, script: Latin, family: Germanic}]
columns: {text: tweet, label: mood}
labels: [bad, good]
files: {train: train.csv, test: "{language}.jsonl"}
training: {steps: 3, learning_rate: 1e-4}
"""
QUICK = [
    *("--set", "intermediate.steps=3", "--set", "intermediate.train_examples=32"),
    *("--set", "evaluation.examples=6", "--set", "latency.measure=false"),
]


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch):
    """Commands in this process leave variables and languages behind, as any process does."""
    for name in (user_catalog.FOLDER_VARIABLE, user_catalog.FILES_VARIABLE, "XFER_DATA_DIR"):
        monkeypatch.setenv(name, "")
    before = dict(LANGUAGES)
    yield
    LANGUAGES.clear()
    LANGUAGES.update(before)


@pytest.fixture
def mood(tmp_path) -> Path:
    """A YAML file with a task, and its rows beside it."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "mood.yaml").write_text(TASK)
    words = [("sun is warm", "good"), ("rain is cold", "bad")] * 8
    rows = "".join(f"{text} {number},{label}\n" for number, (text, label) in enumerate(words))
    (folder / "train.csv").write_text(f"tweet,mood\n{rows}")
    for code in ("en", "nds"):
        lines = [json.dumps({"tweet": text, "mood": label}) for text, label in words]
        (folder / f"{code}.jsonl").write_text("\n".join(lines))
    return folder / "mood.yaml"


def test_an_own_task_runs_beside_the_mini_catalogue(xfer, xfer_process, mood, tmp_path):
    store = tmp_path / "store"
    request = [
        *("--catalog", mood, "--encoder", "mini-s", "--intermediate", "mini-sst"),
        *("--target", "mood", *QUICK, "--home", store),
    ]
    planned = xfer("plan", *request, "--json").json
    assert [stage["kind"] for stage in planned["stages"]] == [
        *("target", "evaluate", "intermediate", "target", "evaluate")
    ]
    assert planned["absent"] == [] and planned["gpu_hours"] == 0
    process = xfer_process("run", *request)
    out, err = process.communicate(timeout=240)
    assert process.returncode == 0, out + err
    gains = xfer("gains", "--by", "intermediate,target,language", "--home", store, "--json").json
    mine = [row for row in gains if row["target"] == "mood"]
    assert {row["language"] for row in mine} >= {"en", "nds"}
    assert {(row["intermediate"], row["metric"]) for row in mine} == {
        ("none", "accuracy"),
        ("mini-sst", "accuracy"),
    }
    (run_id,) = os.listdir(store / "runs")
    plan = spool.read_json(Home(store).run(run_id) / spool.PLAN)
    assert plan["spec"]["catalog"] == "mini"
    assert plan["spec"]["catalog_files"] == [str(mood)]
    trained = next(stage for stage in plan["stages"] if stage["kind"] == "target")
    assert trained["settings"]["training"]["steps"] == 3
    # A run by its id reads the file again.
    mood.unlink()
    gone = xfer_process("run", run_id, "--home", store)
    out, err = gone.communicate(timeout=120)
    assert gone.returncode == 2 and str(mood) in err and "Traceback" not in err


def test_a_catalogue_in_the_working_folder_is_found_and_the_plan_remembers_it(
    xfer, mood, tmp_path, monkeypatch
):
    folder = mood.parent / "xfer_catalog"
    folder.mkdir()
    for file in list(mood.parent.glob("*.*")):
        file.rename(folder / file.name)
    monkeypatch.chdir(mood.parent)
    listed = {row["name"]: row for row in xfer("tasks", "--json").json}
    assert (listed["mood"]["catalog"], listed["mood"]["licence"]) == ("user", "own data")
    request = ["--catalog", "user", "--intermediate", "none", "--target", "mood"]
    planned = xfer("plan", *request, *QUICK, "--home", tmp_path / "store", "--json").json
    assert planned["to_run"] == 2
    assert xfer("plan", *request, "--target", "mini-xnli,xnli").code == 2


def test_a_catalogue_file_alone_is_a_plan_of_its_tasks(xfer, mood, tmp_path):
    given = ["--catalog", mood, *QUICK, "--home", tmp_path / "store", "--json"]
    planned = xfer("plan", *given).json
    assert [stage["about"] for stage in planned["stages"]] == ["mood", "mood"]


def test_the_papers_catalogue_has_an_encoder_of_its_own(xfer, tmp_path):
    given = ["--catalog", "paper", "--intermediate", "none", "--target", "xnli"]
    planned = xfer("plan", *given, "--home", tmp_path / "store", "--json").json
    assert planned["stages"][0]["bytes"] > 10**9


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--catalog", "gone.yaml"], "there is no gone.yaml"),
        (["--catalog", "./gone"], "there is no ./gone"),
        (["--catalog", "papr", "--intermediate", "none", "--target", "xnli"], "did you mean paper"),
        (["--preset", "paper", "--gpu", "a1000"], "did you mean a100"),
        (["--preset", "paper", "--gpu-share", "2"], "at most 1"),
    ],
)
def test_a_wrong_catalogue_is_one_sentence(xfer, tmp_path, given, said):
    answer = xfer("plan", *given, "--home", tmp_path / "store")
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err and answer.err.count("\n") == 1


# The study


@pytest.fixture
def nothing_fetched(tmp_path, monkeypatch) -> None:
    """Empty caches and a hub that cannot be reached: planning must not try."""
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "datasets"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.delenv("XFER_XTREME_DIR", raising=False)


def test_the_whole_study_is_listed_without_any_data(xfer, nothing_fetched, tmp_path):
    planned = xfer("plan", "--preset", "paper", "--home", tmp_path / "store", "--json").json
    assert (len(planned["stages"]), planned["to_run"], planned["reused"]) == (734, 734, 0)
    assert (planned["shared"], planned["unshared"]) == (30, 1004)
    for stage in planned["stages"]:
        assert stage["gpu_hours"] > 0 and stage["estimated_seconds"] > 0
    total = sum(stage["gpu_hours"] for stage in planned["stages"])
    assert planned["gpu_hours"] == pytest.approx(total)
    assert planned["estimated_bytes"] == sum(stage["bytes"] for stage in planned["stages"])
    assert planned["gpu"] == "A100 at 40% of 312 TFLOP/s (bf16)"
    (rows,) = [told for told in planned["absent"] if "xfer prefetch anli+ mnli" in told]
    assert "tatoeba" in rows
    assert not (tmp_path / "store").exists()


def test_the_table_of_the_study_puts_alike_stages_together(xfer, nothing_fetched, tmp_path):
    answer = xfer("plan", "--preset", "paper", "--home", tmp_path / "store")
    assert answer.code == 0
    cells = [line.split("│") for line in answer.out.splitlines() if "│" in line]
    rows = [row for row in cells if row[0].strip()]  # a long name takes several lines
    assert len(rows) == 10 + 8 + 10 + 10
    assert "This plan cannot run yet" in answer.out


def test_the_figures_in_the_documentation_are_those_of_the_command(xfer, nothing_fetched, tmp_path):
    planned = xfer("plan", "--preset", "paper", "--home", tmp_path / "store", "--json").json
    told = (ROOT / "docs" / "cluster.md").read_text()
    for row in alike(planned["stages"]):
        if row["kind"] == "latency":
            continue
        name = "all nine" if ":" in row["about"] else row["about"]
        figures = (row["tokens"] / 1e6, row["gpu_hours"] * 60, row["gpu_hours_all"])
        cells = " | ".join(f"{figure:.1f}" for figure in figures)
        assert f"| {row['kind']} | {name} | {row['stages']} | {cells} |" in told
    assert f"| **all** | | **734** | | | **{planned['gpu_hours']:.1f}** |" in told
    for more, words in (
        (["--gpu-share", "0.2"], "instead of 40% it is {:.1f}"),
        (["--gpu", "h100"], "of its peak {:.1f}"),
    ):
        other = xfer("plan", "--preset", "paper", *more, "--home", tmp_path / "s", "--json").json
        assert words.format(other["gpu_hours"]) in told.replace("\n", " ")


def test_the_study_does_not_start_without_its_data(xfer, nothing_fetched, tmp_path):
    answer = xfer("run", "--preset", "paper", "--home", tmp_path / "store")
    assert (answer.code, answer.out) == (1, "")
    assert "xfer prefetch" in answer.err and "Traceback" not in answer.err
    assert not (tmp_path / "store").exists()

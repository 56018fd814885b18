"""The contract of a task whose rows come from elsewhere: what can be said of it without any."""

from __future__ import annotations

import subprocess
import sys

import pytest

from xfer_core import catalog
from xfer_core.domain import xtreme
from xfer_core.domain.errors import DataError
from xfer_core.domain.language import LANGUAGES, REFERENCE_LANGUAGE
from xfer_core.domain.task import SPLITS, Reach, TaskKind

TASKS = {name: task for name, task in catalog.tasks().items() if task.catalog == "paper"}
TRAINED = [name for name, task in TASKS.items() if task.trained]
TARGETS = list(xtreme.LANGUAGES)
CHECKED = "ccg"
"""Has no copy on the hub: its users bring their own."""

every_task = pytest.mark.parametrize("name", list(TASKS))
every_target = pytest.mark.parametrize("name", TARGETS)


@pytest.fixture(autouse=True)
def _nothing_is_here(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    for name in ("HF_DATASETS_CACHE", "XFER_DATA_DIR", "XFER_XTREME_DIR"):
        monkeypatch.delenv(name, raising=False)


def reach(name: str, split: str, language: str) -> Reach:
    return TASKS[name].source.availability(split, language).reach


@every_task
def test_what_is_declared_exists(name):
    task = TASKS[name]
    assert set(task.languages) <= set(LANGUAGES)
    assert len(set(task.languages)) == len(task.languages)
    assert {task.metric, *task.more_metrics} <= set(catalog.metrics())
    assert set(task.same_data_as) <= set(TASKS)
    assert task.title and task.licence and task.reference.startswith("https://")
    assert task.source.revision and len(task.source.stamp) == 64


@every_task
def test_only_english_is_trained_on(name):
    task = TASKS[name]
    assert task.source.train_languages == ((REFERENCE_LANGUAGE,) if task.trained else ())
    if task.trained:
        assert task.languages[0] == REFERENCE_LANGUAGE
    for language in task.languages:
        expected = task.trained and language == REFERENCE_LANGUAGE and name != CHECKED
        found = reach(name, "train", language)
        assert found is (Reach.FETCHABLE if expected else Reach.MISSING)


@every_task
def test_every_language_can_be_tested_and_none_that_is_not_declared(name):
    for language in LANGUAGES:
        expected = language in TASKS[name].languages and name != CHECKED
        found = reach(name, "test", language)
        assert found is (Reach.FETCHABLE if expected else Reach.MISSING), language


@every_task
def test_what_is_not_here_says_why_and_what_to_do(name):
    source = TASKS[name].source
    for split in (*SPLITS, "weekend"):
        for language in (*TASKS[name].languages[:3], "sn"):
            found = source.availability(split, language)
            assert found.reach is not Reach.HERE
            assert found.why.endswith(".")
            if found.reach is Reach.FETCHABLE:
                assert f"xfer prefetch {name}" in found.why
            else:
                with pytest.raises(DataError, match=name.replace("+", r"\+")):
                    source.rows(split, language)


@every_task
def test_a_site_without_network_fetches_nothing(name, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for split in SPLITS:
        for language in TASKS[name].languages:
            assert reach(name, split, language) is Reach.MISSING


@every_target
def test_languages_are_those_of_xtreme(name):
    assert set(TASKS[name].languages) == set(xtreme.LANGUAGES[name])


@every_target
def test_the_metrics_that_xtreme_scores_are_measured(name):
    task = TASKS[name]
    assert set(xtreme.METRICS[name]) <= {task.metric, *task.more_metrics}
    assert task.metric == xtreme.METRICS[name][0]


@pytest.mark.parametrize("name", TRAINED)
def test_a_checkpoint_can_be_chosen_in_english(name):
    assert (reach(name, "dev", "en") is Reach.FETCHABLE) == (name != CHECKED)


def test_languages_without_a_dev_set():
    def gone(name):
        return {c for c in TASKS[name].languages if reach(name, "dev", c) is Reach.MISSING}

    assert gone("udpos") == {"kk", "th", "tl", "yo"}
    assert not gone("panx") | gone("xnli") | gone("pawsx") | gone("mlqa")
    assert gone("tydiqa") == set(TASKS["tydiqa"].languages) - {"en"}
    assert gone("xquad") == set(TASKS["xquad"].languages) - {"en"}
    assert not gone("tatoeba") | gone("bucc2018")


def test_tasks_on_the_same_data_know_each_other():
    for name in ("xnli", "xquad", "mlqa"):
        for other in TASKS[name].same_data_as:
            assert name in TASKS[other].same_data_as
    assert "mnli" in TASKS["xnli"].same_data_as and "squad1" in TASKS["mlqa"].same_data_as
    assert not TASKS["tydiqa"].same_data_as and not TASKS["pawsx"].same_data_as


def test_nothing_that_reads_data_is_loaded_for_a_plan():
    """Planning and pages ask for availability; the libraries take seconds to import."""
    asked = (
        "import sys\nfrom xfer_core import catalog\n"
        "for task in catalog.tasks().values():\n"
        "    [task.source.availability('test', code) for code in task.languages]\n"
        "    task.source.stamp if task.catalog == 'paper' else None\n"
        "print(sorted({'torch', 'datasets', 'pyarrow', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr[-2000:]


def test_no_kind_is_without_a_task():
    assert {task.kind for task in TASKS.values()} == set(TaskKind)


def test_no_language_is_listed_that_no_task_has():
    assert {code for task in TASKS.values() for code in task.languages} == set(LANGUAGES)

"""The task that CONTRIBUTING writes out is one that could be added as it stands there."""

from __future__ import annotations

import textwrap
from collections import Counter
from importlib import util
from pathlib import Path

import pytest

from xfer_core.domain.task import Task
from xfer_core.sources.checking import check

TEXT = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text()


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> Task:
    """The file of the first section, imported as the catalogue imports it."""
    _, _, rest = TEXT.partition("Write `xfer_core/tasks/mini_when.py`, whole:\n")
    lines = rest.splitlines()
    end = next(at for at, line in enumerate(lines) if line and not line.startswith("    "))
    path = tmp_path_factory.mktemp("tasks") / "mini_when.py"
    path.write_text(textwrap.dedent("\n".join(lines[:end])).strip() + "\n")
    spec = util.spec_from_file_location("mini_when", path)
    assert spec is not None and spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = module.MINI_WHEN
    assert isinstance(found, Task)
    return found


def test_its_rows_are_as_many_as_it_says_and_as_every_task_has_them(task: Task):
    assert len(task.source.rows("train", "en")) == task.train_examples
    for split in ("train", "test"):
        for code in ("en", "sw", "zh"):
            check(task, split, code, task.source.rows(split, code))


def test_its_labels_are_balanced_and_the_same_in_every_language(task: Task):
    english, german = (task.source.rows("test", code) for code in ("en", "de"))
    counts = Counter(row["label"] for row in english)
    assert set(counts) == set(task.labels) and min(counts.values()) > 0.4 * len(english)
    assert [row["label"] for row in english] == [row["label"] for row in german]
    assert english[0]["sentence"] != german[0]["sentence"]

"""Every kind of task has its line in each table that CONTRIBUTING names, and its words."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from xfer_core import catalog, declarations, sizes
from xfer_core.charts import example_words
from xfer_core.domain.task import TaskKind
from xfer_core.sources import declared_rows
from xfer_core.stages import kinds

TABLES: dict[str, Iterable[TaskKind]] = {
    "stages/kinds/__init__.py KINDS": kinds.KINDS,
    "declarations.py METRICS": declarations.METRICS,
    "sources/declared_rows.py ROLES": declared_rows.ROLES,
    "sources/declared_rows.py _MAKERS": declared_rows._MAKERS,
    "sizes.py BY_KIND": sizes.BY_KIND,
    "charts/example_words.py KINDS": example_words.KINDS,
}
CONTRIBUTING = Path(__file__).parents[2] / "CONTRIBUTING.md"


@pytest.mark.parametrize("table", TABLES)
def test_a_table_knows_every_kind(table):
    assert set(TABLES[table]) == set(TaskKind)


def test_contributing_names_the_tables():
    said = CONTRIBUTING.read_text()
    for table in TABLES:
        file, name = table.split()
        assert f"`{file}`" in said and f"`{name}`" in said


@pytest.mark.parametrize("kind", TaskKind)
def test_what_a_task_asks_for_is_said(kind):
    task = next(one for one in catalog.tasks().values() if one.kind is kind)
    assert example_words.asks(task).endswith(".")
    assert kinds.KINDS[kind].head(task, 8) is not None

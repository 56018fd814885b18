"""Rules about the study's design and data: checked against the catalogue, the plan and the runs.

Nothing has to be measured for them. They are about the paper catalogue unless they name tasks of
another one.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from xfer_core import catalog
from xfer_core.charts import theme, words
from xfer_core.claims.claim import Facts, Finding, Hole, Verdict
from xfer_core.domain.language import REFERENCE_LANGUAGE
from xfer_core.domain.run import NO_INTERMEDIATE, StageKind
from xfer_core.specification import preset
from xfer_core.views.selection import listed

_STRICT = ConfigDict(extra="forbid", frozen=True)


class Tasks(BaseModel):
    """Some tasks of the catalogue."""

    model_config = _STRICT

    tasks: tuple[str, ...] = Field(min_length=1)


class Count(Tasks):
    """A number that is said of them."""

    count: int = Field(ge=0)


class Groups(Tasks):
    """Groups of tasks, and the kinds that a task of each group may be of."""

    each: dict[str, tuple[str, ...]] = Field(min_length=1)
    kinds: dict[str, tuple[str, ...]]


class Encoder(BaseModel):
    """An encoder and the preset that is said to start from it."""

    model_config = _STRICT

    encoder: str
    preset: str


class Nothing(BaseModel):
    """No parameters."""

    model_config = _STRICT


def starts_from(facts: Facts, p: Encoder) -> Finding:
    """Supported: the preset names this encoder and no other.

    Results with another encoder are named, but they are not of the study.
    """
    planned = list(preset(p.preset).get("encoders", []))
    others = [name for name in facts.encoders if name != p.encoder]
    said = f"The preset {p.preset} starts from {words.listed(planned)}"
    said += f"; other results here are from {words.listed(others)}." if others else "."
    return _judged(planned == [p.encoder], said)


def declared(facts: Facts, p: Count) -> Finding:
    """Supported: so many tasks are named and all of them are declared."""
    known = [name for name in p.tasks if name in catalog.tasks()]
    said = f"{len(known)} of {len(p.tasks)} tasks are declared: {_titles(known)}."
    return _judged(len(known) == len(p.tasks) == p.count, said)


def most_languages(facts: Facts, p: Count) -> Finding:
    """Supported: the task with the most languages has exactly so many."""
    sizes = {name: len(catalog.task(name).languages) for name in p.tasks}
    most = max(sizes, key=lambda name: sizes[name])
    said = f"{theme.task_label(most)} declares {sizes[most]} languages, the others fewer or as many"
    return _judged(sizes[most] == p.count, f"{said}.")


def untrained(facts: Facts, p: Tasks) -> Finding:
    """Supported: none of the tasks has a training phase or training examples."""
    tasks = [catalog.task(name) for name in p.tasks]
    said = "; ".join(
        f"{theme.task_label(task.name)} is declared as {str(task.kind)} with "
        f"{task.train_examples or 'no'} training examples"
        for task in tasks
    )
    return _judged(not any(task.trained or task.train_examples for task in tasks), f"{said}.")


def covers(facts: Facts, p: Groups) -> Finding:
    """Supported: every group has a task, all of them named and of a kind that the group allows."""
    found: list[str] = []
    odd: list[str] = []
    for group, names in p.each.items():
        tasks = [catalog.task(name) for name in names]
        fits = all(task.kind in p.kinds.get(group, ()) for task in tasks)
        named = all(name in p.tasks for name in names)
        (found if fits and named else odd).append(f"{group} ({_titles(names)})")
    said = f"{len(found)} of {len(p.each)} are covered: {words.listed(found) or 'none'}"
    said += f"; not so: {words.listed(odd)}." if odd else "."
    return _judged(not odd, said)


def train_examples(facts: Facts, p: Count) -> Finding:
    """Supported: the tasks together declare exactly so many training examples."""
    total = sum(catalog.task(name).train_examples for name in p.tasks)
    return _judged(total == p.count, f"The catalogue declares {total:,} for {_titles(p.tasks)}.")


def phases(facts: Facts, p: Nothing) -> Finding:
    """Supported: every target stage with an intermediate follows a training stage in English.

    Runs with translated data on purpose (another language in the intermediate's name) do not
    count. Encoders come pretrained; their own pretraining is a run of its own.
    """
    rows = facts.chains.to_dict("records")
    before = {row["key"]: row for row in rows if row["kind"] == str(StageKind.INTERMEDIATE)}
    after = [
        row
        for row in rows
        if row["kind"] == str(StageKind.TARGET)
        and row["intermediate"] != NO_INTERMEDIATE
        and "languages=" not in row["intermediate"]
    ]
    if not after:
        names = ("mnli", "xnli") if facts.catalog == "paper" else ("mini-mnli", "mini-xnli")
        # The stages lack, whether or not there is a score of theirs.
        said = f"On {facts.catalog}: no run has an intermediate and a target stage yet."
        return Finding(Verdict.NOT_RUN, said, (), (Hole(*names, 1),))
    good = [
        row
        for row in after
        if row["parent"] in before
        and listed(before[row["parent"]]["languages"]) == [REFERENCE_LANGUAGE]
    ]
    said = (
        f"On {facts.catalog}: {len(good)} of {words.plural(len(after), 'target stage')} follow an "
        "intermediate stage on English, which starts from a pretrained encoder."
    )
    return _judged(len(good) == len(after), said)


def _judged(is_so: bool, said: str) -> Finding:
    return Finding(Verdict.SUPPORTED if is_so else Verdict.CONTRADICTED, said)


def _titles(names: tuple[str, ...] | list[str]) -> str:
    return words.listed(map(theme.task_label, names))

"""xfer prefetch: brings data here, so that everything works without a network."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from xfer_core import catalog, encoder_files, user_catalog
from xfer_core.cli.output import JsonOption, console, errors, print_json, print_table
from xfer_core.cli.task_rows import TRAIN, where
from xfer_core.domain.errors import DataError, UnknownName, UsageError
from xfer_core.domain.language import REFERENCE_LANGUAGE
from xfer_core.domain.task import Reach, Task
from xfer_core.rows import Rows
from xfer_core.sources.chain import Chain
from xfer_core.sources.fetching import HubUnreachable

Tasks = Annotated[list[str] | None, typer.Argument(help="Names of tasks.")]
Catalog = Annotated[
    str | None, typer.Option("--catalog", help="All tasks of a catalogue or of a file.")
]
Languages = Annotated[
    str | None, typer.Option("--languages", help="Only these languages, comma-separated.")
]
Encoders = Annotated[
    str | None, typer.Option("--encoder", help="Also these encoders, comma-separated.")
]
Check = Annotated[
    bool, typer.Option(help="Read what has come, so that wrong columns or labels show now.")
]
FETCHED, HERE, MISSING, FAILED = "fetched", "here", "missing", "failed"
UNKNOWN_LICENCE = "unknown: ask before you publish"


@dataclass(frozen=True)
class Fetched:
    """What became of one split in one language."""

    task: str
    split: str
    language: str
    state: str
    """"fetched", "here" (it was before), "missing" (it is nowhere) or "failed"."""
    place: str = ""
    n_rows: int | None = None
    """Rows that the task can use; None where they were not read."""
    why: str = ""


def prefetch(
    tasks: Tasks = None,
    catalog_name: Catalog = None,
    languages: Languages = None,
    encoder: Encoders = None,
    check: Check = True,
    json: JsonOption = False,
) -> None:
    """Bring the data of tasks and the files of encoders here, for an offline site or a run."""
    names = _parts(encoder or "")
    named = [] if names and not tasks and catalog_name is None else _named(tasks, catalog_name)
    sets = [(task, *place) for task in named for place in _sets(task, _codes(languages))]
    if named and not sets:
        raise UsageError(
            f"Expected languages that the tasks have; none of them has {languages}. See "
            "'xfer tasks --json'."
        )
    folders = [encoder_files.fetch(name) for name in names]
    done = _fetch_all(sets, check) if sets else []
    if json:
        print_json([asdict(one) for one in done])
    else:
        _tell(named, done)
        for name, folder in zip(names, folders, strict=True):
            console.print(f"{name}: {folder}", highlight=False, markup=False, soft_wrap=True)
    _refuse_failures(sets, done)


def _refuse_failures(sets: list[tuple[Task, str, str]], done: list[Fetched]) -> None:
    """Exit with 1 where something asked for is not here now."""
    failed = [one for one in done if one.state == FAILED]
    if failed:
        untried = len(sets) - len(done)
        rest = f" {untried} more were not tried." if untried else ""
        raise DataError(f"{len(failed)} of {len(sets)} sets failed.{rest} {failed[-1].why}")
    if done and all(one.state == MISSING for one in done):
        raise DataError(f"There is nothing to fetch: {done[0].why}")


def _named(names: list[str] | None, catalog_name: str | None) -> list[Task]:
    """The tasks asked for, each once."""
    if not names and catalog_name is None:
        raise UsageError(
            "Expected names of tasks, --catalog or --encoder; got none of these. See 'xfer tasks' "
            "and 'xfer encoders' for names."
        )
    listed = _catalog(catalog_name) if catalog_name is not None else []
    if not names:
        return listed
    return [catalog.task(name) for name in dict.fromkeys(names)]


def _catalog(name: str) -> list[Task]:
    """All tasks of a catalogue, or of a file of the user's."""
    if Path(name).suffix in (*user_catalog.YAML, user_catalog.PYTHON):
        user_catalog.use(name)
        return user_catalog.names_in(name)[0]
    known = (*catalog.catalogs(), *user_catalog.catalogs())
    if name not in known:
        raise UnknownName("catalogue", name, known)
    return [task for task in catalog.tasks().values() if task.catalog == name]


def _codes(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    return tuple(catalog.language(code).code for code in _parts(text))


def _parts(text: str) -> list[str]:
    """The parts of a comma-separated list."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _sets(task: Task, codes: tuple[str, ...] | None) -> list[tuple[str, str]]:
    """(split, language) of what a plan may ask for; training rows whatever the languages."""
    return [
        (split, code)
        for split, code in where(task)
        if codes is None or code in codes or (split == TRAIN and code == REFERENCE_LANGUAGE)
    ]


def _fetch_all(sets: list[tuple[Task, str, str]], check: bool) -> list[Fetched]:
    """What became of each set; the rest is left when the hub cannot be reached."""
    # Asked first: a configuration is fetched whole, and its other splits are then here too.
    before = [_before(*one) for one in sets]
    done: list[Fetched] = []
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=errors
    ) as progress:
        bar = progress.add_task("", total=len(sets))
        for (task, _, _), told in zip(sets, before, strict=True):
            progress.update(bar, description=f"{told.task} {told.split} {told.language}")
            try:
                done.append(_fetched(task, told, check))
            except HubUnreachable as error:
                done.append(replace(told, state=FAILED, why=str(error)))
                break
            progress.advance(bar)
    return done


def _before(task: Task, split: str, language: str) -> Fetched:
    """What is known of a set without a connection; one that can be fetched will be."""
    found = task.source.availability(split, language)
    state = {Reach.HERE: HERE, Reach.FETCHABLE: FETCHED, Reach.MISSING: MISSING}[found.reach]
    return Fetched(task.name, split, language, state, found.place, why=found.why)


def _fetched(task: Task, told: Fetched, check: bool) -> Fetched:
    if told.state == MISSING or not isinstance(task.source, Chain):
        return told
    try:
        task.source.fetch(told.split, told.language)
        n_rows = len(Rows().of(task, told.split, told.language)) if check else None
    except HubUnreachable:
        raise
    except DataError as error:
        return replace(told, state=FAILED, why=str(error))
    return replace(told, n_rows=n_rows, why="")


def _tell(tasks: list[Task], done: list[Fetched]) -> None:
    """One line per task: how many of its sets are here now, and under which licence."""
    if not tasks:
        return
    rows = []
    for task in tasks:
        mine = [one for one in done if one.task == task.name]
        counts = Counter(one.state for one in mine)
        n_rows = sum(one.n_rows or 0 for one in mine)
        states = [counts[state] for state in (FETCHED, HERE, MISSING, FAILED)]
        rows.append([task.name, *states, n_rows, task.licence or UNKNOWN_LICENCE])
    print_table(
        "",
        ["task", "fetched", "already here", "missing", "failed", "rows read", "licence"],
        rows,
    )
    for one in {one.why: one for one in done if one.why}.values():
        console.print(
            f"{one.task} {one.split} {one.language}: {one.why}", highlight=False, markup=False
        )

"""Checks of a store: do its files, its results and its index still tell the same story?"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xfer_core import spool
from xfer_core.domain.errors import StoreError, XferError
from xfer_core.domain.event import EventType
from xfer_core.domain.run import State
from xfer_core.home import Home
from xfer_core.store.reading import lines
from xfer_core.store.store import Store

MANIFEST = "manifest.json"
TEMPORARY = ".tmp-"
SHOWN = 5
_ROWS = {
    EventType.SCORE: "scores",
    EventType.PROGRESS: "curves",
    EventType.LATENCY: "latency",
}


@dataclass(frozen=True)
class Check:
    """One answer of the doctor, for people and for ``--json``."""

    name: str
    ok: bool
    detail: str


def doctor(home: Home) -> list[Check]:
    """Every check, in the order in which to read them. Changes nothing in the spool."""
    checks = [_folder(home)]
    if not home.root.is_dir():
        return checks
    checks += [_results(home), _checkpoints(home), _leftovers(home)]
    # Noted before the import, so that what a live run adds meanwhile is no fault.
    finished = dict(_finished(home))
    started = {folder.name for folder in spool.folders(home.runs) if any(lines(folder))}
    try:
        store = Store.connect(home)
    except XferError as error:
        return [*checks, Check("database opens", False, str(error))]
    with store:
        checks += [_database(store), _imported(store, finished), _damaged(store)]
        return [*checks, _accounts(store, started)]


def _folder(home: Home) -> Check:
    name = "store folder is private"
    if not home.root.is_dir():
        return Check(name, False, f"{home.root} does not exist; `xfer demo` makes a store.")
    mode = home.root.stat().st_mode & 0o777
    detail = f"{home.root} has mode {mode:04o}"
    if mode & 0o077:
        return Check(name, False, f"{detail}; others can read it: chmod 0700 makes it private.")
    return Check(name, True, f"{detail}.")


def _database(store: Store) -> Check:
    name = "database opens"
    if store.is_temporary:
        return Check(name, True, "It is open in another process; the spool was read instead.")
    if store.notices:
        return Check(name, False, " ".join(store.notices))
    return Check(name, True, "It is up to date with the spool.")


def _results(home: Home) -> Check:
    """Each job's published row count and hash, against its events."""
    folders = (path for path in spool.folders(home.jobs) if (path / spool.RESULT).exists())
    return _verdict("results agree with events", *_each(folders, _result_fault))


def _result_fault(folder: Path) -> str | None:
    result = spool.read_json(folder / spool.RESULT)
    if result is None:
        return f"{folder.name}: {spool.RESULT} is damaged"
    if result.get("state") != State.SUCCEEDED:
        return None
    attempt = result.get("attempt")
    found = [line for event, line in lines(folder) if event.attempt == attempt]
    if len(found) != result.get("rows"):
        return f"{folder.name}: {len(found)} events instead of {result.get('rows')}"
    if hashlib.sha256(b"".join(found)).hexdigest() != result.get("sha256"):
        return f"{folder.name}: its events were changed after it finished"
    return None


def _finished(home: Home) -> Iterator[tuple[str, int]]:
    """Each job with a published result, and the attempt that it is about."""
    for folder in spool.folders(home.jobs):
        attempt = (spool.read_json(folder / spool.RESULT) or {}).get("attempt")
        if isinstance(attempt, int):
            yield folder.name, attempt


def _imported(store: Store, finished: dict[str, int]) -> Check:
    """Rows in DuckDB against events in the spool, job by job."""
    stored = _stored_rows(store)

    def fault(folder: Path) -> str | None:
        upto = finished[folder.name]
        expected = Counter(
            (event.attempt, _ROWS[event.type])
            for event, _ in lines(folder)
            if event.type in _ROWS and event.attempt <= upto
        )
        rows = stored.get(folder.name, Counter())
        found = Counter({key: n for key, n in rows.items() if key[0] <= upto})
        if found == expected:
            return None
        return f"{folder.name}: {found.total()} rows instead of {expected.total()}"

    folders = (store.home.jobs / job_id for job_id in finished)
    return _verdict("rows in the database agree with the spool", *_each(folders, fault))


def _stored_rows(store: Store) -> dict[str, Counter[tuple[int, str]]]:
    counts: dict[str, Counter[tuple[int, str]]] = {}
    for table in _ROWS.values():
        rows = store.query(f"SELECT job_id, attempt, count(*) AS n FROM {table} GROUP BY ALL")
        for job_id, attempt, n in rows.itertuples(index=False):
            counts.setdefault(job_id, Counter())[int(attempt), table] = int(n)
    return counts


def _damaged(store: Store) -> Check:
    """Damaged lines are what a kill in the middle of a write leaves: named, not alarming."""
    rows = store.query("SELECT path, damaged FROM sources WHERE damaged > 0 ORDER BY path")
    if rows.empty:
        return Check("damaged lines", True, "None.")
    named = [f"{path}: {int(n)}" for path, n in rows.itertuples(index=False)]
    return Check("damaged lines", True, f"Skipped while importing: {_some(named)}.")


def _accounts(store: Store, started: set[str]) -> Check:
    """Started = succeeded + failed + cancelled + lost + interrupted + active."""
    rows = store.query("SELECT run_id, state FROM runs")
    states = Counter(str(state) for run_id, state in rows.itertuples(index=False))
    strange = sorted(states.keys() - {str(state) for state in State})
    missing = sorted(started - set(rows["run_id"]))
    counts = ", ".join(f"{n} {state}" for state, n in sorted(states.items())) or "none"
    faults = [f"not in the database: {_some(missing)}"] if missing else []
    faults += [f"unknown states: {_some(strange)}"] if strange else []
    detail = "; ".join([f"{len(started)} started: {counts}", *faults])
    return Check("runs are accounted for", not faults, f"{detail}.")


def _checkpoints(home: Home) -> Check:
    named = (path for path in spool.folders(home.checkpoints) if not path.name.startswith("."))
    return _verdict("checkpoints match their manifests", *_each(named, _checkpoint_fault))


def _checkpoint_fault(folder: Path) -> str | None:
    manifest = spool.read_json(folder / MANIFEST)
    files = manifest.get("files") if manifest else None
    if not isinstance(files, dict) or not files:
        return f"{folder.name}: no readable {MANIFEST}"
    for name, expected in files.items():
        path = folder / name
        if not path.is_file():
            return f"{folder.name}: {name} is missing"
        if path.stat().st_size != expected.get("bytes"):
            return f"{folder.name}: {name} has another size"
        if _sha256(path) != expected.get("sha256"):
            return f"{folder.name}: {name} was changed"
    return None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _leftovers(home: Home) -> Check:
    """What killed writers left: harmless, and named so that somebody can delete it."""
    parents = [home.root, *spool.folders(home.root), *spool.folders(home.jobs)]
    found = [path for parent in parents for path in parent.glob(f"{TEMPORARY}*")]
    if not found:
        return Check("leftovers of killed writers", True, "None.")
    named = sorted({str(path.relative_to(home.root)) for path in found})
    return Check("leftovers of killed writers", True, f"May be deleted: {_some(named)}.")


def _each(items: Iterator[Path], fault: Callable[[Path], str | None]) -> tuple[int, list[str]]:
    """How many were checked, and the faults found."""
    checked, faults = 0, []
    for item in items:
        checked += 1
        try:
            found = fault(item)
        except (StoreError, OSError, AttributeError) as error:
            found = f"{item.name}: {error}"
        if found:
            faults.append(found)
    return checked, faults


def _verdict(name: str, checked: int, faults: list[str]) -> Check:
    detail = f"{_some(faults)}." if faults else f"{checked} checked."
    return Check(name, not faults, detail)


def _some(named: list[Any]) -> str:
    more = f" and {len(named) - SHOWN} more" if len(named) > SHOWN else ""
    return "; ".join(map(str, named[:SHOWN])) + more

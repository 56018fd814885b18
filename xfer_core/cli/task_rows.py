"""What ``xfer tasks`` says of each task: its declaration, and which of its rows are where."""

from __future__ import annotations

from typing import Any

from xfer_core.domain.task import SPLITS, Availability, Reach, Task
from xfer_core.rows import Fingerprints
from xfer_core.sources.chain import Chain

TRAIN, DEV, TEST = SPLITS
Found = dict[tuple[str, str], Availability]
"""(split, language) -> where the rows are."""


def task_row(task: Task, fingerprints: Fingerprints | None) -> dict[str, Any]:
    """One task as ``xfer tasks --json`` tells it; opens no connection, loads no row from afar.

        ``available`` is whether everything is here that training (in the first training language)
        and testing (in all languages) need; ``missing`` is the sentence about what is not.
        ``reach`` is language -> split -> here, fetchable or missing; ``why`` is language -> what is
    missing of its test rows. ``fingerprint`` is that of the test rows that are here; null without
        ``fingerprints``, as generated rows take seconds the first time.
    """
    found = where(task)
    tested = [code for code in task.languages if _is_here(found[TEST, code])]
    lacking = {place: one for place, one in found.items() if _needs(task, *place)}
    lacking = {place: one for place, one in lacking.items() if not _is_here(one)}
    return {
        "name": task.name,
        "title": task.title,
        "kind": str(task.kind),
        "catalog": task.catalog,
        "languages": list(task.languages),
        "metric": task.metric,
        "more_metrics": list(task.more_metrics),
        "train_examples": task.train_examples,
        "available": not lacking,
        "missing": _sentence(task, lacking) if lacking else None,
        "languages_here": tested,
        "reach": _by_language(found),
        "why": {code: one.why for (split, code), one in found.items() if split == TEST and one.why},
        "source": ", ".join(dict.fromkeys(one.place for one in found.values() if one.place)),
        "places": _places(task),
        "revision": task.source.revision,
        "licence": task.licence,
        "note": task.note,
        "fingerprint": (
            fingerprints.rows(task, TEST, tuple(tested)) if fingerprints and tested else None
        ),
    }


def where(task: Task) -> Found:
    """Where every split in every language is; training rows in the languages that have any."""
    source = task.source
    codes = dict.fromkeys((*task.languages, *source.train_languages))
    return {
        (split, code): source.availability(split, code)
        for code in codes
        for split in SPLITS
        if code in (source.train_languages if split == TRAIN else task.languages)
    }


def in_short(row: dict[str, Any]) -> str:
    """The state of a task's data in a few words, for people."""
    if row["available"]:
        return "here"
    n_here, n = len(row["languages_here"]), len(row["languages"])
    reaches = {reach for splits in row["reach"].values() for reach in splits.values()}
    told = f"tests of {n_here}/{n} languages here; " if n_here else ""
    return f"{told}{'fetchable' if str(Reach.FETCHABLE) in reaches else 'missing'}"


def _places(task: Task) -> list[str]:
    """Where rows are looked for, in that order."""
    if not isinstance(task.source, Chain):
        return []
    inner = (getattr(place, "place", place) for place in task.source.places)
    names = (getattr(place, "name", "") for place in inner)
    return list(dict.fromkeys(filter(None, names)))


def _needs(task: Task, split: str, language: str) -> bool:
    if split == TRAIN:
        return task.trained and language in task.source.train_languages[:1]
    return split == TEST


def _sentence(task: Task, lacking: Found) -> str:
    """What is not here: what can be fetched, then the first reason why something cannot."""
    fetchable = [place for place, one in lacking.items() if one.reach is Reach.FETCHABLE]
    missing = {place: one for place, one in lacking.items() if one.reach is Reach.MISSING}
    told = []
    if fetchable:
        told.append(f"{_named(fetchable)} can be fetched: run 'xfer prefetch {task.name}'.")
    if missing:
        why = next(iter(missing.values())).why
        told.append(f"{_named(list(missing))} cannot be had: {why}")
    return " ".join(told)


def _named(places: list[tuple[str, str]], most: int = 6) -> str:
    """Such as "Train rows in en and test rows in en, de and 13 more"."""
    parts = []
    for split in SPLITS:
        codes = [code for found, code in places if found == split]
        more = f" and {len(codes) - most} more" if len(codes) > most else ""
        if codes:
            parts.append(f"{split} rows in {', '.join(codes[:most])}{more}")
    text = " and ".join(parts)
    return text[:1].upper() + text[1:]


def _by_language(found: Found) -> dict[str, dict[str, str]]:
    told: dict[str, dict[str, str]] = {}
    for (split, code), one in found.items():
        told.setdefault(code, {})[split] = str(one.reach)
    return told


def _is_here(one: Availability) -> bool:
    return one.reach is Reach.HERE

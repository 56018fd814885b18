"""What two sides of a comparison were made with, and only where that differs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from xfer_core.domain.run import NO_INTERMEDIATE
from xfer_core.domain.serving import encoder_of
from xfer_core.views.compare_sides import Side, results
from xfer_core.views.selection import Queryable

_CHAIN = """
    WITH RECURSIVE chain AS (
        SELECT DISTINCT key, kind, parent, settings FROM stages WHERE key = ?
        UNION
        SELECT s.key, s.kind, s.parent, s.settings
        FROM stages AS s JOIN chain ON s.key = chain.parent
    )
    SELECT kind, settings FROM chain
"""
_ENCODER = "SELECT parameters, layers, hidden_size, revision FROM encoders WHERE name = ?"
_MADE = """
    SELECT r.environment, j.host, j.started_at FROM current_jobs AS j
    LEFT JOIN runs AS r USING (run_id) WHERE j.job_id = ?
"""
_SAID_BEFORE = ("intermediate.tasks", "target.tasks")
"""What the names of a side and the target already say."""

_NAMED = ("encoder", "intermediate")


@dataclass(frozen=True)
class SettingsDiff:
    """What differs: ``table`` has one row per such setting, ``n_same`` counts the others.

    Columns: ``setting`` (a dotted name such as "target.learning_rate"), ``a`` and ``b`` (plain
    values; None where a side has none).
    """

    table: pd.DataFrame
    n_same: int


def settings_diff(store: Queryable, *, catalog: str, target: str, a: Side, b: Side) -> SettingsDiff:
    """How the results of two sides were made, as far as they differ.

    How an intermediate task is trained is left out where only one side has any. Where a side has
    no result, only its name can be compared.
    """
    left, right = (_made_with(store, catalog, side, target) for side in (a, b))
    if "seeds" not in left or "seeds" not in right:
        left, right = ({k: v for k, v in one.items() if k in _NAMED} for one in (left, right))
    if NO_INTERMEDIATE in (a.intermediate, b.intermediate):
        left, right = (
            {k: v for k, v in one.items() if not k.startswith("intermediate.")}
            for one in (left, right)
        )
    every = list(dict.fromkeys([*left, *right]))
    differing = [name for name in every if left.get(name) != right.get(name)]
    rows = [(name, left.get(name), right.get(name)) for name in differing]
    table = pd.DataFrame(rows, columns=["setting", "a", "b"], dtype=object)
    return SettingsDiff(table, len(every) - len(differing))


def _made_with(store: Queryable, catalog: str, side: Side, target: str) -> dict[str, Any]:
    """All settings of a side by dotted name, in the order in which a person asks."""
    found = results(store, catalog, side, target)
    values: dict[str, Any] = {
        "encoder": side.encoder,
        "intermediate": side.intermediate,
        **_encoder(store, side.encoder),
    }
    if found.empty:
        return values
    newest = str(found.sort_values("recorded_at")["job_id"].iloc[-1])
    for stage in store.query(_CHAIN, [newest]).to_dict("records")[::-1]:
        settings = json.loads(stage["settings"] or "{}")
        values |= dict(_flat(str(stage["kind"]), settings))
    languages = sorted(set(found["language"]))
    seeds = sorted(int(seed) for seed in set(found["seed"]))
    values |= {"seeds": seeds, "languages": languages, "examples": _most(found["n_examples"])}
    values |= _machine(store, newest)
    return {name: value for name, value in values.items() if name not in _SAID_BEFORE}


def _encoder(store: Queryable, name: str) -> dict[str, Any]:
    found = store.query(_ENCODER, [encoder_of(name)]).to_dict("records")
    return {f"encoder.{key}": value for key, value in found[0].items()} if found else {}


def _most(counts: pd.Series[int]) -> int:
    return int(counts.max()) if len(counts) else 0


def _machine(store: Queryable, job_id: str) -> dict[str, Any]:
    """Where and with which programs the newest result of a side was measured."""
    found = store.query(_MADE, [job_id]).to_dict("records")
    if not found:
        return {}
    given = found[0]["environment"]
    environment = json.loads(given) if isinstance(given, str) else None
    values = environment if isinstance(environment, Mapping) else {}
    day = found[0]["started_at"]
    dated = {} if pd.isna(day) else {"made.day": f"{pd.Timestamp(day):%Y-%m-%d}"}
    return {**dict(_flat("made", values)), "made.host": found[0]["host"], **dated}


def _flat(prefix: str, values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Nested settings by dotted name; the groups that only bundle leave no trace in it."""
    for key, value in values.items():
        bundle = key in ("training", "evaluation", "versions")
        name = prefix if bundle else f"{prefix}.{key}"
        if isinstance(value, Mapping) and value:
            yield from _flat(name, value)
        else:
            yield name, value

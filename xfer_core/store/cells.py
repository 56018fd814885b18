"""Keeps the pre-aggregated heatmap (table ``cells``) up to date as scores are imported."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from xfer_core.domain.run import NO_INTERMEDIATE
from xfer_core.domain.score import MEASURED
from xfer_core.stats import influences
from xfer_core.store.cell_rows import Block, Floats, Influences, Scores, blocks, rows_of

Group = tuple[str, str, str, str]
"""(catalog, encoder, target, variant): results that may be compared with each other.

The baseline of the variant "settings.intermediate" is that of "settings": it is the same model
however the intermediate tasks are trained.
"""
GROUP = ("catalog", "encoder", "target", "variant")
SPLIT = "test"
STAMPS = pa.schema([("intermediate", pa.string()), ("stamp", pa.uint64())])
BASELINE = np.uint64(0x9E3779B97F4A7C15)
"""An odd number that makes the hash of a baseline's score another than that of the score."""
MOST_NUMBERS = 2**22
"""Per-example numbers held at once; more are worked out some intermediate tasks at a time."""

# As the view current_scores, but for this group alone: the newest of each is picked below, which
# is many times faster than a window function over as many partitions as there are scores.
SCORES = """
    SELECT s.metric, s.intermediate, s.language, s.seed, s.value,
        coalesce(s.n_examples, 0) AS n_examples,
        coalesce(epoch_us(s.recorded_at), 0) AS recorded_at,
        hash(s.job_id, s.attempt, s.seq) AS identity, coalesce(s.note, '') AS note,
        s.job_id, s.attempt, s.seq
    FROM scores AS s JOIN current_jobs USING (job_id, attempt)
    WHERE s.catalog = ? AND s.encoder = ? AND s.target = ?
        AND (s.variant = ? OR (s.variant = ? AND s.intermediate = ?)) AND s.split = ?
        AND s.source = ? AND s.metric IS NOT NULL AND s.intermediate IS NOT NULL
        AND s.language IS NOT NULL AND s.seed IS NOT NULL
    ORDER BY s.metric, s.intermediate, s.language, s.seed,
        s.recorded_at DESC NULLS LAST, s.job_id, s.seq DESC
"""
# By their places in the table: a filter on job_id alone would unpack all lists there are.
EXAMPLES = """
    SELECT job_id, attempt, seq, scores, weights FROM example_scores WHERE rowid IN (
        SELECT rowid FROM example_scores WHERE job_id IN (SELECT unnest(?))
    )
"""
ARMS = """
    SELECT DISTINCT catalog, encoder, target, variant FROM scores WHERE contains(variant, '.')
"""
IS_GROUP = "catalog = ? AND encoder = ? AND target = ? AND variant = ?"
KNOWN = f"SELECT intermediate, stamp FROM cell_sources WHERE {IS_GROUP}"
FORGET = f"DELETE FROM cell_sources WHERE {IS_GROUP} AND intermediate IN (SELECT unnest(?))"
DELETE = f"DELETE FROM cells WHERE {IS_GROUP} AND intermediate IN (SELECT unnest(?)) AND split = ?"


def refresh(connection: duckdb.DuckDBPyConnection, touched: Iterable[Group]) -> None:
    """Bring the cells of the groups up to date with their current measured test scores.

    Only intermediate tasks whose scores, or the baseline's of the same seeds, are others than at
    the last time are worked out anew (table ``cell_sources`` says which those were). A baseline
    that gains are measured against is among the cells of a group and in no group of its own.
    Runs inside the caller's transaction. The same scores give the same rows in any order of
    calls, so the table can be rebuilt at will.
    """
    arms = _arms(connection)
    for group in sorted(_with_arms(set(touched), arms), key=str):
        _refresh_group(connection, group, is_empty=group in arms)


def _refresh_group(connection: duckdb.DuckDBPyConnection, group: Group, is_empty: bool) -> None:
    scores = _scores(connection, group)
    found = [] if is_empty else blocks(scores)
    before = dict(connection.execute(KNOWN, group).fetchall())
    now = _stamps(found, scores)
    stale = sorted(name for name in now if before.get(name) != now[name])
    outdated = [*stale, *(before.keys() - now.keys())]
    connection.execute(DELETE, [*group, outdated, SPLIT])
    connection.execute(FORGET, [*group, outdated])
    for some in _portions(found, scores, stale):
        known = _influences(connection, scores, _needed(found, some))
        tables = [rows_of(scores, known, block, some) for block in found]
        fixed = {**dict(zip(GROUP, group, strict=True)), "split": SPLIT}
        _insert(connection, "cells", pa.concat_tables(tables), fixed)
    stamps = pa.table({"intermediate": stale, "stamp": [now[name] for name in stale]}, STAMPS)
    _insert(connection, "cell_sources", stamps, dict(zip(GROUP, group, strict=True)))


def _arms(connection: duckdb.DuckDBPyConnection) -> dict[Group, list[Group]]:
    """Per group that is the baseline of others, those others."""
    arms: dict[Group, list[Group]] = {}
    for catalog, encoder, target, variant in connection.execute(ARMS).fetchall():
        group = (catalog, encoder, target, _baseline_variant(variant))
        arms.setdefault(group, []).append((catalog, encoder, target, variant))
    return arms


def _with_arms(touched: set[Group], arms: dict[Group, list[Group]]) -> set[Group]:
    """The groups, and those that share the baseline of one of them."""
    found = set(touched)
    for catalog, encoder, target, variant in touched:
        base = (catalog, encoder, target, _baseline_variant(variant))
        found |= {base, *(arms.get(base, []) if variant == base[3] else [])}
    return found


def _baseline_variant(variant: str) -> str:
    return variant.partition(".")[0]


def _scores(connection: duckdb.DuckDBPyConnection, group: Group) -> Scores:
    base = _baseline_variant(group[3])
    parameters = [*group, base, NO_INTERMEDIATE, SPLIT, MEASURED]
    table = connection.sql(SCORES, params=parameters).to_arrow_table()
    table = table.take(_newest(table))
    table = table.filter(pc.is_finite(table["value"]))
    columns = {name: table[name].to_numpy() for name in table.column_names[:9]}
    jobs = (table[name].to_pylist() for name in ("job_id", "attempt", "seq"))
    return Scores(**columns, job=list(zip(*jobs, strict=True)))


def _newest(table: pa.Table) -> NDArray[np.int64]:
    """Of the sorted scores the first row per metric, intermediate task, language and seed."""
    differs = np.ones(len(table), dtype=bool)
    columns = [table[name].to_numpy() for name in ("metric", "intermediate", "language", "seed")]
    differs[1:] = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    return np.flatnonzero(differs)


def _stamps(found: list[Block], scores: Scores) -> dict[str, int]:
    """Per intermediate task a hash of which scores its cells come from, whatever their order."""
    stamps: dict[str, int] = {}
    for block in found:
        own = _identities(scores, block.places)
        base = _identities(scores, block.baseline) * BASELINE
        own ^= np.where(block.places >= 0, base, 0)
        for name, stamp in zip(block.intermediates, own.reshape(len(own), -1), strict=True):
            stamps[name] = stamps.get(name, 0) ^ int(np.bitwise_xor.reduce(stamp))
    return stamps


def _identities(scores: Scores, places: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Zero where there is no score."""
    return np.where(places >= 0, np.append(scores.identity, np.uint64(0))[places], np.uint64(0))


def _portions(found: list[Block], scores: Scores, names: list[str]) -> Iterator[list[str]]:
    """The names in their order, as many at a time as memory should hold the examples of."""
    portion: list[str] = []
    held = 0
    for name in names:
        size = int(scores.n_examples[_own(found, name)].sum())
        if portion and held + size > MOST_NUMBERS:
            yield portion
            portion, held = [], 0
        portion.append(name)
        held += size
    if portion:
        yield portion


def _own(found: list[Block], name: str) -> NDArray[np.int64]:
    """Places of all scores of one intermediate task."""
    blocks_of = (block for block in found if name in block.intermediates)
    places = [block.places[block.intermediates.index(name)].ravel() for block in blocks_of]
    every = np.concatenate(places)
    return every[every >= 0]


def _needed(found: list[Block], names: list[str]) -> set[int]:
    """Places of the scores that the gains of some intermediate tasks are made of."""
    needed = {place for name in names for place in _own(found, name).tolist()}
    for block in found:
        members = [at for at, name in enumerate(block.intermediates) if name in names]
        base = block.baseline[(block.places[members] >= 0).any(axis=0)]
        needed |= set(base[base >= 0].tolist())
    return needed


def _influences(
    connection: duckdb.DuckDBPyConnection, scores: Scores, places: set[int]
) -> Influences:
    """Those of the scores at some places, from their kept examples."""
    wanted = {scores.job[place]: place for place in places}
    ids = sorted({job_id for job_id, _, _ in wanted})
    table = connection.sql(EXAMPLES, params=[ids]).to_arrow_table()
    keys = zip(*(table[name].to_pylist() for name in ("job_id", "attempt", "seq")), strict=True)
    lists = zip(keys, _arrays(table["scores"]), _arrays(table["weights"]), strict=True)
    by_size: dict[int, list[tuple[int, Floats, Floats | None]]] = defaultdict(list)
    for key, top, bottom in lists:
        if key in wanted and top is not None and _usable(top, bottom):
            by_size[top.size].append((wanted[key], top, bottom))
    found = Influences(np.full(len(scores.job), -1), np.full(len(scores.job), -1), {})
    for size, rows in by_size.items():
        of_size = [place for place, _, _ in rows]
        found.sizes[of_size], found.slots[of_size] = size, np.arange(len(rows))
        ones = np.ones(size)
        bottoms = [ones if bottom is None else bottom for _, _, bottom in rows]
        found.matrices[size] = influences([top for _, top, _ in rows], bottoms)
    return found


def _usable(top: Floats, bottom: Floats | None) -> bool:
    """Whether the counts say how much each example moves the score."""
    whole = bottom is None or (bottom.size == top.size and bool(bottom.sum()))
    return bool(top.size) and whole and bool(np.isfinite(top).all())


def _arrays(column: pa.ChunkedArray) -> list[Floats | None]:
    """The lists of a column as numpy arrays, without a Python object per number."""
    arrays: list[Floats | None] = []
    for chunk in column.chunks:
        values = chunk.values.to_numpy(zero_copy_only=False).astype(float)
        offsets, known = chunk.offsets.to_numpy(), chunk.is_valid().to_numpy(zero_copy_only=False)
        for at, is_known in enumerate(known):
            arrays.append(values[offsets[at] : offsets[at + 1]] if is_known else None)
    return arrays


def _insert(
    connection: duckdb.DuckDBPyConnection, table: str, rows: pa.Table, fixed: dict[str, str]
) -> None:
    """Insert rows, all with the same values in the columns that ``fixed`` names."""
    if not len(rows):
        return
    for name, value in fixed.items():
        rows = rows.append_column(name, pa.repeat(value, len(rows)))
    connection.register("new_rows", rows)
    connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM new_rows")
    connection.unregister("new_rows")

"""Keeps the pre-aggregated heatmap (table ``cells``) up to date as scores are imported."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from xfer_core.domain.language import ALL, REFERENCE_LANGUAGE, ZERO_SHOT
from xfer_core.domain.run import NO_INTERMEDIATE
from xfer_core.stats import influences, intervals, paired_gain, sources_of
from xfer_core.stats.gain import Sources

Group = tuple[str, str, str, str]
"""(catalog, encoder, target, variant): results that may be compared with each other.

The baseline of the variant "settings.intermediate" is that of "settings": it is the same model
however the intermediate tasks are trained.
"""
SPLIT = "test"

SCORES = """
    SELECT s.metric, s.intermediate, s.language, s.seed, s.value, s.n_examples, s.recorded_at,
        e.scores, e.weights
    FROM current_scores AS s LEFT JOIN example_scores AS e USING (job_id, attempt, seq)
    WHERE s.catalog = ? AND s.encoder = ? AND s.target = ?
        AND (s.variant = ? OR (s.variant = ? AND s.intermediate = ?)) AND s.split = ?
        AND s.value IS NOT NULL AND NOT isnan(s.value)
    ORDER BY s.metric, s.intermediate, s.language, s.seed
"""
ARMS = """
    SELECT DISTINCT variant FROM scores
    WHERE catalog = ? AND encoder = ? AND target = ? AND starts_with(variant, ? || '.')
"""
DELETE = """
    DELETE FROM cells
    WHERE catalog = ? AND encoder = ? AND target = ? AND variant = ? AND split = ?
"""
COLUMNS = pa.schema(
    [
        *((name, pa.string()) for name in ("catalog", "encoder", "target", "variant", "split")),
        *((name, pa.string()) for name in ("metric", "intermediate", "language")),
        *((name, pa.float64()) for name in ("score", "baseline", "gain_points", "sd_points")),
        *((name, pa.float64()) for name in ("ci_low", "ci_high", "p_value")),
        ("seeds", pa.list_(pa.int32())),
        *((name, pa.list_(pa.float64())) for name in ("seed_scores", "seed_baselines")),
        *((name, pa.int32()) for name in ("n_seeds", "n_languages", "n_examples")),
        ("recorded_at", pa.timestamp("us", tz="UTC")),
    ]
)


@dataclass(frozen=True)
class Result:
    """One current score with what each example contributed (None when that was not kept)."""

    value: float
    n_examples: int
    recorded_at: datetime
    numerators: NDArray[np.float64] | None
    denominators: NDArray[np.float64] | None

    @cached_property
    def influence(self) -> NDArray[np.float64] | None:
        """Per example, how much it moves the score, in points; None when not known."""
        top = self.numerators
        if top is None or top.size == 0 or not np.isfinite(top).all():
            return None
        bottom = np.ones_like(top) if self.denominators is None else self.denominators
        return influences(top, bottom) if bottom.size == top.size and bottom.sum() else None


Side = Mapping[str, Mapping[int, Result]]
"""The results of one intermediate task: language, then seed."""


def refresh(connection: duckdb.DuckDBPyConnection, touched: Iterable[Group]) -> None:
    """Recompute the cells of the groups from their current test scores, and replace them.

    A baseline that gains are measured against is among them and in no group of its own.
    Runs inside the caller's transaction. The same scores give the same rows in any order of
    calls, so the table can be rebuilt at will.
    """
    for group in sorted(_with_arms(connection, touched), key=str):
        rows = [] if _arms(connection, group) else _cells(connection, group)
        connection.execute(DELETE, [*group, SPLIT])
        if rows:
            names = ("catalog", "encoder", "target", "variant")
            fixed = {**dict(zip(names, group, strict=True)), "split": SPLIT}
            table = pa.Table.from_pylist([{**fixed, **row} for row in rows], COLUMNS)
            connection.register("new_cells", table)
            connection.execute("INSERT INTO cells BY NAME SELECT * FROM new_cells")
            connection.unregister("new_cells")


def _with_arms(connection: duckdb.DuckDBPyConnection, touched: Iterable[Group]) -> set[Group]:
    """The groups, and those that share the baseline of one of them."""
    found = set(touched)
    for catalog, encoder, target, variant in list(found):
        if variant == _baseline_variant(variant):
            arms = _arms(connection, (catalog, encoder, target, variant))
            found |= {(catalog, encoder, target, arm) for arm in arms}
        else:
            found.add((catalog, encoder, target, _baseline_variant(variant)))
    return found


def _arms(connection: duckdb.DuckDBPyConnection, group: Group) -> list[str]:
    return [arm for (arm,) in connection.execute(ARMS, group).fetchall()]


def _baseline_variant(variant: str) -> str:
    return variant.partition(".")[0]


def _cells(connection: duckdb.DuckDBPyConnection, group: Group) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    pending: list[tuple[dict[str, Any], Sources]] = []
    for metric, sides in _results(connection, group).items():
        baseline = sides.get(NO_INTERMEDIATE, {})
        for intermediate, side in sides.items():
            is_baseline = intermediate == NO_INTERMEDIATE
            for language in (*side, ZERO_SHOT, ALL):
                found = _cell(language, side, {} if is_baseline else baseline)
                if found is None:
                    continue
                row, sources = found
                rows.append(row | {"metric": metric, "intermediate": intermediate})
                if is_baseline:
                    own = {"baseline": row["score"], "seed_baselines": row["seed_scores"]}
                    rows[-1].update(own)
                if sources is not None:
                    pending.append((rows[-1], sources))
    _add_intervals(pending)
    return rows


def _results(
    connection: duckdb.DuckDBPyConnection, group: Group
) -> dict[str, dict[str, dict[str, dict[int, Result]]]]:
    """Results by metric, intermediate, language and seed."""
    base = _baseline_variant(group[3])
    table = connection.sql(SCORES, params=[*group, base, NO_INTERMEDIATE, SPLIT]).to_arrow_table()
    plain = table.drop_columns(["scores", "weights"]).to_pylist()
    lists = zip(_arrays(table["scores"]), _arrays(table["weights"]), strict=True)
    found: dict[str, dict[str, dict[str, dict[int, Result]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(dict))
    )
    for row, (scores, weights) in zip(plain, lists, strict=True):
        found[row["metric"]][row["intermediate"]][row["language"]][row["seed"]] = Result(
            row["value"], row["n_examples"] or 0, row["recorded_at"], scores, weights
        )
    return found


def _arrays(column: pa.ChunkedArray) -> list[NDArray[np.float64] | None]:
    """The lists of a column as numpy arrays, without a Python object per number."""
    arrays: list[NDArray[np.float64] | None] = []
    for chunk in column.chunks:
        values = chunk.values.to_numpy(zero_copy_only=False).astype(float)
        offsets, known = chunk.offsets.to_numpy(), chunk.is_valid().to_numpy(zero_copy_only=False)
        for at, is_known in enumerate(known):
            arrays.append(values[offsets[at] : offsets[at + 1]] if is_known else None)
    return arrays


def _cell(
    language: str, side: Side, baseline: Side
) -> tuple[dict[str, Any], Sources | None] | None:
    """The row of one language or mean, without its interval; None if there is nothing."""
    wanted = {ALL: set(side), ZERO_SHOT: set(side) - {REFERENCE_LANGUAGE}}.get(language, {language})
    paired = _pairs(side, wanted & set(baseline), baseline)
    seeds, languages = paired if paired[0] else _pairs(side, wanted, side)
    if not seeds:
        return None
    scores = [[side[name][seed] for name in languages] for seed in seeds]
    row = {"language": language, **_score_columns(scores, seeds, languages)}
    if not paired[0]:
        return row, None
    baselines = [[baseline[name][seed] for name in languages] for seed in seeds]
    gains = paired_gain(row["seed_scores"], _means(baselines))
    row["seed_baselines"] = _means(baselines)
    row["baseline"] = float(np.mean(row["seed_baselines"]))
    row["gain_points"] = float(gains.mean())
    row["sd_points"] = float(gains.std(ddof=1)) if len(seeds) > 1 else None
    row["recorded_at"] = max(row["recorded_at"], _newest(baselines))
    return row, sources_of(gains, _differences(scores, baselines))


def _pairs(side: Side, languages: Iterable[str], other: Side) -> tuple[list[int], list[str]]:
    """The seeds and languages that both sides have in full: the block with most scores.

    A mean needs the same languages in every seed. Where coverage is uneven (one more seed run in
    one language only), dropping that seed may keep more than dropping the other languages.
    """
    covered: dict[int, set[str]] = defaultdict(set)
    for language in languages:
        for seed in side[language].keys() & other[language].keys():
            covered[seed].add(language)
    if not covered:
        return [], []
    blocks = [*covered.values(), set.intersection(*covered.values())]
    seeds_of = {
        tuple(sorted(block)): [seed for seed in sorted(covered) if block <= covered[seed]]
        for block in blocks
        if block
    }
    best = max(seeds_of, key=lambda block: (len(block) * len(seeds_of[block]), len(block), block))
    return seeds_of[best], list(best)


def _score_columns(
    scores: Sequence[Sequence[Result]], seeds: list[int], languages: list[str]
) -> dict[str, Any]:
    means = _means(scores)
    return {
        "score": float(np.mean(means)),
        "seeds": seeds,
        "n_seeds": len(seeds),
        "seed_scores": means,
        "n_languages": len(languages),
        "n_examples": min(sum(result.n_examples for result in row) for row in scores),
        "recorded_at": _newest(scores),
    }


def _means(results: Sequence[Sequence[Result]]) -> list[float]:
    """Per seed the unweighted mean over languages."""
    return [float(np.mean([result.value for result in row])) for row in results]


def _newest(results: Sequence[Sequence[Result]]) -> datetime:
    return max(result.recorded_at for row in results for result in row)


def _differences(
    scores: Sequence[Sequence[Result]], baselines: Sequence[Sequence[Result]]
) -> list[NDArray[np.float64]]:
    """Per independent set of examples its influence on the gain, (n_seeds, n_examples).

    Test sets of one size are taken as translations of each other, in one order, and averaged per
    example; if they are not, the estimate stays right on average. Empty when a side kept no
    examples or they do not match: then only the seeds speak.
    """
    n_languages = len(scores[0])
    by_size: dict[int, list[NDArray[np.float64]]] = defaultdict(list)
    for at in range(n_languages):
        left = [row[at].influence for row in scores]
        right = [row[at].influence for row in baselines]
        known = [each for each in (*left, *right) if each is not None]
        if len(known) < 2 * len(scores) or len({each.size for each in known}) != 1:
            return []
        difference = np.stack(known[: len(scores)]) - np.stack(known[len(scores) :])
        by_size[difference.shape[1]].append(difference)
    return [np.sum(by_size[size], axis=0) / n_languages for size in sorted(by_size)]


def _add_intervals(pending: Sequence[tuple[dict[str, Any], Sources]]) -> None:
    """Fill ci_low, ci_high and p_value of all rows at once."""
    if not pending:
        return
    fields = ("seeds", "examples", "interaction", "n_seeds", "example_df")
    sources = Sources(*(np.array([getattr(each, name) for _, each in pending]) for name in fields))
    gains = np.array([row["gain_points"] for row, _ in pending])
    for (row, _), *values in zip(pending, *intervals(gains, sources), strict=True):
        for name, value in zip(("ci_low", "ci_high", "p_value"), values, strict=True):
            row[name] = float(value) if np.isfinite(value) else None

"""Scores of one group and metric as rows of the table ``cells`` (pure): many cells at a time.

Every sum runs along the last axis of a block, so that a cell's digits do not depend on which other
cells are worked out beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import repeat
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from xfer_core.domain.language import ALL, REFERENCE_LANGUAGE, ZERO_SHOT
from xfer_core.domain.run import NO_INTERMEDIATE
from xfer_core.stats import intervals, paired_gain, sources_of
from xfer_core.stats.gain import Sources

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
Indices = tuple[int, ...]
Columns = dict[str, NDArray[Any]]
Job = tuple[str, int, int]
_NUMBERS = ("score", "baseline", "gain_points", "sd_points", "ci_low", "ci_high", "p_value")
_COUNTS = ("n_seeds", "n_languages", "n_examples")
_COLUMNS = pa.schema(
    [
        *((name, pa.string()) for name in ("metric", "intermediate", "language")),
        *((name, pa.float64()) for name in _NUMBERS),
        ("seeds", pa.list_(pa.int32())),
        *((name, pa.list_(pa.float64())) for name in ("seed_scores", "seed_baselines")),
        *((name, pa.int32()) for name in _COUNTS),
        ("note", pa.string()),
        ("recorded_at", pa.timestamp("us", tz="UTC")),
    ]
)


@dataclass(frozen=True)
class Scores:
    """Current scores of one group as columns.

    ``recorded_at`` is in microseconds since 1970, ``identity`` a hash of the ``job``, which is
    (job_id, attempt, seq); ``note`` is "" where a reader of the score has to know nothing.
    """

    metric: NDArray[np.object_]
    intermediate: NDArray[np.object_]
    language: NDArray[np.object_]
    seed: NDArray[np.int64]
    value: Floats
    n_examples: NDArray[np.int64]
    recorded_at: NDArray[np.int64]
    identity: NDArray[np.uint64]
    note: NDArray[np.object_]
    job: list[Job]


@dataclass(frozen=True)
class Influences:
    """How much each example moves its score, in points, for some places in the columns.

    ``sizes`` is the number of examples per place, -1 where that is not known; ``slots`` the row
    of a place in the matrix of its size.
    """

    sizes: Places
    slots: Places
    matrices: dict[int, Floats]

    def of(self, places: Places) -> Floats:
        """The influences of places that have equally many examples, along a new last axis."""
        return self.matrices[int(self.sizes[places.flat[0]])][self.slots[places]]


@dataclass(frozen=True)
class Block:
    """The scores of one metric: ``places[intermediate, language, seed]``, -1 for none."""

    metric: str
    intermediates: list[str]
    languages: list[str]
    seeds: list[int]
    places: Places

    @property
    def baseline(self) -> Places:
        """The places of the scores without an intermediate task, (n_languages, n_seeds)."""
        if NO_INTERMEDIATE in self.intermediates:
            return np.asarray(self.places[self.intermediates.index(NO_INTERMEDIATE)])
        return np.full(self.places.shape[1:], -1)


def blocks(scores: Scores) -> list[Block]:
    """The scores by metric; names and seeds in rising order."""
    found = []
    for metric in sorted(set(scores.metric)):
        rows = np.flatnonzero(scores.metric == metric)
        columns = (scores.intermediate, scores.language, scores.seed)
        axes = [pd.factorize(column[rows], sort=True) for column in columns]
        intermediates, languages, seeds = (names.tolist() for _, names in axes)
        places = np.full([len(names) for _, names in axes], -1, dtype=np.int64)
        places[tuple(at for at, _ in axes)] = rows
        found.append(Block(metric, intermediates, languages, seeds, places))
    return found


@dataclass(frozen=True)
class _Selection:
    """The scores that make up a cell: of which languages and seeds, with a baseline or not."""

    language: str
    languages: Indices
    seeds: Indices
    paired: bool


@dataclass(frozen=True)
class _Cells:
    """Cells of one shape: places of their scores, and of the baseline's if they are paired.

    ``own`` and ``base`` are (n_cells, n_seeds, n_languages); the others have one entry per cell.
    """

    intermediates: Places
    languages: list[str]
    seeds: list[list[int]]
    own: Places
    base: Places | None

    def only(self, where: NDArray[np.bool_]) -> _Cells:
        """Some of the cells."""
        kept = np.flatnonzero(where).tolist()
        return _Cells(
            self.intermediates[kept],
            [self.languages[at] for at in kept],
            [self.seeds[at] for at in kept],
            self.own[kept],
            None if self.base is None else self.base[kept],
        )


def rows_of(
    scores: Scores, influences: Influences, block: Block, wanted: Container[str]
) -> pa.Table:
    """The cells of those wanted: one row per intermediate task and language or mean.

    Returns:
        The columns of ``cells`` but for those of the group and the split.
    """
    parts: list[Columns] = []
    sources: list[Sources] = []
    for cells in _by_shape(block, wanted):
        for some, sizes in _by_examples(cells, influences):
            columns, gains = _without_interval(scores, block, some)
            parts.append(columns)
            if gains is None:
                sources.append(_unknown(len(some.languages)))
            else:
                sources.append(sources_of(gains, _differences(some, influences, sizes)))
    return _table(block, _joined(parts, sources))


def _by_shape(block: Block, wanted: Container[str]) -> Iterator[_Cells]:
    """All cells of the wanted intermediate tasks, those together that can be worked out at once."""
    shapes: dict[tuple[int, int, bool], list[tuple[int, _Selection]]] = defaultdict(list)
    for alike, selections in _by_coverage(block, wanted):
        for each in selections:
            shape = (len(each.seeds), len(each.languages), each.paired)
            shapes[shape] += [(at, each) for at in alike]
    for (_, _, paired), members in shapes.items():
        intermediates = np.array([at for at, _ in members])
        languages = np.array([each.languages for _, each in members])[:, None, :]
        seeds = np.array([each.seeds for _, each in members])
        yield _Cells(
            intermediates,
            [each.language for _, each in members],
            np.array(block.seeds)[seeds].tolist(),
            block.places[intermediates[:, None, None], languages, seeds[:, :, None]],
            block.baseline[languages, seeds[:, :, None]] if paired else None,
        )


def _by_coverage(
    block: Block, wanted: Container[str]
) -> Iterator[tuple[list[int], list[_Selection]]]:
    """Intermediate tasks with scores for the same languages and seeds, and their cells."""
    alike: dict[tuple[bool, bytes], list[int]] = defaultdict(list)
    for at, name in enumerate(block.intermediates):
        if name in wanted:
            own = block.places[at] >= 0
            alike[name == NO_INTERMEDIATE, own.tobytes()].append(at)
    base = block.baseline >= 0
    for (is_baseline, _), members in alike.items():
        own = block.places[members[0]] >= 0
        yield members, list(_selections(block.languages, own, own & base & (not is_baseline)))


def _selections(
    languages: list[str], own: NDArray[np.bool_], both: NDArray[np.bool_]
) -> Iterator[_Selection]:
    """What the cells of an intermediate task are made of; none for a mean over nothing.

    Args:
        languages: names in rising order.
        own: (n_languages, n_seeds), where there is a score.
        both: likewise, where there is a baseline as well.
    """
    among = {name: [at] for at, name in enumerate(languages)}
    among[ZERO_SHOT] = [at for name, (at,) in among.items() if name != REFERENCE_LANGUAGE]
    among[ALL] = list(range(len(languages)))
    for name, members in among.items():
        paired = bool(both[members].any())
        chosen, seeds = _largest((both if paired else own)[members])
        if seeds:
            yield _Selection(name, tuple(members[at] for at in chosen), seeds, paired)


def _largest(covered: NDArray[np.bool_]) -> tuple[Indices, Indices]:
    """The languages and seeds of the full block with most scores, from (languages, seeds).

    A mean needs the same languages in every seed. Where coverage is uneven (one more seed run in
    one language only), dropping that seed may keep more than dropping the other languages.
    """
    seeds = np.flatnonzero(covered.any(axis=0)).tolist()
    if covered[:, seeds].all():
        return tuple(range(len(covered))), tuple(seeds) if len(covered) else ()
    candidates = {tuple(np.flatnonzero(covered[:, seed]).tolist()) for seed in seeds}
    candidates.add(tuple(np.flatnonzero(covered[:, seeds].all(axis=1)).tolist()))
    seeds_of = {
        chosen: tuple(seed for seed in seeds if covered[list(chosen), seed].all())
        for chosen in candidates
        if chosen
    }
    best = max(seeds_of, key=lambda each: (len(each) * len(seeds_of[each]), len(each), each))
    return best, seeds_of[best]


def _by_examples(cells: _Cells, influences: Influences) -> Iterator[tuple[_Cells, list[int]]]:
    """The cells by the sizes of their languages' test sets.

    The sizes are those of which the examples are known on both sides and in every seed; an empty
    list where that does not hold for every language: then only the seeds speak.
    """
    if cells.base is None:
        yield cells, []
        return
    sizes = influences.sizes[cells.own]
    same = (sizes == sizes[:, :1]) & (influences.sizes[cells.base] == sizes[:, :1]) & (sizes >= 0)
    kept = np.where(same.all(axis=(1, 2))[:, None], sizes[:, 0], -1)
    for each in np.unique(kept, axis=0):
        known = each.tolist() if (each >= 0).all() else []
        yield cells.only((kept == each).all(axis=1)), known


def _differences(cells: _Cells, influences: Influences, sizes: list[int]) -> list[Floats]:
    """Per independent set of examples its influence on the gain, (n_cells, n_seeds, n_examples).

    Test sets of one size are taken as translations of each other, in one order, and averaged per
    example; if they are not, the estimate stays right on average.
    """
    by_size: dict[int, list[int]] = defaultdict(list)
    for at, size in enumerate(sizes):
        by_size[size].append(at)

    def difference(at: int) -> Floats:
        own = influences.of(cells.own[:, :, at])
        own -= influences.of(cells.base[:, :, at])  # type: ignore[index]
        return own

    return [reduce(np.add, map(difference, by_size[size])) / len(sizes) for size in sorted(by_size)]


def _without_interval(scores: Scores, block: Block, cells: _Cells) -> tuple[Columns, Floats | None]:
    """The columns of cells but for their intervals, and their gains (n_cells, n_seeds)."""
    n_cells, n_seeds, n_languages = cells.own.shape
    seed_scores = scores.value[cells.own].mean(axis=-1)
    missing = np.full(n_cells, np.nan)
    columns: Columns = {
        "intermediate": cells.intermediates,
        "language": np.array(cells.languages, dtype=object),
        "score": seed_scores.mean(axis=-1),
        **dict.fromkeys(("baseline", "gain_points", "sd_points"), missing),
        "seeds": _lists(cells.seeds),
        "seed_scores": _lists(seed_scores),
        "seed_baselines": _lists(repeat(None, n_cells)),
        "n_seeds": np.full(n_cells, n_seeds),
        "n_languages": np.full(n_cells, n_languages),
        "n_examples": scores.n_examples[cells.own].sum(axis=-1).min(axis=-1),
        "note": _notes(scores, cells.own),
        "recorded_at": scores.recorded_at[cells.own].max(axis=(1, 2)),
    }
    if cells.base is None:
        return _as_own_baseline(columns, block), None
    seed_baselines = scores.value[cells.base].mean(axis=-1)
    gains = paired_gain(seed_scores, seed_baselines)
    newest = scores.recorded_at[cells.base].max(axis=(1, 2))
    columns |= {
        "baseline": seed_baselines.mean(axis=-1),
        "gain_points": gains.mean(axis=-1),
        "sd_points": gains.std(axis=-1, ddof=1) if n_seeds > 1 else missing,
        "seed_baselines": _lists(seed_baselines),
        "recorded_at": np.maximum(columns["recorded_at"], newest),
    }
    return columns, gains


def _notes(scores: Scores, own: Places) -> NDArray[np.object_]:
    """What a reader of each cell must know: the notes of its scores, each once; "" for nothing."""
    kinds, texts = pd.factorize(scores.note, sort=True)
    every = kinds[own].reshape(len(own), -1)
    found = np.asarray(texts, dtype=object)[every[:, 0]]
    for at in np.flatnonzero((every != every[:, :1]).any(axis=1)):
        found[at] = " ".join(filter(None, (str(texts[kind]) for kind in np.unique(every[at]))))
    return found


def _as_own_baseline(columns: Columns, block: Block) -> Columns:
    """The same, with the scores of the baseline as their own baseline."""
    is_baseline = np.array(block.intermediates)[columns["intermediate"]] == NO_INTERMEDIATE
    for name, own in (("baseline", "score"), ("seed_baselines", "seed_scores")):
        columns[name] = np.where(is_baseline, columns[own], columns[name])
    return columns


def _lists(rows: Iterable[Any]) -> NDArray[np.object_]:
    """One list (or None) per entry."""
    return np.fromiter((row if row is None else list(row) for row in rows), dtype=object)


def _unknown(n: int) -> Sources:
    """Sources of cells without an interval."""
    zero = np.zeros(n)
    return Sources(zero, zero, zero, zero, np.ones(n, dtype=np.int64), zero + np.inf)


def _joined(parts: list[Columns], sources: list[Sources]) -> Columns:
    """All cells as one set of columns, with their intervals."""
    if not parts:
        return {}
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    fields = vars(sources[0])
    spread = Sources(
        **{name: np.concatenate([vars(each)[name] for each in sources]) for name in fields}
    )
    found = intervals(columns["gain_points"], spread)
    return columns | dict(zip(("ci_low", "ci_high", "p_value"), found, strict=True))


def _table(block: Block, columns: Columns) -> pa.Table:
    if not columns:
        return _COLUMNS.empty_table()
    names = np.array(block.intermediates, dtype=object)[columns["intermediate"]]
    columns |= {"intermediate": names, "metric": np.full(len(names), block.metric, dtype=object)}
    arrays = [pa.array(columns[f.name], type=f.type, from_pandas=True) for f in _COLUMNS]
    return pa.Table.from_arrays(arrays, schema=_COLUMNS)

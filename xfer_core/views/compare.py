"""How much do two models differ on a target, in each language, and how sure is that?"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from xfer_core import kept
from xfer_core.domain.language import MEANS, ZERO_SHOT
from xfer_core.domain.run import NO_INTERMEDIATE
from xfer_core.stats import benjamini_hochberg, influences
from xfer_core.store.cell_rows import Floats, Influences, Scores, blocks, rows_of
from xfer_core.views.compare_sides import Side, places, results
from xfer_core.views.examples import Kept
from xfer_core.views.selection import Queryable, languages_of, listed, main_metric


class Asked(Queryable, Kept, Protocol):
    """What answers questions and knows where predictions and rows are kept."""


COLUMNS = [
    *("metric", "language", "score_a", "score_b", "difference_points", "sd_points", "n_seeds"),
    *("seeds", "seed_scores_a", "seed_scores_b", "ci_low", "ci_high", "p_value", "significant"),
    *("n_languages", "n_examples", "note"),
]
_FROM_CELLS = {
    "score": "score_b",
    "baseline": "score_a",
    "gain_points": "difference_points",
    "seed_scores": "seed_scores_b",
    "seed_baselines": "seed_scores_a",
}
FIRST, SECOND = NO_INTERMEDIATE, "b"
"""The sides as ``cell_rows`` knows them: side A takes the place of the baseline."""


@dataclass(frozen=True)
class Comparison:
    """Two sides on one target.

    ``table``: one row per language that either side has (English first), then the means
    "zero-shot" and "all": ``score_a`` and ``score_b`` in [0, 1], over the seeds both have;
    ``difference_points`` is B - A, paired by seed, with ``sd_points`` over seeds and its 95%
    interval (see ``stats.intervals``; the same numbers as the heatmap's where A is the baseline);
    ``significant`` by Benjamini-Hochberg at 5% over the languages, means each for themselves.
    NaN where a side has nothing, or no seed is on both.
    """

    metric: str
    table: pd.DataFrame
    seeds_a: tuple[int, ...]
    seeds_b: tuple[int, ...]
    is_same: bool
    """Whether both sides are the very same results."""
    by_example: bool
    """Whether both were measured on the same examples; if not, only seeds are paired."""

    @property
    def seeds(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The seeds of A and of B."""
        return self.seeds_a, self.seeds_b

    @property
    def missing(self) -> tuple[str, ...]:
        """The sides without any result: "a", "b"."""
        known = (("a", self.seeds_a), ("b", self.seeds_b))
        return tuple(name for name, seeds in known if not seeds)

    def of(self, language: str) -> dict[str, Any] | None:
        """The row of a language or mean; None without one."""
        found = self.table[self.table["language"] == language]
        return None if found.empty else {str(k): v for k, v in found.iloc[0].items()}


def compare(store: Asked, *, catalog: str, target: str, a: Side, b: Side) -> Comparison:
    """Scores of both sides on a target in its main metric, and their paired differences."""
    left, right = both_sides(store, catalog, target, a, b)
    metrics = [*left["metric"], *right["metric"]]
    by_example = same_examples(store, left, right)
    table = differences(left, right, by_example)
    order = languages_of(store, catalog, a.encoder).get(target, [])
    return Comparison(
        metric=str(metrics[0]) if metrics else "",
        table=_sorted(_marked(table), order),
        seeds_a=tuple(sorted(set(left["seed"]))),
        seeds_b=tuple(sorted(set(right["seed"]))),
        is_same=bool(len(left)) and set(left["job_id"]) == set(right["job_id"]),
        by_example=by_example,
    )


def both_sides(
    store: Queryable, catalog: str, target: str, a: Side, b: Side
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The results of both sides in the target's main metric, as ``results`` has them."""
    left, right = (results(store, catalog, side, target) for side in (a, b))
    both = pd.concat([left.assign(at="a"), right.assign(at="b")]).assign(target=target)
    if both.empty:
        return left, right
    both = main_metric(store, both).drop(columns="target")
    return tuple(both[both["at"] == at].drop(columns="at") for at in "ab")  # type: ignore[return-value]


def compare_everywhere(store: Asked, *, catalog: str, a: Side, b: Side) -> pd.DataFrame:
    """The same two models on every target that either has, as means without English.

    Where both sides name the same intermediate task (two encoders or two runs), every
    intermediate task that both have is compared with itself.

    Returns:
        One row per intermediate and target: ``intermediate_a``, ``intermediate_b``, ``target``
        and the columns of ``Comparison.table``, NaN where a side has nothing; ``significant`` by
        Benjamini-Hochberg over these rows.
    """
    on_a, on_b = (places(store, catalog, side.run) for side in (a, b))
    pairs = [(a.intermediate, b.intermediate)]
    if a.intermediate == b.intermediate:
        common = {i for e, i, _ in on_a if e == a.encoder} & {
            i for e, i, _ in on_b if e == b.encoder
        }
        pairs = [(name, name) for name in sorted(common, key=lambda n: (n != FIRST, n))] or pairs
    parts = []
    for one, other in pairs:
        left, right = Side(a.encoder, one, a.run), Side(b.encoder, other, b.run)
        targets = {t for e, i, t in on_a if (e, i) == (left.encoder, one)}
        targets |= {t for e, i, t in on_b if (e, i) == (right.encoder, other)}
        for target in sorted(targets):
            found = compare(store, catalog=catalog, target=target, a=left, b=right)
            row = found.of(ZERO_SHOT) or dict.fromkeys(COLUMNS, np.nan)
            parts.append({"intermediate_a": one, "intermediate_b": other, **row, "target": target})
    table = pd.DataFrame(parts, columns=["intermediate_a", "intermediate_b", "target", *COLUMNS])
    return table.assign(significant=benjamini_hochberg(table["p_value"].to_numpy(dtype=float)))


def differences(left: pd.DataFrame, right: pd.DataFrame, by_example: bool) -> pd.DataFrame:
    """The columns of ``Comparison.table`` but for ``significant``, for each metric there is.

    Args:
        left: rows of side A as ``results`` has them; several metrics may be among them.
        right: rows of side B.
        by_example: whether examples may be paired.
    """
    rows = pd.concat([left.assign(side=FIRST), right.assign(side=SECOND)], ignore_index=True)
    if rows.empty:
        return pd.DataFrame(columns=[name for name in COLUMNS if name != "significant"])
    scores = _scores(rows)
    known = _influences(rows if by_example else rows.assign(scores=None))
    tables = [rows_of(scores, known, block, {FIRST, SECOND}) for block in blocks(scores)]
    cells = pd.concat([one.to_pandas() for one in tables])
    second = cells[cells["intermediate"] == SECOND].rename(columns=_FROM_CELLS)
    counts = ["n_languages", "n_examples"]
    alone = [*counts, "note"]
    first = cells[cells["intermediate"] == FIRST][["metric", "language", "score", *alone]]
    table = second.merge(first, how="outer", on=["metric", "language"], suffixes=("", "_alone"))
    table["score_a"] = table["score_a"].fillna(table["score"])
    for name in counts:
        table[name] = table[name].fillna(table[f"{name}_alone"]).astype(int)
    table["note"] = table["note"].fillna(table["note_alone"])
    unpaired = table["difference_points"].isna()
    table["n_seeds"] = table["n_seeds"].where(~unpaired, 0).astype(int)
    for name in ("seeds", "seed_scores_a", "seed_scores_b"):
        values = zip(table[name], unpaired, strict=True)
        table[name] = [[] if lacks else listed(value) for value, lacks in values]
    return table[[name for name in COLUMNS if name != "significant"]]


def same_examples(store: Kept, left: pd.DataFrame, right: pd.DataFrame) -> bool:
    """Whether two sides were measured on the same examples.

    Results of one variant share their test data. Else the ids beside the kept predictions are
    compared where both sides have them, and the number of examples where not.
    """
    shared = [{str(name).partition(".")[0] for name in side["variant"]} for side in (left, right)]
    if shared[0] == shared[1]:
        return True
    pairs = left.merge(right, on=["language", "seed"], suffixes=("_a", "_b"))
    for pair in pairs.drop_duplicates("language").to_dict("records"):
        code, jobs = str(pair["language"]), (pair["job_id_a"], pair["job_id_b"])
        one, other = (kept.load(store.home, job, "test", code) for job in jobs)
        if one and other and one.ids != other.ids:
            return False
        if pair["n_examples_a"] != pair["n_examples_b"]:
            return False
    return True


def _scores(rows: pd.DataFrame) -> Scores:
    return Scores(
        metric=rows["metric"].to_numpy(dtype=object),
        intermediate=rows["side"].to_numpy(dtype=object),
        language=rows["language"].to_numpy(dtype=object),
        seed=rows["seed"].to_numpy(dtype=np.int64),
        value=rows["value"].to_numpy(dtype=float),
        n_examples=rows["n_examples"].to_numpy(dtype=np.int64),
        recorded_at=rows["recorded_at"].to_numpy(dtype=np.int64),
        identity=np.zeros(len(rows), dtype=np.uint64),
        note=rows["note"].to_numpy(dtype=object),
        job=[],
    )


def _influences(rows: pd.DataFrame) -> Influences:
    """How much each example moves its score; unknown where examples were not kept."""
    by_size: dict[int, list[tuple[int, Floats, Floats]]] = defaultdict(list)
    for at, (top, bottom) in enumerate(zip(rows["scores"], rows["weights"], strict=True)):
        counts = counted(top, bottom)
        if counts is not None and counts[1].sum():
            by_size[counts[0].size].append((at, *counts))
    found = Influences(np.full(len(rows), -1), np.full(len(rows), -1), {})
    for size, members in by_size.items():
        of_size = [place for place, _, _ in members]
        found.sizes[of_size], found.slots[of_size] = size, np.arange(len(members))
        tops, bottoms = [top for _, top, _ in members], [bottom for _, _, bottom in members]
        found.matrices[size] = influences(tops, bottoms)
    return found


def counted(top: Any, bottom: Any) -> tuple[Floats, Floats] | None:
    """Numerators and denominators of each example; None where they were not kept whole."""
    if not hasattr(top, "__len__") or not len(top):
        return None
    numerators = np.asarray(top, dtype=float)
    denominators = np.asarray(bottom, dtype=float) if hasattr(bottom, "__len__") else None
    if denominators is None:
        denominators = np.ones_like(numerators)
    whole = numerators.shape == denominators.shape and np.isfinite(numerators).all()
    return (numerators, denominators) if whole and np.isfinite(denominators).all() else None


def _marked(table: pd.DataFrame) -> pd.DataFrame:
    p = table["p_value"].to_numpy(dtype=float)
    is_mean = table["language"].isin(MEANS).to_numpy()
    family = benjamini_hochberg(np.where(is_mean, np.nan, p))
    return table.assign(significant=np.where(is_mean, p < 0.05, family).astype(bool))[COLUMNS]


def _sorted(table: pd.DataFrame, order: list[str]) -> pd.DataFrame:
    place = {code: at for at, code in enumerate([*order, *MEANS])}
    at = [place.get(code, len(order) - 0.5) for code in table["language"]]
    sorted_ = table.assign(_at=at).sort_values(["_at", "language"])
    return sorted_.drop(columns="_at").reset_index(drop=True)

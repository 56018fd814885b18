"""Which intermediate task to use for a target and language, how sure that is, and what to run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from xfer_core import catalog as catalogue
from xfer_core.charts import theme, words
from xfer_core.claims.board import Requests, facts_of
from xfer_core.claims.claim import Hole
from xfer_core.claims.missing import specs
from xfer_core.domain.errors import XferError
from xfer_core.domain.language import MEANS, REFERENCE_LANGUAGE, ZERO_SHOT
from xfer_core.domain.run import NO_INTERMEDIATE
from xfer_core.domain.serving import encoder_of
from xfer_core.specification import Spec
from xfer_core.stats import influences, ranking
from xfer_core.stats.gain import paired_gain
from xfer_core.views.gains import gains
from xfer_core.views.latency import latency
from xfer_core.views.selection import Queryable, main_metric

SURE = 0.95
"""A leader with this probability needs no further run."""
LIKELY = 0.05
"""A rival with less than this is out of the race."""
FEWEST_SEEDS, SEED_OF_DRAWS = 3, 20050130
EXAMPLES = """
    SELECT s.intermediate, s.language, s.seed, e.scores, e.weights
    FROM current_scores AS s JOIN example_scores AS e USING (job_id, attempt, seq)
    WHERE s.catalog = ? AND s.encoder = ? AND s.target = ? AND s.metric = ? AND s.split = 'test'
        AND s.source = 'measured' AND s.variant IN (?, split_part(?, '.', 1))
"""


@dataclass(frozen=True)
class Recommendation:
    """What to use, and how sure that is; gains in points, probabilities in [0, 1].

    ``ranks`` has one row per intermediate task: intermediate, gain_points, ci_low, ci_high,
    probability_best, rank_low, rank_high. ``over_budget`` are models too slow, ``untimed`` those
    without a latency that a budget left out.
    """

    catalog: str
    target: str
    language: str
    encoder: str
    intermediate: str
    probability_best: float
    probability_none: float
    gain_points: float
    ci_low: float
    ci_high: float
    score: float
    n_seeds: int
    latency_ms: float
    ranks: pd.DataFrame
    next_run: Spec | None
    over_budget: tuple[str, ...] = ()
    untimed: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The recommendation in words, hedged by fixed rules."""
        where = f"{theme.task_label(self.target)} ({words.language(self.language)})"
        bounds = theme.interval(self.ci_low, self.ci_high)
        chance = f"{100 * self.probability_best:.0f}%"
        if self.intermediate == NO_INTERMEDIATE:
            return (
                f"For {where}, use {self.encoder} without an intermediate task: none has a "
                f"gain to expect; that none of them helps has a probability of "
                f"{100 * self.probability_none:.0f}%."
            )
        name = theme.task_label(self.intermediate)
        said = f"For {where}, use {self.encoder} after {name}: best with a probability of {chance}"
        said += f", expected gain {theme.signed(self.gain_points)} points ({bounds})"
        if self.n_seeds < 2:
            return said + ". One seed: this says nothing about training again."
        return said + ("." if self.ci_low > 0 else "; the interval covers 0, so take it as a hint.")


def recommend(
    store: Queryable,
    *,
    target: str,
    language: str = ZERO_SHOT,
    encoder: str | None = None,
    budget_ms: float | None = None,
) -> Recommendation:
    """The model with the best score on a target in a language, within a latency budget.

    For each encoder all measured intermediate tasks are ranked together (``stats.ranking``); the
    encoder is the one whose leader scores best. The next run is the one that separates the leader
    from its likeliest rival: more seeds for both.

    Args:
        store: where to ask.
        target: a task.
        language: a code, or the name of a mean.
        encoder: only this one; None takes all that were measured.
        budget_ms: only models whose median latency, one input at a time, is at most this.

    Raises:
        UnknownName: no such task or language.
        XferError: nothing to recommend from; the sentence says what to run.
    """
    place = catalogue.task(target).catalog
    if language not in MEANS:
        catalogue.language(language)
    found = main_metric(
        store, gains(store, catalog=place, encoder=encoder, target=target, language=language)
    )
    rows = found[found["gain_points"].notna()]
    if rows.empty:
        raise XferError(_nothing(target, language, encoder))
    times = _times(store, place, target)
    names = list(dict.fromkeys(rows["encoder"]))
    untimed = tuple(name for name in names if budget_ms is not None and name not in times)
    slow = tuple(name for name in names if budget_ms is not None and times.get(name, 0) > budget_ms)
    left = [name for name in names if name not in (*untimed, *slow)]
    if not left:
        raise XferError(
            f"Expected a model within {budget_ms:g} ms on {target}; none of the {len(names)} that "
            "were measured is. Raise the budget (--budget-ms), or run one with "
            "'latency.measure=true'."
        )
    every = [_of_encoder(store, rows[rows["encoder"] == name], found) for name in left]
    best = max(every, key=lambda one: (one["score"], one["encoder"]))
    run = _next_run(store, place, target, best)
    return Recommendation(
        place,
        target,
        language,
        latency_ms=times.get(best["encoder"], float("nan")),
        next_run=run,
        over_budget=slow,
        untimed=untimed,
        **{name: value for name, value in best.items() if name not in ("seeds", "every_seed")},
    )


def _of_encoder(store: Queryable, rows: pd.DataFrame, every: pd.DataFrame) -> dict[str, Any]:
    """What is known of one encoder: its ranked intermediates and the leader."""
    rows = rows.sort_values("intermediate").reset_index(drop=True)
    kept, seeds = _shared(rows)
    values = np.array([_seed_gains(row, seeds) for row in kept.to_dict("records")])
    sets = _differences(store, kept, seeds)
    ranks = ranking(values, sets, seed=SEED_OF_DRAWS)
    table = kept[["intermediate", "gain_points", "ci_low", "ci_high", "n_seeds"]].assign(
        probability_best=ranks.probability_best,
        rank_low=ranks.rank_low,
        rank_high=ranks.rank_high,
    )
    table = table.sort_values(["probability_best", "gain_points"], ascending=False)
    table = table.reset_index(drop=True)
    leader = kept[kept["intermediate"] == table["intermediate"].iloc[0]].iloc[0]
    likely = ranks.probability_none <= table["probability_best"].iloc[0]
    helps = bool(likely and leader["gain_points"] > 0)
    plain = {"gain_points": 0.0, "ci_low": 0.0, "ci_high": 0.0, "score": leader["baseline"]}
    values_of = leader if helps else {**leader, **plain}
    return {
        "encoder": str(leader["encoder"]),
        "intermediate": str(leader["intermediate"]) if helps else NO_INTERMEDIATE,
        "probability_best": float(table["probability_best"].iloc[0]) if helps else 0.0,
        "probability_none": float(ranks.probability_none),
        **{name: float(values_of[name]) for name in ("gain_points", "ci_low", "ci_high", "score")},
        "n_seeds": len(seeds),
        "ranks": table,
        "seeds": seeds,
        "every_seed": sorted({int(seed) for listed in rows["seeds"] for seed in listed}),
    }


def _shared(rows: pd.DataFrame) -> tuple[pd.DataFrame, tuple[int, ...]]:
    """The intermediates with most seeds and the seeds they share; at least one of both."""
    order = rows.sort_values(["n_seeds", "gain_points"], ascending=False)
    shared: set[int] = set(order["seeds"].iloc[0])
    kept = [order.index[0]]
    for at, seeds in zip(order.index[1:], order["seeds"].iloc[1:], strict=True):
        common = shared & set(seeds)
        if len(common) >= min(2, len(shared)):
            shared, kept = common, [*kept, at]
    return rows.loc[sorted(kept)].reset_index(drop=True), tuple(sorted(map(int, shared)))


def _seed_gains(row: Any, seeds: tuple[int, ...]) -> list[float]:
    each = paired_gain(row["seed_scores"], row["seed_baselines"])
    by_seed = dict(zip(map(int, row["seeds"]), each, strict=True))
    return [float(by_seed[seed]) for seed in seeds]


def _differences(
    store: Queryable, rows: pd.DataFrame, seeds: tuple[int, ...]
) -> list[np.ndarray[Any, np.dtype[np.float64]]]:
    """Per language (n_tasks, n_seeds, n_examples) for ``ranking``; none where it was not kept."""
    first = rows.iloc[0]
    place = [first[name] for name in ("catalog", "encoder", "target", "metric")]
    table = store.query(EXAMPLES, [*place, first["variant"], first["variant"]])
    moved = {
        (row["intermediate"], row["language"], int(row["seed"])): _influence(row)
        for row in table.to_dict("records")
        if row["scores"] is not None and int(row["seed"]) in seeds
    }
    language = str(first["language"])
    codes = [language] if language not in MEANS else sorted({key[1] for key in moved})
    if language == ZERO_SHOT:
        codes = [code for code in codes if code != REFERENCE_LANGUAGE]
    names = list(rows["intermediate"])
    found = []
    for code in codes:
        wanted = [(name, code, seed) for name in (NO_INTERMEDIATE, *names) for seed in seeds]
        known = [moved.get(key) for key in wanted]
        sizes = {0 if one is None else len(one) for one in known}
        if len(sizes) != 1 or sizes == {0}:
            continue
        block = np.array(known).reshape(len(names) + 1, len(seeds), -1)
        found.append((block[1:] - block[:1]) / len(codes))
    return found


def _influence(row: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    top = np.asarray(row["scores"], dtype=float)
    weights = row["weights"]
    bottom = np.ones(len(top)) if weights is None else np.asarray(weights, dtype=float)
    return influences(top, bottom)


def _times(store: Queryable, catalog: str, target: str) -> dict[str, float]:
    """Model -> median milliseconds of one input, over its clean measurements."""
    table = latency(store, catalog=catalog, target=target)
    busy = table["contended"].astype("boolean").fillna(False).astype(bool)
    clean = table[(table["batch_size"] == 1) & (table["inputs"] == "mix") & ~busy]
    medians = clean.groupby("name")["p50_ms"].median()
    return {str(name): float(value) for name, value in medians.items()}


def _next_run(store: Queryable, catalog: str, target: str, best: dict[str, Any]) -> Spec | None:
    """More seeds for the leader and its rivals; None once the leader is sure."""
    table = best["ranks"]
    leads = float(table["probability_best"].iloc[0])
    if best["n_seeds"] >= FEWEST_SEEDS and max(leads, best["probability_none"]) >= SURE:
        return None
    rivals = table[table["probability_best"] >= LIKELY]["intermediate"].tolist()
    names = rivals[:2] if len(rivals) > 1 else table["intermediate"].head(2).tolist()
    count = max(FEWEST_SEEDS, best["n_seeds"] + 1)
    used = list(best["every_seed"])
    free = (seed for seed in range(1, count + len(used) + 1) if seed not in used)
    more = [next(free) for _ in range(count - best["n_seeds"])]
    holes = [Hole(name, target, seed) for name in names for seed in more]
    encoder = encoder_of(best["encoder"])
    before = Requests(store, facts_of(store, catalog, encoder))
    found = specs(holes, catalog=catalog, encoder=encoder, before=before, title="recommend")
    return found[0]


def _nothing(target: str, language: str, encoder: str | None) -> str:
    more = f" --encoder {encoder}" if encoder else ""
    others = "mini-mnli,mini-qqp" if target.startswith("mini") else "mnli,squad1"
    return (
        f"There is no gain on {target} ({words.language(language)}) to recommend from yet; "
        f"measure some first: xfer run --target {target} --intermediate {others} "
        f"--seeds 1,2,3{more}"
    )

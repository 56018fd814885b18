"""Rules about measured gains: pure functions from cells to a verdict with its proof.

Each looks at paired cells alone, corrects over the cells that it looks at where it judges them one
by one, and never lets one seed decide. ``least`` is the gain, in points, below which there is
none to speak of: an interval that ends below it speaks against a gain.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from xfer_core.charts import theme, words
from xfer_core.claims.claim import Cell, Facts, Finding, Hole, Pair, Verdict
from xfer_core.claims.measured import MOST_SEEDS, Contrast, Measured, contrast, pairs_of
from xfer_core.domain import intermediate
from xfer_core.domain.language import ALL
from xfer_core.domain.serving import encoder_of
from xfer_core.stats import benjamini_hochberg

_STRICT = ConfigDict(extra="forbid", frozen=True)
TOLERANCE = 1.0
"""Points by which a published size may lie outside the interval: it has an error of its own."""
MOST_NAMED = 3
"""Tasks of a mixture that a sentence names one by one."""
MORE_SEEDS = 2
"""Seeds that an open cell gets at a time, where cells are judged one by one."""
Names = tuple[str, ...]


class Effect(BaseModel):
    """What all rules about gains share."""

    model_config = _STRICT

    language: str = ALL
    """A code, "zero-shot" or "all": over which language or mean the gains are."""
    seeds: int = Field(3, ge=2, le=MOST_SEEDS)
    """Seeds a cell should have before anything is decided by launching more."""
    least: float = Field(0.5, ge=0)


class Sized(Effect):
    """A gain that is said to have a size; the size is judged with one encoder alone."""

    intermediates: Names = Field(min_length=1)
    targets: Names = Field(min_length=1)
    size: float | None = None
    size_from: str = ""
    expect: Literal["gain", "none"] = "gain"


class Share(Effect):
    """Several cells, of which a share is said to gain."""

    intermediates: Names = Field(min_length=1)
    targets: Names = Field(min_length=1)
    share: float = Field(0.5, gt=0, le=1)
    above: Names = ()
    """Targets that are said to gain less on average."""
    no_loss: bool = False


class NoGain(Effect):
    """Cells that are said to gain nothing."""

    intermediates: Names = Field(min_length=1)
    targets: Names = Field(min_length=1)


class Ahead(Effect):
    """One mean gain that is said to be above another; paired by seed."""

    first: Names = Field(min_length=1)
    first_targets: Names = Field(min_length=1)
    second: Names = Field(min_length=1)
    second_targets: Names = ()
    """None: those of the first."""
    second_setting: str = ""
    """A setting such as masked_share=0.2 that the second ones are trained with."""

    def sides(self) -> tuple[list[Pair], list[Pair]]:
        """The cells of both sides."""
        behind = f"~{self.second_setting}" if self.second_setting else ""
        others = [f"{name}{behind}" for name in self.second]
        second = pairs_of(others, self.second_targets or self.first_targets)
        return pairs_of(self.first, self.first_targets), second


def mean_gain(facts: Facts, p: Sized) -> Finding:
    """Supported: the mean over all cells is above 0, and with ``size_from`` of that size as well.

    Contradicted: its interval ends below ``least``, or with ``size_from`` lies off the size.
    """
    measured, pairs = Measured(facts, p.language), pairs_of(p.intermediates, p.targets)
    return _sized(facts, p, measured, pairs, "")


def best_on_dev(facts: Facts, p: Sized) -> Finding:
    """As ``mean_gain`` of the intermediate task that is best on dev, reported on test.

    The largest gain on test itself would be too good: it was looked for there.
    """
    measured = Measured(facts, p.language)
    chosen = {target: _best(facts, p, target) for target in p.targets}
    pairs = [(name, target) for target, name in chosen.items() if name]
    open_targets = [target for target, name in chosen.items() if not name]
    if not open_targets:
        names = words.listed(f"{theme.task_label(i)} for {theme.task_label(t)}" for i, t in pairs)
        return _sized(facts, p, measured, pairs, f" Chosen on dev: {names}.")
    every = pairs_of(p.intermediates, p.targets)
    seeds = measured.seeds(every, p.seeds)
    undecided = pairs_of(p.intermediates, open_targets)
    holes = (
        *measured.holes([*pairs, *undecided], seeds),
        *_dev_holes(facts, undecided, seeds),
    )
    some = measured.of(every)
    done = len(p.targets) - len(open_targets)
    said = (
        f"{_place(facts)}: the intermediate task can be chosen on dev for {done} of "
        f"{words.plural(len(p.targets), 'target')}; the others lack dev scores."
    )
    verdict = Verdict.INCONCLUSIVE if some or pairs else Verdict.NOT_RUN
    return Finding(verdict, said, measured.keys(every), tuple(sorted(set(holes))))


def ahead(facts: Facts, p: Ahead) -> Finding:
    """Supported: the first mean gain minus the second is above 0; paired by seed.

    Contradicted: the interval of the difference ends below ``least``.
    """
    measured, (first, second) = Measured(facts, p.language), p.sides()
    both = [*first, *second]
    known = measured.of(both)
    parts = [(1 / len(first), known[pair]) for pair in first if pair in known]
    parts += [(-1 / len(second), known[pair]) for pair in second if pair in known]
    missing = [pair for pair in both if pair not in known]
    if missing:
        return _partly(facts, measured, both, p.seeds)
    found = contrast(parts)
    what = f"{_names(first)} against {_names(second)}"
    if found is None or len(found.seeds) < 2:
        return _too_few(facts, measured, both, p.seeds, what)
    verdict = _verdict(found, p.least)
    said = (
        f"{_place(facts)}: {what}, difference {_interval(found)}, {_over(both)}, "
        f"{_seeds(found)}.{_holds(facts)}"
    )
    return _with_more(verdict, said, measured, both, found, p)


def gain_share(facts: Facts, p: Share) -> Finding:
    """Supported: at least that share of the cells has a significant gain, corrected over them.

    If that is said, none may have a significant loss, and the mean must be above that of the
    ``above`` targets. Contradicted: so many cannot be reached any more, there is a loss, or the
    mean is below.
    """
    measured, pairs = Measured(facts, p.language), pairs_of(p.intermediates, p.targets)
    looks = _looks(measured, pairs, p.least)
    if not measured.of(pairs):
        return _partly(facts, measured, [*pairs, *pairs_of(p.intermediates, p.above)], p.seeds)
    counts = {look: [pair for pair in pairs if looks[pair] == look] for look in _LOOKS}
    needed = math.ceil(p.share * len(pairs) - 1e-9)
    reachable = len(counts["up"]) + len(counts["open"]) + len(counts["missing"])
    lost = p.no_loss and bool(counts["down"])
    others = pairs_of(p.intermediates, p.above)
    gap = _gap(measured, pairs, others)
    clear = not p.no_loss or not (counts["missing"] or counts["open"])
    verdict = Verdict.INCONCLUSIVE
    if reachable < needed or lost or (gap is not None and gap.ci_high < 0):
        verdict = Verdict.CONTRADICTED
    elif len(counts["up"]) >= needed and clear and (not others or (gap and gap.is_up)):
        verdict = Verdict.SUPPORTED
    said = f"{_place(facts)}: {_counted(counts, len(pairs))}; {needed} are needed"
    said += f"; ahead of {_tasks(p.above)} by {_interval(gap)}" if gap else ""
    said += f", {_seed_range(measured, pairs)}.{_holds(facts)}"
    holes: tuple[Hole, ...] = ()
    if verdict is Verdict.INCONCLUSIVE:
        holes = _open_holes(measured, [*counts["missing"], *counts["open"]], p.seeds)
        if others and not (gap and gap.is_up):
            more = gap is not None and not holes
            holes += _open_holes(measured, [*pairs, *others], p.seeds, more=more)
    return Finding(verdict, said, measured.keys([*pairs, *others]), tuple(sorted(set(holes))))


def no_gain(facts: Facts, p: NoGain) -> Finding:
    """Supported: no cell has a significant gain and every interval ends below ``least``.

    Contradicted: one has a significant gain, corrected over the cells.
    """
    measured, pairs = Measured(facts, p.language), pairs_of(p.intermediates, p.targets)
    looks = _looks(measured, pairs, p.least)
    if not measured.of(pairs):
        return _partly(facts, measured, pairs, p.seeds)
    counts = {look: [pair for pair in pairs if looks[pair] == look] for look in _LOOKS}
    undecided = [*counts["missing"], *counts["open"]]
    verdict = Verdict.SUPPORTED
    if counts["up"]:
        verdict = Verdict.CONTRADICTED
    elif undecided:
        verdict = Verdict.INCONCLUSIVE
    said = f"{_place(facts)}: {_counted(counts, len(pairs))}"
    if counts["up"]:
        strongest = measured.of(counts["up"])
        pair = max(strongest, key=lambda one: strongest[one]["gain_points"])
        said += f"; most by {theme.task_label(pair[0])}, {_cell_interval(strongest[pair])}"
    said += f", {_seed_range(measured, pairs)}.{_holds(facts)}"
    inconclusive = verdict is Verdict.INCONCLUSIVE
    holes = _open_holes(measured, undecided, p.seeds) if inconclusive else ()
    return Finding(verdict, said, measured.keys(pairs), holes)


_LOOKS = ("up", "down", "none", "open", "missing")


def _looks(measured: Measured, pairs: Sequence[Pair], least: float) -> dict[Pair, str]:
    """One of ``_LOOKS`` per cell; "none" is an interval that ends below ``least``."""
    known = measured.of(pairs)
    marks = benjamini_hochberg([cell["p_value"] for cell in known.values()])
    found = dict.fromkeys(pairs, "missing")
    for (pair, cell), marked in zip(known.items(), marks, strict=True):
        if marked:
            found[pair] = "up" if cell["gain_points"] > 0 else "down"
        elif cell["n_seeds"] > 1 and cell["ci_high"] < least:
            found[pair] = "none"
        else:
            found[pair] = "open"
    return found


def _sized(facts: Facts, p: Sized, measured: Measured, pairs: Sequence[Pair], more: str) -> Finding:
    known = measured.of(pairs)
    if len(known) < len(pairs):
        return _partly(facts, measured, pairs, p.seeds)
    found = contrast([(1 / len(pairs), cell) for cell in known.values()])
    what = _names(pairs) if not more else "the best intermediate task per target"
    if found is None or len(found.seeds) < 2:
        return _too_few(facts, measured, pairs, p.seeds, what)
    judged = p.size is not None and encoder_of(facts.encoder) == p.size_from
    verdict = _verdict(found, p.least)
    if p.expect == "none":
        opposite = {
            Verdict.SUPPORTED: Verdict.CONTRADICTED,
            Verdict.CONTRADICTED: Verdict.SUPPORTED,
        }
        verdict = opposite.get(verdict, verdict)
    if judged and p.size is not None:
        fits = found.ci_low - TOLERANCE <= p.size <= found.ci_high + TOLERANCE
        verdict = verdict if fits else Verdict.CONTRADICTED
    said = (
        f"{_place(facts)}: {what}, mean gain {_interval(found)}, {_over(pairs)}, {_seeds(found)}."
        f"{more}{_size(p, judged)}{_holds(facts)}"
    )
    return _with_more(verdict, said, measured, pairs, found, p)


def _verdict(found: Contrast, least: float) -> Verdict:
    if found.is_up:
        return Verdict.SUPPORTED
    return Verdict.CONTRADICTED if found.ci_high < least else Verdict.INCONCLUSIVE


def _with_more(
    verdict: Verdict,
    said: str,
    measured: Measured,
    pairs: Sequence[Pair],
    found: Contrast,
    p: Effect,
) -> Finding:
    """The finding; if it is open, with the seeds that would settle it."""
    if verdict is not Verdict.INCONCLUSIVE:
        return Finding(verdict, said, measured.keys(pairs))
    now, wanted = len(found.seeds), found.seeds_for(p.least)
    if now < p.seeds:
        count = p.seeds
    elif wanted is None or now >= MOST_SEEDS:
        said += f" Even {MOST_SEEDS} seeds would not settle it; more test examples would."
        return Finding(verdict, said, measured.keys(pairs))
    else:
        count = max(wanted, now + 1)
    holes = measured.holes(pairs, measured.seeds(pairs, count))
    return Finding(verdict, said, measured.keys(pairs), holes)


def _partly(facts: Facts, measured: Measured, pairs: Sequence[Pair], seeds: int) -> Finding:
    """Some cells lack a paired gain: all that is missing is measured with the same seeds."""
    known = measured.of(pairs)
    holes = measured.holes(pairs, measured.seeds(list(known) or pairs, seeds))
    said = (
        f"{_place(facts)}: {len(known)} of {words.plural(len(pairs), 'cell')} measured "
        f"({_names(pairs)} {_over(pairs)})."
    )
    verdict = Verdict.INCONCLUSIVE if known else Verdict.NOT_RUN
    return Finding(verdict, said, measured.keys(pairs), holes)


def _too_few(
    facts: Facts, measured: Measured, pairs: Sequence[Pair], seeds: int, what: str
) -> Finding:
    holes = measured.holes(pairs, measured.seeds(pairs, seeds))
    said = (
        f"{_place(facts)}: {what}, measured, but the cells share fewer than two seeds; one says "
        "nothing about training again."
    )
    return Finding(Verdict.INCONCLUSIVE, said, measured.keys(pairs), holes)


def _open_holes(
    measured: Measured, pairs: Sequence[Pair], seeds: int, more: bool = True
) -> tuple[Hole, ...]:
    """Up to ``seeds`` for cells with fewer; if ``more``, a few more for those that have them."""
    found: list[Hole] = []
    for pair in dict.fromkeys(pairs):
        cell = measured.of([pair]).get(pair)
        now = int(cell["n_seeds"]) if cell else 0
        count = seeds if now < seeds else min(now + MORE_SEEDS, MOST_SEEDS) if more else now
        found += measured.holes([pair], measured.seeds([pair], count))
    return tuple(found)


def _gap(measured: Measured, pairs: Sequence[Pair], others: Sequence[Pair]) -> Contrast | None:
    """The mean gain of some cells minus that of others; None unless all have two shared seeds."""
    known = measured.of([*pairs, *others])
    if not others or len(known) < len(pairs) + len(others):
        return None
    parts = [(1 / len(pairs), known[pair]) for pair in pairs]
    found = contrast([*parts, *((-1 / len(others), known[pair]) for pair in others)])
    return found if found and len(found.seeds) > 1 else None


def _best(facts: Facts, p: Sized, target: str) -> str:
    """The intermediate with the best mean dev score over the seeds all have; "" if unknown."""
    scores = {name: facts.dev_scores.get((name, target), {}) for name in p.intermediates}
    shared = set.intersection(*(set(each) for each in scores.values()))
    if not shared:
        return ""
    return min(scores, key=lambda name: (-sum(scores[name][seed] for seed in shared), name))


def _dev_holes(facts: Facts, pairs: Sequence[Pair], seeds: Sequence[int]) -> tuple[Hole, ...]:
    return tuple(
        Hole(*pair, seed, "dev")
        for pair in pairs
        for seed in seeds
        if seed not in facts.dev_scores.get(pair, {})
    )


def _place(facts: Facts) -> str:
    return f"On {facts.catalog} with {facts.encoder}"


def _holds(facts: Facts) -> str:
    return " Judged on mini; mini is not XLM-R." if facts.catalog == "mini" else ""


def _size(p: Sized, judged: bool) -> str:
    if p.size is None:
        return ""
    said = f" The claim says {theme.signed(p.size)}"
    of = p.size_from or "another encoder"
    return f"{said}." if judged else f"{said} with {of}: the size is not judged here."


def _interval(found: Contrast) -> str:
    bounds = theme.interval(found.ci_low, found.ci_high)
    return f"{theme.signed(found.gain_points)} points (95% interval {bounds})"


def _cell_interval(cell: Cell) -> str:
    bounds = theme.interval(cell["ci_low"], cell["ci_high"])
    return f"{theme.signed(cell['gain_points'])} points (95% interval {bounds})"


def _tasks(names: Sequence[str]) -> str:
    return words.listed(map(_task, names))


def _task(name: str) -> str:
    tasks = len(intermediate.parse(name).tasks)
    return theme.task_label(name) if tasks <= MOST_NAMED else f"the mixture of {tasks} tasks"


def _names(pairs: Sequence[Pair]) -> str:
    names = list(dict.fromkeys(name for name, _ in pairs))
    return _tasks(names) if len(names) <= 4 else f"{len(names)} intermediate tasks"


def _over(pairs: Sequence[Pair]) -> str:
    targets = list(dict.fromkeys(target for _, target in pairs))
    return f"on {_tasks(targets)}" if len(targets) <= 3 else f"over {len(targets)} targets"


def _seeds(found: Contrast) -> str:
    return f"{words.plural(len(found.seeds), 'seed')} ({words.listed(found.seeds)})"


def _seed_range(measured: Measured, pairs: Sequence[Pair]) -> str:
    counts = [int(cell["n_seeds"]) for cell in measured.of(pairs).values()]
    if min(counts) == max(counts):
        return words.plural(counts[0], "seed")
    return f"{min(counts)} to {max(counts)} seeds"


def _counted(counts: dict[str, list[Pair]], of: int) -> str:
    said = f"{len(counts['up'])} of {of} cells have a significant gain"
    said += f", {len(counts['down'])} a significant loss"
    for look, text in (("none", "no gain"), ("open", "open"), ("missing", "not measured")):
        said += f", {len(counts[look])} {text}" if counts[look] else ""
    return said

"""The two sides of a comparison: what they are called, and which results are theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from xfer_core.domain.errors import UnknownName, UsageError
from xfer_core.domain.run import NO_INTERMEDIATE
from xfer_core.domain.score import MEASURED
from xfer_core.store.cells import EXAMPLES
from xfer_core.views.choices import choices
from xfer_core.views.selection import CURRENT_CELLS, Queryable

BETWEEN = "/"
"""Between the words of a side: "mini-mnli/mini-s"."""
KEY = ["job_id", "attempt", "seq"]
COLUMNS = [
    *("metric", "language", "seed", "value", "n_examples", "recorded_at", "variant"),
    *("note", *KEY, "scores", "weights"),
]
_SCORES = """
    SELECT s.metric, s.language, s.seed, s.value, coalesce(s.n_examples, 0) AS n_examples,
        coalesce(epoch_us(s.recorded_at), 0) AS recorded_at, s.variant,
        coalesce(s.note, '') AS note, s.job_id, s.attempt, s.seq
    FROM scores AS s JOIN current_jobs USING (job_id, attempt)
    WHERE s.catalog = ? AND s.encoder = ? AND s.intermediate = ? AND s.target = ?
        AND s.split = 'test' AND s.source = ? AND s.value IS NOT NULL AND s.seed IS NOT NULL
    ORDER BY s.metric, s.language, s.seed, s.recorded_at DESC NULLS LAST, s.job_id, s.seq DESC
"""
_VARIANTS = f"""
    SELECT variant, variant IN (
            SELECT variant FROM ({CURRENT_CELLS})
            WHERE catalog = $1 AND encoder = $2 AND target = $4
        ) AS is_newest, max(recorded_at) AS recorded_at
    FROM cells
    WHERE catalog = $1 AND encoder = $2 AND intermediate = $3 AND target = $4 AND split = 'test'
    GROUP BY variant ORDER BY is_newest DESC, recorded_at DESC, variant
"""
_OF_RUN = """
    SELECT key FROM stages
    WHERE run_id = ? AND kind = 'evaluate' AND catalog = ? AND encoder = ? AND intermediate = ?
        AND target = ?
"""
_RUN_PLACES = """
    SELECT DISTINCT encoder, intermediate, target FROM stages
    WHERE run_id = ? AND catalog = ? AND kind = 'evaluate'
"""


@dataclass(frozen=True)
class Side:
    """A model on one side: an encoder after an intermediate task.

    ``run``: only results that this run asked for; "" takes those the heatmap shows, and where it
    shows none (other settings are newer), the newest there are.
    """

    encoder: str
    intermediate: str = NO_INTERMEDIATE
    run: str = ""

    @property
    def text(self) -> str:
        """The side in one word, as in an address and on the command line."""
        return BETWEEN.join(part for part in (self.intermediate, self.encoder, self.run) if part)


@dataclass(frozen=True)
class Named:
    """What a text names of a side; None leaves a part open."""

    encoder: str | None = None
    intermediate: str | None = None
    target: str | None = None
    run: str | None = None


PARTS = {"run": "runs", "encoder": "encoders", "intermediate": "intermediates", "target": "targets"}
"""Part of a side -> its names in ``names``, in the order in which a word is looked for."""


def parse(text: str, known: Mapping[str, Sequence[str]]) -> Named:
    """Take a side apart: names of a run, an encoder, an intermediate and then a target task.

    Args:
        text: names with "/" between them, such as "mini-mnli/mini-xnli".
        known: from ``names``.

    Raises:
        UnknownName: a word that is none of them in this store.
        UsageError: a word too many.
    """
    found: dict[str, str] = {}
    for word in _words(text, known):
        fits = [part for part, names in PARTS.items() if word in known[names]]
        if not fits:
            told = {name for names in PARTS.values() for name in known[names]}
            raise UnknownName("run, encoder or task with results", word, told)
        part = next((part for part in fits if part not in found), None)
        if part is None:
            raise UsageError(
                f"Expected one {fits[0]} on a side, such as mini-mnli/mini-xnli; got two in "
                f"{text!r}."
            )
        found[part] = word
    return Named(**found)


def _words(text: str, known: Mapping[str, Sequence[str]]) -> list[str]:
    """The words of a side; a name that holds the separator itself stays whole."""
    every = {name for names in known.values() for name in names}
    parts, words = text.split(BETWEEN), []
    while parts:
        wholes = [BETWEEN.join(parts[:n]) for n in range(len(parts), 1, -1)]
        words.append(next((whole for whole in wholes if whole in every), parts[0]))
        parts = parts[1 + words[-1].count(BETWEEN) :]
    return words


def usual(store: Queryable, catalog: str) -> tuple[Side, Side]:
    """Two sides that can be compared: the newest encoder's baseline, and its partner."""
    known, cells = names(store, catalog), places(store, catalog)
    pairs = [(Side(name), partner(store, catalog, Side(name))) for name in known["encoders"]]
    return next((pair for pair in pairs if _common(cells, *pair)), pairs[0])


def partner(store: Queryable, catalog: str, own: Side) -> Side:
    """What a side is usually compared with: the same encoder's baseline.

    The baseline itself goes with an intermediate task that has a target in common with it, else
    with another encoder.
    """
    if own.intermediate != NO_INTERMEDIATE:
        return Side(own.encoder)
    known, cells = names(store, catalog), places(store, catalog)
    trained = [name for name in known["intermediates"] if name != NO_INTERMEDIATE]
    others = [
        *(Side(own.encoder, name) for name in trained),
        *(Side(name) for name in known["encoders"] if name != own.encoder),
    ]
    return next((one for one in others if _common(cells, own, one)), (others or [own])[0])


def common_target(store: Queryable, catalog: str, a: Side, b: Side) -> str | None:
    """The first target that both sides have, whatever run it is from; None without one."""
    return next(iter(_common(places(store, catalog), a, b)), None)


def _common(cells: set[tuple[str, str, str]], a: Side, b: Side) -> list[str]:
    """The targets that both sides have, in alphabetical order."""
    each = (
        {target for *model, target in cells if model == [side.encoder, side.intermediate]}
        for side in (a, b)
    )
    return sorted(set.intersection(*each))


def one_target(a: Named, b: Named) -> str | None:
    """The target that one of the sides names, or both alike; None where neither does.

    Raises:
        UsageError: they name different ones. Scores on different tests have no common example
            and no common scale, so their difference would mean nothing.
    """
    if a.target and b.target and a.target != b.target:
        raise UsageError(
            f"Expected one target on both sides, because scores on different tests cannot be "
            f"paired; got {a.target} and {b.target}. Name one of them on both sides."
        )
    return a.target or b.target


def side_of(store: Queryable, catalog: str, named: Named, other: Named, encoder: str) -> Side:
    """A whole side of what a text named; what it leaves open is as on the other side, or usual.

    Args:
        store: where to ask which encoder a run has.
        catalog: of the targets.
        named: from ``parse``.
        other: what the other side names.
        encoder: the usual one.
    """
    known = named.encoder or other.encoder
    if known is None and named.run:
        known = next(iter(sorted(place[0] for place in places(store, catalog, named.run))), None)
    return Side(known or encoder, named.intermediate or NO_INTERMEDIATE, named.run or "")


def results(store: Queryable, catalog: str, side: Side, target: str) -> pd.DataFrame:
    """The current test scores of a side.

    Returns:
        One row per metric, language and seed: value in [0, 1], n_examples, recorded_at (µs),
        variant, note, the job, attempt and event they come from, and per example ``scores`` and
        ``weights`` (arrays; None where they were not kept).
    """
    place = [catalog, side.encoder, side.intermediate, target]
    found = store.query(_SCORES, [*place, MEASURED])
    found = found[_is_of(store, found, place, side.run)]
    found = found.drop_duplicates(["metric", "language", "seed"])
    if found.empty:
        return pd.DataFrame(columns=COLUMNS)
    examples = store.query(EXAMPLES, [sorted(set(found["job_id"]))])
    return found.merge(examples, how="left", on=KEY)[COLUMNS].reset_index(drop=True)


def _is_of(
    store: Queryable, found: pd.DataFrame, place: Sequence[str], run: str
) -> pd.Series[bool]:
    """Which scores are the side's: those of the run, else of one variant."""
    if run:
        keys = store.query(_OF_RUN, [run, *place])["key"]
        return found["job_id"].isin(keys)
    variants = list(store.query(_VARIANTS, place)["variant"])
    if not variants:
        return found["job_id"].isin([])
    wanted = str(variants[0])
    # The baseline of the variant "settings.intermediate" is that of "settings".
    if place[2] == NO_INTERMEDIATE:
        wanted = wanted.partition(".")[0]
    return found["variant"] == wanted


def places(store: Queryable, catalog: str, run: str = "") -> set[tuple[str, str, str]]:
    """Encoder, intermediate and target of every cell that can be on a side.

    Args:
        store: where to ask.
        catalog: of the targets.
        run: only what this run asked for; "" takes all that has a result.
    """
    if run:
        found = store.query(_RUN_PLACES, [run, catalog])
    else:
        found = store.query(
            "SELECT DISTINCT encoder, intermediate, target FROM cells WHERE catalog = ?", [catalog]
        )
    return set(found.itertuples(index=False, name=None))


def names(store: Queryable, catalog: str) -> dict[str, list[str]]:
    """What ``parse`` takes in this store: encoders, intermediates, targets and runs."""
    known = choices(store, catalog=catalog)
    runs = store.query("SELECT run_id FROM runs ORDER BY created_at DESC, run_id")
    return {
        "encoders": known.encoders,
        "intermediates": known.intermediates,
        "targets": known.targets,
        "runs": [str(name) for name in runs["run_id"]],
    }

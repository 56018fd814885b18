"""The nouns of the claims board: claim, facts, finding and the runs that would settle it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

import pandas as pd

Pair = tuple[str, str]
"""Intermediate and target."""
Cell = Mapping[str, Any]
"""One row of ``Facts.cells``."""
REPORT = "synthesis report on arXiv:2005.13013"
"""Source of a claim that names none."""


class Verdict(StrEnum):
    """What the measured facts say about a claim."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    INCONCLUSIVE = "inconclusive"
    NOT_RUN = "not_run"


@dataclass(frozen=True)
class Claim:
    """One claim: its words, and the rule that judges it."""

    id: str
    claim: str
    kind: str
    """design, data, effect or comparison."""
    shows: str
    """What would show it, in words."""
    rule: str
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)
    source: str = REPORT
    own: bool = False
    """Whether it is from the user's own file."""

    @property
    def is_measured(self) -> bool:
        """Whether results decide about it; else the catalogue does."""
        return self.kind in ("effect", "comparison")


@dataclass(frozen=True)
class Facts:
    """All that a rule looks at, of one catalogue and encoder.

    ``cells`` has the columns of the view ``gains`` (one row per intermediate, target and language,
    each target's main metric); ``dev`` one row per intermediate, target and seed with ``score`` in
    [0, 1], the mean over languages on the dev split; ``chains`` one row per training stage that
    ended well: kind, key, parent, intermediate, target, languages (list, of its training data);
    ``encoders`` names those that the catalogue's results are from.
    """

    catalog: str
    encoder: str
    cells: pd.DataFrame
    dev: pd.DataFrame
    chains: pd.DataFrame
    encoders: tuple[str, ...] = ()

    @cached_property
    def paired(self) -> dict[str, dict[Pair, Cell]]:
        """Language or mean -> the cells that have a gain."""
        found: dict[str, dict[Pair, Cell]] = {}
        for row in self.cells[self.cells["gain_points"].notna()].to_dict("records"):
            cell = {str(name): value for name, value in row.items()}
            found.setdefault(cell["language"], {})[cell["intermediate"], cell["target"]] = cell
        return found

    @cached_property
    def dev_scores(self) -> dict[Pair, dict[int, float]]:
        """The dev score of each seed."""
        found: dict[Pair, dict[int, float]] = {}
        for name, target, seed, score in self.dev[
            ["intermediate", "target", "seed", "score"]
        ].itertuples(index=False):
            found.setdefault((str(name), str(target)), {})[int(seed)] = float(score)
        return found


@dataclass(frozen=True, order=True)
class Hole:
    """One measurement that a claim still needs; ``split`` is "test" or "dev"."""

    intermediate: str
    target: str
    seed: int
    split: str = "test"


@dataclass(frozen=True)
class Finding:
    """A verdict with its proof.

    ``evidence`` is one or two sentences; ``cells`` the (intermediate, target, language) looked at;
    ``holes`` what would have to be measured to change the verdict, the fewest.
    """

    verdict: Verdict
    evidence: str
    cells: tuple[tuple[str, str, str], ...] = ()
    holes: tuple[Hole, ...] = ()

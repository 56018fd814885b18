"""What the overview says: cards, and findings as sentences that never claim too much."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

from xfer_core.charts import theme, words


class Finding(Protocol):
    """One gain in zero-shot languages, as the view ``overview`` gives it."""

    intermediate: str
    target: str
    gain_points: float
    ci_low: float
    ci_high: float
    n_seeds: int
    significant: bool


@dataclass(frozen=True)
class Card:
    """One number with its title."""

    title: str
    value: str
    help: str = ""


def cards(facts: Any) -> list[Card]:
    """The size of the store in five numbers."""
    return [
        Card("Cells measured", f"{facts.n_measured} of {facts.n_cells}", "Gains with a baseline."),
        Card("Failed cells", str(facts.n_failed)),
        Card("Most seeds in a cell", str(facts.n_seeds_max), "A seed is one repetition."),
        Card("Runs", str(facts.n_runs)),
        Card("Languages", str(len(facts.languages)), words.listed(facts.languages)),
    ]


def scope_line(facts: Any) -> str:
    """Encoders, intermediates and targets, and the date of the newest number."""
    trained = [name for name in facts.intermediates if name != "none"]
    return " · ".join(
        [
            words.plural(len(facts.encoders), "encoder"),
            words.plural(len(trained), "intermediate task"),
            words.plural(len(facts.targets), "target task"),
            f"newest result {words.date(facts.newest)}",
        ]
    )


def headline(finding: Finding) -> str:
    """The finding; without significance it only reports what was seen."""
    task, target = theme.task_label(finding.intermediate), theme.task_label(finding.target)
    gain = theme.signed(finding.gain_points)
    if finding.significant:
        verb = "helps" if finding.gain_points > 0 else "hurts"
        return f"{task} {verb} {target}: {gain} points"
    return f"{task} → {target}: {gain} points seen, which chance could explain"


def evidence(finding: Finding) -> str:
    """Interval, seeds and where it was measured."""
    seeds = words.plural(finding.n_seeds, "seed")
    if finding.n_seeds < 2 or math.isnan(finding.ci_low):
        certainty = f"{seeds}, so the spread is unknown"
    else:
        bounds = theme.interval(finding.ci_low, finding.ci_high)
        test = "stands" if finding.significant else "does not stand"
        certainty = f"95% interval {bounds}, {seeds}; {test} after correction"
    where = [str(getattr(finding, name, "")) for name in ("encoder", "catalog")]
    return " · ".join(["zero-shot mean", certainty, *(part for part in where if part)])


def link(finding: Finding) -> dict[str, str]:
    """The heatmap with the finding's cell selected."""
    values = {"cell": f"{finding.intermediate}~{finding.target}"}
    encoder = getattr(finding, "encoder", "")
    return {**values, "encoder": encoder} if encoder else values

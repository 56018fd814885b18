"""What the overview says: cards, and findings as sentences that never claim too much."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

from xfer_core.charts import theme, words
from xfer_core.domain.language import ZERO_SHOT


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
    """Catalogues, encoders, intermediates and targets, and the date of the newest number."""
    trained = [name for name in facts.intermediates if name != "none"]
    several = len(facts.catalogs) > 1
    catalogs = f"catalogues {words.listed(facts.catalogs)}" if several else ""
    parts = [
        catalogs,
        words.plural(len(facts.encoders), "encoder"),
        words.plural(len(trained), "intermediate task"),
        words.plural(len(facts.targets), "target task"),
        f"newest result {words.date(facts.newest)}" if facts.newest else "no result yet",
    ]
    return " · ".join(part for part in parts if part)


def findings_title(facts: Any) -> str:
    """What the sentences below are; without a mark they are only what comes nearest to one."""
    if any(finding.significant for finding in facts.findings):
        return "Strongest findings in zero-shot languages"
    return "The clearest gains and losses so far; none stands after correction"


def no_findings(facts: Any) -> str:
    """Why there is no finding, and what helps."""
    if facts.n_unpaired:
        return (
            f"No gain yet: {words.plural(facts.n_unpaired, 'cell')} with a score but no baseline. "
            "A gain needs the same seeds without an intermediate task; the heatmap's panel runs "
            "them."
        )
    if facts.n_failed:
        return (
            f"No gain yet: {words.plural(facts.n_failed, 'cell')} failed. The runs page shows why "
            "and retries what failed."
        )
    return "No gain yet: it needs a score with and one without an intermediate task."


def changed_line(changes: Any, since: Any) -> str:
    """What came in since the last visit, in one line."""
    when = f"Since your last visit ({words.ago(since)})"
    if not changes.any:
        return f"{when}: nothing new."
    cells = words.plural(changes.n_cells, "cell")
    parts = [
        f"new results in {cells}" if changes.n_cells else "",
        f"{words.plural(changes.n_finished, 'run')} finished" if changes.n_finished else "",
        f"{words.plural(changes.n_failed, 'run')} failed" if changes.n_failed else "",
        f"{words.plural(changes.n_stopped, 'run')} stopped" if changes.n_stopped else "",
    ]
    return f"{when}: {words.listed(part for part in parts if part)}."


def headline(finding: Finding) -> str:
    """The finding with its interval; without significance it only reports what was seen."""
    task, target = theme.task_label(finding.intermediate), theme.task_label(finding.target)
    gain = theme.signed(finding.gain_points)
    if finding.significant:
        verb = "helps" if finding.gain_points > 0 else "hurts"
        return f"{task} {verb} {target}: {gain} points{_interval(finding)}"
    apart = finding.ci_low > 0 or finding.ci_high < 0
    doubt = "which may be chance among so many" if apart else "which chance could explain"
    return f"{task} → {target}: {gain} points seen, {doubt}{_interval(finding)}"


def evidence(finding: Finding) -> str:
    """Seeds, languages, the test's answer, and where it was measured."""
    seeds = words.plural(finding.n_seeds, "seed")
    if finding.n_seeds < 2 or math.isnan(finding.ci_low):
        certainty = f"{seeds}, so the spread is unknown"
    else:
        test = "stands" if finding.significant else "does not stand"
        certainty = f"{seeds}; {test} after correction over all such gains"
    where = [str(getattr(finding, name, "")) for name in ("encoder", "catalog")]
    mean = words.language(ZERO_SHOT, getattr(finding, "n_languages", None))
    where.append(words.visible(str(getattr(finding, "note", ""))))
    return " · ".join([mean, certainty, *(part for part in where if part)])


def _interval(finding: Finding) -> str:
    if finding.n_seeds < 2 or math.isnan(finding.ci_low):
        return ""
    return f" (95% interval {theme.interval(finding.ci_low, finding.ci_high)})"


def link(finding: Finding) -> dict[str, str]:
    """The heatmap with the finding's cell selected."""
    places = {name: str(getattr(finding, name, "")) for name in ("catalog", "encoder")}
    known = {name: value for name, value in places.items() if value}
    return {"cell": f"{finding.intermediate}~{finding.target}", **known}

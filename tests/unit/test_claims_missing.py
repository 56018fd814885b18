"""What each claim of the board asks for is what it needs: all of it, and no other cell."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd
import pytest
from spool_samples import write_job, write_run

from xfer_core.claims import reading
from xfer_core.claims.board import Judged, Requests, board, facts_of, judge
from xfer_core.claims.claim import Facts, Hole, Verdict
from xfer_core.claims.missing import Before
from xfer_core.domain.run import NO_INTERMEDIATE, Stage, StageKind
from xfer_core.home import Home
from xfer_core.planning import expand
from xfer_core.specification import Spec
from xfer_core.store import Store

PLACE = {"catalog": "mini", "encoder": "mini-s"}
MEASURED = [claim.id for claim in reading.shipped()[0] if claim.is_measured or claim.id == "c19"]


class Rows:
    """Fingerprints of data that nobody reads here."""

    def rows(self, task, split, languages):
        return f"{task.name} {split} {' '.join(languages)}"

    def pretraining(self, encoder):
        return encoder.tokenizer

    def file(self, path):
        return path


@dataclass
class Filled:
    """A store with every cell that any claim asks for on mini, and what each claim asks for."""

    before: dict[str, Judged]
    plans: dict[str, list[Stage]]
    facts: Facts
    requests: Before


def planned(specs: tuple[Spec, ...]) -> list[Stage]:
    """The evaluations of some requests, in one language."""
    short = [Spec.parse({**spec.plain(), "languages": ["de"]}) for spec in specs]
    plans = [expand(spec, Rows(), lambda encoder: "w") for spec in short]
    return [one for plan in plans for one in plan.stages if one.kind is not StageKind.LATENCY]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    home = Home(tmp_path_factory.mktemp("filled") / "store").create()
    with Store.temporary(home) as store:
        found = {one.claim.id: one for one in board(store, **PLACE).claims}
    plans = {name: planned(found[name].missing_runs) for name in MEASURED}
    every = {stage.key: stage for stages in plans.values() for stage in stages}
    training = {stage.key for stage in plans["c19"]}
    for stage in every.values():
        if stage.kind is StageKind.EVALUATE:
            write_job(home, stage, accuracy=0.5)
    ended = [s for s in every.values() if s.kind is StageKind.EVALUATE or s.key in training]
    write_run(home, "run-1", ended)
    with Store.temporary(home) as store:
        facts = facts_of(store, **PLACE)
        return Filled(found, plans, facts, Requests(store, facts))


def evaluations(stages: list[Stage]) -> set[Hole]:
    return {
        Hole(one.intermediate, str(one.target), one.seed, one.settings["evaluation"]["split"])
        for one in stages
        if one.kind is StageKind.EVALUATE
    }


def only(facts: Facts, holes: set[Hole]) -> Facts:
    """The facts as if nothing but this had been measured."""

    def kept(table: pd.DataFrame, split: str) -> pd.DataFrame:
        pairs = {(hole.intermediate, hole.target) for hole in holes if hole.split == split}
        rows = zip(table["intermediate"], table["target"], strict=True)
        return table[[pair in pairs for pair in rows]]

    return replace(facts, cells=kept(facts.cells, "test"), dev=kept(facts.dev, "dev"))


@pytest.mark.parametrize("name", MEASURED)
def test_the_button_launches_exactly_what_the_claim_needs(name: str, filled: Filled) -> None:
    before = filled.before[name]
    assert before.finding.verdict is Verdict.NOT_RUN
    asked, holes = evaluations(filled.plans[name]), set(before.finding.holes)
    assert {one for one in asked if one.intermediate != NO_INTERMEDIATE} == holes
    places = {(one.target, one.seed, one.split) for one in holes}
    baselines = {one for one in asked if one.intermediate == NO_INTERMEDIATE}
    assert {(one.target, one.seed, one.split) for one in baselines} == places


@pytest.mark.parametrize("name", MEASURED)
def test_after_its_runs_a_claim_is_no_longer_not_run(name: str, filled: Filled) -> None:
    claim, names = filled.before[name].claim, reading.shipped()[1]
    asked = evaluations(filled.plans[name])
    facts = only(filled.facts, asked)
    after = judge(claim, names, facts, filled.requests)
    assert after.finding.verdict is not Verdict.NOT_RUN, after.finding.evidence
    assert "Cannot" not in after.finding.evidence
    if name == "c19":
        return
    own = [one for one in asked if one.intermediate != NO_INTERMEDIATE and one.split == "test"]
    first = min(own)
    without = {
        one for one in asked if (one.intermediate, one.target) != (first.intermediate, first.target)
    }
    lacking = judge(claim, names, only(filled.facts, without), filled.requests)
    pairs = {(one.intermediate, one.target) for one in lacking.finding.holes}
    assert (first.intermediate, first.target) in pairs, "a cell that is asked for is needed"

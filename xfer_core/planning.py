"""From the request to the ordered stages without duplicates (pure: nothing is run or written)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from xfer_core import presence
from xfer_core.chains import CODE_VERSIONS as CODE_VERSIONS
from xfer_core.chains import PRETRAINING_SEED as PRETRAINING_SEED
from xfer_core.chains import Builder, RowFingerprints
from xfer_core.checking import check as check
from xfer_core.checking import check_names
from xfer_core.domain.encoder import Encoder
from xfer_core.domain.errors import DataError
from xfer_core.domain.run import Stage, StageKind
from xfer_core.presence import Presence
from xfer_core.presence import few_shot_languages as few_shot_languages
from xfer_core.specification import Spec


@dataclass(frozen=True)
class Plan:
    """A request, its stages in an order that respects parents, and what to say about it."""

    spec: Spec
    stages: tuple[Stage, ...]
    warnings: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    """What has to be brought here before the plan can run, a sentence each; its keys are
    provisional as long as there is any."""

    @property
    def by_key(self) -> dict[str, Stage]:
        """Key -> stage."""
        return {stage.key: stage for stage in self.stages}


def expand(
    spec: Spec,
    fingerprints: RowFingerprints,
    encoder_hash: Callable[[Encoder], str],
    *,
    listing: bool = False,
) -> Plan:
    """The stages of a request.

    Latency stages come last: each needs the whole machine, so they run in one sweep. Languages
    whose rows are not on this machine are left out with a warning. With ``listing`` a plan that
    cannot run is not refused: it holds everything that was asked for, and says what is absent.

    Raises:
        UnknownName: a task, encoder, language or catalogue that is not declared.
        UsageError: an intermediate task that cannot be trained.
        DataError: training rows or models, or all rows to measure, are not on this machine.
    """
    check_names(spec)
    here = Presence()
    lacks = presence.absent(spec, here)
    told = lacks.sentences()
    if told and not listing:
        raise DataError(" ".join(told))
    builder = Builder(spec, fingerprints, encoder_hash, here, lacks, whole=bool(told))
    if not builder.build():
        if not listing:
            raise DataError("Nothing can be measured. " + " ".join(builder.warnings))
        builder = Builder(spec, fingerprints, encoder_hash, here, lacks, whole=True)
        builder.build()
    stages = builder.stages.values()
    ordered = [stage for stage in stages if stage.kind is not StageKind.LATENCY]
    timed = [stage for stage in stages if stage.kind is StageKind.LATENCY]
    return Plan(
        spec,
        (*ordered, *timed),
        tuple(dict.fromkeys(builder.warnings)),
        lacks.sentences(),
    )


def shared(plan: Plan) -> int:
    """Training stages that several others build on: each is done once and serves them all."""
    children: dict[str, int] = {}
    for stage in plan.stages:
        if stage.parent is not None and stage.kind is not StageKind.LATENCY:
            children[stage.parent] = children.get(stage.parent, 0) + 1
    return sum(number > 1 for number in children.values())


def unshared(plan: Plan) -> int:
    """Stages that the plan would have if every measured cell trained all that it stands on."""
    depth: dict[str, int] = {}
    total = 0
    for stage in plan.stages:  # parents come first
        depth[stage.key] = 1 + (depth[stage.parent] if stage.parent else 0)
        if stage.kind is StageKind.EVALUATE:
            total += depth[stage.key]
        elif stage.kind is StageKind.LATENCY:
            total += 1
    return total


def reusable(
    plan: Plan, finished: Callable[[Stage], bool], usable: Callable[[Stage], bool]
) -> set[str]:
    """Keys of stages that need not run: finished, and so is everything they build on.

    A checkpoint that was freed is missed only where something that has to run builds on it; then
    its stage runs again, and with it all that stands on that stage.
    """
    kept: set[str] = set()
    for stage in plan.stages:
        if (stage.parent is None or stage.parent in kept) and finished(stage):
            kept.add(stage.key)
    while True:
        needed = {stage.parent for stage in plan.stages if stage.key not in kept}
        lost = {s.key for s in plan.stages if s.key in kept & needed and not usable(s)}
        if not lost:
            return kept
        for stage in plan.stages:  # parents come first
            if stage.key in lost or stage.parent in lost:
                lost.add(stage.key)
        kept -= lost

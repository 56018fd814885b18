"""From the request to the ordered stages without duplicates (pure: nothing is run or written)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from xfer_core import catalog
from xfer_core.domain.encoder import Encoder
from xfer_core.domain.errors import UnknownName, UsageError
from xfer_core.domain.intermediate import Intermediate
from xfer_core.domain.run import NO_INTERMEDIATE, Stage, StageKind
from xfer_core.domain.task import Task, TaskKind
from xfer_core.fingerprints import digest
from xfer_core.regimes import resolved
from xfer_core.specification import IntermediateSettings, Spec, TargetSettings, TrainingSettings

CODE_VERSIONS = {
    StageKind.PRETRAIN: 1,
    StageKind.INTERMEDIATE: 2,
    StageKind.TARGET: 2,
    StageKind.EVALUATE: 2,
    StageKind.LATENCY: 1,
}
"""Raised by hand when a stage's code changes its results; part of every key of that kind."""

DEFAULT_SECONDS = {
    StageKind.PRETRAIN: 10_000.0,
    StageKind.INTERMEDIATE: 6.0,
    StageKind.TARGET: 6.0,
    StageKind.EVALUATE: 2.5,
    StageKind.LATENCY: 1.0,
}
"""Estimates for a store without history, measured with the demo preset on two cores."""


PRETRAINING_SEED = 1
"""An encoder is pretrained once: a run's seeds are those of fine-tuning."""


class RowFingerprints(Protocol):
    """What planning needs to know of the data."""

    def rows(self, task: Task, split: str, languages: tuple[str, ...]) -> str:
        """Fingerprint of the rows of a split in some languages."""
        ...

    def pretraining(self, encoder: Encoder) -> str:
        """Fingerprint of the pretraining text as an encoder's vocabulary cuts it."""
        ...

    def file(self, path: str) -> str:
        """Hash of a file that the user names."""
        ...


@dataclass(frozen=True)
class Plan:
    """A request, its stages in an order that respects parents, and what to say about it."""

    spec: Spec
    stages: tuple[Stage, ...]
    warnings: tuple[str, ...] = ()

    @property
    def by_key(self) -> dict[str, Stage]:
        """Key -> stage."""
        return {stage.key: stage for stage in self.stages}


def expand(
    spec: Spec, fingerprints: RowFingerprints, encoder_hash: Callable[[Encoder], str]
) -> Plan:
    """The stages of a request.

    Latency stages come last: each needs the whole machine, so they run in one sweep.

    Raises:
        UnknownName: a task, encoder, language or catalogue that is not declared.
        UsageError: an intermediate task that cannot be trained.
    """
    check(spec)
    builder = _Builder(spec, fingerprints, encoder_hash)
    for encoder in map(catalog.encoder, spec.encoders):
        for seed in spec.seeds:
            for intermediate in spec.intermediates:
                builder.add_chain(encoder, intermediate, seed)
    ordered = [stage for stage in builder.stages.values() if stage.kind is not StageKind.LATENCY]
    timed = [stage for stage in builder.stages.values() if stage.kind is StageKind.LATENCY]
    return Plan(spec, (*ordered, *timed), tuple(dict.fromkeys(builder.warnings)))


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


def estimated_seconds(stage: Stage, history: dict[str, float]) -> float:
    """Seconds a stage will take: the mean of its kind in this store, else a default."""
    return seconds_of(stage.kind, history)


def seconds_of(kind: StageKind, history: dict[str, float]) -> float:
    """Seconds a stage of a kind takes on average."""
    return history.get(str(kind), DEFAULT_SECONDS[kind])


@dataclass
class _Builder:
    """Collects stages by key, so that what two chains share exists once."""

    spec: Spec
    fingerprints: RowFingerprints
    encoder_hash: Callable[[Encoder], str]
    stages: dict[str, Stage] = field(default_factory=dict)
    variants: dict[tuple[str, bool, str | None], str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def add_chain(self, encoder: Encoder, name: str, seed: int) -> None:
        """Encoder -> intermediate -> every target, its evaluation and its latency."""
        before, settings = resolved(name, self.spec.settings.intermediate)
        parent = self._pretrain(encoder)
        if before.tasks:
            parent = self._train_intermediate(encoder, before, settings, parent, seed).key
        for target in map(catalog.task, self.spec.targets):
            self._warn_of_shared_data(before, target)
            model = parent
            if target.trained:
                model = self._train_target(encoder, before.name, target, parent, seed).key
            self._measure(encoder, before.name, target, model, seed)

    def _pretrain(self, encoder: Encoder) -> str | None:
        """Key of the encoder's own pretraining; None where it is taken as shipped."""
        settings = self.spec.settings.pretraining
        if settings is None:
            return None
        if not encoder.heads:
            raise UsageError(
                f"Expected an encoder that this program pretrains itself; {encoder.name!r} is "
                "taken as it is. Leave out the pretraining settings."
            )
        return self._add(
            StageKind.PRETRAIN,
            encoder,
            NO_INTERMEDIATE,
            None,
            PRETRAINING_SEED,
            None,
            {"pretraining": settings.model_dump(mode="json")},
            data=self._weights(encoder),
        ).key

    def _weights(self, encoder: Encoder) -> str:
        """Identity of the weights that a chain starts from."""
        settings = self.spec.settings.pretraining
        if settings is None:
            return self.encoder_hash(encoder)
        text = self.fingerprints.pretraining(encoder)
        if not settings.continues:
            return text
        return digest([text, self.encoder_hash(catalog.encoder(settings.continues))])

    def _train_intermediate(
        self,
        encoder: Encoder,
        before: Intermediate,
        settings: IntermediateSettings,
        parent: str | None,
        seed: int,
    ) -> Stage:
        tasks = [catalog.task(name) for name in before.tasks]
        data = [digest(self._training_data(task, settings)) for task in tasks]
        if settings.masked_share:
            text = settings.masked_text
            data.append(
                self.fingerprints.file(text) if text else self.fingerprints.pretraining(encoder)
            )
        return self._add(
            StageKind.INTERMEDIATE,
            encoder,
            before.name,
            None,
            seed,
            parent,
            {"tasks": list(before.tasks), "training": _training(settings, tasks)},
            data=digest(data),
        )

    def _train_target(
        self, encoder: Encoder, before: str, target: Task, parent: str | None, seed: int
    ) -> Stage:
        settings = self.spec.settings.target
        return self._add(
            StageKind.TARGET,
            encoder,
            before,
            target.name,
            seed,
            parent,
            {"tasks": [target.name], "training": _training(settings, [target])},
            data=digest([self._training_data(target, settings), *self._few_shot_data(target)]),
        )

    def _training_data(self, task: Task, settings: TrainingSettings) -> list[str]:
        data = [self.fingerprints.rows(task, "train", settings.languages)]
        if settings.select_on != "last":
            spoken = settings.languages if settings.select_on == "source" else task.languages
            data.append(self.fingerprints.rows(task, "dev", spoken))
        return data

    def _few_shot_data(self, target: Task) -> list[str]:
        settings = self.spec.settings.target
        if not settings.few_shot:
            return []
        return [self.fingerprints.rows(target, "train", few_shot_languages(target, settings))]

    def _measure(
        self, encoder: Encoder, intermediate: str, target: Task, model: str | None, seed: int
    ) -> None:
        wanted = self.spec.languages or target.languages
        languages = tuple(code for code in target.languages if code in wanted)
        if not languages:
            self.warnings.append(
                f"{target.name} has none of the languages asked for; it is left out."
            )
            return
        settings = self.spec.settings
        data = self.fingerprints.rows(target, settings.evaluation.split, languages)
        if target.kind is TaskKind.MINING:  # its threshold is fitted on dev
            data = digest([data, self.fingerprints.rows(target, "dev", languages)])
        evaluation = settings.evaluation.model_dump()
        if evaluation["retrieval_layer"] is None:
            evaluation["retrieval_layer"] = encoder.retrieval_layer
        self._add(
            StageKind.EVALUATE,
            encoder,
            intermediate,
            target.name,
            seed,
            model,
            {"evaluation": evaluation},
            data=data,
            languages=languages,
        )
        if settings.latency.measure and seed == min(self.spec.seeds):
            # Another seed changes the weights and not the work: one measurement serves all.
            self._add(
                StageKind.LATENCY,
                encoder,
                intermediate,
                target.name,
                seed,
                model,
                {
                    "latency": settings.latency.model_dump(),
                    "evaluation": evaluation,
                },
                data=data,
                languages=languages,
            )

    def _add(
        self,
        kind: StageKind,
        encoder: Encoder,
        intermediate: str,
        target: str | None,
        seed: int,
        parent: str | None,
        settings: dict[str, Any],
        *,
        data: str,
        languages: tuple[str, ...] = (),
    ) -> Stage:
        outcome = {
            "kind": str(kind),
            "code": CODE_VERSIONS[kind],
            "encoder": [encoder.name, encoder.revision, self._weights(encoder)],
            "intermediate": intermediate,
            "target": target,
            "seed": seed,
            "parent": parent,
            "settings": settings,
            "data": data,
            "languages": list(languages),
        }
        stage = Stage(
            kind=kind,
            key=digest(outcome),
            catalog=self.spec.catalog,
            encoder=encoder.name,
            intermediate=intermediate,
            target=target,
            seed=seed,
            languages=languages,
            parent=parent,
            settings=settings,
            fingerprint=data,
            variant=self._variant(encoder, intermediate, target),
        )
        return self.stages.setdefault(stage.key, stage)

    def _variant(self, encoder: Encoder, intermediate: str, target: str | None) -> str:
        """Hashes of all that two comparable results share (see Stage.variant)."""
        is_baseline = intermediate == NO_INTERMEDIATE
        wanted = (encoder.name, is_baseline, target)
        if wanted not in self.variants:
            shared = self._shared(encoder, target)
            training = self.spec.settings.intermediate.model_dump(mode="json")
            arm = "" if is_baseline else f".{digest(training)[:6]}"
            self.variants[wanted] = f"{shared}{arm}"
        return self.variants[wanted]

    def _shared(self, encoder: Encoder, target: str | None) -> str:
        """Hash of what the baseline has as well: target settings and data, weights, code."""
        split = self.spec.settings.evaluation.split
        task = catalog.task(target) if target else None
        data = [self.fingerprints.rows(task, split, task.languages)] if task else []
        if task and task.trained:
            data += self._training_data(task, self.spec.settings.target)
            data += self._few_shot_data(task)
        settings = self.spec.settings.model_dump(exclude={"latency", "intermediate"})
        versions = {str(kind): version for kind, version in CODE_VERSIONS.items()}
        return digest([settings, data, self._weights(encoder), versions])[:12]

    def _warn_of_shared_data(self, before: Intermediate, target: Task) -> None:
        for name in before.tasks:
            if name == target.name or target.name in catalog.task(name).same_data_as:
                self.warnings.append(
                    f"{name} trains on the data of {target.name}: that gain is not transfer."
                )


def few_shot_languages(target: Task, settings: TargetSettings) -> tuple[str, ...]:
    """Languages of which a few training examples are used, in the target's order."""
    wanted = settings.few_shot_languages or tuple(
        code for code in target.languages if code not in settings.languages
    )
    return tuple(code for code in target.languages if code in wanted)


def _training(settings: TrainingSettings, tasks: list[Task]) -> dict[str, Any]:
    """Settings of a training stage with the steps that its tasks declare, if none are given."""
    steps = settings.steps
    if steps is None and settings.epochs is None:
        steps = sum(task.steps for task in tasks)
    return {**settings.model_dump(mode="json"), "steps": steps}


def check(spec: Spec) -> None:
    """Refuse names that are not declared, before anything is written.

    Raises:
        UnknownName: a task, encoder, language or catalogue that is not declared.
        UsageError: names of another catalogue, or an intermediate task that cannot be trained.
    """
    if spec.catalog not in catalog.catalogs():
        raise UnknownName("catalogue", spec.catalog, catalog.catalogs())
    for code in spec.languages:
        catalog.language(code)
    for name in spec.encoders:
        _in_catalog(spec, name, catalog.encoder(name).catalog)
        _can_continue(spec, catalog.encoder(name))
    for name in spec.targets:
        _in_catalog(spec, name, catalog.task(name).catalog)
    for name in spec.intermediates:
        before, settings = resolved(name, spec.settings.intermediate)
        for one in before.tasks:
            task = catalog.task(one)
            _in_catalog(spec, one, task.catalog)
            _can_be_trained(task)
            _speaks(task, settings.languages, "intermediate.languages")
        _weighs(before, settings)
    for target in map(catalog.task, spec.targets):
        if target.trained:
            training = spec.settings.target
            few = few_shot_languages(target, training) if training.few_shot else ()
            _speaks(target, training.languages, "target.languages")
            _speaks(target, few, "target.few_shot_languages")


def _can_be_trained(task: Task) -> None:
    if not task.trained:
        raise UsageError(
            f"Expected an intermediate task that can be trained; {task.name!r} is a {task.kind} "
            "task, which has no training. Name it under --target."
        )


def _speaks(task: Task, languages: tuple[str, ...], setting: str) -> None:
    missing = [code for code in languages if code not in task.source.train_languages]
    if missing:
        raise UsageError(
            f"Expected training data of {task.name} in {', '.join(missing)} ({setting}); there is "
            f"some in {', '.join(task.source.train_languages)}. Name those."
        )


def _weighs(before: Intermediate, settings: IntermediateSettings) -> None:
    if settings.mixing != "weights" or len(before.tasks) < 2:
        return
    missing = [name for name in before.tasks if name not in settings.weights]
    if missing:
        raise UsageError(
            f"Expected a weight of each task in {before.name!r}; {', '.join(missing)} has none. "
            f"Add it under intermediate.weights."
        )


def _can_continue(spec: Spec, encoder: Encoder) -> None:
    continued = spec.settings.pretraining.continues if spec.settings.pretraining else ""
    if continued and _shape(catalog.encoder(continued)) != _shape(encoder):
        raise UsageError(
            f"Expected pretraining to go on with weights of the size of {encoder.name!r}; "
            f"{continued!r} is of another size or vocabulary. Name another encoder under "
            "pretraining.continues."
        )


def _shape(encoder: Encoder) -> tuple[object, ...]:
    return encoder.layers, encoder.hidden_size, encoder.heads, encoder.tokenizer


def _in_catalog(spec: Spec, name: str, found: str) -> None:
    if found != spec.catalog:
        raise UsageError(
            f"Expected names of the catalogue {spec.catalog!r}; {name!r} belongs to {found!r}. "
            f"Use --catalog {found}."
        )

"""Collects the stages of a request, chain by chain; each stage has a key and exists once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from xfer_core import catalog, presence, recipes, servings
from xfer_core.domain import intermediate, serving
from xfer_core.domain.encoder import Encoder, Family
from xfer_core.domain.errors import CheckpointError, UsageError
from xfer_core.domain.intermediate import Intermediate
from xfer_core.domain.run import NO_INTERMEDIATE, Stage, StageKind
from xfer_core.domain.serving import PLAIN, Serving
from xfer_core.domain.task import Task, TaskKind
from xfer_core.fingerprints import digest
from xfer_core.presence import Absent, Needed, Presence, few_shot_languages
from xfer_core.regimes import resolved
from xfer_core.sources.solved import solved_questions
from xfer_core.specification import IntermediateSettings, Spec, TargetSettings, TrainingSettings

CODE_VERSIONS = {
    StageKind.PRETRAIN: 1,
    StageKind.INTERMEDIATE: 3,
    StageKind.TARGET: 3,
    StageKind.EVALUATE: 2,
    StageKind.LATENCY: 2,
}
"""Raised by hand when a stage's code changes its results; part of every key of that kind."""


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


@dataclass
class Builder:
    """Collects stages by key, so that what two chains share exists once."""

    spec: Spec
    fingerprints: RowFingerprints
    encoder_hash: Callable[[Encoder], str]
    presence: Presence
    absent: Absent
    whole: bool = False
    """Whether rows that are not here are planned with all the same, to be looked at."""
    stages: dict[str, Stage] = field(default_factory=dict)
    variants: dict[tuple[str, bool, str | None], str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    incomplete: bool = False
    """Whether a target lost languages because their rows are not here."""
    _sets: dict[tuple[str, str, tuple[str, ...]], str] = field(default_factory=dict)
    _befores: dict[tuple[str, str], tuple[Intermediate, IntermediateSettings]] = field(
        default_factory=dict
    )
    _languages: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _weighed: dict[str, str] = field(default_factory=dict)
    _targets: dict[tuple[str, str], TargetSettings] = field(default_factory=dict)
    _measurements: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def build(self) -> bool:
        """Collect all chains; returns whether they measure anything that was asked for."""
        for encoder, ways in map(self._served, self.spec.encoders):
            for seed in self.spec.seeds:
                for name in self.spec.intermediates:
                    self.add_chain(encoder, name, seed, ways)
        measures = any(stage.kind is StageKind.EVALUATE for stage in self.stages.values())
        return measures or not self.incomplete

    def add_chain(self, encoder: Encoder, name: str, seed: int, ways: tuple[Serving, ...]) -> None:
        """Encoder -> intermediate -> every target, its evaluation and its latency."""
        before, settings = self._intermediate(encoder, name)
        parent = self._pretrain(encoder)
        if before.tasks:
            parent = self._train_intermediate(encoder, before, settings, parent, seed).key
        for target in map(catalog.task, self.spec.targets):
            self._warn_of_shared_data(before, target)
            languages = self._measured(target)
            if not languages:
                continue
            model = parent
            if target.trained and encoder.family is not Family.CAUSAL:
                model = self._train_target(encoder, before.name, target, parent, seed).key
            self._measure(encoder, before.name, target, languages, model, seed, ways)

    def _served(self, name: str) -> tuple[Encoder, tuple[Serving, ...]]:
        """An encoder and the ways to run what comes of it: its name's, else all asked for."""
        base, own = serving.parse(name)
        encoder = catalog.encoder(base)
        asked = self.spec.settings.latency.servings if own.is_plain else (own,)
        found, warnings = servings.usable(asked, encoder)
        self.warnings += warnings
        return encoder, found

    def _intermediate(
        self, encoder: Encoder, name: str
    ) -> tuple[Intermediate, IntermediateSettings]:
        """An intermediate with all its settings: its name's, else the plan's, else its tasks'."""
        wanted = (encoder.name, name)
        if wanted not in self._befores:
            tasks = [catalog.task(one) for one in intermediate.parse(name).tasks]
            asked = self.spec.settings.intermediate
            usual = recipes.trained(asked, tasks, encoder, is_target=False)
            self._befores[wanted] = resolved(name, usual)
        return self._befores[wanted]

    def _target(self, encoder: Encoder, target: Task) -> TargetSettings:
        wanted = (encoder.name, target.name)
        if wanted not in self._targets:
            asked = self.spec.settings.target.of(target.name)
            self._targets[wanted] = recipes.trained(asked, [target], encoder, is_target=True)
        return self._targets[wanted]

    def _evaluation(self, encoder: Encoder, target: Task) -> dict[str, Any]:
        wanted = (encoder.name, target.name)
        if wanted not in self._measurements:
            settings = recipes.evaluated(self.spec.settings.evaluation, target, encoder)
            values = settings.model_dump()
            if values["retrieval_layer"] is None:
                values["retrieval_layer"] = encoder.retrieval_layer
            self._measurements[wanted] = values
        return self._measurements[wanted]

    def _rows(self, task: Task, split: str, languages: tuple[str, ...]) -> str:
        """Fingerprint of rows; of rows that are not here, their name and revision."""
        wanted = (task.name, split, languages)
        if wanted not in self._sets:
            if self.whole and self.presence.lacking(task, split, languages):
                found = digest(["absent", task.name, task.source.revision, split, languages])
            else:
                found = self.fingerprints.rows(task, split, languages)
            self._sets[wanted] = found
        return self._sets[wanted]

    def _measured(self, target: Task) -> tuple[str, ...]:
        """Languages in which a target can be measured, in its own order."""
        if target.name not in self._languages:
            self._languages[target.name] = self._with_rows(target)
        return self._languages[target.name]

    def _with_rows(self, target: Task) -> tuple[str, ...]:
        asked = self.spec.languages or target.languages
        languages = tuple(code for code in target.languages if code in asked)
        if not languages:
            self.warnings.append(
                f"{target.name} has none of the languages asked for; it is left out."
            )
        for split in dict.fromkeys(self._splits(target)):
            lacking = self.presence.lacking(target, split, languages)
            if not lacking:
                continue
            if self.whole:
                self.absent.add(Needed(target, split, languages), lacking)
                continue
            told = presence.left_out(target, split, lacking, len(languages))
            self.warnings.append(told)
            self.incomplete = True
            languages = tuple(code for code in languages if code not in lacking)
        return languages

    def _splits(self, target: Task) -> tuple[str, ...]:
        """Splits that a language must have to be measured; mining fits its threshold on dev."""
        split = self.spec.settings.evaluation.split
        return (split, "dev") if target.kind is TaskKind.MINING else (split,)

    def _shown(self, target: Task, languages: tuple[str, ...]) -> list[str]:
        """Fingerprints of the solved questions in a causal model's prompts."""
        places = dict.fromkeys(solved_questions(target, code) for code in languages)
        return [self._rows(target, place[0], (place[1],)) for place in places if place]

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
        if encoder.name not in self._weighed:
            self._weighed[encoder.name] = self._weigh(encoder)
        return self._weighed[encoder.name]

    def _weigh(self, encoder: Encoder) -> str:
        settings = self.spec.settings.pretraining
        if settings is None:
            return self._hash(encoder)
        text = self.fingerprints.pretraining(encoder)
        if not settings.continues:
            return text
        return digest([text, self._hash(catalog.encoder(settings.continues))])

    def _hash(self, encoder: Encoder) -> str:
        try:
            return self.encoder_hash(encoder)
        except CheckpointError as error:
            if not self.whole:
                raise
            self.absent.told[str(error)] = None
            return digest(["absent", encoder.name, encoder.revision])

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
        settings = self._target(encoder, target)
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
        data = [self._rows(task, "train", settings.languages)]
        if settings.select_on != "last":
            data.append(self._rows(task, "dev", self._selected(task, settings)))
        return data

    def _selected(self, task: Task, settings: TrainingSettings) -> tuple[str, ...]:
        """Languages whose dev rows choose the checkpoint; some tasks have test rows alone."""
        if settings.select_on == "source":
            return settings.languages
        lacking = {} if self.whole else self.presence.lacking(task, "dev", task.languages)
        return tuple(code for code in task.languages if code not in lacking)

    def _few_shot_data(self, target: Task) -> list[str]:
        settings = self.spec.settings.target.of(target.name)
        if not settings.few_shot:
            return []
        return [self._rows(target, "train", few_shot_languages(target, settings))]

    def _measure(
        self,
        encoder: Encoder,
        name: str,
        target: Task,
        languages: tuple[str, ...],
        model: str | None,
        seed: int,
        ways: tuple[Serving, ...],
    ) -> None:
        settings = self.spec.settings
        evaluation = self._evaluation(encoder, target)
        read = [self._rows(target, split, languages) for split in self._splits(target)]
        if encoder.family is Family.CAUSAL and evaluation["shots"]:
            read += self._shown(target, languages)
        data = read[0] if len(read) == 1 else digest(read)
        for way in dict.fromkeys((PLAIN, *ways)):
            own = {} if way.is_plain else {"serving": asdict(way)}
            self._add(
                StageKind.EVALUATE,
                encoder,
                name,
                target.name,
                seed,
                model,
                {"evaluation": evaluation, **own},
                data=data,
                languages=languages,
                way=way,
            )
        if settings.latency.measure and seed == min(self.spec.seeds):
            # Another seed changes the weights and not the work: one measurement serves all.
            self._add(
                StageKind.LATENCY,
                encoder,
                name,
                target.name,
                seed,
                model,
                {
                    "latency": settings.latency.model_dump(mode="json"),
                    "servings": [asdict(way) for way in ways],
                    "evaluation": evaluation,
                },
                data=data,
                languages=languages,
            )

    def _add(
        self,
        kind: StageKind,
        encoder: Encoder,
        before: str,
        target: str | None,
        seed: int,
        parent: str | None,
        settings: dict[str, Any],
        *,
        data: str,
        languages: tuple[str, ...] = (),
        way: Serving = PLAIN,
    ) -> Stage:
        outcome = {
            "kind": str(kind),
            "code": CODE_VERSIONS[kind],
            "encoder": [encoder.name, encoder.revision, self._weights(encoder)],
            "intermediate": before,
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
            encoder=way.named(encoder.name),
            intermediate=before,
            target=target,
            seed=seed,
            languages=languages,
            parent=parent,
            settings=settings,
            fingerprint=data,
            variant=self._variant(encoder, before, target),
        )
        return self.stages.setdefault(stage.key, stage)

    def _variant(self, encoder: Encoder, name: str, target: str | None) -> str:
        """Hashes of all that two comparable results share (see Stage.variant)."""
        is_baseline = name == NO_INTERMEDIATE
        wanted = (encoder.name, is_baseline, target)
        if wanted not in self.variants:
            shared = self._shared(encoder, target)
            training: Any = self.spec.settings.intermediate.model_dump(mode="json")
            if version := recipes.version(encoder):
                training = [training, version]
            arm = "" if is_baseline else f".{digest(training)[:6]}"
            self.variants[wanted] = f"{shared}{arm}"
        return self.variants[wanted]

    def _shared(self, encoder: Encoder, target: str | None) -> str:
        """Hash of what the baseline has as well: target settings and data, weights, code."""
        settings = self.spec.settings.model_dump(exclude={"latency", "intermediate"})
        del settings["target"]["by_task"]  # those of this target come below
        task = catalog.task(target) if target else None
        data = [self._test_data(task)] if task else []
        if task:
            asked = recipes.evaluated(self.spec.settings.evaluation, task, encoder)
            settings["evaluation"] = asked.model_dump()
        if task and task.trained and encoder.family is not Family.CAUSAL:
            training = self._target(encoder, task)
            settings["target"] = training.model_dump()
            data += self._training_data(task, training)
            data += self._few_shot_data(task)
        versions = {str(k): v for k, v in CODE_VERSIONS.items() if k is not StageKind.LATENCY}
        return digest([settings, data, self._weights(encoder), versions])[:12]

    def _test_data(self, task: Task) -> str:
        """The rows that are measured, in every language that has them here."""
        split = self.spec.settings.evaluation.split
        lacking = {} if self.whole else self.presence.lacking(task, split, task.languages)
        return self._rows(task, split, tuple(c for c in task.languages if c not in lacking))

    def _warn_of_shared_data(self, before: Intermediate, target: Task) -> None:
        for name in before.tasks:
            if name == target.name or target.name in catalog.task(name).same_data_as:
                self.warnings.append(
                    f"{name} trains on the data of {target.name}: that gain is not transfer."
                )


def _training(settings: TrainingSettings, tasks: list[Task]) -> dict[str, Any]:
    """Settings of a training stage with the steps that its tasks declare, if none are given."""
    steps = settings.steps
    if steps is None and settings.epochs is None:
        steps = sum(task.steps for task in tasks)
    return {**settings.model_dump(mode="json"), "steps": steps}

"""Which rows and models a request needs, and whether they are on this machine (no connection)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from xfer_core import catalog, model_folder
from xfer_core.domain.encoder import Encoder, Family, Origin
from xfer_core.domain.language import REFERENCE_LANGUAGE
from xfer_core.domain.task import Availability, Reach, Task
from xfer_core.regimes import resolved
from xfer_core.specification import Spec, TargetSettings, TrainingSettings

MOST_CODES = 12
"""Languages that a sentence names; more are counted."""


@dataclass
class Presence:
    """Remembers what the sources say: a plan asks for the same sets thousands of times."""

    _known: dict[tuple[str, str, str], Availability] = field(default_factory=dict)
    _lacking: dict[tuple[str, str, tuple[str, ...]], Mapping[str, Availability]] = field(
        default_factory=dict
    )

    def lacking(
        self, task: Task, split: str, languages: tuple[str, ...]
    ) -> Mapping[str, Availability]:
        """Languages whose rows are not here, and why."""
        wanted = (task.name, split, languages)
        if wanted not in self._lacking:
            found = {code: self._of(task, split, code) for code in languages}
            self._lacking[wanted] = {c: one for c, one in found.items() if _is_away(one)}
        return self._lacking[wanted]

    def _of(self, task: Task, split: str, language: str) -> Availability:
        wanted = (task.name, split, language)
        if wanted not in self._known:
            self._known[wanted] = task.source.availability(split, language)
        return self._known[wanted]


@dataclass(frozen=True)
class Needed:
    """Rows of a task that a training or a measurement reads."""

    task: Task
    split: str
    languages: tuple[str, ...]


def needed(spec: Spec) -> Iterator[Needed]:
    """The sets that the trainings of a request read, doubles included."""
    if all(catalog.encoder(name).family is Family.CAUSAL for name in spec.encoders):
        return
    for name in spec.intermediates:
        before, settings = resolved(name, spec.settings.intermediate)
        for task in map(catalog.task, before.tasks):
            yield from _read(task, settings)
    for target in map(catalog.task, spec.targets):
        if target.trained:
            training = spec.settings.target.of(target.name)
            yield from _read(target, training)
            if training.few_shot:
                yield Needed(target, "train", few_shot_languages(target, training))


def _read(task: Task, settings: TrainingSettings) -> Iterator[Needed]:
    yield Needed(task, "train", settings.languages)
    if settings.select_on == "source":
        yield Needed(task, "dev", settings.languages)


def few_shot_languages(target: Task, settings: TargetSettings) -> tuple[str, ...]:
    """Languages of which a few training examples are used, in the target's order."""
    wanted = settings.few_shot_languages or tuple(
        code for code in target.languages if code not in settings.languages
    )
    return tuple(code for code in target.languages if code in wanted)


@dataclass
class Absent:
    """What a request lacks: tasks whose rows can be fetched, and sentences about all else."""

    fetchable: dict[str, None] = field(default_factory=dict)
    told: dict[str, None] = field(default_factory=dict)

    def add(self, one: Needed, lacking: Mapping[str, Availability]) -> None:
        """Rows of one set that are not here."""
        if all(found.reach is Reach.FETCHABLE for found in lacking.values()):
            self.fetchable[one.task.name] = None
        else:
            self.told[_missing(one, lacking)] = None

    def sentences(self) -> tuple[str, ...]:
        """What a person reads, each once."""
        if not self.fetchable:
            return tuple(self.told)
        return (
            *self.told,
            f"Expected the rows of {', '.join(self.fetchable)} on this machine; they can be "
            f"fetched: run 'xfer prefetch {' '.join(self.fetchable)}' first.",
        )


def absent(spec: Spec, presence: Presence) -> Absent:
    """Training rows and models that are not here: such a request cannot run."""
    found = Absent()
    for one in needed(spec):
        lacking = presence.lacking(one.task, one.split, one.languages)
        if lacking:
            found.add(one, lacking)
    for encoder in map(catalog.encoder, spec.encoders):
        if why := _model(encoder):
            found.told[why] = None
    return found


def left_out(task: Task, split: str, lacking: Mapping[str, Availability], of: int) -> str:
    """A sentence about languages in which a target is not measured."""
    return (
        f"{task.name} is not measured in {listed(lacking)} ({len(lacking)} of {of} "
        f"language{'s' if of > 1 else ''}): no {split} rows here. {_why(lacking)}"
    ).rstrip()


def listed(codes: Iterable[str]) -> str:
    """Language codes as people read them; many are counted."""
    names = list(codes)
    rest = len(names) - MOST_CODES
    return ", ".join(names[:MOST_CODES]) + (f" and {rest} more" if rest > 0 else "")


def _missing(one: Needed, lacking: Mapping[str, Availability]) -> str:
    role = "training" if one.split == "train" else one.split
    return (
        f"Expected {role} rows of {one.task.name} in {listed(lacking)}; there are none here: "
        f"{_why(lacking)} Or leave {one.task.name} out of the plan."
    )


def _why(lacking: Mapping[str, Availability]) -> str:
    """What the source says of the first one, English if it is among them."""
    first = lacking.get(REFERENCE_LANGUAGE) or next(iter(lacking.values()))
    return first.why


def _model(encoder: Encoder) -> str:
    if encoder.origin is Origin.SHIPPED:
        return ""
    folder = catalog.encoder_folder(encoder)
    lacks = model_folder.missing(folder)
    if not lacks:
        return ""
    if encoder.origin is Origin.HUB:
        return (
            f"Expected the model {encoder.name} on this machine; it is not. "
            f"{model_folder.to_fetch(encoder)}."
        )
    return f"Expected {', '.join(lacks)} of the model {encoder.name} in {folder}; put them there."


def _is_away(one: Availability) -> bool:
    return one.reach is not Reach.HERE

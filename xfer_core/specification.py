"""What a person asks for: the request of a run, checked and complete, before it is planned."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from xfer_core.domain.errors import UnknownName, UsageError
from xfer_core.domain.language import REFERENCE_LANGUAGE
from xfer_core.domain.run import NO_INTERMEDIATE
from xfer_core.domain.serving import Serving, engine

PRESETS = Path(__file__).resolve().parent.parent / "data" / "presets"

_OF_ONE_TARGET = re.compile(r"target\.by_task\.(?P<task>.+)\.(?P<name>[^.]+)")
_STRICT = ConfigDict(extra="forbid", frozen=True)


class TrainingSettings(BaseModel):
    """How a training stage learns; part of its key."""

    model_config = _STRICT

    steps: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Optimizer steps; None takes ``epochs``, else what the trained tasks declare."""
    epochs: Annotated[float, Field(gt=0, le=1000)] | None = None
    """Passes over the training examples, if no steps are given."""
    batch_tokens: Annotated[int, Field(ge=32, le=1_000_000)] = 256
    accumulate: Annotated[int, Field(ge=1, le=10_000)] = 1
    """Batches an optimizer step sums over: the same step with less memory."""
    gradient_checkpointing: bool = False
    """Whether hidden states are computed again in the backward pass, to save memory."""
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 7e-4
    warmup_share: Annotated[float, Field(ge=0, lt=1)] = 0.1
    weight_decay: Annotated[float, Field(ge=0, le=1)] = 0.01
    clip_norm: Annotated[float, Field(gt=0)] = 1.0
    max_length: Annotated[int, Field(ge=8, le=8192)] = 144
    stride: Annotated[int, Field(ge=1, le=512)] | None = None
    """As in evaluation: tokens from one window of a long context to the next."""
    long_sentences: Literal["truncate", "split"] = "truncate"
    """As in evaluation: what tagging does with a sentence over max_length."""
    train_examples: Annotated[int, Field(ge=1)] | None = None
    """At most so many training examples a task and language; None takes them all."""
    languages: Annotated[tuple[str, ...], Field(min_length=1)] = (REFERENCE_LANGUAGE,)
    """Languages of the training data; for an intermediate task others than English are
    translated data."""
    tuning: Literal["full", "lora"] = "full"
    """All weights, or low-rank additions to every linear layer (Hu et al. 2021,
    https://arxiv.org/abs/2106.09685), merged into the checkpoint."""
    frozen_layers: Annotated[int, Field(ge=0, le=1000)] = 0
    """Layers from below that do not learn, the embeddings being the first (Wu & Dredze 2019,
    https://aclanthology.org/D19-1077): what languages share there stays shared."""
    lora_rank: Annotated[int, Field(ge=1, le=1024)] = 8
    lora_alpha: Annotated[int, Field(ge=1)] = 16
    select_on: Literal["last", "source", "all"] = "last"
    """Which checkpoint is kept: the last one, or the best on dev in the training languages
    ("source") or in every language of the task ("all"). Never test."""
    select_every: Annotated[int, Field(ge=1)] | None = None
    """Steps between two measurements on dev; None measures ten times."""
    select_examples: Annotated[int, Field(ge=1)] = 200
    """At most so many dev examples a language."""
    patience: Annotated[int, Field(ge=1)] | None = None
    """Measurements without a better one after which training stops; None trains to the end."""
    threads: Annotated[int, Field(ge=1, le=256)] = 1
    """Threads of a stage; part of the key, because sums depend on it in the last digits."""

    @model_validator(mode="after")
    def _stops_on_something(self) -> Self:
        if self.patience is not None and self.select_on == "last":
            raise ValueError(
                "Expected select_on=source or select_on=all beside a patience: stopping early "
                "needs a score on dev."
            )
        return self


class IntermediateSettings(TrainingSettings):
    """How the intermediate stage learns; what differs from these defaults joins its name."""

    mixing: Literal["size", "uniform", "temperature", "weights"] = "size"
    """How often each task of a mixture is drawn; "size" is the study's."""
    temperature: Annotated[float, Field(ge=1, le=100)] = 2.0
    size_cap: Annotated[int, Field(ge=1)] | None = None
    """Examples above which a task counts as this large, for "size" and "temperature"."""
    weights: dict[str, Annotated[float, Field(gt=0)]] = {}
    """Task -> weight, for "weights"."""
    masked_share: Annotated[float, Field(ge=0, le=0.9)] = 0.0
    """Share of the steps that learn masked words of multilingual text instead of a task."""
    masked_text: str = ""
    """UTF-8 text file with a sentence a line; "" takes the catalogue's own text."""

    @model_validator(mode="after")
    def _has_weights(self) -> Self:
        if self.weights and self.mixing != "weights":
            raise ValueError(f"Expected mixing=weights beside weights; got {self.mixing!r}.")
        return self


class TargetSettings(TrainingSettings):
    """How the target stage learns."""

    few_shot: Annotated[int, Field(ge=0)] = 0
    """Training examples of each further language (Muller et al. 2022 take them log-spaced)."""
    few_shot_languages: tuple[str, ...] = ()
    """Those languages; none named: all of the target that ``languages`` leaves out."""
    few_shot_share: Annotated[float, Field(gt=0, lt=1)] = 0.25
    """Share of the batches that holds the few-shot examples."""


class TargetRequest(TargetSettings):
    """How target stages learn: what holds for all of them, and for some by name."""

    by_task: dict[str, TargetSettings] = {}
    """Target -> settings of its own, which win over those for all."""

    def of(self, target: str) -> TargetSettings:
        """The settings of one target; only what was asked for is set in them."""
        values = self.model_dump(exclude={"by_task"}, exclude_unset=True)
        if own := self.by_task.get(target):
            asked = own.model_dump(exclude_unset=True)
            if "epochs" in asked:  # else the steps for all would win over them
                values.pop("steps", None)
            values |= asked
        return TargetSettings.model_validate(values)


Objective = Literal["masked", "translation", "contrastive", "detection"]


class PretrainingSettings(BaseModel):
    """How a mini encoder is pretrained before anything else; part of the key of its stage.

    ``masked`` hides words of single sentences, ``translation`` those of translation pairs,
    ``contrastive`` brings translations together, ``detection`` finds changed words.
    """

    model_config = _STRICT

    tokens: Annotated[int, Field(ge=1000)] = 100_000_000
    """Tokens to read, without padding."""
    batch_tokens: Annotated[int, Field(ge=64)] = 2048
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 1.5e-3
    warmup_tokens: Annotated[int, Field(ge=1)] = 600_000
    objectives: Annotated[tuple[Objective, ...], Field(min_length=1)] = ("masked", "translation")
    masked_share: Annotated[float, Field(gt=0, lt=1)] = 0.15
    """Share of the tokens that is hidden; with a translation beside it, more can be asked for."""
    continues: str = ""
    """Encoder whose shipped weights are trained further, by more layers too; "" is from nothing."""
    start: Literal["svd", "random"] = "svd"
    """Where the embeddings come from if nothing is continued."""
    svd_lines: Annotated[int, Field(ge=100)] = 40_000
    lines: Annotated[int, Field(ge=100)] = 100_000
    """Utterances of the text, each in every language (some facts in one alone)."""
    max_length: Annotated[int, Field(ge=16, le=256)] = 160
    checkpoint_seconds: Annotated[float, Field(gt=0)] = 60.0
    threads: Annotated[int, Field(ge=1, le=256)] = 1

    @field_validator("objectives")
    @classmethod
    def _with_masked(cls, names: tuple[Objective, ...]) -> tuple[Objective, ...]:
        if "masked" not in names:
            raise ValueError("every other step hides words, so name 'masked' among them")
        return tuple(dict.fromkeys(names))


class EvaluationSettings(BaseModel):
    """How a trained model is measured; part of the key of the evaluate stage."""

    model_config = _STRICT

    split: Literal["dev", "test"] = "test"
    batch_tokens: Annotated[int, Field(ge=32)] = 8192
    max_length: Annotated[int, Field(ge=8, le=512)] = 144
    retrieval_layer: Annotated[int, Field(ge=0)] | None = None
    """Hidden state that retrieval pools, 0 is the embedding layer; None takes the encoder's."""
    every_layer: bool = False
    """Whether retrieval and mining are scored at every layer too, as metrics "accuracy@1", ..."""
    retrieval_pooling: Literal["mean", "cls"] = "mean"
    retrieval_specials: bool = True
    """Whether the mean counts the special tokens too, as XTREME and jiant do."""
    retrieval_similarity: Literal["cosine", "margin"] = "cosine"
    """What makes a neighbour the nearest in retrieval; mining always takes the margin."""
    margin_neighbours: Annotated[int, Field(ge=1, le=1000)] = 4
    """Neighbours that a ratio margin looks at on each side."""
    margin_candidates: Literal["all", "nearest"] = "all"
    """Partners that mining weighs: every sentence, or only the nearest by cosine (XTREME)."""
    stride: Annotated[int, Field(ge=1, le=512)] | None = None
    """Tokens from one window of a long context to the next (XTREME: 128); None reads only the
    first window."""
    longest_answer: Annotated[int, Field(ge=1, le=512)] = 24
    """Tokens of the longest answer that is predicted (XTREME: 30)."""
    null_threshold: float = 0.0
    """How much better "no answer" must score than the best answer (SQuAD 2.0)."""
    long_sentences: Literal["truncate", "split"] = "truncate"
    """What tagging does with a sentence over max_length: cut it off (jiant), or read it in
    pieces (XTREME)."""
    shots: Annotated[int, Field(ge=0, le=100)] = 0
    """Solved questions of the same subject, from dev, before each one; causal models only."""
    likelihood: Literal["letter", "text", "text_per_character"] = "letter"
    """What a causal model weighs: the letters of the listed options, or their texts."""
    prompt_length: Annotated[int, Field(ge=32, le=1_000_000)] = 2048
    """Tokens of the longest prompt of a causal model; a longer one loses its beginning."""
    examples: Annotated[int, Field(ge=1)] | None = None
    """At most so many examples a language; None takes them all."""
    threads: Annotated[int, Field(ge=1, le=256)] = 1


Lengths = Literal["mix", "p50", "p95"]
LENGTHS: tuple[str, ...] = get_args(Lengths)
BatchSize = Annotated[int, Field(ge=1, le=1024)]


class LatencySettings(BaseModel):
    """How latency is measured; part of the key of the latency stage (see docs/latency.md)."""

    model_config = _STRICT

    measure: bool = True
    back_ends: Annotated[tuple[str, ...], Field(min_length=1)] = ("torch",)
    """Back ends, as "torch" or "onnxruntime:int8"; each is evaluated too, as a model of its own."""
    layers: tuple[Annotated[int, Field(ge=1, le=1000)], ...] = ()
    """Besides the whole model, what it gives when only its first so many layers run; evaluated
    as well."""
    batch_sizes: Annotated[tuple[BatchSize, ...], Field(min_length=1)] = (1,)
    """Questions or sentences in a batch."""
    lengths: Annotated[tuple[Lengths, ...], Field(min_length=1)] = ("mix",)
    """The task's own texts as they come, or those of its median or 95th percentile length."""
    samples: Annotated[int, Field(ge=5, le=10_000)] = 40
    """Batches that are timed, in all passes together."""
    passes: Annotated[int, Field(ge=5, le=100)] = 5
    retries: Annotated[int, Field(ge=0, le=1000)] = 5
    """Passes that are repeated, at most, because others kept the machine busy."""
    warmup: Annotated[int, Field(ge=1, le=1_000)] = 8
    """Batches of a block of warm-up; two blocks in a row have to take about as long."""
    threads: Annotated[int, Field(ge=1, le=256)] = 1

    @field_validator("back_ends")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(Serving(*engine(name)).engine for name in names))

    @field_validator("batch_sizes", "lengths", "layers")
    @classmethod
    def _once(cls, values: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(dict.fromkeys(values))

    @property
    def servings(self) -> tuple[Serving, ...]:
        """Every way to run a model that is asked for: each back end with each depth."""
        engines = map(engine, self.back_ends)
        return tuple(Serving(*one, kept) for one in engines for kept in (None, *self.layers))


class Settings(BaseModel):
    """All settings of a plan."""

    model_config = _STRICT

    pretraining: PretrainingSettings | None = None
    """None takes the encoder as it is shipped."""
    intermediate: IntermediateSettings = IntermediateSettings()
    target: TargetRequest = TargetRequest()
    evaluation: EvaluationSettings = EvaluationSettings()
    latency: LatencySettings = LatencySettings()


class Spec(BaseModel):
    """The request: encoders x intermediates x targets x languages x seeds, and settings.

    An intermediate is a task, a mixture or either with settings of its own (see
    ``domain.intermediate``). ``languages`` empty means all that each target has. ``none`` among
    the intermediates is the baseline; it is added where it is missing, because a gain needs it.
    """

    model_config = _STRICT

    catalog: str = "mini"
    encoders: Annotated[tuple[str, ...], Field(min_length=1)] = ("mini-s",)
    intermediates: Annotated[tuple[str, ...], Field(min_length=1)]
    targets: tuple[str, ...]
    languages: tuple[str, ...] = ()
    seeds: Annotated[tuple[Annotated[int, Field(ge=0, lt=2**31)], ...], Field(min_length=1)] = (1,)
    settings: Settings = Settings()
    title: Annotated[str, Field(max_length=200)] = ""
    catalog_files: tuple[str, ...] = ()
    """Files of a user's own tasks and encoders (``--catalog FILE``), as absolute paths."""

    @field_validator("intermediates")
    @classmethod
    def _with_baseline(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys((NO_INTERMEDIATE, *names)))

    @field_validator("encoders", "targets", "languages", "seeds")
    @classmethod
    def _without_doubles(cls, names: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(dict.fromkeys(names))

    @model_validator(mode="after")
    def _has_something_to_do(self) -> Self:
        if not self.targets and self.settings.pretraining is None:
            raise ValueError(
                "Expected at least one target task; none was named. Name one under targets "
                "(--target), or give pretraining settings, which need none."
            )
        return self

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Self:
        """The checked request.

        Raises:
            UnknownName: a field that does not exist.
            UsageError: a value that cannot be; the sentence names the field.
        """
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            raise _as_usage_error(error) from error

    def plain(self) -> dict[str, Any]:
        """The request as plain values, as in plan.json and in a YAML plan file.

        Settings that nobody asked for are left out: what they are may depend on the task (see
        ``recipes``), and a request that is read again must still leave it to the task.
        """
        settings = self.settings.model_dump(mode="json", exclude_unset=True)
        return {**self.model_dump(mode="json"), "settings": settings}


def read_plan_file(path: Path) -> dict[str, Any]:
    """The values of a YAML plan file or preset.

    Raises:
        UsageError: the file is missing, not YAML, or holds no mapping.
    """
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"Expected a readable plan file; {path} cannot be read.") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise UsageError(f"Expected YAML in {path}; it is broken{place}.") from error
    if not isinstance(values, dict):
        raise UsageError(
            f"Expected names and values in {path}, such as 'targets: [mini-xnli]'; got "
            f"{type(values).__name__}."
        )
    return values


def preset(name: str) -> dict[str, Any]:
    """The values of a preset in data/presets.

    Raises:
        UnknownName: no such preset.
    """
    path = PRESETS / f"{name}.yaml"
    known = [file.stem for file in PRESETS.glob("*.yaml")]
    if name not in known:
        raise UnknownName("preset", name, known)
    return read_plan_file(path)


def with_setting(values: dict[str, Any], assignment: str) -> dict[str, Any]:
    """The values with one ``key=value`` of ``--set`` in them, such as target.steps=500.

    Raises:
        UsageError: not of the form key=value.
        UnknownName: a key that no setting has.
    """
    key, separator, text = assignment.partition("=")
    if not separator:
        raise UsageError(f"Expected --set key=value, such as target.steps=500; got {assignment!r}.")
    known = [
        f"{group}.{name}"
        for group, part in Settings.model_fields.items()
        for name in _model(part.annotation).model_fields
    ]
    own = _OF_ONE_TARGET.fullmatch(key)
    if (f"target.{own['name']}" if own else key) not in known:
        raise UnknownName("setting", key, known)
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UsageError(f"Expected a value behind --set {key}=; got {text!r}.") from error
    path = ("target", "by_task", own["task"], own["name"]) if own else tuple(key.split("."))
    return _placed(values, ("settings", *path), value)


def _placed(values: Any, path: Sequence[str], value: Any, above: str = "") -> Any:
    """Nested mappings with one value set, which stays a plain one at the end of the path."""
    if not path:
        return value
    inside, name = _mapping(above, values), path[0]
    place = f"{above}.{name}" if above else name
    return {**inside, name: _placed(inside.get(name), path[1:], value, place)}


def flat(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of a request by dotted name: target.steps, target.by_task.mini-pawsx.steps."""
    return {
        f"{part}.{name}": value
        for part, values in settings.items()
        if isinstance(values, Mapping)
        for name, value in _with_own(values).items()
    }


def _with_own(values: Mapping[str, Any]) -> dict[str, Any]:
    by_task = values.get("by_task") or {}
    own = {
        f"by_task.{task}.{name}": value
        for task, mine in by_task.items()
        for name, value in mine.items()
    }
    return {name: value for name, value in values.items() if name != "by_task"} | own


def still_known(values: Mapping[str, Any]) -> dict[str, Any]:
    """A request of an older Xfer without the names that have gone since."""
    settings = values.get("settings")
    kept = {
        group: {name: value for name, value in part.items() if name in _fields(group)}
        for group, part in (settings if isinstance(settings, dict) else {}).items()
        if group in Settings.model_fields and isinstance(part, dict)
    }
    known = {name: value for name, value in values.items() if name in Spec.model_fields}
    return {**known, "settings": kept}


def _fields(group: str) -> Any:
    return _model(Settings.model_fields[group].annotation).model_fields


def _model(annotation: Any) -> Any:
    """The model of a field, also where it may be None, and that of a mapping's values."""
    return next((one for one in get_args(annotation) if hasattr(one, "model_fields")), annotation)


def _mapping(name: str, value: Any) -> dict[str, Any]:
    """A part of a plan file that holds further names; empty where nothing was given."""
    if value is not None and not isinstance(value, dict):
        raise UsageError(f"Expected names and values under {name!r}; got {str(value)[:80]!r}.")
    return value or {}


def _as_usage_error(error: ValidationError) -> UsageError:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        *parents, name = first["loc"]
        model: Any = Spec
        for parent in parents:
            # The name of a task leads from "by_task" to the settings that it has.
            inside = getattr(model, "model_fields", {}).get(parent)
            model = _model(inside.annotation) if inside else model
        return UnknownName("setting", str(name), model.model_fields)
    if first["type"] == "missing":
        return UsageError(f"Expected a value for {place!r}; none was given.")
    said = first["msg"].removeprefix("Value error, ")
    if not place:
        return UsageError(said)
    got = str(first["input"])[:80]
    return UsageError(f"Setting {place!r}: {said}; got {got!r}.")

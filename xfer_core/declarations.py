"""What a user's YAML file says of a task, an encoder or a language: checked, then made one.

Data only: nothing that stands in such a file is run. All values come as text, so that the language
``no`` is not False and a label ``0`` is not a number.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from xfer_core import model_folder
from xfer_core.domain.encoder import Encoder, Family, Origin
from xfer_core.domain.errors import UnknownName, UsageError
from xfer_core.domain.language import LANGUAGES, MEANS, REFERENCE_LANGUAGE, Language
from xfer_core.domain.run import NO_INTERMEDIATE
from xfer_core.domain.task import Task, TaskKind
from xfer_core.model_config import CONFIG
from xfer_core.sources.chain import Chain
from xfer_core.sources.declared_rows import ID, OPTIONAL, ROLES, TEXT, TEXT_PAIR, DeclaredRow
from xfer_core.sources.files import Files
from xfer_core.sources.hub import Hub, Split
from xfer_core.sources.named_files import ENDINGS, Declared, NamedFiles
from xfer_core.sources.place import Place

USER = "user"
"""The catalogue of what does not name another one."""
SHIPPED = ("mini", "paper")
"""Catalogues that the program itself declares; nobody else's tasks join them."""
MOST_BYTES = 2**20
METRICS: dict[TaskKind, tuple[str, ...]] = {
    TaskKind.CLASSIFICATION: ("accuracy", "macro_f1"),
    TaskKind.TAGGING: ("f1", "token_accuracy"),
    TaskKind.MULTIPLE_CHOICE: ("accuracy",),
    TaskKind.SPAN: (
        *("squad_f1", "squad_exact_match", "squad2_f1", "squad2_exact_match"),
        *("mlqa_f1", "mlqa_exact_match", "span_f1"),
    ),
    TaskKind.RETRIEVAL: ("accuracy",),
    TaskKind.MINING: ("mining_f1",),
}
"""Metrics that can score a kind; the first one is taken if none is named."""

_STRICT = ConfigDict(extra="forbid", frozen=True)
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}\+?$")]
CatalogName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
Code = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
SplitName = Literal["train", "dev", "test"]
Model = TypeVar("Model", bound=BaseModel)


class LanguageDeclaration(BaseModel):
    """A language that Xfer does not know yet."""

    model_config = _STRICT

    code: Code
    name: Annotated[str, Field(min_length=1, max_length=80)]
    script: Annotated[str, Field(min_length=1, max_length=80)]
    family: Annotated[str, Field(min_length=1, max_length=80)]
    direction: Literal["ltr", "rtl"] = "ltr"

    def declared(self) -> Language:
        """The language.

        Raises:
            UsageError: the code is taken by another one.
        """
        made = Language(self.code, self.name, self.script, self.family, self.direction)
        known = LANGUAGES.get(self.code)
        if self.code in MEANS or (known and known != made):
            taken = f"the language {known.name}" if known else "a mean over languages"
            raise UsageError(
                f"Expected a new language code; {self.code!r} stands for {taken}. Name the code "
                "alone, or choose another one."
            )
        return made


class HubDeclaration(BaseModel):
    """Where a task's rows lie on the Hugging Face hub."""

    model_config = _STRICT

    repo: Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}$")]
    revision: Annotated[str, Field(min_length=1, max_length=200)]
    config: str | dict[str, str] = "default"
    """Configuration; ``{language}`` in it stands for the code, a mapping gives each language's."""
    splits: dict[SplitName, str] = {"train": "train", "dev": "validation", "test": "test"}

    def parts(self, split: str, language: str) -> tuple[Split, ...]:
        """What a split is made of; () where there is none."""
        named = self.config if isinstance(self.config, str) else self.config.get(language)
        if named is None or split not in self.splits:
            return ()
        config = named.replace("{language}", language)
        return (Split(self.repo, config, self.splits[split], self.revision),)


class TaskDeclaration(BaseModel):
    """A user's own task."""

    model_config = _STRICT

    name: Name
    kind: TaskKind
    licence: Annotated[str, Field(min_length=1)]
    languages: Annotated[list[Code | LanguageDeclaration], Field(min_length=1)]
    title: str = ""
    catalog: CatalogName = USER
    files: Mapping[SplitName, str | Mapping[str, str]] = {}
    hub: HubDeclaration | None = None
    columns: dict[str, str | list[str]] = {}
    labels: list[str] | dict[str, str] = []
    drop_unlabelled: bool = False
    train_languages: list[Code] | None = None
    metric: str = ""
    more_metrics: list[str] = []
    train_examples: Annotated[int, Field(ge=0)] = 0
    steps: Annotated[int, Field(ge=1, le=1_000_000)] = 100
    training: dict[str, Any] = {}
    no_answer: bool = False
    head: str = ""
    same_data_as: list[str] = []
    reference: str = ""
    note: str = ""

    @field_validator("name")
    @classmethod
    def _is_free(cls, name: str) -> str:
        if name == NO_INTERMEDIATE:
            raise ValueError(f"{NO_INTERMEDIATE!r} is the name of the baseline")
        return name

    @field_validator("catalog")
    @classmethod
    def _is_own(cls, name: str) -> str:
        return own_catalog(name)

    @field_validator("files")
    @classmethod
    def _are_files(cls, files: Mapping[str, Any]) -> Mapping[str, Any]:
        for path in (p for one in files.values() for p in _paths(one)):
            if not path.lower().endswith(tuple(f".{ending}" for ending in ENDINGS)):
                raise ValueError(f"a file ends in {', '.join(ENDINGS)}; {path[:80]!r} does not")
            if "\0" in path or "://" in path:
                raise ValueError(f"expected the path of a file; got {path[:80]!r}")
        return files

    @model_validator(mode="after")
    def _has_rows(self) -> Self:
        if not self.files and self.hub is None:
            raise ValueError(
                f"task {self.name!r} needs 'files' (a path for each split) or 'hub' (repo, "
                "revision)"
            )
        return self

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of its languages, in the order given."""
        return tuple(one if isinstance(one, str) else one.code for one in self.languages)

    @property
    def new_languages(self) -> list[Language]:
        """Languages that it declares itself.

        Raises:
            UsageError: a code that is taken.
        """
        return [one.declared() for one in self.languages if not isinstance(one, str)]

    def declared(self, folder: Path) -> Task:
        """The task; ``folder`` is where its paths start.

        Raises:
            UnknownName: a role, metric or language that does not exist.
            UsageError: labels or columns that do not suit the kind.
        """
        self._check()
        told = self.labels.values() if isinstance(self.labels, dict) else self.labels
        labels = tuple(dict.fromkeys(told))
        metrics = METRICS[self.kind]
        columns = [TEXT, TEXT_PAIR][: 1 + (TEXT_PAIR in self.columns)]
        return Task(
            name=self.name,
            title=self.title or self.name,
            kind=self.kind,
            catalog=self.catalog,
            source=self._source(folder, labels),
            languages=self.codes,
            metric=self.metric or metrics[0],
            more_metrics=tuple(self.more_metrics),
            columns=tuple(columns) if self.kind is TaskKind.CLASSIFICATION else (),
            labels=labels,
            train_examples=self.train_examples,
            steps=self.steps,
            licence=self.licence,
            reference=self.reference,
            note=self.note,
            no_answer=self.no_answer,
            head=self.head,
            same_data_as=tuple(self.same_data_as),
            training={name: _number(value) for name, value in self.training.items()},
        )

    def _check(self) -> None:
        for code in self.codes:
            if code not in LANGUAGES:
                raise UsageError(
                    f"Unknown language {code!r} of task {self.name!r}: declare it there as {{code: "
                    f"{code}, name: ..., script: ..., family: ...}}."
                )
        for code in self.train_languages or ():
            if code not in self.codes:
                raise UsageError(
                    f"Expected train_languages out of the languages of {self.name!r}; got {code!r}."
                )
        roles = (*ROLES[self.kind], *OPTIONAL.get(self.kind, ()), ID)
        for role, named in self.columns.items():
            if role not in roles:
                raise UnknownName(f"role of a column of {self.name}:", role, roles)
            if isinstance(named, list) and role != "choices":
                raise UsageError(f"Expected one column as {role!r} of {self.name!r}; got several.")
        for metric in (self.metric, *self.more_metrics):
            if metric and metric not in METRICS[self.kind]:
                raise UnknownName(f"metric of a {self.kind} task:", metric, METRICS[self.kind])

    def _source(self, folder: Path, labels: tuple[str, ...]) -> Chain:
        columns = {k: v if isinstance(v, str) else tuple(v) for k, v in self.columns.items()}
        names = self.labels if isinstance(self.labels, dict) else None
        row = DeclaredRow(self.kind, columns, labels, names, self.no_answer, self.drop_unlabelled)
        places: list[Place] = []
        if self.files:
            places.append(
                NamedFiles(self.name, folder, {str(k): v for k, v in self.files.items()}, row)
            )
        if self.hub is not None:
            places += [Files(self.name, row), Hub(self.hub.parts, row)]
        plain = self.model_dump(
            mode="json", include={"kind", "columns", "labels", "no_answer", "drop_unlabelled"}
        )
        mark = hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()
        return Chain(self.name, tuple(Declared(one, mark) for one in places), self._learned())

    def _learned(self) -> tuple[str, ...]:
        """Languages with training rows: named ones, those with a file each, else English."""
        if self.train_languages is not None:
            return tuple(self.train_languages)
        files = self.files.get("train")
        if isinstance(files, Mapping):
            return tuple(code for code in self.codes if code in files)
        if files is None and (self.hub is None or "train" not in self.hub.splits):
            return ()
        return (REFERENCE_LANGUAGE,) if REFERENCE_LANGUAGE in self.codes else self.codes


class EncoderDeclaration(BaseModel):
    """A user's own encoder, or a causal model."""

    model_config = _STRICT

    name: Name
    hub: str = ""
    folder: str = ""
    revision: str = ""
    family: Family | None = None
    title: str = ""
    catalog: CatalogName = USER
    licence: str = "unknown"
    retrieval_layer: Annotated[int, Field(ge=0, le=1000)] | None = None
    parameters: Annotated[int, Field(ge=0)] = 0
    layers: Annotated[int, Field(ge=0, le=1000)] = 0
    hidden_size: Annotated[int, Field(ge=0, le=100_000)] = 0

    @field_validator("catalog")
    @classmethod
    def _is_own(cls, name: str) -> str:
        return own_catalog(name)

    @model_validator(mode="after")
    def _is_somewhere(self) -> Self:
        if bool(self.hub) == bool(self.folder):
            raise ValueError(f"encoder {self.name!r} needs 'folder' or 'hub', one of the two")
        if self.hub and not self.revision:
            raise ValueError(
                f"encoder {self.name!r} needs a 'revision' beside 'hub': the commit that its "
                "weights are taken from"
            )
        return self

    def declared(self, folder: Path) -> Encoder:
        """The encoder, with the sizes that its own files say if they are here.

        Raises:
            UsageError: no id of a repository.
            CheckpointError: a configuration that is refused.
        """
        named = f"{self.hub}@{self.revision}" if self.hub else str(folder / self.folder)
        found = model_folder.named(named)
        if found is None:
            raise UsageError(f"Expected a hub id such as org/model; got {self.hub[:120]!r}.")
        place = model_folder.place(found)
        if (place / CONFIG).is_file():
            found = model_folder.described(found, place)
        return Encoder(
            name=self.name,
            title=self.title or self.name,
            catalog=self.catalog,
            path=found.path,
            revision=found.revision,
            parameters=found.parameters or self.parameters,
            layers=found.layers or self.layers,
            hidden_size=found.hidden_size or self.hidden_size,
            heads=found.heads,
            retrieval_layer=(
                found.retrieval_layer if self.retrieval_layer is None else self.retrieval_layer
            ),
            licence=self.licence,
            origin=Origin.HUB if self.hub else Origin.FOLDER,
            family=self.family or found.family,
        )


def own_catalog(name: str) -> str:
    """The name itself, if it may be a user's catalogue.

    Raises:
        ValueError: it is a shipped one.
    """
    if name in SHIPPED:
        raise ValueError(f"{name!r} is Xfer's own catalogue; leave it out, or name another one")
    return name


def read(file: Path, text: str) -> list[TaskDeclaration | EncoderDeclaration | LanguageDeclaration]:
    """What a YAML file declares: one task, one encoder, or lists of both and of languages.

    Raises:
        UnknownName: a field that does not exist.
        UsageError: not YAML, or a value that cannot be; the sentence names file and field.
    """
    values = _values(file, text)
    if "kind" in values:
        return [_checked(TaskDeclaration, values, file)]
    if "hub" in values or "folder" in values:
        return [_checked(EncoderDeclaration, values, file)]
    models: dict[str, type[BaseModel]] = {
        "languages": LanguageDeclaration,
        "tasks": TaskDeclaration,
        "encoders": EncoderDeclaration,
    }
    for name in values:
        if name not in models:
            known = (*models, *TaskDeclaration.model_fields, *EncoderDeclaration.model_fields)
            raise UnknownName(f"field in {file}:", str(name), dict.fromkeys(known))
    found: list[Any] = []
    for name, model in models.items():
        entries = values.get(name) or []
        if not isinstance(entries, list):
            raise UsageError(f"Expected a list under {name!r} in {file}; got {entries!r:.80}.")
        found += [_checked(model, one, file) for one in entries]
    return found


def _values(file: Path, text: str) -> dict[str, Any]:
    try:
        values = _Text(text).get_single_data()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        said = getattr(error, "problem", "") or ""
        raise UsageError(f"Expected YAML in {file}; it is broken{place} ({said}).") from error
    except RecursionError as error:
        raise UsageError(
            f"Expected a plain declaration in {file}; it is nested too deep."
        ) from error
    if not isinstance(values, dict):
        raise UsageError(
            f"Expected names and values in {file}, such as 'name: my-task'; got "
            f"{type(values).__name__}."
        )
    return values


class _Text(yaml.BaseLoader):
    """Text, lists and mappings alone. Aliases are refused: a few lines of them fill the memory."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()
            raise yaml.composer.ComposerError(None, None, "aliases are refused", event.start_mark)
        return super().compose_node(parent, index)


def _checked(model: type[Model], values: Any, file: Path) -> Model:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _as_usage_error(error, model, file) from error


def _as_usage_error(error: ValidationError, model: type[BaseModel], file: Path) -> UsageError:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden" and len(first["loc"]) == 1:
        return UnknownName(f"field in {file}:", place, model.model_fields)
    if first["type"] == "missing":
        return UsageError(f"Expected {place!r} in {file}; it is not there. Add it.{_hint(place)}")
    said = first["msg"].removeprefix("Value error, ")
    if not place:
        return UsageError(f"Expected another declaration in {file}: {said}.")
    return UsageError(f"Field {place!r} in {file}: {said}; got {str(first['input'])[:80]!r}.")


def _hint(field: str) -> str:
    hints = {
        "licence": " Such as 'licence: cc-by-4.0', or 'licence: own data'.",
        "hub.revision": " It is the commit that the rows are taken from.",
        "kind": f" It is one of {', '.join(TaskKind)}.",
    }
    return hints.get(field, "")


def _paths(one: str | Mapping[str, str]) -> list[str]:
    return [one] if isinstance(one, str) else list(one.values())


def _number(value: Any) -> Any:
    """A setting's value: text that is a number becomes one, for settings are compared."""
    if not isinstance(value, str):
        return value
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return value

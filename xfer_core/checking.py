"""Refuses a request before anything is written: names, what fits together, what is here."""

from __future__ import annotations

from xfer_core import catalog, user_catalog
from xfer_core.domain.encoder import Encoder, Family
from xfer_core.domain.errors import DataError, UnknownName, UsageError
from xfer_core.domain.intermediate import Intermediate
from xfer_core.domain.run import NO_INTERMEDIATE
from xfer_core.domain.serving import encoder_of
from xfer_core.domain.task import Task, TaskKind
from xfer_core.presence import Presence, absent, few_shot_languages
from xfer_core.regimes import resolved
from xfer_core.specification import IntermediateSettings, Spec


def check(spec: Spec) -> None:
    """Refuse what cannot run, before anything is written.

    Raises:
        UnknownName: a task, encoder, language or catalogue that is not declared.
        UsageError: names of another catalogue, an intermediate task that cannot be trained, or a
            causal model that is asked for more than multiple choice.
        DataError: training rows or a model that are not on this machine.
    """
    check_names(spec)
    told = absent(spec, Presence()).sentences()
    if told:
        raise DataError(" ".join(told))


def check_names(spec: Spec) -> None:
    """Refuse names that are not declared or do not go together; opens no data.

    Raises:
        UnknownName: a task, encoder, language or catalogue that is not declared.
        UsageError: names of another catalogue, an intermediate task that cannot be trained, or a
            causal model that is asked for more than multiple choice.
    """
    user_catalog.use(*spec.catalog_files)
    known = {*catalog.catalogs(), *user_catalog.catalogs()}
    if spec.catalog not in known:
        raise UnknownName("catalogue", spec.catalog, known)
    for code in spec.languages:
        catalog.language(code)
    _go_together(spec)
    for encoder in map(catalog.encoder, spec.encoders):
        _can_continue(spec, encoder)
        _is_only_measured(spec, encoder)
    for name in spec.intermediates:
        _can_be_learned(spec, name)
    for target in map(catalog.task, spec.targets):
        _speaks_target(spec, target)
    for task in map(catalog.task, spec.settings.target.by_task):
        _has_settings(task)


def _can_be_learned(spec: Spec, name: str) -> None:
    before, settings = resolved(name, spec.settings.intermediate)
    for task in map(catalog.task, before.tasks):
        _can_be_trained(task)
        _speaks(task, settings.languages, "intermediate.languages")
    _weighs(before, settings)


def _speaks_target(spec: Spec, target: Task) -> None:
    if target.trained and not all(map(_is_causal, spec.encoders)):
        training = spec.settings.target.of(target.name)
        few = few_shot_languages(target, training) if training.few_shot else ()
        _speaks(target, training.languages, "target.languages")
        _speaks(target, few, "target.few_shot_languages")


def _is_causal(encoder: str) -> bool:
    return catalog.encoder(encoder).family is Family.CAUSAL


def _can_be_trained(task: Task) -> None:
    if not task.trained:
        raise UsageError(
            f"Expected an intermediate task that can be trained; {task.name!r} is a {task.kind} "
            "task, which has no training. Name it under --target."
        )


def _has_settings(task: Task) -> None:
    if not task.trained:
        raise UsageError(
            f"Expected targets that are trained under target.by_task; {task.name!r} is a "
            f"{task.kind} task, which has no training. Leave it out there."
        )


def _speaks(task: Task, languages: tuple[str, ...], setting: str) -> None:
    missing = [code for code in languages if code not in task.source.train_languages]
    if missing:
        known = ", ".join(task.source.train_languages)
        there = f"there is some in {known}. Name those." if known else "there is none at all."
        raise UsageError(
            f"Expected training data of {task.name} in {', '.join(missing)} ({setting}); {there}"
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
    if not continued:
        return
    older = catalog.encoder(continued)
    if _width(older) != _width(encoder) or older.layers > encoder.layers:
        raise UsageError(
            f"Expected pretraining to go on with weights that fit into {encoder.name!r}; "
            f"{continued!r} is of another width or vocabulary, or deeper. Name another encoder "
            "under pretraining.continues."
        )


def _width(encoder: Encoder) -> tuple[object, ...]:
    return encoder.hidden_size, encoder.heads, encoder.tokenizer


def _is_only_measured(spec: Spec, encoder: Encoder) -> None:
    """A causal model answers by likelihood: nothing is trained, and the options are given."""
    if encoder.family is not Family.CAUSAL:
        return
    trained = [name for name in spec.intermediates if name != NO_INTERMEDIATE]
    if trained:
        raise UsageError(
            f"Expected --intermediate none for the causal model {encoder.name}, which is not "
            f"trained; got {trained[0]!r}. Plan it by itself, without intermediate tasks."
        )
    for target in map(catalog.task, spec.targets):
        if target.kind is not TaskKind.MULTIPLE_CHOICE:
            raise UsageError(
                f"Expected multiple-choice targets for the causal model {encoder.name}; "
                f"{target.name!r} is a {target.kind} task. Plan it by itself, with targets such "
                "as mmlu."
            )


def _go_together(spec: Spec) -> None:
    """One shipped catalogue a plan; what is the user's own goes with any of them."""
    shipped = spec.catalog if spec.catalog in user_catalog.SHIPPED else None
    for name, found in _catalogs(spec):
        if found == spec.catalog or found not in user_catalog.SHIPPED:
            continue
        if shipped is None:
            shipped = found
        if found != shipped:
            raise UsageError(
                f"Expected names of the catalogue {shipped!r}; {name!r} belongs to {found!r}. "
                f"Use --catalog {found}."
            )


def _catalogs(spec: Spec) -> list[tuple[str, str]]:
    """Every name of the request and its catalogue; a model by id or folder belongs to none."""
    declared = catalog.encoders()
    encoders = [(name, encoder_of(name)) for name in spec.encoders]
    names = [(name, declared[base].catalog) for name, base in encoders if base in declared]
    for name in spec.encoders:
        catalog.encoder(name)  # refuses what is neither declared nor an id nor a folder
    befores = (resolved(name, spec.settings.intermediate)[0] for name in spec.intermediates)
    tasks = [*spec.targets, *(name for before in befores for name in before.tasks)]
    return [*names, *((name, catalog.task(name).catalog) for name in tasks)]

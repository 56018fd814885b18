"""Spec options, the same for every command that plans, runs or previews."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from xfer_core import catalog as catalogue
from xfer_core import spool, user_catalog
from xfer_core.declarations import SHIPPED, USER
from xfer_core.domain.errors import UsageError
from xfer_core.domain.intermediate import parse
from xfer_core.domain.run import NO_INTERMEDIATE
from xfer_core.home import Home
from xfer_core.specification import Spec, preset, read_plan_file, with_setting

Preset = Annotated[str | None, typer.Option("--preset", help="A preset, such as demo.")]
PlanFile = Annotated[Path | None, typer.Option("--file", help="A YAML plan file.")]
Catalog = Annotated[
    str | None,
    typer.Option("--catalog", help="mini, paper, or a YAML file of your own tasks and encoders."),
]
Encoders = Annotated[str | None, typer.Option("--encoder", help="Encoders, comma-separated.")]
Intermediates = Annotated[
    str | None, typer.Option("--intermediate", help="Intermediate tasks, comma-separated, or none.")
]
Targets = Annotated[str | None, typer.Option("--target", help="Target tasks, comma-separated.")]
Languages = Annotated[
    str | None, typer.Option("--languages", help="Language codes, comma-separated (default: all).")
]
Seeds = Annotated[str | None, typer.Option("--seeds", help="Seeds, comma-separated.")]
Assignments = Annotated[
    list[str] | None, typer.Option("--set", help="A setting, such as target.steps=500.")
]
USUAL_ENCODERS = {"paper": "xlm-roberta-base"}
"""Encoder of a request that names none; the mini catalogue's is the specification's own."""


def spec_of(
    preset_name: str | None,
    file: Path | None,
    catalog: str | None,
    encoders: str | None,
    intermediates: str | None,
    targets: str | None,
    languages: str | None,
    seeds: str | None,
    assignments: list[str] | None,
) -> Spec:
    """The request of the options; options overrule the preset or plan file.

    Raises:
        UsageError: something is missing or wrong; nothing was written.
    """
    if preset_name and file:
        raise UsageError("Expected either --preset or --file; got both.")
    values: dict[str, Any] = preset(preset_name) if preset_name else {}
    values = read_plan_file(file) if file else values
    lists = {
        "encoders": encoders,
        "intermediates": intermediates,
        "targets": targets,
        "languages": languages,
    }
    values |= {name: _split(text) for name, text in lists.items() if text is not None}
    if catalog is not None:
        values |= _catalog(catalog, values)
    if seeds is not None:
        values["seeds"] = [_seed(text) for text in _split(seeds)]
    usual = USUAL_ENCODERS.get(values.get("catalog", ""))
    if usual and "encoders" not in values:
        values["encoders"] = [usual]
    for assignment in assignments or []:
        values = with_setting(values, assignment)
    return Spec.parse(_with_own_files(values))


def use_files_of(home: Home, run_id: str) -> None:
    """Read the catalogue files that a run was asked with, before anything looks at its names.

    Raises:
        UsageError: a file that is no longer there, or is refused.
    """
    plan = spool.read_json(home.run(run_id) / spool.PLAN) or {}
    spec = plan.get("spec")
    files = spec.get("catalog_files") if isinstance(spec, dict) else None
    user_catalog.use(*(files or ()))


def _catalog(given: str, values: dict[str, Any]) -> dict[str, Any]:
    """Catalogue and files that ``--catalog`` means: a name, or a file with declarations.

    A plan with a file is of the shipped catalogue whose names it uses, else of the file's own.
    Encoders and targets that nobody named are those of the file.
    """
    file = Path(given).expanduser()
    if not (file.suffix or os.sep in given or file.is_file()):
        return {"catalog": given}
    if not file.is_file():
        raise UsageError(
            f"Expected a catalogue (mini, paper) or a file with declarations; there is no {given}."
        )
    user_catalog.use(file)
    tasks, encoders = user_catalog.names_in(file)
    found: dict[str, Any] = {"catalog_files": [str(file.absolute())]}
    if "encoders" not in values and encoders:
        found["encoders"] = [encoder.name for encoder in encoders]
    if "targets" not in values:
        found["targets"] = [task.name for task in tasks]
    if "intermediates" not in values:
        found["intermediates"] = [NO_INTERMEDIATE]
    own = [*(one.catalog for one in tasks), *(one.catalog for one in encoders), USER]
    return {**found, "catalog": _shipped_among({**values, **found}) or own[0]}


def _with_own_files(values: dict[str, Any]) -> dict[str, Any]:
    """The request with the files that its own names are from: it holds in any folder then."""
    files = [str(file) for file in user_catalog.files_of(_names(values))]
    if not files:
        return values
    return {
        **values,
        "catalog_files": list(dict.fromkeys([*_texts(values, "catalog_files"), *files])),
    }


def _shipped_among(values: dict[str, Any]) -> str:
    """The first shipped catalogue that a name of the request belongs to; "" if none does."""
    tasks, encoders = catalogue.tasks(), catalogue.encoders()
    named = (tasks.get(name) or encoders.get(name) for name in _names(values))
    return next((one.catalog for one in named if one and one.catalog in SHIPPED), "")


def _names(values: dict[str, Any]) -> list[str]:
    """Tasks and encoders that a request names."""
    before = (parse(name).tasks for name in _texts(values, "intermediates"))
    return [
        *_texts(values, "targets"),
        *(name for names in before for name in names),
        *_texts(values, "encoders"),
    ]


def _texts(values: dict[str, Any], name: str) -> list[str]:
    """A list of the request; what is none is refused later, with its name."""
    found = values.get(name)
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _seed(text: str) -> int:
    if not text.isdigit():
        raise UsageError(f"Expected seeds as whole numbers, such as --seeds 1,2,3; got {text!r}.")
    return int(text)

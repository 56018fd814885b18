"""Spec options, the same for every command that plans, runs or previews."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from xfer_core.domain.errors import UsageError
from xfer_core.specification import Spec, preset, read_plan_file, with_setting

Preset = Annotated[str | None, typer.Option("--preset", help="A preset, such as demo.")]
PlanFile = Annotated[Path | None, typer.Option("--file", help="A YAML plan file.")]
Catalog = Annotated[str | None, typer.Option("--catalog", help="Catalogue, such as mini.")]
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
        values["catalog"] = catalog
    if seeds is not None:
        values["seeds"] = [_seed(text) for text in _split(seeds)]
    for assignment in assignments or []:
        values = with_setting(values, assignment)
    return Spec.parse(values)


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _seed(text: str) -> int:
    if not text.isdigit():
        raise UsageError(f"Expected seeds as whole numbers, such as --seeds 1,2,3; got {text!r}.")
    return int(text)

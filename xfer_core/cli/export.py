"""xfer export: slides, tables and model cards; or predictions as evaluate.py of XTREME reads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xfer_core.cli import export_slides
from xfer_core.cli.output import HomeOption, JsonOption, console, home_of, print_json
from xfer_core.domain.errors import UsageError
from xfer_core.exchange.xtreme_export import Chosen, Report
from xfer_core.exchange.xtreme_export import export as export_xtreme
from xfer_core.home import Home

XTREME = "xtreme"
FORMS = (*export_slides.FORMS, XTREME)


def export(
    form: Annotated[str, typer.Argument(metavar="|".join(FORMS), help="What to write.")],
    runs: Annotated[
        list[str] | None, typer.Argument(metavar="[RUN...]", help="xtreme: ids of finished runs.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A new file; xtreme: a new folder.")
    ] = None,
    deck: Annotated[str | None, typer.Option(help="A deck of the dashboard: id or title.")] = None,
    encoder: Annotated[str | None, typer.Option(help="Only this one.")] = None,
    intermediate: Annotated[str | None, typer.Option(help="Only this one.")] = None,
    target: Annotated[str | None, typer.Option(help="Tables and cards: only this one.")] = None,
    seed: Annotated[int | None, typer.Option(help="xtreme: only this one.")] = None,
    scale: Annotated[int, typer.Option(help="png: 2 or 4 times 960 x 540 pixels.")] = 2,
    dark: Annotated[bool, typer.Option("--dark", help="Dark colours (png, svg, html).")] = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Write a deck, the gains, a model card, or predictions in XTREME's layout; no network."""
    if form == XTREME:
        _xtreme(home_of(home), runs or [], output, Chosen(encoder, intermediate, seed), json)
        return
    if form not in FORMS or runs:
        raise UsageError(
            f"Expected 'xfer export {'|'.join(export_slides.FORMS)} [--deck ID]' or 'xfer export "
            f"xtreme RUN... -o DIR'; got {' '.join([form, *(runs or [])])!r}."
        )
    wanted = export_slides.Wanted(form, output, deck, encoder, intermediate, target, scale, dark)
    paths = export_slides.write(home_of(home), wanted)
    if json:
        print_json({"form": form, "files": [str(path) for path in paths]})
        return
    for path in paths:
        console.print(f"Written: {path}", highlight=False, markup=False, soft_wrap=True)


def _xtreme(home: Home, runs: list[str], output: Path | None, chosen: Chosen, json: bool) -> None:
    if not runs or output is None:
        raise UsageError("Expected 'xfer export xtreme RUN... -o DIR'; name a run and a folder.")
    report = export_xtreme(home, runs, output, chosen)
    if json:
        print_json({**vars(report), "folder": str(output), "complete": report.is_complete})
        return
    files = sum(map(len, report.written.values()))
    said = [f"{files} files of {len(report.written)} tasks written to {output}."]
    for line in said + _missing(report):
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def _missing(report: Report) -> list[str]:
    """What is not there, a sentence per task."""
    found = []
    for name, reasons in report.missing.items():
        codes = ", ".join(reasons)
        why = next(iter(reasons.values()))
        if name in report.written:
            stops = "; evaluate.py stops at a missing language, so remove the task or add them"
            found.append(f"{name} lacks {codes}: {why.rstrip('.')}{stops}.")
        else:
            found.append(f"{name} is not there: {why}")
    if found:
        found.append("XTREME's overall score needs every language of all nine tasks.")
    return found

"""xfer export xtreme: predictions of runs as a folder that XTREME's evaluate.py reads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xfer_core.cli.output import HomeOption, JsonOption, console, home_of, print_json
from xfer_core.domain.errors import UsageError
from xfer_core.exchange.xtreme_export import Chosen, Report
from xfer_core.exchange.xtreme_export import export as export_xtreme

FORMS = ("xtreme",)


def export(
    form: Annotated[str, typer.Argument(metavar="xtreme", help="Which layout.")],
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="Ids of finished runs.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="A new or empty folder.")],
    encoder: Annotated[str | None, typer.Option(help="Only this one.")] = None,
    intermediate: Annotated[str | None, typer.Option(help="Only this one.")] = None,
    seed: Annotated[int | None, typer.Option(help="Only this one.")] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Write the predictions of one model on XTREME's test sets, in XTREME's layout."""
    if form not in FORMS:
        raise UsageError(f"Expected 'xfer export {'|'.join(FORMS)} RUN... -o DIR'; got {form!r}.")
    report = export_xtreme(home_of(home), runs, output, Chosen(encoder, intermediate, seed))
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

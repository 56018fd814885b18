"""xfer bench: the performance suite."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xfer_core.bench import record, registry, report, suite
from xfer_core.cli.output import JsonOption, console, print_json, print_table
from xfer_core.domain.errors import StageFailed


def bench(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="Figures, such as P2 P5 (default: all but DASHBOARD, LEVER and SCALE)."
        ),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="A few steps only: tries the suite out.")
    ] = False,
    write: Annotated[
        Path | None,
        typer.Option(
            "--write", help="Keep the figures in this Markdown file, with its other rows."
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """How fast Xfer is, as ratios against named baselines measured in the same run."""
    chosen = registry.chosen(names or [])
    older = record.load(record.beside(write)) if write else None

    def keep(so_far: suite.Report) -> None:
        if write is not None:
            whole = record.merged(older, so_far)
            record.save(record.beside(write), whole)
            write.write_text(report.document(whole), encoding="utf-8")

    with console.status("Starting") as status:
        found = suite.measure(chosen, quick, lambda text: status.update(f"Measuring {text}"), keep)
    if json:
        print_json(found.plain())
    else:
        rows = [report.row(one)[: report.SHORT] for one in found.results]
        print_table("", report.COLUMNS[: report.SHORT], rows)
        for one in found.results:
            against = f"{one.id} against {one.baseline}: {one.note}"
            console.print(against, highlight=False, markup=False)
    broken = [one.id for one in found.results if one.state == suite.FAILED]
    if broken:
        raise StageFailed(f"{', '.join(broken)} could not be measured; the notes say why.")

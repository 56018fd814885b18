"""xfer bench: the performance suite."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xfer_core.bench import registry, report, suite
from xfer_core.cli.output import JsonOption, console, print_json, print_table
from xfer_core.domain.errors import StageFailed


def bench(
    names: Annotated[
        list[str] | None, typer.Argument(help="Figures, such as P2 P5 (default: all).")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="A few steps only: tries the suite out.")
    ] = False,
    write: Annotated[
        Path | None, typer.Option("--write", help="Write the page to this Markdown file.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """How fast Xfer is, as ratios against named baselines measured in the same run."""
    chosen = registry.chosen(names or [])
    with console.status("Starting") as status:
        found = suite.measure(chosen, quick, lambda text: status.update(f"Measuring {text}"))
    if json:
        print_json(found.plain())
    else:
        rows = [report.row(one)[: report.SHORT] for one in found.results]
        print_table("", report.COLUMNS[: report.SHORT], rows)
        for one in found.results:
            against = f"{one.id} against {one.baseline}: {one.note}"
            console.print(against, highlight=False, markup=False)
    if write is not None:
        write.parent.mkdir(parents=True, exist_ok=True)
        write.write_text(report.document(found), encoding="utf-8")
    broken = [one.id for one in found.results if one.state == suite.FAILED]
    if broken:
        raise StageFailed(f"{', '.join(broken)} could not be measured; the notes say why.")

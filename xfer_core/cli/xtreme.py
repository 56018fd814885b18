"""xfer xtreme: the benchmark's own score of each model."""

from __future__ import annotations

import csv
import sys
from typing import Annotated, Any

import pandas as pd
import typer

from xfer_core.cli.output import (
    HomeOption,
    JsonOption,
    console,
    home_of,
    plain,
    print_json,
    print_table,
    records,
)
from xfer_core.domain import xtreme as rules
from xfer_core.domain.errors import UsageError
from xfer_core.exchange.formulas import safe
from xfer_core.store import Store
from xfer_core.views.xtreme import COLUMNS, MODEL
from xfer_core.views.xtreme import xtreme as xtreme_view

FORMATS = ("table", "csv", "json")
NAMES = (*rules.LANGUAGES, *rules.GROUPS, rules.OVERALL)

Name = Annotated[str | None, typer.Option(help="Only this one.")]


def xtreme(
    encoder: Name = None,
    intermediate: Name = None,
    source: Annotated[str | None, typer.Option(help="measured or imported.")] = None,
    format: Annotated[str, typer.Option("--format", help="table, csv or json.")] = "table",
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Scores by XTREME's rules: means over all languages, groups, and all nine tasks."""
    if format not in FORMATS:
        raise UsageError(f"Expected --format {', '.join(FORMATS)}; got {format!r}.")
    if source not in (None, "measured", "imported"):
        raise UsageError(f"Expected --source measured or imported; got {source!r}.")
    with Store.connect(home_of(home)) as store:
        table = xtreme_view(store, encoder=encoder, intermediate=intermediate, source=source)
    if json or format == "json":
        print_json(records(table))
    elif format == "csv":
        _print_csv(table)
    elif table.empty:
        console.print("No scores on XTREME's tasks yet; 'xfer run --preset paper' makes them.")
    else:
        _print_models(table)


def _print_models(table: pd.DataFrame) -> None:
    """One row per model; what is not whole is named below."""
    rows = []
    for model, found in table.groupby(MODEL, sort=False):
        by_name = {r["name"]: r for r in records(found)}
        label = [str(part) for part in model if part]
        rows.append([" ".join(label[-2:]), label[0], *(_cell(by_name.get(n)) for n in NAMES)])
    print_table(
        "XTREME's scores x 100, means over all languages of a task (English included)",
        ["model", "source", *NAMES],
        rows,
    )
    for r in records(table):
        if r["missing"]:
            lacks = f"{r['encoder']} {r['intermediate']}, {r['name']}: no seed has all languages; "
            _print(f"{lacks}missing {', '.join(r['missing'])}.")
    for note in dict.fromkeys(f"{r['name']}: {r['note']}" for r in records(table) if r["note"]):
        _print(note)


def _print(sentence: str) -> None:
    console.print(sentence, highlight=False, markup=False, soft_wrap=True)


def _cell(row: dict[str, Any] | None) -> str:
    if row is None or pd.isna(row["score"]):
        return "–"
    spread = "" if pd.isna(row["sd"]) else f" ±{100 * row['sd']:.1f}"
    return f"{100 * row['score']:.1f}{spread}"


def _print_csv(table: pd.DataFrame) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(COLUMNS)
    for row in records(table):
        values = [plain(row[column]) for column in COLUMNS]
        listed = [" ".join(map(str, v)) if isinstance(v, list) else v for v in values]
        writer.writerow([safe(value) for value in listed])

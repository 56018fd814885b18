"""xfer import: results made elsewhere, beside the measured ones and never among them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from xfer_core.cli.output import (
    HomeOption,
    JsonOption,
    console,
    home_of,
    print_json,
    print_table,
    records,
)
from xfer_core.domain.errors import DataError, UsageError
from xfer_core.domain.run import NO_INTERMEDIATE
from xfer_core.exchange import result, tables, xtreme_import
from xfer_core.exchange.result import Result
from xfer_core.home import Home
from xfer_core.store import Store
from xfer_core.views.imported import imported as imported_view


def import_results(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE|DIR...", help="CSV or Parquet, or XTREME's predictions."),
    ] = None,
    encoder: Annotated[str | None, typer.Option(help="Whose predictions a folder holds.")] = None,
    intermediate: Annotated[
        str | None, typer.Option(help="Task that was trained before; none if not given.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of the predictions.")] = None,
    source: Annotated[
        str | None, typer.Option(help="Where a folder's predictions are from.")
    ] = None,
    note: Annotated[str | None, typer.Option(help="What a reader must know.")] = None,
    columns: Annotated[bool, typer.Option("--columns", help="Show the columns of a file.")] = False,
    shown: Annotated[bool, typer.Option("--list", help="Show what was imported.")] = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Bring results made elsewhere: a table of scores, or predictions to score here."""
    if columns:
        _print_columns(json)
        return
    store = home_of(home)
    if shown:
        _print_imported(store, json)
        return
    if not paths:
        raise UsageError("Expected a CSV or Parquet file or a folder to import; none was named.")
    options = {"encoder": encoder, "intermediate": intermediate, "source": source, "note": note}
    reports = [_read(store, path, {**options, "seed": seed}) for path in paths]
    said = [_publish(store, path, *report) for path, report in zip(paths, reports, strict=True)]
    if json:
        print_json(said)
        return
    for one in said:
        _say(one)


Report = tuple[list[Result], dict[str, dict[str, str]]]
"""Results, and what was left out of a folder: task -> language -> why."""


def _read(home: Home, path: Path, options: dict[str, Any]) -> Report:
    """The results of a file or folder; all are read before any is kept."""
    if path.is_dir():
        scored = xtreme_import.read(home, path, _model(path, options))
        return scored.results, scored.left_out
    given = [f"--{name}" for name, value in options.items() if value is not None]
    if given:
        raise UsageError(
            f"Expected {', '.join(given)} with a folder of predictions only; {path} says it in its "
            "columns."
        )
    return tables.read(path), {}


def _model(path: Path, options: dict[str, Any]) -> xtreme_import.Model:
    if not options["encoder"]:
        raise UsageError(
            f"Expected --encoder NAME, the model whose predictions {path} holds; none was given."
        )
    try:
        return xtreme_import.Model(
            result.name(options["encoder"]),
            result.intermediate(options["intermediate"] or NO_INTERMEDIATE),
            options["seed"],
            result.text(options["source"] or ""),
            result.text(options["note"] or ""),
        )
    except DataError as error:
        raise UsageError(f"Options of the import: {error}.") from error


def _publish(
    home: Home, path: Path, results: list[Result], left_out: dict[str, dict[str, str]]
) -> dict[str, Any]:
    key, is_new = result.publish(home, results, {"file": path.name})
    return {
        "path": str(path),
        "import_id": key,
        "results": len(results),
        "new": is_new,
        "left_out": left_out,
    }


def _say(one: dict[str, Any]) -> None:
    done = "imported" if one["new"] else "found, all imported before; nothing changed"
    results = "1 result" if one["results"] == 1 else f"{one['results']} results"
    _print(f"{one['path']}: {results} {done}.")
    for name, reasons in one["left_out"].items():
        why = next(iter(reasons.values()))
        _print(f"{name} was not scored in {', '.join(reasons)}: {why}")


def _print(sentence: str) -> None:
    console.print(sentence, highlight=False, markup=False, soft_wrap=True)


def _print_columns(json: bool) -> None:
    rows = [
        {"column": name, "required": name in tables.REQUIRED, "holds": holds}
        for name, holds in tables.COLUMNS.items()
    ]
    if json:
        print_json(rows)
        return
    print_table(
        "Columns of a CSV or Parquet file, in any order",
        ["column", "", "holds"],
        [(r["column"], "required" if r["required"] else "", r["holds"]) for r in rows],
    )


def _print_imported(home: Home, json: bool) -> None:
    with Store.connect(home) as store:
        rows = records(imported_view(store))
    if json:
        print_json(rows)
        return
    if not rows:
        console.print("Nothing was imported; 'xfer import results.csv' brings results.")
        return
    print_table(
        "Imported scores x 100, and those measured here",
        ["encoder", "intermediate", "target", "language", "metric", "imported", "measured",
         "source"],
        [
            (
                r["encoder"], r["intermediate"], r["target"], r["language"], r["metric"],
                f"{100 * r['score']:.1f}", _points(r["measured"]), r["origin"],
            )
            for r in rows
        ],
    )  # fmt: skip


def _points(score: float | None) -> str:
    return "–" if score is None or score != score else f"{100 * score:.1f}"

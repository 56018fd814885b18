"""xfer gains: the measured numbers."""

from __future__ import annotations

import csv
import sys
from typing import Annotated, Any

import pandas as pd
import typer

from xfer_core import catalog
from xfer_core.charts import power_words
from xfer_core.cli.output import (
    HomeOption,
    JsonOption,
    console,
    home_of,
    plain,
    print_json,
    print_notes,
    print_table,
    records,
    signed,
)
from xfer_core.domain.errors import UsageError
from xfer_core.domain.intermediate import parse
from xfer_core.domain.language import MEANS, ZERO_SHOT
from xfer_core.domain.run import NO_INTERMEDIATE
from xfer_core.home import Home
from xfer_core.store import Store
from xfer_core.views.gains import gains as gains_view
from xfer_core.views.gains import marked
from xfer_core.views.power import FEWEST_SEEDS, WANTED, with_power
from xfer_core.views.selection import main_metric

GAIN_COLUMNS = (
    "catalog encoder intermediate target language metric score baseline gain_points sd_points "
    "n_seeds seeds ci_low ci_high p_value significant n_languages n_examples note"
).split()
POWER_COLUMNS = ("sees_points", "seeds_needed")
FORMATS = ("table", "csv", "json")

Name = Annotated[str | None, typer.Option(help="Only this one.")]


def gains(
    encoder: Name = None,
    intermediate: Name = None,
    target: Name = None,
    language: Annotated[
        str | None, typer.Option(help="A code, zero-shot or all (default: zero-shot).")
    ] = None,
    metric: Name = None,
    catalogue: Annotated[str | None, typer.Option("--catalog", help="Only this one.")] = None,
    by: Annotated[
        str, typer.Option("--by", help="intermediate,target or intermediate,target,language.")
    ] = "intermediate,target",
    power: Annotated[
        bool,
        typer.Option(
            "--power", help="Also the gain that the seeds show, and the seeds that it needs."
        ),
    ] = False,
    format: Annotated[str, typer.Option("--format", help="table, csv or json.")] = "table",
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Gains over the same encoder without intermediate task, paired by seed, in points."""
    if format not in FORMATS:
        raise UsageError(f"Expected --format {', '.join(FORMATS)}; got {format!r}.")
    _check_names(encoder, intermediate, target, language, metric)
    every_language = "language" in _grain(by)
    place: dict[str, Any] = {
        "catalog": catalogue,
        "encoder": encoder,
        "target": target,
        "language": language or (None if every_language else ZERO_SHOT),
        "metric": metric,
    }
    with Store.connect(home_of(home)) as store:
        table = gains_view(store, intermediate=intermediate, **place)
        if metric is None:
            table = marked(main_metric(store, table))
        if power:
            table = with_power(table, table if intermediate is None else gains_view(store, **place))
    rows = records(table[[*GAIN_COLUMNS, *(POWER_COLUMNS if power else ())]])
    if json or format == "json":
        print_json(rows)
    elif format == "csv":
        _print_csv(rows)
    elif rows:
        (_print_power if power else _print_rows)(rows)
        print_notes(table)
    else:
        console.print("No finished scores match; 'xfer demo' makes a first grid.")


def print_gains(home: Home, json: bool = False) -> None:
    """The grid of zero-shot gains: intermediate tasks down, target tasks across."""
    with Store.connect(home) as store:
        table = main_metric(store, gains_view(store, language=ZERO_SHOT))
    if json:
        print_json(records(table[GAIN_COLUMNS]))
        return
    targets = list(dict.fromkeys(table["target"]))
    rows = []
    for name in dict.fromkeys(table["intermediate"]):
        mine = table[table["intermediate"] == name].set_index("target")
        rows.append((name, *(_cell(mine, target) for target in targets)))
    rows.sort(key=lambda row: row[0] != NO_INTERMEDIATE)
    seeds = sorted({int(n) for n in table["n_seeds"]})
    print_table(
        "Zero-shot gain in points over the encoder without intermediate task "
        f"(first row: its score; {'/'.join(map(str, seeds))} seeds; * differs from 0 at 5%)",
        ["intermediate", *targets],
        rows,
    )
    print_notes(table)


def _cell(rows: pd.DataFrame, target: str) -> str:
    if target not in rows.index:
        return "not run"
    row = rows.loc[target]
    if row["intermediate"] == NO_INTERMEDIATE:
        return f"{100 * row['score']:.1f}"
    if pd.isna(row["gain_points"]):
        return "no baseline"
    low, high = signed(row["ci_low"]), signed(row["ci_high"])
    return f"{signed(row['gain_points'])}{'*' if row['significant'] else ''} [{low}, {high}]"


def _print_rows(rows: list[dict[str, Any]]) -> None:
    same, places = _places(rows)
    print_table(
        same,
        [*places, "score", "baseline", "gain", "95% interval", "seeds"],
        [
            (
                *(r[place] for place in places),
                f"{100 * r['score']:.1f}",
                "–" if pd.isna(r["baseline"]) else f"{100 * r['baseline']:.1f}",
                *_gain(r),
                r["n_seeds"],
            )
            for r in rows
        ],
    )


def _print_power(rows: list[dict[str, Any]]) -> None:
    trained = [r for r in rows if r["intermediate"] != NO_INTERMEDIATE]
    same, places = _places(trained)
    print_table(
        f"Gains that the seeds show {WANTED:.0%} of the time, and the seeds that each gain needs"
        + (f"; {same}" if same else ""),
        [*places, "gain", "95% interval", "seeds", "sees above", "seeds needed"],
        [
            (
                *(r[place] for place in places),
                *_gain(r),
                r["n_seeds"],
                *power_words.columns(r, FEWEST_SEEDS),
            )
            for r in trained
        ],
    )


def _places(rows: list[dict[str, Any]]) -> tuple[str, list[str]]:
    """What all rows have in common, for the title, and the columns that tell them apart."""
    values = {name: {r[name] for r in rows} for name in ("encoder", "target", "language")}
    same = [str(*found) for found in values.values() if len(found) == 1]
    apart = [name for name, found in values.items() if len(found) > 1]
    return ", ".join(same), ["intermediate", *apart]


def _gain(row: dict[str, Any]) -> tuple[str, str]:
    mark = "*" if row["significant"] else ""
    between = f"{signed(row['ci_low'])} to {signed(row['ci_high'])}"
    return signed(row["gain_points"]) + mark, "" if pd.isna(row["ci_low"]) else between


def _print_csv(rows: list[dict[str, Any]]) -> None:
    writer = csv.writer(sys.stdout)
    names = list(rows[0]) if rows else GAIN_COLUMNS
    writer.writerow(names)
    for row in rows:
        values = [plain(row[column]) for column in names]
        writer.writerow([" ".join(map(str, v)) if isinstance(v, list) else v for v in values])


def _grain(by: str) -> list[str]:
    """The parts of --by.

    Raises:
        UsageError: neither intermediate,target nor intermediate,target,language.
    """
    parts = [part.strip() for part in by.split(",")]
    if sorted(parts) not in (["intermediate", "target"], ["intermediate", "language", "target"]):
        raise UsageError(
            "Expected --by intermediate,target (a mean over languages) or "
            f"intermediate,target,language; got {by!r}."
        )
    return parts


def _check_names(
    encoder: str | None,
    intermediate: str | None,
    target: str | None,
    language: str | None,
    metric: str | None,
) -> None:
    if encoder is not None:
        catalog.encoder(encoder)
    if intermediate not in (None, NO_INTERMEDIATE):
        for name in parse(str(intermediate)).tasks:
            catalog.task(name)
    if target is not None:
        catalog.task(target)
    if language is not None and language not in MEANS:
        catalog.language(language)
    if metric is not None:
        catalog.metric(metric.split("@")[0])  # "accuracy@1" is the accuracy at layer 1

"""xfer latency: measured latencies with their conditions, and what may be said about them."""

from __future__ import annotations

from typing import Annotated, Any

import pandas as pd
import typer

from xfer_core import catalog
from xfer_core.charts import words
from xfer_core.charts.latency_look import run
from xfer_core.charts.latency_words import equality_lines, repeats_line, starts_line
from xfer_core.charts.latency_words import texts as texts_in_words
from xfer_core.cli.output import (
    HomeOption,
    JsonOption,
    console,
    home_of,
    print_json,
    print_notes,
    print_table,
    records,
)
from xfer_core.domain.errors import UnknownName
from xfer_core.domain.language import MEANS, ZERO_SHOT
from xfer_core.domain.serving import Serving, encoder_of, engine
from xfer_core.specification import LENGTHS
from xfer_core.store import Store
from xfer_core.views.latency import latency as latency_view
from xfer_core.views.latency_equality import latency_equality
from xfer_core.views.latency_repeats import latency_repeats

Name = Annotated[str | None, typer.Option(help="Only this one.")]


def latency(
    encoder: Name = None,
    target: Name = None,
    catalogue: Annotated[str | None, typer.Option("--catalog", help="Only this one.")] = None,
    back_end: Annotated[
        str | None, typer.Option("--back-end", help="Only this one, such as onnxruntime:int8.")
    ] = None,
    batch: Annotated[int | None, typer.Option("--batch", help="Only this batch size.")] = None,
    texts: Annotated[
        str | None, typer.Option("--texts", help="Only these texts: mix, p50 or p95.")
    ] = None,
    language: Annotated[
        str, typer.Option(help="Of the scores: a code, zero-shot or all.")
    ] = ZERO_SHOT,
    repeats: Annotated[
        bool, typer.Option("--repeats", help="What was measured twice: do the two agree?")
    ] = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Measured latencies with their conditions, and the score that goes with each."""
    _check(encoder, target, language, texts)
    if repeats:
        with Store.connect(home_of(home)) as store:
            pairs = latency_repeats(store, catalog=catalogue, encoder=encoder, target=target)
        _print_repeats(_chosen(pairs, back_end, batch, texts), json)
        return
    with Store.connect(home_of(home)) as store:
        table = latency_view(
            store, catalog=catalogue, encoder=encoder, target=target, language=language
        )
        table = _chosen(table, back_end, batch, texts)
        equal = [
            latency_equality(store, catalog=one[0], target=one[1], batch_size=batch, inputs=texts)
            for one in ([] if json or target is None else _places(table))
        ]
    rows = records(table)
    if json:
        print_json(rows)
    elif rows:
        _print(rows, language)
        print_notes(table)
        console.print(starts_line(table), markup=False, highlight=False)
        for sentence in dict.fromkeys(line for found in equal for line in _about(found, encoder)):
            console.print(sentence, markup=False, highlight=False)
    else:
        console.print("No latency matches; 'xfer run --preset latency' measures some.")


def _check(encoder: str | None, target: str | None, language: str, texts: str | None) -> None:
    if encoder is not None:
        catalog.encoder(encoder)
    if target is not None:
        catalog.task(target)
    if language not in MEANS:
        catalog.language(language)
    if texts is not None and texts not in LENGTHS:
        raise UnknownName("choice of texts", texts, LENGTHS)


def _chosen(
    table: pd.DataFrame, back_end: str | None, batch: int | None, texts: str | None
) -> pd.DataFrame:
    if back_end is not None:
        wanted = Serving(*engine(back_end))
        table = table[
            (table["back_end"] == wanted.back_end) & (table["precision"] == wanted.precision)
        ]
    if batch is not None:
        table = table[table["batch_size"] == batch]
    if texts is not None:
        table = table[table["inputs"] == texts]
    return table.reset_index(drop=True)


def _about(found: pd.DataFrame, encoder: str | None) -> list[str]:
    """The sentences on equality, of one encoder if one was asked for."""
    wanted = encoder_of(encoder) if encoder else None
    return equality_lines(found if wanted is None else found[found["encoder"] == wanted])


def _places(table: pd.DataFrame) -> list[tuple[str, str]]:
    return sorted(set(zip(table["catalog"], table["target"], strict=True)))


def _print(rows: list[dict[str, Any]], language: str) -> None:
    """A table for each target, batch size and choice of texts: others are not compared."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        place = tuple(row[name] for name in ("target", "batch_size", "inputs", "unit", "threads"))
        groups.setdefault(place, []).append(row)
    for (target, size, inputs, unit, threads), part in groups.items():
        print_table(
            f"{target}, batch {size}, {texts_in_words(inputs)}, {words.plural(threads, 'thread')}: "
            f"median ms per {unit if size == 1 else 'batch'}; score {language}",
            ["encoder", "run", "after", "ms", "low high", "p95", "ratio", "score", ""],
            [
                (
                    row["encoder"],
                    run(row),
                    row["intermediate"],
                    _number(row["p50_ms"]),
                    f"{_number(row['ci_low_ms'])} {_number(row['ci_high_ms'])}",
                    _number(row["p95_ms"]),
                    _number(row["ratio"]),
                    "–" if pd.isna(row["score"]) else f"{100 * row['score']:.1f}",
                    "contended" if row["contended"] else "",
                )
                for row in part
            ],
        )
    console.print("ratio: to the untrained encoder in torch fp32, in the same passes")


def _print_repeats(found: pd.DataFrame, json: bool) -> None:
    """What was measured twice, each with whether the two intervals have a value in common."""
    if json:
        print_json(records(found))
        return
    if found.empty:
        console.print(
            "Nothing was measured twice; 'xfer run ... --force-only latency' measures again.",
            highlight=False,
        )
        return
    print_table(
        "Measured twice: median ms, and the ratio to the reference of the same passes; which of "
        "their intervals are apart",
        ["encoder", "run", "after", "texts", "ms", "ratio", "apart"],
        [
            (
                *(row["encoder"], run(row), row["intermediate"]),
                f"{row['target']}, {row['inputs']}, batch {row['batch_size']}",
                f"{_number(row['first_ms'])} {_number(row['again_ms'])}",
                f"{_number(row['first_ratio'])} {_number(row['again_ratio'])}",
                _apart(row),
            )
            for row in records(found)
        ],
    )
    console.print(repeats_line(found), markup=False, highlight=False)


def _apart(row: dict[str, Any]) -> str:
    if row["contended"]:
        return "contended"
    names = (("ms", "overlap"), ("ratio", "ratios_overlap"))
    return ", ".join(name for name, column in names if not row[column])


def _number(value: float | None) -> str:
    return "–" if value is None or pd.isna(value) else f"{value:.2f}"

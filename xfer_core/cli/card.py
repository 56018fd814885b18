"""xfer card: the measured figures of the data card, as Markdown, written where they belong."""

from __future__ import annotations

import json as json_library
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from xfer_core import catalog
from xfer_core.cli.output import HomeOption, console, home_of, records, signed
from xfer_core.domain.errors import UsageError
from xfer_core.domain.language import REFERENCE_LANGUAGE, ZERO_SHOT
from xfer_core.domain.run import NO_INTERMEDIATE
from xfer_core.home import Home
from xfer_core.rows import Rows
from xfer_core.store import Store
from xfer_core.views.gains import gains, marked
from xfer_core.views.selection import main_metric
from xfer_core.views.subjects import EVERYWHERE, NOWHERE, subjects

CARD = "training.json"
AIMS = {
    "mini-sst": 95,
    "mini-xnli": 65,
    "mini-pawsx": 75,
    "mini-pos": 85,
    "mini-ner": 75,
    "mini-xquad": 50,
    "mini-tatoeba": 80,
    "mini-mmlu": 50,
}
"""Mean score x 100 over the languages other than English that a target was made for."""
LEARNED = 85
"""Score x 100 in English from which a task counts as learned; a reader gets all of it right."""


def card(
    encoder: Annotated[str, typer.Option("--encoder", help="Whose figures.")] = "mini-m-aligned",
    aims: Annotated[
        bool, typer.Option("--aims", help="The table of aims alone, for 'xfer run --preset aims'.")
    ] = False,
    write: Annotated[
        Path | None, typer.Option("--write", help="Replace the marked part of this file.")
    ] = None,
    home: HomeOption = None,
) -> None:
    """Scores without intermediate task, gains, knowledge and encoders, as Markdown tables."""
    place = home_of(home)
    with Store.connect(place) as store:
        everything = gains(store, catalog="mini", encoder=encoder)
        table = marked(main_metric(store, everything))
        if table.empty:
            preset = "aims" if aims else "mini --seeds 1,2,3"
            raise UsageError(
                f"Expected results of {encoder} in {place.root}; there are none. Run "
                f"'xfer run --preset {preset}' first."
            )
        text = _aims(table) if aims else _measured(store, place, encoder, everything, table)
    if write is None:
        print(text)
    else:
        _replace(write, "xfer card --aims" if aims else "xfer card", text)


def _measured(
    store: Store, place: Home, encoder: str, everything: pd.DataFrame, table: pd.DataFrame
) -> str:
    told = subjects(
        store,
        target="mini-mmlu",
        encoder=encoder,
        intermediate=NO_INTERMEDIATE,
        rows=Rows(place.root / "rows"),
    )
    parts = (
        _samples(),
        _encoders(),
        _baselines(table),
        _gains(table),
        _layers(everything),
        _subjects(told),
        _knowledge(told),
    )
    return "\n\n".join(part for part in parts if part)


def _replace(file: Path, name: str, text: str) -> None:
    """Put the text between the marks of that name."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, first, rest = file.read_text(encoding="utf-8").partition(begin)
    _, last, after = rest.partition(end)
    if not first or not last:
        raise UsageError(f"Expected the lines {begin} and {end} in {file}; they are not there.")
    file.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", encoding="utf-8")
    console.print(f"Written between the marks of {file}.")


def _aims(table: pd.DataFrame) -> str:
    """English and zero-shot scores, with the lowest seed, against what was aimed for."""
    found = table[table["intermediate"] == NO_INTERMEDIATE]
    rows = []
    for target in _targets(found):
        mine = {r["language"]: r for r in records(found[found["target"] == target])}
        english, others = mine.get(REFERENCE_LANGUAGE), mine[ZERO_SHOT]
        aim = AIMS.get(target)
        reached = 100 * others["score"] >= aim if aim else None
        rows.append(
            [
                target,
                *(["", ""] if english is None else _mean_and_lowest(english)),
                *_mean_and_lowest(others),
                str(aim or ""),
                {True: "yes", False: "no", None: ""}[reached],
            ]
        )
    seeds = int(found["n_seeds"].max())
    head = ["target", "en", "lowest seed", "zero-shot", "lowest seed", "aim", "reached"]
    return (
        f"Score x 100 on the test split without intermediate task, mean of {seeds} seeds. "
        f"English counts as learned from {LEARNED}.\n\n{_markdown(head, rows)}"
    )


def _mean_and_lowest(row: dict[str, Any]) -> list[str]:
    return [f"{100 * row['score']:.1f}", f"{100 * min(row['seed_scores']):.1f}"]


def _samples() -> str:
    task = catalog.task("mini-xnli")
    rows = []
    for code in task.languages:
        row = task.source.rows("test", code)[0]
        rows.append([code, row["premise"], row["hypothesis"]])
    label = task.source.rows("test", REFERENCE_LANGUAGE)[0]["label"]
    return (
        "### One example of mini-xnli in every language\n\n"
        f"Label: {label}. All tasks: page Data.\n\n"
        + _markdown(["", "premise", "hypothesis"], rows)
    )


def _encoders() -> str:
    rows = []
    for encoder in catalog.encoders().values():
        path = catalog.encoder_folder(encoder) / CARD
        if path.is_file():
            made = json_library.loads(path.read_text(encoding="utf-8"))
            settings = made["settings"]
            rows.append(
                [
                    encoder.name,
                    f"{encoder.layers} x {encoder.hidden_size}",
                    f"{encoder.parameters:,}",
                    ", ".join(settings["objectives"]),
                    f"{made['tokens'] / 1e6:.1f} million",
                    f"{made['seconds'] / 60:.0f} min",
                    ", ".join(f"{name} {loss:.2f}" for name, loss in made["loss"].items()),
                ]
            )
    head = ["encoder", "layers x width", "parameters", "objectives", "tokens", "time", "last loss"]
    return f"### Encoders\n\n{_markdown(head, rows)}"


def _baselines(table: pd.DataFrame) -> str:
    found = table[table["intermediate"] == NO_INTERMEDIATE]
    codes = [code for code in catalog.task("mini-xnli").languages if code in set(found["language"])]
    rows = []
    for target in _targets(found):
        mine = {r["language"]: r["score"] for r in records(found[found["target"] == target])}
        scores = [f"{100 * mine[c]:.0f}" if c in mine else "" for c in [*codes, ZERO_SHOT]]
        rows.append([target, *scores])
    seeds = int(found["n_seeds"].max())
    return (
        f"### Without intermediate task\n\nScore x 100 on the test split, mean of {seeds} seeds; "
        f"the last column is the mean over the languages other than {REFERENCE_LANGUAGE}.\n\n"
        + _markdown(["target", *codes, "zero-shot"], rows)
    )


def _gains(table: pd.DataFrame) -> str:
    found = table[table["language"] == ZERO_SHOT]
    targets = _targets(found)
    rows = []
    for name in dict.fromkeys(found["intermediate"]):
        if name != NO_INTERMEDIATE:
            mine = {r["target"]: r for r in records(found[found["intermediate"] == name])}
            rows.append([name, *(_cell(mine, target) for target in targets)])
    return (
        "### Zero-shot gain in points over no intermediate task\n\nBehind it the 95% interval; "
        "**bold**: differs from 0 at 5%, corrected over this table.\n\n"
        + _markdown(["intermediate", *targets], rows)
    )


def _cell(rows: dict[str, dict[str, Any]], target: str) -> str:
    row = rows.get(target)
    if row is None or pd.isna(row["gain_points"]):
        return ""
    gain = signed(row["gain_points"])
    shown = f"**{gain}**" if row["significant"] else gain
    return f"{shown} [{signed(row['ci_low'])}, {signed(row['ci_high'])}]"


def _layers(table: pd.DataFrame) -> str:
    found = table[(table["language"] == ZERO_SHOT) & table["metric"].str.contains("@")]
    if found.empty:  # needs --set evaluation.every_layer=true
        return ""
    columns = sorted(dict.fromkeys(zip(found["target"], found["metric"], strict=True)))
    shown = {
        (r["intermediate"], r["target"], r["metric"]): f"{100 * r['score']:.0f}"
        for r in records(found)
    }
    rows = [
        [name, *(shown.get((name, *column), "") for column in columns)]
        for name in dict.fromkeys(found["intermediate"])
    ]
    head = ["intermediate", *(f"{t} @{m.partition('@')[2]}" for t, m in columns)]
    return (
        "### Retrieval and mining by layer\n\nScore x 100, mean over the languages; layer 0 is the "
        f"embedding layer.\n\n{_markdown(head, rows)}"
    )


def _subjects(told: pd.DataFrame) -> str:
    rows = []
    for subject, found in told.groupby("subject"):
        english = found[found["language"] == REFERENCE_LANGUAGE]
        others = found[found["language"] != REFERENCE_LANGUAGE]
        rows.append([str(subject), _share(english), _share(others), str(int(english["n"].sum()))])
    return (
        "### mini-mmlu by subject\n\nAccuracy x 100 (chance 25), without intermediate task.\n\n"
        + _markdown(["subject", "en", "other languages", "questions x seeds in en"], rows)
    )


def _knowledge(told: pd.DataFrame) -> str:
    known = told[told["told"] != NOWHERE]
    rows = [
        [f"in {place!s}" if place == EVERYWHERE else f"in {place!s} alone", _share(found)]
        for place, found in known.groupby("told")
    ]
    return (
        "### Does knowledge cross languages?\n\nAccuracy x 100 on questions of knowledge in "
        "mini-mmlu, by where the pretraining text states the answer.\n\n"
        + _markdown(["the answer was told", "accuracy"], rows)
    )


def _share(found: pd.DataFrame) -> str:
    n = found["n"].sum()
    return f"{100 * (found['score'] * found['n']).sum() / n:.0f}" if n else ""


def _targets(table: pd.DataFrame) -> list[str]:
    order = list(catalog.tasks())
    return sorted(dict.fromkeys(table["target"]), key=order.index)


def _markdown(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)

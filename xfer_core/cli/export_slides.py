"""xfer export pptx | html | png | svg | csv | xlsx | parquet | hf-card: results for other programs.

With --deck a deck of the dashboard; without it, tables hold every gain of the store.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from xfer_core import catalog, decks, spool
from xfer_core.charts.slides import Shown
from xfer_core.cli.results import GAIN_COLUMNS
from xfer_core.decks import Deck
from xfer_core.domain.errors import UnknownName, UsageError, XferError
from xfer_core.home import Home
from xfer_core.store import Store, sample
from xfer_core.views.gains import gains

DECKS = ("pptx", "html", "png", "svg")
TABLES = ("csv", "xlsx", "parquet")
CARD = "hf-card"
FORMS = (*DECKS, *TABLES, CARD)


@dataclass(frozen=True)
class Wanted:
    """What the command line asked for; None where it did not."""

    form: str
    output: Path | None = None
    deck: str | None = None
    encoder: str | None = None
    intermediate: str | None = None
    target: str | None = None
    scale: int = 2
    dark: bool = False


def write(home: Home, wanted: Wanted) -> list[Path]:
    """Write the files; returns where they are.

    Raises:
        UsageError: no such deck, nothing measured, or a file that exists already.
        XferError: the file cannot be written, or pictures cannot be drawn.
    """
    made = _card(home, wanted) if wanted.form == CARD else _files(home, wanted)
    place = wanted.output or Path.cwd()
    single = len(made) == 1 and not place.is_dir()
    paths = {place if single else place / name: content for name, content in made.items()}
    taken = [path for path in paths if path.exists()]
    if taken:
        raise UsageError(f"Expected a new file; {taken[0]} exists. Name another with -o.")
    for path, content in paths.items():
        _publish(path, content)
    return list(paths)


def _files(home: Home, wanted: Wanted) -> dict[str, bytes]:
    with Store.connect(home) as store:
        if wanted.form in TABLES and wanted.deck is None:
            return {f"gains.{wanted.form}": _tables()[wanted.form](_every_gain(store, wanted))}
        deck = _deck(home, wanted.deck)
        from xfer_core.exports.showing import shown  # plotly is read only where slides are made

        return _of_deck(deck, shown(home, deck, store), wanted)


def _of_deck(deck: Deck, every: list[Shown], wanted: Wanted) -> dict[str, bytes]:
    from xfer_core.charts import slides
    from xfer_core.exports import sheets
    from xfer_core.exports.html_deck import html_deck
    from xfer_core.exports.pictures import pictures
    from xfer_core.exports.pptx_deck import pptx_deck

    match wanted.form:
        case "pptx":
            return {f"{deck.id}.pptx": pptx_deck(deck.title, every)}
        case "html":
            dark = True if wanted.dark else None
            return {f"{deck.id}.html": html_deck(deck.title, every, dark=dark).encode()}
        case "xlsx":
            return {f"{deck.id}.xlsx": sheets.deck_workbook(deck.title, every)}
        case "csv" | "parquet":
            writer = _tables()[wanted.form]
            return {
                f"{deck.id}-{one.number}.{wanted.form}": writer(sheets.slide_table(one))
                for one in every
            }
    drawn = [one for one in every if slides.has_figure(one.kind)]
    made = pictures(drawn, wanted.form, scale=wanted.scale, dark=wanted.dark)
    return {
        f"{deck.id}-{one.number}.{wanted.form}": content
        for one, content in zip(drawn, made, strict=True)
    }


def _tables() -> dict[str, Callable[[pd.DataFrame], bytes]]:
    from xfer_core.exports import sheets

    return {
        "csv": sheets.to_csv,
        "xlsx": lambda table: sheets.to_xlsx([("Gains", table)]),
        "parquet": sheets.to_parquet,
    }


def _every_gain(store: Store, wanted: Wanted) -> pd.DataFrame:
    table = gains(
        store, encoder=wanted.encoder, intermediate=wanted.intermediate, target=wanted.target
    )
    if table.empty:
        raise UsageError(
            "Expected measured scores to export; none match. 'xfer demo' makes a first grid."
        )
    marked = {"sample": True} if sample.is_sample(store.home) else {}
    return table[GAIN_COLUMNS].assign(recorded_at=table["recorded_at"], **marked)


def _card(home: Home, wanted: Wanted) -> dict[str, bytes]:
    from xfer_core.exports.hf_card import hf_card

    if wanted.encoder is None:
        raise UsageError("Expected --encoder NAME for the model card; got none.")
    with Store.connect(home) as store:
        table = gains(
            store, encoder=wanted.encoder, intermediate=wanted.intermediate, target=wanted.target
        )
    text = hf_card(table, _kinds(table), spool.now()[:10])
    name = f"{wanted.encoder}-{wanted.intermediate or 'all'}-card.md"
    return {
        "".join(sign if sign.isalnum() or sign in "-._" else "-" for sign in name): text.encode()
    }


def _kinds(table: pd.DataFrame) -> dict[str, str]:
    found = {}
    for name in sorted(set(table["target"])):
        try:
            found[str(name)] = str(catalog.task(str(name)).kind.value).replace("_", "-")
        except UnknownName:  # an imported result of a task that is no longer declared
            continue
    return found


def _deck(home: Home, named: str | None) -> Deck:
    every = decks.known(home)
    if named is not None:
        by_title = [deck for deck in every if deck.title == named]
        return by_title[0] if by_title else decks.load(home, named)
    if len(every) == 1:
        return every[0]
    if not every:
        raise UsageError(
            "Expected a deck to export; there is none yet. Open the dashboard and use 'Pin to "
            "deck' below a chart."
        )
    raise UsageError(f"Expected --deck, one of {', '.join(deck.id for deck in every)}.")


def _publish(path: Path, content: bytes) -> None:
    """Write aside, then rename: nobody opens half a file."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_bytes(content)
        os.replace(aside, path)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise XferError(
            f"{path} could not be written ({error.strerror}); choose another place with -o."
        ) from error

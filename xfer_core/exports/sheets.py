"""Tables as CSV, XLSX and Parquet: typed numbers, and no text that a spreadsheet could run."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from io import BytesIO, StringIO
from typing import Any

import pandas as pd
from xlsxwriter import Workbook

from xfer_core.charts import slides, words
from xfer_core.charts.slides import Shown
from xfer_core.exchange.formulas import safe

SNAPSHOT, NOTE = "Snapshot", "What to know"
_SIGNED = "+0.0;\N{MINUS SIGN}0.0;0.0"
_SIGNED_COLUMNS = ("Gain, points", "95% low", "95% high")
_SHEET = re.compile(r"[\[\]:*?/\\']")


def slide_table(shown: Shown) -> pd.DataFrame:
    """The table twin of a slide with the digits of its picture, its notes and snapshot's id."""
    told = " ".join(words.notes(shown.table))
    about = {**({NOTE: told} if told else {}), SNAPSHOT: shown.snapshot_id}
    return slides.rows(shown).assign(**about)


def to_csv(table: pd.DataFrame) -> bytes:
    """CSV (RFC 4180) in UTF-8 with a byte order mark, by which spreadsheets know it."""
    written = StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([safe(str(name)) for name in table.columns])
    for row in table.astype(object).itertuples(index=False):
        writer.writerow([_text(_plain(value)) for value in row])
    return ("\ufeff" + written.getvalue()).encode()


def to_parquet(table: pd.DataFrame) -> bytes:
    """Parquet with the types of the table; nothing in it is ever run, so texts stay as they are."""
    written = BytesIO()
    table.to_parquet(written, index=False)
    return written.getvalue()


def to_xlsx(sheets: Sequence[tuple[str, pd.DataFrame]]) -> bytes:
    """A workbook with one sheet per (title, table); numbers are numbers, all else is text."""
    written = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(written, options) as book:
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        forms = {name: book.add_format({"num_format": _SIGNED}) for name in _SIGNED_COLUMNS}
        taken: set[str] = set()
        for title, table in sheets:
            sheet = book.add_worksheet(_sheet_name(title, taken))
            sheet.freeze_panes(1, 0)
            for place, name in enumerate(table.columns):
                sheet.write_string(0, place, safe(words.visible(str(name))), head)
                sheet.set_column(place, place, _width(table, name))
                for line, value in enumerate(table[name].astype(object), 1):
                    _write(sheet, line, place, _plain(value), forms.get(str(name)))
    return written.getvalue()


def deck_workbook(title: str, shown: Sequence[Shown]) -> bytes:
    """A sheet that says what each slide is, then one sheet with the numbers of each."""
    about = pd.DataFrame(
        {
            "Deck": title,
            "Slide": [one.number for one in shown],
            "Headline": [one.headline for one in shown],
            "Evidence": [one.evidence for one in shown],
            "Source": [one.source for one in shown],
            "Filters": [one.filters for one in shown],
            "Seeds": [one.seeds for one in shown],
            SNAPSHOT: [one.snapshot_id for one in shown],
            "Note": [one.note for one in shown],
        }
    )
    tables = [(f"{one.number} {one.kind}", slide_table(one)) for one in shown]
    return to_xlsx([("About", about), *tables])


def _write(sheet: Any, line: int, place: int, value: Any, form: Any) -> None:
    if value is None:
        sheet.write_blank(line, place, None)
    elif isinstance(value, bool):
        sheet.write_boolean(line, place, value)
    elif isinstance(value, int | float):
        sheet.write_number(line, place, value, form)
    else:
        sheet.write_string(line, place, safe(words.visible(str(value)))[:32_000])


def _text(value: Any) -> Any:
    """What a CSV cell holds: numbers as they are, nothing for nothing, texts made safe."""
    if value is None:
        return ""
    return safe(words.visible(value)) if isinstance(value, str) else value


def _plain(value: Any) -> Any:
    """Numbers, texts or None; a list becomes its items with blanks between."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return " ".join(str(item) for item in value)
    if value is None or pd.isna(value):
        return None
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value if isinstance(value, bool | int | float) else str(value)


def _sheet_name(title: str, taken: set[str]) -> str:
    """A name that Excel takes: 31 signs at most, none twice."""
    base = _SHEET.sub(" ", words.visible(title)).strip()[:28] or "Sheet"
    name, number = base, 1
    while name.lower() in taken:
        number += 1
        name = f"{base[:25]} {number}"
    taken.add(name.lower())
    return name


def _width(table: pd.DataFrame, name: Any) -> int:
    longest = max((len(str(value)) for value in table[name].head(200)), default=0)
    return min(max(8, len(str(name)) // 2 + 2, longest + 1), 60)

"""Saved questions: one readable .sql file each in the store folder; no rebuild touches them."""

from __future__ import annotations

import os
import re
import threading
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from xfer_core.domain.errors import UsageError
from xfer_core.home import Home, checked_id
from xfer_core.sql_page.asking import LONGEST_SQL

FOLDER = "queries"
MOST = 200
LONGEST_TITLE = 60
_HEAD = "-- "


@dataclass(frozen=True)
class Saved:
    """A question with a name."""

    id: str
    title: str
    sql: str


EXAMPLES = (
    Saved(
        "example-gains",
        "Mean zero-shot gain of each intermediate task",
        "SELECT intermediate, target, round(gain_points, 1) AS gain_points, n_seeds,\n"
        "    round(ci_low, 1) AS ci_low, round(ci_high, 1) AS ci_high\n"
        "FROM cells\n"
        "WHERE language = 'zero-shot' AND split = 'test' AND intermediate <> 'none'\n"
        "ORDER BY gain_points DESC",
    ),
    Saved(
        "example-languages",
        "Scores by language family",
        "SELECT family, target, round(100 * avg(score), 1) AS mean_points, count(*) AS n_cells\n"
        "FROM cells JOIN languages ON code = language\n"
        "WHERE split = 'test'\n"
        "GROUP BY family, target ORDER BY target, mean_points DESC",
    ),
    Saved(
        "example-time",
        "Where the time went",
        "SELECT kind, encoder, count(*) AS stages, round(sum(wall_seconds)) AS seconds,\n"
        "    round(avg(wall_seconds), 1) AS seconds_each\n"
        "FROM current_jobs GROUP BY ALL ORDER BY seconds DESC",
    ),
    Saved(
        "example-failures",
        "What failed, and why",
        "SELECT run_id, kind, intermediate, target, seed, message\n"
        "FROM jobs WHERE state = 'failed' ORDER BY ended_at DESC",
    ),
)
"""Where a reader can start; not files, so they cannot be lost."""


def saved(home: Home) -> list[Saved]:
    """The questions of a store by title, its own first, then the examples."""
    own = [_read(path) for path in sorted((home.root / FOLDER).glob("*.sql"))[:MOST]]
    found = sorted((one for one in own if one is not None), key=lambda one: one.title.casefold())
    return [*found, *EXAMPLES]


def save(home: Home, title: str, sql: str) -> Saved:
    """Write a question under its title; one of the same name is replaced.

    Raises:
        UsageError: no title or text, too long, or too many of them.
    """
    plain = " ".join(title.split())
    name = _id_of(plain)
    if not name or len(plain) > LONGEST_TITLE:
        raise UsageError(
            f"Expected a title with letters or digits, {LONGEST_TITLE} characters at most; got "
            f"{plain[:80]!r}."
        )
    if not sql.strip() or len(sql) > LONGEST_SQL:
        raise UsageError(
            f"Expected a question of 1 to {LONGEST_SQL:,} characters to save; got {len(sql):,}."
        )
    path = _path(home, name)
    if not path.exists() and len(list(path.parent.glob("*.sql"))) >= MOST:
        raise UsageError(f"{MOST} questions are saved already; delete one that is not needed.")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = path.with_name(f".tmp-{os.getpid()}-{threading.get_ident()}")
    with open(aside, "w", encoding="utf-8", opener=_private) as file:
        file.write(f"{_HEAD}{plain}\n{sql.strip()}\n")
    os.replace(aside, path)
    return Saved(name, plain, sql.strip())


def delete(home: Home, name: str) -> None:
    """Remove a saved question; one that is gone already is no error."""
    _path(home, name).unlink(missing_ok=True)


def is_example(one: Saved) -> bool:
    """Whether a question came with Xfer and is no file."""
    return one in EXAMPLES


def _path(home: Home, name: str) -> Path:
    return home.root / FOLDER / f"{checked_id(name)}.sql"


def _id_of(title: str) -> str:
    """A file name out of a title: "Gains by family" is gains-by-family."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_TITLE]


def _read(path: Path) -> Saved | None:
    """The question in a file; None if it cannot be read. A file made by hand needs no title."""
    try:
        text = path.read_text(encoding="utf-8")[: LONGEST_SQL + LONGEST_TITLE + 10]
        checked_id(path.stem)
    except (OSError, UnicodeDecodeError, UsageError):
        return None
    first, _, rest = text.partition("\n")
    if first.startswith(_HEAD) and rest.strip():
        return Saved(path.stem, first[len(_HEAD) :].strip()[:LONGEST_TITLE], rest.strip())
    return Saved(path.stem, path.stem, text.strip())


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)

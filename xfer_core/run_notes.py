"""What people say about a run: tags and a note, kept as notes.json in the run's folder.

No event and no result: the database knows nothing of them, so a rebuild loses nothing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from xfer_core import spool
from xfer_core.domain.errors import UsageError
from xfer_core.home import Home

FILE = "notes.json"
MOST_TAGS = 12
LONGEST_TAG = 32
LONGEST_NOTE = 4000


@dataclass(frozen=True)
class Notes:
    """Tags in the order of the alphabet, and a note."""

    tags: tuple[str, ...] = ()
    note: str = ""


def read(home: Home, run_id: str) -> Notes:
    """What was said about a run; nothing where no sound file is."""
    found = spool.read_json(home.run(run_id) / FILE) or {}
    tags, note = found.get("tags"), found.get("note")
    texts = [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
    return Notes(
        tuple(sorted({tag[:LONGEST_TAG] for tag in texts})[:MOST_TAGS]),
        note[:LONGEST_NOTE] if isinstance(note, str) else "",
    )


def write(home: Home, run_id: str, tags: Iterable[str], note: str) -> Notes:
    """Keep tags and a note in place of those before; both empty removes the file.

    Raises:
        UsageError: no such run, a tag that is none, too many tags, or too long a note.
    """
    if spool.read_json(home.run(run_id) / spool.PLAN) is None:
        raise UsageError(f"There is no run {run_id!r} in {home.root}; see 'xfer status'.")
    kept = Notes(tuple(sorted({_tag(tag) for tag in tags})), note.strip())
    if len(kept.tags) > MOST_TAGS:
        raise UsageError(f"Expected at most {MOST_TAGS} tags; got {len(kept.tags)}.")
    if len(kept.note) > LONGEST_NOTE:
        raise UsageError(
            f"Expected a note of at most {LONGEST_NOTE:,} characters; got {len(kept.note):,}."
        )
    path = home.run(run_id) / FILE
    if kept == Notes():
        path.unlink(missing_ok=True)
    else:
        spool.publish(path, {"tags": list(kept.tags), "note": kept.note})
    return kept


def _tag(text: str) -> str:
    """A tag without spaces around it; commas and control signs are no part of one."""
    plain = " ".join(text.split())
    odd = any(sign == "," or unicodedata.category(sign).startswith("C") for sign in plain)
    if not plain or len(plain) > LONGEST_TAG or odd:
        raise UsageError(
            f"Expected a tag of 1 to {LONGEST_TAG} letters, digits and signs, without commas; got "
            f"{plain[:40]!r}."
        )
    return plain

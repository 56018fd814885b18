"""How much of the text that an encoder was pretrained on is in each language.

The table in data/pretraining_text.csv was counted by ``xfer pretrain ENCODER --count``:
tokens of the whole text as the encoder's vocabulary cuts it. Only mini encoders are in it; for
the others no counts by language are known here.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from xfer_core import catalog
from xfer_core.domain.errors import UnknownName

FILE = Path(__file__).resolve().parent.parent / "data" / "pretraining_text.csv"
CARD = "training.json"
COLUMNS = ("tokenizer", "lines", "seed", "language", "tokens")
Text = tuple[str, int, int]
"""Tokenizer, lines and seed: they decide the text."""


def millions(encoder: str) -> dict[str, float]:
    """Language -> million tokens of an encoder's pretraining text; {} where it is not counted."""
    text = text_of(encoder)
    return {} if text is None else {code: n / 1e6 for code, n in _counts().get(text, {}).items()}


def keep(text: Text, tokens: Mapping[str, int]) -> None:
    """Put the counts of one text into the table, in place of earlier ones."""
    counts = {**_counts(), text: dict(tokens)}
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in sorted(counts):
        writer.writerows([*one, code, count] for code, count in counts[one].items())
    FILE.write_text(written.getvalue(), encoding="utf-8")


def count(lines: Iterable[Mapping[str, str]], tokenizer: Any) -> dict[str, int]:
    """Language -> tokens of some lines, each a text per language; special tokens left out.

    Args:
        lines: as ``stages.pretraining.text`` draws them.
        tokenizer: of the ``tokenizers`` library.
    """
    found: Counter[str] = Counter()
    flat = [(code, text) for line in lines for code, text in line.items()]
    told = tokenizer.encode_batch([text for _, text in flat], add_special_tokens=False)
    for (code, _), one in zip(flat, told, strict=True):
        found[code] += len(one.ids)
    return dict(found)


def text_of(encoder: str) -> Text | None:
    """What decides the text of a shipped encoder; None for one that was not made here."""
    try:
        known = catalog.encoder(encoder)
    except UnknownName:
        return None
    card = catalog.encoder_folder(known) / CARD if known.tokenizer else None
    if card is None or not card.is_file():
        return None
    made = json.loads(card.read_text(encoding="utf-8"))
    return known.tokenizer, int(made["settings"]["lines"]), int(made["seed"])


def _counts() -> dict[Text, dict[str, int]]:
    if not FILE.is_file():
        return {}
    found: dict[Text, dict[str, int]] = {}
    with FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            text = (row["tokenizer"], int(row["lines"]), int(row["seed"]))
            found.setdefault(text, {})[row["language"]] = int(row["tokens"])
    return found

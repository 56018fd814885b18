"""Tatoeba: find the translation of an English sentence (Artetxe and Schwenk, 2019)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from xfer_core.domain.errors import DataError
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.sources.chain import Chain
from xfer_core.sources.files import Files
from xfer_core.sources.hidden import check_order
from xfer_core.sources.hub import Hub, Split
from xfer_core.sources.xtreme_folder import XtremeFolder, lines

REPO = "google/xtreme"
REVISION = "ec5f1f46e9af79639a90684a7a70a956c4998f04"
NAMES = {
    "af": "afr",
    "ar": "ara",
    "bg": "bul",
    "bn": "ben",
    "de": "deu",
    "el": "ell",
    "es": "spa",
    "et": "est",
    "eu": "eus",
    "fa": "pes",
    "fi": "fin",
    "fr": "fra",
    "he": "heb",
    "hi": "hin",
    "hu": "hun",
    "id": "ind",
    "it": "ita",
    "ja": "jpn",
    "jv": "jav",
    "ka": "kat",
    "kk": "kaz",
    "ko": "kor",
    "ml": "mal",
    "mr": "mar",
    "nl": "nld",
    "pt": "por",
    "ru": "rus",
    "sw": "swh",
    "ta": "tam",
    "te": "tel",
    "th": "tha",
    "tl": "tgl",
    "tr": "tur",
    "ur": "urd",
    "vi": "vie",
    "zh": "cmn",
}
"""Language -> its three letters in the hub's configurations."""
ENGLISH = ("eng", "en")


def has(split: str, language: str) -> bool:
    """Whether the task has such rows: one set, which is both dev and test."""
    return split in ("dev", "test") and language in NAMES


def splits(split: str, language: str) -> tuple[Split, ...]:
    """One configuration per language, with one split."""
    if not has(split, language):
        return ()
    return (Split(REPO, f"tatoeba.{NAMES[language]}", "validation", REVISION),)


def files(folder: Path, split: str, language: str) -> tuple[Path, ...]:
    """The foreign sentences, and the English ones.

    Raises:
        NoRows: the English ones are sorted, so that nobody can tell which translate which.
    """
    if not has(split, language):
        return ()
    foreign, english = (
        folder / "tatoeba" / f"{language}-en.{side}" for side in (language, ENGLISH[1])
    )
    check_order(english)
    return foreign, english


def read(folder: Path, split: str, language: str) -> list[Row] | None:
    """The pairs of two files whose lines match.

    Raises:
        DataError: the files differ in length.
    """
    paths = files(folder, split, language)
    foreign, english = map(lines, paths)
    if len(foreign) != len(english):
        raise DataError(
            f"Expected as many lines in {paths[0]} as in {paths[1].name}; got {len(foreign)} and "
            f"{len(english)}. Put both files there again."
        )
    return [_pair(one, other) for one, other in zip(english, foreign, strict=True)]


def row(raw: dict[str, Any], split: str, language: str) -> Row:
    """The English sentence and its translation, whichever column holds which.

    Raises:
        ValueError: no column is said to be English.
    """
    sentences = raw["source_sentence"], raw["target_sentence"]
    if raw["target_lang"] in ENGLISH:
        return _pair(sentences[1], sentences[0])
    if raw["source_lang"] in ENGLISH:
        return _pair(*sentences)
    raise ValueError(f"expected 'eng' as source_lang or target_lang; got {raw['target_lang']!r}")


def _pair(english: str, foreign: str) -> Row:
    # The hub's sentences end in a line feed.
    return {"source": english.strip(), "target": foreign.strip()}


TATOEBA = Task(
    name="tatoeba",
    title="Tatoeba",
    kind=TaskKind.RETRIEVAL,
    catalog="paper",
    source=Chain(
        "tatoeba",
        (XtremeFolder("tatoeba", read, files), Files("tatoeba", row), Hub(splits, row)),
        (),
    ),
    languages=tuple(NAMES),
    metric="accuracy",
    licence="CC BY 2.0",
    reference="https://arxiv.org/abs/1812.10464",
    note="There is one set, which is both dev and test; scores depend much on layer and pooling.",
)

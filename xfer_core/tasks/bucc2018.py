"""BUCC 2018: find the translations in two lists of sentences, most of which have none.

Each line of the two lists is in one row: a pair of translations with ``parallel``, else an English
and a foreign line that have nothing to do with each other. Where one list is longer, the other
side of the row is "". Both lines have their ids, ``source_id`` and ``target_id``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xfer_core.domain.errors import DataError
from xfer_core.domain.language import codes
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.sources.chain import Chain
from xfer_core.sources.files import Files
from xfer_core.sources.hidden import check_gold
from xfer_core.sources.hub import Hub, Split
from xfer_core.sources.local import folder_of
from xfer_core.sources.xtreme_folder import VARIABLE, XtremeFolder, id_lines

PAIRS = "google/xtreme"
"""Holds nothing but translations."""
PAIRS_REVISION = "ec5f1f46e9af79639a90684a7a70a956c4998f04"
LISTS = "mteb/BUCC"
"""Holds both whole lists, of the test part alone, in one row."""
LISTS_REVISION = "414572247440f0ccacf7eb0bb70a31533a0e5443"
LANGUAGES = codes("de fr ru zh")
NAMES = {"dev": "validation", "test": "test"}

Lines = Sequence[tuple[str, str]]
"""(id, sentence) of each line of a list."""


def splits(split: str, language: str) -> tuple[Split, ...]:
    """The whole lists to test on where the whole lists to fit the threshold on are here.

    Else nothing but pairs for both: a threshold from pairs alone lets anything pass.
    """
    if split not in NAMES or language not in LANGUAGES:
        return ()
    if split == "test" and _has_whole_dev(language):
        return (Split(LISTS, f"{language}-en", "test", LISTS_REVISION),)
    return (Split(PAIRS, f"bucc18.{language}", NAMES[split], PAIRS_REVISION),)


def files(folder: Path, split: str, language: str) -> tuple[Path, ...]:
    """The foreign list, the English one, and the pairs of ids.

    Raises:
        NoRows: the pairs have been deleted.
    """
    if split not in NAMES or language not in LANGUAGES:
        return ()
    stem = folder / "bucc2018" / f"{language}-en.{split}"
    foreign, english, gold = (Path(f"{stem}.{end}") for end in (language, "en", "gold"))
    check_gold(gold, (foreign, english))
    return foreign, english, gold


def read(folder: Path, split: str, language: str) -> list[Row] | None:
    """The rows of the three files."""
    foreign, english, gold = files(folder, split, language)
    pairs = [(one, other) for one, other in id_lines(gold)]
    return lined_up(id_lines(english), id_lines(foreign), pairs, str(gold))


def row(raw: dict[str, Any], split: str, language: str) -> Row | None:
    """A pair of translations, None if a side is empty; or both lists as they are, for ``whole``.

    Raises:
        ValueError: the ids do not tell which sentence is English.
    """
    if "sentence1" in raw:
        return {"lists": [raw["sentence1"], raw["sentence2"], raw["gold"]]}
    sides = (
        (str(raw["source_lang"]), raw["source_sentence"].strip()),
        (str(raw["target_lang"]), raw["target_sentence"].strip()),
    )
    english = [side for side in sides if side[0].startswith("en-")]
    foreign = [side for side in sides if not side[0].startswith("en-")]
    if len(english) != 1:
        raise ValueError(
            "expected an id that begins with 'en-' as source_lang or target_lang, and another one; "
            f"got {sides[0][0]!r} and {sides[1][0]!r}"
        )
    return _row(english[0], foreign[0], True) if english[0][1] and foreign[0][1] else None


def whole(rows: list[Row], language: str, where: str) -> list[Row]:
    """The rows themselves, or those of the lists that the only one holds.

    The lists come without ids; an id is the language and the line, counted from 1.
    """
    if "lists" not in rows[0]:
        return rows
    first, second, gold = rows[0]["lists"]
    foreign, english = (
        [(f"{code}-{number:09d}", text.strip()) for number, text in enumerate(texts, 1)]
        for code, texts in ((language, first), ("en", second))
    )
    pairs = [(f"{language}-{int(one):09d}", f"en-{int(other):09d}") for one, other in gold]
    return lined_up(english, foreign, pairs, where)


def lined_up(
    english: Lines, foreign: Lines, pairs: Sequence[tuple[str, str]], where: str
) -> list[Row]:
    """Rows of two lists: the pairs in the order of the English list, then all other lines.

    A line that is in several pairs counts in the first.

    Raises:
        DataError: a pair names a line that is not there; ``where`` names its file.
    """
    sources, targets = dict(english), dict(foreign)
    partner: dict[str, str] = {}
    for target, source in pairs:
        if source not in sources or target not in targets:
            raise DataError(
                f"Expected ids of both lists in {where}; got {target!r} and {source!r}. Put the "
                "lists and the pairs of one release there."
            )
        partner.setdefault(source, target)
    taken: set[str] = set()
    found: list[Row] = []
    for source in sources:
        target = partner.get(source, "")
        if target and target not in taken:
            taken.add(target)
            found.append(_row((source, sources[source]), (target, targets[target]), True))
    paired = {row["source_id"] for row in found}
    return found + _unpaired(
        [line for line in sources.items() if line[0] not in paired],
        [line for line in targets.items() if line[0] not in taken],
    )


def _unpaired(english: Lines, foreign: Lines) -> list[Row]:
    nothing = ("", "")
    return [
        _row(
            english[place] if place < len(english) else nothing,
            foreign[place] if place < len(foreign) else nothing,
            False,
        )
        for place in range(max(len(english), len(foreign)))
    ]


def _row(english: tuple[str, str], foreign: tuple[str, str], parallel: bool) -> Row:
    return {
        "id": f"{foreign[0]} {english[0]}".strip(),
        "source": english[1],
        "target": foreign[1],
        "parallel": parallel,
        "source_id": english[0],
        "target_id": foreign[0],
    }


def _has_whole_dev(language: str) -> bool:
    folder = folder_of(VARIABLE)
    if folder is None:
        return False
    stem = folder / "bucc2018" / f"{language}-en.dev"
    return all(Path(f"{stem}.{end}").is_file() for end in (language, "en", "gold"))


class WholeHub(Hub):
    """The hub, where a single row may hold both lists."""

    def rows(self, split: str, language: str) -> list[Row]:
        """The rows, of pairs or of whole lists."""
        return whole(super().rows(split, language), language, f"the hub's {split} of {language}")


class WholeFiles(Files):
    """Files, where a single row may hold both lists."""

    def rows(self, split: str, language: str) -> list[Row]:
        """The rows, of pairs or of whole lists."""
        return whole(super().rows(split, language), language, f"the files of {language}")


BUCC2018 = Task(
    name="bucc2018",
    title="BUCC 2018",
    kind=TaskKind.MINING,
    catalog="paper",
    source=Chain(
        "bucc2018",
        (
            XtremeFolder("bucc2018", read, files),
            WholeFiles("bucc2018", row),
            WholeHub(splits, row),
        ),
        (),
    ),
    languages=LANGUAGES,
    metric="mining_f1",
    licence="not specified",
    reference="https://aclanthology.org/W17-2512/",
    note="Without XTREME's dev lists, the hub's copy is read, which holds gold pairs only: with no "
    "sentence to confuse them with, F1 is far too high and not comparable with the real task.",
)

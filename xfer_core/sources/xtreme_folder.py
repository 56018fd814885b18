"""A folder in the layout that XTREME's download script leaves (XFER_XTREME_DIR)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from xfer_core.domain.errors import DataError
from xfer_core.domain.task import Availability, Reach, Row
from xfer_core.sources.code import code_of
from xfer_core.sources.local import contents, folder_of, sizes_and_times, text_lines
from xfer_core.sources.mapped import NoRows, mapped

VARIABLE = "XFER_XTREME_DIR"
PLACE = "XTREME folder"


@dataclass(frozen=True)
class XtremeFolder:
    """One task's files in the folder.

    ``read(folder, split, language)`` returns the rows, or None where the files hold nothing
    usable (XTREME blanks the labels of its test sets). ``files`` names what a split is made of:
    all of them must exist; () where XTREME has no such split. It raises ``NoRows`` where they
    are there but hold no labels.
    """

    task: str
    read: Callable[[Path, str, str], list[Row] | None]
    files: Callable[[Path, str, str], tuple[Path, ...]]

    name: ClassVar[str] = PLACE
    """As ``xfer tasks`` shows it."""

    def availability(self, split: str, language: str) -> Availability:
        """Here if every file exists."""
        folder = folder_of(VARIABLE)
        if folder is None:
            return Availability(Reach.MISSING, "", f"{VARIABLE} is not set.")
        if not folder.is_dir():
            why = f"{VARIABLE} names {folder}, which is no folder."
            return Availability(Reach.MISSING, PLACE, why)
        try:
            wanted = self.files(folder, split, language)
        except NoRows as error:
            return Availability(Reach.MISSING, PLACE, str(error))
        if not wanted:
            why = f"XTREME's folder has no usable {split} rows of {self.task} in {language!r}."
            return Availability(Reach.MISSING, PLACE, why)
        absent = next((file for file in wanted if not file.is_file()), None)
        if absent is not None:
            told = absent.relative_to(folder) if absent.is_relative_to(folder) else absent
            return Availability(Reach.MISSING, PLACE, f"{VARIABLE} lacks {told}.")
        return Availability(Reach.HERE, PLACE)

    def rows(self, split: str, language: str) -> list[Row]:
        """The rows of the files.

        Raises:
            DataError: a file is missing or damaged.
            NoRows: the files hold nothing usable.
        """
        folder = self._folder(split, language)
        where = f"the {split} files of {self.task} in {language!r} below {folder}"
        try:
            found = self.read(folder, split, language)
        except (KeyError, ValueError, IndexError, TypeError) as error:
            raise DataError(
                f"Expected XTREME's layout in {where}; a line or a field is another ({error}). "
                "Put the files there again."
            ) from error
        if found is None:
            raise NoRows(
                f"Expected labels in {where}; XTREME's download script hides them. Use the hub or "
                "your own files."
            )
        return mapped(found, lambda row, *_: row, split, language, where)

    def stamp(self, split: str, language: str) -> str:
        """Names, sizes and times of the files, and the code that reads them."""
        folder = self._folder(split, language)
        code = code_of(self.read, self.files)
        return f"{sizes_and_times(self.files(folder, split, language), folder)} {code}"

    def fingerprint(self, split: str, language: str) -> str:
        """Hash of the files' bytes and the code that reads them."""
        folder = self._folder(split, language)
        code = code_of(self.read, self.files)
        return f"{contents(self.files(folder, split, language), folder)} {code}"

    def fetch(self, split: str, language: str) -> None:
        """Nothing: the files are here or not."""

    @property
    def revision(self) -> str:
        """A folder has none; ``stamp`` tells its content."""
        return "local"

    def _folder(self, split: str, language: str) -> Path:
        found = self.availability(split, language)
        folder = folder_of(VARIABLE)
        if folder is None or found.reach is not Reach.HERE:
            raise DataError(f"Expected {split} rows of {self.task} in {language!r}; {found.why}")
        return folder


def tsv(path: Path) -> list[list[str]]:
    """The fields of each line of a tab-separated file without a header; empty lines left out.

    XTREME's own files come in two forms, and both are read: as Python's CSV writer leaves them
    (a field that holds quotes is put in quotes, and its own are doubled), and without quoting.
    """
    return [[_field(one) for one in line.split("\t")] for line in text_lines(path) if line]


def tagged(path: Path) -> list[tuple[list[str], list[str]]]:
    """(tokens, tags) of each sentence; the tags are empty where the file has tokens alone.

    Raises:
        DataError: a line of more than two fields, or tags on some tokens of a sentence only.
    """
    found: list[tuple[list[str], list[str]]] = []
    tokens: list[str] = []
    tags: list[str] = []
    for number, line in enumerate([*text_lines(path), ""], 1):
        fields = line.split("\t")
        if len(fields) > 2:
            raise _bad_line(path, number, "a token and a tag", f"{len(fields)} fields")
        if line:
            tokens.append(fields[0])
            tags += fields[1:]
        elif tokens:
            if tags and len(tags) != len(tokens):
                told = f"{len(tags)} tags on {len(tokens)} tokens"
                raise _bad_line(path, number, "a tag on every token", told)
            found.append((tokens, tags))
            tokens, tags = [], []
    return found


def squad_json(path: Path) -> list[Row]:
    """The questions of a SQuAD file, in its order.

    Each has ``id``, ``title``, ``context``, ``question`` and ``answers`` with the lists ``text``
    and ``answer_start`` (characters), which are empty where the context has no answer.

    Raises:
        DataError: the file is no SQuAD JSON.
    """
    try:
        articles = json.loads("\n".join(text_lines(path)))["data"]
        return [
            {
                "id": str(question["id"]),
                "title": article.get("title", ""),
                "context": paragraph["context"],
                "question": question["question"],
                "answers": _answers(question),
            }
            for article in articles
            for paragraph in article["paragraphs"]
            for question in paragraph["qas"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"Expected SQuAD JSON (data, paragraphs, qas) in {path}; it is damaged or another "
            f"format ({type(error).__name__}: {error}). Put the file there again."
        ) from error


def lines(path: Path) -> list[str]:
    """The lines of a text file, such as one sentence each."""
    return text_lines(path)


def id_lines(path: Path) -> list[tuple[str, str]]:
    """(id, sentence) of each line ``id TAB sentence``; empty lines left out.

    Raises:
        DataError: a line without a tab.
    """
    found = []
    for number, line in enumerate(text_lines(path), 1):
        if line:
            name, tab, sentence = line.partition("\t")
            if not tab:
                raise _bad_line(path, number, "an id, a tab and a sentence", repr(line[:60]))
            found.append((name, sentence))
    return found


def _field(text: str) -> str:
    inner = text[1:-1]
    quoted = len(text) > 1 and text[0] == text[-1] == '"'
    # The CSV writer quotes a field only if it holds a quote, and doubles that.
    doubled = '""' in inner and '"' not in inner.replace('""', "")
    return inner.replace('""', '"') if quoted and doubled else text


def _answers(question: dict[str, Any]) -> dict[str, list[Any]]:
    given = [] if question.get("is_impossible") else question.get("answers", [])
    return {
        "text": [answer["text"] for answer in given],
        "answer_start": [int(answer["answer_start"]) for answer in given],
    }


def _bad_line(path: Path, number: int, expected: str, came: str) -> DataError:
    return DataError(
        f"Expected {expected} in {path}, line {number}; got {came}. Put the file there again."
    )

"""Examples as cards of HTML, one column per language; every text of the data is escaped."""

from __future__ import annotations

import html
import string
import unicodedata
from collections.abc import Sequence
from typing import Any

import pandas as pd

from xfer_core.charts import example_words
from xfer_core.domain.language import LANGUAGES
from xfer_core.domain.task import Row, Task, TaskKind

_UNSPACED = ("Han", "Kanji and kana")
_CLOSING = ("Pe", "Pf", "Po")
"""Unicode categories of signs that stand close to the word before them."""
_TONES = {
    **dict.fromkeys(("PER", "NOUN", "PROPN", "PRON"), "one"),
    **dict.fromkeys(("LOC", "VERB", "AUX"), "two"),
    **dict.fromkeys(("ORG", "ADJ", "ADV"), "three"),
}
"""Tag -> a colour that supports it; the tag itself is always written."""


def cards(task: Task, examples: pd.DataFrame, languages: Sequence[str]) -> str:
    """One card per example.

    Args:
        task: whose examples they are.
        examples: ``id`` and one column per language with its row or None, as in the view
            ``examples.side_by_side``.
        languages: the columns of a card, in this order.
    """
    return "".join(_card(task, record, languages) for record in examples.to_dict("records"))


def _card(task: Task, record: dict[Any, Any], languages: Sequence[str]) -> str:
    rows: dict[str, Row] = {code: record[code] for code in languages if record[code]}
    facts = {code: example_words.facts(task, row) for code, row in rows.items()}
    known = [facts[code] for code, row in rows.items() if not _english_side(row)]
    # What holds in every language is said once, above.
    common = [fact for fact in known[0] if all(fact in other for other in known)] if known else []
    cells = {
        code: [*_parts(task, row, code), *_facts([f for f in facts[code] if f not in common])]
        for code, row in rows.items()
    }
    height = 1 + max((len(parts) for parts in cells.values()), default=0)
    name = _escaped(record["id"])
    return (
        f'<section class="xfer-card" aria-label="Example {name}"><div class="xfer-head">'
        f"<span>id <strong>{name}</strong></span>{''.join(_facts(common))}</div>"
        '<div class="xfer-columns">'
        + "".join(_cell(code, cells.get(code, ["–"]), height) for code in languages)
        + "</div></section>"
    )


def _cell(code: str, parts: list[str], height: int) -> str:
    blocks = "".join(f"<div>{part}</div>" for part in parts)
    name = _escaped(example_words.language_name(code))
    return (
        f'<div class="xfer-cell" {_spoken(code)} style="grid-row: span {height}">'
        f'<div class="xfer-name" lang="en">{name}</div>{blocks}</div>'
    )


def _parts(task: Task, row: Row, code: str) -> list[str]:
    """The blocks of a cell from top to bottom; the same number in every language."""
    match task.kind:
        case TaskKind.CLASSIFICATION if len(task.columns) == 1:
            return [_escaped(row[task.columns[0]])]
        case TaskKind.CLASSIFICATION:
            return [_field(column, _escaped(row[column])) for column in task.columns]
        case TaskKind.TAGGING:
            return [_words(task, row, code)]
        case TaskKind.MULTIPLE_CHOICE:
            return [_escaped(row["question"]), *_choices(row)]
        case TaskKind.SPAN:
            asked = _spoken(str(row.get("question_language", code)))
            name = example_words.question_name(row, code)
            question = f"<div {asked}>{_field(name, _escaped(row['question']))}</div>"
            return [_field("text", _marked(row)), question]
        case _:
            return [_escaped(row["source"] if _english_side(row) else row["target"])]


def _english_side(row: Row) -> bool:
    """Whether a row is the English half of a pair, of which the other half says more."""
    return "source" in row and "target" not in row


def _choices(row: Row) -> list[str]:
    return [
        _option(letter, choice, number == row["answer"])
        for number, (letter, choice) in enumerate(
            zip(string.ascii_uppercase, row["choices"], strict=False)
        )
    ]


def _option(letter: str, choice: str, right: bool) -> str:
    check = ' <span class="xfer-check" role="img" aria-label="right answer">✓</span>'
    return (
        f'<div class="xfer-option{" xfer-right" if right else ""}">'
        f'<span class="xfer-letter" lang="en">{letter}</span>'
        f"<span><bdi>{_escaped(choice)}</bdi>{check if right else ''}</span></div>"
    )


def _marked(row: Row) -> str:
    """The text with its answers marked; an answer that is not where it should be is said below."""
    context, done, place, astray = str(row["context"]), "", 0, ""
    answers = zip(row["answers"]["answer_start"], row["answers"]["text"], strict=True)
    for start, text in sorted(answers):
        if start < place or context[start : start + len(text)] != text:
            astray += _field("answer", _escaped(text))
            continue
        done += f"{_escaped(context[place:start])}<mark>{_escaped(text)}</mark>"
        place = start + len(text)
    return done + _escaped(context[place:]) + astray


def _words(task: Task, row: Row, code: str) -> str:
    known = LANGUAGES.get(code)
    gap = "" if known and known.script in _UNSPACED else " "
    tokens, tags = row["tokens"], row["tags"]
    if example_words.chunk_types(task):
        pieces, look = _chunks(tokens, tags, gap), "xfer-words xfer-chunks"
    else:
        pieces, look = list(zip(tokens, tags, strict=True)), "xfer-words"
    return f'<div class="{look}">{_joined(pieces, gap)}</div>'


def _chunks(tokens: Sequence[str], tags: Sequence[str], gap: str) -> list[tuple[str, str]]:
    """Text and type ("" outside): the words of a chunk (B-PER, I-PER ...) in one piece."""
    pieces: list[tuple[str, str]] = []
    for token, tag in zip(tokens, tags, strict=True):
        begins, kind = tag[:2], "" if tag == example_words.OUTSIDE else tag[2:]
        if begins == "I-" and pieces and pieces[-1][1] == kind:
            pieces[-1] = (f"{pieces[-1][0]}{gap}{token}", kind)
        else:
            pieces.append((token, kind))
    return pieces


def _joined(pieces: Sequence[tuple[str, str]], gap: str) -> str:
    """Words in a row, those with a tag over it; signs stand close to the word before them."""
    done = ""
    for text, tag in pieces:
        close = not done or (not tag and unicodedata.category(text[0]) in _CLOSING)
        done += ("" if close else gap) + (_tagged(text, tag) if tag else _escaped(text))
    return done


def _tagged(text: str, tag: str) -> str:
    tone = _TONES.get(tag, "plain")
    return (
        f'<span class="xfer-word"><span>{_escaped(text)}</span>'
        f'<span class="xfer-tag {tone}" lang="en" dir="ltr">{_escaped(tag)}</span></span>'
    )


def _field(name: str, content: str) -> str:
    return f'<span class="xfer-field" lang="en">{_escaped(name)}</span>{content}'


def _facts(facts: Sequence[tuple[str, str]]) -> list[str]:
    """Small boxes, such as "label: entailment"."""
    return [
        f'<span class="xfer-fact" lang="en" dir="ltr">{_escaped(name) + ": " if name else ""}'
        f"<strong>{_escaped(value)}</strong></span>"
        for name, value in facts
    ]


def _spoken(code: str) -> str:
    """The attributes of a text in a language."""
    known = LANGUAGES.get(code)
    return f'lang="{_escaped(code)}" dir="{known.direction if known else "auto"}"'


def _escaped(text: object) -> str:
    return html.escape(str(text), quote=True)

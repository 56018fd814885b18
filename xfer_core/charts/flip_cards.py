"""Flipped examples as cards: what each side answered, and the text where it is here."""

from __future__ import annotations

import html
import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from xfer_core.charts import example_cards, theme, words
from xfer_core.charts.theme import Palette
from xfer_core.domain.task import Row, Task, TaskKind

CHANGES = {"gained": "wrong → right", "lost": "right → wrong"}
LONGEST = 400
_SHEET = """<style>
.xfer-flip {{margin: 0 0 1.1rem 0;}}
.xfer-flip > .xfer-card {{margin: 0; border-top-left-radius: 0; border-top-right-radius: 0;}}
.xfer-flip-head {{border: 1px solid {grid}; border-bottom: 0; border-radius: 8px 8px 0 0;
    padding: 0.4rem 0.9rem; color: {text}; font-family: {font}; line-height: 1.5;
    background: {shade}; border-left: 6px solid {line};}}
.xfer-flip-head.gained {{border-left-color: {gained};}}
.xfer-flip-head.lost {{border-left-color: {lost};}}
.xfer-flip-head.alone {{border-bottom: 1px solid {grid}; border-radius: 8px;}}
.xfer-flip-answers {{display: grid; grid-template-columns: max-content 1fr; gap: 0 0.8rem;
    font-size: 0.95rem; overflow-wrap: anywhere; margin: 0.2rem 0 0 0;}}
.xfer-flip-answers dt {{color: {muted};}} .xfer-flip-answers dd {{margin: 0;}}
</style>"""


def style(colors: Palette) -> str:
    """The style sheet of the heads; the cards below have their own."""
    return _SHEET.format(
        grid=colors.grid,
        text=colors.text,
        muted=colors.muted,
        line=colors.line,
        font=theme.FONT,
        shade=theme.mix(colors.background, colors.grid, 0.4),
        gained=colors.positive[2],
        lost=colors.negative[2],
    )


@dataclass(frozen=True)
class Texts:
    """The test examples that are here: language -> table as in the view ``examples``."""

    task: Task
    language: str
    """In which the examples flipped."""
    tables: Mapping[str, pd.DataFrame]

    @property
    def shown(self) -> list[str]:
        """The languages in which texts are shown."""
        return list(self.tables)

    def at(self, place: int, name: str | None) -> tuple[str, Row] | None:
        """Id and row of an example; None where it is not here, or is another than was measured."""
        table = self.tables.get(self.language)
        if table is None or not 0 <= place < len(table):
            return None
        found = (str(table["id"].iloc[place]), table["row"].iloc[place])
        return found if name is None or found[0] == name else None

    def card(self, name: str) -> str:
        """The example in all languages."""
        known: dict[str, Any] = {"id": name}
        for code, table in self.tables.items():
            same = table[table["id"] == name]
            known[code] = None if same.empty else same["row"].iloc[0]
        table = pd.DataFrame([known], dtype=object)
        return example_cards.cards(self.task, table, self.shown)


def cards(flips: pd.DataFrame, texts: Texts) -> str:
    """One card per flipped example (rows of the view ``compare_examples.flipped``)."""
    return "".join(_card(record, texts) for record in flips.to_dict("records"))


def answer(given: Any, row: Row | None, texts: Texts) -> str:
    """A prediction as a person says it: the label, the option's text, the tags, the answer."""
    kind = texts.task.kind
    if given is None or given == "":
        return "no answer"
    if isinstance(given, list):
        return " ".join(map(str, given))
    if kind is TaskKind.MULTIPLE_CHOICE and isinstance(given, int):
        choices = row["choices"] if row else []
        letter = string.ascii_uppercase[given] if 0 <= given < 26 else str(given)
        return f"{letter}: {choices[given]}" if 0 <= given < len(choices) else letter
    if kind in (TaskKind.RETRIEVAL, TaskKind.MINING) and isinstance(given, int):
        partner = texts.at(given, None)
        return str(partner[1].get("source", "")) if partner else f"sentence {given}"
    return str(given)


def right_answer(task: Task, row: Row) -> Any:
    """What would have been right, in the form of a prediction; None where the card says it."""
    match task.kind:
        case TaskKind.CLASSIFICATION:
            return row["label"]
        case TaskKind.TAGGING:
            return list(row["tags"])
        case TaskKind.MULTIPLE_CHOICE:
            return row["answer"]
        case TaskKind.SPAN:
            return next(iter(row["answers"]["text"]), "")
        case TaskKind.RETRIEVAL:
            return row["source"]
        case _:
            return None


def _card(record: dict[Any, Any], texts: Texts) -> str:
    name = record["id"] if isinstance(record["id"], str) else None
    found = texts.at(int(record["place"]), name)
    row = found[1] if found else None
    head = _head(record, texts, row)
    return f'<div class="xfer-flip">{head}{texts.card(found[0]) if found else ""}</div>'


def _head(record: dict[Any, Any], texts: Texts, row: Row | None) -> str:
    change, seeds = str(record["change"]), words.plural(int(record["n_seeds"]), "seed")
    known = isinstance(record["id"], str)
    title = "" if row is not None else f" · example {record['id'] if known else record['place']}"
    said = html.escape(f"in {int(record['n_changed'])} of {seeds}{title}")
    return (
        f'<div class="xfer-flip-head {change}{"" if row is not None else " alone"}">'
        f"<strong>{CHANGES[change]}</strong> {said}{_answers(record, texts, row)}</div>"
    )


def _answers(record: dict[Any, Any], texts: Texts, row: Row | None) -> str:
    """Both answers and the right one; nothing where the predictions were not kept."""
    if record["seed"] is None:
        return ""
    seed = f", seed {record['seed']}" if int(record["n_seeds"]) > 1 else ""
    lines = [(f"{side.upper()}{seed}", record[f"prediction_{side}"]) for side in "ab"]
    right = None if row is None else right_answer(texts.task, row)
    if right is not None:
        lines.append(("right answer", right))
    items = "".join(
        f"<dt>{html.escape(title)}</dt><dd>{_isolated(answer(given, row, texts), texts)}</dd>"
        for title, given in lines
    )
    return f'<dl class="xfer-flip-answers">{items}</dl>'


def _isolated(text: str, texts: Texts) -> str:
    """A text in a direction of its own, whatever stands around it."""
    spoken = texts.task.kind in (TaskKind.SPAN, TaskKind.MULTIPLE_CHOICE)
    lang = f' lang="{html.escape(texts.language, quote=True)}"' if spoken else ""
    short = theme.shortened(words.visible(text), LONGEST)
    return f'<bdi{lang} dir="auto">{html.escape(short)}</bdi>'

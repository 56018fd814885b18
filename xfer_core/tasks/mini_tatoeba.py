"""mini-tatoeba: find each English sentence's translation among all sentences of a language."""

from __future__ import annotations

from xfer_core.domain.language import MINI_LANGUAGES
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.mini import sentences
from xfer_core.mini.grammar import Grammar
from xfer_core.mini.source import Generated


def render(item: sentences.Utterance, grammar: Grammar) -> Row:
    """The English sentence and its translation."""
    return {
        "source": sentences.english(item),
        "target": grammar.text(sentences.tokens(item, grammar)),
    }


MINI_TATOEBA = Task(
    name="mini-tatoeba",
    title="mini Tatoeba",
    kind=TaskKind.RETRIEVAL,
    catalog="mini",
    source=Generated(
        "mini-tatoeba",
        sentences.draw,
        render,
        sizes={"dev": 120, "test": 500},
        unique=lambda item: [sentences.english(item)],
    ),
    languages=MINI_LANGUAGES[1:],
    metric="accuracy",
)

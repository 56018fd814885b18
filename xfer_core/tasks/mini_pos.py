"""mini-pos: universal part-of-speech tags, gold by construction, in every language."""

from __future__ import annotations

from xfer_core.domain.language import MINI_LANGUAGES
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.mini import sentences
from xfer_core.mini.grammar import UPOS, Grammar
from xfer_core.mini.source import Generated


def render(item: sentences.Utterance, grammar: Grammar) -> Row:
    """Words and tags of one utterance."""
    tagged = sentences.tokens(item, grammar)
    return {"tokens": [token.text for token in tagged], "tags": [token.tag for token in tagged]}


MINI_POS = Task(
    name="mini-pos",
    title="mini POS",
    kind=TaskKind.TAGGING,
    catalog="mini",
    source=Generated("mini-pos", sentences.draw, render),
    languages=MINI_LANGUAGES,
    labels=UPOS,
    metric="f1",
    train_examples=2400,
    steps=45,
)

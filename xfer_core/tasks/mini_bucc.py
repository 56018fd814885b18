"""mini-bucc: mine the pairs of translations that are hidden among sentences without one.

No sentence is in a split twice, on either side, so there are no pairs but those that are marked.
"""

from __future__ import annotations

import random

from xfer_core.domain.language import MINI_LANGUAGES
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.mini import sentences
from xfer_core.mini.grammar import Grammar
from xfer_core.mini.source import Generated

PARALLEL_SHARE = 0.4

Item = tuple[sentences.Utterance, sentences.Utterance | None]


def draw(rng: random.Random, split: str) -> Item:
    """An English sentence, and the other one that is put among the translations instead of its."""
    sentence = sentences.draw(rng, split)
    return sentence, None if rng.random() < PARALLEL_SHARE else sentences.draw(rng, split)


def render(item: Item, grammar: Grammar) -> Row:
    """A line of the English list and one of the other list; ``parallel`` if they are a pair."""
    sentence, other = item
    return {
        "source": sentences.english(sentence),
        "target": grammar.text(sentences.tokens(other or sentence, grammar)),
        "parallel": other is None,
    }


MINI_BUCC = Task(
    name="mini-bucc",
    title="mini BUCC",
    kind=TaskKind.MINING,
    catalog="mini",
    source=Generated(
        "mini-bucc",
        draw,
        render,
        sizes={"dev": 200, "test": 500},
        unique=lambda item: [sentences.english(one) for one in item if one],
    ),
    languages=MINI_LANGUAGES[1:],
    metric="mining_f1",
)

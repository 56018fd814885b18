"""mini-ner: names of people, places and organisations; no name of the test is in training.

Languages and currencies are names too, but none of these: they stand where places stand.
"""

from __future__ import annotations

import random

from xfer_core.domain.language import MINI_LANGUAGES
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.mini import facts, names, sentences, world
from xfer_core.mini.grammar import Grammar, Token
from xfer_core.mini.source import Generated
from xfer_core.mini.world import Event, Judgement, Knowledge, Mention, Sentence

TYPES = {"country": "LOC", "city": "LOC", "company": "ORG", "agent": "PER"}
"""Slot -> the entity type of a name in it."""
HOMONYMS = ("Europe/Sofia",)
"""Cities that are called as a person is: in training the one, in the test the other."""
LABELS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-ORG", "I-ORG")


def draw(rng: random.Random, split: str) -> sentences.Utterance:
    """A sentence, mostly with a name of the split in it."""
    content = rng.choices((_event, _mention, _place, _opinion), (40, 40, 10, 10))[0](rng, split)
    return sentences.worded(content, rng.randrange(2))


def render(item: sentences.Utterance, grammar: Grammar) -> Row:
    """Words and entity tags (BIO)."""
    tokens = sentences.tokens(item, grammar)
    return {"tokens": [token.text for token in tokens], "tags": _tags(tokens)}


def _tags(tokens: list[Token]) -> list[str]:
    tags, before = [], ""
    for token in tokens:
        kind = TYPES.get(token.slot, "") if token.tag == "PROPN" else ""
        tags.append(f"{'I' if kind == before else 'B'}-{kind}" if kind else "O")
        before = kind
    return tags


def _somebody(rng: random.Random, split: str) -> str:
    if rng.random() < 0.7:
        return rng.choice(facts.called(tuple(world.GIVEN_NAMES), split))
    return rng.choice(world.PEOPLE)


def _event(rng: random.Random, split: str) -> Sentence:
    event = facts.event(rng, split)
    named: Event = event.filled("agent", _somebody(rng, split))
    if facts.split_of("event", named.agent, named.verb, named.object) != split:
        raise facts.Exhausted("With that person the event is a fact of another split.")
    return named


def _mention(rng: random.Random, split: str) -> Sentence:
    category = rng.choice(world.MENTIONED)
    if category == "company":
        name = rng.choice(facts.called(tuple(world.COMPANIES), split))
    else:
        name = rng.choice([n for n in facts.members(category, split) if n not in HOMONYMS])
    somebody = _somebody(rng, split)
    if facts.split_of("mention", somebody, category, name) != split:
        raise facts.Exhausted("That person with that name is a fact of another split.")
    return Mention(somebody, category, name)


def _place(rng: random.Random, split: str) -> Sentence:
    cities = {code: names.atlas()[code]["city"] for code in facts.countries(split)}
    code = rng.choice([code for code, city in cities.items() if city not in HOMONYMS])
    return Knowledge("city", code, cities[code])


def _opinion(rng: random.Random, split: str) -> Sentence:
    judgement = facts.judgement(rng, split)
    return Judgement(**{**vars(judgement), "holder": _somebody(rng, split)})


MINI_NER = Task(
    name="mini-ner",
    title="mini NER",
    kind=TaskKind.TAGGING,
    catalog="mini",
    source=Generated("mini-ner", draw, render),
    languages=MINI_LANGUAGES,
    labels=LABELS,
    metric="f1",
    train_examples=2400,
    steps=60,
)

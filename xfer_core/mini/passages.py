"""Short texts with a question about them, shared by the tasks that read.

A passage tells of several events. One of them is asked for; another is told beside it that differs
in one given thing and in the answer, so that the place of the answer cannot be found by its kind
alone.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from xfer_core.domain.task import Row
from xfer_core.mini import facts, names, world
from xfer_core.mini.grammar import Grammar, Token
from xfer_core.mini.world import Event, Knowledge, Sentence

CIRCUMSTANCES = ("place", "day")
GIVEN = ("agent", "object", *CIRCUMSTANCES)


@dataclass(frozen=True)
class Reading:
    """Sentences with their wordings, and a question.

    The answer is what stands in the slot ``asked`` of sentence ``about``; for None nothing in the
    passage answers it. ``question`` is the event or fact as it is asked, ``variant`` its wording.
    """

    sentences: tuple[Sentence, ...]
    variants: tuple[int, ...]
    question: Event | Knowledge
    asked: str
    about: int | None
    variant: int = 0


def about_events(
    rng: random.Random, split: str, *, beside: int = 1, answerable: bool = True
) -> Reading:
    """A passage of ``beside`` + 2 events; the question repeats what is given of one of them.

    What is given in a question without answer is in the passage too, but in two events.
    """
    asked = rng.choice(world.EVENT_SLOTS)
    told = facts.event(rng, split, CIRCUMSTANCES)
    changed = rng.choice([slot for slot in GIVEN if slot != asked])
    rival = _changed(rng, _changed(rng, told, changed, split), asked, split)
    others = [facts.event(rng, split, CIRCUMSTANCES) for _ in range(beside)]
    question = told
    while not answerable and question == told:
        others[0] = facts.event(rng, split, CIRCUMSTANCES)
        question = _mixed_up(rng, told, rival, others[0], asked, split)
    events = [told, rival, *others]
    _refuse_if_answered(question, asked, events[0 if not answerable else 1 :])
    return _arranged(rng, events, question, asked, told if answerable else None)


def about_few_words(rng: random.Random, split: str) -> Reading:
    """A passage of four sentences; the question knows little of what they say."""
    if rng.random() < 0.5:
        return _about_knowledge(rng, split)
    asked = rng.choice(world.EVENT_SLOTS)
    events = [facts.event(rng, split, CIRCUMSTANCES) for _ in range(4)]
    kept = ("agent", "object") if asked in CIRCUMSTANCES else ("day",)
    question = events[0]
    for slot in CIRCUMSTANCES:
        if slot not in (*kept, asked):
            question = question.filled(slot, None)
    _refuse_if_answered(question, asked, events[1:])
    return _arranged(rng, events, question, asked, events[0])


def render(item: Reading, grammar: Grammar, asking: Grammar | None = None) -> Row:
    """Context, question and answers in the columns of SQuAD; no answer is an empty list."""
    spoken = [grammar.state(*one) for one in zip(item.sentences, item.variants, strict=True)]
    texts = [grammar.text(tokens) for tokens in spoken]
    answers: dict[str, list[str] | list[int]] = {"text": [], "answer_start": []}
    if item.about is not None:
        start, stop = _place(spoken[item.about], item.asked, grammar)
        before = sum(len(text) + 1 for text in texts[: item.about])
        text = texts[item.about][start:stop]
        answers = {"text": [text], "answer_start": [before + start]}
    return {
        "context": " ".join(texts),
        "question": _question(item, asking or grammar),
        "answers": answers,
    }


def _about_knowledge(rng: random.Random, split: str) -> Reading:
    relation = rng.choice(world.RELATIONS)
    first, second = rng.sample(facts.countries(split), 2)
    atlas = names.atlas()
    if atlas[first][relation] == atlas[second][relation]:
        raise facts.Exhausted("Both countries have the same answer.")
    told, rival = (Knowledge(relation, code, atlas[code][relation]) for code in (first, second))
    beside: list[Sentence] = [
        facts.event(rng, split, CIRCUMSTANCES),
        facts.mention(rng, split),
    ]
    return _arranged(rng, [told, rival, *beside], told, relation, told)


def _arranged(
    rng: random.Random,
    sentences: Sequence[Sentence],
    question: Event | Knowledge,
    asked: str,
    told: Sentence | None,
) -> Reading:
    order = rng.sample(list(sentences), len(sentences))
    return Reading(
        tuple(order),
        tuple(int(rng.random() < 0.3) for _ in order),
        question,
        asked,
        None if told is None else order.index(told),
        rng.randrange(2),
    )


def _changed(rng: random.Random, event: Event, slot: str, split: str) -> Event:
    return event.filled(slot, facts.other(rng, event, slot, split))


def _mixed_up(
    rng: random.Random, event: Event, rival: Event, other: Event, asked: str, split: str
) -> Event:
    """The event with one given thing of the other; the event itself if none can be taken over."""
    for slot in rng.sample(GIVEN, len(GIVEN)):
        value = getattr(other, slot)
        mixed = event.filled(slot, value)
        fits = slot != asked and value in facts.fillings(event, slot)
        if fits and facts.may_stand_beside(split, mixed) and not _answers(rival, mixed, asked):
            return mixed
    return event


def _refuse_if_answered(question: Event, asked: str, events: list[Event]) -> None:
    """Raise Exhausted if one of the events answers the question too."""
    if any(_answers(event, question, asked) for event in events):
        raise facts.Exhausted("The question has two answers.")


def _answers(event: Event, question: Event, asked: str) -> bool:
    given = [slot for slot in ("verb", *GIVEN) if slot != asked and getattr(question, slot)]
    return all(getattr(event, slot) == getattr(question, slot) for slot in given)


def _question(item: Reading, grammar: Grammar) -> str:
    if isinstance(item.question, Knowledge):
        return grammar.text(grammar.ask_knowledge(item.asked, item.question.country))
    return grammar.text(grammar.ask_event(item.question, item.asked, item.variant))


def _place(tokens: list[Token], slot: str, grammar: Grammar) -> tuple[int, int]:
    """Where the words of a slot stand in the sentence's text."""
    places = [number for number, token in enumerate(tokens) if token.slot == slot]
    words = tokens[places[0] : places[-1] + 1]
    # To search for the words would find them inside another one that stands before.
    text, until = grammar.text(tokens), grammar.text(tokens[: places[-1] + 1])
    for capitalise in (False, True):
        phrase = grammar.text(words, capitalise=capitalise)
        if len(places) == len(words) and text.startswith(until) and until.endswith(phrase):
            return len(until) - len(phrase), len(until)
    raise ValueError(f"{grammar.code}: the words of {slot!r} do not stand together in {text!r}.")

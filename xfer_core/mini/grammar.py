"""How a language file says the things of the world: the contract and what all languages share.

A language file subclasses ``Grammar``. Its tables and templates hold *tagged phrases*: words
with their universal part-of-speech tag behind a slash, separated by blanks, as in
``"the/DET doctor/NOUN"``. So each sentence comes with gold tags, and one template serves the
plain text and the tagging task alike.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from string import Formatter
from typing import ClassVar

from xfer_core.mini import names, world
from xfer_core.mini.world import (
    Event,
    Judgement,
    Kind,
    Knowledge,
    Mention,
    Month,
    Opposite,
    Sentence,
    Sum,
    Weekday,
)

UPOS = tuple("ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ VERB".split())
_CLOSING = re.compile(r"\s+([.,?!:;。，？！：、؟،।])")


@dataclass(frozen=True)
class Token:
    """One word with its universal part-of-speech tag."""

    text: str
    tag: str
    slot: str = ""
    """The template's slot that the word fills, such as "agent"; of a name, its category."""


Template = str | tuple[str, str]
"""A tagged phrase with ``{slots}``, or a pair of them: masculine, feminine agent."""


class Grammar(ABC):
    """One language of the mini benchmark. Subclass it, fill the tables, write three methods."""

    code: ClassVar[str]
    """ISO 639-1 code, also the CLDR locale that proper names are taken from."""
    separator: ClassVar[str] = " "
    """What stands between words: a blank, or nothing (Chinese)."""
    full_stop: ClassVar[str] = "./PUNCT"
    question_mark: ClassVar[str] = "?/PUNCT"
    capitalise: ClassVar[bool] = True
    """Whether the first letter of a sentence is raised."""

    GENDER: ClassVar[dict[str, str]] = {}
    """Noun -> "m", "f" or "n", for every noun of world.COMMON_NOUNS and world.JUDGED; empty if
    the language has no gender."""
    LABELS: ClassVar[dict[str, str]]
    """Every noun of world.COMMON_NOUNS -> its bare dictionary form, UNTAGGED, as an answer."""
    GIVEN_NAMES: ClassVar[dict[str, str]]
    """world.GIVEN_NAMES -> how the language writes the name, UNTAGGED, one word, all different."""
    COMPANIES: ClassVar[dict[str, str]]
    """world.COMPANIES -> the invented name in the language's script, UNTAGGED, one word."""
    OPPOSITES: ClassVar[dict[str, str]]
    """world.QUALITIES -> the adjective in dictionary form, UNTAGGED, all different."""
    PLACES: ClassVar[dict[str, str]]
    """world.PLACES -> "in the garden" as a tagged phrase, preposition or case included."""
    DAYS: ClassVar[dict[str, str]]
    """world.DAYS -> "on Monday" as a tagged phrase."""
    NUMBERS: ClassVar[tuple[str, ...]]
    """The words for 0 to world.MAX_NUMBER, UNTAGGED single words (no blanks)."""

    EVENT: ClassVar[str]
    """Slots {agent} {verb} {object} {place} {day} {not} {base}; place, day and not may be empty."""
    EVENT_DAY_FIRST: ClassVar[str]
    """The same with the day in front; only used when there is a day."""
    EVENT_QUESTIONS: ClassVar[dict[str, tuple[str, str]]]
    """Asked slot of world.EVENT_SLOTS -> two wordings or orders of the same question. The asked
    slot is not filled. {place} may be empty in both; {day} may be empty in the first only."""
    ASK: ClassVar[str]
    """"Please tell me:" in front of a question."""
    SAYS: ClassVar[Template]
    """"{agent} says:" in front of a judgement."""
    JUDGEMENT: ClassVar[str]
    """Slots {subject} {was} {not} {degree} {adjective}."""
    DEGREES: ClassVar[dict[str, str]]
    """"very" and "really" -> tagged phrase ("plain" is empty)."""
    MENTIONS: ClassVar[dict[str, Template]]
    """world.MENTIONED -> a person travels to the country / learns the language / pays with the
    currency / visits the city / works for the company {name}; the name stays in citation form
    (apposition)."""
    KNOWLEDGE: ClassVar[dict[str, str]]
    """world.RELATIONS -> statement with {country} and {value}, both in citation form."""
    KNOWLEDGE_QUESTIONS: ClassVar[dict[str, str]]
    """world.RELATIONS -> question with {country}."""
    KIND_STATEMENTS: ClassVar[dict[str, str]]
    """world.CATEGORIES -> "the word {name} stands for an animal" / "for a unit of length"; the
    name in dictionary form, one or more words."""
    KIND_QUESTIONS: ClassVar[dict[str, str]]
    """world.CATEGORIES -> "Which of these is an animal?"."""
    NOT_KIND_QUESTIONS: ClassVar[dict[str, str]]
    """world.CATEGORIES -> "Which of these is not an animal?"."""
    SUM: ClassVar[str]
    """Slots {left} {right} {result}: "two plus three is five"."""
    DIFFERENCE: ClassVar[str]
    SUM_QUESTION: ClassVar[str]
    DIFFERENCE_QUESTION: ClassVar[str]
    CALENDAR_QUESTIONS: ClassVar[dict[str, str]]
    """world.CALENDAR -> "Today is {day}. What day is tomorrow?", the day in citation form."""
    CALENDAR_STATEMENTS: ClassVar[dict[str, str]]
    """world.CALENDAR -> "Today is {day}. Tomorrow is {value}", both in citation form."""
    MONTH_QUESTIONS: ClassVar[dict[str, str]]
    """world.MONTH_STEPS -> "Which month comes after the month {name}?", in citation form."""
    MONTH_STATEMENTS: ClassVar[dict[str, str]]
    """world.MONTH_STEPS -> "The month {value} comes after the month {name}"."""
    OPPOSITE: ClassVar[str]
    """"The opposite of the word {name} is the word {value}", both in dictionary form."""
    OPPOSITE_QUESTION: ClassVar[str]
    """"Which word is the opposite of the word {name}?"."""

    # -- the three methods that a language writes ------------------------------------------

    @abstractmethod
    def noun_phrase(self, noun: str, role: str, adjective: str | None = None) -> str:
        """Definite noun phrase as a tagged phrase; ``role`` is "subject" or "object"."""

    @abstractmethod
    def verb(self, event: Event, gender: str) -> dict[str, str]:
        """Fillings of {verb}, {not} and {base} for a past event and its agent's gender."""

    @abstractmethod
    def predicate(self, judgement: Judgement, gender: str) -> dict[str, str]:
        """Fillings of {was}, {not} and {adjective}, agreeing with the subject's gender."""

    # -- what all share ---------------------------------------------------------------------

    @cached_property
    def names(self) -> names.Names:
        """Proper names of this language out of CLDR."""
        return names.Names(self.code)

    def gender(self, noun: str | None) -> str:
        """Grammatical gender of a noun or a given name; masculine for an asked-for agent."""
        if noun in world.GIVEN_NAMES:
            return "f" if noun in world.WOMEN else "m"
        return self.GENDER.get(noun, "m") if noun else "m"

    def named(self, name: str) -> str:
        """A person called by name, as a subject: a tagged phrase. Override for articles."""
        return f"{self.GIVEN_NAMES[name]}/PROPN"

    def agent(self, agent: str) -> str:
        """Tagged phrase of whoever does something, as a subject."""
        if agent in world.GIVEN_NAMES:
            return self.named(agent)
        return self.noun_phrase(agent, "subject")

    def state(self, sentence: Sentence, variant: int = 0) -> list[Token]:
        """Tagged tokens of a statement; ``variant`` 1 puts an event's day in front."""
        template, slots = self._statement(sentence, variant)
        return fill(f"{template} {self.full_stop}", slots)

    def _statement(self, sentence: Sentence, variant: int) -> tuple[str, Mapping[str, str]]:
        """The template of a statement and what fills its slots."""
        match sentence:
            case Event():
                front = variant and sentence.day
                template = self.EVENT_DAY_FIRST if front else self.EVENT
                return template, self._event_slots(sentence)
            case Judgement():
                return self._judgement(sentence), {}
            case Mention():
                template = self._agreeing(self.MENTIONS[sentence.category], sentence.agent)
                named = template.replace("{name}", f"{{{sentence.category}}}")
                name = self._name(sentence.category, sentence.name)
                return named, {"agent": self.agent(sentence.agent), sentence.category: name}
            case Knowledge():
                relation = sentence.relation
                named = self.KNOWLEDGE[relation].replace("{value}", f"{{{relation}}}")
                country = self._name("country", sentence.country)
                return named, {"country": country, relation: self._name(relation, sentence.value)}
            case Sum():
                return self.DIFFERENCE if sentence.minus else self.SUM, self._sum_slots(sentence)
            case Kind():
                slots = {"name": _tagged(self.option(sentence.category, sentence.concept), "NOUN")}
                return self.KIND_STATEMENTS[sentence.category], slots
            case Opposite():
                return self.OPPOSITE, {
                    "name": _tagged(self.OPPOSITES[sentence.word], "ADJ"),
                    "value": _tagged(self.OPPOSITES[sentence.value], "ADJ"),
                }
            case Month():
                return self.MONTH_STATEMENTS[sentence.step], {
                    "name": _tagged(self.names.month(sentence.month), "NOUN"),
                    "value": _tagged(self.names.month(sentence.value), "NOUN"),
                }
            case Weekday():
                return self.CALENDAR_STATEMENTS[sentence.step], {
                    "day": _tagged(self.names.day(sentence.day), "NOUN"),
                    "value": _tagged(self.names.day(sentence.value), "NOUN"),
                }

    def ask_event(self, event: Event, asked: str, variant: int = 0) -> list[Token]:
        """Tagged tokens of the question for one slot of an event."""
        slots = self._event_slots(event, asked)
        front = variant and (bool(slots["day"]) or asked == "day")
        return self._ask(self.EVENT_QUESTIONS[asked][1 if front else 0], slots)

    def ask_knowledge(self, relation: str, country: str) -> list[Token]:
        """Tagged tokens of "What is the currency of the country X?"."""
        slots = {"country": self._name("country", country)}
        return self._ask(self.KNOWLEDGE_QUESTIONS[relation], slots)

    def ask_kind(self, category: str, negated: bool = False) -> list[Token]:
        """Tagged tokens of "Which of these is (not) an animal?"."""
        table = self.NOT_KIND_QUESTIONS if negated else self.KIND_QUESTIONS
        return self._ask(table[category], {})

    def ask_sum(self, sum_: Sum) -> list[Token]:
        """Tagged tokens of "How much is two plus three?"."""
        template = self.DIFFERENCE_QUESTION if sum_.minus else self.SUM_QUESTION
        return self._ask(template, self._sum_slots(sum_))

    def ask_calendar(self, step: str, day: int) -> list[Token]:
        """Tagged tokens of "Today is Monday. What day is tomorrow?"."""
        slots = {"day": _tagged(self.names.day(day), "NOUN")}
        return self._ask(self.CALENDAR_QUESTIONS[step], slots)

    def ask_month(self, step: str, month: int) -> list[Token]:
        """Tagged tokens of "Which month comes after the month May?"."""
        slots = {"name": _tagged(self.names.month(month), "NOUN")}
        return self._ask(self.MONTH_QUESTIONS[step], slots)

    def ask_opposite(self, word: str) -> list[Token]:
        """Tagged tokens of "Which word is the opposite of the word big?"."""
        slots = {"name": _tagged(self.OPPOSITES[word], "ADJ")}
        return self._ask(self.OPPOSITE_QUESTION, slots)

    def option(self, category: str, concept: str) -> str:
        """Text of a common noun, a unit or a proper name as an answer option."""
        if category in world.THINGS:
            return self.LABELS[concept]
        if category in world.UNITS:
            return self.names.unit(category, concept)
        if category == "company":
            return self.COMPANIES[concept]
        return self.names.name(category, concept)

    def politely(self, question: list[Token]) -> list[Token]:
        """The question with "please tell me:" in front."""
        return [*parse(self.ASK), *question]

    def phrase_text(self, phrase: str) -> str:
        """Plain text of a tagged phrase, as an answer option (no full stop)."""
        return self.text(parse(phrase), capitalise=False)

    def text(self, tokens: list[Token], capitalise: bool | None = None) -> str:
        """Plain text of tagged tokens, punctuation attached, first letter raised."""
        joined = self.separator.join([token.text for token in tokens])
        text = _CLOSING.sub(lambda closing: closing[1], joined)  # faster than a template
        raise_first = self.capitalise if capitalise is None else capitalise
        return text[:1].upper() + text[1:] if raise_first else text

    def _judgement(self, judgement: Judgement) -> str:
        slots = self.predicate(judgement, self.gender(judgement.subject))
        degree = "" if judgement.degree == "plain" else self.DEGREES[judgement.degree]
        subject = self.noun_phrase(judgement.subject, "subject")
        phrase = self.JUDGEMENT.format(subject=subject, degree=degree, **slots)
        if judgement.holder is None:
            return phrase
        says = self._agreeing(self.SAYS, judgement.holder)
        return f"{says.format(agent=self.agent(judgement.holder))} {phrase}"

    def _event_slots(self, event: Event, asked: str | None = None) -> dict[str, str]:
        agent_gender = self.gender(None if asked == "agent" else event.agent)
        return {
            "agent": self.agent(event.agent),
            "object": self.noun_phrase(event.object, "object", event.adjective),
            "place": self.PLACES[event.place] if event.place and asked != "place" else "",
            "day": self.DAYS[event.day] if event.day and asked != "day" else "",
            **self.verb(event, agent_gender),
        }

    def _sum_slots(self, sum_: Sum) -> dict[str, str]:
        return {
            "left": _tagged(self.NUMBERS[sum_.left], "NUM"),
            "right": _tagged(self.NUMBERS[sum_.right], "NUM"),
            "result": _tagged(self.NUMBERS[sum_.result], "NUM"),
        }

    def _name(self, category: str, concept: str) -> str:
        return _tagged(self.option(category, concept), "PROPN")

    def _agreeing(self, template: Template, agent: str) -> str:
        if isinstance(template, str):
            return template
        return template[1 if self.gender(agent) == "f" else 0]

    def _ask(self, template: str, slots: Mapping[str, str]) -> list[Token]:
        return fill(f"{template} {self.question_mark}", slots)


def fill(template: str, slots: Mapping[str, str]) -> list[Token]:
    """Tokens of a template; each knows which slot it fills.

    Raises:
        ValueError: a word without a tag, or one that is glued to a slot.
    """
    tokens: list[Token] = []
    for literal, slot in _pieces(template):
        tokens += _parsed(literal, "")
        if slot:
            tokens += _parsed(slots[slot], slot)
    return tokens


def parse(phrase: str) -> list[Token]:
    """Tokens of a tagged phrase such as ``"the/DET doctor/NOUN"``.

    Raises:
        ValueError: a word has no tag, or one that is not a universal part-of-speech tag.
    """
    return list(_parsed(phrase, ""))


# The same few templates and phrases are told again and again: half of the time of making rows.
@lru_cache(maxsize=4096)
def _pieces(template: str) -> tuple[tuple[str, str | None], ...]:
    return tuple((literal, slot) for literal, slot, _, _ in Formatter().parse(template))


@lru_cache(maxsize=65536)
def _parsed(phrase: str, slot: str) -> tuple[Token, ...]:
    tokens = []
    for part in phrase.split():
        text, _, tag = part.rpartition("/")
        if not text or tag not in UPOS:
            raise ValueError(f"Expected word/TAG with a tag of {', '.join(UPOS)}; got {part!r}.")
        tokens.append(Token(text, tag, slot))
    return tuple(tokens)


def _tagged(text: str, tag: str) -> str:
    return " ".join(f"{word}/{tag}" for word in text.split())

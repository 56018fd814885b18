"""The language-neutral world of the mini benchmark: concepts, and the things that can be said.

Everything here is an identifier. How a concept is written, inflected and ordered is the business
of one file per language in ``languages/``; which facts a split may use is decided in ``facts.py``.
"""

from __future__ import annotations

from dataclasses import dataclass

PEOPLE = (
    "doctor teacher farmer driver singer baker student nurse soldier writer "
    "painter judge king queen girl boy mother father grandmother uncle"
).split()
ANIMALS = ("dog cat horse cow bird fish sheep wolf bear mouse lion elephant monkey rabbit").split()
FOOD = "apple bread cheese egg cake orange banana potato honey salt".split()
FURNITURE = "chair table bed lamp cupboard sofa mirror carpet".split()
CLOTHES = "shirt hat coat dress belt scarf glove sock".split()
TOOLS = "knife hammer key rope brush bucket needle ladder".split()
DOCUMENTS = "book letter newspaper picture map dictionary".split()
OBJECTS = FOOD + FURNITURE + CLOTHES + TOOLS + DOCUMENTS
"""What can be bought, found or lost: the grammatical objects of events."""

THINGS = {
    "person": PEOPLE,
    "animal": ANIMALS,
    "food": FOOD,
    "furniture": FURNITURE,
    "clothes": CLOTHES,
    "tool": TOOLS,
    "document": DOCUMENTS,
}
"""Category -> the common nouns that belong to it."""

NAMED = ("country", "language", "currency", "city")
"""Categories whose members are proper names out of CLDR (see ``names.py``)."""

UNITS = {
    "length": "kilometer meter centimeter mile foot inch".split(),
    "mass": "kilogram gram milligram pound ounce".split(),
    "time": "second minute hour day week year".split(),
    "volume": "liter milliliter barrel".split(),
}
"""What is measured -> CLDR's units of it."""

CATEGORIES = (*THINGS, *NAMED, *UNITS)

WOMEN = "anna maria olga sofia laura elena nina eva sara julia emma clara".split()
MEN = "ivan paul victor david daniel martin robert peter thomas omar felix leon".split()
GIVEN_NAMES = WOMEN + MEN
"""People that are called by their name; agents of events as any other."""

COMPANIES = (
    "veltron novaris komadis lumetra baxodor tirello zemira orvanta "
    "kaldura pelinor sorvex midoran falcora rundel gavotta xenika"
).split()
"""Invented, so that nothing is known of them but their name."""

MENTIONED = (*NAMED, "company")

VERBS = "buy sell find lose see carry steal hide bring clean forget take".split()
ANIMAL_VERBS = "find see carry steal hide bring take".split()
PLACES = (
    "market school garden kitchen station hospital library forest village street museum hotel"
).split()
DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
ADJECTIVES = "red green blue black white yellow big small old new".split()

JUDGED = "film meal hotel music story journey party song concert game book weather".split()
GOOD = "good wonderful excellent beautiful pleasant interesting great perfect".split()
BAD = "bad terrible awful ugly unpleasant boring dreadful weak".split()
DEGREES = ("plain", "very", "really")

RELATIONS = ("currency", "language", "city")
"""What is known of a country: its money, its official language, its best-known city."""

OPPOSITES = (
    ("big", "small"),
    ("old", "new"),
    ("black", "white"),
    ("good", "bad"),
    ("hot", "cold"),
    ("long", "short"),
    ("strong", "weak"),
    ("rich", "poor"),
    ("high", "low"),
    ("heavy", "light"),
    ("fast", "slow"),
    ("wet", "dry"),
    ("full", "empty"),
    ("open", "closed"),
    ("hard", "soft"),
    ("early", "late"),
)
QUALITIES = [word for pair in OPPOSITES for word in pair]

MAX_NUMBER = 20
MONTH_STEPS = {"after": 1, "before": -1}
CALENDAR = ("yesterday", "tomorrow", "before_yesterday", "after_tomorrow")
CALENDAR_STEPS = {"yesterday": -1, "tomorrow": 1, "before_yesterday": -2, "after_tomorrow": 2}

HUMAN = PEOPLE + GIVEN_NAMES
AGENTS = HUMAN + ANIMALS
COMMON_NOUNS = PEOPLE + ANIMALS + OBJECTS
EVENT_SLOTS = ("agent", "object", "place", "day")


@dataclass(frozen=True)
class Event:
    """Somebody did (or did not do) something: the core fact is (agent, verb, object)."""

    agent: str
    verb: str
    object: str
    adjective: str | None = None
    place: str | None = None
    day: str | None = None
    negated: bool = False

    def filled(self, slot: str, value: str | None) -> Event:
        """The same event with something else in one slot."""
        return Event(**{**vars(self), slot: value})

    @property
    def bare(self) -> Event:
        """The core fact and its polarity, without circumstances."""
        return Event(self.agent, self.verb, self.object, negated=self.negated)


@dataclass(frozen=True)
class Judgement:
    """Something was good or bad; ``holder`` is who says so."""

    subject: str
    adjective: str
    degree: str = "plain"
    negated: bool = False
    holder: str | None = None

    @property
    def positive(self) -> bool:
        """Whether the sentence as a whole praises its subject."""
        return (self.adjective in GOOD) != self.negated


@dataclass(frozen=True)
class Mention:
    """A person deals with a named thing (travels to a country, works for a company, ...)."""

    agent: str
    category: str
    name: str


@dataclass(frozen=True)
class Knowledge:
    """A real fact: ``relation`` of the territory ``country`` (CLDR code) is ``value``."""

    relation: str
    country: str
    value: str


@dataclass(frozen=True)
class Sum:
    """``left`` plus or minus ``right``."""

    left: int
    right: int
    minus: bool = False

    @property
    def result(self) -> int:
        """The number that comes out."""
        return self.left - self.right if self.minus else self.left + self.right

    @property
    def parts(self) -> tuple[int, int]:
        """The smaller and the greater part of the whole: 12 - 9 = 3 and 12 - 3 = 9 share them."""
        parts = (self.right, self.result if self.minus else self.left)
        return min(parts), max(parts)


@dataclass(frozen=True)
class Kind:
    """``concept`` is a member of the category: a dog is an animal, a mile a unit of length."""

    category: str
    concept: str


@dataclass(frozen=True)
class Opposite:
    """The opposite of a quality."""

    word: str

    @property
    def value(self) -> str:
        """The other of the pair."""
        return next(b if a == self.word else a for a, b in OPPOSITES if self.word in (a, b))


@dataclass(frozen=True)
class Month:
    """The month after or before a month; 0 is January."""

    step: str
    month: int

    @property
    def value(self) -> int:
        """The neighbour."""
        return (self.month + MONTH_STEPS[self.step]) % 12


@dataclass(frozen=True)
class Weekday:
    """The day that yesterday, tomorrow, ... is, if today is ``day``; 0 is Monday."""

    step: str
    day: int

    @property
    def value(self) -> int:
        """The other day."""
        return (self.day + CALENDAR_STEPS[self.step]) % 7


Sentence = Event | Judgement | Mention | Knowledge | Sum | Kind | Opposite | Month | Weekday
"""All that can be stated in one sentence of every language."""

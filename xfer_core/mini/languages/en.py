"""English: lexicon, templates and morphology of the mini benchmark."""

from __future__ import annotations

from xfer_core.mini import world
from xfer_core.mini.grammar import Grammar
from xfer_core.mini.world import Event, Judgement

VERBS = {
    "buy": "bought",
    "sell": "sold",
    "find": "found",
    "lose": "lost",
    "see": "saw",
    "carry": "carried",
    "steal": "stole",
    "hide": "hid",
    "bring": "brought",
    "clean": "cleaned",
    "forget": "forgot",
    "take": "took",
}
_PREPOSITIONS = {"market": "at", "station": "at", "street": "in"}


class English(Grammar):
    """English, the language of the training data."""

    code = "en"
    LABELS = {noun: noun for noun in world.COMMON_NOUNS}
    GIVEN_NAMES = {name: name.capitalize() for name in world.GIVEN_NAMES}
    COMPANIES = {name: name.capitalize() for name in world.COMPANIES}
    OPPOSITES = {word: word for word in world.QUALITIES}
    PLACES = {
        place: f"{_PREPOSITIONS.get(place, 'in')}/ADP the/DET {place}/NOUN"
        for place in world.PLACES
    }
    DAYS = {day: f"on/ADP {day.capitalize()}/PROPN" for day in world.DAYS}
    NUMBERS = tuple(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen twenty".split()
    )

    EVENT = "{agent} {verb} {object} {place} {day}"
    EVENT_DAY_FIRST = "{day} ,/PUNCT {agent} {verb} {object} {place}"
    EVENT_QUESTIONS = {
        "agent": (
            "who/PRON {verb} {object} {place} {day}",
            "{day} ,/PUNCT who/PRON {verb} {object} {place}",
        ),
        "object": (
            "what/PRON did/AUX {agent} {base} {place} {day}",
            "{day} ,/PUNCT what/PRON did/AUX {agent} {base} {place}",
        ),
        "place": (
            "where/ADV did/AUX {agent} {base} {object} {day}",
            "{day} ,/PUNCT where/ADV did/AUX {agent} {base} {object}",
        ),
        "day": (
            "when/ADV did/AUX {agent} {base} {object} {place}",
            "on/ADP which/DET day/NOUN did/AUX {agent} {base} {object} {place}",
        ),
    }
    ASK = "please/INTJ tell/VERB me/PRON :/PUNCT"
    SAYS = "{agent} says/VERB :/PUNCT"
    JUDGEMENT = "{subject} {was} {not} {degree} {adjective}"
    DEGREES = {"very": "very/ADV", "really": "really/ADV"}
    MENTIONS = {
        "country": "{agent} travelled/VERB to/ADP the/DET country/NOUN {name}",
        "language": "{agent} learned/VERB the/DET language/NOUN {name}",
        "currency": "{agent} paid/VERB with/ADP the/DET currency/NOUN {name}",
        "city": "{agent} visited/VERB the/DET city/NOUN {name}",
        "company": "{agent} worked/VERB for/ADP the/DET company/NOUN {name}",
    }
    KNOWLEDGE = {
        "currency": "in/ADP the/DET country/NOUN {country} ,/PUNCT people/NOUN pay/VERB with/ADP "
        "the/DET currency/NOUN {value}",
        "language": "in/ADP the/DET country/NOUN {country} ,/PUNCT people/NOUN speak/VERB "
        "the/DET language/NOUN {value}",
        "city": "the/DET city/NOUN {value} is/AUX in/ADP the/DET country/NOUN {country}",
    }
    KNOWLEDGE_QUESTIONS = {
        "currency": "which/DET currency/NOUN do/AUX people/NOUN pay/VERB with/ADP in/ADP the/DET "
        "country/NOUN {country}",
        "language": "which/DET language/NOUN do/AUX people/NOUN speak/VERB in/ADP the/DET "
        "country/NOUN {country}",
        "city": "which/DET city/NOUN is/AUX in/ADP the/DET country/NOUN {country}",
    }
    _KINDS = {
        "person": "a/DET person/NOUN",
        "animal": "an/DET animal/NOUN",
        "food": "food/NOUN",
        "furniture": "a/DET piece/NOUN of/ADP furniture/NOUN",
        "clothes": "a/DET piece/NOUN of/ADP clothing/NOUN",
        "tool": "a/DET tool/NOUN",
        "document": "something/PRON to/PART read/VERB",
        "country": "a/DET country/NOUN",
        "language": "a/DET language/NOUN",
        "currency": "a/DET currency/NOUN",
        "city": "a/DET city/NOUN",
        "length": "a/DET unit/NOUN of/ADP length/NOUN",
        "mass": "a/DET unit/NOUN of/ADP weight/NOUN",
        "time": "a/DET unit/NOUN of/ADP time/NOUN",
        "volume": "a/DET unit/NOUN of/ADP volume/NOUN",
    }
    KIND_STATEMENTS = {
        kind: f"the/DET word/NOUN {{name}} stands/VERB for/ADP {phrase}"
        for kind, phrase in _KINDS.items()
    }
    KIND_QUESTIONS = {
        kind: f"which/PRON of/ADP these/PRON is/AUX {phrase}" for kind, phrase in _KINDS.items()
    }
    NOT_KIND_QUESTIONS = {
        kind: f"which/PRON of/ADP these/PRON is/AUX not/PART {phrase}"
        for kind, phrase in _KINDS.items()
    }
    SUM = "{left} plus/CCONJ {right} is/AUX {result}"
    DIFFERENCE = "{left} minus/CCONJ {right} is/AUX {result}"
    SUM_QUESTION = "how/ADV much/ADJ is/AUX {left} plus/CCONJ {right}"
    DIFFERENCE_QUESTION = "how/ADV much/ADJ is/AUX {left} minus/CCONJ {right}"
    CALENDAR_QUESTIONS = {
        "yesterday": "today/ADV is/AUX {day} ./PUNCT What/DET day/NOUN was/AUX yesterday/ADV",
        "tomorrow": "today/ADV is/AUX {day} ./PUNCT What/DET day/NOUN is/AUX tomorrow/ADV",
        "before_yesterday": "today/ADV is/AUX {day} ./PUNCT What/DET day/NOUN was/AUX the/DET "
        "day/NOUN before/ADP yesterday/ADV",
        "after_tomorrow": "today/ADV is/AUX {day} ./PUNCT What/DET day/NOUN is/AUX the/DET "
        "day/NOUN after/ADP tomorrow/ADV",
    }
    CALENDAR_STATEMENTS = {
        "yesterday": "today/ADV is/AUX {day} ./PUNCT Yesterday/ADV was/AUX {value}",
        "tomorrow": "today/ADV is/AUX {day} ./PUNCT Tomorrow/ADV is/AUX {value}",
        "before_yesterday": "today/ADV is/AUX {day} ./PUNCT The/DET day/NOUN before/ADP "
        "yesterday/ADV was/AUX {value}",
        "after_tomorrow": "today/ADV is/AUX {day} ./PUNCT The/DET day/NOUN after/ADP "
        "tomorrow/ADV is/AUX {value}",
    }
    MONTH_QUESTIONS = {
        step: f"which/DET month/NOUN comes/VERB {step}/ADP the/DET month/NOUN {{name}}"
        for step in ("after", "before")
    }
    MONTH_STATEMENTS = {
        step: f"the/DET month/NOUN {{value}} comes/VERB {step}/ADP the/DET month/NOUN {{name}}"
        for step in ("after", "before")
    }
    OPPOSITE = (
        "the/DET opposite/NOUN of/ADP the/DET word/NOUN {name} is/AUX the/DET word/NOUN {value}"
    )
    OPPOSITE_QUESTION = (
        "which/DET word/NOUN is/AUX the/DET opposite/NOUN of/ADP the/DET word/NOUN {name}"
    )

    def noun_phrase(self, noun: str, role: str, adjective: str | None = None) -> str:
        """Definite noun phrase; English marks neither case nor gender."""
        middle = f"{adjective}/ADJ " if adjective else ""
        return f"the/DET {middle}{noun}/NOUN"

    def verb(self, event: Event, gender: str) -> dict[str, str]:
        """Past tense; {base} is the infinitive after "did"."""
        base = f"{event.verb}/VERB"
        if event.negated:
            return {"verb": f"did/AUX not/PART {base}", "not": "", "base": f"not/PART {base}"}
        return {"verb": f"{VERBS[event.verb]}/VERB", "not": "", "base": base}

    def predicate(self, judgement: Judgement, gender: str) -> dict[str, str]:
        """English adjectives do not agree."""
        return {
            "was": "was/AUX",
            "not": "not/PART" if judgement.negated else "",
            "adjective": f"{judgement.adjective}/ADJ",
        }


GRAMMAR = English()

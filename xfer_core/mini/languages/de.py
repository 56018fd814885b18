"""German: lexicon, templates and morphology of the mini benchmark."""

from __future__ import annotations

from dataclasses import replace

from xfer_core.mini import world
from xfer_core.mini.grammar import Grammar
from xfer_core.mini.world import Event, Judgement

_LEXICON = """
doctor m Arzt; teacher m Lehrer; farmer m Bauer Bauern; driver m Fahrer; singer m Sänger;
baker m Bäcker; student m Student Studenten; nurse f Krankenschwester; soldier m Soldat Soldaten;
writer m Schriftsteller; painter m Maler; judge m Richter; king m König; queen f Königin;
girl n Mädchen; boy m Junge Jungen; mother f Mutter; father m Vater; grandmother f Großmutter;
uncle m Onkel;
dog m Hund; cat f Katze; horse n Pferd; cow f Kuh; bird m Vogel; fish m Fisch; sheep n Schaf;
wolf m Wolf; bear m Bär Bären; mouse f Maus; lion m Löwe Löwen; elephant m Elefant Elefanten;
monkey m Affe Affen; rabbit n Kaninchen;
apple m Apfel; bread n Brot; cheese m Käse; egg n Ei; cake m Kuchen; orange f Orange;
banana f Banane; potato f Kartoffel; honey m Honig; salt n Salz;
chair m Stuhl; table m Tisch; bed n Bett; lamp f Lampe; cupboard m Schrank; sofa n Sofa;
mirror m Spiegel; carpet m Teppich;
shirt n Hemd; hat m Hut; coat m Mantel; dress n Kleid; belt m Gürtel; scarf m Schal;
glove m Handschuh; sock f Socke;
knife n Messer; hammer m Hammer; key m Schlüssel; rope n Seil; brush f Bürste; bucket m Eimer;
needle f Nadel; ladder f Leiter;
book n Buch; letter m Brief; newspaper f Zeitung; picture n Bild; map f Landkarte;
dictionary n Wörterbuch;
film m Film; meal n Essen; hotel n Hotel; music f Musik; story f Geschichte; journey f Reise;
party f Party; song n Lied; concert n Konzert; game n Spiel; weather n Wetter
"""
"""Concept, gender, nominative and, of weak nouns, the accusative."""

_NOUNS = {concept: forms for concept, *forms in map(str.split, _LEXICON.split(";"))}
_ARTICLES = {
    "subject": {"m": "der", "f": "die", "n": "das"},
    "object": {"m": "den", "f": "die", "n": "das"},
}
_PLACES = {
    "market": "auf/ADP dem/DET Markt/NOUN",
    "school": "in/ADP der/DET Schule/NOUN",
    "garden": "im/ADP Garten/NOUN",
    "kitchen": "in/ADP der/DET Küche/NOUN",
    "station": "am/ADP Bahnhof/NOUN",
    "hospital": "im/ADP Krankenhaus/NOUN",
    "library": "in/ADP der/DET Bibliothek/NOUN",
    "forest": "im/ADP Wald/NOUN",
    "village": "im/ADP Dorf/NOUN",
    "street": "auf/ADP der/DET Straße/NOUN",
    "museum": "im/ADP Museum/NOUN",
    "hotel": "im/ADP Hotel/NOUN",
}
_DAYS = ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"]
_NUMBERS = (
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn "
    "fünfzehn sechzehn siebzehn achtzehn neunzehn zwanzig"
)
_VERBS = {
    "buy": "kaufte",
    "sell": "verkaufte",
    "find": "fand",
    "lose": "verlor",
    "see": "sah",
    "carry": "trug",
    "steal": "stahl",
    "hide": "versteckte",
    "bring": "brachte",
    "clean": "reinigte",
    "forget": "vergaß",
    "take": "nahm",
}
_ATTRIBUTES = {
    "red": "rot",
    "green": "grün",
    "blue": "blau",
    "black": "schwarz",
    "white": "weiß",
    "yellow": "gelb",
    "big": "groß",
    "small": "klein",
    "old": "alt",
    "new": "neu",
}
_JUDGEMENTS = {
    "good": "gut",
    "wonderful": "wunderbar",
    "excellent": "ausgezeichnet",
    "beautiful": "schön",
    "pleasant": "angenehm",
    "interesting": "interessant",
    "great": "großartig",
    "perfect": "perfekt",
    "bad": "schlecht",
    "terrible": "schrecklich",
    "awful": "furchtbar",
    "ugly": "hässlich",
    "unpleasant": "unangenehm",
    "boring": "langweilig",
    "dreadful": "entsetzlich",
    "weak": "schwach",
}
_KINDS = {
    "person": "eine/DET Person/NOUN",
    "animal": "ein/DET Tier/NOUN",
    "food": "ein/DET Lebensmittel/NOUN",
    "furniture": "ein/DET Möbelstück/NOUN",
    "clothes": "ein/DET Kleidungsstück/NOUN",
    "tool": "ein/DET Werkzeug/NOUN",
    "document": "etwas/PRON zum/ADP Lesen/NOUN",
    "country": "ein/DET Land/NOUN",
    "language": "eine/DET Sprache/NOUN",
    "currency": "eine/DET Währung/NOUN",
    "city": "eine/DET Stadt/NOUN",
    "length": "eine/DET Längeneinheit/NOUN",
    "mass": "eine/DET Gewichtseinheit/NOUN",
    "time": "eine/DET Zeiteinheit/NOUN",
    "volume": "eine/DET Volumeneinheit/NOUN",
}
_QUALITIES = (
    "groß klein alt neu schwarz weiß gut schlecht heiß kalt lang kurz stark schwach reich arm "
    "hoch niedrig schwer leicht schnell langsam nass trocken voll leer offen geschlossen "
    "hart weich früh spät"
)
_CALENDAR = {
    "yesterday": ("gestern", "war"),
    "tomorrow": ("morgen", "ist"),
    "before_yesterday": ("vorgestern", "war"),
    "after_tomorrow": ("übermorgen", "ist"),
}
_MONTH_STEPS = {
    "after": "kommt/VERB nach/ADP dem/DET Monat/NOUN {name}",
    "before": "kommt/VERB vor/ADP dem/DET Monat/NOUN {name}",
}


def _denied(phrase: str) -> str:
    """Negate the indefinite word of a phrase: "ein" -> "kein", "etwas" -> "nichts"."""
    return f"k{phrase}" if phrase.startswith("ein") else phrase.replace("etwas", "nichts")


class German(Grammar):
    """German: three genders, case on articles and adjectives, the verb in second place."""

    code = "de"
    GENDER = {concept: forms[0] for concept, forms in _NOUNS.items()}
    LABELS = {concept: _NOUNS[concept][1] for concept in world.COMMON_NOUNS}
    GIVEN_NAMES = {
        **{name: name.capitalize() for name in world.GIVEN_NAMES},
        "victor": "Viktor",
    }
    COMPANIES = {name: name.capitalize() for name in world.COMPANIES}
    OPPOSITES = dict(zip(world.QUALITIES, _QUALITIES.split(), strict=True))
    PLACES = _PLACES
    DAYS = {day: f"am/ADP {name}/NOUN" for day, name in zip(world.DAYS, _DAYS, strict=True)}
    NUMBERS = tuple(_NUMBERS.split())

    EVENT = "{agent} {verb} {day} {place} {object} {not}"
    EVENT_DAY_FIRST = "{day} {verb} {agent} {place} {object} {not}"
    EVENT_QUESTIONS = {
        "agent": (
            "wer/PRON {verb} {day} {place} {object} {not}",
            "wer/PRON {verb} {object} {day} {place} {not}",
        ),
        "object": (
            "was/PRON {verb} {agent} {day} {place} {not}",
            "was/PRON {verb} {day} {agent} {place} {not}",
        ),
        "place": (
            "wo/ADV {verb} {agent} {day} {object} {not}",
            "wo/ADV {verb} {agent} {object} {day} {not}",
        ),
        "day": (
            "wann/ADV {verb} {agent} {place} {object} {not}",
            "an/ADP welchem/DET Tag/NOUN {verb} {agent} {place} {object} {not}",
        ),
    }
    ASK = "bitte/INTJ sag/VERB mir/PRON :/PUNCT"
    SAYS = "{agent} sagt/VERB :/PUNCT"
    JUDGEMENT = "{subject} {was} {not} {degree} {adjective}"
    DEGREES = {"very": "sehr/ADV", "really": "wirklich/ADV"}
    MENTIONS = {
        "country": "{agent} reiste/VERB in/ADP das/DET Land/NOUN {name}",
        "language": "{agent} lernte/VERB die/DET Sprache/NOUN {name}",
        "currency": "{agent} bezahlte/VERB mit/ADP der/DET Währung/NOUN {name}",
        "city": "{agent} besuchte/VERB die/DET Stadt/NOUN {name}",
        "company": "{agent} arbeitete/VERB für/ADP die/DET Firma/NOUN {name}",
    }
    KNOWLEDGE = {
        "currency": "im/ADP Land/NOUN {country} bezahlt/VERB man/PRON mit/ADP der/DET "
        "Währung/NOUN {value}",
        "language": "im/ADP Land/NOUN {country} spricht/VERB man/PRON die/DET Sprache/NOUN {value}",
        "city": "die/DET Stadt/NOUN {value} liegt/VERB im/ADP Land/NOUN {country}",
    }
    KNOWLEDGE_QUESTIONS = {
        "currency": "mit/ADP welcher/DET Währung/NOUN bezahlt/VERB man/PRON im/ADP Land/NOUN "
        "{country}",
        "language": "welche/DET Sprache/NOUN spricht/VERB man/PRON im/ADP Land/NOUN {country}",
        "city": "welche/DET Stadt/NOUN liegt/VERB im/ADP Land/NOUN {country}",
    }
    KIND_STATEMENTS = {
        kind: f"das/DET Wort/NOUN {{name}} bezeichnet/VERB {phrase}"
        for kind, phrase in _KINDS.items()
    }
    KIND_QUESTIONS = {
        kind: f"was/PRON davon/ADV ist/AUX {phrase}" for kind, phrase in _KINDS.items()
    }
    NOT_KIND_QUESTIONS = {
        kind: f"was/PRON davon/ADV ist/AUX {_denied(phrase)}" for kind, phrase in _KINDS.items()
    }
    SUM = "{left} plus/CCONJ {right} ist/AUX {result}"
    DIFFERENCE = "{left} minus/CCONJ {right} ist/AUX {result}"
    SUM_QUESTION = "wie/ADV viel/PRON ist/AUX {left} plus/CCONJ {right}"
    DIFFERENCE_QUESTION = "wie/ADV viel/PRON ist/AUX {left} minus/CCONJ {right}"
    CALENDAR_QUESTIONS = {
        step: f"heute/ADV ist/AUX {{day}} ./PUNCT Welcher/DET Tag/NOUN {was}/AUX {when}/ADV"
        for step, (when, was) in _CALENDAR.items()
    }
    CALENDAR_STATEMENTS = {
        step: f"heute/ADV ist/AUX {{day}} ./PUNCT {when.capitalize()}/ADV {was}/AUX {{value}}"
        for step, (when, was) in _CALENDAR.items()
    }
    MONTH_QUESTIONS = {
        step: f"welcher/DET Monat/NOUN {comes}" for step, comes in _MONTH_STEPS.items()
    }
    MONTH_STATEMENTS = {
        step: f"der/DET Monat/NOUN {{value}} {comes}" for step, comes in _MONTH_STEPS.items()
    }
    OPPOSITE = "das/DET Gegenteil/NOUN des/DET Wortes/NOUN {name} ist/AUX das/DET Wort/NOUN {value}"
    OPPOSITE_QUESTION = (
        "welches/DET Wort/NOUN ist/AUX das/DET Gegenteil/NOUN des/DET Wortes/NOUN {name}"
    )

    def noun_phrase(self, noun: str, role: str, adjective: str | None = None) -> str:
        """Definite noun phrase in the nominative or accusative; only masculines differ."""
        gender, *cases = _NOUNS[noun]
        accusative = role == "object"
        word = cases[-1] if accusative else cases[0]
        ending = "en" if accusative and gender == "m" else "e"
        middle = f"{_ATTRIBUTES[adjective]}{ending}/ADJ " if adjective else ""
        return f"{_ARTICLES[role][gender]}/DET {middle}{word}/NOUN"

    def verb(self, event: Event, gender: str) -> dict[str, str]:
        """Preterite; "nicht" closes the clause and so denies the whole event."""
        return {
            "verb": f"{_VERBS[event.verb]}/VERB",
            "not": "nicht/PART" if event.negated else "",
            "base": "",
        }

    def predicate(self, judgement: Judgement, gender: str) -> dict[str, str]:
        """German predicative adjectives do not agree."""
        return {
            "was": "war/AUX",
            "not": "nicht/PART" if judgement.negated else "",
            "adjective": f"{_JUDGEMENTS[judgement.adjective]}/ADJ",
        }

    def _judgement(self, judgement: Judgement) -> str:
        """As in all languages, but a whole sentence after a colon begins with a capital."""
        if judgement.holder is None:
            return super()._judgement(judgement)
        said = super()._judgement(replace(judgement, holder=None))
        says = self.SAYS.format(agent=self.agent(judgement.holder))
        return f"{says} {said[:1].upper()}{said[1:]}"


GRAMMAR = German()

"""Swahili: lexicon, templates and morphology of the mini benchmark."""

from __future__ import annotations

from typing import NamedTuple

from xfer_core.mini import world
from xfer_core.mini.grammar import Grammar
from xfer_core.mini.world import Event, Judgement


class _Class(NamedTuple):
    """What agrees with a noun class."""

    consonant: str
    """Prefix of an adjective that begins with a consonant; "N" stands for a nasal."""
    vowel: str
    """Prefix of an adjective that begins with a vowel."""
    connective: str
    """The word "of"."""
    was: str
    was_not: str


_CLASSES = {
    "1": _Class("m", "mw", "wa", "alikuwa", "hakuwa"),
    "3": _Class("m", "mw", "wa", "ulikuwa", "haukuwa"),
    "5": _Class("", "j", "la", "lilikuwa", "halikuwa"),
    "7": _Class("ki", "ch", "cha", "kilikuwa", "hakikuwa"),
    "9": _Class("N", "ny", "ya", "ilikuwa", "haikuwa"),
    "11": _Class("m", "mw", "wa", "ulikuwa", "haukuwa"),
}
_NASALS = {"b": "m", "d": "n", "z": "n"}
_MONOSYLLABLES = {("5", "pya"): "jipya", ("9", "pya"): "mpya"}

_NOUN_TABLE = """
doctor daktari 1; teacher mwalimu 1; farmer mkulima 1; driver dereva 1; singer mwimbaji 1;
baker mwokaji 1; student mwanafunzi 1; nurse muuguzi 1; soldier mwanajeshi 1; writer mwandishi 1;
painter mchoraji 1; judge jaji 1; king mfalme 1; queen malkia 1; girl msichana 1; boy mvulana 1;
mother mama 1; father baba 1; grandmother bibi 1; uncle mjomba 1;
dog mbwa 1; cat paka 1; horse farasi 1; cow ng'ombe 1; bird ndege 1; fish samaki 1;
sheep kondoo 1; wolf mbwamwitu 1; bear dubu 1; mouse panya 1; lion simba 1; elephant tembo 1;
monkey tumbili 1; rabbit sungura 1;
apple tufaha 5; bread mkate 3; cheese jibini 9; egg yai 5; cake keki 9; orange chungwa 5;
banana ndizi 9; potato kiazi 7; honey asali 9; salt chumvi 9;
chair kiti 7; table meza 9; bed kitanda 7; lamp taa 9; cupboard kabati 5; sofa sofa 9;
mirror kioo 7; carpet zulia 5;
shirt shati 5; hat kofia 9; coat koti 5; dress gauni 5; belt mkanda 3; scarf skafu 9;
glove glavu 9; sock soksi 9;
knife kisu 7; hammer nyundo 9; key ufunguo 11; rope kamba 9; brush brashi 9; bucket ndoo 9;
needle sindano 9; ladder ngazi 9;
book kitabu 7; letter barua 9; newspaper gazeti 5; picture picha 9; map ramani 9;
dictionary kamusi 9;
film filamu 9; meal mlo 3; hotel hoteli 9; music muziki 3; story hadithi 9; journey safari 9;
party sherehe 9; song wimbo 11; concert tamasha 5; game mchezo 3
"""
_ROWS = [row.split() for row in _NOUN_TABLE.split(";")]
_WORDS = {concept: word for concept, word, _ in _ROWS}
_NOUNS = {concept: f"{word}/NOUN" for concept, word, _ in _ROWS} | {
    "weather": "hali/NOUN ya/ADP hewa/NOUN"
}
_NOUN_CLASSES = {concept: class_ for concept, _, class_ in _ROWS} | {"weather": "9"}

_STEMS = {
    "red": "ekundu",
    "black": "eusi",
    "white": "eupe",
    "big": "kubwa",
    "small": "dogo",
    "old": "kuukuu",
    "new": "pya",
    "good": "zuri",
    "perfect": "kamilifu",
    "bad": "baya",
    "awful": "bovu",
}
"""Adjectives that take a prefix of the noun's class."""
_CONNECTED = {
    "green": "kijani/NOUN",
    "blue": "bluu/NOUN",
    "yellow": "manjano/NOUN",
    "wonderful": "ajabu/NOUN",
    "pleasant": "kupendeza/VERB",
    "interesting": "kuvutia/VERB",
    "great": "kipekee/NOUN",
    "terrible": "kutisha/VERB",
    "ugly": "kuchukiza/VERB",
    "unpleasant": "kukera/VERB",
    "boring": "kuchosha/VERB",
    "dreadful": "kuogofya/VERB",
}
"""Qualities that stand behind an agreeing "of": "cha kijani", "ya kuvutia"."""
_INVARIABLE = {"excellent": "bora", "beautiful": "maridadi", "weak": "dhaifu"}

_VERBS = {
    "buy": "nunua",
    "sell": "uza",
    "find": "pata",
    "lose": "poteza",
    "see": "ona",
    "carry": "beba",
    "steal": "iba",
    "hide": "ficha",
    "bring": "leta",
    "clean": "safisha",
    "forget": "sahau",
    "take": "chukua",
}
_PLACES = {
    "market": "sokoni",
    "school": "shuleni",
    "garden": "bustanini",
    "kitchen": "jikoni",
    "station": "kituoni",
    "hospital": "hospitalini",
    "library": "maktabani",
    "forest": "msituni",
    "village": "kijijini",
    "street": "mtaani",
    "museum": "makumbushoni",
    "hotel": "hotelini",
}
_WEEKDAYS = "Jumatatu Jumanne Jumatano Alhamisi Ijumaa Jumamosi Jumapili"
_DIGITS = "moja mbili tatu nne tano sita saba nane tisa".split()
_KINDS = {
    "person": "mtu/NOUN",
    "animal": "mnyama/NOUN",
    "food": "chakula/NOUN",
    "furniture": "samani/NOUN",
    "clothes": "vazi/NOUN",
    "tool": "kifaa/NOUN",
    "document": "kitu/NOUN cha/ADP kusoma/VERB",
    "country": "nchi/NOUN",
    "language": "lugha/NOUN",
    "currency": "sarafu/NOUN",
    "city": "mji/NOUN",
    "length": "kipimo/NOUN cha/ADP urefu/NOUN",
    "mass": "kipimo/NOUN cha/ADP uzito/NOUN",
    "time": "kipimo/NOUN cha/ADP muda/NOUN",
    "volume": "kipimo/NOUN cha/ADP ujazo/NOUN",
}
_WHICH_LIVING = "yupi/PRON kati/ADP ya/ADP hawa/PRON"
_WHICH_THING = "kipi/PRON kati/ADP ya/ADP hivi/PRON"
_WHICH = {kind: _WHICH_LIVING if kind in ("person", "animal") else _WHICH_THING for kind in _KINDS}
_IN_COUNTRY = "katika/ADP nchi/NOUN ya/ADP {country}"
_TODAY = "leo/ADV ni/AUX {day} ./PUNCT"
_STEPS = {"after": "baada/ADP ya/ADP", "before": "kabla/ADP ya/ADP"}
_OPPOSITES = {
    "big": "kubwa",
    "small": "ndogo",
    "old": "kuukuu",
    "new": "mpya",
    "black": "nyeusi",
    "white": "nyeupe",
    "good": "nzuri",
    "bad": "mbaya",
    "hot": "moto",
    "cold": "baridi",
    "long": "ndefu",
    "short": "fupi",
    "strong": "imara",
    "weak": "dhaifu",
    "rich": "tajiri",
    "poor": "maskini",
    "high": "juu",
    "low": "chini",
    "heavy": "nzito",
    "light": "nyepesi",
    "fast": "haraka",
    "slow": "polepole",
    "wet": "majimaji",
    "dry": "kavu",
    "full": "iliyojaa",
    "empty": "tupu",
    "open": "wazi",
    "closed": "iliyofungwa",
    "hard": "ngumu",
    "soft": "laini",
    "early": "mapema",
    "late": "iliyochelewa",
}


class Swahili(Grammar):
    """Swahili: noun classes instead of gender, no articles; the negation is inside the verb."""

    code = "sw"
    LABELS = {noun: _WORDS[noun] for noun in world.COMMON_NOUNS}
    GIVEN_NAMES = {name: name.capitalize() for name in world.GIVEN_NAMES}
    COMPANIES = {name: name.capitalize() for name in world.COMPANIES}
    OPPOSITES = _OPPOSITES
    PLACES = {place: f"{word}/NOUN" for place, word in _PLACES.items()}
    DAYS = {
        day: f"siku/NOUN ya/ADP {weekday}/PROPN"
        for day, weekday in zip(world.DAYS, _WEEKDAYS.split(), strict=True)
    }
    NUMBERS = (
        "sifuri",
        *_DIGITS,
        "kumi",
        *(f"kumi-na-{digit}" for digit in _DIGITS),
        "ishirini",
    )

    EVENT = "{agent} {verb} {object} {place} {day}"
    EVENT_DAY_FIRST = "{day} ,/PUNCT {agent} {verb} {object} {place}"
    EVENT_QUESTIONS = {
        "agent": (
            "nani/PRON {verb} {object} {place} {day}",
            "{day} ,/PUNCT nani/PRON {verb} {object} {place}",
        ),
        "object": (
            "{agent} {verb} nini/PRON {place} {day}",
            "{day} ,/PUNCT {agent} {verb} nini/PRON {place}",
        ),
        "place": (
            "{agent} {verb} {object} wapi/ADV {day}",
            "{day} ,/PUNCT {agent} {verb} {object} wapi/ADV",
        ),
        "day": (
            "{agent} {verb} {object} {place} lini/ADV",
            "{agent} {verb} {object} {place} siku/NOUN gani/DET",
        ),
    }
    ASK = "tafadhali/INTJ niambie/VERB :/PUNCT"
    SAYS = "{agent} anasema/VERB :/PUNCT"
    JUDGEMENT = "{subject} {was} {adjective} {degree}"
    DEGREES = {"very": "sana/ADV", "really": "kwelikweli/ADV"}
    MENTIONS = {
        "country": "{agent} alisafiri/VERB kwenda/VERB nchi/NOUN ya/ADP {name}",
        "language": "{agent} alijifunza/VERB lugha/NOUN ya/ADP {name}",
        "currency": "{agent} alilipa/VERB kwa/ADP sarafu/NOUN ya/ADP {name}",
        "city": "{agent} alitembelea/VERB mji/NOUN wa/ADP {name}",
        "company": "{agent} alifanya/VERB kazi/NOUN katika/ADP kampuni/NOUN ya/ADP {name}",
    }
    KNOWLEDGE = {
        "currency": f"{_IN_COUNTRY} ,/PUNCT watu/NOUN hulipa/VERB kwa/ADP sarafu/NOUN ya/ADP "
        "{value}",
        "language": f"{_IN_COUNTRY} ,/PUNCT watu/NOUN huzungumza/VERB lugha/NOUN ya/ADP {{value}}",
        "city": f"mji/NOUN wa/ADP {{value}} uko/AUX {_IN_COUNTRY}",
    }
    KNOWLEDGE_QUESTIONS = {
        "currency": f"{_IN_COUNTRY} ,/PUNCT watu/NOUN hulipa/VERB kwa/ADP sarafu/NOUN gani/DET",
        "language": f"{_IN_COUNTRY} ,/PUNCT watu/NOUN huzungumza/VERB lugha/NOUN gani/DET",
        "city": f"mji/NOUN gani/DET uko/AUX {_IN_COUNTRY}",
    }
    KIND_STATEMENTS = {
        kind: f"neno/NOUN {{name}} linawakilisha/VERB {phrase}" for kind, phrase in _KINDS.items()
    }
    KIND_QUESTIONS = {kind: f"{_WHICH[kind]} ni/AUX {phrase}" for kind, phrase in _KINDS.items()}
    NOT_KIND_QUESTIONS = {
        kind: f"{_WHICH[kind]} si/AUX {phrase}" for kind, phrase in _KINDS.items()
    }
    SUM = "{left} kujumlisha/VERB {right} ni/AUX {result}"
    DIFFERENCE = "{left} kutoa/VERB {right} ni/AUX {result}"
    SUM_QUESTION = "{left} kujumlisha/VERB {right} ni/AUX ngapi/PRON"
    DIFFERENCE_QUESTION = "{left} kutoa/VERB {right} ni/AUX ngapi/PRON"
    CALENDAR_QUESTIONS = {
        "yesterday": f"{_TODAY} Jana/ADV ilikuwa/AUX siku/NOUN gani/DET",
        "tomorrow": f"{_TODAY} Kesho/ADV ni/AUX siku/NOUN gani/DET",
        "before_yesterday": f"{_TODAY} Juzi/ADV ilikuwa/AUX siku/NOUN gani/DET",
        "after_tomorrow": f"{_TODAY} Keshokutwa/ADV ni/AUX siku/NOUN gani/DET",
    }
    CALENDAR_STATEMENTS = {
        "yesterday": f"{_TODAY} Jana/ADV ilikuwa/AUX {{value}}",
        "tomorrow": f"{_TODAY} Kesho/ADV ni/AUX {{value}}",
        "before_yesterday": f"{_TODAY} Juzi/ADV ilikuwa/AUX {{value}}",
        "after_tomorrow": f"{_TODAY} Keshokutwa/ADV ni/AUX {{value}}",
    }
    MONTH_QUESTIONS = {
        step: f"mwezi/NOUN gani/DET huja/VERB {word} mwezi/NOUN wa/ADP {{name}}"
        for step, word in _STEPS.items()
    }
    MONTH_STATEMENTS = {
        step: f"mwezi/NOUN wa/ADP {{value}} huja/VERB {word} mwezi/NOUN wa/ADP {{name}}"
        for step, word in _STEPS.items()
    }
    OPPOSITE = "kinyume/NOUN cha/ADP neno/NOUN {name} ni/AUX neno/NOUN {value}"
    OPPOSITE_QUESTION = "neno/NOUN gani/DET ni/AUX kinyume/NOUN cha/ADP neno/NOUN {name}"

    def noun_phrase(self, noun: str, role: str, adjective: str | None = None) -> str:
        """Noun, the agreeing adjective behind it; Swahili marks neither case nor definiteness."""
        phrase = _NOUNS[noun]
        return f"{phrase} {_agree(adjective, _NOUN_CLASSES[noun])}" if adjective else phrase

    def verb(self, event: Event, gender: str) -> dict[str, str]:
        """Past tense of a living agent (class 1): ali-, negated haku-."""
        prefix = "haku" if event.negated else "ali"
        return {"verb": f"{prefix}{_VERBS[event.verb]}/VERB", "not": "", "base": ""}

    def predicate(self, judgement: Judgement, gender: str) -> dict[str, str]:
        """Past copula and adjective of the subject's noun class, the negation in the copula."""
        class_ = _NOUN_CLASSES[judgement.subject]
        was = _CLASSES[class_].was_not if judgement.negated else _CLASSES[class_].was
        return {"was": f"{was}/AUX", "not": "", "adjective": _agree(judgement.adjective, class_)}


def _agree(adjective: str, class_: str) -> str:
    """Tagged adjective, or "of" with a noun or an infinitive, of a noun class."""
    if adjective in _INVARIABLE:
        return f"{_INVARIABLE[adjective]}/ADJ"
    if adjective in _CONNECTED:
        return f"{_CLASSES[class_].connective}/ADP {_CONNECTED[adjective]}"
    stem = _STEMS[adjective]
    if (class_, stem) in _MONOSYLLABLES:
        return f"{_MONOSYLLABLES[class_, stem]}/ADJ"
    prefix = _CLASSES[class_].vowel if stem[0] in "aeiou" else _CLASSES[class_].consonant
    return f"{_NASALS.get(stem[0], '') if prefix == 'N' else prefix}{stem}/ADJ"


GRAMMAR = Swahili()

"""French: lexicon, templates and morphology of the mini benchmark."""

from __future__ import annotations

import re

from xfer_core.mini import world
from xfer_core.mini.grammar import Grammar, Token
from xfer_core.mini.world import Event, Judgement

_MASCULINE = """
doctor médecin|teacher professeur|farmer agriculteur|driver chauffeur|singer chanteur
baker boulanger|student étudiant|soldier soldat|writer écrivain|painter peintre|judge juge
king roi|boy garçon|father père|uncle oncle
dog chien|cat chat|horse cheval|bird oiseau|fish poisson|sheep mouton|wolf loup|bear ours
lion lion|elephant éléphant|monkey singe|rabbit lapin
bread pain|cheese fromage|egg œuf|cake gâteau|honey miel|salt sel
bed lit|sofa canapé|mirror miroir|carpet tapis
hat chapeau|coat manteau|glove gant|knife couteau|hammer marteau|bucket seau
book livre|newspaper journal|dictionary dictionnaire
film film|meal repas|hotel hôtel|journey voyage|concert concert|game jeu|weather temps
"""
_FEMININE = """
nurse infirmière|queen reine|girl fille|mother mère|grandmother grand-mère
cow vache|mouse souris
apple pomme|orange orange|banana banane|potato pomme de terre
chair chaise|table table|lamp lampe|cupboard armoire
shirt chemise|dress robe|belt ceinture|scarf écharpe|sock chaussette
key clé|rope corde|brush brosse|needle aiguille|ladder échelle
letter lettre|picture image|map carte
music musique|story histoire|party fête|song chanson
"""


def _rows(table: str) -> dict[str, str]:
    rows = table.strip().replace("\n", "|").split("|")
    return {concept: word for concept, _, word in (row.partition(" ") for row in rows)}


_NOUNS = {**_rows(_MASCULINE), **_rows(_FEMININE)}
_PARTICIPLES = {
    "buy": "acheté",
    "sell": "vendu",
    "find": "trouvé",
    "lose": "perdu",
    "see": "vu",
    "carry": "transporté",
    "steal": "volé",
    "hide": "caché",
    "bring": "apporté",
    "clean": "nettoyé",
    "forget": "oublié",
    "take": "pris",
}
_BEFORE_NOUN = {
    "big": ("grand", "grande", "grand"),
    "small": ("petit", "petite", "petit"),
    "old": ("vieux", "vieille", "vieil"),
    "new": ("nouveau", "nouvelle", "nouvel"),
}
"""Adjectives in front of the noun: masculine, feminine, masculine before a vowel."""
_ADJECTIVES = {
    "red": ("rouge", "rouge"),
    "green": ("vert", "verte"),
    "blue": ("bleu", "bleue"),
    "black": ("noir", "noire"),
    "white": ("blanc", "blanche"),
    "yellow": ("jaune", "jaune"),
    "good": ("bon", "bonne"),
    "wonderful": ("merveilleux", "merveilleuse"),
    "excellent": ("excellent", "excellente"),
    "beautiful": ("beau", "belle"),
    "pleasant": ("agréable", "agréable"),
    "interesting": ("intéressant", "intéressante"),
    "great": ("formidable", "formidable"),
    "perfect": ("parfait", "parfaite"),
    "bad": ("mauvais", "mauvaise"),
    # Not "terrible": "pas terrible" is an idiom that blames instead of praising.
    "terrible": ("épouvantable", "épouvantable"),
    "awful": ("affreux", "affreuse"),
    "ugly": ("laid", "laide"),
    "unpleasant": ("désagréable", "désagréable"),
    "boring": ("ennuyeux", "ennuyeuse"),
    "dreadful": ("horrible", "horrible"),
    "weak": ("médiocre", "médiocre"),
}
"""Adjectives behind the noun or the copula: masculine, feminine."""
_DAYS = "lundi mardi mercredi jeudi vendredi samedi dimanche"
_WOMEN = "Anna Maria Olga Sofia Laura Elena Nina Eva Sara Julia Emma Clara"
_MEN = "Ivan Paul Victor David Daniel Martin Robert Pierre Thomas Omar Félix Léon"
_OPPOSITES = """
grand petit ancien nouveau noir blanc bon mauvais chaud froid long court fort faible
riche pauvre haut bas lourd léger rapide lent mouillé sec plein vide ouvert fermé
dur mou précoce tardif
"""
"""In the order of world.QUALITIES."""
_NUMBERS = """
zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize
dix-sept dix-huit dix-neuf vingt
"""
_COUNTRY = "dans/ADP le/DET pays/NOUN nommé/VERB {country}"
_TODAY = "aujourd'hui/ADV ,/PUNCT nous/PRON sommes/AUX {day} ./PUNCT"
_WHAT_DAY = f"{_TODAY} Quel/DET jour/NOUN"
_MONTH_STEPS = {"after": "après/ADP", "before": "avant/ADP"}
_ELIDED_QUE = re.compile(r"\bque (?=[AEIO])")
_SPACED_MARK = re.compile(r"(?<=\S)([?!:;])")


class French(Grammar):
    """French; an elided word (l', n', s', d') forms one token with the word it leans on."""

    code = "fr"
    GENDER = {
        noun: "f" if noun in _rows(_FEMININE) else "m"
        for noun in (*world.COMMON_NOUNS, *world.JUDGED)
    }
    LABELS = {noun: _NOUNS[noun] for noun in world.COMMON_NOUNS}
    GIVEN_NAMES = dict(zip(world.GIVEN_NAMES, f"{_WOMEN} {_MEN}".split(), strict=True))
    COMPANIES = {name: name.capitalize() for name in world.COMPANIES}
    OPPOSITES = dict(zip(world.QUALITIES, _OPPOSITES.split(), strict=True))
    PLACES = {
        "market": "au/ADP marché/NOUN",
        "school": "à/ADP l'école/NOUN",
        "garden": "dans/ADP le/DET jardin/NOUN",
        "kitchen": "dans/ADP la/DET cuisine/NOUN",
        "station": "à/ADP la/DET gare/NOUN",
        "hospital": "à/ADP l'hôpital/NOUN",
        "library": "à/ADP la/DET bibliothèque/NOUN",
        "forest": "dans/ADP la/DET forêt/NOUN",
        "village": "dans/ADP le/DET village/NOUN",
        "street": "dans/ADP la/DET rue/NOUN",
        "museum": "au/ADP musée/NOUN",
        "hotel": "à/ADP l'hôtel/NOUN",
    }
    DAYS = {day: f"{word}/NOUN" for day, word in zip(world.DAYS, _DAYS.split(), strict=True)}
    NUMBERS = tuple(_NUMBERS.split())

    EVENT = "{agent} {verb} {object} {place} {day}"
    EVENT_DAY_FIRST = "{day} ,/PUNCT {agent} {verb} {object} {place}"
    EVENT_QUESTIONS = {
        "agent": (
            "qui/PRON {verb} {object} {place} {day}",
            "{day} ,/PUNCT qui/PRON {verb} {object} {place}",
        ),
        "object": (
            "qu'est-ce/PRON que/PRON {agent} {verb} {place} {day}",
            "{day} ,/PUNCT qu'est-ce/PRON que/PRON {agent} {verb} {place}",
        ),
        "place": (
            "où/ADV {agent} {base} {object} {day}",
            "{day} ,/PUNCT où/ADV {agent} {base} {object}",
        ),
        "day": (
            "quand/ADV {agent} {base} {object} {place}",
            "quel/DET jour/NOUN {agent} {base} {object} {place}",
        ),
    }
    ASK = "veuillez/VERB me/PRON dire/VERB :/PUNCT"
    SAYS = "{agent} dit/VERB :/PUNCT"
    JUDGEMENT = "{subject} {was} {not} {degree} {adjective}"
    DEGREES = {"very": "très/ADV", "really": "vraiment/ADV"}
    MENTIONS = {
        "country": (
            "{agent} s'est/AUX rendu/VERB dans/ADP le/DET pays/NOUN nommé/VERB {name}",
            "{agent} s'est/AUX rendue/VERB dans/ADP le/DET pays/NOUN nommé/VERB {name}",
        ),
        "language": "{agent} a/AUX appris/VERB la/DET langue/NOUN nommée/VERB {name}",
        "currency": "{agent} a/AUX payé/VERB avec/ADP la/DET monnaie/NOUN nommée/VERB {name}",
        "city": "{agent} a/AUX visité/VERB la/DET ville/NOUN nommée/VERB {name}",
        "company": "{agent} a/AUX travaillé/VERB pour/ADP la/DET société/NOUN {name}",
    }
    KNOWLEDGE = {
        "currency": f"{_COUNTRY} ,/PUNCT on/PRON paie/VERB avec/ADP la/DET monnaie/NOUN "
        "nommée/VERB {value}",
        "language": f"{_COUNTRY} ,/PUNCT on/PRON parle/VERB la/DET langue/NOUN "
        "nommée/VERB {value}",
        "city": f"la/DET ville/NOUN nommée/VERB {{value}} se/PRON trouve/VERB {_COUNTRY}",
    }
    KNOWLEDGE_QUESTIONS = {
        "currency": f"avec/ADP quelle/DET monnaie/NOUN paie-t-on/VERB {_COUNTRY}",
        "language": f"quelle/DET langue/NOUN parle-t-on/VERB {_COUNTRY}",
        "city": f"quelle/DET ville/NOUN se/PRON trouve/VERB {_COUNTRY}",
    }
    _KINDS = {
        "person": "une/DET personne/NOUN",
        "animal": "un/DET animal/NOUN",
        "food": "un/DET aliment/NOUN",
        # Not "un meuble", which neither a lamp nor a carpet is.
        "furniture": "un/DET article/NOUN d'ameublement/NOUN",
        "clothes": "un/DET vêtement/NOUN",
        "tool": "un/DET outil/NOUN",
        "document": "quelque/DET chose/NOUN à/ADP lire/VERB",
        "country": "un/DET pays/NOUN",
        "language": "une/DET langue/NOUN",
        "currency": "une/DET monnaie/NOUN",
        "city": "une/DET ville/NOUN",
        "length": "une/DET unité/NOUN de/ADP longueur/NOUN",
        "mass": "une/DET unité/NOUN de/ADP poids/NOUN",
        "time": "une/DET unité/NOUN de/ADP temps/NOUN",
        "volume": "une/DET unité/NOUN de/ADP volume/NOUN",
    }
    KIND_STATEMENTS = {
        kind: f"le/DET mot/NOUN {{name}} désigne/VERB {phrase}" for kind, phrase in _KINDS.items()
    }
    KIND_QUESTIONS = {
        kind: f"lequel/PRON de/ADP ces/DET noms/NOUN désigne/VERB {phrase}"
        for kind, phrase in _KINDS.items()
    }
    NOT_KIND_QUESTIONS = {
        kind: f"lequel/PRON de/ADP ces/DET noms/NOUN ne/ADV désigne/VERB pas/ADV {phrase}"
        for kind, phrase in _KINDS.items()
    }
    SUM = "{left} plus/CCONJ {right} égale/VERB {result}"
    DIFFERENCE = "{left} moins/CCONJ {right} égale/VERB {result}"
    SUM_QUESTION = "combien/ADV font/VERB {left} plus/CCONJ {right}"
    DIFFERENCE_QUESTION = "combien/ADV font/VERB {left} moins/CCONJ {right}"
    CALENDAR_QUESTIONS = {
        "yesterday": f"{_WHAT_DAY} étions-nous/AUX hier/ADV",
        "tomorrow": f"{_WHAT_DAY} serons-nous/AUX demain/ADV",
        "before_yesterday": f"{_WHAT_DAY} étions-nous/AUX avant-hier/ADV",
        "after_tomorrow": f"{_WHAT_DAY} serons-nous/AUX après-demain/ADV",
    }
    CALENDAR_STATEMENTS = {
        "yesterday": f"{_TODAY} Hier/ADV ,/PUNCT nous/PRON étions/AUX {{value}}",
        "tomorrow": f"{_TODAY} Demain/ADV ,/PUNCT nous/PRON serons/AUX {{value}}",
        "before_yesterday": f"{_TODAY} Avant-hier/ADV ,/PUNCT nous/PRON étions/AUX {{value}}",
        "after_tomorrow": f"{_TODAY} Après-demain/ADV ,/PUNCT nous/PRON serons/AUX {{value}}",
    }
    # Not "le mois de", which would be elided in front of "avril".
    MONTH_QUESTIONS = {
        step: f"quel/DET mois/NOUN vient/VERB {word} {{name}}"
        for step, word in _MONTH_STEPS.items()
    }
    MONTH_STATEMENTS = {
        step: f"{{value}} vient/VERB {word} {{name}}" for step, word in _MONTH_STEPS.items()
    }
    OPPOSITE = "le/DET contraire/NOUN du/ADP mot/NOUN {name} est/AUX le/DET mot/NOUN {value}"
    OPPOSITE_QUESTION = "quel/DET mot/NOUN est/AUX le/DET contraire/NOUN du/ADP mot/NOUN {name}"

    def noun_phrase(self, noun: str, role: str, adjective: str | None = None) -> str:
        """Definite noun phrase with elided article; colours stand behind the noun."""
        head, *rest = _NOUNS[noun].split()
        feminine = self.gender(noun) == "f"
        tail = [f"{word}/{'ADP' if word == 'de' else 'NOUN'}" for word in rest]
        if adjective in _BEFORE_NOUN:
            form = 1 if feminine else 2 if _starts_with_vowel(head) else 0
            words = [f"{_BEFORE_NOUN[adjective][form]}/ADJ", f"{head}/NOUN", *tail]
        else:
            words = [f"{head}/NOUN", *tail]
            if adjective:
                words.append(f"{_ADJECTIVES[adjective][feminine]}/ADJ")
        phrase = " ".join(words)
        if _starts_with_vowel(phrase):
            return f"l'{phrase}"
        return f"{'la' if feminine else 'le'}/DET {phrase}"

    def verb(self, event: Event, gender: str) -> dict[str, str]:
        """Passé composé; {base} is the inverted form of questions, "a-t-elle acheté"."""
        participle = f"{_PARTICIPLES[event.verb]}/VERB"
        inverted = "a-t-elle" if gender == "f" else "a-t-il"
        if event.negated:
            return {
                "verb": f"n'a/AUX pas/ADV {participle}",
                "not": "",
                "base": f"n'{inverted}/AUX pas/ADV {participle}",
            }
        return {"verb": f"a/AUX {participle}", "not": "", "base": f"{inverted}/AUX {participle}"}

    def predicate(self, judgement: Judgement, gender: str) -> dict[str, str]:
        """Imperfect copula; the adjective agrees with the subject."""
        return {
            "was": "n'était/AUX" if judgement.negated else "était/AUX",
            "not": "pas/ADV" if judgement.negated else "",
            "adjective": f"{_ADJECTIVES[judgement.adjective][gender == 'f']}/ADJ",
        }

    def text(self, tokens: list[Token], capitalise: bool | None = None) -> str:
        """Plain text; "que" is elided before a name, high punctuation marks stand off."""
        text = _ELIDED_QUE.sub("qu'", super().text(tokens, capitalise))
        return _SPACED_MARK.sub(r" \1", text)


def _starts_with_vowel(phrase: str) -> bool:
    return phrase[0] in "aeiouéêœh"


GRAMMAR = French()

"""Spanish: lexicon, templates and morphology of the mini benchmark."""

from __future__ import annotations

from xfer_core.mini import world
from xfer_core.mini.grammar import Grammar, Token
from xfer_core.mini.world import Event, Judgement

_NOUN_TABLE = """
doctor médico m; teacher profesor m; farmer agricultor m; driver conductor m; singer cantante m;
baker panadero m; student estudiante m; nurse enfermera f; soldier soldado m; writer escritor m;
painter pintor m; judge juez m; king rey m; queen reina f; girl niña f; boy niño m;
mother madre f; father padre m; grandmother abuela f; uncle tío m;
dog perro m; cat gato m; horse caballo m; cow vaca f; bird pájaro m; fish pez m; sheep oveja f;
wolf lobo m; bear oso m; mouse ratón m; lion león m; elephant elefante m; monkey mono m;
rabbit conejo m;
apple manzana f; bread pan m; cheese queso m; egg huevo m; cake pastel m; orange naranja f;
banana plátano m; potato patata f; honey miel f; salt sal f;
chair silla f; table mesa f; bed cama f; lamp lámpara f; cupboard armario m; sofa sofá m;
mirror espejo m; carpet alfombra f;
shirt camisa f; hat sombrero m; coat abrigo m; dress vestido m; belt cinturón m; scarf bufanda f;
glove guante m; sock calcetín m;
knife cuchillo m; hammer martillo m; key llave f; rope cuerda f; brush cepillo m; bucket cubo m;
needle aguja f; ladder escalera f;
book libro m; letter carta f; newspaper periódico m; picture imagen f; map mapa m;
dictionary diccionario m;
film película f; meal comida f; hotel hotel m; music música f; story historia f; journey viaje m;
party fiesta f; song canción f; concert concierto m; game juego m; weather tiempo m;
market mercado m; school escuela f; garden jardín m; kitchen cocina f; station estación f;
hospital hospital m; library biblioteca f; forest bosque m; village pueblo m; street calle f;
museum museo m
"""
_ROWS = [row.split() for row in _NOUN_TABLE.split(";")]
_WORDS = {concept: word for concept, word, _ in _ROWS}
_GENDERS = {concept: gender for concept, _, gender in _ROWS}
_ARTICLES = {"m": "el/DET", "f": "la/DET"}

_VERBS = {
    "buy": "compró",
    "sell": "vendió",
    "find": "encontró",
    "lose": "perdió",
    "see": "vio",
    "carry": "transportó",
    "steal": "robó",
    "hide": "escondió",
    "bring": "trajo",
    "clean": "limpió",
    "forget": "olvidó",
    "take": "tomó",
}
_ADJECTIVES = {
    "red": "rojo",
    "green": "verde",
    "blue": "azul",
    "black": "negro",
    "white": "blanco",
    "yellow": "amarillo",
    "big": "grande",
    "small": "pequeño",
    "old": "viejo",
    "new": "nuevo",
    "good": "bueno",
    "wonderful": "maravilloso",
    "excellent": "excelente",
    "beautiful": "hermoso",
    "pleasant": "agradable",
    "interesting": "interesante",
    "great": "genial",
    "perfect": "perfecto",
    "bad": "malo",
    "terrible": "terrible",
    "awful": "horrible",
    "ugly": "feo",
    "unpleasant": "desagradable",
    "boring": "aburrido",
    "dreadful": "espantoso",
    "weak": "flojo",
}
_WEEKDAYS = "lunes martes miércoles jueves viernes sábado domingo"
_WOMEN = "Ana María Olga Sofía Laura Elena Nina Eva Sara Julia Emma Clara"
_MEN = "Iván Pablo Víctor David Daniel Martín Roberto Pedro Tomás Omar Félix León"
_OPPOSITES = """
grande pequeño viejo nuevo negro blanco bueno malo caliente frío largo corto fuerte débil
rico pobre alto bajo pesado ligero rápido lento mojado seco lleno vacío abierto cerrado
duro blando temprano tardío
"""
"""In the order of world.QUALITIES."""
_NUMBERS = (
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce "
    "quince dieciséis diecisiete dieciocho diecinueve veinte"
)
_KINDS = {
    "person": ("f", "una/DET persona/NOUN"),
    "animal": ("m", "un/DET animal/NOUN"),
    "food": ("m", "un/DET alimento/NOUN"),
    "furniture": ("m", "un/DET mueble/NOUN"),
    "clothes": ("f", "una/DET prenda/NOUN de/ADP ropa/NOUN"),
    "tool": ("f", "una/DET herramienta/NOUN"),
    "document": ("m", "algo/PRON para/ADP leer/VERB"),
    "country": ("m", "un/DET país/NOUN"),
    "language": ("m", "un/DET idioma/NOUN"),
    "currency": ("f", "una/DET moneda/NOUN"),
    "city": ("f", "una/DET ciudad/NOUN"),
    "length": ("f", "una/DET unidad/NOUN de/ADP longitud/NOUN"),
    "mass": ("f", "una/DET unidad/NOUN de/ADP peso/NOUN"),
    "time": ("f", "una/DET unidad/NOUN de/ADP tiempo/NOUN"),
    "volume": ("f", "una/DET unidad/NOUN de/ADP volumen/NOUN"),
}
_THESE = {"m": "estos/PRON", "f": "estas/PRON"}
_IN_COUNTRY = "en/ADP el/DET país/NOUN de/ADP {country}"
_TODAY = "hoy/ADV es/AUX {day} ./PUNCT"
_WHAT_DAY = f"{_TODAY} ¿/PUNCT Qué/DET día/NOUN"
_MONTH_STEPS = {"after": "después/ADV", "before": "antes/ADV"}


class Spanish(Grammar):
    """Spanish: two genders, adjectives behind the noun, questions between ¿ and ?."""

    code = "es"
    GENDER = {noun: _GENDERS[noun] for noun in (*world.COMMON_NOUNS, *world.JUDGED)}
    LABELS = {noun: _WORDS[noun] for noun in world.COMMON_NOUNS}
    GIVEN_NAMES = dict(zip(world.GIVEN_NAMES, f"{_WOMEN} {_MEN}".split(), strict=True))
    COMPANIES = {name: name.capitalize() for name in world.COMPANIES}
    OPPOSITES = dict(zip(world.QUALITIES, _OPPOSITES.split(), strict=True))
    PLACES = {
        place: f"en/ADP {_ARTICLES[_GENDERS[place]]} {_WORDS[place]}/NOUN" for place in world.PLACES
    }
    DAYS = {
        day: f"el/DET {weekday}/NOUN"
        for day, weekday in zip(world.DAYS, _WEEKDAYS.split(), strict=True)
    }
    NUMBERS = tuple(_NUMBERS.split())

    EVENT = "{agent} {not} {verb} {object} {place} {day}"
    EVENT_DAY_FIRST = "{day} ,/PUNCT {agent} {not} {verb} {object} {place}"
    EVENT_QUESTIONS = {
        "agent": (
            "¿/PUNCT quién/PRON {not} {verb} {object} {place} {day}",
            "{day} ,/PUNCT ¿/PUNCT quién/PRON {not} {verb} {object} {place}",
        ),
        "object": (
            "¿/PUNCT qué/PRON {not} {verb} {agent} {place} {day}",
            "{day} ,/PUNCT ¿/PUNCT qué/PRON {not} {verb} {agent} {place}",
        ),
        "place": (
            "¿/PUNCT dónde/ADV {not} {verb} {agent} {object} {day}",
            "{day} ,/PUNCT ¿/PUNCT dónde/ADV {not} {verb} {agent} {object}",
        ),
        "day": (
            "¿/PUNCT cuándo/ADV {not} {verb} {agent} {object} {place}",
            "¿/PUNCT qué/DET día/NOUN {not} {verb} {agent} {object} {place}",
        ),
    }
    ASK = "por/ADP favor/NOUN ,/PUNCT dime/VERB :/PUNCT"
    SAYS = "{agent} dice/VERB :/PUNCT"
    JUDGEMENT = "{subject} {not} {was} {degree} {adjective}"
    DEGREES = {"very": "muy/ADV", "really": "realmente/ADV"}
    MENTIONS = {
        "country": "{agent} viajó/VERB al/ADP país/NOUN de/ADP {name}",
        "language": "{agent} aprendió/VERB el/DET idioma/NOUN {name}",
        "currency": "{agent} pagó/VERB con/ADP la/DET moneda/NOUN {name}",
        "city": "{agent} visitó/VERB la/DET ciudad/NOUN de/ADP {name}",
        "company": "{agent} trabajó/VERB para/ADP la/DET empresa/NOUN {name}",
    }
    KNOWLEDGE = {
        "currency": f"{_IN_COUNTRY} ,/PUNCT la/DET gente/NOUN paga/VERB con/ADP la/DET "
        "moneda/NOUN {value}",
        "language": f"{_IN_COUNTRY} ,/PUNCT la/DET gente/NOUN habla/VERB el/DET idioma/NOUN "
        "{value}",
        "city": f"la/DET ciudad/NOUN de/ADP {{value}} está/AUX {_IN_COUNTRY}",
    }
    KNOWLEDGE_QUESTIONS = {
        "currency": "¿/PUNCT con/ADP qué/DET moneda/NOUN paga/VERB la/DET gente/NOUN "
        f"{_IN_COUNTRY}",
        "language": f"¿/PUNCT qué/DET idioma/NOUN habla/VERB la/DET gente/NOUN {_IN_COUNTRY}",
        "city": f"¿/PUNCT qué/DET ciudad/NOUN está/AUX {_IN_COUNTRY}",
    }
    KIND_STATEMENTS = {
        kind: f"la/DET palabra/NOUN {{name}} se/PRON refiere/VERB a/ADP {phrase}"
        for kind, (_, phrase) in _KINDS.items()
    }
    KIND_QUESTIONS = {
        kind: f"¿/PUNCT cuál/PRON de/ADP {_THESE[gender]} es/AUX {phrase}"
        for kind, (gender, phrase) in _KINDS.items()
    }
    NOT_KIND_QUESTIONS = {
        kind: f"¿/PUNCT cuál/PRON de/ADP {_THESE[gender]} no/ADV es/AUX {phrase}"
        for kind, (gender, phrase) in _KINDS.items()
    }
    SUM = "{left} más/CCONJ {right} es/AUX igual/ADJ a/ADP {result}"
    DIFFERENCE = "{left} menos/CCONJ {right} es/AUX igual/ADJ a/ADP {result}"
    SUM_QUESTION = "¿/PUNCT cuánto/PRON es/AUX {left} más/CCONJ {right}"
    DIFFERENCE_QUESTION = "¿/PUNCT cuánto/PRON es/AUX {left} menos/CCONJ {right}"
    CALENDAR_QUESTIONS = {
        "yesterday": f"{_WHAT_DAY} fue/AUX ayer/ADV",
        "tomorrow": f"{_WHAT_DAY} es/AUX mañana/ADV",
        "before_yesterday": f"{_WHAT_DAY} fue/AUX anteayer/ADV",
        "after_tomorrow": f"{_WHAT_DAY} es/AUX pasado/ADJ mañana/ADV",
    }
    CALENDAR_STATEMENTS = {
        "yesterday": f"{_TODAY} Ayer/ADV fue/AUX {{value}}",
        "tomorrow": f"{_TODAY} Mañana/ADV es/AUX {{value}}",
        "before_yesterday": f"{_TODAY} Anteayer/ADV fue/AUX {{value}}",
        "after_tomorrow": f"{_TODAY} Pasado/ADJ mañana/ADV es/AUX {{value}}",
    }
    MONTH_QUESTIONS = {
        step: f"¿/PUNCT qué/DET mes/NOUN viene/VERB {word} del/ADP mes/NOUN de/ADP {{name}}"
        for step, word in _MONTH_STEPS.items()
    }
    MONTH_STATEMENTS = {
        step: f"el/DET mes/NOUN de/ADP {{value}} viene/VERB {word} del/ADP mes/NOUN de/ADP {{name}}"
        for step, word in _MONTH_STEPS.items()
    }
    OPPOSITE = (
        "el/DET antónimo/NOUN de/ADP la/DET palabra/NOUN {name} es/AUX la/DET palabra/NOUN {value}"
    )
    OPPOSITE_QUESTION = (
        "¿/PUNCT qué/DET palabra/NOUN es/AUX el/DET antónimo/NOUN de/ADP la/DET palabra/NOUN {name}"
    )

    def noun_phrase(self, noun: str, role: str, adjective: str | None = None) -> str:
        """Definite noun phrase, the agreeing adjective behind the noun; no case."""
        gender = self.gender(noun)
        phrase = f"{_ARTICLES[gender]} {_WORDS[noun]}/NOUN"
        return f"{phrase} {_agree(adjective, gender)}" if adjective else phrase

    def verb(self, event: Event, gender: str) -> dict[str, str]:
        """Preterite, third person singular; the negation stands before it."""
        negation = "no/ADV" if event.negated else ""
        return {"verb": f"{_VERBS[event.verb]}/VERB", "not": negation, "base": ""}

    def predicate(self, judgement: Judgement, gender: str) -> dict[str, str]:
        """Copula in the preterite with an agreeing adjective."""
        return {
            "was": "fue/AUX",
            "not": "no/ADV" if judgement.negated else "",
            "adjective": _agree(judgement.adjective, gender),
        }

    def text(self, tokens: list[Token], capitalise: bool | None = None) -> str:
        """Plain text; the opening ¿ is attached and the letter behind an initial one raised."""
        text = super().text(tokens, capitalise).replace("¿ ", "¿")
        raise_first = self.capitalise if capitalise is None else capitalise
        if raise_first and text.startswith("¿"):
            return f"¿{text[1:2].upper()}{text[2:]}"
        return text


def _agree(adjective: str, gender: str) -> str:
    word = _ADJECTIVES[adjective]
    if gender == "f" and word.endswith("o"):
        word = f"{word[:-1]}a"
    return f"{word}/ADJ"


GRAMMAR = Spanish()

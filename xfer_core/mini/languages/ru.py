"""Russian: lexicon, templates and morphology of the mini benchmark."""

from __future__ import annotations

from collections.abc import Mapping

from xfer_core.mini import world
from xfer_core.mini.grammar import Grammar
from xfer_core.mini.world import Event, Judgement, Sentence, Weekday

# Concept, nominative, gender. Spelled with "е" for "ё", as in ordinary print and in CLDR.
_NOUNS = """
doctor врач m, teacher учитель m, farmer фермер m, driver водитель m, singer певец m,
baker пекарь m, student студент m, nurse медсестра f, soldier солдат m, writer писатель m,
painter художник m, judge судья m, king король m, queen королева f, girl девочка f,
boy мальчик m, mother мать f, father отец m, grandmother бабушка f, uncle дядя m,
dog собака f, cat кошка f, horse лошадь f, cow корова f, bird птица f, fish рыба f,
sheep овца f, wolf волк m, bear медведь m, mouse мышь f, lion лев m, elephant слон m,
monkey обезьяна f, rabbit кролик m,
apple яблоко n, bread хлеб m, cheese сыр m, egg яйцо n, cake торт m, orange апельсин m,
banana банан m, potato картофель m, honey мед m, salt соль f,
chair стул m, table стол m, bed кровать f, lamp лампа f, cupboard шкаф m, sofa диван m,
mirror зеркало n, carpet ковер m,
shirt рубашка f, hat шляпа f, coat пальто n, dress платье n, belt ремень m, scarf шарф m,
glove перчатка f, sock носок m,
knife нож m, hammer молоток m, key ключ m, rope веревка f, brush щетка f, bucket ведро n,
needle игла f, ladder лестница f,
book книга f, letter письмо n, newspaper газета f, picture картина f, map карта f,
dictionary словарь m,
film фильм m, meal обед m, hotel отель m, music музыка f, story история f,
journey путешествие n, party вечеринка f, song песня f, concert концерт m, game игра f,
weather погода f
"""
_LEXICON = {concept: (word, gender) for concept, word, gender in map(str.split, _NOUNS.split(","))}
_GIVEN_NAMES = """
anna Анна, maria Мария, olga Ольга, sofia София, laura Лаура, elena Елена, nina Нина, eva Ева,
sara Сара, julia Юлия, emma Эмма, clara Клара,
ivan Иван, paul Павел, victor Виктор, david Давид, daniel Даниэль, martin Мартин, robert Роберт,
peter Петр, thomas Томас, omar Омар, felix Феликс, leon Леон
"""
_COMPANIES = """
veltron Велтрон, novaris Новарис, komadis Комадис, lumetra Луметра, baxodor Баксодор,
tirello Тирелло, zemira Земира, orvanta Орванта, kaldura Калдура, pelinor Пелинор,
sorvex Сорвекс, midoran Мидоран, falcora Фалкора, rundel Рундел, gavotta Гавотта, xenika Ксеника
"""
_OPPOSITES = """
big большой, small маленький, old старый, new новый, black черный, white белый, good хороший,
bad плохой, hot горячий, cold холодный, long длинный, short короткий, strong сильный, weak слабый,
rich богатый, poor бедный, high высокий, low низкий, heavy тяжелый, light легкий, fast быстрый,
slow медленный, wet мокрый, dry сухой, full полный, empty пустой, open открытый, closed закрытый,
hard твердый, soft мягкий, early ранний, late поздний
"""
# Past tense: masculine, feminine.
_VERBS = {
    "buy": ("купил", "купила"),
    "sell": ("продал", "продала"),
    "find": ("нашел", "нашла"),
    "lose": ("потерял", "потеряла"),
    "see": ("увидел", "увидела"),
    "carry": ("нес", "несла"),
    "steal": ("украл", "украла"),
    "hide": ("спрятал", "спрятала"),
    "bring": ("принес", "принесла"),
    "clean": ("почистил", "почистила"),
    "forget": ("забыл", "забыла"),
    "take": ("взял", "взяла"),
}
# Nominative: masculine, feminine, neuter (the accusative of things differs in the feminine only).
_ADJECTIVES = {
    "red": ("красный", "красная", "красное"),
    "green": ("зеленый", "зеленая", "зеленое"),
    "blue": ("синий", "синяя", "синее"),
    "black": ("черный", "черная", "черное"),
    "white": ("белый", "белая", "белое"),
    "yellow": ("желтый", "желтая", "желтое"),
    "big": ("большой", "большая", "большое"),
    "small": ("маленький", "маленькая", "маленькое"),
    "old": ("старый", "старая", "старое"),
    "new": ("новый", "новая", "новое"),
}
# Instrumental masculine and neuter; the feminine ends in -ой (-ей after a hushing sound).
_JUDGEMENTS = {
    "good": "хорошим",
    "wonderful": "замечательным",
    "excellent": "отличным",
    "beautiful": "красивым",
    "pleasant": "приятным",
    "interesting": "интересным",
    "great": "великолепным",
    "perfect": "идеальным",
    "bad": "плохим",
    "terrible": "ужасным",
    "awful": "отвратительным",
    "ugly": "уродливым",
    "unpleasant": "неприятным",
    "boring": "скучным",
    "dreadful": "кошмарным",
    "weak": "слабым",
}
_PLACES = {
    "market": "на рынке",
    "school": "в школе",
    "garden": "в саду",
    "kitchen": "на кухне",
    "station": "на вокзале",
    "hospital": "в больнице",
    "library": "в библиотеке",
    "forest": "в лесу",
    "village": "в деревне",
    "street": "на улице",
    "museum": "в музее",
    "hotel": "в отеле",
}
_DAYS = {
    "monday": "в понедельник",
    "tuesday": "во вторник",
    "wednesday": "в среду",
    "thursday": "в четверг",
    "friday": "в пятницу",
    "saturday": "в субботу",
    "sunday": "в воскресенье",
}
_MEASURES = {"length": "длины", "mass": "массы", "time": "времени", "volume": "объема"}
# What "is a ..." says: the noun is in the instrumental after "является".
_KINDS = {
    "person": "является/VERB человеком/NOUN",
    "animal": "является/VERB животным/NOUN",
    "food": "является/VERB едой/NOUN",
    "furniture": "является/VERB предметом/NOUN мебели/NOUN",
    "clothes": "является/VERB предметом/NOUN одежды/NOUN",
    "tool": "является/VERB инструментом/NOUN",
    "document": "предназначено/VERB для/ADP чтения/NOUN",
    "country": "является/VERB страной/NOUN",
    "language": "является/VERB языком/NOUN",
    "currency": "является/VERB валютой/NOUN",
    "city": "является/VERB городом/NOUN",
    **{
        kind: f"является/VERB единицей/NOUN {measured}/NOUN" for kind, measured in _MEASURES.items()
    },
}
# What "stands for a ..." says: the noun is in the accusative after "обозначает".
_MEANINGS = {
    "person": "человека/NOUN",
    "animal": "животное/NOUN",
    "food": "еду/NOUN",
    "furniture": "предмет/NOUN мебели/NOUN",
    "clothes": "предмет/NOUN одежды/NOUN",
    "tool": "инструмент/NOUN",
    "document": "предмет/NOUN для/ADP чтения/NOUN",
    "country": "страну/NOUN",
    "language": "язык/NOUN",
    "currency": "валюту/NOUN",
    "city": "город/NOUN",
    **{kind: f"единицу/NOUN {measured}/NOUN" for kind, measured in _MEASURES.items()},
}
_NUMBERS = """
ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать
четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать двадцать
"""
_TODAY = "сегодня/ADV {day} ./PUNCT"
_WHICH_DAY = f"{_TODAY} Какой/DET день/NOUN недели/NOUN"
_COPULAS = {"m": "был", "f": "была", "n": "было"}
_DAY_GENDERS = "mmfmffn"
"""From Monday on; "вчера был вторник", but "была среда"."""


def _table(rows: str) -> dict[str, str]:
    """Concept -> Russian word, out of "concept word" pairs."""
    return {concept: word for concept, word in map(str.split, rows.split(","))}


def _adverbial(phrase: str) -> str:
    preposition, noun = phrase.split()
    return f"{preposition}/ADP {noun}/NOUN"


def _accusative(word: str, gender: str) -> str:
    """Accusative singular of an inanimate noun or of the adjective that goes with it."""
    if gender != "f":
        return word
    for nominative, accusative in (("ая", "ую"), ("яя", "юю"), ("а", "у"), ("я", "ю")):
        if word.endswith(nominative):
            return word.removesuffix(nominative) + accusative
    return word


def _by_agent(masculine: str, feminine: str, rest: str) -> tuple[str, str]:
    return f"{{agent}} {masculine}/VERB {rest}", f"{{agent}} {feminine}/VERB {rest}"


class Russian(Grammar):
    """Russian: no articles, six cases, past tense and predicate agree in gender."""

    code = "ru"
    GENDER = {concept: gender for concept, (_, gender) in _LEXICON.items()}
    LABELS = {noun: _LEXICON[noun][0] for noun in world.COMMON_NOUNS}
    GIVEN_NAMES = _table(_GIVEN_NAMES)
    COMPANIES = _table(_COMPANIES)
    OPPOSITES = _table(_OPPOSITES)
    PLACES = {place: _adverbial(phrase) for place, phrase in _PLACES.items()}
    DAYS = {day: _adverbial(phrase) for day, phrase in _DAYS.items()}
    NUMBERS = tuple(_NUMBERS.split())

    EVENT = "{agent} {not} {verb} {object} {place} {day}"
    EVENT_DAY_FIRST = "{day} {agent} {not} {verb} {object} {place}"
    EVENT_QUESTIONS = {
        "agent": (
            "кто/PRON {not} {verb} {object} {place} {day}",
            "кто/PRON {day} {not} {verb} {object} {place}",
        ),
        "object": (
            "что/PRON {agent} {not} {verb} {place} {day}",
            "что/PRON {day} {agent} {not} {verb} {place}",
        ),
        "place": (
            "где/ADV {agent} {not} {verb} {object} {day}",
            "где/ADV {day} {agent} {not} {verb} {object}",
        ),
        "day": (
            "когда/ADV {agent} {not} {verb} {object} {place}",
            "в/ADP какой/DET день/NOUN {agent} {not} {verb} {object} {place}",
        ),
    }
    ASK = "скажите/VERB мне/PRON ,/PUNCT пожалуйста/PART :/PUNCT"
    SAYS = "{agent} говорит/VERB :/PUNCT"
    JUDGEMENT = "{subject} {not} {was} {degree} {adjective}"
    DEGREES = {"very": "очень/ADV", "really": "действительно/ADV"}
    MENTIONS = {
        "country": _by_agent("поехал", "поехала", "в/ADP страну/NOUN {name}"),
        "language": _by_agent("выучил", "выучила", "язык/NOUN {name}"),
        "currency": _by_agent("заплатил", "заплатила", "валютой/NOUN {name}"),
        "city": _by_agent("посетил", "посетила", "город/NOUN {name}"),
        "company": _by_agent("работал", "работала", "в/ADP компании/NOUN {name}"),
    }
    KNOWLEDGE = {
        "currency": "в/ADP стране/NOUN {country} люди/NOUN платят/VERB валютой/NOUN {value}",
        "language": "язык/NOUN ,/PUNCT на/ADP котором/PRON люди/NOUN говорят/VERB в/ADP "
        "стране/NOUN {country} ,/PUNCT —/PUNCT {value}",
        "city": "город/NOUN {value} находится/VERB в/ADP стране/NOUN {country}",
    }
    KNOWLEDGE_QUESTIONS = {
        "currency": "какой/DET валютой/NOUN люди/NOUN платят/VERB в/ADP стране/NOUN {country}",
        "language": "на/ADP каком/DET языке/NOUN люди/NOUN говорят/VERB в/ADP стране/NOUN "
        "{country}",
        "city": "какой/DET город/NOUN находится/VERB в/ADP стране/NOUN {country}",
    }
    KIND_STATEMENTS = {
        kind: f"слово/NOUN {{name}} обозначает/VERB {phrase}" for kind, phrase in _MEANINGS.items()
    }
    KIND_QUESTIONS = {
        kind: f"что/PRON из/ADP этого/PRON {phrase}" for kind, phrase in _KINDS.items()
    }
    NOT_KIND_QUESTIONS = {
        kind: f"что/PRON из/ADP этого/PRON не/PART {phrase}" for kind, phrase in _KINDS.items()
    }
    SUM = "{left} плюс/CCONJ {right} будет/AUX {result}"
    DIFFERENCE = "{left} минус/CCONJ {right} будет/AUX {result}"
    SUM_QUESTION = "сколько/NUM будет/AUX {left} плюс/CCONJ {right}"
    DIFFERENCE_QUESTION = "сколько/NUM будет/AUX {left} минус/CCONJ {right}"
    CALENDAR_QUESTIONS = {
        "yesterday": f"{_WHICH_DAY} был/AUX вчера/ADV",
        "tomorrow": f"{_WHICH_DAY} будет/AUX завтра/ADV",
        "before_yesterday": f"{_WHICH_DAY} был/AUX позавчера/ADV",
        "after_tomorrow": f"{_WHICH_DAY} будет/AUX послезавтра/ADV",
    }
    CALENDAR_STATEMENTS = {
        "yesterday": f"{_TODAY} Вчера/ADV {{was}} {{value}}",
        "tomorrow": f"{_TODAY} Завтра/ADV будет/AUX {{value}}",
        "before_yesterday": f"{_TODAY} Позавчера/ADV {{was}} {{value}}",
        "after_tomorrow": f"{_TODAY} Послезавтра/ADV будет/AUX {{value}}",
    }
    MONTH_QUESTIONS = {
        "after": "какой/DET месяц/NOUN идет/VERB после/ADP месяца/NOUN {name}",
        "before": "какой/DET месяц/NOUN идет/VERB перед/ADP месяцем/NOUN {name}",
    }
    MONTH_STATEMENTS = {
        "after": "месяц/NOUN {value} идет/VERB после/ADP месяца/NOUN {name}",
        "before": "месяц/NOUN {value} идет/VERB перед/ADP месяцем/NOUN {name}",
    }
    OPPOSITE = "слову/NOUN {name} противоположно/ADJ по/ADP смыслу/NOUN слово/NOUN {value}"
    OPPOSITE_QUESTION = (
        "какое/DET слово/NOUN противоположно/ADJ по/ADP смыслу/NOUN слову/NOUN {name}"
    )

    def noun_phrase(self, noun: str, role: str, adjective: str | None = None) -> str:
        """Nominative or, for an object, accusative; objects are always inanimate."""
        word, gender = _LEXICON[noun]
        words = [(word, "NOUN")]
        if adjective:
            words.insert(0, (_ADJECTIVES[adjective]["mfn".index(gender)], "ADJ"))
        if role == "object":
            words = [(_accusative(form, gender), tag) for form, tag in words]
        return " ".join(f"{form}/{tag}" for form, tag in words)

    def verb(self, event: Event, gender: str) -> dict[str, str]:
        """Past tense agreeing with the agent; "не" stands right before it."""
        form = _VERBS[event.verb][gender == "f"]
        return {
            "verb": f"{form}/VERB",
            "not": "не/PART" if event.negated else "",
            "base": "",
        }

    def predicate(self, judgement: Judgement, gender: str) -> dict[str, str]:
        """Past copula and an adjective in the instrumental, both agreeing with the subject."""
        adjective = _JUDGEMENTS[judgement.adjective]
        if gender == "f":
            adjective = adjective[:-2] + ("ей" if adjective == "хорошим" else "ой")
        return {
            "was": f"{_COPULAS[gender]}/AUX",
            "not": "не/PART" if judgement.negated else "",
            "adjective": f"{adjective}/ADJ",
        }

    def _statement(self, sentence: Sentence, variant: int) -> tuple[str, Mapping[str, str]]:
        """As in all languages, but "was" agrees with the weekday behind it."""
        template, slots = super()._statement(sentence, variant)
        if isinstance(sentence, Weekday):
            copula = _COPULAS[_DAY_GENDERS[sentence.value]]
            slots = {**slots, "was": f"{copula}/AUX"}
        return template, slots


GRAMMAR = Russian()

"""Hindi: lexicon, templates and morphology of the mini benchmark."""

from __future__ import annotations

from collections.abc import Mapping

from xfer_core.mini import world
from xfer_core.mini.grammar import Grammar
from xfer_core.mini.world import Event, Judgement, Mention, Sentence

_MASCULINE = """
doctor डॉक्टर|teacher अध्यापक|farmer किसान|driver ड्राइवर|singer गायक|baker बेकर|student छात्र
soldier सैनिक|writer लेखक|painter चित्रकार|judge न्यायाधीश|king राजा|boy लड़का|father पिता
uncle चाचा
dog कुत्ता|horse घोड़ा|bird पक्षी|wolf भेड़िया|bear भालू|mouse चूहा|lion शेर|elephant हाथी
monkey बंदर|rabbit खरगोश
apple सेब|cheese पनीर|egg अंडा|cake केक|orange संतरा|banana केला|potato आलू|honey शहद|salt नमक
bed पलंग|lamp लैंप|sofa सोफ़ा|mirror आईना|carpet कालीन
coat कोट|scarf स्कार्फ़|glove दस्ताना|sock मोज़ा
knife चाकू|hammer हथौड़ा|brush ब्रश
letter पत्र|newspaper अखबार|map नक्शा|dictionary शब्दकोश
meal भोजन|hotel होटल|music संगीत|song गाना|concert कॉन्सर्ट|game खेल|weather मौसम
"""
_FEMININE = """
nurse नर्स|queen रानी|girl लड़की|mother माँ|grandmother दादी
cat बिल्ली|cow गाय|fish मछली|sheep भेड़
bread रोटी
chair कुर्सी|table मेज़|cupboard अलमारी
shirt कमीज़|hat टोपी|dress पोशाक|belt बेल्ट
key चाबी|rope रस्सी|bucket बाल्टी|needle सुई|ladder सीढ़ी
book किताब|picture तस्वीर
film फ़िल्म|story कहानी|journey यात्रा|party पार्टी
"""
_OBLIQUE = {
    "boy": "लड़के",
    "dog": "कुत्ते",
    "horse": "घोड़े",
    "wolf": "भेड़िए",
    "mouse": "चूहे",
}
"""Agents whose form in front of a postposition differs from the dictionary form."""


def _rows(table: str) -> dict[str, str]:
    """Concept -> Hindi word, out of "concept word" rows."""
    rows = table.strip().replace("\n", "|").split("|")
    return {concept: word for concept, _, word in (row.partition(" ") for row in rows)}


_NOUNS = {**_rows(_MASCULINE), **_rows(_FEMININE)}
_VERBS = {
    "buy": ("खरीदा/VERB", "खरीदी/VERB"),
    "sell": ("बेचा/VERB", "बेची/VERB"),
    "find": ("पाया/VERB", "पाई/VERB"),
    "lose": ("खोया/VERB", "खोई/VERB"),
    "see": ("देखा/VERB", "देखी/VERB"),
    "carry": ("ढोया/VERB", "ढोई/VERB"),
    "steal": ("चुराया/VERB", "चुराई/VERB"),
    "hide": ("छिपाया/VERB", "छिपाई/VERB"),
    "bring": ("लाया/VERB", "लाई/VERB"),
    "clean": ("किया/VERB", "की/VERB"),
    "forget": ("भूला/VERB", "भूली/VERB"),
    "take": ("लिया/VERB", "ली/VERB"),
}
"""Perfective participle: masculine, feminine."""
_PREVERBS = {"clean": "साफ़/ADJ "}
"""What stands in front of the verb, and of its negation."""
_AFFIRMED = {
    "lose": ("खो/VERB दिया/AUX", "खो/VERB दी/AUX"),
    "forget": ("भूल/VERB गया/AUX", "भूल/VERB गई/AUX"),
    "take": ("ले/VERB लिया/AUX", "ले/VERB ली/AUX"),
}
"""Compound verbs, which Hindi gives up under negation: masculine, feminine."""
_INTRANSITIVE = ("bring", "forget")
"""Verbs whose agent takes no "ने" in the past; they agree with the agent, not with the object."""
_ADJECTIVES = _rows("""
red लाल|green हरा|blue नीला|black काला|white सफ़ेद|yellow पीला|big बड़ा|small छोटा|old पुराना
new नया
good अच्छा|wonderful अद्भुत|excellent उत्कृष्ट|beautiful सुंदर|pleasant सुखद|interesting दिलचस्प
great शानदार|perfect परफ़ेक्ट
bad खराब|terrible भयानक|awful घटिया|ugly भद्दा|unpleasant अप्रिय|boring उबाऊ|dreadful भयंकर
weak कमज़ोर
""")
_INVARIABLE = ("awful",)
"""Adjectives in -ā that do not agree."""
_OPPOSITES = """
big बड़ा|small छोटा|old पुराना|new नया|black काला|white सफ़ेद|good अच्छा|bad बुरा|hot गर्म|cold ठंडा
long दीर्घ|short लघु|strong मज़बूत|weak कमज़ोर|rich अमीर|poor गरीब|high ऊँचा|low नीचा|heavy भारी
light हल्का|fast तेज़|slow धीमा|wet गीला|dry सूखा|full भरा|empty खाली|open खुला|closed बंद
hard सख्त|soft नरम|early जल्दी|late देर
"""
_GIVEN_NAMES = """
anna अन्ना|maria मारिया|olga ओल्गा|sofia सोफ़िया|laura लौरा|elena एलेना|nina नीना|eva ईवा|sara सारा
julia जूलिया|emma एम्मा|clara क्लारा
ivan इवान|paul पॉल|victor विक्टर|david डेविड|daniel डैनियल|martin मार्टिन|robert रॉबर्ट|peter पीटर
thomas थॉमस|omar उमर|felix फ़ेलिक्स|leon लियोन
"""
_COMPANIES = """
veltron वेल्ट्रॉन|novaris नोवारिस|komadis कोमाडिस|lumetra लुमेट्रा|baxodor बाक्सोडोर|tirello तिरेलो
zemira ज़ेमीरा|orvanta ओरवांटा|kaldura कालडूरा|pelinor पेलिनोर|sorvex सोरवेक्स|midoran मिडोरान
falcora फ़ालकोरा|rundel रुंडेल|gavotta गावोट्टा|xenika ज़ेनिका
"""
_PLACES = """
market बाज़ार में|school स्कूल में|garden बगीचे में|kitchen रसोई में|station स्टेशन पर
hospital अस्पताल में|library पुस्तकालय में|forest जंगल में|village गाँव में|street सड़क पर
museum संग्रहालय में|hotel होटल में
"""
_DAYS = "सोमवार मंगलवार बुधवार गुरुवार शुक्रवार शनिवार रविवार"
_NUMBERS = """
शून्य एक दो तीन चार पाँच छह सात आठ नौ दस ग्यारह बारह तेरह चौदह पंद्रह सोलह सत्रह अठारह उन्नीस बीस
"""
_COUNTRY = "{country} देश/NOUN में/ADP"
_TODAY = "आज/ADV {day} है/AUX ।/PUNCT"
_CALENDAR = {
    "yesterday": ("कल/ADV", "था/AUX"),
    "tomorrow": ("कल/ADV", "होगा/AUX"),
    "before_yesterday": ("परसों/ADV", "था/AUX"),
    "after_tomorrow": ("परसों/ADV", "होगा/AUX"),
}
"""Only the tense tells yesterday from tomorrow."""
_STEPS = {"after": "के/ADP बाद/ADP", "before": "से/ADP पहले/ADP"}


class Hindi(Grammar):
    """Hindi: verb-final; the past of most verbs marks its agent and agrees with its object."""

    code = "hi"
    full_stop = "।/PUNCT"
    capitalise = False
    GENDER = {
        noun: "f" if noun in _rows(_FEMININE) else "m"
        for noun in (*world.COMMON_NOUNS, *world.JUDGED)
    }
    LABELS = {noun: _NOUNS[noun] for noun in world.COMMON_NOUNS}
    GIVEN_NAMES = _rows(_GIVEN_NAMES)
    COMPANIES = _rows(_COMPANIES)
    OPPOSITES = _rows(_OPPOSITES)
    PLACES = {
        place: "{}/NOUN {}/ADP".format(*words.split()) for place, words in _rows(_PLACES).items()
    }
    DAYS = {
        day: f"{word}/PROPN को/ADP" for day, word in zip(world.DAYS, _DAYS.split(), strict=True)
    }
    NUMBERS = tuple(_NUMBERS.split())

    EVENT = "{agent} {ne} {day} {place} {object} {verb}"
    EVENT_DAY_FIRST = "{day} {agent} {ne} {place} {object} {verb}"
    EVENT_QUESTIONS = {
        "agent": (
            "{who} {day} {place} {object} {verb}",
            "{day} {place} {object} {who} {verb}",
        ),
        "object": (
            "{agent} {ne} {day} {place} क्या/PRON {base}",
            "{day} {agent} {ne} {place} क्या/PRON {base}",
        ),
        "place": (
            "{agent} {ne} {day} {object} कहाँ/ADV {verb}",
            "{day} {agent} {ne} {object} कहाँ/ADV {verb}",
        ),
        "day": (
            "{agent} {ne} {place} {object} कब/ADV {verb}",
            "किस/DET दिन/NOUN {agent} {ne} {place} {object} {verb}",
        ),
    }
    ASK = "कृपया/ADV मुझे/PRON बताइए/VERB :/PUNCT"
    SAYS = (
        "{agent} कहता/VERB है/AUX :/PUNCT",
        "{agent} कहती/VERB है/AUX :/PUNCT",
    )
    JUDGEMENT = "{subject} {degree} {adjective} {not} {was}"
    DEGREES = {"very": "बहुत/ADV", "really": "सचमुच/ADV"}
    MENTIONS = {
        "country": "{agent} ने/ADP {name} देश/NOUN की/ADP यात्रा/NOUN की/VERB",
        "language": "{agent} ने/ADP {name} भाषा/NOUN सीखी/VERB",
        "currency": "{agent} ने/ADP {name} मुद्रा/NOUN में/ADP भुगतान/NOUN किया/VERB",
        "city": "{agent} ने/ADP {name} शहर/NOUN का/ADP दौरा/NOUN किया/VERB",
        "company": "{agent} ने/ADP {name} कंपनी/NOUN के/ADP लिए/ADP काम/NOUN किया/VERB",
    }
    KNOWLEDGE = {
        "currency": f"{_COUNTRY} लोग/NOUN {{value}} मुद्रा/NOUN में/ADP भुगतान/NOUN करते/VERB हैं/AUX",
        "language": f"{_COUNTRY} लोग/NOUN {{value}} भाषा/NOUN बोलते/VERB हैं/AUX",
        "city": f"{{value}} शहर/NOUN {_COUNTRY} है/AUX",
    }
    KNOWLEDGE_QUESTIONS = {
        "currency": f"{_COUNTRY} लोग/NOUN किस/DET मुद्रा/NOUN में/ADP भुगतान/NOUN करते/VERB हैं/AUX",
        "language": f"{_COUNTRY} लोग/NOUN कौन-सी/DET भाषा/NOUN बोलते/VERB हैं/AUX",
        "city": f"कौन-सा/DET शहर/NOUN {_COUNTRY} है/AUX",
    }
    _KINDS = {
        "person": "एक/NUM व्यक्ति/NOUN",
        "animal": "एक/NUM जानवर/NOUN",
        "food": "एक/NUM खाद्य/ADJ पदार्थ/NOUN",
        "furniture": "फ़र्नीचर/NOUN की/ADP एक/NUM वस्तु/NOUN",
        "clothes": "पहनने/VERB की/ADP एक/NUM वस्तु/NOUN",
        "tool": "एक/NUM औज़ार/NOUN",
        "document": "पढ़ने/VERB की/ADP एक/NUM वस्तु/NOUN",
        "country": "एक/NUM देश/NOUN",
        "language": "एक/NUM भाषा/NOUN",
        "currency": "एक/NUM मुद्रा/NOUN",
        "city": "एक/NUM शहर/NOUN",
        "length": "लंबाई/NOUN की/ADP एक/NUM इकाई/NOUN",
        "mass": "वज़न/NOUN की/ADP एक/NUM इकाई/NOUN",
        "time": "समय/NOUN की/ADP एक/NUM इकाई/NOUN",
        "volume": "आयतन/NOUN की/ADP एक/NUM इकाई/NOUN",
    }
    KIND_STATEMENTS = {
        kind: f"{{name}} शब्द/NOUN {phrase} को/ADP दर्शाता/VERB है/AUX"
        for kind, phrase in _KINDS.items()
    }
    KIND_QUESTIONS = {
        kind: f"इनमें/PRON से/ADP कौन-सा/DET शब्द/NOUN {phrase} को/ADP दर्शाता/VERB है/AUX"
        for kind, phrase in _KINDS.items()
    }
    NOT_KIND_QUESTIONS = {
        kind: f"इनमें/PRON से/ADP कौन-सा/DET शब्द/NOUN {phrase} को/ADP नहीं/PART दर्शाता/VERB"
        for kind, phrase in _KINDS.items()
    }
    SUM = "{left} में/ADP {right} जोड़ने/VERB पर/ADP {result} आता/VERB है/AUX"
    DIFFERENCE = "{left} में/ADP से/ADP {right} घटाने/VERB पर/ADP {result} आता/VERB है/AUX"
    SUM_QUESTION = "{left} में/ADP {right} जोड़ने/VERB पर/ADP कितना/PRON आता/VERB है/AUX"
    DIFFERENCE_QUESTION = "{left} में/ADP से/ADP {right} घटाने/VERB पर/ADP कितना/PRON आता/VERB है/AUX"
    CALENDAR_QUESTIONS = {
        step: f"{_TODAY} {day} कौन-सा/DET दिन/NOUN {was}" for step, (day, was) in _CALENDAR.items()
    }
    CALENDAR_STATEMENTS = {
        step: f"{_TODAY} {day} {{value}} {was}" for step, (day, was) in _CALENDAR.items()
    }
    MONTH_QUESTIONS = {
        step: f"{{name}} के/ADP महीने/NOUN {behind} कौन-सा/DET महीना/NOUN आता/VERB है/AUX"
        for step, behind in _STEPS.items()
    }
    MONTH_STATEMENTS = {
        step: f"{{name}} के/ADP महीने/NOUN {behind} {{value}} का/ADP महीना/NOUN आता/VERB है/AUX"
        for step, behind in _STEPS.items()
    }
    OPPOSITE = "{name} शब्द/NOUN का/ADP विलोम/NOUN शब्द/NOUN {value} है/AUX"
    OPPOSITE_QUESTION = "{name} शब्द/NOUN का/ADP विलोम/NOUN शब्द/NOUN कौन-सा/PRON है/AUX"

    def noun_phrase(self, noun: str, role: str, adjective: str | None = None) -> str:
        """Noun phrase in the direct case; things as objects take no "को"."""
        before = f"{_inflected(adjective, self.gender(noun))}/ADJ " if adjective else ""
        return f"{before}{_NOUNS[noun]}/NOUN"

    def verb(self, event: Event, gender: str) -> dict[str, str]:
        """Perfective past, agreeing with the object; {base} agrees with an asked-for object.

        {ne} is the postposition of the agent and {who} asks for the agent; two verbs go
        without "ने" and agree with the agent.
        """
        if event.verb in _INTRANSITIVE:
            verb = base = _past(event, gender)
            ne, who = "", "कौन/PRON"
        else:
            verb, base = _past(event, self.gender(event.object)), _past(event, "m")
            ne, who = "ने/ADP", "किसने/PRON"
        return {"verb": verb, "not": "", "base": base, "ne": ne, "who": who}

    def predicate(self, judgement: Judgement, gender: str) -> dict[str, str]:
        """Past copula and adjective, both agreeing with the subject."""
        return {
            "was": "थी/AUX" if gender == "f" else "था/AUX",
            "not": "नहीं/PART" if judgement.negated else "",
            "adjective": f"{_inflected(judgement.adjective, gender)}/ADJ",
        }

    def _event_slots(self, event: Event, asked: str | None = None) -> dict[str, str]:
        """As in all languages, but in front of "ने" the agent stands in the oblique case."""
        slots = super()._event_slots(event, asked)
        return {**slots, "agent": self._oblique(event.agent)} if slots["ne"] else slots

    def _statement(self, sentence: Sentence, variant: int) -> tuple[str, Mapping[str, str]]:
        """As in all languages, but all mentions have "ने" behind the agent."""
        template, slots = super()._statement(sentence, variant)
        if isinstance(sentence, Mention):
            slots = {**slots, "agent": self._oblique(sentence.agent)}
        return template, slots

    def _oblique(self, agent: str) -> str:
        return f"{_OBLIQUE[agent]}/NOUN" if agent in _OBLIQUE else self.agent(agent)


def _past(event: Event, gender: str) -> str:
    """The verb with its negation, agreeing with a masculine or feminine noun."""
    before = _PREVERBS.get(event.verb, "")
    forms = _VERBS[event.verb]
    if event.negated:
        before += "नहीं/PART "
    else:
        forms = _AFFIRMED.get(event.verb, forms)
    return before + forms[gender == "f"]


def _inflected(adjective: str, gender: str) -> str:
    """The adjective in the direct singular: अच्छा, अच्छी; नया, नई; others do not change."""
    word = _ADJECTIVES[adjective]
    if gender != "f" or adjective in _INVARIABLE or not word.endswith("ा"):
        return word
    return f"{word[:-2]}ई" if word.endswith("या") else f"{word[:-1]}ी"


GRAMMAR = Hindi()

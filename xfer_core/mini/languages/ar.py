"""Arabic: lexicon, templates and morphology of the mini benchmark."""

from __future__ import annotations

from xfer_core.mini import world
from xfer_core.mini.grammar import Grammar
from xfer_core.mini.world import Event, Judgement

_NOUNS = """
doctor طبيب m | teacher معلم m | farmer مزارع m | driver سائق m | singer مغنية f | baker خباز m
student طالب m | nurse ممرضة f | soldier جندي m | writer كاتب m | painter رسام m | judge قاضٍ m
king ملك m | queen ملكة f | girl فتاة f | boy ولد m | mother أم f | father أب m | grandmother جدة f
uncle عم m
dog كلب m | cat قطة f | horse حصان m | cow بقرة f | bird طائر m | fish سمكة f | sheep خروف m
wolf ذئب m | bear دب m | mouse فأر m | lion أسد m | elephant فيل m | monkey قرد m | rabbit أرنب m
apple تفاحة f | bread خبز m | cheese جبن m | egg بيضة f | cake كعكة f | orange برتقالة f
banana موزة f | potato بطاطا f | honey عسل m | salt ملح m
chair كرسي m | table طاولة f | bed سرير m | lamp مصباح m | cupboard خزانة f | sofa أريكة f
mirror مرآة f | carpet سجادة f
shirt قميص m | hat قبعة f | coat معطف m | dress فستان m | belt حزام m | scarf وشاح m
glove قفاز m | sock جورب m
knife سكين m | hammer مطرقة f | key مفتاح m | rope حبل m | brush فرشاة f | bucket دلو m
needle إبرة f | ladder سلم m
book كتاب m | letter رسالة f | newspaper صحيفة f | picture صورة f | map خريطة f
dictionary قاموس m
"""
"""The nouns of world.COMMON_NOUNS: indefinite dictionary form and gender."""

_JUDGED = """
film فيلم m | meal وجبة f | hotel فندق m | music موسيقى f | story قصة f | journey رحلة f
party حفلة f | song أغنية f | concert حفل m | game لعبة f | weather طقس m
"""
"""The nouns of world.JUDGED that the table above lacks; "concert" gets an adjective of its own."""

_PLACES = """
market سوق | school مدرسة | garden حديقة | kitchen مطبخ | station محطة | hospital مستشفى
library مكتبة | forest غابة | village قرية | street شارع | museum متحف | hotel فندق
"""

_DAYS = """
monday الاثنين | tuesday الثلاثاء | wednesday الأربعاء | thursday الخميس | friday الجمعة
saturday السبت | sunday الأحد
"""

_VERBS = """
buy اشترى اشترت يشتر تشتر | sell باع باعت يبع تبع | find وجد وجدت يجد تجد
lose فقد فقدت يفقد تفقد | see رأى رأت ير تر | carry حمل حملت يحمل تحمل
steal سرق سرقت يسرق تسرق | hide خبأ خبأت يخبئ تخبئ | bring جلب جلبت يجلب تجلب
clean نظف نظفت ينظف تنظف | forget نسي نسيت ينس تنس | take أخذ أخذت يأخذ تأخذ
"""
"""Past masculine, past feminine, jussive masculine, jussive feminine (after the negation)."""

_ADJECTIVES = """
red أحمر حمراء | green أخضر خضراء | blue أزرق زرقاء | black أسود سوداء | white أبيض بيضاء
yellow أصفر صفراء | big كبير كبيرة | small صغير صغيرة | old قديم قديمة | new جديد جديدة
"""
"""Masculine, feminine, both without the article."""

_JUDGEMENTS = """
good جيد | wonderful رائع | excellent ممتاز | beautiful جميل | pleasant ممتع | interesting مثير
great عظيم | perfect مثالي | bad سيئ | terrible فظيع | awful مريع | ugly قبيح | unpleasant مزعج
boring ممل | dreadful مروع | weak ضعيف
"""
"""Stems: the accusative ending of the predicate is added by gender."""

_QUALITIES = """
hot ساخن | cold بارد | long طويل | short قصير | strong قوي | rich غني | poor فقير | high مرتفع
low منخفض | heavy ثقيل | light خفيف | fast سريع | slow بطيء | wet مبلل | dry جاف | full ممتلئ
empty فارغ | open مفتوح | closed مغلق | hard صلب | soft لين | early مبكر | late متأخر
"""
"""The adjectives of world.QUALITIES that the two tables above lack."""

_GIVEN_NAMES = """
anna آنا | maria ماريا | olga أولغا | sofia صوفيا | laura لورا | elena إيلينا | nina نينا
eva إيفا | sara سارة | julia جوليا | emma إيما | clara كلارا
ivan إيفان | paul بول | victor فيكتور | david ديفيد | daniel دانيال | martin مارتن
robert روبرت | peter بيتر | thomas توماس | omar عمر | felix فيليكس | leon ليون
"""

_COMPANIES = """
veltron فيلترون | novaris نوفاريس | komadis كوماديس | lumetra لوميترا | baxodor باكسودور
tirello تيريلو | zemira زيميرا | orvanta أورفانتا | kaldura كالدورا | pelinor بيلينور
sorvex سورفكس | midoran ميدوران | falcora فالكورا | rundel رونديل | gavotta غافوتا
xenika زينيكا
"""

_NUMBERS = """
صفر واحد اثنان ثلاثة أربعة خمسة ستة سبعة ثمانية تسعة عشرة أحد-عشر اثنا-عشر ثلاثة-عشر أربعة-عشر
خمسة-عشر ستة-عشر سبعة-عشر ثمانية-عشر تسعة-عشر عشرون
"""


def _rows(table: str) -> dict[str, list[str]]:
    cells = table.replace("\n", "|").split("|")
    return {concept: forms for concept, *forms in (cell.split() for cell in cells if cell.strip())}


_NOUN_ROWS = _rows(_NOUNS)
_DEFINITE = {noun: f"ال{row[0]}" for noun, row in {**_rows(_JUDGED), **_NOUN_ROWS}.items()}
_DEFINITE["judge"] = "القاضي"
_VERB_ROWS = _rows(_VERBS)
_ADJECTIVE_ROWS = _rows(_ADJECTIVES)
_JUDGEMENT_ROWS = _rows(_JUDGEMENTS)
_QUALITY_ROWS = {**_ADJECTIVE_ROWS, **_JUDGEMENT_ROWS, **_rows(_QUALITIES)}


class Arabic(Grammar):
    """Modern Standard Arabic: verb first, without vowel signs except the accusative ending."""

    code = "ar"
    question_mark = "؟/PUNCT"
    capitalise = False

    GENDER = {noun: row[1] for noun, row in {**_rows(_JUDGED), **_NOUN_ROWS}.items()}
    LABELS = {noun: row[0] for noun, row in _NOUN_ROWS.items()}
    GIVEN_NAMES = {name: row[0] for name, row in _rows(_GIVEN_NAMES).items()}
    COMPANIES = {name: row[0] for name, row in _rows(_COMPANIES).items()}
    OPPOSITES = {word: _QUALITY_ROWS[word][0] for word in world.QUALITIES}
    PLACES = {place: f"في/ADP ال{row[0]}/NOUN" for place, row in _rows(_PLACES).items()}
    DAYS = {day: f"يوم/NOUN {row[0]}/NOUN" for day, row in _rows(_DAYS).items()}
    NUMBERS = tuple(_NUMBERS.split())

    EVENT = "{not} {verb} {agent} {object} {place} {day}"
    EVENT_DAY_FIRST = "{day} ،/PUNCT {not} {verb} {agent} {object} {place}"
    EVENT_QUESTIONS = {
        "agent": (
            "من/PRON {not} {verb} {object} {place} {day}",
            "{day} ،/PUNCT من/PRON {not} {verb} {object} {place}",
        ),
        "object": (
            "ماذا/PRON {not} {verb} {agent} {place} {day}",
            "{day} ،/PUNCT ماذا/PRON {not} {verb} {agent} {place}",
        ),
        "place": (
            "أين/ADV {not} {verb} {agent} {object} {day}",
            "{day} ،/PUNCT أين/ADV {not} {verb} {agent} {object}",
        ),
        "day": (
            "متى/ADV {not} {verb} {agent} {object} {place}",
            "في/ADP أي/DET يوم/NOUN {not} {verb} {agent} {object} {place}",
        ),
    }
    ASK = "من/ADP فضلك/NOUN أخبرني/VERB :/PUNCT"
    SAYS = ("يقول/VERB {agent} :/PUNCT", "تقول/VERB {agent} :/PUNCT")
    JUDGEMENT = "{not} {was} {subject} {adjective} {degree}"
    DEGREES = {"very": "جدًا/ADV", "really": "حقًا/ADV"}
    MENTIONS = {
        "country": (
            "سافر/VERB {agent} إلى/ADP دولة/NOUN {name}",
            "سافرت/VERB {agent} إلى/ADP دولة/NOUN {name}",
        ),
        "language": (
            "تعلم/VERB {agent} اللغة/NOUN {name}",
            "تعلمت/VERB {agent} اللغة/NOUN {name}",
        ),
        "currency": (
            "دفع/VERB {agent} بعملة/NOUN {name}",
            "دفعت/VERB {agent} بعملة/NOUN {name}",
        ),
        "city": (
            "زار/VERB {agent} مدينة/NOUN {name}",
            "زارت/VERB {agent} مدينة/NOUN {name}",
        ),
        "company": (
            "عمل/VERB {agent} لدى/ADP شركة/NOUN {name}",
            "عملت/VERB {agent} لدى/ADP شركة/NOUN {name}",
        ),
    }
    KNOWLEDGE = {
        "currency": "يدفع/VERB الناس/NOUN في/ADP دولة/NOUN {country} بعملة/NOUN {value}",
        "language": "يتحدث/VERB الناس/NOUN في/ADP دولة/NOUN {country} اللغة/NOUN {value}",
        "city": "تقع/VERB مدينة/NOUN {value} في/ADP دولة/NOUN {country}",
    }
    KNOWLEDGE_QUESTIONS = {
        "currency": "بأي/DET عملة/NOUN يدفع/VERB الناس/NOUN في/ADP دولة/NOUN {country}",
        "language": "أي/DET لغة/NOUN يتحدث/VERB الناس/NOUN في/ADP دولة/NOUN {country}",
        "city": "أي/DET مدينة/NOUN تقع/VERB في/ADP دولة/NOUN {country}",
    }
    _KINDS = {
        "person": ("شخص/NOUN", "شخصًا/NOUN"),
        "animal": ("حيوان/NOUN", "حيوانًا/NOUN"),
        "food": ("طعام/NOUN", "طعامًا/NOUN"),
        "furniture": ("قطعة/NOUN أثاث/NOUN", "قطعة/NOUN أثاث/NOUN"),
        "clothes": ("قطعة/NOUN ملابس/NOUN", "قطعة/NOUN ملابس/NOUN"),
        "tool": ("أداة/NOUN", "أداة/NOUN"),
        "document": ("شيء/NOUN للقراءة/NOUN", "شيئًا/NOUN للقراءة/NOUN"),
        "country": ("دولة/NOUN", "دولة/NOUN"),
        "language": ("لغة/NOUN", "لغة/NOUN"),
        "currency": ("عملة/NOUN", "عملة/NOUN"),
        "city": ("مدينة/NOUN", "مدينة/NOUN"),
        "length": ("وحدة/NOUN لقياس/NOUN الطول/NOUN",) * 2,
        "mass": ("وحدة/NOUN لقياس/NOUN الوزن/NOUN",) * 2,
        "time": ("وحدة/NOUN لقياس/NOUN الزمن/NOUN",) * 2,
        "volume": ("وحدة/NOUN لقياس/NOUN الحجم/NOUN",) * 2,
    }
    """Nominative after the pronoun of separation (the genitive after a preposition is written
    alike), accusative after the negated copula."""
    KIND_STATEMENTS = {
        kind: f"كلمة/NOUN {{name}} تدل/VERB على/ADP {phrase}"
        for kind, (phrase, _) in _KINDS.items()
    }
    KIND_QUESTIONS = {
        kind: f"أي/PRON من/ADP الخيارات/NOUN التالية/ADJ هو/PRON {phrase}"
        for kind, (phrase, _) in _KINDS.items()
    }
    NOT_KIND_QUESTIONS = {
        kind: f"أي/PRON من/ADP الخيارات/NOUN التالية/ADJ ليس/AUX {phrase}"
        for kind, (_, phrase) in _KINDS.items()
    }
    SUM = "{left} زائد/CCONJ {right} هو/PRON {result}"
    DIFFERENCE = "{left} ناقص/CCONJ {right} هو/PRON {result}"
    SUM_QUESTION = "كم/ADV يساوي/VERB {left} زائد/CCONJ {right}"
    DIFFERENCE_QUESTION = "كم/ADV يساوي/VERB {left} ناقص/CCONJ {right}"
    CALENDAR_QUESTIONS = {
        "yesterday": "اليوم/NOUN هو/PRON {day} ./PUNCT أي/DET يوم/NOUN كان/AUX أمس/ADV",
        "tomorrow": "اليوم/NOUN هو/PRON {day} ./PUNCT أي/DET يوم/NOUN سيكون/AUX غدًا/ADV",
        "before_yesterday": "اليوم/NOUN هو/PRON {day} ./PUNCT أي/DET يوم/NOUN كان/AUX "
        "أول/ADJ أمس/ADV",
        "after_tomorrow": "اليوم/NOUN هو/PRON {day} ./PUNCT أي/DET يوم/NOUN سيكون/AUX "
        "بعد/ADP غد/NOUN",
    }
    CALENDAR_STATEMENTS = {
        step: f"اليوم/NOUN هو/PRON {{day}} ./PUNCT {phrase} يوم/NOUN {{value}}"
        for step, phrase in {
            "yesterday": "أمس/ADV كان/AUX",
            "tomorrow": "غدًا/ADV سيكون/AUX",
            "before_yesterday": "أول/ADJ أمس/ADV كان/AUX",
            "after_tomorrow": "بعد/ADP غد/NOUN سيكون/AUX",
        }.items()
    }
    _MONTH_STEPS = {"after": "بعد/ADP", "before": "قبل/ADP"}
    MONTH_QUESTIONS = {
        step: f"أي/DET شهر/NOUN يأتي/VERB {word} شهر/NOUN {{name}}"
        for step, word in _MONTH_STEPS.items()
    }
    MONTH_STATEMENTS = {
        step: f"يأتي/VERB شهر/NOUN {{value}} {word} شهر/NOUN {{name}}"
        for step, word in _MONTH_STEPS.items()
    }
    OPPOSITE = "عكس/NOUN كلمة/NOUN {name} هو/PRON كلمة/NOUN {value}"
    OPPOSITE_QUESTION = "أي/DET كلمة/NOUN هي/PRON عكس/NOUN كلمة/NOUN {name}"

    def noun_phrase(self, noun: str, role: str, adjective: str | None = None) -> str:
        """Definite noun phrase; the adjective follows, with article and gender of the noun."""
        phrase = f"{_DEFINITE[noun]}/NOUN"
        if noun == "concert":
            phrase += " الموسيقي/ADJ"
        if adjective is None:
            return phrase
        form = _ADJECTIVE_ROWS[adjective][self.gender(noun) == "f"]
        return f"{phrase} ال{form}/ADJ"

    def verb(self, event: Event, gender: str) -> dict[str, str]:
        """Past tense, or the negation with the jussive; both agree with the agent's gender."""
        form = _VERB_ROWS[event.verb][2 * event.negated + (gender == "f")]
        return {"verb": f"{form}/VERB", "not": "لم/PART" if event.negated else "", "base": ""}

    def predicate(self, judgement: Judgement, gender: str) -> dict[str, str]:
        """Copula and accusative predicate, both agreeing with the subject."""
        feminine = gender == "f"
        copula = (("كان", "كانت"), ("يكن", "تكن"))[judgement.negated][feminine]
        stem = _JUDGEMENT_ROWS[judgement.adjective][0]
        adjective = f"{stem}{'ة' if feminine else 'ًا'}/ADJ"
        if judgement.adjective == "interesting":
            adjective += " للاهتمام/NOUN"
        return {
            "was": f"{copula}/AUX",
            "not": "لم/PART" if judgement.negated else "",
            "adjective": adjective,
        }


GRAMMAR = Arabic()

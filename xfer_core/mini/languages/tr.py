"""Turkish: lexicon, templates and morphology of the mini benchmark."""

from __future__ import annotations

from xfer_core.mini import world
from xfer_core.mini.grammar import Grammar, Token
from xfer_core.mini.world import Event, Judgement


def _table(rows: str) -> dict[str, str]:
    """Concept -> Turkish word, out of "concept word" pairs."""
    words = rows.split()
    return dict(zip(words[::2], words[1::2], strict=True))


_NOUNS = _table("""
    doctor doktor  teacher öğretmen  farmer çiftçi  driver şoför  singer şarkıcı  baker fırıncı
    student öğrenci  nurse hemşire  soldier asker  writer yazar  painter ressam  judge yargıç
    king kral  queen kraliçe  girl kız  boy oğlan  mother anne  father baba
    grandmother büyükanne  uncle amca
    dog köpek  cat kedi  horse at  cow inek  bird kuş  fish balık  sheep koyun  wolf kurt
    bear ayı  mouse fare  lion aslan  elephant fil  monkey maymun  rabbit tavşan
    apple elma  bread ekmek  cheese peynir  egg yumurta  cake kek  orange portakal  banana muz
    potato patates  honey bal  salt tuz
    chair sandalye  table masa  bed yatak  lamp lamba  cupboard dolap  sofa kanepe
    mirror ayna  carpet halı
    shirt gömlek  hat şapka  coat palto  dress elbise  belt kemer  scarf atkı  glove eldiven
    sock çorap
    knife bıçak  hammer çekiç  key anahtar  rope ip  brush fırça  bucket kova  needle iğne
    ladder merdiven
    book kitap  letter mektup  newspaper gazete  picture resim  map harita  dictionary sözlük
    film film  meal yemek  hotel otel  music müzik  story hikâye  journey yolculuk  party parti
    song şarkı  concert konser  game oyun  weather hava
""")
_IRREGULAR_ACCUSATIVES = {
    "resim": "resmi",
    "kurt": "kurdu",
    "şehir": "şehri",
    "birimi": "birimini",
}
_PLACES = _table("""
    market çarşı  school okul  garden bahçe  kitchen mutfak  station istasyon
    hospital hastane  library kütüphane  forest orman  village köy  street sokak  museum müze
    hotel otel
""")
_DAYS = _table("""
    monday pazartesi  tuesday salı  wednesday çarşamba  thursday perşembe  friday cuma
    saturday cumartesi  sunday pazar
""")
_ADJECTIVES = _table("""
    red kırmızı  green yeşil  blue mavi  black siyah  white beyaz  yellow sarı
    big büyük  small küçük  old eski  new yeni
    good iyi  wonderful harika  excellent mükemmel  beautiful güzel  pleasant hoş
    interesting ilginç  great muhteşem  perfect kusursuz
    bad kötü  terrible berbat  awful korkunç  ugly çirkin  unpleasant nahoş  boring sıkıcı
    dreadful feci  weak zayıf
    hot sıcak  cold soğuk  long uzun  short kısa  strong güçlü  rich zengin  poor fakir
    high yüksek  low alçak  heavy ağır  light hafif  fast hızlı  slow yavaş  wet ıslak  dry kuru
    full dolu  empty boş  open açık  closed kapalı  hard sert  soft yumuşak  early erken  late geç
""")
_STEMS = _table("""
    buy al  sell sat  find bul  lose kaybet  see gör  carry taşı  steal çal  hide sakla
    bring getir  clean temizle  forget unut  take al
""")
_UNITS = ("bir", "iki", "üç", "dört", "beş", "altı", "yedi", "sekiz", "dokuz")
_PREVERBS = {"buy": "satın/NOUN "}
_KINDS = {
    "person": "bir/DET insan",
    "animal": "bir/DET hayvan",
    "food": "bir/DET yiyecek",
    "furniture": "bir/DET mobilya",
    "clothes": "bir/DET giysi",
    "tool": "bir/DET alet",
    "document": "okunacak/VERB bir/DET şey",
    "country": "bir/DET ülke",
    "language": "bir/DET dil",
    "currency": "bir/DET para/NOUN birimi",
    "city": "bir/DET şehir",
    "length": "bir/DET uzunluk/NOUN birimi",
    "mass": "bir/DET ağırlık/NOUN birimi",
    "time": "bir/DET zaman/NOUN birimi",
    "volume": "bir/DET hacim/NOUN birimi",
}
"""Category -> noun phrase; its last word is untagged, for it may take the copula or a case."""
_STEPS = {"after": "sonra", "before": "önce"}

_VOWELS = "aâıoueiöü"
_HIGH = dict(zip(_VOWELS, "ıııuuiiüü", strict=True))
_VOICELESS = "fstkçşhp"
_SOFTENED = {"p": "b", "ç": "c", "k": "ğ"}


def _last_vowel(word: str) -> str:
    """Last vowel of a word, which rules the vowels of its suffixes."""
    return next(letter for letter in reversed(word) if letter in _VOWELS)


def _high(word: str) -> str:
    """Fourfold vowel (ı, i, u, ü) of a suffix to this word."""
    return _HIGH[_last_vowel(word)]


def _low(word: str) -> str:
    """Twofold vowel (a, e) of a suffix to this word."""
    return "a" if _last_vowel(word) in "aâıou" else "e"


def _dental(word: str) -> str:
    """First letter of a suffix in d, which is t behind a voiceless consonant."""
    return "t" if word[-1] in _VOICELESS else "d"


def _accusative(word: str) -> str:
    """Accusative of a noun: buffer y behind a vowel, final stop softened in long words."""
    if word in _IRREGULAR_ACCUSATIVES:
        return _IRREGULAR_ACCUSATIVES[word]
    if word[-1] in _VOWELS:
        return f"{word}y{_high(word)}"
    syllables = sum(letter in _VOWELS for letter in word)
    last = _SOFTENED.get(word[-1], word[-1]) if syllables > 1 else word[-1]
    return f"{word[:-1]}{last}{_high(word)}"


def _accusative_phrase(phrase: str) -> str:
    """Accusative of a category's noun phrase: its last word takes the ending."""
    before, _, last = phrase.rpartition(" ")
    return f"{before} {_accusative(last)}/NOUN"


def _locative(word: str) -> str:
    """Locative of a noun: okulda, köyde, sokakta."""
    return f"{word}{_dental(word)}{_low(word)}"


def _past(stem: str) -> str:
    """Past of a verb stem in the third person: buldu, unuttu."""
    return f"{stem}{_dental(stem)}{_high(stem)}"


def _past_copula(word: str) -> str:
    """Predicate with the past copula: iyiydi, güzeldi, hoştu."""
    buffer = "y" if word[-1] in _VOWELS else ""
    return f"{word}{buffer}{_dental(word)}{_high(word)}"


def _copula(word: str) -> str:
    """Predicate with the general copula: hayvandır, alettir."""
    return f"{word}{_dental(word)}{_high(word)}r"


class Turkish(Grammar):
    """Turkish: verb-final, agglutinating, no gender, no articles; accusative means definite."""

    code = "tr"
    LABELS = {noun: _NOUNS[noun] for noun in world.COMMON_NOUNS}
    GIVEN_NAMES = {name: name.capitalize() for name in world.GIVEN_NAMES} | {
        "ivan": "İvan",
        "omar": "Ömer",
    }
    COMPANIES = {name: name.capitalize() for name in world.COMPANIES}
    OPPOSITES = {word: _ADJECTIVES[word] for word in world.QUALITIES}
    PLACES = {place: f"{_locative(word)}/NOUN" for place, word in _PLACES.items()}
    DAYS = {day: f"{word}/NOUN günü/NOUN" for day, word in _DAYS.items()}
    NUMBERS = ("sıfır", *_UNITS, "on", *(f"on{unit}" for unit in _UNITS), "yirmi")

    EVENT = "{agent} {day} {place} {object} {verb}"
    EVENT_DAY_FIRST = "{day} {agent} {place} {object} {verb}"
    EVENT_QUESTIONS = {
        "agent": (
            "{object} {day} {place} kim/PRON {verb}",
            "{day} {place} {object} kim/PRON {verb}",
        ),
        "object": (
            "{agent} {day} {place} neyi/PRON {verb}",
            "{day} {agent} {place} neyi/PRON {verb}",
        ),
        "place": (
            "{agent} {day} {object} nerede/PRON {verb}",
            "{day} {agent} {object} nerede/PRON {verb}",
        ),
        "day": (
            "{agent} {place} {object} ne/DET zaman/NOUN {verb}",
            "{agent} {place} {object} hangi/DET gün/NOUN {verb}",
        ),
    }
    ASK = "lütfen/ADV bana/PRON söyle/VERB :/PUNCT"
    SAYS = "{agent} şöyle/ADV diyor/VERB :/PUNCT"
    JUDGEMENT = "{subject} {degree} {adjective} {not} {was}"
    DEGREES = {"very": "çok/ADV", "really": "gerçekten/ADV"}
    MENTIONS = {
        "country": "{agent} {name} ülkesine/NOUN seyahat/NOUN etti/VERB",
        "language": "{agent} dil/NOUN olarak/ADP {name} öğrendi/VERB",
        "currency": "{agent} {name} para/NOUN birimiyle/NOUN ödeme/NOUN yaptı/VERB",
        "city": "{agent} {name} şehrini/NOUN ziyaret/NOUN etti/VERB",
        "company": "{agent} ,/PUNCT {name} şirketinde/NOUN çalıştı/VERB",
    }
    KNOWLEDGE = {
        "currency": "{country} ülkesinde/NOUN insanlar/NOUN {value} para/NOUN birimiyle/NOUN "
        "ödeme/NOUN yapar/VERB",
        "language": "{country} ülkesinde/NOUN insanlar/NOUN dil/NOUN olarak/ADP {value} "
        "konuşur/VERB",
        "city": "{value} şehri/NOUN {country} ülkesindedir/NOUN",
    }
    KNOWLEDGE_QUESTIONS = {
        "currency": "{country} ülkesinde/NOUN insanlar/NOUN hangi/DET para/NOUN birimiyle/NOUN "
        "ödeme/NOUN yapar/VERB",
        "language": "{country} ülkesinde/NOUN insanlar/NOUN hangi/DET dili/NOUN konuşur/VERB",
        "city": "hangi/DET şehir/NOUN {country} ülkesindedir/NOUN",
    }
    KIND_STATEMENTS = {
        kind: f"{{name}} sözcüğü/NOUN {_accusative_phrase(phrase)} ifade/NOUN eder/VERB"
        for kind, phrase in _KINDS.items()
    }
    KIND_QUESTIONS = {
        kind: f"bunlardan/PRON hangisi/PRON {_copula(phrase)}/NOUN"
        for kind, phrase in _KINDS.items()
    }
    NOT_KIND_QUESTIONS = {
        kind: f"bunlardan/PRON hangisi/PRON {phrase}/NOUN değildir/AUX"
        for kind, phrase in _KINDS.items()
    }
    SUM = "{left} artı/CCONJ {right} eşittir/ADJ {result}"
    DIFFERENCE = "{left} eksi/CCONJ {right} eşittir/ADJ {result}"
    SUM_QUESTION = "{left} artı/CCONJ {right} kaç/PRON eder/VERB"
    DIFFERENCE_QUESTION = "{left} eksi/CCONJ {right} kaç/PRON eder/VERB"
    CALENDAR_QUESTIONS = {
        "yesterday": "bugün/ADV {day} ./PUNCT Dün/ADV hangi/DET gündü/NOUN",
        "tomorrow": "bugün/ADV {day} ./PUNCT Yarın/ADV hangi/DET gün/NOUN",
        "before_yesterday": "bugün/ADV {day} ./PUNCT Dünden/NOUN önceki/ADJ gün/NOUN hangi/DET "
        "gündü/NOUN",
        "after_tomorrow": "bugün/ADV {day} ./PUNCT Yarından/NOUN sonraki/ADJ gün/NOUN hangi/DET "
        "gün/NOUN",
    }
    CALENDAR_STATEMENTS = {
        "yesterday": "bugün/ADV {day} ./PUNCT Dün/ADV {value} idi/AUX",
        "tomorrow": "bugün/ADV {day} ./PUNCT Yarın/ADV {value}",
        "before_yesterday": "bugün/ADV {day} ./PUNCT Dünden/NOUN önceki/ADJ gün/NOUN {value} "
        "idi/AUX",
        "after_tomorrow": "bugün/ADV {day} ./PUNCT Yarından/NOUN sonraki/ADJ gün/NOUN {value}",
    }
    MONTH_QUESTIONS = {
        step: f"{{name}} ayından/NOUN {word}/ADP hangi/DET ay/NOUN gelir/VERB"
        for step, word in _STEPS.items()
    }
    MONTH_STATEMENTS = {
        step: f"{{name}} ayından/NOUN {word}/ADP {{value}} ayı/NOUN gelir/VERB"
        for step, word in _STEPS.items()
    }
    OPPOSITE = "{name} sözcüğünün/NOUN karşıtı/NOUN {value} sözcüğüdür/NOUN"
    OPPOSITE_QUESTION = "{name} sözcüğünün/NOUN karşıtı/NOUN hangi/DET sözcüktür/NOUN"

    def text(self, tokens: list[Token], capitalise: bool | None = None) -> str:
        """Plain text as in all languages, but the capital of "i" keeps its dot."""
        raise_first = self.capitalise if capitalise is None else capitalise
        text = super().text(tokens, capitalise=False)
        if not raise_first:
            return text
        first = "İ" if text.startswith("i") else text[:1].upper()
        return first + text[1:]

    def noun_phrase(self, noun: str, role: str, adjective: str | None = None) -> str:
        """Definite noun phrase: bare as subject, accusative as object."""
        word = _NOUNS[noun]
        form = _accusative(word) if role == "object" else word
        before = f"{_ADJECTIVES[adjective]}/ADJ " if adjective else ""
        return f"{before}{form}/NOUN"

    def verb(self, event: Event, gender: str) -> dict[str, str]:
        """Past tense in -di; the negation -me- stands inside the verb."""
        stem = _STEMS[event.verb]
        if event.negated:
            stem = f"{stem}m{_low(stem)}"
        verb = f"{_PREVERBS.get(event.verb, '')}{_past(stem)}/VERB"
        return {"verb": verb, "not": "", "base": ""}

    def predicate(self, judgement: Judgement, gender: str) -> dict[str, str]:
        """Past copula on the adjective, or on "değil" (not) behind it."""
        adjective = _ADJECTIVES[judgement.adjective]
        if judgement.negated:
            return {"was": "", "not": "değildi/AUX", "adjective": f"{adjective}/ADJ"}
        return {"was": "", "not": "", "adjective": f"{_past_copula(adjective)}/ADJ"}


GRAMMAR = Turkish()

"""Languages: code, script, family and writing direction.

Names, scripts and directions are those of Unicode's CLDR, but for a few that ISO calls otherwise;
a family is a branch, such as Germanic or Bantu.
"""

from __future__ import annotations

from dataclasses import dataclass

REFERENCE_LANGUAGE = "en"
"""The language of the training data, left out of zero-shot means."""

ALL = "all"
ZERO_SHOT = "zero-shot"
MEANS = (ZERO_SHOT, ALL)
"""Names that stand in a ``language`` column for a mean over languages."""


@dataclass(frozen=True)
class Language:
    """One language; ``direction`` is "ltr" or "rtl"."""

    code: str
    name: str
    script: str
    family: str
    direction: str = "ltr"


_MINI = (
    Language("en", "English", "Latin", "Germanic"),
    Language("de", "German", "Latin", "Germanic"),
    Language("es", "Spanish", "Latin", "Romance"),
    Language("fr", "French", "Latin", "Romance"),
    Language("ru", "Russian", "Cyrillic", "Slavic"),
    Language("el", "Greek", "Greek", "Hellenic"),
    Language("tr", "Turkish", "Latin", "Turkic"),
    Language("ar", "Arabic", "Arabic", "Semitic", direction="rtl"),
    Language("hi", "Hindi", "Devanagari", "Indo-Aryan"),
    Language("zh", "Chinese", "Han", "Sinitic"),
    Language("ja", "Japanese", "Kanji and kana", "Japonic"),
    Language("sw", "Swahili", "Latin", "Bantu"),
)

_OTHERS = (
    Language("af", "Afrikaans", "Latin", "Germanic"),
    Language("am", "Amharic", "Ethiopic", "Semitic"),
    Language("bg", "Bulgarian", "Cyrillic", "Slavic"),
    Language("bn", "Bengali", "Bengali", "Indo-Aryan"),
    Language("ca", "Catalan", "Latin", "Romance"),
    Language("cs", "Czech", "Latin", "Slavic"),
    Language("da", "Danish", "Latin", "Germanic"),
    Language("et", "Estonian", "Latin", "Finnic"),
    Language("eu", "Basque", "Latin", "Basque"),
    Language("fa", "Persian", "Arabic", "Iranian", direction="rtl"),
    Language("fi", "Finnish", "Latin", "Finnic"),
    Language("fil", "Filipino", "Latin", "Malayo-Polynesian"),
    Language("gu", "Gujarati", "Gujarati", "Indo-Aryan"),
    Language("ha", "Hausa", "Latin", "Chadic"),
    Language("he", "Hebrew", "Hebrew", "Semitic", direction="rtl"),
    Language("hr", "Croatian", "Latin", "Slavic"),
    Language("hu", "Hungarian", "Latin", "Ugric"),
    Language("hy", "Armenian", "Armenian", "Armenian"),
    Language("id", "Indonesian", "Latin", "Malayo-Polynesian"),
    Language("ig", "Igbo", "Latin", "Volta-Niger"),
    Language("is", "Icelandic", "Latin", "Germanic"),
    Language("it", "Italian", "Latin", "Romance"),
    Language("jv", "Javanese", "Latin", "Malayo-Polynesian"),
    Language("ka", "Georgian", "Georgian", "Kartvelian"),
    Language("kk", "Kazakh", "Cyrillic", "Turkic"),
    Language("kn", "Kannada", "Kannada", "Dravidian"),
    Language("ko", "Korean", "Hangul", "Koreanic"),
    Language("ky", "Kyrgyz", "Cyrillic", "Turkic"),
    Language("lt", "Lithuanian", "Latin", "Baltic"),
    Language("mg", "Malagasy", "Latin", "Malayo-Polynesian"),
    Language("ml", "Malayalam", "Malayalam", "Dravidian"),
    Language("mr", "Marathi", "Devanagari", "Indo-Aryan"),
    Language("ms", "Malay", "Latin", "Malayo-Polynesian"),
    Language("my", "Burmese", "Myanmar", "Lolo-Burmese"),
    Language("nb", "Norwegian Bokmål", "Latin", "Germanic"),
    Language("ne", "Nepali", "Devanagari", "Indo-Aryan"),
    Language("nl", "Dutch", "Latin", "Germanic"),
    Language("ny", "Nyanja", "Latin", "Bantu"),
    Language("pl", "Polish", "Latin", "Slavic"),
    Language("pt", "Portuguese", "Latin", "Romance"),
    Language("ro", "Romanian", "Latin", "Romance"),
    Language("si", "Sinhala", "Sinhala", "Indo-Aryan"),
    Language("sk", "Slovak", "Latin", "Slavic"),
    Language("sn", "Shona", "Latin", "Bantu"),
    Language("so", "Somali", "Latin", "Cushitic"),
    Language("sr", "Serbian", "Cyrillic", "Slavic"),
    Language("sv", "Swedish", "Latin", "Germanic"),
    Language("ta", "Tamil", "Tamil", "Dravidian"),
    Language("te", "Telugu", "Telugu", "Dravidian"),
    Language("th", "Thai", "Thai", "Tai"),
    Language("tl", "Tagalog", "Latin", "Malayo-Polynesian"),
    Language("uk", "Ukrainian", "Cyrillic", "Slavic"),
    Language("ur", "Urdu", "Arabic", "Indo-Aryan", direction="rtl"),
    Language("vi", "Vietnamese", "Latin", "Vietic"),
    Language("yo", "Yoruba", "Latin", "Volta-Niger"),
)

LANGUAGES = {language.code: language for language in (*_MINI, *_OTHERS)}
"""All languages of all tasks by code, English first."""

MINI_LANGUAGES = tuple(language.code for language in _MINI)
"""The languages of the mini world, English first; their order decides what its rows are."""


def codes(text: str) -> tuple[str, ...]:
    """Language codes of a blank-separated list, in the order given.

    Raises:
        KeyError: a code that is not declared in this file.
    """
    return tuple(LANGUAGES[code].code for code in text.split())

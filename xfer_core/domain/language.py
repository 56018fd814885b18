"""Languages: code, script, family and writing direction."""

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


LANGUAGES = {
    language.code: language
    for language in (
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
}

EVERY_LANGUAGE = tuple(LANGUAGES)
"""All codes, English first."""


def codes(text: str) -> tuple[str, ...]:
    """Language codes of a blank-separated list, in the order given.

    Raises:
        KeyError: a code that is not declared in this file.
    """
    return tuple(LANGUAGES[code].code for code in text.split())

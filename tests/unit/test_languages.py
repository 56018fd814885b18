"""Languages: what is said of each agrees with Unicode's data, and every task finds its own."""

from __future__ import annotations

import pytest
from babel import Locale
from babel.core import get_global

from xfer_core.domain.language import LANGUAGES, MINI_LANGUAGES, REFERENCE_LANGUAGE, codes
from xfer_core.mini.languages import grammars

ENGLISH = Locale("en")
NAMED_OTHERWISE = {"bn": "Bengali"}
"""ISO 639-3's name; Unicode says Bangla."""
WRITTEN_OTHERWISE = {"bn": "Bengali", "ja": "Kanji and kana", "ko": "Hangul", "zh": "Han"}
XTREME = (
    "af ar bg bn de el en es et eu fa fi fr he hi hu id it ja jv ka kk ko ml mr ms my nl pt ru "
    "sw ta te th tl tr ur vi yo zh"
)
MMMLU = "ar bn de es fr hi id it ja ko pt sw yo zh"
GLOBAL_MMLU = (
    "am ar bn cs de el en es fa fil fr ha he hi id ig it ja ko ky lt mg ms ne nl ny pl pt ro ru "
    "si sn so sr sv sw te tr uk vi yo zh"
)
M_MMLU = (
    "ar bn ca da de en es eu fr gu hi hr hu hy id is it kn ml mr nb ne nl pt ro ru sk sr sv ta te "
    "uk vi zh"
)
ALL = set(f"{XTREME} {MMMLU} {GLOBAL_MMLU} {M_MMLU}".split())

every_language = pytest.mark.parametrize("code", LANGUAGES)


@every_language
def test_name_and_direction_are_those_of_unicode(code):
    language = LANGUAGES[code]
    assert language.code == code
    assert language.name == NAMED_OTHERWISE.get(code, ENGLISH.languages[code])
    assert language.direction == Locale.parse(code).text_direction


@every_language
def test_script_is_the_likely_one(code):
    likely = get_global("likely_subtags")[code].split("_")[1]
    assert LANGUAGES[code].script == WRITTEN_OTHERWISE.get(code, ENGLISH.scripts[likely])


def test_the_languages_are_those_of_the_benchmarks():
    assert set(LANGUAGES) == ALL
    assert [len(text.split()) for text in (XTREME, MMMLU, GLOBAL_MMLU, M_MMLU)] == [40, 14, 42, 34]


def test_no_two_languages_share_a_name_and_each_has_a_family():
    assert len({language.name for language in LANGUAGES.values()}) == len(LANGUAGES)
    assert all(language.family for language in LANGUAGES.values())


def test_the_mini_languages_are_the_twelve_that_have_a_grammar():
    assert set(MINI_LANGUAGES) == set(grammars()) and len(MINI_LANGUAGES) == 12
    assert MINI_LANGUAGES[0] == next(iter(LANGUAGES)) == REFERENCE_LANGUAGE


def test_codes_are_read_in_the_order_given_and_an_unknown_one_is_refused():
    assert codes("sw en") == ("sw", "en")
    with pytest.raises(KeyError, match="xx"):
        codes("en xx")

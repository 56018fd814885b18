"""Proper names out of CLDR: complete, clean, and each language's own whatever was asked before."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from babel import Locale

from xfer_core.mini import names, world
from xfer_core.mini.languages import grammars

CODES = list(grammars())
every_code = pytest.mark.parametrize("code", CODES)

PRINT_ALL = """
import json, sys
from xfer_core.mini import names, world
found = {}
for code in sys.argv[1:]:
    own = names.Names(code)
    units = [own.unit(kind, unit) for kind, units in world.UNITS.items() for unit in units]
    days = [own.day(day) for day in range(7)]
    months = [own.month(month) for month in range(12)]
    facts = names.atlas().values()
    known = [own.name(relation, one[relation]) for relation in world.RELATIONS for one in facts]
    known += [own.name("country", country) for country in names.atlas()]
    found[code] = [units, days, months, known]
print(json.dumps(found))
"""


def told_in_order(*codes: str) -> dict[str, list[list[str]]]:
    """All names, by a process of its own that asks the languages in that order."""
    command = [sys.executable, "-c", PRINT_ALL, *codes]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return json.loads(done.stdout)


def test_names_do_not_depend_on_who_was_asked_before():
    """Asked after Swahili, babel 2.18 gave other languages its days and months."""
    forth, back = told_in_order("sw", "ar", "zh", *CODES), told_in_order(*CODES[::-1])
    assert forth == back
    assert forth["zh"][1][0] == "星期一"
    assert forth["ar"][1][0] == "الاثنين"
    assert forth["sw"][1][0] == "Jumatatu"
    assert forth["ja"][2][0] == "1月"


@every_code
def test_no_two_languages_share_all_their_days(code):
    days = {one: [grammars()[one].names.day(day) for day in range(7)] for one in CODES}
    assert list(days.values()).count(days[code]) == 1


@every_code
def test_every_name_is_there_and_clean(code):
    own = grammars()[code].names
    texts = [own.name("country", country) for country in names.atlas()]
    for facts in names.atlas().values():
        texts += [own.name(relation, facts[relation]) for relation in world.RELATIONS]
    texts += [own.unit(kind, unit) for kind, units in world.UNITS.items() for unit in units]
    for text in texts:
        assert text == text.strip() != ""
        assert not set("()（）{}\u00ad/") & set(text), text


def test_days_and_months_are_counted_from_monday_and_january():
    english = names.Names("en")
    assert english.day(0) == "Monday" and english.day(13) == "Sunday"
    assert english.month(0) == "January" and english.month(-1) == "December"
    assert english.unit("length", "mile") == "mile" and english.unit("time", "week") == "week"
    with pytest.raises(KeyError, match="cubit"):
        english.unit("length", "cubit")


def test_the_atlas_knows_one_value_of_each_relation():
    atlas = names.atlas()
    assert len(atlas) >= 60
    assert set(atlas) <= set(names.TERRITORIES)
    for country, facts in atlas.items():
        assert set(facts) == set(world.RELATIONS)
        assert facts["city"].split("/")[-1] != Locale("en").territories[country]
    cities = [facts["city"] for facts in atlas.values()]
    assert len(set(cities)) == len(cities)


def test_what_is_known_is_true_and_what_else_is_true_is_known():
    for country, facts in names.atlas().items():
        for relation in ("language", "currency"):
            assert facts[relation] in names.also_true(relation, country)
    assert names.also_true("language", "PY") == {"gn", "es"}
    assert names.also_true("city", "PY") == frozenset()

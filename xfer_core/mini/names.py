"""Proper names of the mini benchmark, in every language, out of CLDR (the ``babel`` package).

Only territories enter of which CLDR knows a present currency, an official language, and one time
zone, named after a city that does not share the country's name.
"""

from __future__ import annotations

import pickle  # noqa: TID251  the data files of the installed babel are pickles
from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from babel import Locale, localedata
from babel.core import get_global
from babel.dates import get_timezone_location
from babel.languages import get_official_languages
from babel.numbers import get_territory_currencies

TERRITORIES = (
    "AL AM AZ BD BG BY CZ DK DO EE EG ET FI GE GH GR HN HR HU IE IL IR IS IT JP KE KR KH LA "
    "LB LK LT LV MA MG MK NG NL NO PH PK PL PY RO RS RU SA SE SI SK SO TH TR TZ UA "
    "UG UY VE ZM CO CU DZ IQ PE"
).split()
"""CLDR territory codes; one whose facts CLDR does not settle is dropped by ``atlas``."""


@cache
def atlas() -> dict[str, dict[str, str]]:
    """Facts of each territory: {code: {"currency": .., "language": .., "city": time zone}}."""
    facts = {}
    zones = get_global("territory_zones")
    for code in TERRITORIES:
        currencies = get_territory_currencies(code)
        languages = [tag.split("_")[0] for tag in get_official_languages(code, de_facto=True)]
        if currencies and languages and len(zones.get(code, ())) == 1:
            facts[code] = {
                "currency": currencies[0],
                "language": languages[0],
                "city": zones[code][0],
            }
    return facts


@cache
def also_true(relation: str, country: str) -> frozenset[str]:
    """Values of a relation that are right of a country too: its other official languages."""
    if relation == "language":
        tags = get_official_languages(country, regional=True, de_facto=True)
        return frozenset(tag.split("_")[0] for tag in tags)
    if relation == "currency":
        return frozenset(get_territory_currencies(country))
    return frozenset()


class Names:
    """Names of countries, languages, currencies, cities and days in one language."""

    def __init__(self, code: str) -> None:
        """``code`` is a CLDR locale such as "de"."""
        self._locale = Locale.parse(code)

    def name(self, category: str, concept: str) -> str:
        """The CLDR name of a territory, language or currency code, or of a zone's city."""
        return _clean(self._table(category)[concept])

    def day(self, index: int) -> str:
        """Name of a weekday as it stands alone; 0 is Monday."""
        return self._calendar("days")[index % 7]

    def month(self, index: int) -> str:
        """Name of a month as it stands alone; 0 is January."""
        return self._calendar("months")[index % 12 + 1]

    def unit(self, kind: str, unit: str) -> str:
        """Name of one unit of measure; ``kind`` is a key of world.UNITS."""
        key = f"{'duration' if kind == 'time' else kind}-{unit}"
        for length in ("long", "short"):
            patterns = self._own("unit_patterns", key, length)
            pattern = patterns.get("one") or patterns.get("other")
            if pattern:  # CLDR leaves out what is equal in another length
                return str(pattern).replace("{0}", "").strip()
        raise KeyError(f"CLDR has no name of {key} in {self._locale}.")

    def _calendar(self, what: str) -> Mapping[int, str]:
        return self._own(what, "stand-alone", "wide") or self._own(what, "format", "wide")

    def _own(self, *path: str) -> Mapping[Any, Any]:
        """The locale's own table, empty if it has none.

        Read from babel's file, not through ``Locale``: there an alias ("as in format", "as in
        short") is resolved once for all locales that share it, so that the first one asked gives
        its words to the others (babel 2.18).
        """
        table = self._file
        for key in path:
            table = table.get(key, {})
        return table if isinstance(table, Mapping) else {}

    @cached_property
    def _file(self) -> Mapping[Any, Any]:
        path = localedata.resolve_locale_filename(str(self._locale))
        return dict(pickle.loads(Path(path).read_bytes()))  # a file of the installed package

    def _table(self, category: str) -> Mapping[str, str]:
        match category:
            case "country":
                return self._locale.territories
            case "language":
                return self._locale.languages
            case "currency":
                return self._locale.currencies
            case _:
                return self._cities

    @cached_property
    def _cities(self) -> dict[str, str]:
        return {
            facts["city"]: get_timezone_location(
                facts["city"], locale=self._locale, return_city=True
            )
            for facts in atlas().values()
        }


def _clean(name: str) -> str:
    """The name without soft hyphens and without what stands in brackets."""
    return name.replace("\u00ad", "").split("(")[0].split("（")[0].strip()

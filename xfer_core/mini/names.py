"""Proper names of the mini benchmark, in every language, out of CLDR (the ``babel`` package).

Only territories enter of which CLDR knows one present currency, one official language that few
others share, and one time zone named after a city that does not share the country's name.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, cached_property

from babel import Locale
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
        return self._locale.days["stand-alone"]["wide"][index % 7]

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

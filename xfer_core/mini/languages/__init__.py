"""One file per language; each declares ``GRAMMAR``. The folder is the registry."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from xfer_core.mini.grammar import Grammar


@cache
def grammars() -> dict[str, Grammar]:
    """Code -> grammar of every language file in this folder, English first."""
    codes = sorted((module.name for module in pkgutil.iter_modules(__path__)), key=_english_first)
    found = [importlib.import_module(f"{__name__}.{code}").GRAMMAR for code in codes]
    return {grammar.code: grammar for grammar in found}


def _english_first(code: str) -> tuple[bool, str]:
    return code != "en", code

"""The source of a mini task: items drawn from the world once, rendered in every language."""

from __future__ import annotations

import hashlib
import inspect
import random
from collections.abc import Callable, Hashable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import babel

from xfer_core.domain.errors import UsageError
from xfer_core.domain.task import Availability, Reach, Row
from xfer_core.mini.facts import Exhausted
from xfer_core.mini.grammar import Grammar
from xfer_core.mini.languages import grammars

VERSION = "1"
SIZES = {"train": 2400, "dev": 120, "test": 240}


@dataclass(frozen=True)
class Generated:
    """Rows out of the mini world: the same items, with the same ids, in every language.

    ``draw(rng, split)`` returns a language-neutral item; ``render(item, grammar)`` its columns.
    ``train_split`` names the facts that training rows use: an intermediate task and a target
    task never train on the same facts. ``unique(item)`` are what no two items of a split share.
    """

    name: str
    draw: Callable[[random.Random, str], Any]
    render: Callable[[Any, Grammar], Row]
    train_split: str = "train"
    sizes: dict[str, int] = field(default_factory=lambda: dict(SIZES), hash=False)
    unique: Callable[[Any], Iterable[Hashable]] = lambda item: [item]

    def availability(self, split: str, language: str) -> Availability:
        """Here wherever the world has a grammar: nothing is fetched."""
        if split in self.sizes and language in grammars():
            return Availability(Reach.HERE, "generated")
        return Availability(
            Reach.MISSING,
            "generated",
            f"Task {self.name!r} is generated in {', '.join(grammars())}, in the splits "
            f"{', '.join(self.sizes)}; there is no {split!r} in {language!r}.",
        )

    @property
    def train_languages(self) -> tuple[str, ...]:
        """All: a rendering in another language is a perfect translation."""
        return tuple(grammars())

    @property
    def revision(self) -> str:
        """Version of the generator; the content itself is fingerprinted by the planner."""
        return f"mini-{VERSION}"

    @property
    def stamp(self) -> str:
        """Hash of the generator's code, the task's own file, the sizes and CLDR's version."""
        own = Path(inspect.getfile(self.draw)), Path(inspect.getfile(self.render))
        texts = [_generator_code(), self.name, *(path.read_text() for path in own), str(self.sizes)]
        return hashlib.sha256("\0".join(texts).encode()).hexdigest()

    def rows(self, split: str, language: str) -> list[Row]:
        """All rows of a split in one language.

        Raises:
            UsageError: a split that the task has not.
        """
        if split not in self.sizes:
            raise UsageError(
                f"Task {self.name!r} has the splits {', '.join(self.sizes)}; got {split!r}."
            )
        grammar = grammars()[language]
        drawn = items(self, split)
        return [{"id": index, **self.render(item, grammar)} for index, item in enumerate(drawn)]


@lru_cache(maxsize=64)
def items(source: Generated, split: str) -> tuple[Any, ...]:
    """Distinct items of a split; gives up on distinctness when the world is exhausted."""
    rng = random.Random(f"{source.name}/{split}")
    facts = source.train_split if split == "train" else split
    found: list[Any] = []
    used: set[Hashable] = set()
    tries = 0
    while len(found) < source.sizes[split] and tries < 60 * source.sizes[split]:
        tries += 1
        with suppress(Exhausted):
            item = source.draw(rng, facts)
            parts = set(source.unique(item))
            if used.isdisjoint(parts):
                used |= parts
                found.append(item)
    return tuple(found)


@cache
def _generator_code() -> str:
    folder = Path(__file__).parent
    files = sorted(folder.rglob("*.py"))
    return "\0".join([babel.__version__, *(file.read_text() for file in files)])

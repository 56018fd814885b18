"""What a node tells the runner's machine, and the actor there that takes it: live, and in order."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from xfer_core.kept import Predictions


@dataclass(frozen=True)
class Node:
    """Where an attempt runs."""

    node_id: str
    address: str
    pid: int

    def __str__(self) -> str:
        """For a person, such as "10.0.0.3 (id 1f66e294b28f)"."""
        return f"{self.address} (id {self.node_id[:12]})"


@dataclass(frozen=True)
class Ended:
    """How an attempt ended on its node."""

    result: dict[str, Any] | None = None
    """What the stage published; None if it did not get as far."""
    message: str = ""
    """Then why, in one sentence."""
    traceback: str = ""
    cancelled: bool = False


@dataclass(frozen=True)
class Letter:
    """News of one attempt; what is empty is no news."""

    token: str
    node: Node | None = None
    lines: bytes = b""
    """Whole lines of ``events.jsonl``."""
    log: bytes = b""
    kept: tuple[str, str, Predictions] | None = None
    """Split, language and what was predicted; a letter for each, for they may be large."""
    ended: Ended | None = None


class Mailbox:
    """An actor beside the runner: nodes put letters in, the runner takes them out."""

    def __init__(self) -> None:
        """Empty."""
        self._letters: list[Letter] = []
        self._there = asyncio.Event()

    async def send(self, letter: Letter) -> None:
        """Put a letter in; when this returns it is kept."""
        self._letters.append(letter)
        self._there.set()

    async def take(self) -> list[Letter]:
        """All letters, in their order; waits until there is one, or ``wake`` is called."""
        await self._there.wait()
        self._there.clear()
        letters, self._letters = self._letters, []
        return letters

    async def wake(self) -> None:
        """Let ``take`` return even without a letter."""
        self._there.set()

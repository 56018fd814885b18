"""Where the stages of a run work: this machine or a Ray cluster. Kept in the run's plan.json."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from xfer_core.domain.errors import UsageError

LOCAL, INLINE, RAY = "local", "inline", "ray"
KNOWN = (LOCAL, INLINE, RAY)
ENTRY = "executor"
"""The name under which plan.json keeps it."""
_ADDRESS = re.compile(r"(\[[0-9a-fA-F:]+\]|[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?):\d{1,5}")
_STORAGE = re.compile(r"[A-Za-z0-9/][^\s\x00-\x1f]{0,500}")


@dataclass(frozen=True)
class Place:
    """An executor and, for Ray, where its cluster and its checkpoints are.

    Raises:
        UsageError: an executor that does not exist, or an address or URL that cannot be one.
    """

    executor: str = LOCAL
    address: str = ""
    """host:port of a Ray cluster; "" takes RAY_ADDRESS, else a Ray on this machine."""
    storage: str = ""
    """URL of checkpoints that all nodes reach; "" is the store folder."""

    def __post_init__(self) -> None:
        """Refuse what no runner could be started with."""
        if self.executor not in KNOWN:
            raise UsageError(
                f"Expected --executor {' or '.join(KNOWN)}; got {self.executor[:80]!r}."
            )
        if self.executor != RAY and (self.address or self.storage):
            raise UsageError(
                f"Expected --executor ray with --ray-address or --ray-storage; got "
                f"{self.executor!r}."
            )
        if self.address and not _ADDRESS.fullmatch(self.address):
            raise UsageError(
                f"Expected a Ray cluster as host:port, such as 10.0.0.1:6379; got "
                f"{self.address[:80]!r}."
            )
        if self.storage and not _STORAGE.fullmatch(self.storage):
            raise UsageError(
                f"Expected a URL or folder of checkpoints, such as s3://bucket/xfer; got "
                f"{self.storage[:80]!r}."
            )

    @classmethod
    def of(cls, plan: Mapping[str, Any]) -> Place:
        """What a run's plan.json says; this machine where it says nothing.

        Raises:
            UsageError: it says what cannot be.
        """
        kept = plan.get(ENTRY)
        values = kept if isinstance(kept, dict) else {}
        return cls(*(str(values.get(name) or usual) for name, usual in _ENTRIES))

    def plain(self) -> dict[str, str]:
        """As plan.json keeps it."""
        return {"executor": self.executor, "address": self.address, "storage": self.storage}

    def arguments(self) -> list[str]:
        """The options of ``xfer run``; each in one word, so that no value is taken for another."""
        given = {"--ray-address": self.address, "--ray-storage": self.storage}
        extra = [f"{name}={value}" for name, value in given.items() if value]
        return [f"--executor={self.executor}", *extra]

    def check_installed(self) -> None:
        """Say so now if what the executor needs is not here.

        Raises:
            UsageError: Ray is not installed.
        """
        if self.executor == RAY and find_spec("ray") is None:
            raise UsageError(
                "Expected Ray for --executor ray, but ray is not installed: pip install -r "
                "requirements-cluster.txt"
            )

    def __str__(self) -> str:
        """As a person says it."""
        if self.executor != RAY:
            return "this machine"
        return f"Ray cluster {self.address}" if self.address else "Ray"


_ENTRIES = (("executor", LOCAL), ("address", ""), ("storage", ""))

"""Claims from YAML: those that come with Xfer, and a user's own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from xfer_core.claims.claim import REPORT, Claim
from xfer_core.claims.rules import RULES
from xfer_core.domain import intermediate
from xfer_core.domain.errors import UnknownName, UsageError
from xfer_core.home import Home

SHIPPED = Path(__file__).resolve().parent.parent.parent / "data" / "claims.yaml"
VARIABLE = "XFER_CLAIMS"
"""Environment variable that names a user's own claims file."""
OWN = "claims.yaml"
"""Its name in the store folder otherwise."""
SOURCE_OF_OWN = "your own claim"
LARGEST_BYTES = 1_000_000
MULTI_GROUP = intermediate.MULTI

_STRICT = ConfigDict(extra="forbid", frozen=True)
Text = Annotated[str, Field(min_length=1, max_length=500)]


class _Entry(BaseModel):
    model_config = _STRICT

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
    claim: Text
    kind: Literal["design", "data", "effect", "comparison"]
    shows: Text
    rule: str
    parameters: dict[str, Any] = {}
    source: Annotated[str, Field(max_length=300)] = ""


class _File(BaseModel):
    model_config = _STRICT

    claims: list[_Entry]
    names: dict[str, dict[str, str]] = {}
    groups: dict[str, tuple[str, ...]] = {}
    mini: dict[str, str] = {}


@dataclass(frozen=True)
class Names:
    """What the tasks in claims are called in each catalogue, and groups of them."""

    by_catalog: Mapping[str, Mapping[str, str]]
    groups: Mapping[str, tuple[str, ...]]

    def parameters(self, claim: Claim, catalog: str) -> dict[str, Any]:
        """The claim's parameters with the catalogue's own names of tasks, groups spelled out."""
        return {key: self._value(value, catalog) for key, value in claim.parameters.items()}

    def _value(self, value: Any, catalog: str) -> Any:
        if isinstance(value, Mapping):
            return {key: self._value(one, catalog) for key, one in value.items()}
        if isinstance(value, list | tuple):
            names = [name for one in value for name in self._spelled(one)]
            return tuple(dict.fromkeys(self._named(str(name), catalog) for name in names))
        return value

    def _spelled(self, name: Any) -> tuple[Any, ...]:
        if not isinstance(name, str):
            return (name,)
        if name.startswith(MULTI_GROUP) and name.removeprefix(MULTI_GROUP) in self.groups:
            return (intermediate.base(self.groups[name.removeprefix(MULTI_GROUP)]),)
        return self.groups.get(name, (name,))

    def _named(self, name: str, catalog: str) -> str:
        known = self.by_catalog.get(catalog, {})
        try:
            found = intermediate.parse(name)
        except UsageError:
            return name
        tasks = tuple(known.get(task, task) for task in found.tasks)
        return intermediate.Intermediate(tasks, found.settings).name


@cache
def shipped() -> tuple[tuple[Claim, ...], Names]:
    """The claims that come with Xfer, and the names that all claims may use."""
    file = _read(SHIPPED)
    return _claims(file, own=False), Names(file.names, file.groups)


def own_file(home: Home) -> Path:
    """Where a user's own claims are: XFER_CLAIMS, else claims.yaml in the store folder."""
    named = os.environ.get(VARIABLE)
    return Path(named).expanduser() if named else home.root / OWN


def own(home: Home) -> tuple[Claim, ...]:
    """The user's own claims; none without a file.

    Raises:
        UsageError: the file is named and missing, or holds what is no claim; the sentence says
            where.
    """
    path = own_file(home)
    if not path.is_file():
        if os.environ.get(VARIABLE):
            raise UsageError(f"Expected your claims in {path} ({VARIABLE}); there is no such file.")
        return ()
    claims = _claims(_read(path), own=True)
    taken = {claim.id for claim in shipped()[0]}
    for claim in claims:
        if claim.id in taken:
            raise UsageError(f"Claim {claim.id!r} in {path} comes with Xfer; name yours otherwise.")
    return claims


def _read(path: Path) -> _File:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise UsageError(
                f"Expected claims in at most {LARGEST_BYTES:,} bytes; {path} is larger."
            )
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"Expected a readable claims file; {path} cannot be read.") from error
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise UsageError(f"Expected YAML in {path}; it is broken{place}.") from error
    try:
        return _File.model_validate(values)
    except ValidationError as error:
        raise UsageError(f"{path}: {_first(error)}") from error


def _claims(file: _File, own: bool) -> tuple[Claim, ...]:
    found: dict[str, Claim] = {}
    for entry in file.claims:
        if entry.id in found:
            raise UsageError(f"Claim {entry.id!r} is there twice; give each one an id of its own.")
        if entry.rule not in RULES:
            raise UnknownName("rule", entry.rule, RULES)
        if RULES[entry.rule].is_measured != (entry.kind in ("effect", "comparison")):
            raise UsageError(
                f"Expected a rule for a claim of kind {entry.kind} in {entry.id!r}; {entry.rule} "
                "is for another kind."
            )
        source = entry.source or (SOURCE_OF_OWN if own else REPORT)
        values = {**entry.model_dump(), "source": source}
        claim = Claim(**values, own=own)
        checked(claim, claim.parameters)
        found[claim.id] = claim
    return tuple(found.values())


def checked(claim: Claim, parameters: Mapping[str, Any]) -> BaseModel:
    """The parameters as the claim's rule takes them.

    Raises:
        UsageError: one is missing, unknown or of the wrong kind.
    """
    try:
        return RULES[claim.rule].parameters.model_validate(dict(parameters))
    except ValidationError as error:
        raise UsageError(f"Claim {claim.id!r}, rule {claim.rule}: {_first(error)}") from error


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"])) or "the file"
    return (
        f"{place}: {first['msg'].removeprefix('Value error, ')}; got {str(first['input'])[:80]!r}."
    )

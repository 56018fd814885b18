"""Which settings the results of an encoder come from: plans whose results may be compared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from xfer_core.domain.errors import UsageError
from xfer_core.specification import flat
from xfer_core.views.selection import Queryable

ASKED = """
    SELECT s.run_id AS name, s.target, s.variant, r.created_at, r.spec
    FROM stages AS s JOIN runs AS r USING (run_id)
    WHERE s.catalog = ? AND s.encoder = ? AND s.target IS NOT NULL AND s.variant <> ''
    GROUP BY ALL
    UNION ALL
    SELECT variant AS name, target, variant, min(recorded_at) AS created_at, NULL AS spec
    FROM cells WHERE catalog = ? AND encoder = ? AND split = 'test'
        AND (target, variant) NOT IN (
            SELECT (target, variant) FROM stages
            WHERE target IS NOT NULL AND variant IS NOT NULL AND catalog = ? AND encoder = ?
        )
    GROUP BY target, variant
    ORDER BY created_at, name, target, variant
"""
MEASURED = """
    SELECT target, variant, max(recorded_at) AS newest FROM cells
    WHERE catalog = ? AND encoder = ? AND split = 'test' GROUP BY ALL
"""
NOT_COMPARED = ("latency",)
"""Settings that change no score."""


@dataclass
class Version:
    """Results of plans with equal settings, weights, data and code.

    ``name`` is the id of its first run, so it stays the same when others follow; ``variants``
    gives the variant of each target; ``settings`` are those of its newest plan, flat, as in
    {"target.steps": 60}; ``newest`` is the date of its newest result (UTC).
    """

    name: str
    variants: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    newest: datetime | None = None

    def agrees(self, variants: Mapping[str, str]) -> bool:
        """Whether no target of both comes from different settings."""
        both = self.variants.keys() & variants.keys()
        return all(_compatible(self.variants[name], variants[name]) for name in both)

    def belongs(self, variants: Mapping[str, str], settings: Mapping[str, Any]) -> bool:
        """Whether a plan with these variants and settings is of this version."""
        shared = self.variants.keys() & variants.keys()
        alike = bool(settings) and settings == self.settings
        return self.agrees(variants) and bool(shared or alike)


def versions(store: Queryable, *, catalog: str, encoder: str) -> list[Version]:
    """The versions with results, the newest first.

    Plans are gone through from the oldest on; each joins the newest version that it does not
    contradict and shares a target's variant or all settings with, else it opens a new one.
    """
    found: list[Version] = []
    for name, variants, settings in _plans(store, catalog, encoder):
        same = next((one for one in reversed(found) if one.belongs(variants, settings)), None)
        if same is None:
            same = Version(name)
            found.append(same)
        for target, variant in variants.items():
            same.variants[target] = max(variant, same.variants.get(target, ""), key=len)
        same.settings = settings or same.settings
    _date(found, store, catalog, encoder)
    dated = [one for one in found if one.newest is not None]
    return sorted(dated, key=lambda one: (str(one.newest), one.name), reverse=True)


def variants_of(store: Queryable, catalog: str, encoder: str, name: str) -> dict[str, str]:
    """The variant of each target in a version.

    Raises:
        UsageError: there is no such version.
    """
    for version in versions(store, catalog=catalog, encoder=encoder):
        if version.name == name:
            return version.variants
    raise UsageError(
        f"Expected the name of a version of {encoder} with results; got {name[:60]!r}. Choose one "
        "from the list of settings."
    )


def _plans(
    store: Queryable, catalog: str, encoder: str
) -> list[tuple[str, dict[str, str], dict[str, Any]]]:
    """Name, variant per target and settings of each plan; the oldest first."""
    plans: dict[str, tuple[dict[str, str], dict[str, Any]]] = {}
    for row in store.query(ASKED, [catalog, encoder] * 3).to_dict("records"):
        name, target, variant = str(row["name"]), str(row["target"]), str(row["variant"])
        variants, _ = plans.setdefault(name, ({}, _settings(row["spec"])))
        # The baseline's variant is the first part of that of the gains.
        variants[target] = max(variant, variants.get(target, ""), key=len)
    return [(name, *plan) for name, plan in plans.items()]


def _settings(spec: Any) -> dict[str, Any]:
    try:
        values = json.loads(spec).get("settings") or {}
    except (TypeError, ValueError, AttributeError):
        return {}
    return flat({part: found for part, found in values.items() if part not in NOT_COMPARED})


def _compatible(first: str, second: str) -> bool:
    (base, _, arm), (other, _, other_arm) = first.partition("."), second.partition(".")
    return base == other and (not arm or not other_arm or arm == other_arm)


def _date(found: list[Version], store: Queryable, catalog: str, encoder: str) -> None:
    rows = store.query(MEASURED, [catalog, encoder])
    dates = dict(
        zip(zip(rows["target"], rows["variant"], strict=True), rows["newest"], strict=True)
    )
    for version in found:
        known = [dates[pair] for pair in version.variants.items() if pair in dates]
        version.newest = max(known) if known else None

"""The board: every claim with its verdict in this store, and the runs that would change it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import pandas as pd

from xfer_core.claims import missing, reading
from xfer_core.claims.claim import Claim, Facts, Finding, Hole, Verdict
from xfer_core.claims.rules import RULES
from xfer_core.domain.errors import UsageError, XferError
from xfer_core.domain.language import ALL, REFERENCE_LANGUAGE
from xfer_core.domain.serving import encoder_of
from xfer_core.home import Home
from xfer_core.specification import Spec, preset
from xfer_core.views.gains import gains
from xfer_core.views.selection import Queryable, main_metric

PAPER = "paper"
USUAL_PRESET = {"mini": "mini", PAPER: PAPER}
"""Whose settings a first run of a catalogue has."""
USUAL_ENCODERS = {"mini": "mini-s-aligned", PAPER: "xlm-roberta-large"}
"""Encoder of a board whose catalogue has no result yet."""
CHAINS = """
    SELECT DISTINCT kind, key, parent, intermediate, target, settings FROM stages
    WHERE catalog = ? AND kind IN ('intermediate', 'target') AND state IN ('succeeded', 'reused')
"""
DEV = """
    WITH newest AS (
        SELECT *, arg_max(variant, (recorded_at, variant)) OVER (PARTITION BY target) AS latest
        FROM current_scores
        WHERE catalog = ? AND encoder = ? AND split = 'dev' AND source = 'measured'
            AND NOT contains(metric, '@')
    )
    SELECT intermediate, target, language, metric, seed, value FROM newest
    WHERE split_part(variant, '.', 1) = split_part(latest, '.', 1)
"""
REQUESTS = """
    SELECT s.target, s.variant, r.spec FROM stages AS s JOIN runs AS r USING (run_id)
    WHERE s.catalog = ? AND s.encoder = ? AND s.kind = 'evaluate' AND r.spec IS NOT NULL
        AND s.target IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY s.target, s.variant ORDER BY r.created_at DESC, r.run_id
    ) = 1
    ORDER BY r.created_at DESC, r.run_id
"""


class Kept(Queryable, Protocol):
    """A store with a folder, where a user's own claims may lie."""

    @property
    def home(self) -> Home:
        """Its folder."""
        ...


@dataclass(frozen=True)
class Judged:
    """A claim, the catalogue it was judged on, and what was found."""

    claim: Claim
    catalog: str
    encoder: str
    finding: Finding
    missing_runs: tuple[Spec, ...]
    """Requests that would change the verdict; none where nothing helps or nothing is open."""
    hindrance: str = ""
    """Why it cannot be measured here, one sentence."""


@dataclass(frozen=True)
class Board:
    """All claims in order, and what a person must know about the user's own file."""

    claims: tuple[Judged, ...]
    notices: tuple[str, ...] = ()

    def counts(self) -> dict[Verdict, int]:
        """How many claims have each verdict."""
        return {
            verdict: sum(one.finding.verdict is verdict for one in self.claims)
            for verdict in Verdict
        }


def own_stamp(store: Kept) -> str:
    """Changes whenever the user's own claims file does."""
    try:
        status = reading.own_file(store.home).stat()
    except OSError:
        return ""
    return f"{status.st_size}:{status.st_mtime_ns}"


def board(store: Kept, *, catalog: str, encoder: str, stamp: str = "") -> Board:
    """Every claim judged by what the store holds of one catalogue and encoder.

    Design and data claims are judged on the paper catalogue, whatever the choice, since it is what
    they are about; only the phases of training are looked up in the runs.

    Args:
        store: where to ask.
        catalog: of the results.
        encoder: of the results.
        stamp: ``own_stamp``, for a caller that keeps answers.
    """
    claims, names = reading.shipped()
    notices: tuple[str, ...] = ()
    try:
        claims = (*claims, *reading.own(store.home))
    except UsageError as error:
        notices = (f"Your own claims were left out. {error}",)
    facts = facts_of(store, catalog, encoder)
    before = Requests(store, facts)
    return Board(tuple(judge(claim, names, facts, before) for claim in claims), notices)


def judge(claim: Claim, names: reading.Names, facts: Facts, before: missing.Before) -> Judged:
    """One claim by its rule."""
    on = facts.catalog if claim.is_measured or claim.rule == "phases" else PAPER
    try:
        parameters = reading.checked(claim, names.parameters(claim, on))
        lacking = _hindrance(parameters) if claim.is_measured else ""
        if lacking:
            said = f"Cannot be measured on {on}: {lacking}"
            return Judged(claim, on, facts.encoder, Finding(Verdict.NOT_RUN, said), (), lacking)
        finding = RULES[claim.rule].judge(facts, parameters)
        title = f"claim {claim.id}"
        runs = missing.specs(
            finding.holes,
            catalog=on,
            encoder=facts.encoder,
            before=before,
            known=lambda hole: _is_known(facts, hole),
            title=title,
        )
    except XferError as error:
        finding = Finding(Verdict.NOT_RUN, f"Cannot be judged: {error}")
        return Judged(claim, on, facts.encoder, finding, (), str(error))
    return Judged(claim, on, facts.encoder, finding, runs)


def _is_known(facts: Facts, hole: Hole) -> bool:
    pair = (hole.intermediate, hole.target)
    if hole.split != "test":
        return hole.seed in facts.dev_scores.get(pair, {})
    cell = facts.paired.get(ALL, {}).get(pair)
    return cell is not None and hole.seed in cell["seeds"]


def facts_of(store: Queryable, catalog: str, encoder: str) -> Facts:
    """What the rules look at."""
    cells = main_metric(store, gains(store, catalog=catalog, encoder=encoder))
    paper = store.query("SELECT DISTINCT encoder FROM cells WHERE catalog = ?", [PAPER])
    return Facts(
        catalog,
        encoder,
        cells,
        _dev(store, catalog, encoder),
        _chains(store, catalog),
        tuple(sorted({encoder_of(str(name)) for name in paper["encoder"]})),
    )


def _dev(store: Queryable, catalog: str, encoder: str) -> pd.DataFrame:
    """Mean dev score over languages per intermediate, target and seed, of the main metric."""
    rows = main_metric(store, store.query(DEV, [catalog, encoder]))
    by = ["intermediate", "target", "seed"]
    return rows.groupby(by, as_index=False).agg(score=("value", "mean"))


def _chains(store: Queryable, catalog: str) -> pd.DataFrame:
    rows = store.query(CHAINS, [catalog])
    spoken = pd.Series([_languages(text) for text in rows["settings"]], rows.index, dtype=object)
    return rows.assign(languages=spoken)


def _languages(settings: Any) -> list[str]:
    values = json.loads(settings) if isinstance(settings, str) else {}
    training = values.get("training", {}) if isinstance(values, dict) else {}
    return list(training.get("languages", [REFERENCE_LANGUAGE]))


class Requests:
    """The request of the results on each target, so that new ones can be compared with them."""

    def __init__(self, store: Queryable, facts: Facts) -> None:
        """Reads what the cells of ``facts`` came from."""
        rows = store.query(REQUESTS, [facts.catalog, facts.encoder])
        shown = dict(zip(facts.cells["target"], facts.cells["variant"], strict=True))
        self._exact: dict[str, Mapping[str, Any]] = {}
        self._newest: Mapping[str, Any] = _usual(facts.catalog)
        for row in reversed(rows.to_dict("records")):
            spec = _plain(str(row["spec"]))
            self._newest = spec or self._newest
            if spec and _group(row["variant"]) == _group(shown.get(row["target"])):
                self._exact[row["target"]] = spec

    def __call__(self, target: str) -> Mapping[str, Any]:
        """As ``missing.Before`` describes; the newest request where the target has no result."""
        return self._exact.get(target, self._newest)


def _group(variant: Any) -> str:
    return str(variant).partition(".")[0]


@lru_cache(maxsize=256)
def _plain(text: str) -> Mapping[str, Any]:
    """Settings and languages of a stored request; {} if it cannot be read any more.

    How latency was measured does not matter here, and older requests name it otherwise.
    """
    try:
        values = json.loads(text)
        settings = {k: v for k, v in (values.get("settings") or {}).items() if k != "latency"}
        spec = Spec.parse({**values, "settings": settings})
    except (ValueError, TypeError, AttributeError, XferError):
        return {}
    plain = spec.plain()
    return {name: plain[name] for name in ("settings", "languages", "catalog_files")}


def _usual(catalog: str) -> Mapping[str, Any]:
    """The settings of a catalogue's whole benchmark, for a store without results."""
    name = USUAL_PRESET.get(catalog)
    values = preset(name).get("settings", {}) if name else {}
    return {"settings": {key: value for key, value in values.items() if key != "latency"}}


def _hindrance(parameters: Any) -> str:
    """Why the cells that a rule asks for cannot be measured."""
    if hasattr(parameters, "sides"):
        both = [pair for side in parameters.sides() for pair in side]
        return missing.hindrance(
            dict.fromkeys(name for name, _ in both), dict.fromkeys(target for _, target in both)
        )
    return missing.hindrance(
        parameters.intermediates, (*parameters.targets, *getattr(parameters, "above", ()))
    )

"""xfer claims | recommend: what holds in this store, and what to use."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from xfer_core import catalog as catalogue
from xfer_core.charts.claim_words import VERDICTS, budget_lines, counts_line, runs_line
from xfer_core.claims.board import USUAL_ENCODERS, Judged, board
from xfer_core.claims.claim import Verdict
from xfer_core.claims.recommending import Recommendation
from xfer_core.claims.recommending import recommend as recommended
from xfer_core.cli.output import (
    HomeOption,
    JsonOption,
    console,
    errors,
    home_of,
    print_json,
    print_table,
    records,
    signed,
)
from xfer_core.domain.errors import UnknownName, UsageError
from xfer_core.domain.language import MEANS, ZERO_SHOT
from xfer_core.store import Store
from xfer_core.views.choices import choices


def claims(
    catalog: Annotated[
        str | None, typer.Option("--catalog", help="Of the results (default: the newest).")
    ] = None,
    encoder: Annotated[
        str | None, typer.Option("--encoder", help="Of the results (default: the newest).")
    ] = None,
    verdict: Annotated[
        str | None, typer.Option("--verdict", help=f"Only this one: {', '.join(VERDICTS)}.")
    ] = None,
    claim: Annotated[str | None, typer.Option("--claim", help="Only this one, by its id.")] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Published claims and your own, judged by fixed rules from this store's results."""
    if verdict is not None and verdict not in VERDICTS:
        raise UnknownName("verdict", verdict, VERDICTS)
    with Store.connect(home_of(home)) as store:
        place = _place(store, catalog, encoder)
        found = board(store, catalog=place[0], encoder=place[1])
    known = [one.claim.id for one in found.claims]
    if claim is not None and claim not in known:
        raise UnknownName("claim", claim, known)
    rows = [
        one
        for one in found.claims
        if verdict in (None, str(one.finding.verdict)) and claim in (None, one.claim.id)
    ]
    for notice in found.notices:
        errors.print(notice, markup=False, highlight=False, soft_wrap=True)
    if json:
        print_json([_plain(one) for one in rows])
    else:
        _print(rows, found.counts(), place)


def recommend(
    target: Annotated[str, typer.Option("--target", help="The task to be good at.")],
    language: Annotated[
        str, typer.Option("--language", help="A code, zero-shot or all.")
    ] = ZERO_SHOT,
    encoder: Annotated[str | None, typer.Option("--encoder", help="Only this one.")] = None,
    budget_ms: Annotated[
        float | None,
        typer.Option("--budget-ms", help="Median milliseconds of one input, at most."),
    ] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """The intermediate task to use, how sure that is, and the run that would reduce the doubt."""
    catalogue.task(target)
    if language not in MEANS:
        catalogue.language(language)
    if encoder is not None:
        catalogue.encoder(encoder)
    if budget_ms is not None and not budget_ms > 0:
        raise UsageError(f"Expected --budget-ms above 0; got {budget_ms:g}.")
    with Store.connect(home_of(home)) as store:
        found = recommended(
            store, target=target, language=language, encoder=encoder, budget_ms=budget_ms
        )
    if json:
        print_json(_flat(found))
    else:
        _print_recommendation(found)


def _place(store: Store, catalog: str | None, encoder: str | None) -> tuple[str, str]:
    """Catalogue and encoder of the board: those asked for, else those of the newest results."""
    if catalog is not None and catalog not in catalogue.catalogs():
        raise UnknownName("catalogue", catalog, catalogue.catalogs())
    if encoder is not None:
        catalog = catalog or catalogue.encoder(encoder).catalog
    known = choices(store, catalog=catalog).pairs
    place = catalog or (known[0][0] if known else "mini")
    newest = next((name for of, name in known if of == place), USUAL_ENCODERS.get(place))
    if encoder is None and newest is None:
        raise UsageError(f"Expected --encoder: catalogue {place!r} has no results yet.")
    return place, encoder or str(newest)


def _plain(one: Judged) -> dict[str, Any]:
    return {
        "id": one.claim.id,
        "claim": one.claim.claim,
        "verdict": str(one.finding.verdict),
        "catalog": one.catalog,
        "evidence": one.finding.evidence,
        "missing_runs": [spec.plain() for spec in one.missing_runs],
        "kind": one.claim.kind,
        "encoder": one.encoder,
        "rule": one.claim.rule,
        "shows": one.claim.shows,
        "source": one.claim.source,
        "cells": [list(cell) for cell in one.finding.cells],
    }


def _print(rows: list[Judged], counts: dict[Verdict, int], place: tuple[str, str]) -> None:
    print_table(
        f"Claims on {place[0]} with {place[1]}: {counts_line(counts)}",
        ["id", "verdict", "claim", "evidence", "missing"],
        [
            (
                one.claim.id,
                VERDICTS[str(one.finding.verdict)][0],
                one.claim.claim,
                one.finding.evidence,
                runs_line(one.missing_runs),
            )
            for one in rows
        ],
    )


def _flat(found: Recommendation) -> dict[str, Any]:
    names = (
        "catalog target language encoder intermediate probability_best probability_none "
        "gain_points ci_low ci_high score n_seeds latency_ms"
    ).split()
    return {
        **{name: getattr(found, name) for name in names},
        "sentence": found.sentence,
        "ranks": records(found.ranks),
        "next_run": found.next_run.plain() if found.next_run else None,
        "over_budget": list(found.over_budget),
        "untimed": list(found.untimed),
    }


def _print_recommendation(found: Recommendation) -> None:
    console.print(found.sentence, markup=False, highlight=False)
    print_table(
        "",
        ["intermediate", "gain", "95% interval", "best with", "rank"],
        [
            (
                row["intermediate"],
                signed(row["gain_points"]),
                f"{signed(row['ci_low'])} to {signed(row['ci_high'])}",
                f"{100 * row['probability_best']:.0f}%",
                f"{row['rank_low']} to {row['rank_high']}",
            )
            for row in records(found.ranks)
        ],
    )
    for line in budget_lines(found):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if found.next_run is None:
        console.print("No further run is needed: the leader is sure.")
        return
    names = ",".join(name for name in found.next_run.intermediates if name != "none")
    seeds = ",".join(map(str, found.next_run.seeds))
    console.print(
        f"To be surer: xfer run --encoder {found.next_run.encoders[0]} --target {found.target} "
        f"--intermediate {names} --seeds {seeds} (with the settings of your earlier runs)",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )

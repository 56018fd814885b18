"""xfer claims and recommend on a real grid; launching what a claim lacks changes its verdict."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml

from xfer_core import launching
from xfer_core.claims.board import board
from xfer_core.claims.claim import Verdict
from xfer_core.domain.run import TERMINAL, State
from xfer_core.home import Home
from xfer_core.store import Store

pytestmark = [pytest.mark.slow, pytest.mark.heavy]

CLAIM_FIELDS = {"id", "claim", "verdict", "catalog", "evidence", "missing_runs"}
VERDICTS = {"supported", "contradicted", "inconclusive", "not_run"}


def own_claim(folder: Path, intermediate: str, target: str) -> Path:
    path = folder / "mine.yaml"
    claim = {
        "id": "mine",
        "claim": f"{intermediate} helps {target}",
        "kind": "effect",
        "shows": "Its gain is above 0",
        "rule": "mean_gain",
        "parameters": {"intermediates": [intermediate], "targets": [target], "seeds": 2},
    }
    path.write_text(yaml.safe_dump({"claims": [claim]}))
    return path


def test_claims_have_the_shape_that_machines_expect(xfer, finished) -> None:
    rows = xfer("claims", "--home", finished.root, "--json").json
    assert len(rows) == 25
    for row in rows:
        assert set(row) >= CLAIM_FIELDS
        assert row["verdict"] in VERDICTS
        assert row["evidence"].endswith((".", "?"))
    by_id = {row["id"]: row for row in rows}
    assert by_id["c16"]["verdict"] == "supported" and by_id["c16"]["catalog"] == "paper"
    assert by_id["c19"]["verdict"] == "supported" and by_id["c19"]["catalog"] == "mini"
    assert by_id["c05"]["missing_runs"][0]["intermediates"] == ["none", "mini-mnli"]
    assert by_id["c05"]["missing_runs"][0]["settings"]["target"]["steps"] == 4


def test_claims_can_be_chosen_and_wrong_names_are_refused(xfer, finished) -> None:
    some = xfer("claims", "--home", finished.root, "--verdict", "not_run", "--json").json
    assert {row["verdict"] for row in some} == {"not_run"}
    one = xfer("claims", "--home", finished.root, "--claim", "c02")
    assert one.code == 0 and "Supported" in one.out
    for wrong in (("--verdict", "true"), ("--claim", "c99"), ("--catalog", "minni")):
        answer = xfer("claims", "--home", finished.root, *wrong)
        assert answer.code == 2 and "Unknown" in answer.err


def test_recommendation_or_a_polite_refusal(xfer, finished) -> None:
    found = xfer("recommend", "--home", finished.root, "--target", "mini-xnli", "--json").json
    assert found["intermediate"] in ("none", "mini-sst")
    assert 0 <= found["probability_none"] <= 1
    assert found["latency_ms"] is None or found["latency_ms"] > 0
    assert found["next_run"]["seeds"] == [3]
    said = xfer("recommend", "--home", finished.root, "--target", "mini-xnli", "--language", "de")
    assert said.code == 0 and "For XNLI (German), use mini-s" in said.out.replace("\n", " ")
    refused = xfer("recommend", "--home", finished.root, "--target", "mini-pos")
    assert refused.code == 1 and "xfer run --target mini-pos" in refused.err
    assert xfer("recommend", "--home", finished.root, "--target", "mini-po").code == 2


def test_launching_what_lacks_changes_the_verdict(
    copied: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = own_claim(tmp_path, "mini-qqp", "mini-tatoeba")
    monkeypatch.setenv("XFER_CLAIMS", str(path))
    monkeypatch.setenv("XFER_SLOT_FOLDER", str(tmp_path / "slots"))
    before = mine(copied)
    assert before.finding.verdict is Verdict.NOT_RUN
    (run,) = before.missing_runs
    run_id = launching.submit(copied, run)
    deadline = time.monotonic() + 240
    while (state := state_of(copied, run_id)) not in TERMINAL:
        assert time.monotonic() < deadline
        time.sleep(1)
    assert state == State.SUCCEEDED
    after = mine(copied)
    assert after.finding.verdict is not Verdict.NOT_RUN
    assert "2 seeds (1, 2)" in after.finding.evidence
    assert after.finding.cells == (("mini-qqp", "mini-tatoeba", "all"),)


def mine(home: Home):
    with Store.temporary(home) as store:
        judged = board(store, catalog="mini", encoder="mini-s").claims
    return next(one for one in judged if one.claim.id == "mine")


def state_of(home: Home, run_id: str) -> str:
    with Store.temporary(home) as store:
        rows = store.query("SELECT state FROM runs WHERE run_id = ?", [run_id])
    return str(rows["state"].iloc[0]) if len(rows) else "queued"

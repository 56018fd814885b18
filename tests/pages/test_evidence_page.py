"""The Evidence page: cards, filters, what launches, published figures, languages, what to use."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import yaml
from streamlit.testing.v1 import AppTest

from xfer_core import launching
from xfer_core.charts import claim_words
from xfer_core.claims.board import board
from xfer_core.claims.claim import Verdict
from xfer_core.claims.recommending import recommend
from xfer_core.home import Home
from xfer_core.specification import Spec
from xfer_core.store import Store

Opened = Callable[..., AppTest]


def texts(app: AppTest) -> str:
    kinds = ("title", "subheader", "markdown", "error", "warning", "info")
    found = [str(element.value) for kind in kinds for element in getattr(app, kind)]
    return "\n".join(found).replace("\\", "")


def details(app: AppTest) -> list[str]:
    """Ids of the claims that have a card."""
    return [button.key.removeprefix("claim_") for button in app.button if _is_card(button.key)]


def _is_card(key: str | None) -> bool:
    return bool(key) and str(key).startswith("claim_")


def test_an_empty_store_shows_the_design_and_what_to_launch(home: Home, opened: Opened) -> None:
    app = opened("evidence")
    assert not app.exception
    found = texts(app)
    assert "9 supported" not in found and "8 supported" in found
    assert "Nine target tasks of XTREME are used" in found
    assert "0 of 9 cells measured" in found
    assert len(details(app)) == 25
    labels = [button.label for button in app.button]
    assert labels.count("Launch what is missing") == 1
    for tab in ("Published", "Languages", "What to use"):
        other = opened("evidence", tab=tab)
        assert not other.exception
        assert other.info


def test_cards_agree_with_the_board_and_say_verdicts_in_words(full: Home, opened: Opened) -> None:
    app = opened("evidence")
    assert not app.exception
    with Store.temporary(full) as store:
        judged = board(store, catalog="mini", encoder="mini-s")
    ids = [one.claim.id for one in judged.claims]
    assert sorted(details(app)) == sorted(ids) and details(app)[0] == "c04"
    found = texts(app)
    for one in judged.claims:
        assert one.finding.evidence in found
    counts = judged.counts()
    assert f"{counts[Verdict.INCONCLUSIVE]} inconclusive" in found


def test_filters_live_in_the_address(full: Home, opened: Opened) -> None:
    app = opened("evidence", verdict="supported", kind="data")
    assert details(app) == ["c16", "c17", "c18"]
    app.selectbox(key="choice_kind").select("design").run()
    assert app.query_params["kind"] == "design"
    assert set(details(app)) >= {"c01", "c02", "c03"}
    none = opened("evidence", verdict="contradicted", kind="data")
    assert "No claim has this verdict and kind" in texts(none)


def test_a_claim_of_the_address_is_shown_with_its_cells(full: Home, opened: Opened) -> None:
    app = opened("evidence", claim="c11")
    assert "No intermediate task has a significant gain on XNLI" in texts(app)
    table = app.dataframe[0].value
    assert set(table["Target"]) == {"XNLI"} and len(table) == 3  # SST is none of the nine
    assert table["Gain, points"].is_monotonic_decreasing
    app.button(key="claim_c10").click().run()
    assert app.query_params["claim"] == "c10"
    unknown = opened("evidence", claim="c99")
    assert "this store does not have; it was ignored" in texts(unknown)
    assert not unknown.exception


@pytest.mark.slow
def test_missing_runs_are_launched_after_a_look(
    full: Home, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    submitted: list[Spec] = []
    real = launching.create

    def submit(home: Home, spec: Spec, *, force: bool = False) -> str:
        submitted.append(spec)  # written down, but no runner is started
        return real(home, spec, force=force)

    monkeypatch.setattr(launching, "submit", submit)
    app = opened("evidence", claim="c10")
    press(app, "Launch what is missing")
    assert "This will run" in texts(app)
    press(app, "Start")
    assert not app.exception
    with Store.temporary(full) as store:
        judged = board(store, catalog="mini", encoder="mini-s").claims
    asked = next(one for one in judged if one.claim.id == "c10")
    assert tuple(submitted) == asked.missing_runs
    assert "This will run" not in texts(app)


def press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run(timeout=60)


def test_own_claims_join_the_board_and_bad_ones_are_named(home: Home, opened: Opened) -> None:
    own = {"id": "mine", "claim": "<b>SST</b> helps $x$", "kind": "effect", "shows": "It does"}
    own |= {"rule": "mean_gain", "parameters": {"intermediates": ["sst2"], "targets": ["xnli"]}}
    path = home.root / "claims.yaml"
    path.write_text(yaml.safe_dump({"claims": [own]}))
    app = opened("evidence", claim="mine")
    assert "your own claim" in texts(app)
    assert "**<b>SST</b> helps $x$**" in texts(app)
    path.write_text(yaml.safe_dump({"claims": [{**own, "rule": "magic"}]}))
    app = opened("evidence")
    assert "Your own claims were left out" in texts(app)
    assert not app.exception


def test_published_figures_stand_beside_measured_gains(full: Home, opened: Opened) -> None:
    app = opened("evidence", tab="Published")
    assert not app.exception
    table = app.dataframe[0].value
    known = table[table["Measured"].notna()]
    assert known["Target"].tolist() == ["XNLI"]
    assert "mini stands for XTREME" in known["Differs in"].iloc[0]
    assert "7 published figures, 1 with a counterpart" in texts(app)
    scores = opened("evidence", tab="Published", figures="score")
    assert "No published score has a counterpart" in texts(scores)
    assert "183 published figures, 0 with a counterpart" in texts(scores)


def test_languages_have_a_point_and_a_hedged_sentence(full: Home, opened: Opened) -> None:
    app = opened("evidence", tab="Languages", target="mini-xnli")
    assert not app.exception
    assert "rank correlation" in texts(app)
    table = app.dataframe[0].value
    assert len(table) == 7 and "English" not in set(table["Language"])
    assert table["Overlap"].between(0, 1).all()
    assert table.set_index("Language").loc["Turkish", "Distance from English"] == 0.6848
    assert (table["Pretraining tokens, M"] > 0).all()


def test_what_to_use_comes_with_its_doubt(full: Home, opened: Opened) -> None:
    app = opened("evidence", tab="What to use", target="mini-tatoeba")
    assert not app.exception
    assert "use mini-s after MNLI: best with a probability of" in texts(app)
    assert app.dataframe[0].value["Intermediate task"].iloc[0] == "MNLI"


def test_a_budget_has_the_numbers_of_the_command(full: Home, opened: Opened) -> None:
    app = opened("evidence", tab="What to use", target="mini-pos", within="50")
    assert not app.exception
    with Store.temporary(full) as store:
        found = recommend(store, target="mini-pos", budget_ms=50.0)
    lines = claim_words.budget_lines(found)
    assert "Median latency of one input: " in lines[-1]
    for said in (found.sentence, *lines):
        assert said in texts(app)
    labels = [button.label for button in app.button]
    assert ("Launch that run" in labels) == (found.next_run is not None)
    app.number_input(key="recommend_within").set_value(0.5).run()
    assert "Expected a model within 0.5 ms on mini-pos" in texts(app)
    assert app.query_params["within"] in ("0.5", ["0.5"])

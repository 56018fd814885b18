"""Heatmap and overview in every state of a store, and every choice that the URL may hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import browse_stores
import pytest
from browse_stores import PAIRED
from streamlit.testing.v1 import AppTest

from xfer_core import spool, visits
from xfer_core.home import Home

Opened = Callable[..., AppTest]


def said(app: AppTest) -> str:
    kinds = ("title", "subheader", "markdown", "error", "warning", "info")
    found = [str(element.value) for kind in kinds for element in getattr(app, kind)]
    found += [f"{element.label} {element.value}" for element in app.metric]
    return "\n".join(found).replace("\\", "")


def labels(app: AppTest) -> list[str]:
    return [str(one.label) for one in (*app.button, *app.selectbox, *app.multiselect)]


def press(app: AppTest, label: str) -> AppTest:
    return next(one for one in app.button if one.label == label).click().run()


# ---- partial states


def test_an_empty_store_guides_in_five_steps_and_never_again_once_closed(
    home: Home, opened: Opened
) -> None:
    app = opened("heatmap")
    assert "First look · 1 of 5 · The question" in said(app)
    for place in range(2, 6):
        press(app, "Next")
        assert f"First look · {place} of 5" in said(app)
    press(app, "Back")
    assert "First look · 4 of 5" in said(app)
    press(app, "Close")
    assert "First look" not in said(app)
    assert "First look" not in said(opened("overview"))


def test_one_seed_says_that_nothing_is_known_about_chance(home: Home, opened: Opened) -> None:
    browse_stores.write(home, "run-1", PAIRED, seeds=(1,))
    assert "One seed only" in said(opened("heatmap"))
    overview = said(opened("overview"))
    assert "none stands after correction" in overview
    assert "1 seed, so the spread is unknown" in overview


def test_one_run_has_gains_without_a_notice(home: Home, opened: Opened) -> None:
    browse_stores.write(home, "run-1", PAIRED)
    app = opened("heatmap")
    assert "1 of 1 cells, 3 seeds, 0 failed" in said(app)
    assert not app.info
    assert "Settings" not in labels(app)
    assert "Catalogue" not in labels(app)


def test_scores_without_a_baseline_name_it_and_offer_it(home: Home, opened: Opened) -> None:
    browse_stores.write(home, "run-1", [("mini-mnli", "mini-xnli"), ("mini-qqp", "mini-pos")])
    app = opened("heatmap")
    assert "No gain yet: 2 scores without a baseline" in said(app)
    assert "on XNLI, POS" in said(app) or "on POS, XNLI" in said(app)
    assert "Run the baseline" in labels(app)
    assert "2 cells with a score but no baseline" in said(opened("overview"))


def test_all_failed_says_why_as_text_and_leads_to_the_log(home: Home, opened: Opened) -> None:
    browse_stores.write(home, "run-1", PAIRED, ok=False)
    app = opened("heatmap")
    assert "All 1 cells failed" in said(app)
    assert "No memory <script>" in said(app)
    assert all("[x](" not in error.value for error in app.error)
    assert "1 cell failed" in said(opened("overview"))


def test_only_a_baseline_says_what_is_missing(home: Home, opened: Opened) -> None:
    browse_stores.write(home, "run-1", [("none", "mini-xnli")])
    app = opened("heatmap")
    assert not app.exception
    assert "Only the baseline so far" in said(app)


def test_filters_that_match_nothing_are_named_and_cleared(home: Home, opened: Opened) -> None:
    browse_stores.write(home, "run-1", [*PAIRED, ("none", "mini-tatoeba")])
    app = opened("heatmap", targets="mini-tatoeba", language="de")
    assert "Nothing is measured in this view" in said(app)
    assert "left out by language German and target tasks" in said(app)
    press(app, "Clear target tasks")
    assert "Nothing is measured in this view" not in said(app)
    assert "targets" not in app.query_params
    assert app.query_params["language"] == "de"
    app = press(opened("heatmap", targets="mini-tatoeba", language="de"), "Clear all filters")
    assert "1 of 2 cells" in said(app)
    assert "language" not in app.query_params


# ---- choices


def test_two_catalogues_keep_to_their_encoders(home: Home, opened: Opened) -> None:
    browse_stores.write(home, "run-1", PAIRED)
    browse_stores.write(home, "run-2", PAIRED[:1], catalog="paper", encoder="xlmr-base")
    app = opened("heatmap", catalog="mini")
    assert app.selectbox(key="choice_encoder").options == ["mini-s"]
    assert "1 of 1 cells" in said(app)
    app.selectbox(key="choice_catalog").set_value("paper").run()
    assert app.selectbox(key="choice_encoder").options == ["xlmr-base"]
    assert "encoder xlmr-base · catalogue paper" in said(app)
    assert not app.exception


def test_other_settings_can_be_chosen_and_are_named(home: Home, opened: Opened) -> None:
    steps = {"target": {"steps": 60}}
    browse_stores.write(home, "run-1", PAIRED, (1, 2), settings=steps, variant="v1")
    browse_stores.write(home, "run-2", PAIRED, settings={"target": {"steps": 200}}, variant="v2")
    app = opened("heatmap")
    assert "1 of 1 cells, 3 seeds" in said(app)
    app.selectbox(key="choice_settings").set_value("run-1").run()
    assert "1 of 1 cells, 2 seeds" in said(app)
    assert "Not the newest results" in said(app)
    assert "target steps 60" in said(app)
    assert app.query_params["settings"] == "run-1"
    assert "Rerun with a new seed" not in labels(app), "it would run with other settings"


def test_every_language_side_by_side_has_one_row_per_cell(full: Home, opened: Opened) -> None:
    app = opened("heatmap", view="multiples", **{"as": "Table"})
    rows = app.dataframe[0].value
    assert "one picture for each of 8 languages" in said(app)
    assert "not run in Greek, Hindi, Japanese, Swahili" in said(app)
    assert len(rows) == 8 * 5 * 4
    assert set(rows["Language"]) >= {"German", "English (reference)"}
    app.selectbox(key="choice_panel").set_value("tr").run()
    assert "Turkish · accuracy · mini-s" in said(app)
    assert app.query_params["panel"] == "tr"


@pytest.mark.slow
def test_every_order_of_every_view_shows_the_same_cells(full: Home, opened: Opened) -> None:
    app = opened("heatmap", **{"as": "Table"})
    for view in ("languages", "multiples"):
        app.selectbox(key="choice_view").set_value(view).run()
        for order in ("cluster", "family"):
            app.selectbox(key="choice_order").set_value(order).run()
            assert not app.exception
            rows = list(app.dataframe[0].value["Intermediate task"])
            assert rows[0] == "no intermediate"
            assert set(rows) == {"CSQA", "MNLI", "QQP", "SST", "no intermediate"}
            assert ("average linkage" in said(app)) == (order == "cluster")


def test_chosen_tasks_are_kept_in_the_url_with_the_baseline(full: Home, opened: Opened) -> None:
    app = opened("heatmap", intermediates="mini-mnli~mini-qqp", **{"as": "Table"})
    assert set(app.dataframe[0].value["Intermediate task"]) == {"no intermediate", "MNLI", "QQP"}
    app.multiselect(key="choice_intermediates").set_value(["mini-mnli"]).run()
    assert app.query_params["intermediates"] == "mini-mnli"


def test_unknown_parts_of_the_url_are_ignored_with_a_notice(full: Home, opened: Opened) -> None:
    app = opened("heatmap", nonsense="1", intermediates="mini-mnli~gone", order="size", panel="xx")
    assert not app.exception
    ignored = [info.value for info in app.info if "ignored" in info.value]
    assert len(ignored) == 3
    assert "nonsense" not in app.query_params
    assert app.query_params["intermediates"] == "mini-mnli"
    assert not app.run().info, "said once"


# ---- overview


def test_overview_says_what_is_new_since_the_last_visit(full: Home, opened: Opened) -> None:
    before = datetime.now(UTC) - timedelta(hours=3)
    spool.publish(full.root / visits.FILE, {"seen": before.isoformat(), "before": None})
    found = said(opened("overview"))
    assert "Since your last visit (3 h ago)" in found
    assert "new results in 14 cells, 1 run finished" in found


def test_overview_has_findings_as_sentences_and_claims_no_visit_at_the_first(
    full: Home, opened: Opened
) -> None:
    found = said(opened("overview"))
    assert "Since your last visit" not in found
    assert found.count("(95% interval ") == 3
    assert "zero-shot mean over 7 languages · 3 seeds" in found
    assert "First look" not in found


def test_notice_of_a_rebuilt_database_is_closed_for_good(full: Home, opened: Opened) -> None:
    (full.root / "xfer.duckdb").write_bytes(b"not a database")
    app = opened("heatmap")
    notices = len(app.info)
    assert notices
    press(app, "Close")
    assert len(app.info) == notices - 1


def test_running_cells_are_awaited(running: Home, opened: Opened) -> None:
    app = opened("heatmap", intermediates="mini-sst", targets="mini-mmlu")
    assert "the runs are at work" in said(app)

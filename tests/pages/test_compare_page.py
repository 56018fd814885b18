"""The compare page: what it says, what it offers where a side is missing, and its address."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from typing import Any

import pytest
import store_builder
from streamlit.testing.v1 import AppTest

from xfer_core import catalog, kept, launching
from xfer_core.charts import compare_words
from xfer_core.domain.errors import UsageError
from xfer_core.home import Home
from xfer_core.store import Store
from xfer_core.views.compare import compare
from xfer_core.views.compare_sides import Named, Side, one_target


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The full grid, imported once for all tests of this file."""
    made = Home(tmp_path_factory.mktemp("filled") / "store").create()
    store_builder.write_full(made)
    Store.open(made).close()
    return made


@pytest.fixture
def full(home: Home, filled: Home) -> Home:
    shutil.copytree(filled.root, home.root, dirs_exist_ok=True)
    return home


Opened = Callable[..., AppTest]
A, B = Side("mini-s"), Side("mini-s", "mini-mnli")


def texts(app: AppTest) -> str:
    kinds = ("title", "subheader", "markdown", "info", "error")
    found = [str(element.value) for kind in kinds for element in getattr(app, kind)]
    return "\n".join(found).replace("\\", "")


def html(app: AppTest) -> str:
    return "".join(element.value for element in app.html)


def buttons(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def test_headline_settings_and_numbers_of_two_cells(full: Home, opened: Opened) -> None:
    app = opened("compare", a=A.text, b=B.text, target="mini-tatoeba", **{"as": "Table"})
    assert not app.exception
    with Store.temporary(full) as store:
        place: dict[str, Any] = {"catalog": "mini", "target": "mini-tatoeba", "a": A, "b": B}
        found = compare(store, **place)
    row = found.of("zero-shot")
    sides = compare_words.names(A, B)
    where = compare_words.place("mini-tatoeba", "zero-shot", row)
    assert compare_words.headline(found, row, sides, where) in texts(app)
    assert "MNLI" in where or "Tatoeba" in where
    settings, table = (frame.value for frame in app.dataframe)
    assert settings.to_numpy().tolist() == [["Intermediate task", "no intermediate", "MNLI"]]
    assert table.equals(compare_words.as_table(found.table))


def test_first_visit_compares_something(full: Home, opened: Opened) -> None:
    app = opened("compare")
    assert not app.exception
    assert app.selectbox(key="side_a_intermediate").value == "none"
    assert app.selectbox(key="side_b_intermediate").value != "none"
    assert app.query_params == {}


@pytest.mark.parametrize("shape", ["Chart", "Table"])
def test_every_part_is_there(shape: str, full: Home, opened: Opened) -> None:
    query = {"a": A.text, "b": "mini-csqa/mini-s", "target": "mini-mmlu", "as": shape}
    app = opened("compare", **query)
    for shown in ("languages", "subjects", "examples", "targets"):
        app.selectbox(key="choice_show").set_value(shown).run()
        assert not app.exception, shown
        assert not app.info, texts(app)
        if shown == "examples" and shape == "Chart":
            assert "xfer-flip" in html(app)
            assert re.search(r"of 60 examples [\d.]+ turn from wrong to right", texts(app))
        elif shape == "Table":
            assert len(app.dataframe) == 2, shown


def test_flipped_examples_have_their_text_and_direction(full: Home, opened: Opened) -> None:
    for seed in (1, 2, 3):
        for name in ("none", "mini-mnli"):
            key = f"evaluate-{name}-mini-xnli-{seed}"
            ids = [str(at) for at in range(60)]
            kept.keep(full, key, "test", "ar", ids, [name] * 60)
    query = {"a": A.text, "b": B.text, "target": "mini-xnli", "show": "examples"}
    app = opened("compare", **query, language="ar")
    assert not app.exception
    found = html(app)
    assert 'lang="ar" dir="rtl"' in found and ">none</bdi>" in found
    shown = [int(name) for name in re.findall(r'aria-label="Example (\d+)"', found)]
    premises = [row["premise"] for row in catalog.task("mini-xnli").source.rows("test", "ar")]
    assert shown and all(premises[at] in found for at in shown)
    assert "xfer-flip-head lost" in found or "xfer-flip-head gained" in found


def test_choices_live_in_the_url(full: Home, opened: Opened) -> None:
    app = opened("compare")
    app.selectbox(key="side_a_intermediate").set_value("mini-qqp").run()
    app.selectbox(key="side_b_run").set_value("run-full").run()
    app.selectbox(key="choice_target").set_value("mini-pos").run()
    b = app.selectbox(key="side_b_intermediate").value
    wanted = {"a": "mini-qqp/mini-s", "b": f"{b}/mini-s/run-full", "target": "mini-pos"}
    found = {name: "".join(value) for name, value in app.query_params.items()}
    assert found == wanted
    again = opened("compare", **wanted)
    assert again.subheader[0].value == app.subheader[0].value
    assert again.selectbox(key="side_b_run").value == "run-full"


def test_sides_can_be_swapped(full: Home, opened: Opened) -> None:
    app = opened("compare", a=A.text, b=B.text, target="mini-tatoeba")
    next(button for button in app.button if button.label == "Swap A and B").click().run()
    assert app.query_params["a"] == B.text or app.query_params["a"] == [B.text]
    assert app.selectbox(key="side_a_intermediate").value == "mini-mnli"
    assert not app.exception


def test_a_cell_of_the_command_line_opens_its_target(full: Home, opened: Opened) -> None:
    app = opened("compare", a="mini-qqp/mini-pos", b="mini-sst/mini-pos")
    assert app.selectbox(key="choice_target").value == "mini-pos"
    assert not app.info


def test_cells_of_two_targets_are_refused_with_a_way_on(full: Home, opened: Opened) -> None:
    app = opened("compare", a="mini-qqp/mini-pos", b="mini-mnli/mini-xnli")
    with pytest.raises(UsageError) as refused:
        one_target(Named(target="mini-pos"), Named(target="mini-xnli"))
    assert [each.value.replace("\\", "") for each in app.warning] == [str(refused.value)]
    assert not app.subheader, "no difference is shown"
    app.button(key="on_mini-xnli").click().run()
    assert not app.warning and not app.exception
    assert app.selectbox(key="choice_target").value == "mini-xnli"
    sides = [app.selectbox(key=f"side_{letter}_intermediate").value for letter in "ab"]
    assert sides == ["mini-qqp", "mini-mnli"]
    assert app.subheader


@pytest.mark.parametrize(
    "query",
    [
        {"a": "mini-mnli/gone", "b": "<script>alert(1)</script>"},
        {"a": "none/mini-s/mini-s", "b": "///", "show": "nothing"},
    ],
)
def test_unknown_values_in_the_url_are_ignored_with_a_notice(
    query: dict[str, str], full: Home, opened: Opened
) -> None:
    app = opened("compare", **query)
    assert not app.exception
    assert any("it was ignored" in info.value for info in app.info)


def test_one_seed_is_hedged(full: Home, opened: Opened) -> None:
    app = opened("compare", a=A.text, b="mini-csqa/mini-s", target="mini-xnli")
    assert app.subheader[0].value.startswith("With one seed")
    assert "the interval is over examples alone" in texts(app)


def test_a_missing_side_is_run_through_the_confirmation(
    full: Home, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    stage = {"kind": "target", "name": "target", "key": "k", "reused": False}
    summary = launching.Summary([{**stage, "estimated_seconds": 9}], 1, 0, 9.0, 1e6)
    monkeypatch.setattr(launching, "preview", lambda home, spec, **more: summary)
    app = opened("compare", a=A.text, b="mini-sst/mini-s", target="mini-mmlu")
    assert not app.exception
    assert "No difference can be told yet" in texts(app)
    assert "Side B has no result here" in texts(app)
    for shown in ("subjects", "examples", "curves", "targets", "languages"):
        app.selectbox(key="choice_show").set_value(shown).run()
        assert not app.exception, shown
    next(button for button in app.button if button.label == "Run this cell").click().run()
    assert not app.exception
    assert "This will run" in texts(app) and "Start" in buttons(app)
    spec = app.session_state["_proposal"].spec
    assert (spec.intermediates, spec.targets) == (("none", "mini-sst"), ("mini-mmlu",))
    assert spec.seeds == (1, 2, 3), "the seeds of the other side"
    assert not asked


def test_a_run_that_never_asked_says_so(full: Home, opened: Opened) -> None:
    store_builder.finish_cell(full, "mini-sst", "mini-mmlu", 1)
    app = opened("compare", a=A.text, b="mini-sst/mini-s/run-full", target="mini-mmlu")
    assert not app.exception
    assert "was not asked for MMLU" in texts(app)
    assert "Run this cell" not in buttons(app)


def test_the_cell_panel_leads_here(full: Home, opened: Opened) -> None:
    app = opened("heatmap", cell="mini-mnli~mini-tatoeba")
    assert not app.exception
    links = [str(link.proto) for link in app.get("page_link")]
    (link,) = [link for link in links if "Compare with" in link]
    assert "mini-mnli" in link and "mini-tatoeba" in link

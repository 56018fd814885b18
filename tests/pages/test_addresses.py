"""Addresses: any view of the heatmap comes back from its URL, and a mangled one breaks nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import store_builder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as any_of
from streamlit.testing.v1 import AppTest

from xfer_core.charts import heatmap_order
from xfer_core.home import Home
from xfer_core.store import Store

Opened = Callable[..., AppTest]
BOUNDED = settings(
    max_examples=6,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
"""So few because each opens several pages; the same ones each time."""
PAGES = ("heatmap", "accuracy_latency", "compare", "evidence", "runs", "present", "data", "launch")
TASKS = [name for name in store_builder.INTERMEDIATES if name != "none"]
LANGUAGES = ("zero-shot", "all", *store_builder.LANGUAGES)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A full grid, imported once."""
    made = Home(tmp_path_factory.mktemp("filled") / "store").create()
    store_builder.write_full(made, seeds=(1, 2), examples=8)
    Store.open(made).close()
    return made


@pytest.fixture
def grid(home: Home, filled: Home) -> Iterator[Home]:
    shutil.copytree(filled.root, home.root, dirs_exist_ok=True)
    yield home


def some(names: list[str]) -> any_of.SearchStrategy[list[str]]:
    return any_of.lists(any_of.sampled_from(names), unique=True, max_size=3)


CHOSEN = any_of.fixed_dictionaries(
    {
        "view": any_of.sampled_from(["targets", "languages", "multiples"]),
        "order": any_of.sampled_from(list(heatmap_order.ORDERS)),
        "intermediates": some(TASKS),
        "language": any_of.sampled_from(LANGUAGES),
        "target": any_of.sampled_from(store_builder.TARGETS),
        "targets": some(list(store_builder.TARGETS)),
        "panel_row": any_of.sampled_from(store_builder.INTERMEDIATES),
        "shape": any_of.sampled_from(["Chart", "Table"]),
    }
)

FILTERS = ("order", "intermediates", "language", "target", "targets")


def choose(app: AppTest, wanted: dict[str, Any]) -> None:
    """What a person does with the controls, as far as the view has them: view, filters, cell."""
    for step in (("view",), FILTERS, ("panel_row", "shape")):
        for name in step:
            if name == "shape":
                app.button_group(key="choice_as").set_value(wanted[name])
                continue
            for box in (*app.selectbox, *app.multiselect):
                if box.key in (f"choice_{name}", name):
                    box.set_value(wanted[name])
        app.run()
        assert not app.exception


def picture(app: AppTest) -> tuple[Any, ...]:
    """All that is drawn and written."""
    charts = [chart.proto.spec for chart in app.get("plotly_chart")]
    tables = [frame.value.to_json() for frame in app.dataframe]
    return charts, tables, [str(line.value) for line in app.markdown]


def address(app: AppTest) -> dict[str, str]:
    return {name: "".join(value) for name, value in app.query_params.items()}


@pytest.mark.slow
@pytest.mark.heavy
def test_any_view_of_the_heatmap_comes_back_from_its_address(grid: Home, opened: Opened) -> None:
    @BOUNDED
    @given(CHOSEN)
    def comes_back(wanted: dict[str, Any]) -> None:
        one = opened("heatmap")
        choose(one, wanted)
        other = opened("heatmap", **address(one))
        assert not other.exception
        assert address(other) == address(one)
        assert not [info.value for info in other.info if "ignored" in info.value]
        assert picture(other) == picture(one)

    comes_back()


NAMES = any_of.sampled_from(
    "view order language target targets intermediates panel cell as metric settings encoder "
    "catalog budget a b tab claim run state tag by find deck slide snapshot present task split "
    "languages q n id saved from show flip text batch texts verdict kind".split()
)
ODD = ["", "~", "../../etc/passwd", "<script>", "NaN", "-1", "9" * 40, "\x00", "none~none", "de~"]
VALUES = any_of.one_of(any_of.sampled_from(ODD), any_of.text(max_size=12))


@pytest.mark.slow
@pytest.mark.heavy
def test_mangled_addresses_never_break_a_page(grid: Home, opened: Opened) -> None:
    @settings(BOUNDED, max_examples=16)
    @given(
        any_of.sampled_from(PAGES),
        any_of.dictionaries(any_of.one_of(NAMES, any_of.text("abz_~", min_size=1)), VALUES),
    )
    def holds(page: str, query: dict[str, str]) -> None:
        app = opened(page, **query)
        assert not app.exception, (page, query)
        assert len(app.title) == 1 or query.get("present"), (page, query)

    holds()

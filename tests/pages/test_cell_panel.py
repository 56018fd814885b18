"""The panel beside the heatmap: what the seeds of a cell show, and what was published for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from xfer_core.charts import power_words, published_words
from xfer_core.claims.published import beside
from xfer_core.home import Home
from xfer_core.store import Store
from xfer_core.views.heatmap import heatmap
from xfer_core.views.power import cell_power

Opened = Callable[..., AppTest]
PLACE = {"catalog": "mini", "encoder": "mini-s", "language": "zero-shot"}


def texts(app: AppTest) -> str:
    return "\n".join(str(element.value) for element in app.markdown).replace("\\", "")


@pytest.mark.parametrize("intermediate", ["mini-mnli", "mini-csqa"])
def test_what_the_seeds_of_a_cell_show(intermediate: str, full: Home, opened: Opened) -> None:
    app = opened("heatmap", cell=f"{intermediate}~mini-xnli")
    assert not app.exception
    with Store.temporary(full) as store:
        power = cell_power(store, **PLACE, intermediate=intermediate, target="mini-xnli")
        table = heatmap(store, **PLACE)
        published = beside(store, **PLACE, intermediate=intermediate, target="mini-xnli")
    cell = table[(table["row"] == intermediate) & (table["column"] == "mini-xnli")].iloc[0]
    said = power_words.sentence(power, bool(cell["significant"]))
    assert said and said in texts(app)
    assert ("One seed shows nothing" in said) == (intermediate == "mini-csqa")
    title = published_words.title(published)
    (box,) = [each for each in app.expander if each.label == title]
    shown = box.dataframe[0].value
    assert list(shown[published_words.COLUMN]) == ["◇ 80.4", "◇ +1.2"]
    assert shown["Differs in"].str.contains("mean with English, here without").all()
    assert published_words.RULE in texts(app)

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from xfer_core import catalog, spool
from xfer_core.fingerprints import digest
from xfer_core.home import Home

Opened = Callable[..., AppTest]
HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)">'


def cards(app: AppTest) -> str:
    return "".join(element.value for element in app.html if "xfer-card" in element.value[:40])


def ids(app: AppTest) -> list[str]:
    return re.findall(r'aria-label="Example ([^"]*)"', cards(app))


def spoken(app: AppTest) -> list[str]:
    """The languages of the first card."""
    first = cards(app).split("</section>")[0]
    return re.findall(r'class="xfer-cell" lang="(\w+)"', first)


def notices(app: AppTest) -> list[str]:
    return [info.value.replace("\\", "") for info in app.info]


def notes(app: AppTest) -> str:
    return "\n".join(str(line.value) for line in app.markdown).replace("\\", "")


def write_rows(home: Home, task: str, split: str, language: str, text: str) -> None:
    """Put rows into the store as if a data set had brought this text."""
    asked = catalog.task(task)
    name = digest([task, asked.source.stamp, split, language])
    rows = [{"id": text, "sentence": text, "label": text}]
    spool.publish(home.root / "rows" / f"{name}.json", {"rows": rows})


def test_empty_store_shows_examples(home: Home, opened: Opened) -> None:
    app = opened("data")
    assert not app.exception
    assert spoken(app) == ["en", "ar", "ja"]
    assert ids(app) == ["0", "1", "2", "3", "4"]
    assert 'lang="ar" dir="rtl"' in cards(app)
    assert "1 to 5 of 240 test examples" in notes(app)
    assert "entailment, neutral, contradiction" in notes(app)
    assert "test 240 per language · 12 languages · Apache-2.0" in notes(app)
    assert app.query_params == {}


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ("mini-pawsx", "label: <strong>"),
        ("mini-ner", '<span class="xfer-tag'),
        ("mini-mmlu", "right answer"),
        ("mini-mlqa", "<mark>"),
        ("mini-tatoeba", 'lang="hi"'),
        ("mini-bucc", "not a pair"),
    ],
)
def test_every_kind_can_be_opened_by_its_address(
    task: str, expected: str, home: Home, opened: Opened
) -> None:
    app = opened("data", task=task, languages="en,ar,ja,hi", split="dev", n="10")
    assert not app.exception
    assert not app.info
    assert spoken(app) == ["en", "ar", "ja", "hi"]
    assert len(ids(app)) == 10
    assert expected in cards(app)


def test_choices_live_in_the_url(home: Home, opened: Opened) -> None:
    app = opened("data")
    app.selectbox(key="choice_task").set_value("mini-qqp").run()
    assert spoken(app) == ["en"]
    app.selectbox(key="choice_task").set_value("mini-tatoeba").run()
    assert spoken(app) == ["en", "ar", "ja"], "what one task lacks stays chosen for the next"
    app.multiselect(key="data_languages").set_value(["en", "sw"]).run()
    app.button_group(key="choice_split").set_value("dev").run()
    app.button_group(key="choice_n").set_value("10").run()
    app.text_input(key="data_search").set_value("the").run()
    wanted = {"task": "mini-tatoeba", "languages": "en,sw", "split": "dev", "n": "10", "q": "the"}
    assert {name: "".join(value) for name, value in app.query_params.items()} == wanted
    again = opened("data", **wanted)
    assert cards(again) == cards(app) != ""


def test_training_is_shown_in_english_only(home: Home, opened: Opened) -> None:
    app = opened("data", split="train")
    assert spoken(app) == ["en"]
    assert "Training is in English only" in notes(app)
    assert "of 2,400 train examples" in notes(app)
    app.selectbox(key="choice_task").set_value("mini-tatoeba").run()
    assert not app.exception
    assert not app.info, "a task without training is no mistake in the address"
    assert "of 500 test examples" in notes(app)
    assert spoken(app) == ["en", "ar", "ja"]
    app.selectbox(key="choice_task").set_value("mini-xnli").run()
    assert not app.exception


def test_example_stays_in_view(home: Home, opened: Opened) -> None:
    app = opened("data", id="17")
    assert ids(app) == ["15", "16", "17", "18", "19"]
    app.button_group(key="choice_n").set_value("10").run()
    assert ids(app) == [str(number) for number in range(10, 20)]
    app.multiselect(key="data_languages").set_value(["de"]).run()
    assert "17" in ids(app)
    app.pagination(key="page_below").set_value(4).run()
    assert ids(app)[0] == "30"
    assert app.query_params["id"] in ("30", ["30"])
    assert app.pagination(key="page_above").value == 4
    app.selectbox(key="choice_task").set_value("mini-pos").run()
    assert ids(app)[0] == "0", "another task starts at its first example"
    assert "id" not in app.query_params


def test_search_finds_text_in_shown_languages(home: Home, opened: Opened) -> None:
    app = opened("data", id="100")
    app.text_input(key="data_search").set_value("図書館").run()
    assert "id" not in app.query_params
    assert cards(app).count("図書館") >= len(ids(app)) > 0
    assert "with “図書館” among 240 in test" in notes(app)
    app.multiselect(key="data_languages").set_value(["en"]).run()
    assert not ids(app)
    assert "None of the 240 test examples has “図書館”" in notes(app)
    next(button for button in app.button if button.label == "Clear the search").click().run()
    assert len(ids(app)) == 5
    assert "q" not in app.query_params


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"task": "gone"}, "task “gone”"),
        ({"task": HOSTILE}, "task “<script>"),
        ({"split": "validation"}, "split “validation”"),
        ({"languages": "xx,en,[x](y)"}, "language “xx, [x](y)”"),
        ({"id": "9999"}, "example “9999”"),
        ({"n": "1000"}, "per page “1000”"),
        ({"languages": "en,de,es,fr,ru"}, "Only 4 languages"),
    ],
)
def test_unknown_values_in_the_url_are_ignored_with_a_notice(
    query: dict[str, str], said: str, home: Home, opened: Opened
) -> None:
    app = opened("data", **query)
    assert not app.exception
    assert any(said in notice for notice in notices(app))
    assert len(ids(app)) == 5
    app.run()
    assert not notices(app), "said once"


def test_no_language_is_a_question_not_an_error(home: Home, opened: Opened) -> None:
    app = opened("data")
    app.multiselect(key="data_languages").set_value([]).run()
    assert not app.exception
    assert not ids(app)
    assert any("Choose at least one language" in notice for notice in notices(app))
    app.multiselect(key="data_languages").set_value(["hi"]).run()
    assert spoken(app) == ["hi"]


def test_text_of_the_data_stays_text(home: Home, opened: Opened) -> None:
    write_rows(home, "mini-sst", "test", "en", HOSTILE)
    app = opened("data", task="mini-sst", q="<SCRIPT>")
    assert not app.exception
    assert cards(app).count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 4
    assert "<script" not in cards(app)
    assert "<img" not in cards(app)

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from xfer_core import catalog
from xfer_core.charts import example_cards, example_look, example_words, theme
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.home import Home
from xfer_core.views import examples as view

HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)"> & "\''
VOID = ("br", "img")


@dataclass(frozen=True)
class Place:
    home: Home


@pytest.fixture
def store(tmp_path: Path) -> Place:
    return Place(Home(tmp_path / "store").create())


@dataclass
class Element:
    tag: str
    attributes: dict[str, str | None]
    children: list[Any] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    def all(self, tag: str = "", **attributes: str) -> Iterator[Element]:
        for child in self.children:
            if isinstance(child, Element):
                given = {name.rstrip("_"): value for name, value in attributes.items()}
                fits = all(value in (child.attributes.get(n) or "") for n, value in given.items())
                if fits and tag in ("", child.tag):
                    yield child
                yield from child.all(tag, **attributes)


class Tree(HTMLParser):
    """Reads HTML as a browser does, and fails where tags do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.root = Element("", {})
        self._open = [self.root]
        self.feed(text)
        self.close()
        assert self._open == [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def drawn(name: str, **rows: Row) -> Element:
    """One example of a task as a card, one row per language."""
    table = pd.DataFrame([{"id": "7", **{code: row for code, row in rows.items()}}])
    return Tree(example_cards.cards(catalog.task(name), table, list(rows))).root


def cell(card: Element, language: str) -> Element:
    return next(card.all("div", class_="xfer-cell", lang=language))


def table(ids: str, texts: str = "") -> pd.DataFrame:
    return pd.DataFrame({"id": list(ids), "text": (texts or ids).split() if texts else list(ids)})


def test_rows_come_from_the_store_once_they_are_there(store: Place) -> None:
    first = view.examples(store, task="mini-sst", split="dev", language="en")
    (kept,) = (store.home.root / "rows").iterdir()
    values = json.loads(kept.read_text())
    values["rows"][3]["sentence"] = "from the file"
    kept.write_text(json.dumps(values))
    second = view.examples(store, task="mini-sst", split="dev", language="en")
    assert list(second["id"]) == list(first["id"])
    assert second["row"][3]["sentence"] == second["text"][3] == "from the file"
    assert len(list(kept.parent.iterdir())) == 1


@pytest.mark.parametrize("name", ["mini-tatoeba", "mini-bucc"])
def test_pairs_have_english_beside_the_other_language(name: str, store: Place) -> None:
    english, arabic = (
        view.examples(store, task=name, split="dev", language=code) for code in ("en", "ar")
    )
    assert list(english["id"]) == list(arabic["id"])
    row = arabic["row"][0]
    assert english["row"][0] == {"id": row["id"], "source": row["source"]}
    assert row["source"].casefold() in english["text"][0]
    assert row["target"] in arabic["text"][0]
    assert row["source"].casefold() not in arabic["text"][0]


def test_languages_and_splits_that_can_be_read() -> None:
    xnli, tatoeba, qqp = (catalog.task(f"mini-{name}") for name in ("xnli", "tatoeba", "qqp"))
    assert view.spoken(xnli) == xnli.languages
    assert view.spoken(xnli, "train") == ("en",)
    assert view.spoken(tatoeba, "test") == ("en", *tatoeba.languages)
    assert view.spoken(qqp, "test") == ("en",)
    assert view.sizes(xnli) == {"train": 2400, "dev": 120, "test": 240}
    assert list(view.sizes(tatoeba)) == ["dev", "test"]


def test_tasks_with_many_languages_come_first_and_those_that_are_not_here_are_left_out() -> None:
    counts = [len(task.languages) for task in view.tasks()]
    assert counts == sorted(counts, reverse=True)
    mini = {name for name, task in catalog.tasks().items() if task.catalog == "mini"}
    assert {task.name for task in view.tasks()} == mini != set(catalog.tasks())


def test_languages_are_joined_by_id() -> None:
    def one(ids: str, mark: str) -> pd.DataFrame:
        rows = [{"id": name, "sentence": name + mark} for name in ids]
        return table(ids).assign(row=rows, text=[row["sentence"] for row in rows])

    found = view.side_by_side({"en": one("abc", "!"), "de": one("acd", "?")})
    assert list(found["id"]) == ["a", "b", "c", "d"]
    assert list(found["text"]) == ["a!\na?", "b!", "c!\nc?", "d?"]
    assert [row and row["sentence"] for row in found["de"]] == ["a?", None, "c?", "d?"]
    assert [row and row["sentence"] for row in found["en"]] == ["a!", "b!", "c!", None]


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [("THE", "ac"), (" ", "abc"), ("", "abc"), ("straße", "b"), ("ＴＨＥ", "ac"), ("zzz", "")],
)
def test_search_looks_past_case_and_width(wanted: str, ids: str) -> None:
    texts = [view._plain(text) for text in ("The end", "Eine STRASSE", "in the\nother")]
    every = pd.DataFrame({"id": list("abc"), "text": texts})
    assert "".join(view.matching(every, wanted)["id"]) == ids


def test_search_finds_a_stretch_of_japanese_words(store: Place) -> None:
    found = view.examples(store, task="mini-pos", split="dev", language="ja")
    tokens = found["row"][0]["tokens"]
    hits = view.matching(found, "".join(tokens[:3]))
    assert found["id"][0] in set(hits["id"])
    assert len(hits) < len(found)


@pytest.mark.parametrize(
    ("found", "example", "per_page", "shown", "number"),
    [
        ("abcdefg", None, 3, "abc", 1),
        ("abcdefg", "d", 3, "def", 2),
        ("abcdefg", "e", 3, "def", 2),
        ("abcdefg", "e", 5, "abcde", 1),
        ("abcdefg", "g", 3, "g", 3),
        ("abg", "c", 2, "g", 2),
        ("ab", "g", 1, "b", 2),
        ("", "c", 3, "", 1),
    ],
)
def test_page_keeps_an_example_in_view(
    found: str, example: str | None, per_page: int, shown: str, number: int
) -> None:
    every = table("abcdefg")
    some = every[every["id"].isin(list(found))]
    page = view.page(some, every, example, per_page)
    assert "".join(page.examples["id"]) == shown
    assert (page.number, page.n_found) == (number, len(found))
    assert page.n_pages == max(1, -(-len(found) // per_page))
    assert "".join(page.starts) == found[::per_page]
    assert not shown or found[page.first - 1] == shown[0]


ROWS: dict[str, Row] = {
    "mini-xnli": {"premise": HOSTILE, "hypothesis": HOSTILE, "label": HOSTILE},
    "mini-sst": {"sentence": HOSTILE, "label": HOSTILE},
    "mini-pos": {"tokens": [HOSTILE, "b"], "tags": [HOSTILE, "VERB"]},
    "mini-ner": {"tokens": [HOSTILE, "b"], "tags": ["B-PER", "I-" + HOSTILE]},
    "mini-mmlu": {
        "subject": HOSTILE,
        "told_in": HOSTILE,
        "question": HOSTILE,
        "choices": [HOSTILE, "b"],
        "answer": 0,
    },
    "mini-mlqa": {
        "context": HOSTILE + "b",
        "question": HOSTILE,
        "answers": {"text": [HOSTILE, HOSTILE], "answer_start": [0, 1]},
        "question_language": HOSTILE,
    },
    "mini-tatoeba": {"source": HOSTILE, "target": HOSTILE},
    "mini-bucc": {"source": HOSTILE, "target": HOSTILE, "parallel": True},
}


@pytest.mark.parametrize("name", ROWS)
def test_text_of_the_data_never_becomes_markup(name: str) -> None:
    table = pd.DataFrame([{"id": HOSTILE, "en": ROWS[name], "ar": ROWS[name]}])
    root = Tree(example_cards.cards(catalog.task(name), table, ["en", "ar"])).root
    assert {element.tag for element in root.all()} <= {
        *("section", "div", "span", "strong", "mark", "bdi")
    }
    known = {"class", "lang", "dir", "style", "role", "aria-label"}
    assert all(set(element.attributes) <= known for element in root.all())
    assert root.text.count("<script>alert(1)</script>") >= 3


@pytest.mark.parametrize("kind", TaskKind)
def test_every_kind_is_drawn_in_every_direction(kind: TaskKind, store: Place) -> None:
    task = next(task for task in view.tasks() if task.kind is kind)
    languages = ["en", "ar", "ja", "hi"]
    found = view.side_by_side(
        {
            code: view.examples(store, task=task.name, split="dev", language=code)
            for code in languages
        }
    )
    root = Tree(example_cards.cards(task, found.head(20), languages)).root
    cards = list(root.all("section"))
    assert [card.attributes["aria-label"] for card in cards] == [f"Example {n}" for n in range(20)]
    for card in cards:
        cells = list(card.all("div", class_="xfer-cell"))
        spoken = [(one.attributes["lang"], one.attributes["dir"]) for one in cells]
        assert spoken == [("en", "ltr"), ("ar", "rtl"), ("ja", "ltr"), ("hi", "ltr")]
        assert re.search("[\u0600-\u06ff]", cells[1].text)
        assert re.search("[\u3040-\u30ff\u4e00-\u9fff]", cells[2].text)
        assert re.search("[\u0900-\u097f]", cells[3].text)


def test_what_holds_in_every_language_is_said_once() -> None:
    same = drawn("mini-sst", en={"sentence": "a", "label": "good"})
    assert same.text.count("label: good") == 1
    rows = {code: {"sentence": code, "label": label} for code, label in (("en", "x"), ("de", "y"))}
    differing = drawn("mini-sst", **rows)
    assert "label" not in next(differing.all("div", class_="xfer-head")).text
    assert "label: x" in cell(differing, "en").text
    assert "label: y" in cell(differing, "de").text


def test_language_that_lacks_an_example_says_so() -> None:
    table = pd.DataFrame([{"id": "1", "en": {"sentence": "a", "label": "x"}, "de": None}])
    root = Tree(example_cards.cards(catalog.task("mini-sst"), table, ["en", "de"])).root
    assert cell(root, "de").text == "German–"


def test_names_are_whole_chunks_and_other_words_have_no_tag() -> None:
    row = {
        "tokens": ["the", "New", "Fox", "saw", "Anna", "Bob", ",", "too", "."],
        "tags": ["O", "B-ORG", "I-ORG", "O", "B-PER", "B-PER", "O", "O", "O"],
    }
    card = drawn("mini-ner", en=row)
    words = [(word.children[0].text, word.children[1].text) for word in tagged(card)]
    assert words == [("New Fox", "ORG"), ("Anna", "PER"), ("Bob", "PER")]
    assert cell(card, "en").text == "Englishthe New FoxORG saw AnnaPER BobPER, too."


def test_languages_without_gaps_are_written_without_gaps() -> None:
    row = {
        "tokens": ["彼", "は", "東", "京", "へ", "。"],
        "tags": ["O", "O", "B-LOC", "I-LOC", "O", "O"],
    }
    card = drawn("mini-ner", ja=row, de=row)
    assert cell(card, "ja").text == "Japanese彼は東京LOCへ。"
    assert cell(card, "de").text == "German彼 は 東 京LOC へ。"


def test_every_word_of_speech_has_its_tag_in_text() -> None:
    row = {"tokens": ["Anna", "runs", "."], "tags": ["PROPN", "VERB", "PUNCT"]}
    words = [
        (word.children[0].text, word.children[1].text) for word in tagged(drawn("mini-pos", en=row))
    ]
    assert words == [("Anna", "PROPN"), ("runs", "VERB"), (".", "PUNCT")]


def tagged(card: Element) -> list[Element]:
    return [word for word in card.all("span") if word.attributes.get("class") == "xfer-word"]


def test_answer_is_marked_where_it_stands() -> None:
    row = {
        "context": "Anna saw Anna.",
        "question": "Who?",
        "answers": {"text": ["Anna"], "answer_start": [9]},
    }
    english = cell(drawn("mini-squad1", en=row), "en")
    (text,) = (block for block in english.all("div") if list(block.all("mark")))
    assert [getattr(part, "text", part) for part in text.children] == [
        *("text", "Anna saw ", "Anna", ".")
    ]
    row["answers"] = {"text": ["Bob"], "answer_start": [9]}
    astray = cell(drawn("mini-squad1", en=row), "en")
    assert not list(astray.all("mark"))
    assert "answerBob" in astray.text


def test_question_without_an_answer_says_so() -> None:
    row = {"context": "A.", "question": "Who?", "answers": {"text": [], "answer_start": []}}
    assert "no answer in the text" in drawn("mini-squad2", en=row).text


def test_question_in_another_language_has_its_own_direction() -> None:
    row = {
        "context": "وجد.",
        "question": "Who found it?",
        "answers": {"text": [], "answer_start": []},
        "question_language": "en",
    }
    arabic = cell(drawn("mini-mlqa", ar=row), "ar")
    question = next(arabic.all("div", lang="en", dir="ltr"))
    assert question.text == "question in EnglishWho found it?"
    own = cell(drawn("mini-mlqa", ar={**row, "question_language": "ar"}), "ar")
    assert "question in" not in own.text


def test_right_option_is_marked_by_more_than_colour() -> None:
    row = {"subject": "odd_one_out", "told_in": "ar", "question": "?", "answer": 2}
    card = drawn("mini-mmlu", en={**row, "choices": list("wxyz")})
    options = [one.text for one in card.all("div", class_="xfer-option")]
    assert options == ["Aw", "Bx", "Cy ✓", "Dz"]
    (check,) = (one for one in card.all(role="img"))
    assert check.attributes["aria-label"] == "right answer"
    assert "subject: odd one out" in card.text
    assert "in the encoder's pretraining text only in Arabic" in card.text
    untold = drawn("mini-mmlu", en={**row, "told_in": "", "choices": list("wxyz")})
    assert "pretraining" not in untold.text


def test_mining_says_what_is_a_pair() -> None:
    english = {"source": "One."}
    other = {"source": "One.", "target": "Eins."}
    for parallel, words in ((True, "a pair of translations"), (False, "not a pair")):
        card = drawn("mini-bucc", en=english, de={**other, "parallel": parallel})
        assert words in next(card.all("div", class_="xfer-head")).text
        assert cell(card, "en").text == "EnglishOne."
        assert cell(card, "de").text == "GermanEins."


@pytest.mark.parametrize("task", view.tasks(), ids=lambda task: task.name)
def test_every_task_is_described(task: Task) -> None:
    assert example_words.asks(task).endswith(".")
    line = example_words.scope_line(task, view.sizes(task))
    for part in (task.licence, task.source.revision, "test "):
        assert part in line
    assert task.title in example_words.task_line(task)
    assert ("train" in line) == task.trained


def test_description_follows_the_declaration() -> None:
    asks = {name: example_words.asks(catalog.task(name)) for name in catalog.tasks()}
    assert "entailment, neutral, contradiction" in asks["mini-xnli"]
    assert "PER, LOC or ORG" in asks["mini-ner"]
    assert "none" in asks["mini-squad2"]
    assert "none" not in asks["mini-squad1"]
    line = example_words.scope_line(catalog.task("mini-tatoeba"), {"dev": None, "test": 1500})
    assert "test 1,500 per language · 11 languages" in line
    assert "dev" not in line


def test_lines_about_what_is_shown() -> None:
    line = example_words.found_line
    plain = {"n_shown": 5, "n_found": 240, "n_all": 240, "split": "test", "text": ""}
    assert line(6, **plain) == "6 to 10 of 240 test examples"
    found = {**plain, "n_found": 1, "n_shown": 1, "text": "cow"}
    assert line(1, **found) == "1 of 1 example with “cow” among 240 in test"
    assert "None of the 240 test examples has “cow”" in line(1, **{**found, "n_found": 0})
    xnli, qqp = catalog.task("mini-xnli"), catalog.task("mini-qqp")
    two = replace(xnli, languages=("en", "de"))
    assert "English only" in example_words.lacking_line(xnli, ["en", "ar"], ["en"], "train")
    assert example_words.lacking_line(xnli, ["en"], ["en"], "train") == ""
    assert "mini XNLI has no Swahili." in example_words.lacking_line(two, ["sw"], ["en"], "dev")
    assert example_words.lacking_line(qqp, ["en", "ar"], ["en"], "test") == "", "it says so anyway"


@pytest.mark.parametrize("colors", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_text_stays_legible_on_every_fill(colors: theme.Palette) -> None:
    sheet = example_look.style(colors)
    fills = set(re.findall(r"background: (#[0-9A-F]{6})", sheet))
    assert len(fills) >= 5
    assert all(theme.contrast(colors.text, fill) >= 4.5 for fill in fills)
    assert theme.contrast(colors.muted, colors.background) >= 4.5
    assert "$" not in sheet
    assert not set(re.findall(r"(?:https?|url|@import)", sheet)), "no font from elsewhere"

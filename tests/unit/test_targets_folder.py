"""XTREME's nine tasks from a folder as its download script leaves it, and from a person's files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import xtreme_fixtures as fixtures

from xfer_core import catalog
from xfer_core.domain.errors import DataError
from xfer_core.domain.task import Reach, TaskKind

TRAIN, DEV, TEST = fixtures.TRAIN, fixtures.DEV, fixtures.TEST
SPOKEN = {
    "xnli": ("en", "de"),
    "pawsx": ("en", "de"),
    "udpos": ("en", "de", "th", "kk"),
    "panx": ("en", "de"),
    "xquad": ("en", "de"),
    "mlqa": ("en", "de"),
    "tydiqa": ("en", "fi", "sw"),
    "bucc2018": ("de", "fr"),
    "tatoeba": ("de", "sw"),
}
TESTED = [(name, code) for name, languages in SPOKEN.items() for code in languages]
LINES = max(fixtures.FOREIGN_LINES, fixtures.ENGLISH_LINES)

every_test_set = pytest.mark.parametrize(("name", "language"), TESTED)


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A site without network, with a folder of each kind."""
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for name in ("HF_DATASETS_CACHE", "XFER_DATA_DIR", "XFER_XTREME_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def downloaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder without test labels."""
    folder = tmp_path_factory.mktemp("downloaded")
    fixtures.write_folder(folder)
    return folder


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of somebody who kept the test labels."""
    folder = tmp_path_factory.mktemp("labelled")
    fixtures.write_folder(folder, labels=True)
    return folder


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch):
    return lambda folder: monkeypatch.setenv("XFER_XTREME_DIR", str(folder))


def rows(name: str, split: str, language: str) -> list[dict]:
    return catalog.task(name).source.rows(split, language)


def reach(name: str, split: str, language: str) -> Reach:
    return catalog.task(name).source.availability(split, language).reach


def column(found: list[dict], name: str) -> list:
    return [row[name] for row in found]


@pytest.mark.parametrize("name", [n for n in SPOKEN if catalog.task(n).trained])
def test_english_is_trained_on(name, downloaded, use):
    use(downloaded)
    found = rows(name, "train", "en")
    assert len(found) == TRAIN and len(set(column(found, "id"))) == TRAIN
    assert reach(name, "train", SPOKEN[name][1]) is Reach.MISSING


@every_test_set
def test_labels_that_the_script_hides_are_never_made_up(name, language, downloaded, use):
    use(downloaded)
    told = catalog.task(name).source.availability("test", language)
    assert told.reach is Reach.MISSING
    assert "Labels hidden" in told.why
    with pytest.raises(DataError, match="Labels hidden"):
        rows(name, "test", language)


@every_test_set
def test_labels_that_were_kept_are_read(name, language, labelled, use):
    use(labelled)
    task = catalog.task(name)
    told = task.source.availability("test", language)
    assert (told.reach, told.place) == (Reach.HERE, "XTREME folder")
    found = rows(name, "test", language)
    assert len(found) == (LINES if name == "bucc2018" else TEST)
    match task.kind:
        case TaskKind.CLASSIFICATION:
            assert set(column(found, "label")) == set(task.labels)
        case TaskKind.TAGGING:
            assert {tag for row in found for tag in row["tags"]} <= set(task.labels)
        case TaskKind.SPAN:
            for row in found:
                (text,), (start,) = row["answers"]["text"], row["answers"]["answer_start"]
                assert row["context"][start : start + len(text)] == text != ""


def test_dev_sets_are_where_the_data_has_them(downloaded, use):
    use(downloaded)
    for name in ("xnli", "pawsx", "panx", "mlqa"):
        assert [len(rows(name, "dev", code)) for code in SPOKEN[name]] == [DEV, DEV]
    assert len(rows("udpos", "dev", "de")) == DEV
    assert reach("udpos", "dev", "th") is reach("udpos", "dev", "kk") is Reach.MISSING
    assert reach("xquad", "dev", "de") is Reach.MISSING
    assert column(rows("xquad", "dev", "en"), "id") == column(fixtures.squad("validation"), "id")


def test_quotes_in_a_field_are_read_as_they_were_written(labelled, use):
    use(labelled)
    found = rows("xnli", "test", "de")
    raws = [fixtures.nli_pair(number, "de") for number in fixtures.numbers("test")]
    assert column(found, "premise") == column(raws, "premise")
    assert any('"' in premise for premise in column(found, "premise"))
    assert column(found, "label") == [fixtures.NLI[raw["label"]] for raw in raws]


def test_the_word_of_xnlis_training_file_is_understood(tmp_path, use):
    use(tmp_path)
    (tmp_path / "xnli").mkdir()
    (tmp_path / "xnli" / "train-en.tsv").write_text("One.\tTwo.\tcontradictory\n")
    assert column(rows("xnli", "train", "en"), "label") == ["contradiction"]


@pytest.mark.parametrize(
    ("line", "said"),
    [("One.\tTwo.\tmaybe\n", "row 1"), ("One.\tTwo.\tneutral\tmore\n", "got 4")],
)
def test_a_bad_line_is_named(line, said, tmp_path, use):
    use(tmp_path)
    (tmp_path / "xnli").mkdir()
    path = tmp_path / "xnli" / "dev-de.tsv"
    path.write_text(f"One.\tTwo.\tneutral\n{line}")
    with pytest.raises(DataError, match=said) as caught:
        rows("xnli", "dev", "de")
    assert str(path) in str(caught.value)


def test_the_language_before_a_token_is_cut_off_if_it_is_before_all(tmp_path, use):
    use(tmp_path)
    (tmp_path / "panx").mkdir()
    text = "de:Bonn\tB-LOC\nde:ruht\tO\n\nde:Bonn\tB-LOC\nruht\tO\n"
    (tmp_path / "panx" / "dev-de.tsv").write_text(text)
    found = column(rows("panx", "dev", "de"), "tokens")
    assert found == [["Bonn", "ruht"], ["de:Bonn", "ruht"]]


def test_a_word_without_a_tag_is_other(tmp_path, use):
    use(tmp_path)
    (tmp_path / "udpos").mkdir()
    (tmp_path / "udpos" / "dev-de.tsv").write_text("Bonn\tPROPN\nruht\t_\n")
    assert column(rows("udpos", "dev", "de"), "tags") == [["PROPN", "X"]]


def test_tydiqa_is_trained_on_its_english_questions(downloaded, use):
    use(downloaded)
    found = rows("tydiqa", "train", "en")
    assert {name.split("-")[0] for name in column(found, "id")} == {"english"}
    assert sum(fixtures.TYDI_TRAIN.values()) > len(found) == fixtures.TYDI_TRAIN["en"]


def test_tatoeba_needs_an_english_side_in_its_own_order(labelled, use):
    use(labelled)
    found = rows("tatoeba", "test", "de")
    pairs = list(zip(column(found, "source"), column(found, "target"), strict=True))
    assert pairs == [fixtures.tatoeba(number, "de") for number in range(TEST)]


def test_tatoeba_refuses_sides_of_different_length(tmp_path, use):
    use(tmp_path)
    folder = tmp_path / "tatoeba"
    folder.mkdir()
    (folder / "de-en.de").write_text("Zwei.\nEins.\n")
    (folder / "de-en.en").write_text("Two.\nOne.\nAnd more.\n")
    with pytest.raises(DataError, match="got 2 and 3"):
        rows("tatoeba", "test", "de")


def test_bucc_searches_whole_lists(downloaded, use):
    use(downloaded)
    found = rows("bucc2018", "dev", "fr")
    foreign, english, gold = fixtures.bucc_lists("fr", "dev")
    assert len(found) == LINES
    for side, text, lines in (("target_id", "target", foreign), ("source_id", "source", english)):
        told = {row[side]: row[text] for row in found if row[side]}
        assert told == dict(lines)
    pairs = {(r["target_id"], r["source_id"]) for r in found if r["parallel"]}
    assert pairs == {(foreign[i - 1][0], english[j - 1][0]) for i, j in gold}
    # The longer list's last lines have nothing beside them.
    assert sum(not row["source"] for row in found) == len(foreign) - len(english)
    assert not any(row["parallel"] for row in found if not row["source"])


def test_bucc_refuses_pairs_of_other_lists(tmp_path, use):
    fixtures.write_folder(tmp_path)
    use(tmp_path)
    gold = tmp_path / "bucc2018" / "de-en.dev.gold"
    gold.write_text(gold.read_text() + "de-999\ten-999\n")
    with pytest.raises(DataError, match="de-999") as caught:
        rows("bucc2018", "dev", "de")
    assert str(gold) in str(caught.value)


def test_a_line_in_two_pairs_counts_in_the_first(tmp_path, use):
    fixtures.write_folder(tmp_path)
    use(tmp_path)
    gold = tmp_path / "bucc2018" / "de-en.dev.gold"
    before = rows("bucc2018", "dev", "de")
    twice = before[0]["target_id"], before[1]["source_id"]
    gold.write_text(gold.read_text() + "\t".join(twice) + "\n")
    after = rows("bucc2018", "dev", "de")
    assert after == before


def test_a_change_of_a_file_changes_the_stamp_of_its_rows_alone(tmp_path, use):
    fixtures.write_folder(tmp_path)
    use(tmp_path)
    source = catalog.task("xnli").source
    dev, train = source.stamp_of("dev", "de"), source.stamp_of("train", "en")
    with (tmp_path / "xnli" / "dev-de.tsv").open("a") as opened:
        opened.write("One.\tTwo.\tneutral\n")
    assert source.stamp_of("dev", "de") != dev
    assert source.stamp_of("train", "en") == train


def test_labels_that_are_put_back_are_seen(tmp_path, use):
    fixtures.write_folder(tmp_path)
    use(tmp_path)
    assert reach("xnli", "test", "de") is reach("xquad", "test", "de") is Reach.MISSING
    fixtures.write_folder(tmp_path, labels=True)
    assert reach("xnli", "test", "de") is reach("xquad", "test", "de") is Reach.HERE


def own_rows() -> dict[str, list[dict]]:
    """One task of each kind, in the hub's columns; labels as numbers and as words."""
    english, foreign = fixtures.tatoeba(0, "de")
    told = {"source_sentence": foreign, "target_sentence": english, "source_lang": "deu"}
    return {
        "xnli": [{"premise": "A.", "hypothesis": "B.", "label": 2}],
        "pawsx": [{"id": 1, "sentence1": "A.", "sentence2": "B.", "label": "1"}],
        "udpos": [{"tokens": ["A", "."], "pos_tags": ["NOUN", "PUNCT"]}],
        "panx": [{"tokens": ["Bonn", "."], "ner_tags": [5, 0], "langs": ["de", "de"]}],
        "mlqa": [fixtures.question("mine", 3, "de")],
        "xquad": [fixtures.question("mine", 3, "de")],
        "tatoeba": [{**told, "target_lang": "eng"}],
        "bucc2018": [{"sentence1": ["A.", "B."], "sentence2": ["C."], "gold": [[2, 1]]}],
    }


@pytest.mark.parametrize("name", list(own_rows()))
def test_a_persons_own_files_stand_in_for_hidden_labels(
    name, tmp_path, downloaded, use, monkeypatch
):
    use(downloaded)
    monkeypatch.setenv("XFER_DATA_DIR", str(tmp_path))
    folder = tmp_path / name / "de"
    folder.mkdir(parents=True)
    text = "".join(json.dumps(row) + "\n" for row in own_rows()[name])
    (folder / "test.jsonl").write_text(text)
    told = catalog.task(name).source.availability("test", "de")
    assert (told.reach, told.place) == (Reach.HERE, "files")
    found = rows(name, "test", "de")
    expected = {
        "xnli": ("label", "contradiction"),
        "pawsx": ("label", "paraphrase"),
        "udpos": ("tags", ["NOUN", "PUNCT"]),
        "panx": ("tags", ["B-LOC", "O"]),
        "mlqa": ("id", "mine"),
        "xquad": ("id", "mine"),
        "tatoeba": ("source", fixtures.tatoeba(0, "de")[0]),
        "bucc2018": ("target", "B."),
    }
    key, value = expected[name]
    assert found[0][key] == value
    if name == "bucc2018":
        assert (found[0]["source"], found[0]["parallel"]) == ("C.", True)
        assert (found[1]["source"], found[1]["target"], found[1]["parallel"]) == ("", "A.", False)


def test_files_whose_labels_are_hidden_are_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("XFER_DATA_DIR", str(tmp_path))
    (tmp_path / "xnli" / "de").mkdir(parents=True)
    hidden = {"premise": "A.", "hypothesis": "B.", "label": -1}
    (tmp_path / "xnli" / "de" / "test.jsonl").write_text(json.dumps(hidden) + "\n")
    with pytest.raises(DataError, match="none of its 1 can be used"):
        rows("xnli", "test", "de")

"""Places of real data: folders, files, what was fetched from the hub, and their order."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xfer_core.domain.errors import DataError, UsageError
from xfer_core.domain.task import Reach, Row, Task, TaskKind
from xfer_core.rows import Fingerprints, Rows, stamp
from xfer_core.sources import receipts, xtreme_folder
from xfer_core.sources.chain import Chain
from xfer_core.sources.files import Files
from xfer_core.sources.hub import Hub, Split
from xfer_core.sources.xtreme_folder import XtremeFolder

LABELS = ("no", "yes")
COMMIT = "0123456789abcdef0123456789abcdef01234567"
HUB_SPLITS = {"train": "train", "dev": "validation", "test": "test"}


def row(raw: dict[str, Any], split: str, language: str) -> Row | None:
    if raw["label"] == -1:
        return None
    return {"sentence": raw["sentence"], "label": LABELS[raw["label"]]}


def splits(split: str, language: str) -> tuple[Split, ...]:
    if language not in ("en", "fr"):
        return ()
    return (Split("owner/SomeSet", language, HUB_SPLITS[split], COMMIT),)


def xtreme_files(folder: Path, split: str, language: str) -> tuple[Path, ...]:
    return (folder / "asked" / f"{split}-{language}.tsv",)


def read_xtreme(folder: Path, split: str, language: str) -> list[Row] | None:
    (file,) = xtreme_files(folder, split, language)
    lines = xtreme_folder.tsv(file)
    if any(len(line) == 1 for line in lines):
        return None
    return [{"sentence": text, "label": label} for text, label in lines]


CHAIN = Chain(
    "asked",
    (XtremeFolder("asked", read_xtreme, xtreme_files), Files("asked", row), Hub(splits, row)),
    ("en",),
)
ASKED = Task(
    name="asked",
    title="Asked",
    kind=TaskKind.CLASSIFICATION,
    catalog="paper",
    source=CHAIN,
    languages=("en", "fr"),
    metric="accuracy",
    columns=("sentence",),
    labels=LABELS,
)


@pytest.fixture(autouse=True)
def _places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    for name in ("XFER_XTREME_DIR", "XFER_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """XFER_DATA_DIR/asked/fr, empty."""
    monkeypatch.setenv("XFER_DATA_DIR", str(tmp_path / "data"))
    folder = tmp_path / "data" / "asked" / "fr"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def xtreme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XFER_XTREME_DIR", str(tmp_path / "xtreme"))
    folder = tmp_path / "xtreme" / "asked"
    folder.mkdir(parents=True)
    return folder


def fetched(language: str, rows: list[Row], split: str = "test", shards: int = 1) -> Path:
    """A configuration as the ``datasets`` library leaves it in its cache; returns its folder."""
    folder = receipts.cache() / "owner___some_set" / language / "0.0.0" / COMMIT
    folder.mkdir(parents=True, exist_ok=True)
    told = {"config_name": language, "splits": {split: {"num_examples": len(rows)}}}
    (folder / "dataset_info.json").write_text(json.dumps(told))
    size = -(-len(rows) // shards)
    for shard in range(shards):
        part = f"-{shard:05d}-of-{shards:05d}" if shards > 1 else ""
        table = pa.Table.from_pylist(rows[shard * size : (shard + 1) * size])
        path = str(folder / f"some_set-{split}{part}.arrow")
        with pa.OSFile(path, "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
            writer.write_table(table)
    return folder


def some(n: int, word: str = "hub") -> list[Row]:
    return [{"sentence": f"{word} {number}", "label": number % 2} for number in range(n)]


class TestChain:
    def test_the_folder_comes_before_files_before_the_hub(self, data: Path, xtreme: Path) -> None:
        fetched("fr", some(1, "hub"))
        assert CHAIN.availability("test", "fr").place == "hub"
        assert CHAIN.rows("test", "fr")[0]["sentence"] == "hub 0"
        (data / "test.csv").write_text("sentence,label\nfile 0,1\n")
        assert CHAIN.availability("test", "fr").place == "files"
        assert CHAIN.rows("test", "fr") == [{"id": 0, "sentence": "file 0", "label": "yes"}]
        (xtreme / "test-fr.tsv").write_text("folder 0\tno\n")
        assert CHAIN.availability("test", "fr").place == "XTREME folder"
        assert CHAIN.rows("test", "fr")[0] == {"id": 0, "sentence": "folder 0", "label": "no"}

    def test_hidden_labels_send_to_the_next_place(self, xtreme: Path) -> None:
        (xtreme / "test-fr.tsv").write_text("folder 0\nfolder 1\n")
        fetched("fr", some(2))
        assert [one["sentence"] for one in CHAIN.rows("test", "fr")] == ["hub 0", "hub 1"]

    def test_hidden_labels_make_no_page_open_a_connection(
        self, xtreme: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
        (xtreme / "test-fr.tsv").write_text("folder 0\n")
        before = set(sys.modules)
        with pytest.raises(DataError, match="Expected labels .* hides them"):
            Rows().of(ASKED, "test", "fr")
        assert "huggingface_hub.hf_api" not in set(sys.modules) - before

    def test_hidden_labels_and_no_other_place(
        self, xtreme: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        (xtreme / "test-fr.tsv").write_text("folder 0\n")
        with pytest.raises(DataError, match="Expected labels .* hides them. Use the hub"):
            CHAIN.rows("test", "fr")

    def test_what_can_be_fetched_says_how(self) -> None:
        found = CHAIN.availability("test", "fr")
        assert found.reach is Reach.FETCHABLE
        assert found.why.endswith("Run 'xfer prefetch asked' to bring it here.")

    def test_what_is_missing_says_why_in_every_place_that_was_set_up(self, data: Path) -> None:
        found = CHAIN.availability("test", "sw")
        assert found.reach is Reach.MISSING
        assert "XFER_DATA_DIR lacks asked/sw/test." in found.why
        assert "The hub has no test rows in 'sw'" in found.why
        assert "XFER_XTREME_DIR" not in found.why

    def test_a_task_with_files_alone_names_the_folder_to_set_up(self) -> None:
        alone = Chain("alone", (Files("alone", row),), ("en",))
        assert "XFER_DATA_DIR is not set (it may hold alone/en/train." in (
            alone.availability("train", "en").why
        )
        with pytest.raises(DataError, match="There are no train rows of alone in 'en' here"):
            alone.rows("train", "en")

    def test_offline_what_was_not_fetched_is_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        found = CHAIN.availability("test", "fr")
        assert found.reach is Reach.MISSING
        assert "owner/SomeSet (fr, test) has not been fetched and HF_HUB_OFFLINE" in found.why


class TestIdentity:
    def test_a_new_time_changes_the_stamp_alone_and_a_new_byte_both(self, data: Path) -> None:
        file = data / "test.csv"
        file.write_text("sentence,label\na,1\n")
        before = CHAIN.stamp_of("test", "fr"), CHAIN.fingerprint("test", "fr")
        os.utime(file, (1, 1))
        touched = CHAIN.stamp_of("test", "fr"), CHAIN.fingerprint("test", "fr")
        assert touched[0] != before[0] and touched[1] == before[1]
        file.write_text("sentence,label\nb,1\n")
        assert CHAIN.fingerprint("test", "fr") != before[1]

    def test_a_moved_folder_keeps_its_identity(
        self, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (data / "test.csv").write_text("sentence,label\na,1\n")
        before = CHAIN.fingerprint("test", "fr")
        (tmp_path / "data").rename(tmp_path / "elsewhere")
        monkeypatch.setenv("XFER_DATA_DIR", str(tmp_path / "elsewhere"))
        assert CHAIN.fingerprint("test", "fr") == before

    def test_a_pinned_commit_is_the_same_before_and_after_it_is_fetched(self) -> None:
        before = CHAIN.fingerprint("test", "fr"), CHAIN.stamp_of("test", "fr")
        fetched("fr", some(1))
        assert (CHAIN.fingerprint("test", "fr"), CHAIN.stamp_of("test", "fr")) == before

    def test_other_columns_out_of_the_same_function_are_other_rows(self, data: Path) -> None:
        def reading(column: str) -> Files:
            return Files("asked", lambda raw, split, language: {"sentence": raw[column]})

        (data / "test.csv").write_text("a,b\nx,y\n")
        assert reading("a").fingerprint("test", "fr") != reading("b").fingerprint("test", "fr")
        assert reading("a").fingerprint("test", "fr") == reading("a").fingerprint("test", "fr")

    def test_plans_fingerprint_without_reading_a_row(self, data: Path, tmp_path: Path) -> None:
        (data / "test.csv").write_text("this,is\nno,1,table\n")
        store = tmp_path / "store"
        store.mkdir()
        first = Fingerprints(store)
        told = first.rows(ASKED, "test", ("fr",)), first.rows(ASKED, "test", ("sw",))
        first.save()
        again = Fingerprints(store)
        assert told == (again.rows(ASKED, "test", ("fr",)), again.rows(ASKED, "test", ("sw",)))
        assert not (store / "rows").exists()
        assert stamp(ASKED, "test", "fr") == CHAIN.stamp_of("test", "fr")


class TestRows:
    def test_nothing_is_fetched_for_a_page(self) -> None:
        with pytest.raises(DataError, match="has not been fetched. Run 'xfer prefetch asked'"):
            Rows().of(ASKED, "test", "fr")

    def test_a_label_that_the_task_has_not(self, xtreme: Path) -> None:
        (xtreme / "test-fr.tsv").write_text("a\tyes\nb\tmaybe\n")
        with pytest.raises(
            DataError, match="Expected one of no, yes in column 'label' of asked.*row 1; .*'maybe'"
        ):
            Rows().of(ASKED, "test", "fr")

    @pytest.mark.slow
    def test_400_000_rows_within_seconds(self, tmp_path: Path) -> None:
        fetched("en", some(400_000), "train", shards=3)
        before = time.perf_counter()
        found = Rows(tmp_path / "rows").of(ASKED, "train", "en")
        seconds = time.perf_counter() - before
        assert len(found) == 400_000 and found[-1]["sentence"] == "hub 399999"
        assert seconds < 12
        assert not (tmp_path / "rows").exists()
        before = time.perf_counter()
        Fingerprints(tmp_path).rows(ASKED, "train", ("en",))
        assert time.perf_counter() - before < 0.5


class TestHub:
    def test_several_shards_in_order_and_dropped_rows_are_counted(self) -> None:
        rows = [*some(5), {"sentence": "hidden", "label": -1}, *some(1)]
        fetched("fr", rows, shards=3)
        found = CHAIN.rows("test", "fr")
        assert [one["id"] for one in found] == [0, 1, 2, 3, 4, 6]

    def test_a_file_copied_in_part_is_not_here(self) -> None:
        folder = fetched("fr", some(1000))
        split = splits("test", "fr")[0]
        receipts.keep(split, COMMIT, folder)
        assert CHAIN.availability("test", "fr").reach is Reach.HERE
        file = folder / "some_set-test.arrow"
        size = file.stat().st_size
        os.truncate(file, size // 2)
        found = CHAIN.availability("test", "fr")
        assert found.reach is Reach.FETCHABLE
        assert f"is not whole: {file} has {size // 2} of {size} bytes" in found.why
        file.unlink()
        assert "is gone" in CHAIN.availability("test", "fr").why

    def test_a_damaged_receipt_is_as_none(self) -> None:
        split = Split("owner/SomeSet", "fr", "test", "main")
        folder = fetched("fr", some(2))
        receipts.keep(split, COMMIT, folder)
        (kept,) = (receipts.cache() / "xfer").rglob("*.json")
        kept.write_text(kept.read_text()[:20])
        assert receipts.found(split) is None

    def test_a_cache_that_is_moved_keeps_what_it_has(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        split = Split("owner/SomeSet", "fr", "test", "main")
        receipts.keep(split, COMMIT, fetched("fr", some(2)))
        (tmp_path / "cache").rename(tmp_path / "offline site")
        assert receipts.found(split) is None
        monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "offline site"))
        found = receipts.found(split)
        assert found is not None and found.commit == COMMIT and not found.damage

    def test_another_revision_in_the_cache_does_not_count(self) -> None:
        fetched("fr", some(2))
        assert receipts.found(Split("owner/SomeSet", "fr", "test", "f" * 40)) is None
        assert receipts.found(Split("owner/SomeSet", "fr", "test", "main")) is None

    def test_a_missing_column_is_named(self) -> None:
        fetched("fr", [{"text": "a", "label": 0}])
        with pytest.raises(
            DataError,
            match=r"Expected a column 'sentence' in owner/SomeSet \(fr, test\), row 0; it",
        ):
            CHAIN.rows("test", "fr")

    def test_a_wrong_label_is_named_with_its_row(self) -> None:
        fetched("fr", [*some(3), {"sentence": "x", "label": 7}])
        with pytest.raises(DataError, match=r"owner/SomeSet \(fr, test\), row 3 .*'label': 7"):
            CHAIN.rows("test", "fr")

    @pytest.mark.parametrize(
        "named",
        [("../x", "fr", "test"), ("a/b", "..", "test"), ("a/b", "x/y", "test"), ("", "x", "y")],
    )
    def test_names_that_are_paths(self, named: tuple[str, str, str]) -> None:
        with pytest.raises(UsageError, match="Expected owner/name as a repository"):
            Split(*named, COMMIT)

    def test_nothing_left_after_hidden_labels(self) -> None:
        fetched("fr", [{"sentence": "x", "label": -1}] * 4)
        with pytest.raises(DataError, match="none of its 4 can be used"):
            CHAIN.rows("test", "fr")

    def test_the_cache_of_the_library_is_found_by_its_variables(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("HF_DATASETS_CACHE")
        monkeypatch.setenv("HF_HOME", "/big/hf")
        assert receipts.cache() == Path("/big/hf/datasets")
        monkeypatch.delenv("HF_HOME")
        monkeypatch.setenv("XDG_CACHE_HOME", "/big")
        assert receipts.cache() == Path("/big/huggingface/datasets")


class TestFiles:
    ROWS = ({"sentence": 'a "b", c', "label": 1}, {"sentence": "d\u2028e", "label": 0})

    def test_every_format_gives_the_same_rows(self, data: Path) -> None:
        (data / "test.csv").write_text('sentence,label\n"a ""b"", c",1\nd\u2028e,0\n')
        found = {"csv": CHAIN.rows("test", "fr")}
        lines = "\n".join(json.dumps(one, ensure_ascii=False) for one in self.ROWS)
        (data / "test.jsonl").write_text(lines)
        found["jsonl"] = CHAIN.rows("test", "fr")
        pq.write_table(pa.Table.from_pylist(list(self.ROWS)), data / "test.parquet")
        (data / "test.csv").unlink()
        (data / "test.jsonl").unlink()
        found["parquet"] = CHAIN.rows("test", "fr")
        assert found["csv"] == found["jsonl"] == found["parquet"]
        assert [one["sentence"] for one in found["csv"]] == ['a "b", c', "d\u2028e"]

    def test_csv_columns_of_numbers_and_of_lists(self, data: Path) -> None:
        (data / "test.csv").write_text('n,tokens,mixed,zero\n-3,"[""a"", ""b""]",4,01\n5,[],x,02\n')
        seen: list[Row] = []
        Files("asked", lambda raw, *_: seen.append(raw) or {}).rows("test", "fr")
        assert seen[0] == {"n": -3, "tokens": ["a", "b"], "mixed": "4", "zero": "01"}

    @pytest.mark.parametrize(
        ("name", "text", "told"),
        [
            ("test.jsonl", '{"sentence": "a", "label": 1}\n{"sent', "test.jsonl, line 2"),
            ("test.jsonl", "[1]\n", "one JSON object .*line 1"),
            ("test.csv", "sentence,label\na,1\nb,c,1\n", "2 fields in .*line 3; got 3 fields"),
            ("test.csv", 'sentence,label\n"a,1\n', "Expected CSV in"),
            ("test.csv", "sentence,label\n", "it is empty"),
            ("test.csv", "", "it is empty"),
            ("test.parquet", "PAR1 half of it", "is damaged or was copied in part"),
        ],
    )
    def test_what_is_damaged(self, data: Path, name: str, text: str, told: str) -> None:
        (data / name).write_text(text)
        with pytest.raises(DataError, match=told) as caught:
            CHAIN.rows("test", "fr")
        assert str(data / name) in str(caught.value)

    def test_text_that_is_not_utf_8(self, data: Path) -> None:
        (data / "test.csv").write_bytes(b"sentence,label\ncaf\xe9,1\n")
        with pytest.raises(DataError, match="Expected UTF-8 text in .*byte 18"):
            CHAIN.rows("test", "fr")

    def test_a_byte_order_mark_is_no_part_of_a_column(self, data: Path) -> None:
        (data / "test.csv").write_bytes("\ufeffsentence,label\r\na,1\r\n".encode())
        assert CHAIN.rows("test", "fr") == [{"id": 0, "sentence": "a", "label": "yes"}]

    @pytest.mark.parametrize("task", ["../asked", "..", ".hidden", "a/b", "a\\b", "", "a\0b"])
    def test_a_task_whose_name_is_a_path(self, data: Path, task: str) -> None:
        with pytest.raises(DataError, match="Expected the plain name of a file or folder"):
            Files(task, row).availability("test", "fr")


class TestXtremeFolder:
    def test_a_folder_without_the_file(self, xtreme: Path, data: Path) -> None:
        assert "XFER_XTREME_DIR lacks asked/test-fr.tsv." in (
            XtremeFolder("asked", read_xtreme, xtreme_files).availability("test", "fr").why
        )

    def test_a_variable_that_names_no_folder(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("XFER_XTREME_DIR", str(tmp_path / "nowhere"))
        found = XtremeFolder("asked", read_xtreme, xtreme_files).availability("test", "fr")
        assert found.reach is Reach.MISSING and "which is no folder" in found.why

    def test_a_line_of_too_many_fields(self, xtreme: Path) -> None:
        (xtreme / "test-fr.tsv").write_text("a\tyes\nb\tno\tmore\n")
        with pytest.raises(DataError, match="Expected XTREME's layout in the test files of asked"):
            CHAIN.rows("test", "fr")

    def test_tsv_with_and_without_quoting(self, tmp_path: Path) -> None:
        file = tmp_path / "x.tsv"
        file.write_text('"He said ""no""."\tyes\n"No," he said.\tno\n"Quote"\t""\n\nd\u2028e\tf\n')
        assert xtreme_folder.tsv(file) == [
            ['He said "no".', "yes"],
            ['"No," he said.', "no"],
            ['"Quote"', '""'],
            ["d\u2028e", "f"],
        ]

    def test_tagged_with_tags_and_without(self, tmp_path: Path) -> None:
        file = tmp_path / "x.tsv"
        file.write_text("a\tB-PER\nb\tO\n\n\nc\tO\n\u3000\tO")
        assert xtreme_folder.tagged(file) == [
            (["a", "b"], ["B-PER", "O"]),
            (["c", "\u3000"], ["O", "O"]),
        ]
        file.write_text("a\nb\n\nc\n")
        assert xtreme_folder.tagged(file) == [(["a", "b"], []), (["c"], [])]

    def test_tags_on_some_tokens(self, tmp_path: Path) -> None:
        file = tmp_path / "x.tsv"
        file.write_text("a\tO\nb\n\n")
        with pytest.raises(DataError, match="x.tsv, line 3; got 1 tags on 2 tokens"):
            xtreme_folder.tagged(file)
        file.write_text("a\tO\tmore\n")
        with pytest.raises(DataError, match="line 1; got 3 fields"):
            xtreme_folder.tagged(file)

    def test_squad_json(self, tmp_path: Path) -> None:
        file = tmp_path / "x.json"
        asked = {"id": 1, "question": "q", "answers": [{"text": "a", "answer_start": 3}]}
        none = {"id": "b", "question": "r", "answers": [], "is_impossible": True}
        paragraph = {"context": "c", "qas": [asked, none]}
        file.write_text(json.dumps({"data": [{"title": "t", "paragraphs": [paragraph]}]}))
        found = xtreme_folder.squad_json(file)
        assert found[0] == {
            "id": "1",
            "title": "t",
            "context": "c",
            "question": "q",
            "answers": {"text": ["a"], "answer_start": [3]},
        }
        assert found[1]["answers"] == {"text": [], "answer_start": []}
        file.write_text(json.dumps({"data": [{"title": "t"}]}))
        with pytest.raises(DataError, match="Expected SQuAD JSON .* in .*x.json"):
            xtreme_folder.squad_json(file)

    def test_lines_and_lines_with_ids(self, tmp_path: Path) -> None:
        file = tmp_path / "x.txt"
        file.write_bytes("a\u2028b\r\n\nc".encode())
        assert xtreme_folder.lines(file) == ["a\u2028b", "", "c"]
        file.write_text("de-1\tEin\tSatz\n")
        assert xtreme_folder.id_lines(file) == [("de-1", "Ein\tSatz")]
        file.write_text("no tab\n")
        with pytest.raises(DataError, match="an id, a tab and a sentence .*line 1"):
            xtreme_folder.id_lines(file)

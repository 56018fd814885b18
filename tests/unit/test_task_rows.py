"""What xfer tasks says of where rows are, and what xfer prefetch refuses; no connection is made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import xtreme_fixtures

from xfer_core import catalog
from xfer_core.cli.app import main
from xfer_core.cli.task_rows import in_short, task_row


@pytest.fixture(autouse=True)
def _site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A site with an empty cache and a hub that nobody answers for."""
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("XFER_HOME", str(tmp_path / "store"))
    for name in ("XFER_XTREME_DIR", "XFER_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)


def told(name: str) -> dict[str, Any]:
    return task_row(catalog.task(name), None)


def test_what_can_be_fetched() -> None:
    panx = told("panx")
    assert panx["reach"]["sw"] == {"dev": "fetchable", "test": "fetchable"}
    assert panx["reach"]["en"] == {"train": "fetchable", "dev": "fetchable", "test": "fetchable"}
    assert not panx["available"] and panx["languages_here"] == []
    assert panx["missing"] == (
        "Train rows in en and test rows in en, af, ar, bg, bn, de and 34 more can be fetched: run "
        "'xfer prefetch panx'."
    )
    assert panx["source"] == "hub" and panx["fingerprint"] is None
    assert in_short(panx) == "fetchable"


def test_what_nobody_has() -> None:
    ccg = told("ccg")
    assert "cannot be had: CCG needs your own files derived from CCGbank" in ccg["missing"]
    assert in_short(ccg) == "missing"


def test_what_is_generated() -> None:
    mini = told("mini-xnli")
    assert mini["available"] and mini["missing"] is None and mini["source"] == "generated"
    assert mini["languages_here"] == list(catalog.task("mini-xnli").languages)
    assert in_short(mini) == "here"


def test_a_folder_of_xtreme_serves_what_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    xtreme_fixtures.write_folder(tmp_path / "xtreme", labels=True)
    monkeypatch.setenv("XFER_XTREME_DIR", str(tmp_path / "xtreme"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    xnli = told("xnli")
    assert xnli["languages_here"] == ["en", "de"]
    assert xnli["source"] == "XTREME folder"
    assert xnli["places"] == ["XTREME folder", "files", "hub"]
    assert xnli["reach"]["en"]["train"] == "here"
    assert in_short(xnli) == "tests of 2/15 languages here; missing"
    assert "XFER_XTREME_DIR lacks xnli/test-fr.tsv" in xnli["why"]["fr"]


def test_the_table_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tasks"]) == 0
    shown = capsys.readouterr().out
    assert "fetchable" in shown and "'xfer prefetch TASK' brings what is fetchable" in shown


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ((), 2, "Expected names of tasks, --catalog or --encoder; got none of these."),
        (("xnly",), 2, "Unknown task 'xnly'; did you mean"),
        (("--catalog", "papers"), 2, "Unknown catalogue 'papers'"),
        (("xnli", "--languages", "xx"), 2, "Unknown language 'xx'"),
        (("bucc2018", "--languages", "sw"), 2, "none of them has sw"),
        (("ccg",), 1, "There is nothing to fetch: CCG needs your own files"),
    ],
)
def test_what_prefetch_refuses(
    words: tuple[str, ...], code: int, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prefetch", *words]) == code
    assert sentence in " ".join(capsys.readouterr().err.split())


def test_what_needs_no_fetching(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prefetch", "mini-xnli", "--languages", "fr", "--json"]) == 0
    found = {(one["split"], one["language"]): one["state"] for one in json.loads(_out(capsys))}
    assert found == {("train", "en"): "here", ("train", "fr"): "here"} | {
        (split, "fr"): "here" for split in ("dev", "test")
    }


def _out(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out

"""Fetching from a hub on loopback, in processes whose environment was set before any import."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fake_hub import FakeHub

pytestmark = [pytest.mark.slow, pytest.mark.heavy]
ROOT = Path(__file__).resolve().parents[2]
COMMIT = "0123456789abcdef0123456789abcdef01234567"
LANGUAGES = ("fr", "sw")
HUB_SPLITS = ("train", "validation", "test")
DRIVER = """
import json, sys
from xfer_core.domain.errors import DataError
from xfer_core.sources.chain import Chain
from xfer_core.sources.hub import Hub, Split

def row(raw, split, language):
    return {"premise": raw["premise"], "label": ("entailment", "neutral")[raw["label"]]}

told = []
for action, repo, config, split, revision in json.loads(sys.argv[1]):
    part = Split(repo, config, split, revision)
    chain = Chain("some", (Hub(lambda split, language: (part,), row),), ("en",))
    try:
        done = getattr(chain, action)("test", "fr")
        told.append(done if action in ("rows", "stamp_of") else str(getattr(done, "reach", "")))
    except DataError as error:
        told.append(f"{type(error).__name__}: {error}")
unwanted = [name for name in ("datasets", "pyarrow", "huggingface_hub") if name in sys.modules]
print(json.dumps([told, unwanted]))
"""


@pytest.fixture
def repositories(tmp_path: Path) -> Path:
    """owner/some with a card, owner/copy@refs/convert/parquet without one."""
    folder = tmp_path / "repositories"
    card = ["---", "configs:"]
    for language in LANGUAGES:
        card += [f"- config_name: {language}", "  data_files:"]
        for split in HUB_SPLITS:
            write(folder / "owner" / "some" / language / f"{split}-00000.parquet", language, split)
            card += [f"  - split: {split}", f"    path: {language}/{split}-*.parquet"]
            copy = folder / "owner" / "copy@refs%2Fconvert%2Fparquet"
            write(copy / language / f"{split}_r1" / "0000.parquet", language, split)
    (folder / "owner" / "copy").mkdir()
    (folder / "owner" / "copy" / "copy.py").write_text("# a loading script")
    (folder / "owner" / "some" / "README.md").write_text("\n".join([*card, "---", "# Some"]))
    return folder


def write(file: Path, language: str, split: str, n: int = 40) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = [{"premise": f"{language} {split} {i}", "label": i % 2} for i in range(n)]
    pq.write_table(pa.Table.from_pylist(rows), file)


def drive(environment: dict[str, str], *asked: tuple[str, ...]) -> tuple[list[Any], list[str]]:
    """What each of the actions returned or raised, and which slow libraries were imported."""
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, json.dumps(asked)],
        env=os.environ | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    told, imported = json.loads(done.stdout.splitlines()[-1])
    return told, imported


def test_what_was_fetched_works_offline(repositories: Path, tmp_path: Path) -> None:
    main = ("owner/some", "fr", "test", "main")
    pinned = ("owner/some", "sw", "validation", COMMIT)
    copied = ("owner/copy", "fr", "test_r1", "refs/convert/parquet")
    every = (main, pinned, copied)
    with FakeHub(repositories) as hub:
        online = hub.environment(tmp_path / "cache")
        told, imported = drive(online, *(("availability", *one) for one in every))
        assert told == ["fetchable"] * 3
        assert not imported and not hub.requests
        told, _ = drive(online, *(("rows", *one) for one in every), ("stamp_of", *main))
        assert [rows[1]["premise"] for rows in told[:3]] == [
            "fr test 1",
            "sw validation 1",
            "fr test 1",
        ]
        before, stamp = told[:3], told[3]
        del hub.requests[:]
        offline = online | {"HF_HUB_OFFLINE": "1"}
        sibling = ("owner/some", "sw", "train", COMMIT)
        other = ("owner/some", "de", "test", COMMIT)
        told, imported = drive(
            offline,
            *(("rows", *one) for one in every),
            ("stamp_of", *main),
            *(("availability", *one) for one in (sibling, other)),
            ("rows", *other),
        )
    assert told[:3] == before and told[3] == stamp
    assert told[4:6] == ["here", "missing"]
    assert "HF_HUB_OFFLINE forbids to fetch it" in told[6]
    assert not hub.requests
    assert imported == ["pyarrow"]


def test_every_failure_is_a_sentence(repositories: Path, tmp_path: Path) -> None:
    wrong = repositories / "owner" / "wrong"
    write(wrong / "train.parquet", "fr", "train")
    (wrong / "README.md").write_text(
        "---\nconfigs:\n- config_name: fr\n  data_files: train.parquet\n---\n"
    )
    with FakeHub(repositories) as hub:
        hub.fail("owner/gated", 403, "GatedRepo")
        told, _ = drive(
            hub.environment(tmp_path / "cache"),
            ("rows", "owner/nothing", "fr", "test", "main"),
            ("rows", "owner/some", "fr", "test", "branch"),
            ("rows", "owner/some", "de", "test", COMMIT),
            ("rows", "owner/some", "fr", "dev", COMMIT),
            ("rows", "owner/gated", "fr", "test", "main"),
            ("rows", "owner/wrong", "fr", "test", "main"),
            ("rows", "owner/copy", "fr", "test", "main"),
        )
        url = hub.url
    expected = [
        "there is no such repository, or it is private. Check the name",
        "it has no such revision. Name another one.",
        "BuilderConfig 'de' not found. Available: ['fr', 'sw']",
        "Expected a split 'dev' in owner/some (fr); it has train, validation, test.",
        "its owner asks for an agreement first. Accept it on the hub's page",
        "Expected a split 'test' in owner/wrong (fr); it has train.",
        "Dataset scripts are no longer supported",
    ]
    for sentence, part in zip(told, expected, strict=True):
        assert part in sentence
        assert sentence.startswith("DataError: Expected ")
    assert all(url in told[number] for number in (0, 1, 2, 4))


def test_a_hub_that_cannot_be_reached_never_gives_another_revision(
    repositories: Path, tmp_path: Path
) -> None:
    with FakeHub(repositories) as hub:
        environment = hub.environment(tmp_path / "cache")
        told, _ = drive(environment, ("rows", "owner/some", "fr", "test", COMMIT))
        assert len(told[0]) == 40
    told, _ = drive(
        environment,
        ("rows", "owner/some", "fr", "test", "f" * 40),
        ("rows", "owner/some", "fr", "test", COMMIT),
    )
    assert told[0].startswith("HubUnreachable: Expected to fetch owner/some (fr, test) at revision")
    assert "cannot be reached. Check the network or HF_ENDPOINT" in told[0]
    assert len(told[1]) == 40


def test_a_download_that_breaks_off_is_finished_later(repositories: Path, tmp_path: Path) -> None:
    write(repositories / "owner" / "some" / "fr" / "test-00000.parquet", "fr", "test", 5000)
    asked = ("owner/some", "fr", "test", COMMIT)
    with FakeHub(repositories) as hub:
        environment = hub.environment(tmp_path / "cache")
        hub.cut("test-00000.parquet", 1000)
        told, _ = drive(environment, ("rows", *asked), ("availability", *asked))
        assert "DataError: Expected to fetch owner/some (fr, test)" in told[0]
        assert told[1] == "fetchable"
        hub.heal()
        told, _ = drive(environment, ("rows", *asked), ("availability", *asked))
        assert len(told[0]) == 5000 and told[1] == "here"


def test_files_that_were_damaged_are_fetched_again(repositories: Path, tmp_path: Path) -> None:
    asked = ("owner/some", "fr", "test", COMMIT)
    with FakeHub(repositories) as hub:
        environment = hub.environment(tmp_path / "cache")
        before, _ = drive(environment, ("rows", *asked))
        (file,) = (tmp_path / "cache").rglob("some-test.arrow")
        os.truncate(file, 100)
        told, _ = drive(
            environment | {"HF_HUB_OFFLINE": "1"}, ("availability", *asked), ("rows", *asked)
        )
        assert told[0] == "missing" and "is not whole" in told[1]
        told, _ = drive(environment, ("rows", *asked))
        assert told == before

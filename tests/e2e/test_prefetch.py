"""xfer prefetch and xfer tasks, as a person types them, over a hub on loopback and then offline."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import intermediate_fixtures
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xtreme_fixtures
from fake_hub import FakeHub

pytestmark = [pytest.mark.slow, pytest.mark.heavy]
ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Done:
    code: int
    out: str
    error: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Xfer = Callable[..., Done]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FakeHub, Xfer]]:
    """A hub, and the command line of a site with an empty cache; ``offline=True`` cuts it off."""
    folder = tmp_path_factory.mktemp("site")
    xtreme_fixtures.write_hub(folder / "hub")
    intermediate_fixtures.write_hub(folder / "hub")
    with FakeHub(folder / "hub") as hub:

        def xfer(*words: str, offline: bool = False, **more: str) -> Done:
            environment = os.environ | hub.environment(folder / "cache") | more
            environment["HF_HUB_OFFLINE"] = "1" if offline else "0"
            environment["XFER_HOME"] = str(folder / "store")
            for name in ("XFER_XTREME_DIR", "XFER_DATA_DIR"):
                if name not in more:
                    environment.pop(name, None)
            done = subprocess.run(
                [sys.executable, "-m", "xfer_core", *words],
                env=environment,
                cwd=ROOT,
                capture_output=True,
                text=True,
                timeout=200,
            )
            assert "Traceback" not in done.stderr
            return Done(done.returncode, done.stdout, done.stderr)

        yield hub, xfer


def test_a_site_prefetches_and_then_works_offline(site: tuple[FakeHub, Xfer]) -> None:
    hub, xfer = site
    done = xfer("prefetch", "xnli", "qqp", "--languages", "en,de", "--json")
    assert done.code == 0, done.error
    states = {(one["task"], one["split"], one["language"]): one for one in done.json}
    assert {"xnli", "qqp"} == {one["task"] for one in done.json}
    assert states["xnli", "test", "de"]["state"] == "fetched"
    assert states["xnli", "test", "de"]["n_rows"] == xtreme_fixtures.TEST
    assert states["xnli", "train", "en"]["n_rows"] == xtreme_fixtures.TRAIN
    assert all(one["state"] == "fetched" and not one["why"] for one in done.json)
    del hub.requests[:]

    tasks = {one["name"]: one for one in xfer("tasks", "--json", offline=True).json}
    xnli = tasks["xnli"]
    assert xnli["languages_here"] == ["en", "de"] and not xnli["available"]
    assert xnli["reach"]["de"]["test"] == "here" and xnli["reach"]["fr"]["test"] == "missing"
    assert xnli["reach"]["en"] == {"train": "here", "dev": "here", "test": "here"}
    assert "HF_HUB_OFFLINE forbids to fetch it" in xnli["why"]["fr"]
    assert xnli["missing"].startswith("Test rows in ")
    assert xnli["fingerprint"] and xnli["source"] == "hub"
    assert tasks["qqp"]["available"] and tasks["qqp"]["missing"] is None
    assert tasks["panx"]["fingerprint"] is None
    assert tasks["mini-xnli"]["available"] and tasks["mini-xnli"]["source"] == "generated"

    again = xfer("prefetch", "xnli", "--languages", "de", "--json", offline=True)
    assert again.code == 0 and {one["state"] for one in again.json} == {"here"}
    assert not hub.requests


def test_what_fails_is_told_and_the_rest_is_fetched(site: tuple[FakeHub, Xfer]) -> None:
    hub, xfer = site
    root = hub.folder / "google-research-datasets" / "paws-x"
    card = root / "README.md"
    card.write_text(card.read_text().split("dataset_info")[0] + "---\n")
    rows = [{"id": 1, "sentence1": "a", "second": "b", "label": 1}]
    for file in (root / "de").iterdir():
        pq.write_table(pa.Table.from_pylist(rows), file)
    done = xfer("prefetch", "pawsx", "--languages", "en,de", "--json")
    assert done.code == 1
    states = {(one["split"], one["language"]): one for one in done.json}
    assert states["test", "en"]["state"] == "fetched"
    assert states["test", "de"]["state"] == "failed"
    assert (
        "Expected a column 'sentence2' in google-research-datasets/paws-x (de, test), row 0"
        in (states["test", "de"]["why"])
    )
    assert "2 of 5 sets failed" in done.error


def test_a_hub_that_cannot_be_reached_ends_it_at_once(site: tuple[FakeHub, Xfer]) -> None:
    _, xfer = site
    done = xfer("prefetch", "tatoeba", HF_ENDPOINT="http://127.0.0.1:9")
    assert done.code == 1
    assert "cannot be reached. Check the network or HF_ENDPOINT" in done.error
    assert "more were not tried" in done.error

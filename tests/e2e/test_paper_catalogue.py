"""Every task of the paper's catalogue, from the hub's schema to a score, on a tiny random XLM-R.

A hub on loopback serves a few rows of each set in its real schema; everything else is the real
code: prefetch, plan, training, evaluation, the export of predictions in XTREME's layout.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import intermediate_fixtures
import pytest
import tiny_models
import xtreme_fixtures
from fake_hub import FakeHub

from xfer_core import catalog
from xfer_core.domain.task import Task

pytestmark = [pytest.mark.slow, pytest.mark.heavy]
ROOT = Path(__file__).resolve().parents[2]
INTERMEDIATES = "anli+,mnli,qqp,squad1,squad2,hellaswag,ccg,cosmosqa,csqa,sst2".split(",")
XTREME = "xnli,pawsx,udpos,panx,xquad,mlqa,tydiqa,bucc2018,tatoeba".split(",")
MMLU = "mmlu,mmmlu,global-mmlu,m-mmlu".split(",")
QUICK = (
    *("intermediate.steps=2", "intermediate.batch_tokens=64", "intermediate.train_examples=12"),
    *("target.steps=2", "target.batch_tokens=64", "target.train_examples=12"),
    *("intermediate.max_length=64", "target.max_length=64", "evaluation.max_length=64"),
    "latency.measure=false",
)
Xfer = Callable[..., str]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Xfer]]:
    """Its folder, and the command line of a site that fetched everything and is cut off since."""
    folder = tmp_path_factory.mktemp("paper")
    xtreme_fixtures.write_hub(folder / "hub")
    intermediate_fixtures.write_hub(folder / "hub")
    intermediate_fixtures.write_ccg(folder / "data")
    tiny_models.xlm_roberta(folder / "tiny-xlmr")
    with FakeHub(folder / "hub") as hub:

        def xfer(*words: str, offline: bool = True) -> str:
            environment = os.environ | hub.environment(folder / "cache")
            environment |= {
                "HF_HUB_OFFLINE": "1" if offline else "0",
                "XFER_HOME": str(folder / "store"),
                "XFER_DATA_DIR": str(folder / "data"),
                "XFER_SLOT_FOLDER": str(folder / "slots"),
            }
            environment.pop("XFER_XTREME_DIR", None)
            done = subprocess.run(
                [sys.executable, "-m", "xfer_core", *words],
                env=environment,
                cwd=ROOT,
                capture_output=True,
                text=True,
                timeout=280,
            )
            assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-1000:]
            return done.stdout

        yield folder, xfer


@pytest.fixture(scope="module")
def here(site: tuple[Path, Xfer]) -> tuple[Path, Xfer]:
    """The same once the data are here, as far as the hub has their languages."""
    _, xfer = site
    xfer("prefetch", *INTERMEDIATES, *XTREME, *MMLU, "--languages", "en,de", offline=False)
    return site


def run(xfer: Xfer, folder: Path, intermediates: list[str], targets: list[str]) -> list[Any]:
    """The gains of a quick run of all intermediates x targets."""
    settings = [part for one in QUICK for part in ("--set", one)]
    words = ["--encoder", str(folder / "tiny-xlmr"), "--languages", "en,de", *settings]
    chosen = ["--intermediate", ",".join(intermediates), "--target", ",".join(targets)]
    xfer("run", "--catalog", "paper", *chosen, *words)
    return json.loads(xfer("gains", "--json", "--by", "intermediate,target,language"))


def scored(gains: list[Any], **wanted: str) -> list[Any]:
    return [one for one in gains if all(one[name] == value for name, value in wanted.items())]


@pytest.mark.timeout(600)
def test_every_target_is_trained_and_scored_after_an_intermediate(here: tuple[Path, Xfer]) -> None:
    folder, xfer = here
    gains = run(xfer, folder, ["mnli"], [*XTREME, *MMLU])
    others = {name for target in XTREME for name in catalog.task(target).more_metrics}
    for name in sorted(others):
        by = ("--by", "intermediate,target,language")
        gains += json.loads(xfer("gains", "--json", "--metric", name, *by))
    for target in (*XTREME, *MMLU):
        task: Task = catalog.task(target)
        languages = {"en", "de"} & set(task.languages)
        for metric in (task.metric, *task.more_metrics):
            for name in ("none", "mnli"):
                found = scored(gains, target=target, metric=metric, intermediate=name)
                measured = {one["language"] for one in found} - {"all", "zero-shot"}
                assert measured and measured <= languages, (target, metric, measured)
                assert all(0 <= one["score"] <= 1 for one in found), (target, metric)


@pytest.mark.timeout(600)
def test_every_intermediate_is_trained_before_a_target(here: tuple[Path, Xfer]) -> None:
    folder, xfer = here
    gains = run(xfer, folder, INTERMEDIATES, ["xnli"])
    for name in INTERMEDIATES:
        assert scored(gains, intermediate=name, target="xnli", language="de"), name

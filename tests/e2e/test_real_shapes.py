"""XLM-R base and large in their real sizes: one training step and one evaluation batch per kind.

The weights are random and the vocabulary's pieces are few, but every array has its real size, and
each kind goes through the real stages in a process of its own, whose peak memory is measured.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import tiny_models

pytestmark = pytest.mark.long

MOST_GIB = 12.0
SIZES = {
    "base": {
        "hidden_size": 768,
        "num_hidden_layers": 12,
        "num_attention_heads": 12,
        "intermediate_size": 3072,
    },
    "large": {
        "hidden_size": 1024,
        "num_hidden_layers": 24,
        "num_attention_heads": 16,
        "intermediate_size": 4096,
    },
}
KINDS = {
    "classification": "mini-xnli",
    "tagging": "mini-pos",
    "multiple choice": "mini-mmlu",
    "span": "mini-xquad",
    "retrieval": "mini-tatoeba",
    "mining": "mini-bucc",
}
SETTINGS = {
    "base": {"batch_tokens": 512},
    "large": {"batch_tokens": 512, "gradient_checkpointing": True},
}
"""What the program offers to save memory; accumulate makes up for the small batches."""
MAKE = """
import json, sys, torch
from transformers import XLMRobertaConfig, XLMRobertaModel
torch.manual_seed(1)
config = XLMRobertaConfig(
    vocab_size=250002, max_position_embeddings=514, type_vocab_size=1, **json.loads(sys.argv[2])
)
XLMRobertaModel(config, add_pooling_layer=False).save_pretrained(sys.argv[1])
"""
RUN = """
import json, resource, sys
from pathlib import Path
from xfer_core.home import Home
from xfer_core import spool
from xfer_core.runner import plan_run
from xfer_core.specification import Spec
from xfer_core.stages.worker import run_stage

home, request = Home(Path(sys.argv[1])).create(), json.loads(sys.argv[2])
done = []
for stage in plan_run(home, Spec.parse(request)).stages:
    assert run_stage(home, stage, "shapes") == 0
    events = spool.read_events(home.job(stage.key) / spool.EVENTS)[0]
    scores = [one.payload["value"] for one in events if "value" in one.payload]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    done.append({"kind": str(stage.kind), "key": stage.key, "scores": scores, "gib": peak})
print(json.dumps(done))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("shapes")


@pytest.fixture(scope="module", params=list(SIZES))
def model(request, folder) -> Iterator[Path]:
    """A model of the real size beside a small vocabulary; gone when its tests are over."""
    path = tiny_models.xlm_roberta(folder / request.param)
    (path / "model.safetensors").unlink()
    child(MAKE, folder, str(path), json.dumps(SIZES[request.param]))
    yield path
    shutil.rmtree(path)


def child(program: str, folder: Path, *arguments: str) -> str:
    environment = os.environ | {
        "XFER_CACHE_FOLDER": str(folder / "cache"),
        "XFER_SLOT_FOLDER": str(folder / "slots"),
        "XFER_HOME": str(folder / "store"),
        "HF_HUB_OFFLINE": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.timeout(1200)
def test_a_step_and_a_batch_fit(folder, model, kind, record_property):
    learning = {"steps": 1, "train_examples": 64, "max_length": 384, **SETTINGS[model.name]}
    request = {
        "encoders": [str(model)],
        "intermediates": ["none"],
        "targets": [KINDS[kind]],
        "languages": ["en", "de"],
        "settings": {
            "target": learning,
            "evaluation": {"examples": 8, "batch_tokens": 512, "max_length": 384},
            "latency": {"measure": False},
        },
    }
    done = json.loads(
        child(RUN, folder, str(folder / "store"), json.dumps(request)).splitlines()[-1]
    )
    for one in done:
        shutil.rmtree(folder / "store" / "checkpoints" / one["key"], ignore_errors=True)
        record_property(f"{model.name} {kind} {one['kind']} peak GiB", round(one["gib"], 2))
        print(f"XLM-R {model.name}, {kind}, {one['kind']}: peak {one['gib']:.2f} GiB")
    assert done[-1]["kind"] == "evaluate" and done[-1]["scores"]
    assert (len(done) == 2) == (kind not in ("retrieval", "mining"))
    assert max(one["gib"] for one in done) < MOST_GIB

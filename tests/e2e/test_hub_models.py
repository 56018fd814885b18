"""Models of the hub: fetched from one on loopback, then used with nothing to connect to."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import tiny_models
from tests.fake_hub import FakeHub

pytestmark = [pytest.mark.slow, pytest.mark.heavy]

FETCH = """
import json, sys
from xfer_core import catalog, encoder_files
from xfer_core.domain.errors import XferError
from xfer_core.fingerprints import encoder_hash, tokenizer_hash

def told(name):
    try:
        folder = encoder_files.fetch(name)
    except XferError as error:
        return {"error": str(error)}
    encoder = catalog.encoder(name)
    return {
        "files": sorted(path.name for path in folder.rglob("*")),
        "layers": encoder.layers,
        "name": encoder.name,
        "revision": encoder.revision,
        "family": str(encoder.family),
        "reach": str(encoder_files.availability(encoder).reach),
        "hash": encoder_hash(encoder),
        "tokenizer": tokenizer_hash(encoder),
    }

print(json.dumps([told(name) for name in sys.argv[1:]]))
"""
LOAD = """
import json, sys, torch
from xfer_core import catalog
from xfer_core.domain.errors import XferError
from xfer_core.fingerprints import encoder_hash
from xfer_core.home import Home
from xfer_core.stages import checkpoints
from pathlib import Path

def told(name):
    try:
        encoder = catalog.encoder(name)
        folder = checkpoints.encoder_folder(Home(Path("/nowhere")), name, None)
        load = checkpoints.load_causal if encoder.family == "causal" else checkpoints.load_encoder
        model = load(folder).eval()
        ids = checkpoints.load_tokenizer(name)("The doctor bought a chair.")["input_ids"]
        with torch.inference_mode():
            out = model(torch.tensor([ids]))[0]
    except XferError as error:
        return {"error": str(error)}
    return {"ids": ids, "sum": float(out.abs().sum()), "hash": encoder_hash(encoder)}

print(json.dumps([told(name) for name in sys.argv[1:]]))
"""


def ask(program: str, *names: str, **environment: str) -> list[dict[str, Any]]:
    """What a process of its own says: the libraries read their environment when imported."""
    done = subprocess.run(
        [sys.executable, "-c", program, *names],
        env=os.environ | environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def repositories(tmp_path_factory) -> Path:
    """A hub's folder with a model of each sort, and what such repositories hold besides."""
    root = tmp_path_factory.mktemp("hub")
    for kind, make in (tiny_models.ENCODERS | tiny_models.CAUSAL).items():
        folder = make(root / "acme" / kind)
        (folder / "pytorch_model.bin").write_bytes(b"never read")
        (folder / "modeling_evil.py").write_text("raise SystemExit('code was run')")
        (folder / "onnx").mkdir()
        (folder / "onnx" / "model.safetensors").write_bytes(b"not ours")
        (folder / "README.md").write_text("# A model")
    pickled = root / "acme" / "pickled"
    shutil.copytree(root / "acme" / "bert", pickled)
    (pickled / "model.safetensors").unlink()
    shutil.copytree(root / "acme" / "bert", root / "acme" / "pickled@refs%2Fpr%2F7")
    hostile = root / "acme" / "hostile"
    shutil.copytree(root / "acme" / "bert", hostile)
    config = json.loads((hostile / "config.json").read_text())
    config["auto_map"] = {"AutoModel": "modeling_evil.Evil"}
    (hostile / "config.json").write_text(json.dumps(config))
    return root


def test_what_was_fetched_works_without_a_network(repositories, tmp_path):
    kinds = [*tiny_models.ENCODERS, *tiny_models.CAUSAL]
    names = [f"acme/{kind}" for kind in kinds]
    with FakeHub(repositories) as hub:
        environment = hub.environment(tmp_path / "cache")
        commit = hub.commit("acme/bert")
        names.append(f"acme/bert@{commit}")
        fetched = ask(FETCH, *names, **environment)
        asked = [one.split("/")[-1] for one in hub.requests if "/resolve/" in one]
    assert not {"pytorch_model.bin", "modeling_evil.py", "README.md"} & set(asked)
    for one, name in zip(fetched, names, strict=True):
        assert "error" not in one, one
        assert (one["name"], one["layers"], one["reach"]) == (name, tiny_models.LAYERS, "here")
        assert "onnx" not in one["files"]
    families = {name: one["family"] for name, one in zip(names, fetched, strict=True)}
    assert families["acme/qwen2"] == families["acme/llama"] == "causal"
    by_name = dict(zip(names, fetched, strict=True))
    assert by_name["acme/bert"]["hash"] == by_name[f"acme/bert@{commit}"]["hash"]
    assert len({one["hash"] for one in fetched}) == len(kinds)

    offline = environment | {"HF_HUB_OFFLINE": "1"}
    again = ask(FETCH, *names, **offline)
    assert again == fetched
    used = ask(LOAD, *names, **offline)
    for one, before in zip(used, fetched, strict=True):
        assert one["sum"] > 1 and len(one["ids"]) > 5 and one["hash"] == before["hash"]


def test_weights_that_could_run_code_are_not_fetched(repositories, tmp_path):
    with FakeHub(repositories) as hub:
        environment = hub.environment(tmp_path / "cache")
        found = ask(FETCH, "acme/pickled", "acme/pickled@refs/pr/7", "acme/hostile", **environment)
        asked = [one for one in hub.requests if "/resolve/" in one]
    assert "Expected model.safetensors in acme/pickled (main)" in found[0]["error"]
    assert not [one for one in asked if "/acme/pickled/resolve/main" in one or ".bin" in one]
    assert found[1]["reach"] == "here" and found[1]["revision"] == "refs/pr/7"
    assert "auto_map" in found[2]["error"]


def test_what_goes_wrong_is_a_sentence_and_can_be_tried_again(repositories, tmp_path):
    with FakeHub(repositories) as hub:
        environment = hub.environment(tmp_path / "cache")
        hub.cut("resolve/main/model.safetensors", 1000)
        hub.cut(f"resolve/{hub.commit('acme/bert')}/model.safetensors", 1000)
        broken = ask(FETCH, "acme/bert", **environment)[0]
        hub.heal()
        hub.fail("acme/qwen2", 403, "GatedRepo")
        others = ask(FETCH, "acme/qwen2", "acme/nobody", "acme/bert@v9", **environment)
        hub.heal()
        whole = ask(FETCH, "acme/bert", **environment)[0]
    assert "acme/bert (main) cannot be fetched" in broken["error"]
    assert "Accept its terms" in others[0]["error"]
    assert "Check the id" in others[1]["error"]
    assert "Check the revision" in others[2]["error"]
    assert whole["reach"] == "here"
    gone = ask(FETCH, "acme/bert", **environment)  # nobody listens any more
    assert "acme/bert (main) cannot be fetched" in gone[0]["error"]
    offline = ask(FETCH, "acme/bert", "acme/llama", **environment | {"HF_HUB_OFFLINE": "1"})
    assert offline[0] == whole
    assert "HF_HUB_OFFLINE forbids" in offline[1]["error"]


def test_a_file_that_was_changed_in_the_cache_is_refused(repositories, tmp_path):
    with FakeHub(repositories) as hub:
        environment = hub.environment(tmp_path / "cache")
        ask(FETCH, "acme/bert", "acme/xlm-roberta", **environment)
    offline = environment | {"HF_HUB_OFFLINE": "1"}
    for repository, name in (("bert", "model.safetensors"), ("xlm-roberta", "tokenizer.json")):
        snapshots = tmp_path / "cache" / "hub" / f"models--acme--{repository}" / "snapshots"
        blob = next(snapshots.rglob(name)).resolve()
        data = bytearray(blob.read_bytes())
        data[-10] ^= 1
        blob.write_bytes(data)
    found = ask(LOAD, "acme/bert", "acme/xlm-roberta", **offline)
    assert "model.safetensors of acme/bert was changed after it was fetched" in found[0]["error"]
    assert "tokenizer.json of acme/xlm-roberta was changed" in found[1]["error"]

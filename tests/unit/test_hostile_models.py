"""Models that want to run code, fetch something or read other files: refused by name, untouched."""

from __future__ import annotations

import json
import pickle  # noqa: TID251  the tests write what the product must never read
import shutil
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import tiny_models
from xfer_core import catalog, model_config, model_folder
from xfer_core.domain.errors import CheckpointError, UnknownName, UsageError
from xfer_core.stages import checkpoints

PICKLES = (
    "pytorch_model.bin",
    "model.bin",
    "model.pt",
    "model.pth",
    "model.pkl",
    "checkpoint.ckpt",
    "training_args.bin",
    "optimizer.pt",
    "rng_state.pth",
    "adapter_model.bin",
    "head.bin",
    "tf_model.h5",
    "flax_model.msgpack",
    "pytorch_model-00001-of-00002.bin",
)
CODE = ("modeling_evil.py", "configuration_evil.py", "tokenization_evil.py", "__init__.py")
_SEEN: list[tuple[str, str]] = []
_WATCHED = False


def _hook(event: str, arguments: tuple) -> None:
    if _WATCHED and event in ("open", "socket.connect", "subprocess.Popen", "os.system"):
        _SEEN.append((event, str(arguments[1] if event == "socket.connect" else arguments[0])))


sys.addaudithook(_hook)


@contextmanager
def watched() -> Iterator[list[tuple[str, str]]]:
    """What the interpreter opens, connects to or starts meanwhile."""
    global _WATCHED
    _SEEN.clear()
    _WATCHED = True
    try:
        yield _SEEN
    finally:
        _WATCHED = False


class Canary:
    """Unpickled, it leaves a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable, tuple]:
        return Path.touch, (self.path,)


@pytest.fixture(scope="module")
def original(tmp_path_factory) -> Path:
    return tiny_models.bert(tmp_path_factory.mktemp("original") / "model")


@pytest.fixture
def folder(original, tmp_path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "model"))


def plant(folder: Path, canary: Path) -> None:
    for name in PICKLES:
        (folder / name).write_bytes(pickle.dumps(Canary(canary)))
    for name in CODE:
        (folder / name).write_text(f"import pathlib; pathlib.Path({str(canary)!r}).touch()\n")
    index = {"weight_map": {"a": "pytorch_model-00001-of-00002.bin"}}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps(index))


def change(folder: Path, name: str = "config.json", **values: object) -> None:
    found = json.loads((folder / name).read_text())
    (folder / name).write_text(json.dumps(found | values))


LOADERS: dict[str, Callable[[Path], object]] = {
    "encoder": checkpoints.load_encoder,
    "causal": checkpoints.load_causal,
    "masked": checkpoints.load_masked,
    "catalog": lambda folder: catalog.encoder(str(folder)),
}
every_loader = pytest.mark.parametrize("loader", list(LOADERS))


def test_the_canary_would_sing(tmp_path):
    """Else the tests below could not fail."""
    pickle.loads(pickle.dumps(Canary(tmp_path / "canary")))
    assert (tmp_path / "canary").exists()
    with watched() as seen, (tmp_path / "canary").open("rb"):
        pass
    assert ("open", str(tmp_path / "canary")) in seen


def test_pickles_and_code_beside_a_good_model_are_never_opened(folder, tmp_path):
    canary = tmp_path / "canary"
    plant(folder, canary)
    with watched() as seen:
        model = checkpoints.load_encoder(folder)
        checkpoints.load_masked(folder)
        checkpoints.tokenizer_of(folder)
        catalog.encoder(str(folder))
    opened = {Path(what).name for event, what in seen if event == "open"}
    assert not opened & {*PICKLES, *CODE, "pytorch_model.bin.index.json"}
    assert {"config.json", "tokenizer_config.json"} <= opened
    assert not [one for one in seen if one[0] != "open"]
    assert not canary.exists() and model.config.hidden_size == tiny_models.WIDTH


@pytest.mark.parametrize("name", PICKLES[:6])
@pytest.mark.parametrize("loader", ["encoder", "causal", "masked"])
def test_without_safetensors_there_is_no_fallback(folder, tmp_path, name, loader):
    canary = tmp_path / "canary"
    (folder / "model.safetensors").unlink()
    (folder / name).write_bytes(pickle.dumps(Canary(canary)))
    with watched() as seen, pytest.raises(CheckpointError, match="never opened") as caught:
        LOADERS[loader](folder)
    assert name in str(caught.value) and "model.safetensors" in str(caught.value)
    assert not canary.exists() and not [what for _, what in seen if what.endswith(name)]


HOSTILE = {
    "auto_map": {"AutoModel": "modeling_evil.EvilModel"},
    "custom_pipelines": {"evil": {"impl": "modeling_evil.Evil"}},
    "_attn_implementation_internal": "evil/kernel",
    "_experts_implementation_internal": "evil/kernel",
    "anything_internal": "evil/kernel",
    "attn_implementation": "evil/kernel",
    "_attn_implementation": "evil/kernel:function",
    "experts_implementation": "evil/kernel",
    "kernels": ["evil/kernel"],
    "kernel_config": {"RMSNorm": "evil/kernel:RMSNorm"},
    "use_kernels": True,
    "trust_remote_code": True,
    "quantization_config": {"quant_method": "evil"},
    "base_model_name_or_path": "evil/model",
    "tokenizer_name_or_path": "evil/tokenizer",
    "tokenizer_id": "evil/tokenizer",
}


@every_loader
@pytest.mark.parametrize("field", list(HOSTILE))
def test_a_hostile_field_is_refused_by_name(folder, tmp_path, field, loader):
    plant(folder, tmp_path / "canary")
    change(folder, **{field: HOSTILE[field]})
    with watched() as seen, pytest.raises(CheckpointError, match=f"plain.*{field}"):
        LOADERS[loader](folder)
    assert not (tmp_path / "canary").exists()
    assert {event for event, _ in seen} <= {"open"}


@pytest.mark.parametrize("field", ["auto_map", "_attn_implementation_internal", "kernels"])
def test_a_hostile_field_is_found_however_deep(folder, field):
    change(folder, text_config={"parts": [{"inner": {field: HOSTILE[field]}}]})
    with pytest.raises(CheckpointError, match=field):
        checkpoints.load_encoder(folder)


@pytest.mark.parametrize("field", ["auto_map", "_tokenizer_internal", "trust_remote_code"])
def test_a_hostile_tokenizer_is_refused_by_name(folder, tmp_path, field):
    plant(folder, tmp_path / "canary")
    value = {"AutoTokenizer": ["tokenization_evil.Evil", None]} if field == "auto_map" else "evil"
    change(folder, "tokenizer_config.json", **{field: value})
    with pytest.raises(CheckpointError, match=field):
        checkpoints.tokenizer_of(folder)
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize("name", ["EvilTokenizer", "pipeline", "AutoModel", "Trainer", ["Bert"]])
@pytest.mark.parametrize("file", ["config.json", "tokenizer_config.json"])
def test_a_tokenizer_that_the_library_does_not_have_is_refused(folder, name, file):
    change(folder, file, tokenizer_class=name)
    with pytest.raises(CheckpointError, match="tokenizer that the installed transformers has"):
        checkpoints.tokenizer_of(folder)


@pytest.mark.parametrize("name", ["evil", "", None, 7, "../bert", ["bert"]])
def test_an_architecture_that_the_library_does_not_have_is_refused(folder, name):
    change(folder, model_type=name)
    with pytest.raises(CheckpointError, match="architecture that the installed transformers"):
        checkpoints.load_encoder(folder)


def test_places_of_another_machine_are_left_out(folder, tmp_path):
    secret = tmp_path / "secret.json"
    secret.write_text("{}")
    before = checkpoints.tokenizer_of(folder)("The doctor bought")["input_ids"]
    change(
        folder,
        "tokenizer_config.json",
        tokenizer_file=str(secret),
        vocab_file=str(secret),
        name_or_path="evil/tokenizer",
        special_tokens_map_file=str(secret),
        chat_template="{% for m in messages %}{{ m.content }}{% endfor %}",
    )
    change(folder, _name_or_path="evil/model", attn_implementation="sdpa", some_file=str(secret))
    with watched() as seen:
        assert checkpoints.tokenizer_of(folder)("The doctor bought")["input_ids"] == before
        config = checkpoints.load_encoder(folder).config
    assert str(secret) not in {what for _, what in seen}
    assert not hasattr(config, "some_file")


def test_an_adapter_cannot_name_another_model(folder, tmp_path):
    other = tiny_models.xlm_roberta(tmp_path / "other")
    adapter = {"base_model_name_or_path": str(other), "peft_type": "LORA"}
    (folder / "adapter_config.json").write_text(json.dumps(adapter))
    assert checkpoints.load_encoder(folder).config.model_type == "bert"


@pytest.mark.parametrize(
    "name", ["../outside.safetensors", "/etc/passwd", "pytorch_model.bin", "a/b.safetensors", 7]
)
def test_an_index_names_files_beside_it_alone(folder, name):
    (folder / "model.safetensors").rename(folder.parent / "outside.safetensors")
    index = {"metadata": {}, "weight_map": {"embeddings": name}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(CheckpointError, match="index.json"):
        checkpoints.load_encoder(folder)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"weight_map": {}}', '{"weight_map": 7}'])
def test_a_broken_index_is_a_sentence(folder, content):
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors.index.json").write_text(content)
    with pytest.raises(CheckpointError, match="index.json"):
        checkpoints.load_encoder(folder)


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json"])
def test_a_link_out_of_the_folder_is_refused(folder, name):
    outside = folder.parent / name
    (folder / name).rename(outside)
    (folder / name).symlink_to(outside)
    with pytest.raises(CheckpointError, match=f"{name} is a link to another place"):
        (checkpoints.tokenizer_of if "tokenizer" in name else checkpoints.load_encoder)(folder)


def test_the_hubs_own_links_are_followed(folder, tmp_path):
    repository = tmp_path / "models--org--name"
    (repository / "blobs").mkdir(parents=True)
    snapshot = repository / "snapshots" / ("a" * 40)
    snapshot.mkdir(parents=True)
    for path in folder.iterdir():
        path.rename(repository / "blobs" / path.name)
        (snapshot / path.name).symlink_to(repository / "blobs" / path.name)
    assert checkpoints.load_encoder(snapshot).config.model_type == "bert"
    checkpoints.tokenizer_of(snapshot)


@pytest.mark.parametrize(
    ("field", "size"),
    [
        ("hidden_size", 10**9),
        ("num_hidden_layers", 10**6),
        ("vocab_size", 2**31),
        ("intermediate_size", 10**9),
        ("max_position_embeddings", 10**12),
        ("num_attention_heads", -1),
    ],
)
def test_absurd_sizes_are_refused_before_memory_is_taken(folder, field, size):
    change(folder, **{field: size})
    with pytest.raises(CheckpointError, match="at most"):
        checkpoints.load_encoder(folder)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[1]", b"7", b"\xff\xfe", b"[" * 100_000, b" " * (2**20 + 1)]
)
def test_a_configuration_that_is_none_is_a_sentence(folder, content):
    (folder / "config.json").write_bytes(content)
    for loader in LOADERS.values():
        with pytest.raises(CheckpointError, match=r"config\.json|in /.*model"):
            loader(folder)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        struct.pack("<Q", 2**62) + b"{}",
        struct.pack("<Q", 2) + b"{}" + b"\0" * 8,
        struct.pack("<Q", 4) + b"null",
        struct.pack("<Q", 10) + b'{"a":null}',
        struct.pack("<Q", 43) + b'{"a":{"shape":"yes","data_offsets":[0,0]}} ',
        struct.pack("<Q", 60) + b'{"a":{"dtype":"F32","shape":[9],"data_offsets":[0,36000000]}}',
        pickle.dumps({"a": 1}) * 9,
    ],
)
def test_weights_that_are_none_are_a_sentence(folder, data):
    (folder / "model.safetensors").write_bytes(data)
    with pytest.raises(CheckpointError, match="broken or half downloaded"):
        checkpoints.load_encoder(folder)


def test_a_broken_vocabulary_is_a_sentence(folder):
    (folder / "vocab.txt").unlink()
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(CheckpointError, match="vocabulary that can be read"):
        checkpoints.tokenizer_of(folder)


@pytest.mark.parametrize(
    "name",
    ["a/b/c", "a/../b", "org/model@", "org/model@../x", "/ /", "org/mo del", "a/b@c d", "a/" * 90],
)
def test_names_that_are_neither_id_nor_folder_are_a_sentence(name):
    with pytest.raises((UsageError, CheckpointError)) as caught:
        catalog.encoder(name)
    assert "\n" not in str(caught.value)


def test_an_id_that_is_not_here_says_how_to_fetch_it(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(CheckpointError, match="xfer prefetch.*org/model@v1"):
        catalog.encoder("org/model@v1")
    with pytest.raises(UnknownName, match="xlm-roberta-base"):
        catalog.encoder("xlm-roberta-bas")


def test_a_path_is_the_same_from_everywhere(folder, monkeypatch):
    encoder = catalog.encoder(str(folder))
    monkeypatch.chdir(folder.parent)
    assert catalog.encoder("./model") == encoder == catalog.encoder(encoder.name)
    monkeypatch.setenv("HOME", str(folder.parent))
    assert catalog.encoder("~/model").name == "~/model"
    assert model_folder.place(catalog.encoder("~/model")) == folder


def test_every_refused_field_is_tried_above():
    tried = {name for name in HOSTILE if not name.endswith(("_implementation", "_internal"))}
    rare = {"code_revision", "kernel_mapping", "allow_all_kernels", "compression_config"}
    assert model_config.REFUSED - tried == rare | {"adapter_config", "_adapter_model_path"}

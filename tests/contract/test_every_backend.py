"""The contract of a back end: it answers as torch fp32 does, from plain files that it can trust.

All kinds share the encoder, so each back end prepares it once. Heads are fitted on the examples
that they answer: those of an untrained head are as good as equal, and any rounding would decide.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_models
import torch
from safetensors.torch import load_file, save_file
from task_rows import TASKS, rows
from torch import nn

from xfer_core import catalog
from xfer_core.domain.errors import CheckpointError, StageFailed, UnknownName, UsageError
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.stages import backends, checkpoints
from xfer_core.stages.arrays import Encoded
from xfer_core.stages.backends import base, openvino_int8, torch_int8
from xfer_core.stages.backends.cuda_graphs import filled
from xfer_core.stages.batches import Batch, batch_of, ordered_batches
from xfer_core.stages.kinds import KINDS
from xfer_core.stages.kinds.mining import mine_rows
from xfer_core.stages.kinds.retrieval import nearest
from xfer_core.stages.model import Model, padding

ENCODER = "mini-s-aligned"
CHOSEN = {
    TaskKind.CLASSIFICATION: "mini-xnli",
    TaskKind.TAGGING: "mini-ner",
    TaskKind.MULTIPLE_CHOICE: "mini-mmlu",
    TaskKind.SPAN: "mini-xquad",
    TaskKind.RETRIEVAL: "mini-tatoeba",
    TaskKind.MINING: "mini-bucc",
}
LANGUAGES, EXAMPLES, STEPS = ("en", "de"), 12, 60
LENGTH, TOKENS = 144, 2048
SAME_STATES = 1e-4
"""Largest difference of a hidden state in fp32."""
SAME_ANSWERS = {"fp32": 1.0, "bf16": 0.9, "fp16": 0.9, "int8": 0.9}
"""Least share of answers that are those of torch fp32."""
MOST_ERROR = {"fp32": 1e-5, "bf16": 0.03, "fp16": 0.03, "int8": 0.08}
"""Of the states: length of the difference over length of what torch fp32 says."""
COMPILED = "torch-compile"
"""Takes a minute for its first batch on a slow machine."""


def marked(titles: list[str]) -> list[Any]:
    """The back ends as parameters; those that compile for minutes only run where minutes may."""
    long = pytest.mark.long
    return [pytest.param(t, marks=[long] if t.startswith(COMPILED) else []) for t in titles]


TITLES = [one.title for one in backends.ALL]
every_back_end = pytest.mark.parametrize("title", marked(TITLES))
every_kind = pytest.mark.parametrize("kind", list(TaskKind), ids=lambda kind: kind.value)


@cache
def tokenizer() -> Any:
    return checkpoints.load_tokenizer(ENCODER)


def encoded(task: Task, found: list[Row]) -> Encoded:
    return KINDS[task.kind].encode(found, task, tokenizer(), LENGTH)


def fitted(task: Task, encoder: Any, batches: list[Batch]) -> Model:
    """The encoder with a head that knows the examples, if the task is learned."""
    kind = KINDS[task.kind]
    torch.manual_seed(1)
    model = Model(encoder, kind.head(task, encoder.config.hidden_size)).eval()
    if not task.trained:
        return model
    with torch.no_grad():
        states = [model.hidden(batch) for batch in batches]
    optimizer = torch.optim.Adam(model.head.parameters(), lr=5e-3)
    for _ in range(STEPS):
        for hidden, batch in zip(states, batches, strict=True):
            optimizer.zero_grad()
            kind.loss(model.head, hidden, batch).backward()
            optimizer.step()
    return model


@dataclass
class Example:
    """A task with a model of it and what torch fp32 says of some rows."""

    task: Task
    model: Model
    rows: list[Row]
    batches: list[Batch]

    def answers(self, hidden: backends.Hidden) -> list[Any]:
        """One answer per example, per word for tagging."""
        kind, found = KINDS[self.task.kind], [None] * len(self.rows)
        with torch.inference_mode():
            for batch in self.batches:
                outputs = kind.predict(self.model.head, hidden(batch), batch, self.task)
                for place, output in zip(batch.examples, outputs, strict=True):
                    found[int(place)] = output
        return self._final(found)

    def _final(self, found: list[Any]) -> list[Any]:
        match self.task.kind:
            case TaskKind.TAGGING:
                return [tag for sentence in found for tag in sentence]
            case TaskKind.RETRIEVAL:
                return nearest(*torch.stack(found).unbind(1))
            case TaskKind.MINING:
                mined = mine_rows(self.rows, *torch.stack(found).unbind(1))
                partners = {source: target for _, source, target in mined}
                return [partners.get(place) for place in range(len(self.rows))]
            case _:
                return found


@pytest.fixture(scope="module", autouse=True)
def _no_cache_of_a_person(tmp_path_factory) -> Iterator[None]:
    """What torch.compile compiles is kept in the user's cache folder, and these say where."""
    with pytest.MonkeyPatch.context() as patch:
        cache = str(tmp_path_factory.mktemp("cache"))
        for name in ("XFER_CACHE_FOLDER", "TORCHINDUCTOR_CACHE_DIR"):
            patch.setenv(name, cache)
        yield


@pytest.fixture(scope="module")
def encoder() -> Any:
    torch.set_num_threads(1)
    return checkpoints.load_encoder(catalog.encoder_folder(catalog.encoder(ENCODER)))


@pytest.fixture(scope="module")
def example_of(encoder) -> Callable[[TaskKind], Example]:
    @cache
    def made(kind: TaskKind) -> Example:
        task = TASKS[CHOSEN[kind]]
        # Of untrained tasks each row has its English sentence, and none may be there twice.
        codes = LANGUAGES if task.trained else LANGUAGES[1:]
        found = [row for code in codes for row in rows(task.name, "test", code)[:EXAMPLES]]
        batches = list(ordered_batches(encoded(task, found), TOKENS, padding(encoder)))
        return Example(task, fitted(task, encoder, batches), found, batches)

    return made


@pytest.fixture(scope="module")
def bare(encoder) -> Model:
    return Model(encoder, nn.Identity()).eval()


@pytest.fixture(scope="module")
def folder_of(bare, tmp_path_factory) -> Callable[[str], Path]:
    """Where a back end prepared the encoder; the test is skipped if there is no such back end."""
    place = tmp_path_factory.mktemp("prepared")

    @cache
    def prepared(title: str) -> Path:
        folder = place / title.replace(":", "-")
        backends.named(title).prepare(bare, folder, sentences(3, 17))
        return folder

    def made(title: str) -> Path:
        reason = backends.named(title).available()
        if reason is not None:
            pytest.skip(reason)
        return prepared(title)

    return made


@pytest.fixture(scope="module")
def hidden_of(bare, folder_of) -> Callable[[str], backends.Hidden]:
    @cache
    def loaded(title: str) -> backends.Hidden:
        return backends.named(title).load(folder_of(title), bare, threads=1)

    def made(title: str) -> backends.Hidden:
        folder_of(title)
        return loaded(title)

    return made


def sentences(items: int, tokens: int, words: int = 8000, pad: int = 1) -> Batch:
    """Random tokens; the second item ends early."""
    generator = torch.Generator().manual_seed(items * 1000 + tokens)
    ids = torch.randint(5, words, (items, tokens), generator=generator)
    attention = torch.ones_like(ids)
    if items > 1 and tokens > 1:
        ids[1, tokens // 2 :] = pad
        attention[1, tokens // 2 :] = 0
    none = torch.full((items,), -1)
    return Batch(ids, attention, np.arange(items), none, [1] * items)


def compared(model: Model, hidden: backends.Hidden, batch: Batch) -> tuple[float, float]:
    """Largest difference from torch fp32, and the error as a share; padding left out."""
    with torch.inference_mode():
        expected, found = model.hidden(batch), hidden(batch)
    assert (found.dtype, found.shape) == (torch.float32, expected.shape)
    seen = batch.attention.bool()
    off = (expected - found)[seen]
    return float(off.abs().max()), float(off.norm() / expected[seen].norm())


@every_kind
@every_back_end
def test_it_answers_as_torch_does(title, kind, hidden_of, example_of, record_property):
    hidden, example = hidden_of(title), example_of(kind)
    expected = example.answers(example.model.hidden)
    found = example.answers(hidden)
    share = float(np.mean([one == other for one, other in zip(expected, found, strict=True)]))
    record_property("equal_answers", share)
    print(f"{title} {kind}: {share:.3f} of {len(found)} answers as torch fp32")
    precision = backends.named(title).precision
    if precision == "fp32":
        assert max(compared(example.model, hidden, b)[0] for b in example.batches) <= SAME_STATES
    assert share >= SAME_ANSWERS[precision]


@every_kind
def test_the_answers_that_are_compared_are_not_all_the_same(kind, example_of):
    example = example_of(kind)
    assert len({str(answer) for answer in example.answers(example.model.hidden)}) > 1


@every_back_end
def test_any_number_of_items_and_any_length(title, bare, hidden_of):
    hidden = hidden_of(title)
    shapes = [(3, 17), (8, 64), (2, 200)]
    if not title.startswith(COMPILED):  # which compiles anew for one
        shapes += [(1, 64), (1, 1), (5, 1)]
    errors = [compared(bare, hidden, sentences(*shape))[1] for shape in shapes]
    print(f"{title}: states off by a share of {max(errors):.2g}")
    assert max(errors) <= MOST_ERROR[backends.named(title).precision]


@every_back_end
def test_what_is_too_long_is_refused_as_by_the_model(title, hidden_of):
    hidden = hidden_of(title)
    with pytest.raises(StageFailed, match="at most 258 tokens"):
        hidden(sentences(2, 259))


@every_back_end
def test_files_are_plain_and_int8_is_smaller(title, folder_of):
    folder = folder_of(title)
    manifest = json.loads((folder / "manifest.json").read_text())
    here = {path.name: path.stat().st_size for path in folder.iterdir()}
    named = {name: entry["bytes"] for name, entry in manifest["files"].items()}
    assert here.keys() - named.keys() == {"manifest.json"}
    assert backends.size(folder) == sum(named.values()) == sum(here[name] for name in named)
    assert {Path(name).suffix for name in named} <= {".safetensors", ".onnx", ".xml", ".bin"}
    whole = backends.size(folder_of("torch"))
    share = {"fp32": (0.95, 1.2), "bf16": (0.45, 0.6), "fp16": (0.45, 0.6), "int8": (0.2, 0.8)}
    # OpenVINO keeps fp32 and rounds as it loads.
    kept = "fp32" if title == "openvino:bf16" else backends.named(title).precision
    low, high = share[kept]
    assert low <= backends.size(folder) / whole <= high


@every_back_end
def test_a_changed_byte_is_refused(title, bare, folder_of, tmp_path):
    folder = tmp_path / "prepared"
    shutil.copytree(folder_of(title), folder)
    largest = max(folder.iterdir(), key=lambda path: path.stat().st_size)
    data = bytearray(largest.read_bytes())
    data[-9] ^= 1
    largest.write_bytes(data)
    with pytest.raises(CheckpointError, match=f"{largest.name} was changed"):
        backends.named(title).load(folder, bare)


def _manifest(folder: Path, **changes: Any) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def _with_a_pickle(folder: Path) -> None:
    (folder / "encoder.pkl").write_bytes(b"\x80\x04}\x94.")  # an empty dictionary


def _with_a_pickle_in_the_manifest(folder: Path) -> None:
    _with_a_pickle(folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    described = checkpoints.described(folder / "encoder.pkl")
    _manifest(folder, files=manifest["files"] | {"encoder.pkl": described})


def _with_a_link(folder: Path) -> None:
    weights = folder / "encoder.safetensors"
    outside = folder.parent / "outside.safetensors"
    weights.rename(outside)
    weights.symlink_to(outside)


def _with_a_name_outside(folder: Path) -> None:
    weights = folder / "encoder.safetensors"
    described = checkpoints.described(weights)
    weights.rename(folder.parent / "encoder.safetensors")
    _manifest(folder, files={"../encoder.safetensors": described})


def _without_weights(folder: Path) -> None:
    (folder / "encoder.safetensors").unlink()


def _without_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def _with_a_broken_manifest(folder: Path) -> None:
    (folder / "manifest.json").write_text('{"files": ["encoder.safetensors"]}')


def _for_another_precision(folder: Path) -> None:
    _manifest(folder, precision="bf16")


def _for_other_weights(folder: Path) -> None:
    _manifest(folder, weights="0" * 64)


HOSTILE = {
    _with_a_pickle: "encoder.pkl",
    _with_a_pickle_in_the_manifest: "encoder.pkl",
    _with_a_link: "encoder.safetensors",
    _with_a_name_outside: r"\.\./encoder.safetensors",
    _without_weights: "encoder.safetensors",
    _without_manifest: "no manifest",
    _with_a_broken_manifest: "no manifest",
    _for_another_precision: "torch in bf16",
    _for_other_weights: "from others",
}


@pytest.mark.parametrize("spoil", HOSTILE, ids=lambda spoil: spoil.__name__.strip("_"))
def test_a_hostile_folder_is_refused(spoil, bare, folder_of, tmp_path):
    folder = tmp_path / "prepared"
    shutil.copytree(folder_of("torch"), folder)
    backends.find("torch").load(folder, bare)
    spoil(folder)
    with pytest.raises(CheckpointError, match=HOSTILE[spoil]) as caught:
        backends.find("torch").load(folder, bare)
    assert "\n" not in str(caught.value) and "prepare it again" in str(caught.value)


def test_another_model_is_refused(encoder, bare, folder_of):
    other = Model(type(encoder)(encoder.config), nn.Identity()).eval()
    with pytest.raises(CheckpointError, match="from others"):
        backends.find("torch").load(folder_of("torch"), other)


def test_preparing_again_replaces_and_a_failure_leaves_what_was(bare, tmp_path):
    back_end, folder = backends.find("torch"), tmp_path / "here" / "prepared"
    back_end.prepare(bare, folder, sentences(2, 8))
    before = sorted(path.name for path in folder.iterdir())
    back_end.prepare(bare, folder, sentences(1, 1))
    assert sorted(path.name for path in folder.iterdir()) == before
    with pytest.raises(RuntimeError), base.prepared.writing(folder, "torch", "fp32", bare) as aside:
        (aside / "half.safetensors").write_bytes(b"half")
        raise RuntimeError
    assert [path.name for path in folder.parent.iterdir()] == ["prepared"]
    back_end.load(folder, bare)


@every_back_end
def test_one_that_is_missing_says_why_in_a_sentence(title, bare, tmp_path):
    back_end = backends.named(title)
    reason = back_end.available()
    if reason is None:
        assert back_end.version().split()[1][0].isdigit()
        return
    assert reason.endswith(".") and "\n" not in reason and len(reason) > 20
    for attempt in (
        lambda: back_end.prepare(bare, tmp_path / "new", sentences(2, 8)),
        lambda: back_end.load(tmp_path / "new", bare),
    ):
        with pytest.raises(UsageError) as caught:
            attempt()
        assert str(caught.value) == reason
    assert not (tmp_path / "new").exists()


def test_what_is_not_installed_is_named_with_what_to_do():
    assert base.missing("Torch", "torch") is None
    found = base.missing("Nothing", "torch", "no_such_package")
    assert found is not None and "no_such_package" in found and "torch" not in found
    assert "pip install -r requirements-backends.txt" in found


def test_the_requirements_file_pins_what_is_imported():
    lines = (Path(__file__).parents[2] / "requirements-backends.txt").read_text().splitlines()
    pinned = {line.split("==")[0] for line in lines if "==" in line}
    assert pinned == {"onnx", "onnxruntime", "openvino"}


def test_names_lead_to_back_ends_and_back():
    assert [backends.named(title).title for title in TITLES] == TITLES
    assert len(set(TITLES)) == len(TITLES) == len(backends.known())
    assert backends.find("onnxruntime", "int8").title == "onnxruntime:int8"
    assert backends.find("torch").title == "torch"
    with pytest.raises(UnknownName, match="did you mean onnxruntime"):
        backends.find("onnxruntim")
    with pytest.raises(UnknownName, match="did you mean int8"):
        backends.named("torch:int4")


def test_torch_is_always_there_and_offers_say_the_same_as_back_ends():
    offers = {(one.name, one.precision): one for one in backends.known()}
    assert offers["torch", "fp32"].missing is None
    for one in backends.ALL:
        assert offers[one.name, one.precision].missing == one.available()


def test_threads_are_those_asked_for(bare, folder_of):
    before = torch.get_num_threads()
    try:
        backends.find("torch").load(folder_of("torch"), bare, threads=2)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_an_export_that_computes_something_else_is_refused(bare):
    example = sentences(3, 18)
    base.agree(bare, bare.hidden, example, "some")

    def stuck(batch: Batch) -> torch.Tensor:  # as a trace that kept its length
        return bare.hidden(batch) if batch.ids.shape[1] == 18 else bare.hidden(batch) * 1.01

    def lost(batch: Batch) -> torch.Tensor:
        return bare.hidden(batch) * float("nan")

    for wrong in (stuck, lost):
        with pytest.raises(StageFailed, match="is off by"):
            base.agree(bare, wrong, example, "some")


def test_weights_are_rounded_to_the_nearest_of_127_steps():
    weight = torch.tensor([[1.27, -0.006, 0.004], [0.0, 0.0, 0.0], [2.0, -4.0, 1.0]])
    numbers, scales = torch_int8.rounded(weight)
    assert numbers.tolist() == [[127, -1, 0], [0, 0, 0], [64, -127, 32]]
    assert scales[[0, 2]].tolist() == pytest.approx([0.01, 4 / 127])
    for axis, table in ((1, weight.numpy()), (0, weight.numpy().T)):
        found, steps = openvino_int8.rounded(table, axis)
        assert (found if axis else found.T).tolist() == numbers.tolist()
        assert steps.ravel().tolist() == pytest.approx(scales.tolist())


def test_shapes_for_recording_are_few_and_padding_stays_padding():
    batch = filled(sentences(2, 17), pad=1, most=258)
    assert batch.ids.shape == batch.attention.shape == (2, 32)
    assert (batch.ids[:, 17:] == 1).all() and (batch.attention[:, 17:] == 0).all()
    assert (batch.ids[:, :17] == sentences(2, 17).ids).all()
    assert filled(sentences(1, 32), 1, None).ids.shape == (1, 32)
    assert filled(sentences(1, 250), 1, 258).ids.shape == (1, 256)
    assert filled(sentences(1, 257), 1, 258).ids.shape == (1, 258)


SCRIPT = """
import sys
from pathlib import Path
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from xfer_core import catalog
from xfer_core.stages import backends, checkpoints
from xfer_core.stages.batches import Batch
from xfer_core.stages.model import Model

lazy = {"onnx", "onnxruntime", "openvino", "openvino_telemetry"}
assert not lazy & sys.modules.keys(), lazy & sys.modules.keys()
here, titles = Path(sys.argv[1]), sys.argv[2:]
encoder = checkpoints.load_encoder(catalog.encoder_folder(catalog.encoder("mini-s-aligned")))
model = Model(encoder, nn.Identity()).eval()
given = load_file(here / "inputs.safetensors")
batch = Batch(given["ids"], given["attention"], None, given["ids"][:, 0], [1] * len(given["ids"]))
found = {}
for title in titles:
    folder = here / title.replace(":", "-")
    found[title] = backends.named(title).load(folder, model, threads=1)(batch)
assert sys.modules.get("openvino_telemetry") is None
save_file(found, here / "found.safetensors")
"""


def fresh(titles: list[str], folder_of: Any, hidden_of: Any, place: Path) -> None:
    """Load in another process what was prepared in this one, and compare the states."""
    for title in titles:
        shutil.copytree(folder_of(title), place / title.replace(":", "-"))
    batch = sentences(4, 33)
    save_file({"ids": batch.ids, "attention": batch.attention}, place / "inputs.safetensors")
    home, passing = place / "home", place / "passing"
    home.mkdir()
    passing.mkdir()
    subprocess.run(
        [sys.executable, "-c", SCRIPT, str(place), *titles],
        check=True,
        env={k: v for k, v in os.environ.items() if k != "ORT_DISABLE_TELEMETRY"}
        | {"HOME": str(home), "XDG_CACHE_HOME": str(home), "TMPDIR": str(passing)},
    )
    found = load_file(place / "found.safetensors")
    for title in titles:
        with torch.inference_mode():
            assert torch.allclose(hidden_of(title)(batch), found[title], atol=1e-5), title
    # OpenVINO and ONNX Runtime would keep a number of their user there and send it to their makers.
    assert not [path for path in home.iterdir() if path.name in ("intel", "Microsoft")]
    # torch would take what anybody put there for compiled code of its own.
    left = [path for path in passing.rglob("*") if path.is_file()]
    assert not [path for path in left if "torchinductor" in str(path) or path.name == ".ses"]


def here(compiled: bool) -> list[str]:
    usable = [one for one in backends.ALL if one.available() is None]
    return [one.title for one in usable if one.title.startswith(COMPILED) == compiled]


@pytest.mark.slow
@pytest.mark.heavy
def test_a_fresh_process_loads_what_was_prepared(folder_of, hidden_of, tmp_path):
    fresh(here(compiled=False), folder_of, hidden_of, tmp_path)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_fresh_process_compiles_what_was_prepared(folder_of, hidden_of, tmp_path):
    titles = here(compiled=True)
    if not titles:
        pytest.skip(str(backends.find(COMPILED).available()))
    fresh(titles, folder_of, hidden_of, tmp_path)


@pytest.mark.slow
@pytest.mark.heavy
@pytest.mark.parametrize("architecture", list(tiny_models.ENCODERS))
def test_every_architecture_runs_in_every_back_end(architecture, tmp_path):
    encoder = checkpoints.load_encoder(tiny_models.ENCODERS[architecture](tmp_path / "model"))
    model = Model(encoder, nn.Identity()).eval()
    words, pad = 60, padding(encoder)
    shapes = [sentences(*shape, words, pad) for shape in ((3, 17), (1, 64), (4, 40))]
    for title in here(compiled=False):
        back_end, folder = backends.named(title), tmp_path / title.replace(":", "-")
        back_end.prepare(model, folder, shapes[0])
        hidden = back_end.load(folder, model, threads=1)
        errors = [compared(model, hidden, batch)[1] for batch in shapes]
        assert max(errors) <= MOST_ERROR[back_end.precision], (title, errors)


def test_labels_and_options_do_not_matter_to_the_encoder(bare, hidden_of, example_of):
    example = example_of(TaskKind.MULTIPLE_CHOICE)
    whole = example.batches[0]
    alone = batch_of(encoded(example.task, example.rows[:1]), np.arange(1), 1)
    assert sum(alone.options) == len(alone.ids) == 4
    hidden = hidden_of("torch")
    assert compared(bare, hidden, alone) == compared(bare, hidden, whole) == (0.0, 0.0)

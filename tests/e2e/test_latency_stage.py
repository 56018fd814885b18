"""A latency stage as it really runs: every way in turn, each with its own score, load detected."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch

from xfer_core import jobs, launching, spool
from xfer_core.domain.event import EventType
from xfer_core.domain.run import StageKind, State
from xfer_core.domain.serving import Serving, lacking
from xfer_core.executors.inline import InlineExecutor
from xfer_core.home import Home
from xfer_core.runner import plan_run, run
from xfer_core.specification import Spec
from xfer_core.stages.timing import protocol
from xfer_core.stages.timing.load import Watch, wait_for_quiet
from xfer_core.stages.timing.protocol import Rules, Sample
from xfer_core.store import Store
from xfer_core.views.accuracy_latency import accuracy_latency
from xfer_core.views.choices import choices
from xfer_core.views.gains import gains
from xfer_core.views.latency_repeats import latency_repeats

BURN = "import sys; print('on', flush=True)\nwhile True: pass"
FASTER = ["torch:bf16"] if lacking("onnxruntime") else ["onnxruntime:int8"]
SPEC: dict[str, Any] = {
    "encoders": ["mini-s-aligned"],
    "intermediates": ["none"],
    "targets": ["mini-mmlu", "mini-tatoeba"],
    "languages": ["en", "de"],
    "settings": {
        "target": {"steps": 3, "train_examples": 32},
        "evaluation": {"examples": 6},
        "latency": {
            **{"samples": 10, "warmup": 1, "retries": 1, "batch_sizes": [1, 4]},
            **{"back_ends": ["torch", *FASTER], "layers": [1], "lengths": ["mix"]},
        },
    },
}
WAYS = [Serving(layers=kept) for kept in (None, 1)] + [
    Serving(*FASTER[0].split(":"), kept) for kept in (None, 1)
]


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A finished run with two back ends, whole and truncated, in two batch sizes."""
    home = Home(tmp_path_factory.mktemp("latency") / "store").create()
    spool.publish(home.run("run-1") / spool.PLAN, {"spec": SPEC, "force": False, "attempt": 0})
    assert run(home, "run-1", InlineExecutor()) is State.SUCCEEDED
    return home


@pytest.mark.slow
@pytest.mark.heavy
def test_every_way_is_timed_under_every_condition(measured: Home) -> None:
    with Store.connect(measured) as store:
        rows = store.query("SELECT * FROM current_latency ORDER BY target, seq")
    assert len(rows) == 2 * 2 * len(WAYS)
    assert set(zip(rows["back_end"], rows["precision"], strict=True)) == {
        (way.back_end, way.precision) for way in WAYS
    }
    for row in rows.to_dict("records"):
        assert 0 < row["ci_low_ms"] <= row["p50_ms"] <= row["ci_high_ms"]
        assert 0 < row["tokenization_ms"] < row["p50_ms"] and row["model_ms"] > 0
        assert row["p50_ms"] <= row["p90_ms"] <= row["p95_ms"] <= row["p99_ms"]
        assert len(row["samples"]) == row["n"] == 10
        assert len(row["pass_medians"]) == len(row["pass_ratios"]) == row["passes"] == 5
        assert row["ratio_low"] <= row["ratio"] <= row["ratio_high"] and row["reference_ms"] > 0
        assert row["repeated"] <= 1 and row["warmup"] >= 2
        assert row["operations"] > 1e6 and row["disk_bytes"] > 1e5 and row["memory_bytes"] > 0
        assert row["machine"] and row["back_end_version"] and row["device_name"]
        assert bool(row["contended"]) == row["remark"].startswith("Others kept")
        searched = row["target"] == "mini-tatoeba"
        assert (row["search_ms"] > 0) == searched
    large = rows[rows["batch_size"] == 4].set_index(["target", "back_end", "layers"])["operations"]
    small = rows[rows["batch_size"] == 1].set_index(["target", "back_end", "layers"])["operations"]
    assert (large > 2 * small).all()


@pytest.mark.slow
@pytest.mark.heavy
def test_each_way_has_a_score_of_its_own_and_none_of_the_plain_ones(measured: Home) -> None:
    names = {way.named("mini-s-aligned") for way in WAYS}
    with Store.connect(measured) as store:
        cells = gains(store, target="mini-mmlu", language="en")
        assert set(cells["encoder"]) == names
        scores = store.query(
            "SELECT encoder, count(*) AS n FROM current_scores WHERE target = 'mini-mmlu' "
            "GROUP BY encoder"
        )
        assert dict(zip(scores["encoder"], scores["n"], strict=True)) == dict.fromkeys(names, 2)
        assert choices(store).encoders[0] == "mini-s-aligned"
        table = accuracy_latency(store, catalog="mini", target="mini-mmlu", language="en")
    assert len(table) == len(WAYS)
    assert table["p50_ms"].notna().all()
    assert set(table["layers"].dropna()) == {1}


@pytest.mark.slow
@pytest.mark.heavy
def test_prepared_models_are_kept_like_checkpoints_and_used_again(measured: Home) -> None:
    folders = [path for path in spool.folders(measured.checkpoints)]
    made = [path for path in folders if "back_end" in (spool.read_json(path / jobs.MANIFEST) or {})]
    # Per target and depth one, made by its evaluation; the latency stage found it there. Sentence
    # vectors come from layer 2 of the whole encoder.
    assert len(made) == 4
    assert all(jobs.checkpoint_is_whole(measured, path.name) for path in made)
    before = {path.name: path.stat().st_mtime_ns for path in made}
    plan = plan_run(measured, Spec.parse(SPEC))
    again = next(s for s in plan.stages if s.settings.get("serving") and s.target == "mini-mmlu")
    assert InlineExecutor().submit(measured, again, "run-2", True).succeeded
    assert {path.name: path.stat().st_mtime_ns for path in made} == before


@pytest.mark.slow
@pytest.mark.heavy
def test_the_command_says_it_with_its_conditions(measured: Home, xfer: Callable[..., Any]) -> None:
    here = ("latency", "--home", measured.root)
    rows = xfer(*here, "--json").json
    assert len(rows) == 2 * 2 * len(WAYS)
    assert {row["layers"] for row in rows} == {None, 1}
    some = xfer(*here, "--back-end", FASTER[0], "--batch", 4, "--target", "mini-mmlu", "--json")
    assert {row["name"] for row in some.json} == {
        way.named("mini-s-aligned") for way in WAYS if way.engine != "torch"
    }
    text = xfer(*here, "--target", "mini-mmlu", "--language", "de").out
    assert "batch 4, texts as they come, 1 thread" in text
    assert "mini-s-aligned" in text
    wrong = xfer(*here, "--back-end", "onnx")
    assert wrong.code == 2 and "did you mean onnxruntime" in wrong.err
    wrong = xfer(*here, "--texts", "p60")
    assert wrong.code == 2 and "choice of texts 'p60'" in wrong.err


# ---- load


@contextmanager
def load() -> Iterator[None]:
    """Every core of this machine busy with something else."""
    burning = [
        subprocess.Popen([sys.executable, "-c", BURN], stdout=subprocess.PIPE)
        for _ in range(psutil.cpu_count() or 1)
    ]
    for one in burning:
        assert one.stdout is not None and one.stdout.readline() == b"on\n"
    try:
        yield
    finally:
        for one in burning:
            one.kill()
            one.communicate()


def short_measurement() -> protocol.Measured:
    """As many passes as by default, over work of some milliseconds."""

    def work(rows: list[Any]) -> Sample:
        watch = Watch()
        total = 0
        while watch.load().seconds < 0.003:
            total += sum(range(500))
        return Sample(0.0, 1000 * watch.load().seconds)

    return protocol.measure([work, work], [], [[[{}]] * 4] * 5, Rules(5, 2, 2))


@pytest.mark.heavy
def test_a_loaded_machine_is_detected() -> None:
    for _ in range(2):
        with load():
            found = short_measurement()
        assert found.contended
        assert found.repeated == 2  # it tried again as often as it may


@pytest.mark.long
def test_a_loaded_machine_is_detected_ten_times_out_of_ten() -> None:
    seen = 0
    for _ in range(10):
        with load():
            seen += short_measurement().contended
    assert seen == 10


def test_a_quiet_machine_is_not_accused() -> None:
    if wait_for_quiet(1.0) > 0.9:
        pytest.skip("this machine is busy with something else")
    found = [short_measurement() for _ in range(3)]
    assert not all(one.contended for one in found)


@pytest.mark.slow
@pytest.mark.heavy
def test_a_back_end_that_is_missing_fails_its_evaluation_with_a_sentence(tmp_path: Path) -> None:
    """A plan that was made elsewhere asks for a back end that is not here."""
    if torch.cuda.is_available():
        pytest.skip("every back end is there")
    home = Home(tmp_path / "store").create()
    settings = {**SPEC["settings"], "latency": {"back_ends": ["cuda-graphs"], "samples": 5}}
    plan = plan_run(home, Spec.parse({**SPEC, "targets": ["mini-tatoeba"], "settings": settings}))
    stage = next(one for one in plan.stages if one.settings.get("serving"))
    assert not InlineExecutor().submit(home, stage, "run-1", False).succeeded
    events, _, _ = spool.read_events(home.job(stage.key) / spool.EVENTS)
    message = next(e.payload["message"] for e in events if e.type is EventType.FAILED)
    assert "GPU" in message and "Traceback" not in message


def attempts(home: Home) -> dict[tuple[str, str], int]:
    """Kind and key of each stage -> how often it was worked on."""
    with Store.connect(home) as store:
        found = store.query("SELECT kind, job_id, max(attempt) AS n FROM jobs GROUP BY ALL")
    return {(kind, key): int(n) for kind, key, n in found.to_numpy()}


@pytest.mark.slow
@pytest.mark.heavy
def test_latencies_alone_are_measured_again(measured: Home, xfer: Callable[..., Any]) -> None:
    before = attempts(measured)
    run_id = launching.create(measured, Spec.parse(SPEC), force=[StageKind.LATENCY])
    assert run(measured, run_id, InlineExecutor()) is State.SUCCEEDED
    more = {key: n - before[key] for key, n in attempts(measured).items()}
    assert more == {key: int(key[0] == "latency") for key in before}
    with Store.connect(measured) as store:
        pairs = latency_repeats(store)
    assert len(pairs) == 2 * 2 * len(WAYS)
    assert (pairs["first_ms"] != pairs["again_ms"]).any()
    shown = xfer("latency", "--repeats", "--home", measured.root).out
    assert "Measured twice" in shown and ("clean pairs" in shown or "No clean" in shown)

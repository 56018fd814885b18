"""The order of a measurement, its inputs, and what makes it contended."""

from __future__ import annotations

import time
from typing import Any

import psutil
import pytest

from xfer_core.domain.errors import DataError
from xfer_core.stages import arrays
from xfer_core.stages.timing import figures, protocol
from xfer_core.stages.timing.inputs import drawn, evenly
from xfer_core.stages.timing.load import Load, Watch
from xfer_core.stages.timing.protocol import Measured, Pass, Rules, Sample, Warmed

QUIET, BUSY = Load(1.0, 0.1, 0.0), Load(1.0, 1.5, 0.3)


def test_each_setting_comes_first_equally_often():
    orders = [protocol.order(3, number) for number in range(6)]
    assert orders[:3] == [[0, 1, 2], [1, 2, 0], [2, 0, 1]]
    assert orders[3:] == orders[:3]


def recorded(log: list[tuple[str, Any]], name: str, milliseconds: float = 1.0) -> protocol.Work:
    def work(rows: list[Any]) -> Sample:
        log.append((name, rows[0]))
        return Sample(0.0, milliseconds)

    return work


def test_settings_are_measured_in_turn_and_warmed_up_with_every_shape():
    log: list[tuple[str, Any]] = []
    works = [recorded(log, name) for name in ("reference", "a", "b")]
    inputs = [[["p0"], ["p1"]], [["q0"], ["q1"]]]
    protocol.measure(works, [["short"], ["long"]], inputs, Rules(passes=2, retries=0, warmup=1))
    warm = ["short", "long", "p0", "p0"]  # two blocks of one batch that take as long
    assert log[:12] == [(name, row) for name in ("reference", "a", "b") for row in warm]
    first, second = log[12:21], log[21:30]
    # One batch behind each change is dropped.
    assert first == [(name, row) for name in ("reference", "a", "b") for row in ("p0", "p0", "p1")]
    assert second == [(name, row) for name in ("a", "b", "reference") for row in ("q0", "q0", "q1")]
    assert len(log) == 30


def test_warm_up_goes_on_until_two_blocks_agree():
    times = iter([9.0, 9.0, 5.0, 5.0, 4.9, 4.9, 1.0])
    warmed = protocol.warm_up(lambda rows: Sample(0.0, next(times)), [], [["x"]], block=2)
    assert warmed == Warmed(batches=6, stable=True)
    falling = iter(range(1000, 0, -10))  # medians 975 and 935 are 4% apart
    warmed = protocol.warm_up(lambda rows: Sample(0.0, next(falling)), [["y"]], [["x"]], block=4)
    assert warmed == Warmed(batches=9, stable=True)
    doubling = (2.0**n for n in range(100))
    warmed = protocol.warm_up(lambda rows: Sample(0.0, next(doubling)), [], [["x"]], block=1)
    assert warmed == Warmed(batches=protocol.MOST_BLOCKS, stable=False)


def passes(*loads: Load) -> list[Pass]:
    return [Pass(load, [[Sample(1.0, 4.0)], [Sample(1.0, 9.0)]]) for load in loads]


def test_busy_passes_are_put_aside_and_repeated_so_often():
    taken = passes(QUIET, BUSY, QUIET)
    rules = Rules(passes=3, retries=1, warmup=1)
    assert protocol._goes_on(taken, rules)
    assert not protocol._goes_on([*taken, *passes(QUIET)], rules)
    assert not protocol._goes_on([*taken, *passes(BUSY)], rules)
    assert protocol._counted([*taken, *passes(QUIET)], 3) == passes(QUIET, QUIET, QUIET)
    kept = protocol._counted([*passes(BUSY), *taken], 3)
    assert [one.load for one in kept] == [BUSY, QUIET, QUIET]


def test_a_measurement_with_a_busy_pass_is_contended():
    warmed = [Warmed(8, True)] * 2
    clean = Measured(warmed, passes(QUIET, QUIET), 3)
    assert not clean.contended
    assert figures.remark(clean, 1, [10.0, 10.2]) == (
        "3 passes were repeated because others were busy."
    )
    busy = Measured(warmed, passes(QUIET, BUSY), 10)
    assert busy.contended
    said = figures.remark(busy, 1, [10.0, 17.0])
    assert said.startswith("Others kept 0.8 cores busy in 1 of 2 passes")
    assert said.endswith("Pass medians lie 70% apart.")


def test_short_looks_allow_for_the_clock_but_their_sum_does_not():
    tick = Load(0.05, 0.5, 0.0)  # 2.5 ticks of 10 ms in a span of 50 ms
    assert tick.is_quiet
    assert not Load(1.0, 0.5, 0.0).is_quiet
    many = Measured([Warmed(1, True)] * 2, passes(*[tick] * 20), 0)
    assert many.contended


def test_own_work_is_no_load_of_others():
    own, watch = time.process_time(), Watch()
    while watch.load().seconds < 0.4:
        pass
    load = watch.load()
    mine = (time.process_time() - own) / load.seconds
    # What the machine has, less what this process took of it.
    assert load.others <= (psutil.cpu_count() or 1) - mine + 0.1
    assert mine + load.waited <= 1.3


def test_figures_of_a_measurement():
    slow = [[Sample(1.0, 9.0), Sample(2.0, 10.0)], [Sample(1.0, 9.0), Sample(2.0, 10.0)]]
    fast = [[Sample(1.0, 4.0), Sample(1.0, 5.0)], [Sample(1.0, 4.0), Sample(1.0, 5.0)]]
    each = [Pass(QUIET, [one, other]) for one, other in zip(slow, fast, strict=True)]
    found = figures.of(Measured([Warmed(8, True)] * 2, each, 0), 1, batch_size=4)
    assert (found["p50_ms"], found["mean_ms"], found["n"]) == (5.5, 5.5, 4)
    assert (found["tokenization_ms"], found["model_ms"]) == (1.0, 4.5)
    assert found["throughput"] == pytest.approx(4000 / 5.5)
    assert found["reference_ms"] == 11.0
    assert found["ratio"] == pytest.approx(0.5)
    assert found["pass_ratios"] == [0.5, 0.5]
    assert found["pass_medians"] == [5.5, 5.5]
    assert (found["contended"], found["remark"]) == (False, "")


def encode(rows: list[Any]) -> arrays.Encoded:
    return arrays.single([[7] * row["tokens"] for row in rows], [-1] * len(rows))


def rows(*tokens: int) -> list[Any]:
    return [{"tokens": n, "id": place} for place, n in enumerate(tokens)]


def test_languages_take_turns_and_are_spread_over_their_rows():
    one, other = rows(*range(10)), rows(*range(100, 110))
    found = [row["tokens"] for row in evenly([one, [], other], 6)]
    assert found == [0, 100, 4, 104, 9, 109]
    assert [row["tokens"] for row in evenly([one[:1], other], 4)] == [0, 100, 109]


def test_passes_get_batches_of_like_lengths_and_every_shape_is_there():
    (inputs,) = drawn([rows(*range(1, 21))], encode, [(1, "mix")], passes=5, samples=20)
    lengths = [[batch[0]["tokens"] for batch in one] for one in inputs.passes]
    assert sorted(n for one in lengths for n in one) == list(range(1, 21))
    assert [sum(one) for one in lengths] == [34, 38, 42, 46, 50]
    assert any(one != sorted(one) for one in lengths)
    assert sorted(batch[0]["tokens"] for batch in inputs.shapes) == list(range(1, 21))
    assert inputs.sequence_length == 10.5


def test_fixed_lengths_are_quantiles_of_the_tasks_own():
    test_set = [rows(*range(1, 101)), rows(*range(1, 101))]
    middle, long = drawn(test_set, encode, [(2, "p50"), (1, "p95")], passes=5, samples=10)
    assert {row["tokens"] for one in middle.passes for b in one for row in b} <= set(range(47, 54))
    assert abs(middle.sequence_length - 51) <= 1.5
    assert {batch[0]["tokens"] for one in long.passes for batch in one} <= set(range(92, 99))
    assert [len(batch) for batch in middle.passes[0]] == [2, 2]


def test_nothing_to_time_is_said():
    with pytest.raises(DataError, match="none in these languages"):
        drawn([[], []], encode, [(1, "mix")], passes=5, samples=5)

"""Which figures there are, how the suite survives a bad one, and what its report says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from xfer_core.bench import machine, record, registry, report
from xfer_core.bench.figure import Figure, Measurement, NotMeasured, Part, Settings
from xfer_core.bench.suite import FAILED, MEASURED, NOT_RUN, Report, measure, results_of
from xfer_core.domain.errors import StageFailed, UnknownName, UsageError

PARTS = (Part("X1", "speed", "a snail", 2.0), Part("X2", "speed", "a slug", None))
MACHINE = {
    "processor": "a processor",
    "precision": "fp32",
    "cores": 2,
    "memory_gib": 16.0,
    "platform": "Linux",
    "git_commit": None,
    "other_load_cores": 0.0,
    "contended": False,
}


def measured(*ratios: float) -> Measurement:
    return Measurement(ratios, 30.0, 10.0, "m/s", True, "A race.")


def figure(run) -> Figure:
    return Figure("X", PARTS, run)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path, quick=True)


def raising(error: Exception):
    def run(settings):
        raise error

    return run


def test_every_figure_of_the_table_is_declared():
    found = registry.figures()
    numbered = [f"P{number}" for number in range(1, 10)]
    assert list(found) == ["DASHBOARD", "LATENCY", "LEVER", *numbered, "PROFILE", "SCALE"]
    parts = [part.id for one in found.values() for part in one.parts]
    assert len(parts) == len(set(parts))
    for id_, one in found.items():
        assert all(part.id.startswith(id_) and part.baseline for part in one.parts)


def test_names_choose_figures_in_the_order_of_the_table():
    assert [one.id for one in registry.chosen(["p5", "P2"])] == ["P2", "P5"]
    assert [one.id for one in registry.chosen(["scale", "lever"])] == ["LEVER", "SCALE"]
    assert {one.id for one in registry.figures().values()} - {
        one.id for one in registry.chosen([])
    } == {"DASHBOARD", "LEVER", "SCALE"}
    with pytest.raises(UnknownName, match="P1"):
        registry.chosen(["P11"])


def test_a_goal_is_met_by_the_median(settings):
    found = results_of(
        figure(lambda s: {"X1": measured(1.0, 3.0, 2.5), "X2": measured(9)}), settings
    )
    first, second = found
    assert (first.ratio, first.ratio_low, first.ratio_high) == (2.5, 1.0, 3.0)
    assert (first.met, first.same_result, first.state) == (True, True, MEASURED)
    assert second.met is None
    missed = results_of(figure(lambda s: {"X1": measured(1.9), "X2": measured(1)}), settings)
    assert missed[0].met is False


@pytest.mark.parametrize(
    ("error", "state", "said"),
    [
        (NotMeasured("No network."), NOT_RUN, "No network."),
        (StageFailed("It died."), FAILED, "It died."),
        (KeyError("seconds"), FAILED, "KeyError: 'seconds'"),
    ],
)
def test_a_figure_without_a_value_says_why_and_stops_nobody(settings, error, state, said):
    found = results_of(figure(raising(error)), settings)
    assert [(one.id, one.state, one.note) for one in found] == [
        ("X1", state, said),
        ("X2", state, said),
    ]
    assert all(one.ratio is None and one.met is None for one in found)


def test_a_part_may_be_missing_alone(settings):
    found = results_of(
        figure(lambda s: {"X1": NotMeasured("No AMX."), "X2": measured(1.0)}), settings
    )
    assert [(one.state, one.note) for one in found] == [
        (NOT_RUN, "No AMX."),
        (MEASURED, "A race."),
    ]


@pytest.fixture
def whole(settings) -> Report:
    found = results_of(
        figure(lambda s: {"X1": measured(2.5), "X2": NotMeasured("No AMX.")}), settings
    )
    return Report(dict(MACHINE), {"torch": "1.2.3"}, found, quick=False)


def test_the_json_has_the_promised_fields(whole):
    plain = whole.plain()
    assert {"machine", "versions", "results"} <= plain.keys()
    promised = "id figure baseline ratio ratio_low ratio_high goal met same_result note".split()
    for one in plain["results"]:
        assert set(promised) <= one.keys()


def test_the_page_names_machine_versions_and_rows(whole):
    page = report.document(whole)
    assert "a processor, 2 cores, 16.0 GiB" in page
    assert "torch 1.2.3" in page
    assert "| X1 | speed | 2.5 | 2.5 to 2.5 | ≥ 2 | yes | yes | 30 m/s | 10 m/s: a snail |" in page
    assert "| X2 | speed | not run |" in page
    assert "No AMX." in page
    assert "Contended" not in page and "Quick" not in page


def test_the_page_admits_what_spoils_the_figures(whole):
    first, *others = whole.results
    loaded = replace(first, other_load_cores=1.5, measured_at="2026-01-02T03:04:05.678+00:00")
    page = report.document(replace(whole, results=[loaded, *others]))
    assert "**Contended:** X1: other programs" in page
    assert "A race. Measured on 2026-01-02 at commit unknown, in 0 s, 1.5 cores busy" in page
    assert "**Quick:**" in report.document(replace(whole, quick=True))


def test_the_page_says_why_a_goal_is_missed(whole, monkeypatch):
    one = Figure("X", PARTS, lambda s: {}, reason="A snail is fast.")
    monkeypatch.setattr(report, "figures", lambda: {"X": one})
    assert "A snail is fast." not in report.document(whole)
    slow = replace(whole.results[0], met=False)
    assert "**X.** A snail is fast." in report.document(replace(whole, results=[slow]))


def test_the_page_before_the_first_run_lists_every_figure():
    page = report.document(None)
    parts = [part.id for one in registry.figures().values() for part in one.parts]
    assert all(f"| {part} | " in page for part in parts)


def rows(report_: Report) -> dict[str, float | None]:
    return {one.id: one.ratio for one in report_.results}


@pytest.fixture
def known(monkeypatch) -> Figure:
    """One figure of two parts is all there is."""
    one = figure(lambda s: {"X1": measured(2.0), "X2": measured(3.0)})
    monkeypatch.setattr(registry, "figures", lambda: {"X": one})
    return one


def test_a_figure_measured_anew_leaves_the_other_rows(whole, known, tmp_path):
    older = replace(whole, results=results_of(known, Settings(tmp_path, quick=True)))
    again = replace(older.results[1], ratio=9.0)
    both = record.merged(older, replace(whole, results=[again]))
    assert rows(both) == {"X1": 2.0, "X2": 9.0}
    assert rows(record.merged(None, whole)) == rows(whole)


@pytest.mark.parametrize("difference", [{"cores": 8}, {"processor": "another"}])
def test_rows_of_another_machine_do_not_stay(whole, known, difference):
    elsewhere = replace(whole, machine={**MACHINE, **difference})
    newer = replace(whole, results=whole.results[:1])
    assert rows(record.merged(elsewhere, newer)) == {"X1": 2.5}
    assert rows(record.merged(replace(whole, quick=True), newer)) == {"X1": 2.5}


def test_figures_are_read_back_as_they_were_kept(whole, tmp_path):
    path = record.beside(tmp_path / "page.md")
    assert record.load(path) is None
    record.save(path, whole)
    assert record.load(path) == whole
    path.write_text("[1]")
    with pytest.raises(UsageError, match="Remove the file"):
        record.load(path)


def test_what_was_measured_is_kept_after_every_figure(monkeypatch):
    monkeypatch.setattr(machine, "machine", lambda log: dict(MACHINE))
    monkeypatch.setattr(machine, "busy_cores", lambda seconds: 1.0)
    kept: list[Report] = []
    fine = figure(lambda s: {"X1": measured(2.0), "X2": measured(3.0)})
    dying = Figure("Y", (Part("Y1", "speed", "a snail", None),), raising(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        measure([fine, dying], quick=True, keep=kept.append)
    assert [rows(one) for one in kept] == [{"X1": 2.0, "X2": 3.0}]
    assert all(one.contended and one.measured_at for one in kept[0].results)

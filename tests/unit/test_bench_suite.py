"""Which figures there are, how the suite survives a bad one, and what its report says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from xfer_core.bench import registry, report
from xfer_core.bench.figure import Figure, Measurement, NotMeasured, Part, Settings
from xfer_core.bench.suite import FAILED, MEASURED, NOT_RUN, Report, results_of
from xfer_core.domain.errors import StageFailed, UnknownName

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
    assert list(found) == ["LEVER", *(f"P{number}" for number in range(1, 10)), "SCALE"]
    parts = [part.id for one in found.values() for part in one.parts]
    assert len(parts) == len(set(parts))
    for id_, one in found.items():
        assert all(part.id.startswith(id_) and part.baseline for part in one.parts)


def test_names_choose_figures_in_the_order_of_the_table():
    assert [one.id for one in registry.chosen(["p5", "P2"])] == ["P2", "P5"]
    assert len(registry.chosen([])) == 11
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
    return Report(dict(MACHINE), {"torch": "1.2.3"}, found, quick=False, seconds=90.0)


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
    busy = replace(whole, machine={**MACHINE, "contended": True, "other_load_cores": 1.5})
    assert "**Contended:** other programs kept 1.5 cores busy" in report.document(busy)
    assert "**Quick:**" in report.document(replace(whole, quick=True))


def test_the_page_before_the_first_run_lists_every_figure():
    page = report.document(None)
    parts = [part.id for one in registry.figures().values() for part in one.parts]
    assert all(f"| {part} | " in page for part in parts)

"""Freeing checkpoints: what no run needs goes, results stay, and more can be built later."""

from __future__ import annotations

import shutil

import pytest

from xfer_core import garbage, locks, spool
from xfer_core.domain.run import StageKind
from xfer_core.store import Store
from xfer_core.views.gains import gains

pytestmark = [pytest.mark.slow, pytest.mark.heavy]


def scores(home):
    with Store.open(home) as store:
        return gains(store)[["intermediate", "target", "language", "score"]].values.tolist()


def test_results_stay_and_a_later_language_is_trained_for_anew(xfer, copied, request_options):
    before, n_checkpoints = scores(copied), len(list(spool.folders(copied.checkpoints)))
    shown = xfer("gc", "--home", copied.root, "--json").json
    assert {row["state"] for row in shown} == {"free"} and len(shown) == n_checkpoints
    assert [row["written"] for row in shown] == sorted(row["written"] for row in shown)
    freed = xfer("gc", "--free", "--home", copied.root, "--json").json
    assert {row["state"] for row in freed} == {"freed"}
    assert not list(spool.folders(copied.checkpoints))
    assert scores(copied) == before
    again = xfer("plan", *request_options(), "--home", copied.root, "--json").json
    assert again["to_run"] == 0
    more = xfer("plan", *request_options(languages="en,de,fr"), "--home", copied.root, "--json")
    kinds = {stage["kind"] for stage in more.json["stages"] if not stage["reused"]}
    assert {"intermediate", "target", "evaluate"} <= kinds


def test_the_oldest_go_first_and_no_more_than_asked_for(copied):
    oldest, *others = garbage.checkpoints(copied)
    freed = garbage.free(copied, most=1)
    assert [one.key for one in freed] == [oldest.key]
    assert [one.key for one in garbage.checkpoints(copied)] == [one.key for one in others]


def test_what_a_run_still_needs_is_kept(xfer, copied):
    """An evaluation without a result, in a run that was interrupted, needs its model."""
    [run] = spool.folders(copied.runs)
    stages = garbage._planned(run)
    open_ = next(s for s in stages if s.kind is StageKind.EVALUATE and s.target == "mini-xnli")
    shutil.rmtree(copied.job(open_.key))
    with locks.exclusive(run / "run.lock"):
        kept = [one for one in garbage.checkpoints(copied) if one.needed_by]
    assert [one.key for one in kept] == [open_.parent] and run.name in kept[0].needed_by
    assert xfer("pin", run.name, "--home", copied.root).code == 0
    assert garbage.free(copied) == []
    assert all("pinned" in one.needed_by for one in garbage.checkpoints(copied))
    assert xfer("pin", run.name, "--remove", "--home", copied.root).code == 0
    with locks.exclusive(copied.job(open_.parent) / "job.lock"):
        freed = garbage.free(copied)
    assert freed and open_.parent not in {one.key for one in freed}
    assert xfer("pin", "no-such-run", "--home", copied.root).code == 2

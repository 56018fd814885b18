"""Sample results: packed from a store, laid beside another one, removed without a trace."""

from __future__ import annotations

import zipfile

import pytest
from spool_samples import stage, write_job, write_run

from xfer_core.domain.errors import DataError
from xfer_core.home import Home
from xfer_core.store import Store, sample
from xfer_core.store.rebuild import content_hash
from xfer_core.views.gains import gains


@pytest.fixture
def measured(tmp_path) -> Home:
    """A store with a baseline and a gain, and a checkpoint that must not travel."""
    home = Home(tmp_path / "measured").create()
    stages = [stage(), stage(intermediate="mini-sst")]
    for one in stages:
        write_job(home, one)
    write_run(home, "run-1", stages)
    (home.checkpoints / "abc").mkdir()
    (home.checkpoints / "abc" / "model.safetensors").write_bytes(b"weights")
    return home


def test_what_is_unpacked_says_the_same(measured, tmp_path):
    archive = tmp_path / "sample.zip"
    assert sample.pack(measured, archive) == archive.stat().st_size
    home = Home(tmp_path / "mine").create()
    shown = sample.unpack(home, archive)
    assert shown.root == home.root / "sample" and sample.is_sample(shown)
    with Store.open(measured) as one, Store.open(shown) as other:
        assert content_hash(one) == content_hash(other)
        assert len(gains(other)) > 0
    with Store.open(home) as own:
        assert gains(own).empty  # nothing of the sample among one's own


def test_the_same_results_make_the_same_archive(measured, tmp_path):
    sample.pack(measured, tmp_path / "a.zip")
    sample.pack(measured, tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    names = zipfile.ZipFile(tmp_path / "a.zip").namelist()
    assert names and not [name for name in names if "checkpoints" in name]


def test_unpacking_twice_and_removing(measured, tmp_path):
    sample.pack(measured, tmp_path / "a.zip")
    home = Home(tmp_path / "mine").create()
    first = sample.unpack(home, tmp_path / "a.zip")
    before = sorted(path for path in first.root.rglob("*") if path.is_file())
    assert sorted(p for p in sample.unpack(home).root.rglob("*") if p.is_file()) == before
    sample.remove(home)
    assert not sample.place(home).root.exists() and home.runs.is_dir()


def test_an_empty_store_makes_no_sample(tmp_path):
    with pytest.raises(DataError, match="finished results"):
        sample.pack(Home(tmp_path / "empty").create(), tmp_path / "a.zip")
    assert not (tmp_path / "a.zip").exists()


@pytest.mark.parametrize(
    "member", ["../outside.json", "/etc/passwd", "runs/a/../../x", "jobs/a/code.py", "plan.json"]
)
def test_an_archive_that_reaches_outside_is_refused(member, tmp_path):
    archive = tmp_path / "bad.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr(member, "{}")
    home = Home(tmp_path / "mine").create()
    with pytest.raises(DataError, match="found"):
        sample.unpack(home, archive)
    assert not sample.place(home).root.exists()


@pytest.mark.parametrize("content", [None, b"", b"not a zip file"])
def test_a_missing_or_damaged_archive_is_named(content, tmp_path):
    archive = tmp_path / "bad.zip"
    if content is not None:
        archive.write_bytes(content)
    with pytest.raises(DataError, match="restore the file"):
        sample.unpack(Home(tmp_path / "mine").create(), archive)

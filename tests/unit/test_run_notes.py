from __future__ import annotations

from pathlib import Path

import pytest

from xfer_core import run_notes, spool
from xfer_core.domain.errors import UsageError
from xfer_core.home import Home
from xfer_core.run_notes import Notes
from xfer_core.store import Store
from xfer_core.store.rebuild import content_hash, rebuild

RUN = "run-1"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "store").create()
    spool.publish(made.run(RUN) / spool.PLAN, {"spec": {}})
    return made


def test_notes_come_back_and_survive_a_rebuild(home: Home) -> None:
    assert run_notes.read(home, RUN) == Notes()
    said = run_notes.write(home, RUN, ["paper", " keep  this ", "paper"], "  Looks good.\n")
    assert said == Notes(("keep this", "paper"), "Looks good.")
    with Store.open(home) as store:
        before = content_hash(store)
    rebuild(home)
    assert run_notes.read(home, RUN) == said
    assert (home.run(RUN) / run_notes.FILE).stat().st_mode & 0o777 == 0o600
    run_notes.write(home, RUN, [], " ")
    assert not (home.run(RUN) / run_notes.FILE).exists()
    with Store.open(home) as store:
        assert content_hash(store) == before


@pytest.mark.parametrize("tag", ["", "  ", "a,b", "x" * 33, "a\x00b", "a\u202eb"])
def test_odd_tags_are_refused(tag: str, home: Home) -> None:
    with pytest.raises(UsageError, match="Expected a tag"):
        run_notes.write(home, RUN, [tag], "")


def test_limits_and_unknown_runs(home: Home) -> None:
    with pytest.raises(UsageError, match="12 tags; got 13"):
        run_notes.write(home, RUN, [str(number) for number in range(13)], "")
    with pytest.raises(UsageError, match="4,000 characters; got 4,001"):
        run_notes.write(home, RUN, [], "x" * 4001)
    with pytest.raises(UsageError, match="no run"):
        run_notes.write(home, "gone", ["a"], "")


@pytest.mark.parametrize("content", ["[]", "{", '{"tags": 3, "note": []}', '{"tags": [1, null]}'])
def test_damaged_file_is_no_note(content: str, home: Home) -> None:
    (home.run(RUN) / run_notes.FILE).write_text(content)
    assert run_notes.read(home, RUN) == Notes()

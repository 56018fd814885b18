"""Results made elsewhere: read whole or not at all, kept apart from the measured ones."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from spool_samples import LANGUAGES, write_grid

from xfer_core import spool
from xfer_core.charts import imported_words
from xfer_core.cli import import_results as command
from xfer_core.domain.errors import DataError, UsageError
from xfer_core.exchange import formulas, tables
from xfer_core.exchange.result import Result, publish
from xfer_core.home import Home
from xfer_core.store import Store
from xfer_core.store.doctor import doctor
from xfer_core.store.rebuild import content_hash, rebuild
from xfer_core.views.gains import gains
from xfer_core.views.imported import imported

HEADER = "encoder,target,language,metric,score"
ROW = "XLM-R large,mini-xnli,de,accuracy,0.75"
FULL = {
    "encoder": "XLM-R large",
    "target": "mini-xnli",
    "language": "de",
    "metric": "accuracy",
    "score": 0.75,
    "intermediate": "multi:mini-qqp+mini-mnli",
    "seed": 3,
    "n_examples": 5010,
    "catalog": "mini",
    "source": "Table 2, Smith 2021",
    "note": "mean of 5, early stopping",
}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "store").create()


def table(folder: Path, *lines: str, name: str = "results.csv") -> Path:
    path = folder / name
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def parquet(folder: Path, *rows: dict[str, Any]) -> Path:
    path = folder / "results.parquet"
    pd.DataFrame(rows).to_parquet(path)
    return path


def refused(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        tables.read(path)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)
    return str(caught.value)


def test_the_smallest_row(tmp_path: Path) -> None:
    (one,) = tables.read(table(tmp_path, HEADER, ROW))
    assert one == Result("XLM-R large", "mini-xnli", "de", "accuracy", 0.75)
    assert one.intermediate == "none" and one.seed is None


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_every_column(tmp_path: Path, kind: str) -> None:
    if kind == "parquet":
        path = parquet(tmp_path, FULL)
    else:
        written = io.StringIO()
        writer = csv.DictWriter(written, list(FULL))
        writer.writeheader()
        writer.writerow(FULL)
        path = table(tmp_path, *written.getvalue().splitlines())
    (one,) = tables.read(path)
    assert one.intermediate == "multi:mini-mnli+mini-qqp"  # the one name of the mixture
    assert (one.seed, one.n_examples, one.value) == (3, 5010, 0.75)
    assert one.origin == "Table 2, Smith 2021" and one.note == "mean of 5, early stopping"


def test_every_column_is_described() -> None:
    assert set(tables.COLUMNS) == {*tables.REQUIRED, *tables.OPTIONAL} == set(FULL)


def test_any_order_byte_order_mark_blank_lines_and_empty_cells(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    lines = ["score,seed,metric,language,target,encoder", "", "1,,accuracy,de,mini-xnli,b", ""]
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    (one,) = tables.read(path)
    assert (one.value, one.seed, one.encoder) == (1.0, None, "b")


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("encoder", "", "a name of at most 100 characters"),
        ("encoder", "x" * 101, "at most 100"),
        ("encoder", "=cmd|'/C calc'!A0", "begins with a letter or a digit"),
        ("encoder", "＝SUM(A1)", "begins with a letter"),
        ("encoder", "-model", "begins with a letter"),
        ("encoder", "a\u202eb", "begins with a letter"),
        ("target", "mini-xnly", "did you mean mini-xnli"),
        ("target", "", "Unknown task ''"),
        ("language", "xx", "a language of mini-xnli .*en.*; got 'xx'"),
        ("language", "zero-shot", "got 'zero-shot'"),
        ("metric", "f1", "a metric of mini-xnli \\(accuracy\\); got 'f1'"),
        ("score", "75.0", "divide points by 100"),
        ("score", "0,75", "a number in \\[0, 1\\]; got '0,75'"),
        ("score", "nan", "got 'nan'"),
        ("score", "-0.1", "got '-0.1'"),
        ("score", "inf", "got 'inf'"),
        ("score", "", "a number"),
        ("intermediate", "mini-mnly", "did you mean mini-mnli"),
        ("intermediate", "multi:mini-mnli", "two tasks or more"),
        ("seed", "1.5", "a whole number from 0"),
        ("seed", "-1", "a whole number"),
        ("seed", "one", "got 'one'"),
        ("seed", "1e99", "a whole number"),
        ("n_examples", "0", "a whole number from 1"),
        ("catalog", "paper", "expected 'mini', where mini-xnli is; got 'paper'"),
        ("source", "a" * 501, "one line of at most 500"),
        ("note", "a\x07b", "can be seen"),
        ("note", "two\nlines", "one line"),
    ],
)
def test_a_bad_cell_is_named_with_file_row_and_column(
    tmp_path: Path, column: str, value: str, told: str
) -> None:
    cells = {**FULL, column: value, "seed": value if column == "seed" else 4}
    written = io.StringIO()
    writer = csv.DictWriter(written, list(FULL))
    writer.writeheader()
    writer.writerows([FULL, cells])
    path = tmp_path / "results.csv"
    path.write_text(written.getvalue(), encoding="utf-8", newline="")
    sentence = refused(path)
    assert f"row 2, column '{column}'" in sentence and "Nothing was imported" in sentence
    assert re.search(told, sentence)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([], "no header"),
        ([HEADER], "there are none below the header"),
        (["encoder,target,language,metric", ROW], "score is missing"),
        ([HEADER.replace(",", ";"), ROW], "commas between them"),
        ([f"{HEADER},lang", f"{ROW},de"], "got 'lang'"),
        ([f"{HEADER},score", f"{ROW},1"], "got 'score' twice"),
        ([HEADER, ROW, f"{ROW},more"], "row 2: expected 5 fields, .* got 6"),
        ([HEADER, ROW, "a,b"], "row 2: expected 5 fields, .* got 2"),
        ([HEADER, f'"{ROW}'], "closed quotes .* line 2"),
        ([HEADER, ROW, ROW.replace("0.75", "0.5")], "row 2: expected each result once; row 1"),
    ],
)
def test_a_bad_table_is_refused_whole(tmp_path: Path, lines: list[str], told: str) -> None:
    assert re.search(told, refused(table(tmp_path, *lines)))


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    assert "is none" in refused(tmp_path / "nothing.csv")
    (tmp_path / "results.csv").write_bytes(b"encoder\xff")
    assert "UTF-8" in refused(tmp_path / "results.csv")
    (tmp_path / "results.parquet").write_bytes(b"PAR1 but not really")
    assert "whole Parquet file" in refused(tmp_path / "results.parquet")
    assert "expected text; got int" in refused(parquet(tmp_path, {**FULL, "encoder": 5}))
    assert "a number in" in refused(parquet(tmp_path, {**FULL, "score": True}))


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(tables, "MOST_ROWS", 2)
    rows = [f"m{number},mini-xnli,de,accuracy,0.5" for number in range(3)]
    assert "at most 2 rows" in refused(table(tmp_path, HEADER, *rows))
    frames = [{**FULL, "encoder": f"m{number}"} for number in range(3)]
    assert "at most 2 rows" in refused(parquet(tmp_path, *frames))
    monkeypatch.setattr(tables, "MOST_BYTES", 10)
    assert "Split it" in refused(table(tmp_path, HEADER, ROW))


PAYLOADS = [*"=+-@", "\t1", "\r1", "\0", "=1+1", "@SUM(1)", "＝1", "＋1", "－1", "＠1", "-x", "+x"]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_texts_that_look_like_formulas_are_escaped_and_come_back(payload: str) -> None:
    assert formulas.safe(payload) == f"'{payload}"
    assert formulas.unescaped(formulas.safe(payload)) == payload


@pytest.mark.parametrize("value", [-0.3, 0, None, "", "a=b", "'quoted'", "don't", "'"])
def test_numbers_and_other_texts_stay(value: Any) -> None:
    assert formulas.safe(value) == value
    assert not isinstance(value, str) or formulas.unescaped(value) == value


def bring(home: Home, folder: Path, *lines: str) -> tuple[str, bool]:
    return publish(home, tables.read(table(folder, HEADER, *lines)), {"file": "results.csv"})


def test_an_import_is_one_job_in_the_spool_and_twice_is_once(home: Home, tmp_path: Path) -> None:
    key, is_new = bring(home, tmp_path, ROW, ROW.replace("de", "fr"))
    assert is_new and [path.name for path in home.jobs.iterdir()] == [key]
    assert bring(home, tmp_path, ROW, ROW.replace("de", "fr")) == (key, False)
    assert [path.name for path in home.jobs.iterdir()] == [key]
    assert not [path for path in home.root.iterdir() if path.name.startswith(".tmp")]
    with Store.open(home) as store:
        rows = store.query("SELECT * FROM current_scores ORDER BY language")
        assert rows["source"].tolist() == ["imported"] * 2
        assert rows["encoder"].tolist() == ["XLM-R large"] * 2
        assert (
            rows["language"].tolist() == ["de", "fr"] and rows["catalog"].tolist() == ["mini"] * 2
        )
        assert store.query("SELECT count(*) AS n FROM cells")["n"][0] == 0
        before = content_hash(store)
    report = rebuild(home)
    assert report.content_hash_after == before
    assert all(check.ok for check in doctor(home)), [c for c in doctor(home) if not c.ok]


def test_imported_results_never_enter_measured_cells(home: Home, tmp_path: Path) -> None:
    """Not even under the very name, seed and settings of what was measured."""
    write_grid(home)
    with Store.open(home) as store:
        before = store.query("SELECT * FROM cells ORDER BY ALL")
        shown = gains(store)
    rows = [
        f"mini-encoder,{intermediate},mini-xnli,{code},accuracy,0.99,{seed}"
        for intermediate in ("none", "mini-mnli")
        for code in ("en", "de", "ru")
        for seed in (1, 2, 7)
    ]
    header = "encoder,intermediate,target,language,metric,score,seed"
    path = table(tmp_path, header, *rows)
    publish(home, tables.read(path), {"file": path.name})
    write_grid(home, run_id="run-2", seeds=(3,))  # its group is computed anew
    with Store.open(home) as store:
        assert len(store.query("SELECT * FROM current_scores WHERE source = 'imported'")) == 18
        after = store.query("SELECT * FROM cells ORDER BY ALL")
        assert after["score"].max() < 0.99 and after["n_seeds"].max() == 3
        assert set(after["seeds"].map(tuple)) == {(1, 2, 3)}
        found = imported(store)
        assert found["score"].tolist() == pytest.approx([0.99] * 6)
        assert found["n_seeds"].tolist() == [3] * 6 and (found["n_measured_seeds"] == 3).all()
        own = gains(store).set_index(["intermediate", "language"])["score"]
        for row in found.to_dict("records"):
            assert row["measured"] == own[row["intermediate"], row["language"]]
    assert len(before) == len(after) and len(shown)


def test_a_mean_needs_every_language_that_was_measured_here(home: Home, tmp_path: Path) -> None:
    write_grid(home)
    header = "encoder,target,language,metric,score,source"
    whole = [f"other,mini-xnli,{code},accuracy,{at / 10},one" for at, code in enumerate(LANGUAGES)]
    part = ["other,mini-xnli,de,accuracy,0.9,two", "other,mini-xnli,tr,accuracy,0.9,two"]
    path = table(tmp_path, header, *whole, *part)
    publish(home, tables.read(path), {"file": path.name})
    with Store.open(home) as store:
        place = {"catalog": "mini", "target": "mini-xnli"}
        every = imported(store, **place, language="all").set_index("origin")
        abroad = imported(store, **place, language="zero-shot").set_index("origin")
        german = imported(store, **place, language="de")
        unmeasured = imported(store, catalog="mini", language="zero-shot", target="mini-qqp")
    assert every.loc["one", "score"] == pytest.approx(0.1)  # of 0, 0.1 and 0.2
    assert abroad.loc["one", "score"] == pytest.approx(0.15)
    assert math.isnan(abroad.loc["two", "score"])
    counts = abroad.loc["two", ["n_languages", "n_wanted"]].tolist()
    assert counts == [1, 2]  # Turkish was not measured here
    assert german["score"].tolist() == pytest.approx([0.1, 0.9]) and unmeasured.empty
    said = imported_words.as_table(abroad.reset_index(), "other")
    assert said[imported_words.COLUMN].tolist() == ["\N{WHITE DIAMOND} 15.0"] + [
        "\N{WHITE DIAMOND} 1 of 2 languages"
    ]
    assert said["Source"].tolist() == ["one", "two"]


def test_a_kill_before_the_rename_leaves_nothing(home: Home, tmp_path: Path, monkeypatch) -> None:
    replace = os.replace

    def killed(one: Path, other: Path) -> None:
        if Path(other).parent == home.jobs:
            raise OSError(28, "No space left on device")
        replace(one, other)

    monkeypatch.setattr("xfer_core.exchange.result.os.replace", killed)
    with pytest.raises(DataError, match="nothing was imported"):
        bring(home, tmp_path, ROW)
    assert not list(home.jobs.iterdir())
    assert not [path for path in home.root.iterdir() if path.name.startswith(".tmp")]


def test_the_command(home: Home, tmp_path: Path, capsys) -> None:
    path = table(tmp_path, f"{HEADER},source", f"{ROW},a paper")
    command.import_results([path], home=home.root)
    assert "1 result imported" in capsys.readouterr().out
    command.import_results([path], home=home.root, json=True)
    (said,) = json.loads(capsys.readouterr().out)
    assert (said["new"], said["results"], said["left_out"]) == (False, 1, {})
    command.import_results(shown=True, home=home.root, json=True)
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["origin"], row["score"], row["measured"]) == ("a paper", 0.75, None)
    command.import_results(columns=True, json=True)
    assert {one["column"] for one in json.loads(capsys.readouterr().out)} == set(tables.COLUMNS)


def test_one_bad_file_of_several_imports_none(home: Home, tmp_path: Path) -> None:
    good = table(tmp_path, HEADER, ROW)
    bad = table(tmp_path, HEADER, "x", name="bad.csv")
    with pytest.raises(DataError, match="bad.csv"):
        command.import_results([good, bad], home=home.root)
    assert not list(home.jobs.iterdir())


def test_options_that_make_no_sense_are_told(home: Home, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="none was named"):
        command.import_results([], home=home.root)
    path = table(tmp_path, HEADER, ROW)
    with pytest.raises(UsageError, match="--encoder with a folder of predictions only"):
        command.import_results([path], encoder="x", home=home.root)
    with pytest.raises(UsageError, match="Expected --encoder NAME"):
        command.import_results([tmp_path], home=home.root)
    with pytest.raises(UsageError, match="begins with a letter"):
        command.import_results([tmp_path], encoder="=x", home=home.root)


def test_a_damaged_import_is_seen_by_the_doctor(home: Home, tmp_path: Path) -> None:
    key, _ = bring(home, tmp_path, ROW)
    events = home.job(key) / spool.EVENTS
    events.write_bytes(events.read_bytes().replace(b"0.75", b"0.95"))
    assert "results agree with events" in {check.name for check in doctor(home) if not check.ok}

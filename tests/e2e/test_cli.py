"""The command line: wrong requests are one sentence, and JSON has the promised shapes."""

from __future__ import annotations

import json
import re

import duckdb
import pytest

from xfer_core.home import Home
from xfer_core.store import Store

pytestmark = pytest.mark.slow

GAINS = (
    "encoder intermediate target language metric score baseline gain_points n_seeds ci_low ci_high "
    "p_value significant"
)
TASKS = (
    "name kind catalog languages metric train_examples available missing source revision licence "
    "fingerprint"
)
ENCODERS = "name catalog parameters layers hidden_size source revision available"
PLAN = "stages to_run reused estimated_seconds estimated_bytes gpu_hours"
STATUS = "run_id state stages_done stages_total stages_reused stages_failed eta_seconds started_at"
LATENCY = (
    "encoder intermediate target language back_end precision device threads batch_size "
    "sequence_length p50_ms p95_ms ci_low_ms ci_high_ms throughput score n contended"
)
REQUEST = ["--intermediate", "mini-sst", "--target", "mini-xnli"]

WRONG = {
    "task": (["--intermediate", "mini-sst", "--target", "mini-xnly"], "mini-xnli"),
    "intermediate": (["--intermediate", "mini-mnly", "--target", "mini-xnli"], "mini-mnli"),
    "language": ([*REQUEST, "--languages", "ger,dee"], "known: af, am, ar"),
    "encoder": ([*REQUEST, "--encoder", "mini-z"], "mini-s"),
    "catalogue": ([*REQUEST, "--catalog", "mimi"], "mini"),
    "preset": (["--preset", "dmeo"], "demo"),
    "setting": ([*REQUEST, "--set", "target.step=5"], "target.steps"),
    "value": ([*REQUEST, "--set", "target.steps=few"], "settings.target.steps"),
    "broken value": ([*REQUEST, "--set", "target.steps=[5"], "target.steps="),
    "seeds": ([*REQUEST, "--seeds", "1,two"], "'two'"),
    "nothing": ([], "intermediates"),
    "retrieval": (["--intermediate", "mini-tatoeba", "--target", "mini-xnli"], "--target"),
    "executor": ([*REQUEST, "--executor", "cloud"], "local or inline"),
    "option": ([*REQUEST, "--sede", "1"], "--sede"),
}


def one_sentence(text: str) -> None:
    assert text.startswith("xfer: ") and text.count("\n") == 1, text
    assert "Traceback" not in text


def fields(rows: list[dict], names: str) -> None:
    assert rows
    for row in rows:
        assert set(names.split()) <= set(row), set(names.split()) - set(row)


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_request_is_one_sentence_and_writes_nothing(xfer, tmp_path, wrong):
    given, hint = WRONG[wrong]
    answer = xfer("run", *given, "--home", tmp_path / "store")
    assert (answer.code, answer.out) == (2, "")
    one_sentence(answer.err)
    assert hint in answer.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "given",
    [
        ["gains", "--target", "mini-xnly"],
        ["gains", "--language", "german"],
        ["gains", "--metric", "accuracyy"],
        ["gains", "--format", "xml"],
        ["latency", "--encoder", "mini-z"],
        ["status", "20200101-000000-abcd"],
        ["cancel", "20200101-000000-abcd"],
        ["retry", "20200101-000000-abcd"],
        ["run", "20200101-000000-abcd", "--json"],
        ["run", "../../etc", "--json"],
        ["dance"],
    ],
    ids=" ".join,
)
def test_every_command_refuses_what_it_does_not_know(xfer, tmp_path, given):
    home = [] if given == ["dance"] else ["--home", tmp_path / "store"]
    answer = xfer(*given, *home)
    assert (answer.code, answer.out) == (2, "")
    one_sentence(answer.err[answer.err.index("xfer: ") :])


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("targets: [mini-xnli", "line 1"),
        ("- mini-xnli", "got list"),
        ("intermediates: [none]\ntargts: [mini-xnli]", "targets"),
        ("intermediates: [none]\ntargets: 5", "'targets'"),
        (None, "cannot be read"),
    ],
)
def test_a_broken_plan_file_is_one_sentence(xfer, tmp_path, text, hint):
    file = tmp_path / "plan.yaml"
    if text is not None:
        file.write_text(text)
    answer = xfer("run", "--file", file, "--home", tmp_path / "store")
    assert answer.code == 2
    one_sentence(answer.err)
    assert hint in answer.err
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("command", ["run", "plan", "gains", "status", "rebuild"])
def test_a_store_that_cannot_be_written_is_one_sentence(xfer, tmp_path, command):
    place = tmp_path / "file"
    place.write_text("not a folder")
    given = REQUEST if command in ("run", "plan") else []
    answer = xfer(command, *given, "--home", place / "store")
    assert answer.code in (1, 2)
    one_sentence(answer.err)
    assert str(place) in answer.err
    assert place.read_text() == "not a folder"


def test_a_newer_store_is_one_sentence_and_stays_as_it_is(xfer, tmp_path):
    home = Home(tmp_path / "store").create()
    Store.open(home).close()
    with duckdb.connect(str(home.database)) as connection:
        connection.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
    before = home.database.read_bytes()
    for command in ("gains", "status", "rebuild"):
        answer = xfer(command, "--home", home.root)
        assert answer.code == 1
        one_sentence(answer.err)
        assert "update Xfer" in answer.err
    assert xfer("doctor", "--home", home.root).code == 1
    assert home.database.read_bytes() == before


def test_as_a_process_a_wrong_request_ends_with_2(xfer_process, tmp_path):
    process = xfer_process("run", *WRONG["task"][0], "--home", tmp_path / "store")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    one_sentence(err)
    assert "did you mean mini-xnli" in err and list(tmp_path.iterdir()) == []


def test_catalogues(xfer, tmp_path):
    home = ["--home", tmp_path / "store", "--json"]
    fields(xfer("tasks", *home).json, TASKS)
    fields(xfer("encoders", *home).json, ENCODERS)
    languages = xfer("languages", *home).json
    fields(languages, "code name script family")
    assert {one["code"] for one in languages} >= set("en de es fr ru el tr ar hi zh ja sw".split())
    for command in ("tasks", "encoders", "languages"):
        assert xfer(command, *home[:2]).code == 0
    assert list(tmp_path.iterdir()) == []


def test_a_plan_says_what_is_reused(xfer, finished, request_options):
    plan = xfer("plan", *request_options(), "--home", finished.root, "--json").json
    assert set(PLAN.split()) <= set(plan)
    fields(plan["stages"], "kind name key reused estimated_seconds")
    assert (plan["to_run"], plan["reused"], plan["estimated_seconds"]) == (0, 18, 0)
    assert all(stage["reused"] for stage in plan["stages"])
    more = xfer("plan", *request_options("target.steps=5"), "--home", finished.root, "--json").json
    assert more["to_run"] == 10 and more["estimated_seconds"] > 0 and more["estimated_bytes"] > 0
    text = xfer("plan", *request_options(), "--home", finished.root)
    assert "0 stages to run, 18 reused" in text.out


def test_status_of_all_runs_and_of_one(xfer, finished):
    rows = xfer("status", "--home", finished.root, "--json").json
    fields(rows, STATUS)
    (row,) = rows
    assert (row["state"], row["stages_done"], row["stages_total"]) == ("succeeded", 18, 18)
    assert (row["stages_reused"], row["stages_failed"], row["eta_seconds"]) == (0, 0, None)
    one = xfer("status", row["run_id"], "--home", finished.root, "--json").json
    assert one["state"] == "succeeded" and len(one["stages"]) == 18
    assert {stage["state"] for stage in one["stages"]} == {"succeeded"}
    assert row["run_id"] in xfer("status", "--home", finished.root).out


def test_a_run_that_has_ended_cannot_be_cancelled(xfer, copied):
    (before,) = xfer("status", "--home", copied.root, "--json").json
    answer = xfer("cancel", before["run_id"], "--home", copied.root)
    assert answer.code == 2 and "already ended (succeeded)" in answer.err
    assert xfer("status", "--home", copied.root, "--json").json == [before]


@pytest.mark.parametrize("option", [["--force"], ["--force-only", "latency"]])
def test_what_a_run_finished_is_not_forced_by_its_name(xfer, copied, option):
    (before,) = xfer("status", "--home", copied.root, "--json").json
    answer = xfer("run", before["run_id"], *option, "--home", copied.root)
    assert answer.code == 2 and "--preset" in answer.err
    one_sentence(answer.err)
    assert xfer("status", "--home", copied.root, "--json").json == [before]


def test_gains(xfer, finished):
    rows = xfer("gains", "--home", finished.root, "--json").json
    fields(rows, GAINS)
    assert {(r["intermediate"], r["target"]) for r in rows} == {
        (a, b) for a in ("none", "mini-sst") for b in ("mini-xnli", "mini-tatoeba")
    }
    for row in rows:
        assert row["language"] == "zero-shot" and row["n_seeds"] == 2
        assert 0 <= row["score"] <= 1
        if row["intermediate"] == "none":
            assert row["gain_points"] is None and row["baseline"] == row["score"]
        else:
            assert row["gain_points"] == pytest.approx(100 * (row["score"] - row["baseline"]))
            assert row["ci_low"] <= row["gain_points"] <= row["ci_high"]
    every = xfer("gains", "--by", "intermediate,target,language", "--home", finished.root, "--json")
    pairs = {(row["target"], row["language"]) for row in every.json}
    assert pairs == {
        *(("mini-xnli", code) for code in ("en", "de", "zero-shot", "all")),
        *(("mini-tatoeba", code) for code in ("de", "zero-shot", "all")),
    }
    one = xfer("gains", "--target", "mini-xnli", "--home", finished.root, "--json").json
    assert {row["target"] for row in one} == {"mini-xnli"}
    assert xfer("gains", "--metric", "f1", "--home", finished.root, "--json").json == []


def test_latency(xfer, finished):
    rows = xfer("latency", "--home", finished.root, "--json").json
    fields(rows, LATENCY)
    assert len(rows) == 4  # another seed is no other work
    for row in rows:
        assert row["n"] == 5 and row["device"] and row["threads"] == 1
        assert 0 < row["ci_low_ms"] <= row["p50_ms"] <= row["ci_high_ms"]
        assert row["p50_ms"] <= row["p95_ms"]
    assert xfer("latency", "--home", finished.root).code == 0


def test_doctor_and_rebuild(xfer, copied):
    doctor = xfer("doctor", "--home", copied.root, "--json").json
    assert doctor["ok"] is True
    fields(doctor["checks"], "name ok detail")
    report = xfer("rebuild", "--home", copied.root, "--json").json
    assert report["content_hash_before"] == report["content_hash_after"]
    assert report["rows"] > 0 and report["damaged_lines"] == 0
    victim = next(copied.jobs.glob("*/events.jsonl"))
    victim.write_bytes(victim.read_bytes().replace(b'"finished"', b'"finisheD"'))
    broken = xfer("doctor", "--home", copied.root, "--json")
    assert broken.code == 1
    one_sentence(broken.err)
    assert json.loads(broken.out)["ok"] is False


@pytest.mark.parametrize("command", ["gains", "latency", "status"])
def test_an_empty_store_has_no_rows_and_is_no_error(xfer, tmp_path, command):
    assert xfer(command, "--home", tmp_path / "store", "--json").json == []
    assert xfer(command, "--home", tmp_path / "store").code == 0


def test_help_names_every_command(xfer):
    text = xfer("--help").out
    names = "demo serve tasks encoders languages plan run status cancel retry gains latency doctor"
    for name in (*names.split(), "rebuild"):
        assert re.search(rf"^\s+{name}\b", text, re.MULTILINE), name

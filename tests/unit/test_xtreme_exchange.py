"""XTREME's prediction folder: written for all nine tasks, read by its rules, and taken back."""

from __future__ import annotations

import json
import shutil
import warnings
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from exchange_samples import ENGLISH, predicted, rows_of, write_data, write_run
from seqeval.metrics import f1_score

from xfer_core import catalog, kept
from xfer_core.domain import xtreme
from xfer_core.domain.errors import DataError, UsageError
from xfer_core.domain.task import TaskKind
from xfer_core.exchange import layout, xtreme_import
from xfer_core.exchange.checking import check
from xfer_core.exchange.result import Result
from xfer_core.exchange.xtreme_export import Chosen, export
from xfer_core.home import Home

ANY = Chosen()
COUNTS = {
    **{"xnli": 15, "pawsx": 7, "udpos": 33, "panx": 40, "bucc2018": 4, "tatoeba": 36},
    **{"xquad": 11, "mlqa": 7, "tydiqa": 9},
}
"""Files of each task: the numbers of XTREME's own example of a submission."""


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory):
    """The data, a store with one run over all nine tasks, and its exported folder."""
    root = tmp_path_factory.mktemp("xtreme")
    write_data(root / "data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XFER_DATA_DIR", str(root / "data"))
        patch.delenv("XFER_XTREME_DIR", raising=False)
        home = Home(root / "store").create()
        write_run(home, "run-all")
        report = export(home, ["run-all"], root / "pred", ANY)
        yield home, root / "pred", report


@pytest.fixture
def copied(everything, tmp_path: Path) -> Path:
    return Path(shutil.copytree(everything[1], tmp_path / "pred"))


def rows(name: str, code: str):
    return rows_of(name, code)


def test_there_is_one_file_for_each_language_of_the_nine_tasks(everything) -> None:
    _, folder, report = everything
    assert report.is_complete and not report.missing
    found = {path.name: len(list(path.iterdir())) for path in folder.iterdir()}
    assert found == COUNTS == {name: len(codes) for name, codes in xtreme.LANGUAGES.items()}
    for name in COUNTS:
        ending = "json" if catalog.task(name).kind is TaskKind.SPAN else "tsv"
        names = {path.name for path in (folder / name).iterdir()}
        assert names == {f"test-{code}.{ending}" for code in xtreme.LANGUAGES[name]}


def test_the_checker_accepts_what_was_written(everything) -> None:
    assert check(everything[1], rows) == []


# A second reading of the benchmark's own rules, file by file.


def lines(path: Path) -> list[str]:
    return [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]


def sentences(path: Path) -> list[list[str]]:
    found: list[list[str]] = [[]]
    for line in lines(path):
        if line:
            found[-1].append(line)
        else:
            found.append([])
    return [one for one in found if one]


def accuracy(path: Path, labels: list[str]) -> dict[str, float]:
    found = lines(path)
    assert len(found) == len(labels)
    right = sum(one == other for one, other in zip(found, labels, strict=True))
    return {"accuracy": right / len(labels)}


def pair_labels(name: str, code: str) -> list[str]:
    numbers = {"different": "0", "paraphrase": "1"}
    return [numbers.get(row["label"], row["label"]) for row in rows(name, code)]


def tatoeba_labels(code: str) -> list[str]:
    """For each line of the sorted English file the 0-based line of its translation."""
    numbered = [(row["source"], at) for at, row in enumerate(rows("tatoeba", code))]
    return [str(at) for _, at in sorted(numbered, key=lambda pair: pair[0])]


def tags(path: Path, name: str, code: str) -> dict[str, float]:
    found, gold = sentences(path), [row["tags"] for row in rows(name, code)]
    assert [len(one) for one in found] == [len(one) for one in gold]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {"f1": f1_score(gold, found)}


def mined(path: Path, code: str) -> dict[str, float]:
    found = {tuple(line.split("\t")) for line in lines(path)}
    gold = {
        (row["target_id"], row["source_id"]) for row in rows("bucc2018", code) if row["parallel"]
    }
    assert all(len(pair) == 2 and pair[0].startswith(f"{code}-") for pair in found)
    assert all(pair[1].startswith("en-") for pair in found)
    right = len(found & gold)
    return {"mining_f1": 2 * right / (len(found) + len(gold))}


def answers(path: Path, name: str, code: str) -> dict[str, float]:
    found, totals = json.loads(path.read_text(encoding="ascii")), defaultdict(float)
    asked = rows(name, code)
    assert set(found) == {row["id"] for row in asked}
    for row in asked:
        for metric in xtreme.METRICS[name]:
            counted = catalog.metric(metric).counts(
                [found[row["id"]]], [row["answers"]["text"]], code
            )
            totals[metric] += counted[0][0] / len(asked)
    return dict(totals)


OFFICIAL: dict[str, Callable[[Path, str, str], dict[str, float]]] = {
    "xnli": lambda path, name, code: accuracy(path, pair_labels(name, code)),
    "pawsx": lambda path, name, code: accuracy(path, pair_labels(name, code)),
    "tatoeba": lambda path, name, code: accuracy(path, tatoeba_labels(code)),
    "bucc2018": lambda path, name, code: mined(path, code),
    "udpos": tags,
    "panx": tags,
    **dict.fromkeys(("xquad", "mlqa", "tydiqa"), answers),
}


@pytest.mark.parametrize("name", list(COUNTS))
def test_the_rules_of_the_benchmark_give_the_scores_of_the_predictions(
    everything, name: str
) -> None:
    home, folder, _ = everything
    task, values = catalog.task(name), []
    for code in xtreme.LANGUAGES[name]:
        told = OFFICIAL[name](layout.place(folder, task, code), name, code)
        asked = rows(name, code)
        own = predicted(name, code, asked, 1)
        for metric_name in xtreme.METRICS[name]:
            metric = catalog.metric(metric_name)
            counts = metric.counts(own, layout.references(task, asked), code)
            assert metric.value(counts) == pytest.approx(told[metric_name], abs=1e-12), code
            values.append(told[metric_name])
    assert 0 < sum(values) / len(values) < 1


def test_tatoebas_numbers_follow_the_sorted_english_lines(tmp_path: Path, everything) -> None:
    order = sorted(range(len(ENGLISH)), key=lambda at: ENGLISH[at])
    assert [ENGLISH[at] for at in order[:2]] == ["Apples fall", "Apples fall"] and order[:2] == [
        1,
        4,
    ]
    task, asked = catalog.task("tatoeba"), rows("tatoeba", "de")
    perfect = layout.written(task, asked, list(range(len(asked))))
    assert perfect.split() == [str(at) for at in order]


def test_references_are_those_of_the_stages(everything) -> None:
    from xfer_core.stages.kinds import KINDS

    for name in (*COUNTS, "mini-mmlu"):
        task = catalog.task(name)
        code = (xtreme.LANGUAGES.get(name) or ("en",))[-1]
        asked = task.source.rows("test", code)
        assert layout.references(task, asked) == KINDS[task.kind].references(asked, task)


def test_runs_can_be_joined_and_what_is_missing_is_named(everything, tmp_path: Path) -> None:
    home = Home(tmp_path / "store").create()
    write_run(home, "run-a", ["xnli"])
    (stage,) = write_run(home, "run-b", ["tatoeba"])
    kept.path(home, stage.key, "test", "sw").unlink()
    report = export(home, ["run-a", "run-b"], tmp_path / "pred", ANY)
    assert not report.is_complete
    assert len(report.written["xnli"]) == 15 and len(report.written["tatoeba"]) == 35
    assert list(report.missing["tatoeba"]) == ["sw"]
    assert "--force" in report.missing["tatoeba"]["sw"]
    assert "not evaluated" in report.missing["mlqa"]["de"]
    faults = check(tmp_path / "pred", rows)
    assert len(faults) == 1 and "test-sw.tsv" in faults[0]


def test_a_part_of_a_test_set_is_not_exported(everything, tmp_path: Path) -> None:
    home = Home(tmp_path / "store").create()
    (stage,) = write_run(home, "run-a", ["xnli"])
    kept.keep(home, stage.key, "test", "de", [0, 1], ["neutral", "neutral"])
    report = export(home, ["run-a"], tmp_path / "pred", ANY)
    assert "2 predictions for a test set of 7 rows" in report.missing["xnli"]["de"]
    assert "de" not in report.written["xnli"]


def test_one_model_must_be_meant(everything, tmp_path: Path) -> None:
    home = Home(tmp_path / "store").create()
    write_run(home, "run-a", ["xnli"])
    write_run(home, "run-b", ["xnli"], seed=2)
    with pytest.raises(UsageError, match="hold 2: --encoder xlm-r .* --seed 1; .* --seed 2"):
        export(home, ["run-a", "run-b"], tmp_path / "pred", ANY)
    assert not (tmp_path / "pred").exists()
    export(home, ["run-a", "run-b"], tmp_path / "pred", Chosen(seed=2))
    found = lines(tmp_path / "pred" / "xnli" / "test-de.tsv")
    assert found == predicted("xnli", "de", rows("xnli", "de"), 2)


def test_nothing_is_overwritten_and_nothing_half_written(everything, tmp_path: Path) -> None:
    home = everything[0]
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="holds something"):
        export(home, ["run-all"], tmp_path / "full", ANY)
    with pytest.raises(UsageError, match="no run 'run-x'"):
        export(home, ["run-x"], tmp_path / "new", ANY)
    with pytest.raises(UsageError, match="there is none"):
        export(home, ["run-all"], tmp_path / "new", Chosen(encoder="mbert"))
    other = Home(tmp_path / "store").create()
    (stage,) = write_run(other, "run-a", ["bucc2018"])
    shutil.rmtree(other.job(stage.key) / kept.FOLDER)
    with pytest.raises(DataError, match="bucc2018 in 'de': no predictions are kept"):
        export(other, ["run-a"], tmp_path / "new", ANY)
    assert [path.name for path in tmp_path.iterdir() if path.name != "store"] == ["full"]


def faulty(folder: Path, name: str, code: str, change: Callable[[str], str]) -> str:
    """The checker's only sentence after a change to one file."""
    path = layout.place(folder, catalog.task(name), code)
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    (sentence,) = check(folder, rows)
    assert str(path) in sentence
    return sentence


def without_last_line(text: str) -> str:
    return "".join(f"{line}\n" for line in text.splitlines()[:-1])


@pytest.mark.parametrize(
    ("name", "code", "change", "told"),
    [
        ("xnli", "de", without_last_line, "Expected 7 lines .* got 6"),
        ("xnli", "de", lambda text: f"yes{text[text.index(chr(10)) :]}", "line 1; got 'yes'"),
        ("pawsx", "de", lambda text: text.replace("0", "2"), "one of 0, 1 .*; got '2'"),
        ("panx", "sw", lambda text: f"{text}\nO\n", "Expected 4 sentences .* got 5"),
        ("udpos", "th", lambda text: f"X\n{text}", "3 tags of the sentence .* line 1; got '4'"),
        ("tatoeba", "te", lambda text: f"{text}0\n", "Expected 6 lines .* got 7"),
        ("tatoeba", "te", lambda text: f"6{text[1:]}", "a number from 0 to 5 .* line 1; got '6'"),
        ("tatoeba", "te", lambda text: f"-1{text[1:]}", "got '-1'"),
        ("tatoeba", "te", lambda text: f"²{text[1:]}", "got '²'"),
        ("bucc2018", "ru", lambda text: "ru-000000001 en-000000001\n", "a tab .* line 1"),
        ("bucc2018", "ru", lambda text: "ru-000000099\ten-000000001\n", "foreign .* line 1"),
        ("tydiqa", "fi", lambda text: text.replace("finnish-", ""), "has none"),
        ("xquad", "el", lambda text: "[]", "one object"),
        ("xquad", "el", lambda text: text[:-5], "it is damaged"),
        ("mlqa", "vi", lambda text: '{"a": 1}', "a text as the answer to 'a'"),
    ],
)
def test_what_breaks_a_rule_is_named_with_its_file_and_line(
    copied: Path, name: str, code: str, change: Callable[[str], str], told: str
) -> None:
    import re

    assert re.search(told, faulty(copied, name, code, change))


def test_a_wrong_folder_is_told(tmp_path: Path) -> None:
    assert "is none" in check(tmp_path / "nowhere", rows)[0]
    assert "sub-folders named after" in check(tmp_path, rows)[0]


def test_trailing_blank_lines_and_any_order_of_pairs_are_accepted(copied: Path) -> None:
    path = copied / "panx" / "test-de.tsv"
    path.write_text(path.read_text() + "\n")
    pairs = copied / "bucc2018" / "test-de.tsv"
    pairs.write_text("".join(reversed(pairs.read_text().splitlines(keepends=True))))
    assert check(copied, rows) == []


MODEL = xtreme_import.Model("other-model", "none", 3, "a paper", "")


def read_back(home: Home, folder: Path) -> dict[tuple[str, str, str], Result]:
    scored = xtreme_import.read(home, folder, MODEL)
    return {(one.target, one.language, one.metric): one for one in scored.results}


def test_the_folder_comes_back_with_the_scores_it_went_out_with(everything) -> None:
    home, folder, _ = everything
    found = read_back(home, folder)
    for name in COUNTS:
        task = catalog.task(name)
        for code in xtreme.LANGUAGES[name]:
            asked = rows(name, code)
            own = predicted(name, code, asked, 1)
            for metric_name in (task.metric, *task.more_metrics):
                metric = catalog.metric(metric_name)
                counts = metric.counts(own, layout.references(task, asked), code)
                one = found[name, code, metric_name]
                assert one.value == metric.value(counts)
                assert one.scores == tuple(counts[0]) and one.n_examples == len(asked)
                assert (one.encoder, one.seed, one.origin) == ("other-model", 3, "a paper")


def test_a_sentence_may_have_several_partners_in_a_mined_list(copied: Path, everything) -> None:
    """XTREME counts a set of pairs, so each of them is found or wrong by itself."""
    rows_of_de = rows("bucc2018", "de")
    right = next(row for row in rows_of_de if row["parallel"])
    pairs = [(right["target_id"], right["source_id"]), ("de-000000001", right["source_id"])]
    path = copied / "bucc2018" / "test-de.tsv"
    path.write_text("".join(f"{one}\t{other}\n" for one, other in pairs))
    one = read_back(everything[0], copied)["bucc2018", "de", "mining_f1"]
    assert one.value == pytest.approx(2 * 1 / (2 + 3))
    assert mined(path, "de")["mining_f1"] == pytest.approx(one.value)


def test_a_score_on_gold_pairs_alone_says_so(
    everything, copied: Path, monkeypatch, tmp_path: Path
) -> None:
    """Where the lists hold nothing but translations, mining is easy and F1 means little."""
    raw = {"sentence1": ["a", "b"], "sentence2": ["c", "d"], "gold": [[1, 2], [2, 1]]}
    path = tmp_path / "data" / "bucc2018" / "de" / "test.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(raw))
    monkeypatch.setenv("XFER_DATA_DIR", str(tmp_path / "data"))
    (copied / "bucc2018" / "test-de.tsv").write_text("de-000000001\ten-000000002\n")
    model = replace(MODEL, note="my own")
    (one,) = xtreme_import.read(everything[0], copied, model).results
    assert one.value == pytest.approx(2 / 3)
    assert one.note == f"my own {catalog.task('bucc2018').note}"


def test_predictions_without_labels_here_are_left_out_and_named(
    everything, monkeypatch, tmp_path: Path
) -> None:
    home, folder, _ = everything
    write_data(tmp_path / "data")
    shutil.rmtree(tmp_path / "data" / "xnli" / "sw")
    monkeypatch.setenv("XFER_DATA_DIR", str(tmp_path / "data"))
    scored = xtreme_import.read(home, folder, MODEL)
    assert list(scored.left_out) == ["xnli"] and list(scored.left_out["xnli"]) == ["sw"]
    assert scored.left_out["xnli"]["sw"]
    assert len([one for one in scored.results if one.target == "xnli"]) == 14
    monkeypatch.setenv("XFER_DATA_DIR", str(tmp_path / "nothing"))
    with pytest.raises(DataError, match="Expected labels .* none of its 162 files"):
        xtreme_import.read(home, folder, MODEL)
    with pytest.raises(DataError, match="such as xnli/test-en.tsv"):
        xtreme_import.read(home, tmp_path, MODEL)


def test_one_bad_file_stops_the_import(copied: Path, everything) -> None:
    path = copied / "xnli" / "test-fr.tsv"
    path.write_text("neutral\n")
    with pytest.raises(DataError, match="Expected 7 lines .*test-fr.tsv.*; got 1"):
        xtreme_import.read(everything[0], copied, MODEL)


def test_languages_and_groups_are_the_benchmarks() -> None:
    assert {name: len(codes) for name, codes in xtreme.LANGUAGES.items()} == COUNTS
    assert sorted(name for group in xtreme.GROUPS.values() for name in group) == sorted(COUNTS)
    for name, codes in xtreme.LANGUAGES.items():
        task = catalog.task(name)
        assert task.catalog == xtreme.CATALOG and set(codes) <= set(task.languages)
        assert set(xtreme.METRICS[name]) <= {task.metric, *task.more_metrics}

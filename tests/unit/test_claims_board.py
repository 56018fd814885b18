"""Claims from files, the runs that lack, the board of a store, published figures, what to use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from spool_samples import stage, write_job, write_run

from xfer_core import catalog as catalogue
from xfer_core import spool
from xfer_core.charts import few_shot as chart
from xfer_core.claims import missing, reading
from xfer_core.claims.board import board
from xfer_core.claims.claim import Hole, Verdict
from xfer_core.claims.published import GAIN, SCORE, figures, published
from xfer_core.claims.recommending import recommend
from xfer_core.domain.errors import UnknownName, UsageError, XferError
from xfer_core.domain.event import EventType
from xfer_core.domain.intermediate import parse
from xfer_core.home import Home
from xfer_core.store import Store
from xfer_core.views.few_shot import few_shot
from xfer_core.views.language_profit import language_features
from xfer_core.views.running import latest, results

OWN = {
    "id": "mine",
    "claim": "SST helps XNLI",
    "kind": "effect",
    "shows": "Its gain is above 0",
    "rule": "mean_gain",
    "parameters": {"intermediates": ["sst2"], "targets": ["xnli"]},
}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "store").create()


def write_own(home: Home, *claims: dict[str, Any]) -> None:
    (home.root / "claims.yaml").write_text(yaml.safe_dump({"claims": list(claims)}))


def grid(
    home: Home,
    accuracy: dict[str, float],
    seeds: tuple[int, ...] = (1, 2, 3),
    spec: dict[str, Any] | None = None,
    **more: Any,
) -> None:
    stages = []
    for name, rate in accuracy.items():
        for seed in seeds:
            for kind in ("evaluate", "latency"):
                values = {"encoder": "mini-s", **more}
                stages.append(stage(kind, name, seed=seed, **values))
                write_job(home, stages[-1], accuracy=rate)
    write_run(home, "run-1", stages)
    if spec:
        with spool.Writer(home.run("run-1"), "run-1", 2) as writer:
            values = [each.to_json() for each in stages]
            writer.append(EventType.PLAN, spec=spec, stages=values, reused=[], environment={})
            for each in stages:
                writer.append(EventType.JOB, key=each.key, state="succeeded")
            writer.append(EventType.STATE, state="succeeded", reason="")


# ---- claims from files


def test_every_shipped_claim_names_what_both_catalogues_declare() -> None:
    claims, names = reading.shipped()
    assert [claim.id for claim in claims[:19]] == [f"c{number:02}" for number in range(1, 20)]
    for claim in claims:
        for catalog in ("mini", "paper") if claim.is_measured else ("paper",):
            asked = reading.checked(claim, names.parameters(claim, catalog))
            for field in ("intermediates", "targets", "above", "first", "second", "tasks"):
                for name in getattr(asked, field, ()):
                    for task in parse(name).tasks:
                        assert catalogue.task(task).catalog == catalog


def test_a_mixture_of_a_group_has_the_name_that_plans_give_it() -> None:
    claims, names = reading.shipped()
    multi = next(claim for claim in claims if claim.id == "c07")
    paper = names.parameters(multi, "paper")["intermediates"]
    assert paper == ("multi:anli++ccg+cosmosqa+csqa+hellaswag+mnli+qqp+squad1+squad2",)
    mini = names.parameters(multi, "mini")["intermediates"]
    assert len(parse(mini[0]).tasks) == 9 and "mini-anli+" in parse(mini[0]).tasks


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"rule": "mean_gian"}, UnknownName, "did you mean mean_gain"),
        ({"rule": "declared"}, UsageError, "for another kind"),
        ({"kind": "belief"}, UsageError, "claims.0.kind"),
        ({"id": "C 1"}, UsageError, "claims.0.id"),
        ({"id": "c05"}, UsageError, "comes with Xfer"),
        ({"parameters": {"intermediates": ["sst2"]}}, UsageError, "targets: Field required"),
        ({"parameters": {**OWN["parameters"], "lest": 1}}, UsageError, "lest"),
        ({"extra": 1}, UsageError, "claims.0.extra"),
    ],
)
def test_a_wrong_claim_is_refused_in_a_sentence(
    home: Home, change: dict[str, Any], error: type[Exception], said: str
) -> None:
    write_own(home, {**OWN, **change})
    with pytest.raises(error, match=said):
        reading.own(home)


def test_own_claims_may_lie_elsewhere(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert reading.own(home) == ()
    monkeypatch.setenv("XFER_CLAIMS", str(tmp_path / "mine.yaml"))
    with pytest.raises(UsageError, match="there is no such file"):
        reading.own(home)
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump({"claims": [OWN]}))
    assert [claim.id for claim in reading.own(home)] == ["mine"]
    (tmp_path / "mine.yaml").write_text("claims: [")
    with pytest.raises(UsageError, match="it is broken in line"):
        reading.own(home)
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump({"claims": [OWN, OWN]}))
    with pytest.raises(UsageError, match="twice"):
        reading.own(home)


# ---- what lacks


def test_rectangles_cover_the_holes_and_nothing_else() -> None:
    holes = [Hole("a", "x", 1), Hole("a", "x", 2), Hole("b", "y", 1), Hole("a", "y", 1)]
    found = missing.rectangles(holes)
    covered = {
        Hole(name, target, seed, split)
        for split, names, targets, seeds in found
        for name in names
        for target in targets
        for seed in seeds
    }
    assert covered == set(holes)
    assert sum(len(n) * len(t) * len(s) for _, n, t, s in found) == len(holes)


def test_what_is_measured_makes_one_rectangle_of_several() -> None:
    holes = [Hole("a", "x", 3), Hole("a", "y", 1), Hole("a", "y", 3)]
    assert len(missing.rectangles(holes)) == 2
    known = {Hole("a", "x", 1)}
    one = missing.rectangles(holes, known=lambda hole: hole in known)
    assert one == [("test", ("a",), ("x", "y"), (1, 3))]
    apart = missing.rectangles([*holes, Hole("a", "x", 1, "dev")])
    assert apart[-1] == ("dev", ("a",), ("x",), (1,))


def test_what_cannot_be_measured_says_why() -> None:
    assert missing.hindrance(["mnli~languages=de"], ["xnli"]).startswith("MNLI has no training")
    assert missing.hindrance(["mini-mnli~languages=de"], ["mini-xnli"]) == ""
    assert "did you mean" in missing.hindrance(["mini-mnl"], ["mini-xnli"])


# ---- the board


def test_an_empty_store_knows_the_design_and_asks_for_the_rest(home: Home) -> None:
    with Store.temporary(home) as store:
        found = board(store, catalog="mini", encoder="mini-s")
    verdicts = {one.claim.id: one.finding.verdict for one in found.claims}
    for name in ("c01", "c02", "c03", "c09", "c15", "c16", "c17", "c18"):
        assert verdicts[name] is Verdict.SUPPORTED
    rest = [one for one in found.claims if one.finding.verdict is not Verdict.SUPPORTED]
    assert {one.finding.verdict for one in rest} == {Verdict.NOT_RUN}
    assert all(one.missing_runs for one in rest)
    for spec in (spec for one in rest for spec in one.missing_runs):
        assert not spec.settings.latency.measure
        assert spec.settings.pretraining is None
        assert spec.seeds == ((1,) if spec.title == "claim c19" else (1, 2, 3))
    assert found.counts()[Verdict.CONTRADICTED] == 0


def test_own_claims_are_judged_and_the_gap_has_the_settings_of_the_rest(home: Home) -> None:
    write_own(home, OWN, {**OWN, "id": "half", "parameters": {"intermediates": ["sst2"],
              "targets": ["xnli", "pawsx"]}})  # fmt: skip
    spec = {
        "catalog": "mini",
        "encoders": ["mini-s"],
        "intermediates": ["mini-sst"],
        "targets": ["mini-xnli"],
        "languages": ["en", "de"],
        "settings": {"target": {"steps": 7}, "latency": {"samples": 20}},
    }
    grid(home, {"none": 0.2, "mini-sst": 0.9}, spec=spec)
    with Store.temporary(home) as store:
        found = {one.claim.id: one for one in board(store, catalog="mini", encoder="mini-s").claims}
    mine = found["mine"]
    assert mine.claim.own and mine.finding.verdict is Verdict.SUPPORTED
    assert mine.missing_runs == ()
    half = found["half"]
    assert half.finding.verdict is Verdict.INCONCLUSIVE
    (run,) = half.missing_runs
    assert (run.targets, run.seeds) == (("mini-pawsx",), (1, 2, 3))
    assert run.intermediates == ("none", "mini-sst")
    assert (run.settings.target.steps, run.languages) == (7, ("en", "de"))


def test_a_broken_own_file_leaves_the_board_standing(home: Home) -> None:
    write_own(home, {**OWN, "rule": "nonsense"})
    with Store.temporary(home) as store:
        found = board(store, catalog="mini", encoder="mini-s")
    assert len(found.claims) == len(reading.shipped()[0])
    assert "Unknown rule 'nonsense'" in found.notices[0]


def test_translated_data_that_do_not_exist_are_no_gap(home: Home) -> None:
    with Store.temporary(home) as store:
        found = board(store, catalog="paper", encoder="xlm-roberta-large")
    translated = next(one for one in found.claims if one.claim.id == "c14")
    assert translated.finding.verdict is Verdict.NOT_RUN
    assert "has no training data in de" in translated.finding.evidence
    assert translated.missing_runs == ()


def test_a_repeated_measurement_is_noticed_though_none_was_added(home: Home) -> None:
    grid(home, {"none": 0.5}, seeds=(1,))
    with Store.temporary(home) as store:
        before = results(store), latest(store)
        assert (results(store), latest(store)) == before
    write_job(home, stage("evaluate", "none", seed=1, encoder="mini-s"), accuracy=0.6, attempt=2)
    with Store.temporary(home) as store:
        assert results(store) == before[0] and latest(store) != before[1]


# ---- published figures


def test_published_figures_are_known_ones_with_a_source() -> None:
    table = figures()
    assert len(table) == 184
    assert table["source"].str.len().min() > 5 and table["protocol"].str.len().min() > 5
    assert not (
        table["value"].isin([8.2, 7.5, 7.0, 8.7]) & (table["metric"] == "gain_points")
    ).any()
    assert table["value"].between(0, 100).all()
    known = {*catalogue.encoders(), ""}
    assert set(table["encoder"]) <= known
    assert set(table["target"]) - set(catalogue.tasks()) == {"xtreme"}


def test_a_score_meets_its_published_figure_and_gains_meet_the_best(home: Home) -> None:
    grid(home, {"none": 0.5, "mnli": 0.9, "qqp": 0.6}, catalog="paper",
         encoder="xlm-roberta-large", target="xnli")  # fmt: skip
    with Store.temporary(home) as store:
        table = published(store, catalog="paper", encoder="xlm-roberta-large")
        known = table[table["measured"].notna()]
        other = published(store, catalog="mini", encoder="mini-s")
    means = known[(known["what"] == SCORE) & (known["language"] == "all")]
    assert set(means["published"]) == {79.2}
    assert means["measured"].between(35, 65).all()
    gain = known[known["what"] == GAIN]
    assert gain["published"].round(1).tolist() == [1.2]
    assert gain["measured_as"].tolist() == ["mnli on xnli"]
    assert gain["differs"].iloc[0].startswith("best of those measured, chosen on test: too good")
    assert (known["difference"] == known["measured"] - known["published"]).all()
    assert other[other["what"] == GAIN]["measured"].isna().all()


# ---- what to use


def test_the_best_intermediate_is_recommended_with_its_doubt(home: Home) -> None:
    grid(home, {"none": 0.3, "mini-mnli": 0.95, "mini-qqp": 0.5})
    with Store.temporary(home) as store:
        found = recommend(store, target="mini-xnli")
        german = recommend(store, target="mini-xnli", language="de")
    assert (found.encoder, found.intermediate) == ("mini-s", "mini-mnli")
    assert found.probability_best > 0.95 and found.ci_low > 0
    assert found.gain_points == pytest.approx(found.ranks["gain_points"].max())
    assert found.next_run is None
    assert "use mini-s after MNLI: best with a probability of" in found.sentence
    assert german.language == "de" and german.gain_points != found.gain_points
    assert 4 < found.latency_ms < 9


def test_few_seeds_ask_for_more_of_the_leader_and_its_rival(home: Home) -> None:
    grid(home, {"none": 0.5, "mini-mnli": 0.7, "mini-qqp": 0.69, "mini-sst": 0.1}, seeds=(1, 2))
    with Store.temporary(home) as store:
        found = recommend(store, target="mini-xnli")
    assert found.next_run is not None
    assert found.next_run.seeds == (3,)
    assert set(found.next_run.intermediates) == {"none", "mini-mnli", "mini-qqp"}
    assert found.n_seeds == 2


def test_where_nothing_helps_nothing_is_recommended(home: Home) -> None:
    grid(home, {"none": 0.9, "mini-mnli": 0.3, "mini-qqp": 0.2})
    with Store.temporary(home) as store:
        found = recommend(store, target="mini-xnli")
    assert (found.intermediate, found.gain_points) == ("none", 0.0)
    assert found.probability_none > 0.95
    assert "without an intermediate task" in found.sentence


def test_a_budget_leaves_slow_models_out(home: Home) -> None:
    grid(home, {"none": 0.3, "mini-mnli": 0.9})
    with Store.temporary(home) as store:
        assert recommend(store, target="mini-xnli", budget_ms=50).intermediate == "mini-mnli"
        with pytest.raises(XferError, match="within 1 ms"):
            recommend(store, target="mini-xnli", budget_ms=1)
        with pytest.raises(XferError, match="measure some first: xfer run --target mini-pos"):
            recommend(store, target="mini-pos")


# ---- labelled examples


def labelled(home: Home, sizes: tuple[int, ...]) -> None:
    stages = []
    for size in sizes:
        training = {"training": {"steps": 5, "few_shot": size, "few_shot_share": size / 100}}
        for kind in ("target", "evaluate"):
            stages.append(stage(kind, variant=f"v{size}", encoder="mini-s", settings=training))
            write_job(home, stages[-1], accuracy=0.3 + 0.2 * (size > 0) + size / 1000)
    write_run(home, "run-1", stages)


def test_labelled_examples_make_a_curve_with_a_slope(home: Home) -> None:
    labelled(home, (0, 10, 100, 400))
    place = {"catalog": "mini", "encoder": "mini-s", "target": "mini-xnli"}
    with Store.temporary(home) as store:
        table = few_shot(store, **place, language="zero-shot")
    assert table["examples"].tolist() == [0, 10, 100, 400]
    assert table["score"].is_monotonic_increasing
    slope = chart.slopes(table)["none"]
    assert slope.slope_points == pytest.approx(
        float(np.polyfit(np.log10([10, 100, 400]), 100 * table["score"][1:], 1)[0])
    )
    assert "points for ten times the examples" in chart.lines(table)[0]
    figure = chart.few_shot(table, False)
    assert list(figure.data[0].x) == [10, 100, 400] and figure.layout.xaxis.type == "log"


def test_one_size_is_no_curve(home: Home) -> None:
    labelled(home, (0, 10))
    place = {"catalog": "mini", "encoder": "mini-s", "target": "mini-xnli"}
    with Store.temporary(home) as store:
        assert few_shot(store, **place, language="zero-shot").empty
        assert few_shot(store, **{**place, "target": "mini-pos"}, language="zero-shot").empty


# ---- languages


def test_tokens_of_a_language_are_counted_by_the_encoders_own_tokenizer(home: Home) -> None:
    from tokenizers import Tokenizer

    with Store.temporary(home) as store:
        found = language_features(
            store, encoder="mini-s", target="mini-tatoeba", languages=["de", "ja"]
        )
    german = found[found["language"] == "de"].iloc[0]
    japanese = found[found["language"] == "ja"].iloc[0]
    rows = catalogue.task("mini-tatoeba").source.rows("test", "de")[:300]
    folder = catalogue.tokenizer_folder(catalogue.encoder("mini-s"))
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))

    def ids(text: str) -> list[int]:
        return tokenizer.encode(text, add_special_tokens=False).ids

    own = [token for row in rows for token in ids(row["target"])]
    english = [token for row in rows for token in ids(row["source"])]
    words = sum(len(row["target"].split()) for row in rows)
    assert german["tokens_per_word"] == pytest.approx(len(own) / words)
    assert german["length_ratio"] == pytest.approx(len(own) / len(english))
    shared = sum(token in set(english) for token in own) / len(own)
    assert german["overlap"] == pytest.approx(shared)
    assert japanese["tokens_per_word"] != japanese["tokens_per_word"]
    assert japanese["overlap"] < german["overlap"]

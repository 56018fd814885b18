"""Tables about languages: distance from English, and tokens of the pretraining text."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from tokenizers import Tokenizer

from tests.make_typology import ISO
from xfer_core import catalog, pretraining_text, typology
from xfer_core.cli.app import main
from xfer_core.domain.language import LANGUAGES
from xfer_core.stages.pretraining.text import parallel_lines


def test_distances_are_of_known_languages_with_enough_features() -> None:
    table = pd.read_csv(typology.FILE, keep_default_na=False)
    assert table["language"].is_unique and set(table["language"]) <= set(LANGUAGES) - {"en"}
    assert [ISO[code] for code in table["language"]] == list(table["iso"])
    assert set(ISO) == set(LANGUAGES) - {"en"}
    assert table["shared_features"].min() >= typology.LEAST_FEATURES
    assert table["distance"].between(0.2, 0.8).all()
    far = typology.distances()
    assert far["sv"] == min(far.values()) and far["de"] < far["ru"] < far["tr"]
    assert "hr" not in far  # 12 shared features say nothing


def test_tokens_are_counted_by_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = catalog.tokenizer_folder(catalog.encoder("mini-s"))
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    lines = [line.texts for line in parallel_lines(30, 1)]
    found = pretraining_text.count(lines, tokenizer)
    one = [len(tokenizer.encode(line["de"], add_special_tokens=False).ids) for line in lines
           if "de" in line]  # fmt: skip
    assert found["de"] == sum(one) and set(found) == set(lines[0])
    monkeypatch.setattr(pretraining_text, "FILE", tmp_path / "text.csv")
    assert pretraining_text.millions("mini-s") == {}
    text = pretraining_text.text_of("mini-s")
    assert text == ("tokenizer", 60_000, 1)
    pretraining_text.keep(("other", 5, 1), {"de": 3})
    pretraining_text.keep(text, {"de": 2_500_000, "sw": 1_000_000})
    pretraining_text.keep(text, {"de": 2_000_000})
    assert pretraining_text.millions("mini-s") == {"de": 2.0}
    assert pretraining_text.millions("mini-m-aligned") == {"de": 2.0}, "the same text"
    assert pretraining_text.millions("xlm-roberta-base") == {}
    assert len(pd.read_csv(tmp_path / "text.csv")) == 2


def test_only_an_encoder_made_here_can_be_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pretrain", "xlm-roberta-base", "--count"]) == 2
    assert "Expected an encoder that was pretrained here" in capsys.readouterr().err

"""ANLI+: ANLI's three rounds, MNLI and SNLI as one task with one head (Phang et al., 2020).

The parts lie one after the other in one training set and examples are drawn from all of it alike,
so each part is drawn in proportion to its size, as in the study.
"""

from __future__ import annotations

from xfer_core.domain.language import codes
from xfer_core.domain.task import Task, TaskKind
from xfer_core.sources.chain import Chain
from xfer_core.sources.files import Files
from xfer_core.sources.hub import Hub, Split
from xfer_core.tasks import mnli

ROUNDS = (1, 2, 3)
ANLI_REVISION = "8e4813d81f46d313dac7892e1c28076917cfcdf9"
SNLI_REVISION = "cdb5c3d5eed6ead6e5a341c8e56e669bb666725b"
SNLI_SPLITS = {"train": "train", "dev": "validation", "test": "test"}


def splits(split: str, language: str) -> tuple[Split, ...]:
    """ANLI's rounds, then MNLI, then SNLI."""
    others = mnli.splits(split, language)
    if not others:
        return ()
    rounds = (
        Split("facebook/anli", "plain_text", f"{split}_r{number}", ANLI_REVISION)
        for number in ROUNDS
    )
    snli = Split("stanfordnlp/snli", "plain_text", SNLI_SPLITS[split], SNLI_REVISION)
    return (*rounds, *others, snli)


ANLI_PLUS = Task(
    name="anli+",
    title="ANLI+",
    kind=TaskKind.CLASSIFICATION,
    catalog="paper",
    # All parts have MNLI's columns, so one function reads them; it drops SNLI's rows without gold.
    source=Chain("anli+", (Files("anli+", mnli.row), Hub(splits, mnli.row)), codes("en")),
    languages=codes("en"),
    columns=("premise", "hypothesis"),
    labels=mnli.LABELS,
    head="nli",
    metric="accuracy",
    more_metrics=("macro_f1",),
    train_examples=1_104_934,
    steps=3 * 1_104_934 // 32,
    licence="cc-by-nc-4.0 (the strictest of its parts)",
    reference="https://aclanthology.org/2020.acl-main.441/",
    note="Dev and test join the parts' own sets; of MNLI they hold the matched and the "
    "mismatched validation set. Rows without a gold label are left out.",
    same_data_as=("xnli",),
)

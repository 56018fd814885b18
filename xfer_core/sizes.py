"""How large the paper's data sets are: what recipes and estimates count with.

Test examples are means over a task's languages, of the hub's own counts where they are known.
Tokens are ours, for sentences as XLM-R's vocabulary cuts them, all options or windows of an
example together: assumptions, which a first run should replace.
"""

from __future__ import annotations

from dataclasses import dataclass

from xfer_core.domain.task import Task, TaskKind


@dataclass(frozen=True)
class Size:
    """Tokens of a training and of a test example, and test examples a language.

    ``train_examples`` are for tasks that declare none, as the data are the user's own.
    """

    tokens: int
    test_tokens: int = 0
    test_examples: int = 0
    train_examples: int = 10_000


BY_TASK = {
    "anli+": Size(40),
    "mnli": Size(40),
    "qqp": Size(35),
    "squad2": Size(220),
    "squad1": Size(220),
    "hellaswag": Size(440),
    "ccg": Size(35, train_examples=38_000),
    "cosmosqa": Size(520),
    "csqa": Size(150),
    "sst2": Size(25),
    "xnli": Size(40, 45, 5_010),
    "pawsx": Size(60, 65, 2_000),
    "udpos": Size(35, 40, 3_095),
    "panx": Size(15, 15, 6_558),
    "xquad": Size(220, 250, 1_190),
    "mlqa": Size(220, 250, 6_035),
    "tydiqa": Size(250, 250, 564, train_examples=3_700),
    # Pairs of two sentences; mining reads whole lists of sentences, not gold pairs alone.
    "bucc2018": Size(70, 70, 337_500),
    "tatoeba": Size(24, 24, 880),
    "mmlu": Size(480, 360, 14_042),
    "mmmlu": Size(480, 360, 14_042),
    "global-mmlu": Size(480, 360, 14_042),
    "m-mmlu": Size(480, 360, 13_000),
}
BY_KIND = {
    TaskKind.CLASSIFICATION: Size(40, 40, 1_000),
    TaskKind.TAGGING: Size(35, 35, 1_000),
    TaskKind.MULTIPLE_CHOICE: Size(300, 300, 1_000),
    TaskKind.SPAN: Size(220, 220, 1_000),
    TaskKind.RETRIEVAL: Size(24, 24, 1_000),
    TaskKind.MINING: Size(70, 70, 10_000),
}
"""For tasks that are not named above, such as a user's own."""


def size_of(task: Task) -> Size:
    """The size of a task, or what is usual for its kind; nothing is 0."""
    usual = BY_KIND[task.kind]
    known = BY_TASK.get(task.name, usual)
    return Size(
        known.tokens,
        known.test_tokens or known.tokens,
        known.test_examples or usual.test_examples,
        task.train_examples or known.train_examples,
    )

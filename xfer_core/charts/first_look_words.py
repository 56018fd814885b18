"""The five steps of the guided first look, in words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One step: what to look at (``before``: while the store is empty) and where to go."""

    title: str
    text: str
    before: str
    page: str = ""
    link: str = ""


STEPS = (
    Step(
        "The question",
        "An encoder first learns one English task, the intermediate task, then the target task, "
        "also in English. Does the first step help, and in which languages? Each row is an "
        "intermediate task, each column a target.",
        "An encoder first learns one English task, the intermediate task, then the target task, "
        "also in English. Xfer measures whether the first step helps, in which languages, and how "
        "sure that is. Start with the sample or the demo below.",
    ),
    Step(
        "One cell",
        "The number is the gain in points over the same encoder without the first step. Blue "
        "helps, orange hurts. Click a cell: the panel on the right shows its interval, seeds and "
        "languages.",
        "Each cell will hold a gain in points: the score with the intermediate task minus the "
        "score without it. Blue helps, orange hurts, hatched is not run.",
    ),
    Step(
        "How sure",
        "A dot marks gains that chance hardly explains, after correction for the number of cells. "
        "A dashed border means one seed: add seeds before you believe it.",
        "Each training is repeated with other random numbers, called seeds. Gains that chance "
        "hardly explains get a dot; with one seed none does.",
    ),
    Step(
        "The price",
        "A model that gains points may be slower. The next page shows score against latency, and "
        "the best model within your budget.",
        "A model that gains points may be slower. The page Accuracy vs latency shows the best "
        "model within your budget.",
        "pages/accuracy_latency.py",
        "See accuracy vs latency",
    ),
    Step(
        "Your own",
        "Launch a run with your encoder and tasks, or rerun a cell from its panel. What was "
        "measured before is reused.",
        "When you are ready, choose encoder, tasks and languages on the page Launch. What was "
        "measured before is reused.",
        "pages/launch.py",
        "Launch a run",
    ),
)

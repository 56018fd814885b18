"""Which solved questions the prompts of a causal model show."""

from __future__ import annotations

from xfer_core.domain.language import REFERENCE_LANGUAGE
from xfer_core.domain.task import Reach, Task

EXAMPLES = "examples"
"""A fourth split that few sources have: questions that are made to be shown, never scored."""


def solved_questions(task: Task, language: str) -> tuple[str, str] | None:
    """(split, language) of the questions to show with those of a language; None: there are none.

    Of the language itself if it has any, else English; made to be shown if there are any, else
    dev. This is how MMLU is scored, whose authors wrote five examples for each subject. What is
    here goes before what would have to be fetched: a user's own questions need no network.
    """
    for reach in (Reach.HERE, Reach.FETCHABLE):
        for code in (language, REFERENCE_LANGUAGE):
            for split in (EXAMPLES, "dev"):
                if task.source.availability(split, code).reach is reach:
                    return split, code
    return None

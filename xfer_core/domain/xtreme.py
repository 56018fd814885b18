"""XTREME's own rules: which languages each of its nine tasks has, and how they make one score.

Source: Hu et al. 2020, arXiv:2003.11080, and the benchmark's ``evaluate.py``.
"""

from __future__ import annotations

CATALOG = "paper"
"""The catalogue that has XTREME's tasks, under their names there."""

LANGUAGES: dict[str, tuple[str, ...]] = {
    name: tuple(codes.split())
    for name, codes in {
        "xnli": "ar bg de el en es fr hi ru sw th tr ur vi zh",
        "pawsx": "de en es fr ja ko zh",
        "udpos": "af ar bg de el en es et eu fa fi fr he hi hu id it ja kk ko mr nl pt ru ta te th "
        "tl tr ur vi yo zh",
        "panx": "af ar bg bn de el en es et eu fa fi fr he hi hu id it ja jv ka kk ko ml mr ms my "
        "nl pt ru sw ta te th tl tr ur vi yo zh",
        "xquad": "ar de el en es hi ru th tr vi zh",
        "mlqa": "ar de en es hi vi zh",
        "tydiqa": "ar bn en fi id ko ru sw te",
        "bucc2018": "de fr ru zh",
        "tatoeba": "af ar bg bn de el es et eu fa fi fr he hi hu id it ja jv ka kk ko ml mr nl pt "
        "ru sw ta te th tl tr ur vi zh",
    }.items()
}
"""Task -> its languages; each of them is wanted for the task's score."""

GROUPS: dict[str, tuple[str, ...]] = {
    "classification": ("xnli", "pawsx"),
    "tagging": ("udpos", "panx"),
    "qa": ("xquad", "mlqa", "tydiqa"),
    "retrieval": ("bucc2018", "tatoeba"),
}

METRICS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("xnli", "pawsx", "tatoeba"), ("accuracy",)),
    **dict.fromkeys(("udpos", "panx"), ("f1",)),
    "bucc2018": ("mining_f1",),
    **dict.fromkeys(("xquad", "tydiqa"), ("squad_f1", "squad_exact_match")),
    "mlqa": ("mlqa_f1", "mlqa_exact_match"),
}
"""Task -> the metrics whose mean is its score: one, or F1 and exact match in question answering."""

OVERALL = "all"
"""Name of the mean over all nine tasks."""

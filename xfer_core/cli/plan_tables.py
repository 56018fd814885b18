"""What a plan would do, as tables: stage by stage, or alike stages together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xfer_core.cli.output import console, duration, print_table
from xfer_core.launching import Summary

MOST_STAGES = 60
"""A longer list is told by kind and task: seeds and intermediates of a stage cost alike."""


def print_plan(summary: Summary) -> None:
    """The stages, what they cost, and what is to be known before they run."""
    if len(summary.stages) > MOST_STAGES:
        _print_alike(summary)
    else:
        _print_each(summary)
    for warning in summary.warnings:
        console.print(f"Note: {warning}", highlight=False, markup=False, soft_wrap=True)
    size = _size(summary.estimated_bytes)
    console.print(
        f"{summary.to_run} stages to run, {summary.reused} reused; about "
        f"{duration(summary.estimated_seconds)} and {size} of disk."
    )
    if summary.shared:
        console.print(
            f"{summary.shared} trained stages serve several others; without sharing there would be "
            f"{summary.unshared} stages."
        )
    if summary.gpu_hours:
        console.print(
            f"{summary.gpu_hours:.1f} GPU hours, counted for {summary.gpu}: arithmetic, not a "
            "measurement.",
            markup=False,
        )
    if summary.absent:
        console.print("This plan cannot run yet: the notes say what is missing.")


def alike(stages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Stages of one kind and task together.

    Returns:
        One row per kind and task: kind, about, stages, to_run, tokens and gpu_hours of the
        longest one, gpu_hours_all of those to run.
    """
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for stage in stages:
        groups.setdefault((stage["kind"], stage["about"]), []).append(stage)
    return [
        {
            "kind": kind,
            "about": about,
            "stages": len(group),
            "to_run": sum(not one["reused"] for one in group),
            "tokens": max(one["tokens"] for one in group),
            "gpu_hours": max(one["gpu_hours"] for one in group),
            "gpu_hours_all": sum(one["gpu_hours"] for one in group if not one["reused"]),
        }
        for (kind, about), group in groups.items()
    ]


def _print_each(summary: Summary) -> None:
    print_table(
        "",
        ["stage", "", "seconds"],
        [
            (s["name"], "reused" if s["reused"] else "to run", round(s["estimated_seconds"], 1))
            for s in summary.stages
        ],
    )


def _print_alike(summary: Summary) -> None:
    rows = sorted(alike(summary.stages), key=lambda row: KINDS.index(row["kind"]))
    print_table(
        "",
        ["stage", "task", "stages", "to run", "M tokens each", "GPU min each", "GPU h"],
        [
            (
                row["kind"],
                row["about"],
                row["stages"],
                row["to_run"],
                round(row["tokens"] / 1e6, 1),
                round(row["gpu_hours"] * 60, 1),
                round(row["gpu_hours_all"], 1),
            )
            for row in rows
        ],
    )


KINDS = ("pretrain", "intermediate", "target", "evaluate", "latency")


def _size(number: float) -> str:
    return f"{number / 1e9:.0f} GB" if number >= 1e10 else f"{number / 2**20:.0f} MiB"

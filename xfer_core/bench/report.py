"""A report as people read it: lines of a table, and the document in docs/."""

from __future__ import annotations

from xfer_core.bench.registry import figures
from xfer_core.bench.suite import MEASURED, NOT_RUN, Report, Result

TITLE = "Benchmarks"
COLUMNS = ("", "figure", "ratio", "range", "goal", "met", "same result", "ours", "baseline")
SHORT = 7
"""So many of them fit a terminal."""
EXPLANATION = """\
Written by `xfer bench --write docs/benchmarks.md`. Every figure is a ratio of two sides measured
in one run, in turn (A B A B ...), with the same model, data, seeds and steps; more than 1 means
that Xfer is faster. The ratio is the median over the rounds, the range their smallest and largest.
*Same result* says whether both sides reach the same score within noise; a gain in speed means
little without it. `xfer bench P2 P5` measures some of them anew and leaves
the other rows as they are; DASHBOARD, LEVER and SCALE must be named; `--quick` only tries them out.
"""


def yes_or_no(value: bool | None) -> str:
    """A truth as people read it; a dash where there is none."""
    return "–" if value is None else ("yes" if value else "no")


def row(result: Result) -> tuple[str, ...]:
    """One line of the table, in the order of COLUMNS."""
    name = (result.id, result.figure)
    goal = "–" if result.goal is None else f"≥ {result.goal:g}"
    if result.state != MEASURED:
        return (*name, result.state, "–", goal, "–", "–", "–", result.baseline)
    return (
        *name,
        _number(result.ratio),
        f"{_number(result.ratio_low)} to {_number(result.ratio_high)}",
        goal,
        yes_or_no(result.met),
        yes_or_no(result.same_result),
        f"{_number(result.ours)} {result.unit}",
        f"{_number(result.theirs)} {result.unit}: {result.baseline}",
    )


def document(report: Report | None) -> str:
    """The Markdown page; None gives the page of a suite that was not run yet."""
    results = report.results if report else _unmeasured()
    parts = [f"# {TITLE}", EXPLANATION, _machine(report), _table(results), "## What was measured"]
    parts += [f"**{one.id} {one.figure}.** {one.note}{_conditions(one)}" for one in results]
    missed = _missed(results)
    if missed:
        parts += ["## Goals that were missed", *missed]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _missed(results: list[Result]) -> list[str]:
    """A paragraph for each figure with a goal that was missed."""
    below = {one.id for one in results if one.met is False}
    return [
        f"**{figure.id}.** {figure.reason}"
        for figure in figures().values()
        if figure.reason and any(part.id in below for part in figure.parts)
    ]


def _conditions(result: Result) -> str:
    """When and with which Xfer a row was measured: figures may be measured one by one."""
    if not result.measured_at:
        return ""
    busy = f", {result.other_load_cores:g} cores busy with something else" * result.contended
    return (
        f" Measured on {result.measured_at[:10]} at commit {result.commit or 'unknown'}, in "
        f"{result.seconds:.0f} s{busy}."
    )


def _by_name() -> set[str]:
    """Ids of the rows that are measured only if one names their figure."""
    return {part.id for figure in figures().values() if figure.by_name for part in figure.parts}


def _machine(report: Report | None) -> str:
    if report is None:
        return "Not measured yet."
    where = report.machine
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    lines = [
        f"- Machine: {where['processor']}, {where['cores']} cores, {where['memory_gib']} GiB, "
        f"{where['platform']}; the engine computes in {where['precision']}.",
        f"- Versions: {versions}.",
        f"- `xfer bench` took {report.seconds(_by_name()) / 60:.1f} minutes, with the figures that "
        f"must be named {report.seconds() / 60:.1f}.",
    ]
    contended = [one.id for one in report.results if one.contended]
    if contended:
        lines.append(
            f"- **Contended:** {', '.join(contended)}: other programs worked beside them, so their "
            "times are too long and their ratios uncertain."
        )
    if report.quick:
        lines.append("- **Quick:** a few steps only. This tries the suite out and says nothing.")
    return "\n".join(lines)


def _table(results: list[Result]) -> str:
    lines = ["| " + " | ".join(COLUMNS) + " |", "| --- " * len(COLUMNS) + "|"]
    lines += [
        "| " + " | ".join(cell.replace("|", "\\|") for cell in row(one)) + " |" for one in results
    ]
    return "\n".join(lines)


def _unmeasured() -> list[Result]:
    return [
        Result(part.id, part.title, part.baseline, part.goal, NOT_RUN, "Not measured yet.")
        for figure in figures().values()
        for part in figure.parts
    ]


def _number(value: float | None) -> str:
    """Three significant digits, without an exponent."""
    if value is None:
        return "–"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"

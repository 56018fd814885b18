"""Identity of the code that turns files into rows: other code may give other rows."""

from __future__ import annotations

import ast
import functools
import hashlib
import inspect
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

Function = Callable[..., Any]


@cache
def code_of(*functions: Function) -> str:
    """Hash of the files that the functions stand in, of this folder, and of what they enclose.

    Comments and docstrings do not count, so that a better sentence makes no result stale. The
    plain values that a closure, a partial function or an object holds do count: two tasks may
    share a function and differ in its columns.
    """
    own = sorted(Path(__file__).parent.glob("*.py"))
    files = {file for function in functions for file in _files(function)}
    held = [_held(function) for function in functions]
    told = [*map(_code, own), *map(_code, sorted(files)), *held]
    return hashlib.sha256("\0".join(told).encode()).hexdigest()


def _files(function: Function) -> list[Path]:
    """The file of a function and those of the functions that it holds."""
    inner = [file for value in _values(function) if callable(value) for file in _files(value)]
    base = inspect.unwrap(function)
    named = base if inspect.isroutine(base) or inspect.isclass(base) else type(base)
    try:
        return [Path(inspect.getfile(named)), *inner]
    except TypeError:  # it is built in
        return inner


def _held(function: Function) -> str:
    return repr([_plain(value) for value in _values(function)])


def _values(function: Function) -> Iterable[Any]:
    """What a function carries along beside its code."""
    if isinstance(function, functools.partial):
        return [function.func, *function.args, *function.keywords.items()]
    if inspect.ismethod(function):
        return [function.__self__, function.__func__]
    if inspect.isfunction(function):
        return [cell.cell_contents for cell in function.__closure__ or ()]
    return [] if inspect.isroutine(function) or inspect.isclass(function) else [function.__dict__]


def _plain(value: Any) -> Any:
    """A value as text can tell it in every process; addresses must not come in."""
    if isinstance(value, dict):
        return [(_plain(key), _plain(item)) for key, item in value.items()]
    if isinstance(value, set | frozenset):
        return sorted(repr(_plain(item)) for item in value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if callable(value):
        return getattr(value, "__qualname__", type(value).__qualname__) + _held(value)
    if isinstance(value, str | int | float | bool | Path | None):
        return str(value)
    return [type(value).__qualname__, _plain(getattr(value, "__dict__", {}))]


@cache
def _code(file: Path) -> str:
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except OSError:  # typed into a shell
        return file.name
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [one for one in body if not _is_text(one)]  # type: ignore[attr-defined]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )

"""A user's own tasks, encoders and languages, out of files in a folder of theirs.

``XFER_CATALOG_DIR`` names the folder; else it is ``xfer_catalog`` in the working folder, if there
is one. ``--catalog FILE`` adds a file from elsewhere. A YAML file is data. A Python file is run,
so it must lie in the folder that XFER_CATALOG_DIR names (a folder that merely lies about is not
asked to run anything), belong to the user, and be writable by nobody else.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from xfer_core.declarations import (
    MOST_BYTES,
    USER,
    EncoderDeclaration,
    LanguageDeclaration,
    TaskDeclaration,
    read,
)
from xfer_core.declarations import SHIPPED as SHIPPED
from xfer_core.domain.encoder import Encoder
from xfer_core.domain.errors import UsageError, XferError
from xfer_core.domain.language import LANGUAGES, Language
from xfer_core.domain.task import Task

FOLDER_VARIABLE, FILES_VARIABLE = "XFER_CATALOG_DIR", "XFER_CATALOG_FILES"
DEFAULT_FOLDER = "xfer_catalog"
YAML, PYTHON = (".yaml", ".yml"), ".py"
OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH

Named = TypeVar("Named", Task, Encoder)


@dataclass(frozen=True)
class Place:
    """Where the user's files are looked for, as the environment says."""

    folder: Path | None
    is_named: bool
    """Whether XFER_CATALOG_DIR names the folder."""
    files: tuple[Path, ...]


@dataclass
class Found:
    """What the files declare, and which file each name is from."""

    tasks: dict[str, Task] = field(default_factory=dict)
    encoders: dict[str, Encoder] = field(default_factory=dict)
    languages: dict[str, Language] = field(default_factory=dict)
    origins: dict[str, Path] = field(default_factory=dict)


def tasks() -> dict[str, Task]:
    """Name -> the user's own task, by name.

    Raises:
        UsageError: a file that cannot be read or declares something that cannot be; the sentence
            names it.
    """
    return _found(place()).tasks


def encoders() -> dict[str, Encoder]:
    """Name -> the user's own encoder, by name.

    Raises:
        UsageError: as ``tasks``.
    """
    return _found(place()).encoders


def languages() -> dict[str, Language]:
    """Code -> language that the user's files add.

    Raises:
        UsageError: as ``tasks``.
    """
    return _found(place()).languages


def catalogs() -> tuple[str, ...]:
    """Names of the user's catalogues; "user" is always one."""
    found = _found(place())
    named = {one.catalog for one in found.tasks.values()}
    return tuple(sorted({USER, *named, *(one.catalog for one in found.encoders.values())}))


def joined(shipped: dict[str, Named], own: dict[str, Named]) -> dict[str, Named]:
    """Both together, by name; ``shipped`` itself where there is nothing else.

    Raises:
        UsageError: a name of the user's is a shipped one.
    """
    if not own:  # as nearly always; a plan asks thousands of times
        return shipped
    for name in own:
        if name in shipped:
            raise UsageError(
                f"Expected another name than {name!r} in {_found(place()).origins[name]}: Xfer has "
                "one of that name. Rename yours."
            )
    return dict(sorted({**shipped, **own}.items()))


def use(*files: str | Path) -> None:
    """Read these files too, in this process and in those it starts.

    Raises:
        UsageError: a file that is not there or is refused.
    """
    if not files:
        return
    kept = os.environ.get(FILES_VARIABLE, "")
    wanted = [str(Path(file).expanduser().absolute()) for file in files]
    os.environ[FILES_VARIABLE] = os.pathsep.join(dict.fromkeys([*map(str, place().files), *wanted]))
    try:
        _found(place())
    except XferError:
        os.environ[FILES_VARIABLE] = kept
        raise


def names_in(file: str | Path) -> tuple[list[Task], list[Encoder]]:
    """Tasks and encoders that a file in use declares."""
    found, wanted = _found(place()), Path(file).expanduser().absolute()
    mine = {name for name, origin in found.origins.items() if origin == wanted}
    return (
        [task for name, task in found.tasks.items() if name in mine],
        [encoder for name, encoder in found.encoders.items() if name in mine],
    )


def files_of(names: Iterable[str]) -> list[Path]:
    """The YAML files that declare some of these names, each once."""
    origins = _found(place()).origins
    found = [origins[name] for name in names if name in origins]
    return [file for file in dict.fromkeys(found) if file.suffix in YAML]


def place() -> Place:
    """Where files are looked for now."""
    told, listed = os.environ.get(FOLDER_VARIABLE, ""), os.environ.get(FILES_VARIABLE, "")
    return _place(told.strip(), listed, os.getcwd())


@lru_cache(maxsize=16)
def _place(told: str, listed: str, working: str) -> Place:
    files = tuple(Path(file) for file in listed.split(os.pathsep) if file)
    if told:
        return Place(Path(working) / Path(told).expanduser(), True, files)
    return Place(Path(working) / DEFAULT_FOLDER, False, files)


def environment() -> dict[str, str]:
    """Variables that let a process in another working folder see the same files.

    Raises:
        UsageError: as ``tasks``.
    """
    here = place()
    told = {FOLDER_VARIABLE: str(here.folder)} if here.is_named else {}
    files = [*here.files, *([] if here.is_named else _files(here))]
    return {**told, **({FILES_VARIABLE: os.pathsep.join(map(str, files))} if files else {})}


@lru_cache(maxsize=16)
def _found(here: Place) -> Found:
    """Everything that is declared; read once per process, so a changed file needs a new one."""
    found = Found()
    for file in dict.fromkeys([*_files(here), *here.files]):
        if file.suffix == PYTHON:
            _add_python(file, here, found)
        else:
            _add_yaml(file, found)
    return found


def _files(here: Place) -> list[Path]:
    if here.folder is None or not here.folder.is_dir():
        if here.is_named:
            raise UsageError(
                f"Expected a folder in {FOLDER_VARIABLE}; {here.folder} is none. Make it, or name "
                "another one."
            )
        return []
    found = sorted(here.folder.iterdir())
    return [f for f in found if f.suffix in (*YAML, PYTHON) and not f.name.startswith((".", "_"))]


def _add_yaml(file: Path, found: Found) -> None:
    if file.suffix not in YAML:
        raise UsageError(
            f"Expected a catalogue file that ends in .yaml or .yml (or .py); got {file.name!r}."
        )
    try:
        if file.stat().st_size > MOST_BYTES:
            raise UsageError(f"Expected at most {MOST_BYTES // 2**20} MiB in {file}; it has more.")
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"Expected a readable UTF-8 file; {file} cannot be read.") from error
    declared = read(file, text)
    try:
        for one in declared:  # languages first: tasks speak them
            if isinstance(one, LanguageDeclaration):
                _add_languages([one.declared()], found)
            elif isinstance(one, TaskDeclaration):
                _add_languages(one.new_languages, found)
        for one in declared:
            if isinstance(one, TaskDeclaration):
                _add(found.tasks, one.declared(file.parent), file, found)
            elif isinstance(one, EncoderDeclaration):
                _add(found.encoders, one.declared(file.parent), file, found)
    except XferError as error:
        raise UsageError(f"{file}: {error}") from error


def _add(known: dict[str, Named], one: Named, file: Path, found: Found) -> None:
    if one.name in known:
        raise UsageError(
            f"{one.name!r} is declared in {found.origins[one.name]} as well; rename one."
        )
    known[one.name] = one
    found.origins[one.name] = file


def _add_languages(new: Iterable[Language], found: Found) -> None:
    """Every table of languages is the one of the program, so new ones join it."""
    for language in new:
        known = LANGUAGES.setdefault(language.code, language)
        if known != language:
            raise UsageError(f"The language {language.code!r} is declared as {known.name} already.")
        found.languages[language.code] = language


def _add_python(file: Path, here: Place, found: Found) -> None:
    module = _run(file, _trusted(file, here))
    values = list(vars(module).values())
    _add_languages([one for one in values if isinstance(one, Language)], found)
    for one in values:
        if isinstance(one, Task | Encoder) and not _is_shipped(one):
            if one.catalog in SHIPPED:
                raise UsageError(
                    f"{file}: expected a catalogue of your own, such as {USER!r}, for "
                    f"{one.name!r}; {one.catalog!r} is Xfer's."
                )
            if isinstance(one, Task):
                _add(found.tasks, one, file, found)
            else:
                _add(found.encoders, one, file, found)


def _trusted(file: Path, here: Place) -> bytes:
    """The bytes of a Python file, if nobody but the user can have written them.

    Raises:
        UsageError: why the file is not run.
    """
    if not here.is_named or file.parent != here.folder:
        raise UsageError(
            f"Expected Python files in the folder that {FOLDER_VARIABLE} names, for they are run; "
            f"{file} is elsewhere. Set {FOLDER_VARIABLE}={file.parent} if you trust it, or write "
            "YAML."
        )
    _refuse_others(file.parent, os.stat(file.parent))
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError as error:
        raise UsageError(
            f"Expected a Python file of your own, no link; {file} cannot be opened "
            f"({error.strerror})."
        ) from error
    with os.fdopen(descriptor, "rb") as opened:
        told = os.fstat(opened.fileno())
        if not stat.S_ISREG(told.st_mode):
            raise UsageError(f"Expected a Python file; {file} is none.")
        _refuse_others(file, told)
        return opened.read()


def _refuse_others(path: Path, told: os.stat_result) -> None:
    if told.st_uid not in (os.geteuid(), 0):
        raise UsageError(
            f"Expected {path} to be your own, for what it says is run; it belongs to user "
            f"{told.st_uid}. Copy it, or write YAML."
        )
    if told.st_mode & OTHERS_MAY_WRITE:
        raise UsageError(
            f"Expected {path} to be writable by you alone, for what it says is run; others may "
            f"write it. Run 'chmod go-w {path}'."
        )


class _Checked(importlib.abc.SourceLoader):
    """Runs the very bytes that were looked at; leaves no compiled copy behind."""

    def __init__(self, file: Path, source: bytes) -> None:
        self._file, self._source = file, source

    def get_filename(self, fullname: str) -> str:
        return str(self._file)

    def get_data(self, path: str | bytes) -> bytes:
        if str(path) != str(self._file):
            raise OSError("no compiled copy is read")
        return self._source


def _run(file: Path, source: bytes) -> ModuleType:
    name = f"xfer_catalog_{file.stem}"
    loader = _Checked(file, source)
    spec = importlib.machinery.ModuleSpec(name, loader, origin=str(file))
    spec.has_location = True
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look themselves up there
    try:
        loader.exec_module(module)
    except XferError as error:
        raise UsageError(f"{file}: {error}") from error
    except Exception as error:
        raise UsageError(
            f"Expected Python that runs in {file}; it ended with {type(error).__name__}: "
            f"{str(error)[:200]}. Correct it."
        ) from error
    return module


def _is_shipped(value: object) -> bool:
    """Whether a value is one of the program's own that the file merely imported."""
    return any(value is other for module in _shipped_modules() for other in vars(module).values())


def _shipped_modules() -> Iterator[ModuleType]:
    for name, module in list(sys.modules.items()):
        if name.startswith(("xfer_core.tasks.", "xfer_core.encoders.")):
            yield module

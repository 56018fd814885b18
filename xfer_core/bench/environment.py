"""Virtual environments for baselines that Xfer itself does not need, made on first use."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

from platformdirs import user_cache_path

from xfer_core import locks, spool
from xfer_core.bench.figure import NotMeasured
from xfer_core.bench.isolation import ROOT

REQUIREMENTS = ROOT / "requirements-bench.txt"
INTERFACE = ROOT / "requirements-bench-ui.txt"
"""Of a web interface to compare the dashboard with; apart, since it brings much along."""
INSTALL_SECONDS = 420.0
_DONE = "installed.json"


def python(requirements: Path = REQUIREMENTS) -> Path:
    """The Python of the environment, with what a requirements file names.

    It sees this program's own packages too, so torch and transformers are the very same on
    both sides and are not installed twice.

    Raises:
        NotMeasured: pip could not install them, for instance without a network.
    """
    folder = user_cache_path("xfer") / f"{requirements.stem.removeprefix('requirements-')}-venv"
    program = folder / "bin" / "python"
    wanted = {"requirements": _fingerprint(requirements)}
    with locks.exclusive(folder.with_name(f"{folder.name}.lock")):
        if spool.read_json(folder / _DONE) != wanted or not program.exists():
            _make(folder, program, requirements)
            spool.publish(folder / _DONE, wanted)
    return program


def pins() -> dict[str, str]:
    """Package -> pinned version."""
    lines = REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("==") for line in lines if "==" in line and line[0] != "#")
    return {name: version for name, _, version in pairs}


def _fingerprint(requirements: Path) -> str:
    parts = [requirements.read_text(encoding="utf-8"), sys.version, _packages()]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _packages() -> str:
    """Where this program's own packages lie."""
    return sysconfig.get_path("purelib")


def _make(folder: Path, program: Path, requirements: Path) -> None:
    venv.EnvBuilder(clear=True, with_pip=False, symlinks=True).create(folder)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    # Behind the environment's own packages on the path; pip is found there as well.
    shared = folder / "lib" / version / "site-packages" / "xfer.pth"
    shared.write_text(f"{_packages()}\n", encoding="utf-8")
    command = [str(program), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--retries", "1", "--timeout", "20", "-r", str(requirements)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise NotMeasured(f"pip took longer than {INSTALL_SECONDS:.0f} s to install it.") from None
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        reason = (said or ["it ended with an error"])[-1].removeprefix("ERROR: ")[:200]
        raise NotMeasured(f"{requirements.name} could not be installed: {reason}")

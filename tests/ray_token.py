"""One Ray token for the whole session: Ray reads it once per process and keeps it."""

from __future__ import annotations

import os
import secrets

import pytest


def use_token(folders: pytest.TempPathFactory) -> None:
    """Token authentication on, with a token of our own; call it before ray is imported."""
    path = folders.getbasetemp() / "ray-token"
    if not path.exists():
        path.write_text(secrets.token_hex(32))
        path.chmod(0o600)
    os.environ.update(
        RAY_AUTH_MODE="token", RAY_AUTH_TOKEN_PATH=str(path), RAY_USAGE_STATS_ENABLED="0"
    )

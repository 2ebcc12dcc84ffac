"""Secrets that belong to one installation, kept in its data folder (0600) or given by the environment."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from huikuan.core.postgres import embedded


def installation_secret(name: str) -> str:
    """The secret called `name`: HUIKUAN_SECRET_<NAME>, else a file made on first use in HUIKUAN_HOME."""
    given = os.environ.get(f"HUIKUAN_SECRET_{name.upper()}")
    if given:
        return given
    path = embedded.claim_home() / f"{name}.secret"
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        return _create(path)


def _create(path: Path) -> str:
    draft = path.with_suffix(f".{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(48))
    try:
        os.link(draft, path)  # the first process wins; the others read what it wrote
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text().strip()

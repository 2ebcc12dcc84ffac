"""`huikuan` as a shell sees it: what it prints and its exit status.

A command of its own takes seconds to start, so most are run in this process, through the same entry. What only
the start can break is seen by the few that are really started.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any

import pytest
from django.utils import translation

from huikuan.cli.main import main

COMMAND = [sys.executable, "-c", "from huikuan.cli.main import main; main()"]


@dataclass(frozen=True)
class Done:
    """What a command left: its exit status and what it printed."""

    returncode: int
    stdout: str
    stderr: str


def huikuan(*arguments: str) -> Done:
    """Run the command in this process. An exception that would be a traceback in the shell is raised here."""
    stdout, stderr = StringIO(), StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        translation.override("zh-hans"),
        redirect_stdout(stdout),
        redirect_stderr(stderr),
        pytest.raises(SystemExit) as ended,
    ):
        patch.setattr(sys, "argv", ["huikuan", *arguments])
        patch.setenv("HUIKUAN_LANG", "zh-hans")
        main()
    return Done(int(ended.value.code or 0), stdout.getvalue(), stderr.getvalue())


def started(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Start the command as a program of its own, with the product's settings."""
    # The settings of tests would make a data folder of their own.
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "huikuan.config.settings"}
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, timeout=120, check=False, env=environment
    )


def data(organization: Any, *arguments: str) -> Any:
    """What the command prints as JSON about the organization."""
    done = huikuan(*arguments, "--org", organization.code, "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)

"""The guide mentions every command with every option, in both languages."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

GUIDE = Path(__file__).resolve().parent.parent / "docs" / "guide"
EVERYWHERE = {"--help", "--format", "--actor", "--org"}


def commands(group: Any, prefix: str = "huikuan") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        full = f"{prefix} {name}"
        if hasattr(command, "commands"):
            yield from commands(command, full)
        else:
            yield full, command


@pytest.mark.parametrize("suffix", [".md", ".zh-CN.md"])
def test_every_command_and_option_is_in_the_guide(suffix: str) -> None:
    from huikuan.cli.commands import app

    pages = [
        path for path in GUIDE.glob("*.md") if path.name.endswith(".zh-CN.md") == (suffix == ".zh-CN.md")
    ]
    text = "\n".join(path.read_text(encoding="utf-8") for path in pages)
    group = typer.main.get_command(app)
    missing: list[str] = []
    for name, command in commands(group):
        if name not in text:
            missing.append(name)
        for parameter in (one for one in command.params if not getattr(one, "hidden", False)):
            options = [option for option in parameter.opts if option.startswith("--")]
            if options and not EVERYWHERE & set(options) and not any(option in text for option in options):
                if parameter.secondary_opts and any(option in text for option in parameter.secondary_opts):
                    continue
                missing.append(f"{name} {options[0]}")
    assert not missing

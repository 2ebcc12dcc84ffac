"""Every reason for which an import leaves a row out has its words."""

import ast
from collections.abc import Iterator
from pathlib import Path

import huikuan.integrations
import huikuan.tables
from huikuan.web.imports.reasons import REASONS

PLACES = {"reject": 2, "_reject": 2, "suspect": 2, "refuse": 0}
"""Which argument of a call names the reason."""


def _named() -> Iterator[tuple[str, str]]:
    folders = [Path(package.__file__ or "").parent for package in (huikuan.integrations, huikuan.tables)]
    for path in (each for folder in folders for each in folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            for argument in node.args[PLACES.get(name, len(node.args)) :][:1]:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value, path.name


def test_every_reason_has_words() -> None:
    named = dict(_named())
    assert len(named) > 40
    assert {code: where for code, where in named.items() if code not in REASONS} == {}

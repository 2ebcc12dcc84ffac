"""House rules that no tool knows: who writes, how long things are, what they are called."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import Model

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "huikuan"
SOURCES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent.name != "migrations")

LONGEST_FUNCTION = 70
LONGEST_FILE = 400
# One subject that reads better in one piece.
LONGER_FILES = {"ledger/operations/documents.py": 440}

# Besides operations: builders of whole companies for the demo and for measuring, the manager through which Django
# creates users, and the filler of temporary tables.
WRITERS = ("bench/", "demo/", "organizations/models.py", "core/postgres/bulk.py")
# Moments at which something happened, kept beside it; no decision hangs on them.
CLOCKS_IN_OPERATIONS = {
    "ledger/operations/books.py",
    "integrations/operations/batches.py",
    "reports/operations/pivot_runs.py",
}
CLOCK_LAYERS = ("web/", "cli/", "bench/", "config/")
CLOCKS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("date", "today"),
    ("timezone", "now"),
    ("timezone", "localdate"),
}
CLOCKS.add(("timezone", "localtime"))

WRITING_SQL = re.compile(
    r"\b(INSERT\s+INTO|DELETE\s+FROM|MERGE\s+INTO|TRUNCATE)\b|\bUPDATE\s+[a-z_]+(\s+[a-z]+)?\s+SET\b"
)


def _name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _docstrings(tree: ast.AST) -> set[ast.AST]:
    """String statements: docstrings of modules, classes and functions, and of attributes."""
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def _writes(source: str) -> Iterator[tuple[int, str]]:
    """Where a module writes rows: by SQL, or through a manager or a model."""
    tree = ast.parse(source)
    documentation = _docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in documentation:
            found = WRITING_SQL.search(node.value)
            if found:
                yield node.lineno, found[0]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            called, chain = node.func.attr, ast.unparse(node.func.value)
            of_rows = ".objects" in chain or ".mine" in chain
            if (
                called in {"bulk_create", "bulk_update", "get_or_create", "update_or_create"}
                or (called in {"create", "update", "delete", "acreate", "aupdate", "adelete"} and of_rows)
                or (called in {"save", "asave"} and not node.args)
            ):
                yield node.lineno, f".{called}()"


@pytest.mark.parametrize(
    "source",
    [
        "cursor.execute('INSERT INTO ledger_document VALUES (1)')",
        "SQL = f'''\n  UPDATE ledger_open_item i SET open_amount = {x} '''",
        "cursor.execute('DELETE FROM audit_event')",
        "Customer.objects.create(code='x')",
        "Customer.objects.filter(pk=1).order_by('x').update(name='x')",
        "Customer.objects.all().delete()",
        "rows.bulk_create(fresh)",
        "customer.save(update_fields=['name'])",
    ],
)
def test_writing_is_recognised(source: str) -> None:
    assert list(_writes(source))


@pytest.mark.parametrize(
    "source",
    [
        "known.update(other)",
        "uploads.save(upload)",
        '"""INSERT INTO is explained here."""',
        "hashlib.new('x').update(b'')",
    ],
)
def test_other_things_are_not_taken_for_writing(source: str) -> None:
    assert not list(_writes(source))


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_only_operations_write(path: Path) -> None:
    name = _name(path)
    if path.name == "operations.py" or path.parent.name == "operations" or name.startswith(WRITERS):
        return
    assert list(_writes(path.read_text(encoding="utf-8"))) == []


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_rules_are_pure() -> None:
    rules = [path for path in SOURCES if path.name == "rules.py" or path.parent.name == "rules"]
    assert rules
    impure = re.compile(r"(django|psycopg|huikuan\..*\.(models|operations|queries|postgres))(\.|$)")
    for path in rules:
        assert [name for name in _imports(_tree(path)) if impure.match(name)] == [], _name(path)


def test_functions_are_short() -> None:
    for path in SOURCES:
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                assert length <= LONGEST_FUNCTION, f"{_name(path)}:{node.lineno} {node.name}"


def test_files_are_short() -> None:
    for path in SOURCES:
        length = len(path.read_text(encoding="utf-8").splitlines())
        assert length <= LONGER_FILES.get(_name(path), LONGEST_FILE), _name(path)


def test_files_are_called_by_what_they_hold() -> None:
    nothing_said = re.compile(r"(utils?|helpers?|managers?|common|misc|handlers?|process(or|ing)?|tools?)$")
    for path in [*SOURCES, *(ROOT / "tests").rglob("*.py")]:
        assert not nothing_said.search(path.stem), path
        assert not nothing_said.match(path.parent.name), path


def test_functions_are_called_by_what_they_do() -> None:
    for path in SOURCES:
        framework = {"handle_exception"}
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name not in framework:
                said = re.fullmatch(r"_?(handle|process|manage|do)(_\w+)?", node.name)
                assert not said, f"{_name(path)}:{node.lineno} {node.name}"


def test_business_knows_no_clock() -> None:
    """`today` and moments come from the caller: from pages, commands and jobs."""
    for path in SOURCES:
        name = _name(path)
        if name.startswith(CLOCK_LAYERS) or path.name == "jobs.py" or name in CLOCKS_IN_OPERATIONS:
            continue
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = ast.unparse(node.func.value).rsplit(".", 1)[-1]
                assert (owner, node.func.attr) not in CLOCKS, f"{name}:{node.lineno}"


def _own_models() -> list[type[Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("huikuan.")]


def test_every_table_is_named_in_its_model() -> None:
    models = _own_models()
    assert len(models) > 20
    for model in models:
        assert "db_table" in model._meta.original_attrs, model
        assert model._meta.db_table.startswith(f"{model._meta.app_label}_"), model


def test_constraints_are_sentences() -> None:
    names = [constraint.name for model in _own_models() for constraint in model._meta.constraints]
    for guards in PACKAGE.glob("*/migrations/*.sql"):
        names += re.findall(r"CONSTRAINT = '([^']+)'", guards.read_text(encoding="utf-8"))
    assert len(names) > 30
    for name in names:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)+", name), name


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_no_file_names_the_host_of_a_package_index() -> None:
    """Whoever installs chooses the index; lock files hold hashes."""
    hosts = re.compile(
        rb"pypi[.](org|python)|pythonhosted[.]|registry[.](npmjs|yarnpkg|npmmirror)|(deb|security)[.]debian"
    )
    tracked = _tracked()
    if not tracked:
        pytest.skip("not a git checkout")
    for path in tracked:
        if path.is_file():
            assert not hosts.search(path.read_bytes()), path

"""The house of design §3: who may import whom, and what starts without heavy libraries."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from mig.engine.graph import circles

ROOT = Path(__file__).parents[1]
SOURCES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / "mig").rglob("*.py"))
}
MODULES = pytest.mark.parametrize("module", list(SOURCES))

# Downwards only; the sandbox shares no code with the client.
LOWEST = {"model"}
LOW = {"query", "dataverse", "manifest", *LOWEST}
MAY_IMPORT = {
    "model": set[str](),
    "query": LOWEST,
    "manifest": LOWEST,
    "dataverse": LOWEST,
    "sandbox": {"query", *LOWEST},
    "engine": LOW,
    "journeys": {"engine", *LOW},
    "segments": {"journeys", "engine", *LOW},
    "events": {"journeys", "engine", *LOW},
    "report": {"segments", "events", "journeys", "engine", *LOW},
    "cli": {"report", "segments", "events", "journeys", "engine", "sandbox", *LOW},
    "": {"cli"},  # mig/__init__.py and mig/__main__.py
}
HEAVY = {
    "httpx",
    "yaml",
    "jsonschema",
    "rich",
    "starlette",
    "uvicorn",
    "msal",
    "deepdiff",
    "sqlite3",
    "asyncio",
}


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(SOURCES[module].read_text(encoding="utf-8"))


def part(module: str) -> str:
    """The folder of `mig/` that a module belongs to; empty for those directly in `mig/`."""
    names = module.split(".")
    return names[1] if len(names) > 1 and (ROOT / "mig" / names[1]).is_dir() else ""


def names_imported(module: str, node: ast.AST) -> Iterator[str]:
    """What one statement imports, as absolute dotted names."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        package = module if SOURCES[module].name == "__init__.py" else module.rpartition(".")[0]
        above = package.rsplit(".", node.level - 1)[0] if node.level else ""
        base = ".".join(filter(None, (above, node.module)))
        yield from (f"{base}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
        yield from (str(arg.value) for arg in node.args if isinstance(arg, ast.Constant))


@cache
def imported(module: str) -> frozenset[str]:
    """Everything a module imports anywhere, inside functions too."""
    return frozenset(name for node in ast.walk(tree(module)) for name in names_imported(module, node))


def imported_at_start(module: str) -> set[str]:
    """The modules of ours that are imported when this one is; a `TYPE_CHECKING` block is not run."""
    found: set[str] = set()
    waiting: list[ast.AST] = list(tree(module).body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting += node.orelse
            continue
        found.update(filter(None, (ours(name) for name in names_imported(module, node))))
        waiting += ast.iter_child_nodes(node)
    return found


def ours(name: str) -> str | None:
    """The module of ours that a dotted name is, or is found in."""
    if name in SOURCES:
        return name
    above = name.rpartition(".")[0]
    return above if above in SOURCES else None


def test_every_folder_has_its_place_in_the_order() -> None:
    assert {part(module) for module in SOURCES} <= set(MAY_IMPORT)


@MODULES
def test_imports_go_downwards_only(module: str) -> None:
    reached = {part(found) for name in imported(module) if (found := ours(name))}
    # `from mig import __version__` reaches the package itself, which imports nothing.
    assert reached - {""} <= MAY_IMPORT[part(module)] | {part(module)}


def test_the_package_itself_imports_nothing_of_ours() -> None:
    assert not [name for name in imported("mig") if ours(name)]


@MODULES
def test_the_http_library_is_imported_in_one_place(module: str) -> None:
    if module != "mig.dataverse.wire":
        assert "httpx" not in {name.partition(".")[0] for name in imported(module)}


def test_no_module_waits_for_itself() -> None:
    assert circles({module: imported_at_start(module) - {module} for module in SOURCES}) == []


@MODULES
def test_a_module_says_what_it_is_for(module: str) -> None:
    assert ast.get_docstring(tree(module))


@MODULES
def test_a_module_is_one_idea(module: str) -> None:
    assert len(SOURCES[module].read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_starts_without_heavy_libraries(argument: str) -> None:
    program = (
        "import sys; from mig.cli.main import run; code = run(sys.argv[1:]);"
        "print('\\n'.join(sys.modules), file=sys.stderr); sys.exit(code)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, argument], capture_output=True, encoding="utf-8", check=True
    )
    assert "mig" in ended.stdout
    loaded = set(ended.stderr.split())
    assert "click" in loaded
    assert not loaded & HEAVY
    assert not [name for name in loaded if name.startswith("mig.") and part(name) not in ("cli", "model", "")]

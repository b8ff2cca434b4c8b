"""A second opinion is one only if it was not copied from the first."""

import ast
from pathlib import Path

import pytest

HERE = Path(__file__).parent
MEETING = {"convert", "trial", "proof", "mutants"}
"""The modules in which the two meet."""

OWN = sorted(
    path.stem for path in HERE.glob("*.py") if path.stem not in MEETING and not path.stem.startswith("test_")
)


@pytest.mark.parametrize("module", OWN)
def test_the_oracle_imports_nothing_of_mig(module: str) -> None:
    tree = ast.parse((HERE / f"{module}.py").read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = [one.module or "" for one in imports if isinstance(one, ast.ImportFrom)]
    names += [alias.name for one in imports for alias in one.names]
    assert not [name for name in names if name.split(".")[0] == "mig"]
    meeting = {f"tests.oracle.{name}" for name in MEETING}
    assert not meeting & set(names)

"""A module imports only from floors below its own, and some packages only where they belong."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT

import calc

FLOORS = {
    "calc.errors": 0, "calc.units": 0, "calc.names": 0, "calc.figures": 0, "calc.tables": 0,
    "calc.physics": 1,
    "calc.spec": 2,
    "calc.model": 3,
    "calc.studies": 4,
    "calc.cli_catalogue": 5, "calc.cli_control": 5, "calc.cli_cost": 5, "calc.cli_ranges": 5, "calc.cli_supply": 5, "calc.cli_sweep": 5, "calc.cli_trends": 5, "calc.cli_workloads": 5, "calc.report": 5, "calc.report_catalogue": 5, "calc.report_control": 5, "calc.report_cost": 5, "calc.report_ranges": 5, "calc.report_supply": 5, "calc.report_sweep": 5, "calc.report_trends": 5, "calc.report_workloads": 5, "calc.cli": 5, "calc.__main__": 5, "calc": 5, "ui": 5,
}  # fmt: skip

# Packages, and the only places that may import them.
FENCES = {
    "pint": ("calc.units",),
    "yaml": ("calc.spec.text",),
    "pydantic": ("calc.spec.schema", "calc.spec.check", "calc.spec.template"),
    "pydantic_core": ("calc.spec.schema",),
    "streamlit": ("ui",),
    "altair": ("ui",),
    "tabulate": ("calc.tables",),
    "platformdirs": ("calc.spec.library",),
}

# Packages too slow to load before they are used.
LAZY = ("pandas", "streamlit", "scipy", "pyarrow", "distributed", "filelock", "tabulate", "platformdirs")


def _modules() -> Iterator[tuple[str, Path]]:
    for folder in ("calc", "ui"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            yield name.removesuffix(".__init__"), path


def _imports(path: Path) -> Iterator[tuple[int, str, bool]]:
    """Line, module and whether at the top of the file, for every import but those for types only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top = set(map(id, tree.body))
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name, id(node) in top
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}", id(node) in top


def _floor(module: str) -> int | None:
    while module:
        if module in FLOORS:
            return FLOORS[module]
        module = module.rpartition(".")[0]
    return None


def test_every_module_has_a_floor() -> None:
    assert [name for name, _ in _modules() if _floor(name) is None] == []


def test_no_import_climbs() -> None:
    faults = [
        f"{path.relative_to(ROOT)}:{line}: {name} (floor {_floor(name)}) imports {imported} (floor {_floor(imported)});"
        " move the code down, or pass the value in"
        for name, path in _modules()
        for line, imported, _ in _imports(path)
        if imported.startswith("calc") and (_floor(imported) or 0) > (_floor(name) or 0)
    ]
    assert faults == []


def test_physics_knows_numpy_only() -> None:
    allowed = (
        "numpy",
        "calc.physics",
        "__future__",
        "typing",
        "functools",
        "dataclasses",
        "collections",
        "math",
        "itertools",
    )
    faults = [
        f"{path.relative_to(ROOT)}:{line}: physics imports {imported}; formulas take floats and arrays"
        for name, path in _modules()
        if name.startswith("calc.physics")
        for line, imported, _ in _imports(path)
        if not imported.startswith(allowed)
    ]
    assert faults == []


def test_pages_import_calc_and_nothing_deeper() -> None:
    faults = [
        f"{path.relative_to(ROOT)}:{line}: a page imports {imported}; import calc"
        for name, path in _modules()
        if name == "ui" or name.startswith("ui.")
        for line, imported, _ in _imports(path)
        if imported.startswith("calc.") and imported.count(".") > 1
    ]
    assert faults == []


def test_fences() -> None:
    faults = [
        f"{path.relative_to(ROOT)}:{line}: {imported} belongs in {', '.join(FENCES[package])}"
        for name, path in _modules()
        for line, imported, _ in _imports(path)
        if (package := imported.split(".")[0]) in FENCES and not name.startswith(FENCES[package])
    ]
    assert faults == []


def test_heavy_packages_load_where_used() -> None:
    faults = [
        f"{path.relative_to(ROOT)}:{line}: {imported} is loaded with the module; import it in the function that needs it"
        for name, path in _modules()
        if not name.startswith("ui")
        for line, imported, top in _imports(path)
        if top and imported.split(".")[0] in LAZY
    ]
    assert faults == []


def test_studies_load_where_used() -> None:
    code = "import sys, calc.cli, calc.report, calc.report_workloads; print(*sorted(m for m in sys.modules if m.startswith('calc.studies.')))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert told.stdout.split() == ["calc.studies.compare"]


def test_studies_are_found_by_name() -> None:
    assert set(calc.__all__) <= set(dir(calc))
    assert [name for name in calc.__all__ if not hasattr(calc, name)] == []
    with pytest.raises(AttributeError, match="module 'calc' has no attribute 'anatomies'"):
        getattr(calc, "anatomies")  # noqa: B009

"""Docstrings against signatures and the nomenclature."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import calc
import calc.physics
from calc import names

PARAMETER = re.compile(r"^(\w+) : .*\[(.+)\]$")


def _public() -> Iterator[tuple[str, Any]]:
    for found in pkgutil.walk_packages(calc.__path__, "calc."):
        if found.name.endswith("__main__"):
            continue
        module = importlib.import_module(found.name)
        yield found.name, module
        for word in getattr(module, "__all__", ()):
            yield f"{found.name}.{word}", getattr(module, word)


# Formulas of a composition are joined by name; those of workloads take shapes and fitted parameters.
KERNELS = (
    "attention", "collectives", "concentration", "dispatch", "experts", "export_control", "gemm", "reliability", "search", "serving", "serving_chip", "serving_memory", "serving_offline", "serving_step", "training", "training_layer", "training_memory", "transformer", "trends",
)  # fmt: skip


def _kernels() -> Iterator[tuple[str, Callable[..., Any]]]:
    for word in KERNELS:
        module = importlib.import_module(f"calc.physics.{word}")
        for name in module.__all__:
            if inspect.isfunction(getattr(module, name)):
                yield f"{module.__name__}.{name}", getattr(module, name)


def _formulas() -> Iterator[tuple[str, Callable[..., Any]]]:
    for found in pkgutil.iter_modules(calc.physics.__path__, "calc.physics."):
        module = importlib.import_module(found.name)
        for word in () if found.name.rpartition(".")[2] in KERNELS else module.__all__:
            if inspect.isfunction(getattr(module, word)):
                yield f"{found.name}.{word}", getattr(module, word)


def test_everything_public_is_described() -> None:
    bare = [
        name for name, thing in _public() if (inspect.ismodule(thing) or callable(thing)) and not inspect.getdoc(thing)
    ]
    assert bare == []


@pytest.mark.parametrize(
    ("name", "formula"), list(_formulas()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_formula_agrees_with_the_nomenclature(name: str, formula: Callable[..., Any]) -> None:
    lines = [line.strip() for line in (inspect.getdoc(formula) or "").splitlines()]
    assert "Parameters" in lines, f"{name}: no parameters section"
    assert "Returns" in lines, f"{name}: no returns section"
    start, end = lines.index("Parameters"), lines.index("Returns")
    described = {m[1]: m[2] for line in lines[start:end] if (m := PARAMETER.match(line))}
    signature = inspect.signature(formula).parameters
    plain = [word for word, parameter in signature.items() if parameter.kind is not inspect.Parameter.VAR_POSITIONAL]
    assert list(described) == plain, f"{name}: the docstring lists {list(described)}, the signature {plain}"
    given = next((m for line in lines[end:] if (m := PARAMETER.match(line))), None)
    if any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in signature.values()):
        return
    assert given, f"{name}: what it returns has no unit"
    generic = {
        "published",
        "itemised_published",
        "itemised",
        "holders_published",
        "holders",
        "carried_total",
        "scaled_total",
    }
    for word, unit in {**described, given[1]: given[2]}.items():
        if word not in generic:
            assert names.find(word).unit == unit, (
                f"{name}: {word} is in [{unit}], the nomenclature says [{names.find(word).unit}]"
            )


@pytest.mark.parametrize(
    ("name", "formula"), list(_kernels()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_kernel_describes_every_parameter_with_its_unit(name: str, formula: Callable[..., Any]) -> None:
    text = inspect.getdoc(formula) or ""
    section = text.partition("Parameters\n")[2].partition("Returns\n")[0]
    described = re.findall(r"^(\w+(?:, \w+)*) :", section, re.MULTILINE)
    assert [word for group in described for word in group.split(", ")] == list(inspect.signature(formula).parameters), (
        name
    )
    assert re.search(r"\[.+\]", text.partition("Returns\n")[2]), f"{name}: what it returns has no unit"


def test_identifiers_are_unique() -> None:
    assert len({names.identifier(name) for name in names.QUANTITIES}) == len(names.QUANTITIES)


def test_every_label_is_in_both_languages() -> None:
    for row in names.QUANTITIES.values():
        assert row.en, row.name
        assert row.zh, row.name
        assert bool(row.convention) == bool(row.convention_zh), f"{row.name}: its convention is in one language only"
        assert row.meaning.endswith("."), row.name
        for en, zh in ((row.en, row.zh), (row.convention, row.convention_zh)):
            assert set(re.findall(r"{\w+}", en)) == set(re.findall(r"{\w+}", zh)), row.name

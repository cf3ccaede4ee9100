"""Every formula run once with units: a dimensional slip fails here and costs nothing at run time."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from test_docstrings import _formulas

from calc import names, units

_SPECIAL: dict[str, dict[str, str]] = {
    "carried_total": {
        "published": "W",
        "itemised_published": "W",
        "itemised": "W",
        "holders_published": "1",
        "holders": "1",
    },
    "domain_within": {"published": "1"},
    "scaled_total": {"published": "USD", "holders_published": "1", "holders": "1"},
}
_GIVES = {"level_price": "USD", "carried_total": "W", "scaled_total": "USD", "domain_within": "1"}


def _gives(formula: Callable[..., Any]) -> str:
    word = formula.__name__
    for topology in ("switched_", "full_mesh_", "torus_"):
        word = word.replace(topology, "scale_up_") if word.startswith(topology) else word
    if word.endswith("_intensity"):
        return names.find("kernel.intensity").unit
    return _GIVES.get(word) or names.find(word).unit


@pytest.mark.parametrize(
    ("name", "formula"), list(_formulas()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_formula_keeps_its_dimension(name: str, formula: Callable[..., Any]) -> None:
    parameters = inspect.signature(formula).parameters
    if any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in parameters.values()):
        given = [units.quantity(3.0, "W"), units.quantity(4.0, "W")]
        assert formula(*given) == units.quantity(7.0, "W")
        return
    special = _SPECIAL.get(formula.__name__, {})
    wanted = {word: special.get(word) or names.find(word).unit for word in parameters}
    given = [units.quantity(8.0, unit) if unit != "1" else 8.0 for unit in wanted.values()]
    result = formula(*given)
    unit = _gives(formula)
    expected = units.quantity(1.0, unit)
    if unit == "1" and not hasattr(result, "dimensionality"):
        assert np.isfinite(result)
    else:
        assert result.dimensionality == expected.dimensionality or _per_bit(result, expected), (
            f"{name}: gives {result.units}, not {unit}"
        )


def _per_bit(result: Any, expected: Any) -> bool:
    # Operations counted on elements, whose number is plain, are a plain number under pint.
    if result.dimensionality == (expected / units.quantity(1.0, "FLOP")).dimensionality:
        return True
    # Eight bits a byte stand in the formula as a number, so that its bytes stay bytes under pint.
    return bool(
        result.dimensionality == (expected / units.quantity(1.0, "B") * units.quantity(1.0, "B")).dimensionality
    )

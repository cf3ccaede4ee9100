"""Roofs: lines, ridges, what has none, and kernels from formulas."""

from __future__ import annotations

import numpy as np
import pytest

import calc
from calc import names
from calc.physics import intensity
from calc.studies.roofline import KINDS, element_size, kernels, roofline

A, B = "cloudmatrix-384", "gb200-nvl72"


def _systems(*ids: str) -> list[calc.System]:
    return [calc.load(system_id) for system_id in ids]


def test_a_roof_is_the_lower_of_two_bounds_and_bends_at_its_ridge() -> None:
    found = roofline(_systems(A, B))
    assert [(roof.system, roof.kind) for roof in found.roofs] == [(s, kind) for s in (A, B) for kind in KINDS]
    for roof in found.roofs:
        assert np.allclose(roof.attainable, np.minimum(roof.peak, roof.intensity * roof.bandwidth))
        assert roof.ridge in roof.intensity
        assert roof.intensity[0] < roof.ridge < roof.intensity[-1]


def test_ridges_are_those_of_the_comparison() -> None:
    both = calc.compare([A, B])
    for roof in roofline(_systems(A, B)).roofs:
        quantity = {
            "hbm": "flop_per_hbm_byte",
            "scale_up": "flop_per_scale_up_byte",
            "scale_out": "flop_per_scale_out_byte",
        }[roof.kind]
        assert roof.ridge == pytest.approx(both.row(quantity).values[roof.system])


def test_a_system_has_the_ridges_of_its_chip_and_more_of_everything() -> None:
    chip, whole = roofline(_systems(A)), roofline(_systems(A), per="system")
    for one, all_ in zip(chip.roofs, whole.roofs, strict=True):
        assert all_.ridge == pytest.approx(one.ridge)
        assert all_.peak == pytest.approx(384 * one.peak)


def test_a_format_that_a_chip_lacks_is_said() -> None:
    found = roofline(_systems(A, B), precisions=("fp8",))
    assert {roof.system for roof in found.roofs} == {B}
    assert found.missing[A, "fp8", "hbm"].startswith("no dense fp8: it has ")
    assert found.to_json()["missing"][0]["system"] == A


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"per": "rack"}, "no unit to draw roofs for 'rack'. There are: chip, system."),
        ({"kinds": ("hbn",)}, "no roof 'hbn'. Did you mean 'hbm'?"),
    ],
)
def test_what_there_is_none_of(asked: dict[str, str], said: str) -> None:
    with pytest.raises(calc.UnknownNameError) as error:
        roofline(_systems(A), **asked)  # type: ignore[arg-type]
    assert str(error.value) == said


def test_no_system() -> None:
    with pytest.raises(calc.CalcError, match="no system to draw roofs of; name one or more"):
        roofline([])


@pytest.mark.parametrize("precision", names.PRECISIONS)
def test_every_format_has_a_size_and_smaller_numbers_raise_intensity(precision: str) -> None:
    wide = {kernel.name: kernel.intensity for kernel in kernels("fp64")}
    for kernel in kernels(precision):
        assert kernel.intensity == pytest.approx(wide[kernel.name] * 8.0 / element_size(precision))
        assert kernel.label("zh") != kernel.label("en")
        assert hasattr(intensity, kernel.formula)


def test_no_size_of_an_unknown_format() -> None:
    with pytest.raises(calc.UnknownNameError, match=r"no precision 'bf61'\. Did you mean 'bf16'\?"):
        element_size("bf61")


def test_labels_name_the_system_and_the_bound() -> None:
    roof = roofline(_systems(A)).roofs[1]
    assert (roof.label(), roof.label("zh")) == ("CloudMatrix 384 · scale-up", "CloudMatrix 384 · 纵向互联")

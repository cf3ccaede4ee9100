"""Numbers as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc import figures, names


@pytest.mark.parametrize(
    ("quantity", "values", "unit", "shown"),
    [
        ("flop_rate", [2.9952e17, 1.8e17], "PFLOP/s", ["300", "180"]),
        ("hbm.bandwidth", [1.2288e15, 5.76e14], "TB/s", ["1,229", "576"]),
        ("hbm.capacity", [4.9152e13, 1.3824e13], "TB", ["49.2", "13.8"]),
        ("chip.flop_rate", [7.8e14, 2.5e15], "TFLOP/s", ["780", "2,500"]),
        ("scale_up.bandwidth_per_direction", [1.344e14, 6.48e13], "TB/s", ["134.4", "64.8"]),
        ("scale_out.bandwidth_per_direction", [1.92e13, 3.6e12], "TB/s", ["19.20", "3.60"]),
        ("power.all_in", [599821.0, 145000.0], "kW", ["600", "145"]),
        ("power_per_flop_rate", [2.0026e-12, 0.80556e-12], "W/TFLOP/s", ["2.003", "0.806"]),
        ("power_per_hbm_bandwidth", [4.8814e-10, 2.5174e-10], "W per TB/s", ["488", "252"]),
        ("power_per_hbm_capacity", [1.2203e-8, 1.0489e-8], "kW/TB", ["12.2", "10.5"]),
        ("price", [8.2e6, 3.0e6], "MUSD", ["8.20", "3.00"]),
        ("price_per_flop_rate", [2.74e-11, 1.667e-11], "USD/TFLOP/s", ["27.4", "16.7"]),
        ("chips", [384.0, 72.0], "", ["384", "72"]),
    ],
)
def test_a_row_shares_unit_and_decimals(quantity: str, values: list[float], unit: str, shown: list[str]) -> None:
    scaled = figures.scale(names.find(quantity), values)
    numbers = [value * scaled.factor for value in values]
    assert scaled.unit == unit
    assert [figures.number(value, figures.decimals(numbers)) for value in numbers] == shown


def test_binary_prefixes_are_named_as_such() -> None:
    assert figures.scale(names.find("hbm.capacity"), [192 * 2.0**30], iec=True).unit == "GiB"


@given(st.floats(1e-3, 1e5))
def test_a_ratio_keeps_its_size(value: float) -> None:
    shown = float(figures.ratio(value).removesuffix("×").replace(",", ""))
    assert shown == pytest.approx(value, rel=0.06)


@given(st.lists(st.floats(1e-3, 1e21), min_size=1, max_size=6))
def test_the_largest_figure_fits(values: list[float]) -> None:
    scaled = figures.scale(names.find("flop_rate"), values)
    assert max(values) * scaled.factor < 10_000

"""How concentrated shares are: laws of the index."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.physics.concentration import concentration, concentration_highest, concentration_lowest

SHARES = st.lists(st.floats(0.01, 1.0), min_size=1, max_size=12)


@given(SHARES)
def test_it_lies_between_all_alike_and_one(shares: list[float]) -> None:
    index = float(concentration(shares))
    assert 1 / len(shares) - 1e-12 <= index <= 1 + 1e-12


@given(SHARES)
def test_it_is_the_same_in_any_order_and_scale(shares: list[float]) -> None:
    assert float(concentration(shares[::-1])) == pytest.approx(float(concentration(shares)))
    assert float(concentration([3 * one for one in shares])) == pytest.approx(float(concentration(shares)))


@given(SHARES, st.floats(0.0, 0.9))
def test_what_is_unknown_bounds_it(shares: list[float], unknown: float) -> None:
    known = np.array(shares) / sum(shares) * (1 - unknown)
    low, value, high = concentration_lowest(known), concentration(known), concentration_highest(known)
    assert low <= value + 1e-12 <= high + 2e-12
    if unknown == 0:
        assert float(low) == pytest.approx(float(high))


def test_it_takes_many_at_once() -> None:
    assert concentration([[0.5, 0.5], [1.0, 0.0]]).tolist() == [0.5, 1.0]
    assert np.isnan(concentration([0.0, 0.0]))

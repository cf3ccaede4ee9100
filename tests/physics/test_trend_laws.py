"""Laws of gaps, lines and lags."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.physics import trends

SCORES = st.floats(800.0, 1800.0)
WALKS = st.lists(st.integers(-30, 60), min_size=8, max_size=24)


@given(SCORES, SCORES)
def test_the_gap_turns_with_who_is_ahead(first: float, second: float) -> None:
    assert trends.gap(first, second) == -trends.gap(second, first)


@given(SCORES, SCORES)
def test_one_of_the_two_is_preferred(first: float, second: float) -> None:
    probability = float(trends.win_probability(first - second))
    assert 0.0 < probability < 1.0
    assert probability + float(trends.win_probability(second - first)) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("gap", "probability"),
    [(0, 0.5), (23, 0.5331), (39, 0.5559), (48, 0.5686), (66, 0.5939), (100, 0.6401), (103, 0.6440), (200, 0.7597)],
)
def test_win_probabilities_as_published(gap: float, probability: float) -> None:
    assert round(float(trends.win_probability(gap)), 4) == probability


@pytest.mark.parametrize("seed", [0, 1, 7])
@pytest.mark.parametrize("starts", [1, 2, 11, 16])
def test_blocks_are_drawn_as_python_draws_them(seed: int, starts: int) -> None:
    count = starts + 2
    blocks = -(-count // 3)
    stream = random.Random(seed)
    wanted = [[stream.randrange(starts) for _ in range(blocks)] for _ in range(50)]
    assert trends.block_draws(count, 3, 50, seed)[:, ::3].tolist() == wanted


@given(st.integers(1, 30), st.integers(1, 5))
def test_every_draw_is_as_long_as_the_data_and_of_neighbours(count: int, length: int) -> None:
    drawn = trends.block_draws(count, length, 20, 0)
    assert drawn.shape == (20, count)
    assert drawn.min() >= 0
    assert drawn.max() < count
    inside = [i for i in range(1, count) if i % min(length, count)]
    assert (np.diff(drawn, axis=1)[:, [i - 1 for i in inside]] == 1).all()


@given(WALKS, WALKS, st.integers(-500, 500))
def test_a_shift_of_both_changes_no_difference(first: list[int], second: list[int], shift: int) -> None:
    count = min(len(first), len(second))
    time = np.arange(count) / 12.0
    scores = np.cumsum([first[:count], second[:count]], axis=1) + 1200.0
    plain, moved = (trends.line_draws(time, scores + by, 3, 60, 0) for by in (0.0, shift))
    np.testing.assert_allclose(plain[..., 1], moved[..., 1], atol=1e-6)
    np.testing.assert_allclose(plain[1, :, 0] - plain[0, :, 0], moved[1, :, 0] - moved[0, :, 0], atol=1e-6)
    highest = np.maximum.accumulate(scores, axis=1)
    days = time * 365.25
    for one, other in zip(trends.lag(days, *highest), trends.lag(days, *(highest + shift)), strict=True):
        np.testing.assert_array_equal(one, other)


@given(st.floats(-200.0, 200.0), st.floats(-50.0, 50.0))
def test_lines_never_meet_where_the_one_behind_is_not_steeper(behind: float, gain: float) -> None:
    assert bool(np.isinf(trends.crossing(behind, gain))) == (gain <= 0.0 or np.isinf(behind / gain))


@given(WALKS)
def test_a_country_is_no_time_behind_itself(steps: list[int]) -> None:
    highest = np.maximum.accumulate(np.cumsum(steps).astype(float))
    days = np.arange(len(steps), dtype=float)
    behind, _ = trends.lag(days, highest, highest)
    first = np.searchsorted(highest, highest, side="left")
    np.testing.assert_array_equal(behind, days - first)


@given(WALKS, st.integers(1, 5))
def test_who_follows_after_some_days_is_that_far_behind(steps: list[int], late: int) -> None:
    rising = np.cumsum(np.abs(steps) + 1).astype(float)
    days = np.arange(len(steps), dtype=float)
    follower = np.concatenate([np.full(late, rising[0] - 1.0), rising])[: len(rising)]
    behind, censored = trends.lag(days, rising, follower)
    assert (behind[late:] == late).all()
    assert censored[: late + 1].all()
    assert not censored[late + 1 :].any()


@given(st.floats(0.01, 2.0))
def test_growth_and_doubling_tell_the_same(slope: float) -> None:
    assert (1.0 + float(trends.growth(slope))) ** float(trends.doubling_time(slope)) == pytest.approx(2.0)


def test_intervals_keep_never() -> None:
    draws = np.concatenate([np.arange(960.0), np.full(40, np.inf)])
    assert trends.percentile_interval(draws).tolist() == [25.0, np.inf]

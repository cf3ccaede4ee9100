"""What is drawn and said of ranges: bands, swings, stakes, and who is ahead."""

from __future__ import annotations

from dataclasses import replace

import pytest

import calc
from calc.studies import narrate_ranges as words
from calc.studies import range_pictures as pictures
from calc.studies.frontier import Point
from calc.studies.narrate import plain
from calc.studies.plane import inputs, plane
from calc.studies.uncertainty import Bands

A, B = "cloudmatrix-384", "gb200-nvl72"
COST = "power_per_flop_rate"


@pytest.fixture(scope="module")
def bands() -> Bands:
    return calc.bands([A, B], B)


def test_spreads_are_sorted_and_say_what_the_bands_say(bands: Bands) -> None:
    drawn = pictures.spreads(bands)
    assert [one.adopted for one in drawn] == sorted((one.adopted for one in drawn), reverse=True)
    cost = next(one for one in drawn if one.quantity == COST)
    band = bands.ratios[COST][A]
    assert (cost.adopted, cost.low, cost.high, cost.median) == (band.adopted, band.low, band.high, band.median)
    assert cost.span == f"{calc.figures.ratio(band.low)} … {calc.figures.ratio(band.high)}"
    assert cost.favours is False
    assert cost.moves
    exact = next(one for one in drawn if one.quantity == "scale_up.domain")
    assert not exact.moves
    assert exact.span == exact.text


def test_swings_start_from_what_is_adopted_and_say_which_way_is_better() -> None:
    found = calc.sensitivity([A, B], COST)
    drawn = pictures.swings(found)
    first = drawn[:2]
    assert [one.label for one in first] == ["CloudMatrix 384: Power, all-in"] * 2
    assert [one.text for one in first] == ["500 kW", "650 kW"]
    assert [one.favours for one in first] == [True, False]
    assert [one.right for one in first] == [False, True]
    assert all(one.start == found.adopted for one in drawn)
    other = next(one for one in drawn if one.systems == (B,) and not one.high)
    assert (other.favours, other.right) == (False, True)
    assert len(pictures.swings(found, most=1)) == 2
    assert pictures.swings(found, "zh")[0].label == "CloudMatrix 384：功率（整机）"


def test_names_of_two_ends_on_one_side_stand_apart() -> None:
    drawn = [
        one for one in pictures.swings(calc.sensitivity([A, B], "price_per_flop_rate")) if "384: Price" in one.label
    ]
    still = next(one for one in drawn if one.favours is None)
    moved = next(one for one in drawn if one.favours is not None)
    assert still.end == pytest.approx(still.start)
    assert (still.right, moved.right) == (True, False)


def test_stakes_are_shares_and_name_the_source() -> None:
    found = calc.sensitivity([A, B], COST)
    drawn = pictures.stakes(found)
    assert drawn[0].labels == ("Power, all-in",)
    assert drawn[0].systems == (A,)
    assert drawn[0].source.startswith("semianalysis")
    shares = [float(one.first.removesuffix(" %")) for one in drawn]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(100.0, abs=3.0)


def test_a_headline_with_and_without_a_band() -> None:
    assert plain(words.headline("A", "B", "flop_rate", 1.664)) == "A offers 1.66× the BF16 throughput of B"
    assert plain(words.headline("A", "B", COST, 1.001)) == "A needs the same power per BF16 as B"
    said = words.headline("A", "B", COST, 2.486, (2.21, 2.88), "fp8", "zh")
    assert plain(said) == "A 的每单位 FP8 算力功率是 B 的 2.5 倍；80% 的抽样介于 2.2 与 2.9 倍之间"
    assert plain(words.headline("A", "B", "price", 1.0, None, "bf16", "zh")) == "A 的价格与 B 相同"


def test_how_sure_counts_the_draws(bands: Bands) -> None:
    assert words.how_sure(bands, COST, A) == "GB200 NVL72 is ahead in every draw."
    assert words.how_sure(bands, "scale_up.domain", A) == ""
    close = words.how_sure(bands, "power_per_hbm_capacity", A)
    ratios = bands.samples("power_per_hbm_capacity", A, ratio=True)
    share = max((ratios < 1.0).mean(), (ratios > 1.0).mean())
    assert f"in {words.percent(share)} of draws" in plain(close)
    assert plain(words.how_sure(bands, COST, A, "zh")) == "所有抽样中 GB200 NVL72 的每单位 BF16 算力功率占优。"


def test_what_was_drawn_is_counted(bands: Bands) -> None:
    said = words.drawn(bands)
    assert said.startswith(f"{bands.drawn} figures were drawn from their ranges 4,096 times")
    assert f"the other {bands.exact} have no range" in said
    assert "are taken as exact" in words.drawn(replace(bands, factors=()))
    assert "精确值" in words.drawn(bands, "zh")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_who_is_ahead_over_a_plane(language: str) -> None:
    pair = calc.load(A), calc.load(B)
    options = inputs(*pair, COST)
    found = plane(*pair, COST, options[1], options[0])
    titles = {A: "Alpha", B: "Beta"}
    said = plain(words.who_is_ahead(found, titles, "bf16", language))
    if language == "en":
        assert said == (
            "Beta is ahead on power per BF16 over 90 % of this map, Alpha over the rest; "
            "at the values in use Alpha has 2.49× that of Beta."
        )
    else:
        assert said == (
            "图中 90% 的面积上 Beta 的每单位 BF16 算力功率占优，其余由 Alpha 占优；按现用值，Alpha 是 Beta 的 2.49 倍。"
        )
    all_over = replace(found, ratio=found.ratio * 100.0)
    said = plain(words.who_is_ahead(all_over, titles, "bf16", language))
    assert said.startswith("Beta is ahead on power per BF16 all over this map" if language == "en" else "整张图上 Beta")


def test_by_whom_a_system_is_dominated() -> None:
    titles = {"b": "B", "c": "C", "d": "D"}
    point = Point("a", "A", 1.0, 1.0, False, None, ("b",))
    assert words.behind(point, titles) == "dominated by B"
    assert words.behind(replace(point, dominated_by=("b", "c")), titles) == "dominated by B and C"
    assert words.behind(replace(point, dominated_by=("b", "c", "d")), titles, "zh") == "被 B、C 等 3 个系统支配"
    assert words.behind(replace(point, dominated_by=("b",)), titles, "zh") == "被 B 支配"
    assert words.behind(replace(point, on_frontier=True, dominated_by=()), titles) == "on the frontier"


def test_a_headline_never_breaks_before_its_sign() -> None:
    said = plain(words.headline("A", "B", COST, 2.486, (2.21, 2.88)))
    assert said == "A needs 2.5× the power per BF16 of B; 80\N{NO-BREAK SPACE}% of draws lie between 2.2× and 2.9×"

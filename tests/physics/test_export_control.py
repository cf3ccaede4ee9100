"""What export rules measure, against figures that were published, the rules' own examples and their edges."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.physics import export_control as rule

TRACKER = "chip-export-controls (2026-03-18), chipData.js"
DERIVED = "dense rates of the reference's table of facts"
TB = 1e12

# Chip, largest dense rate in T(FL)OP/s, its bits, total processing performance as published, die area in mm2 and
# performance density as published, paragraph, source.
VECTORS = [
    ("A100 SXM", 624, 8, 4992, 826, 6.04, "3A090.a.1", TRACKER),
    ("A800 SXM", 624, 8, 4992, 826, 6.04, "3A090.a.1", TRACKER),
    ("H100 SXM", 1979, 8, 15832, 814, 19.45, "3A090.a.1", TRACKER),
    ("H800 SXM", 1979, 8, 15832, 814, 19.45, "3A090.a.1", TRACKER),
    ("H800 PCIe", 1513, 8, 12104, 814, 14.87, "3A090.a.1", TRACKER),
    ("H200 SXM", 1979, 8, 15832, 814, 19.45, "3A090.a.1", TRACKER),
    ("H200 NVL", 1670.5, 8, 13364, 814, 16.42, "3A090.a.1", TRACKER),
    ("H20", 296, 8, 2368, 814, 2.91, "not 3A090", TRACKER),
    ("B200", 9000, 4, 36000, 1628, 22.11, "3A090.a.1", TRACKER),
    ("B200, FP8", 4500, 8, 36000, 1628, 22.11, "3A090.a.1", TRACKER),
    ("B300", 14000, 4, 56000, 1628, 34.40, "3A090.a.1", TRACKER),
    ("B300, FP8", 4500, 8, 36000, None, None, "3A090.a.1", TRACKER),
    ("MI300X", 2614.9, 8, 20919, 1017, 20.57, "3A090.a.1", TRACKER),
    ("MI325X", 2614.9, 8, 20919, 1017, 20.57, "3A090.a.1", TRACKER),
    ("MI355X", 5033.2, 8, 40265, 1017, 39.59, "3A090.a.1", TRACKER),
    ("MI250X", 383, 16, 6128, 1580, 3.88, "3A090.a.1", TRACKER),
    ("MI210", 181, 16, 2896, 790, 3.67, "3A090.b.1", TRACKER),
    ("Ascend 910B2", 376, 16, 6016, None, None, "3A090.a.1", "Epoch AI, Machine Learning Hardware"),
    ("Ascend 910B3", 313, 16, 5008, None, None, "3A090.a.1", "Epoch AI, Machine Learning Hardware"),
    ("Ascend 910B4", 280, 16, 4480, None, None, "undetermined", "Epoch AI, Machine Learning Hardware"),
    ("Ascend 910C", 800, 16, 12800, None, None, "3A090.a.1", "Epoch AI, Machine Learning Hardware"),
    ("Biren BR100", 2048, 8, 16384, 1074, 15.26, "3A090.a.1", DERIVED),
    ("Biren BR104", 1024, 8, 8192, None, None, "3A090.a.1", DERIVED),
    ("Maia 100", 800, 16, 12800, 820, 15.61, "3A090.a.1", DERIVED),
    ("Dojo D1", 362, 16, 5792, 645, 8.98, "3A090.a.1", DERIVED),
    ("MTIA v2", 354, 8, 2832, 421, 6.73, "3A090.a.2", DERIVED),
    ("TPU v5e", 393, 8, 3144, 325, 9.67, "3A090.a.2", DERIVED),
    ("MTT S4000, INT8", 196, 8, 1568, None, None, "not 3A090", DERIVED),
    ("MTT S4000, FP16 rounded", 100, 16, 1600, None, None, "undetermined", DERIVED),
    ("MLU370-X8, a card of two", 256, 8, 2048, None, None, "undetermined", DERIVED),
    ("MLU370-X8, one of its chips", 128, 8, 1024, None, None, "not 3A090", DERIVED),
    ("MTT S5000", 1000, 8, 8000, None, None, "3A090.a.1", DERIVED),
]

EDGES = [
    (4800, 0.01, "3A090.a.1"), (4800, math.nan, "3A090.a.1"), (4800, 100, "3A090.a.1"),
    (4799.9, 5.92, "3A090.a.2"), (4799.9, 5.919, "3A090.b.1"), (2400, 1.6, "3A090.b.1"),
    (2400, 1.599, "not 3A090"), (2399.9, 1.6, "not 3A090"), (2399.9, 3.2, "3A090.b.2"), (2399.9, 3.199, "not 3A090"),
    (1600, 5.92, "3A090.a.2"), (1600, 3.2, "3A090.b.2"), (1599.9, 100, "not 3A090"), (1599.9, math.nan, "not 3A090"),
    (1600, math.nan, "undetermined"), (4799.9, math.nan, "undetermined"),
]  # fmt: skip

POSITIVE = st.floats(1.0, 1e5)
DENSITY = st.floats(0.1, 100.0)


def word(place: int) -> str:
    return "undetermined" if place == rule.UNDETERMINED else rule.CLASSES[place]


@pytest.mark.parametrize(
    ("chip", "rate", "bits", "tpp", "area", "density", "paragraph", "source"), VECTORS, ids=[row[0] for row in VECTORS]
)
def test_published_chips(
    chip: str,
    rate: float,
    bits: int,
    tpp: float,
    area: float | None,
    density: float | None,
    paragraph: str,
    source: str,
) -> None:
    found = rule.total_processing_performance([rate * TB], [bits])
    assert float(found) == pytest.approx(tpp, abs=1.0), f"{chip}: {source}"
    spread = rule.performance_density(found, math.nan if area is None else area * 1e-6)
    if density is not None:
        assert float(spread) == pytest.approx(density, abs=0.01), f"{chip}: {source}"
    assert word(int(rule.class_2023(found, spread))) == paragraph, f"{chip}: {source}"


@pytest.mark.parametrize(
    ("rates", "bits", "tpp"),
    [
        ([667, 1299], [16, 8], 10672),  # Trainium2: 16 bits win
        ([918, 1836], [16, 8], 14688),  # TPU v6e
        ([2307, 4614], [16, 8], 36912),  # TPU7x
        ([600], [8], 4800),  # the rule's own examples
        ([300], [16], 4800),
        ([math.nan, 300, math.nan], [4, 16, 8], 4800),
    ],
)
def test_the_largest_product_counts(rates: list[float], bits: list[int], tpp: float) -> None:
    assert float(rule.total_processing_performance(np.multiply(rates, TB), bits)) == tpp


def test_examples_of_the_rule_reach_its_line() -> None:
    for rate, bits in ((600, 8), (300, 16)):
        assert rule.CLASSES[int(rule.class_2023(rule.total_processing_performance([rate * TB], [bits]), math.nan))] == (
            "3A090.a.1"
        )


@pytest.mark.parametrize(("tpp", "density", "paragraph"), EDGES)
def test_edges(tpp: float, density: float, paragraph: str) -> None:
    assert word(int(rule.class_2023(tpp, density))) == paragraph


@pytest.mark.parametrize(
    ("tpp", "io", "answer"),
    [
        (4992, 600e9, rule.CONTROLLED), (4992, 400e9, rule.NOT_CONTROLLED), (15832, 400e9, rule.NOT_CONTROLLED),
        (15832, 900e9, rule.CONTROLLED), (4800, 600e9, rule.CONTROLLED), (4799.9, 600e9, rule.NOT_CONTROLLED),
        (4800, 599.9e9, rule.NOT_CONTROLLED), (4800, math.nan, rule.UNDETERMINED),
        (4799.9, math.nan, rule.NOT_CONTROLLED), (math.nan, 400e9, rule.NOT_CONTROLLED),
        (math.nan, 900e9, rule.UNDETERMINED),
    ],
)  # fmt: skip
def test_rule_of_2022(tpp: float, io: float, answer: int) -> None:
    assert int(rule.controlled_2022(tpp, io)) == answer


@pytest.mark.parametrize(
    ("tpp", "dram", "answer"),
    [
        (15832, 3350e9, rule.CASE_BY_CASE), (15832, 4800e9, rule.CASE_BY_CASE), (13364, 4800e9, rule.CASE_BY_CASE),
        (20919, 5300e9, rule.CASE_BY_CASE), (20919, 6000e9, rule.CASE_BY_CASE), (36000, 8e12, rule.DENIAL),
        (56000, 8e12, rule.DENIAL), (40265, 8e12, rule.DENIAL), (21000, 4e12, rule.DENIAL), (15832, 6500e9, rule.DENIAL),
        (20999.9, 6499e9, rule.CASE_BY_CASE), (21000, math.nan, rule.DENIAL), (15832, math.nan, rule.UNDETERMINED),
    ],
)  # fmt: skip
def test_review_of_2026(tpp: float, dram: float, answer: int) -> None:
    assert int(rule.review_2026(rule.CLASSES.index("3A090.a.1"), tpp, dram)) == answer


def test_review_of_2026_is_for_the_first_paragraph_only() -> None:
    for place, name in enumerate(rule.CLASSES):
        applies = name.startswith("3A090.a")
        assert int(rule.review_2026(place, 2368.0, 4e12)) == (rule.CASE_BY_CASE if applies else rule.NOT_APPLICABLE)
    assert int(rule.review_2026(rule.UNDETERMINED, 2368.0, 4e12)) == rule.UNDETERMINED


@pytest.mark.parametrize(
    ("tpp", "dram", "band"),
    [
        (15832, 4800e9, 1), (13364, 4800e9, 0), (15832, 3350e9, 0), (20919, 6000e9, 2), (20919, 5300e9, 0),
        (14000, 4500e9, 1), (17500, 5000e9, 1), (13999.9, 4500e9, 0), (17500, 5000.1e9, 0), (15832, math.nan, 0),
    ],
)  # fmt: skip
def test_tariff_bands_of_2026(tpp: float, dram: float, band: int) -> None:
    assert int(rule.tariff_band_2026(tpp, dram)) == band


@pytest.mark.parametrize(
    ("tpp", "density", "paragraph"),
    [(4799.9, 100.0, "not 3A090"), (4799.9, math.nan, "not 3A090"), (4800.0, math.nan, "3A090.a.1")],
)
def test_what_is_not_for_data_centres(tpp: float, density: float, paragraph: str) -> None:
    assert word(int(rule.class_2023(tpp, density, False))) == paragraph


@given(rate=POSITIVE, bits=st.sampled_from([4, 6, 8, 16, 32, 64]), more=st.floats(1.0, 10.0))
def test_total_processing_performance_grows_with_the_rate(rate: float, bits: int, more: float) -> None:
    small, large = (float(rule.total_processing_performance([r * TB], [bits])) for r in (rate, rate * more))
    assert large >= small


@given(tpp=POSITIVE, area=st.floats(1e-5, 1e-1), more=st.floats(1.0, 10.0))
def test_a_larger_die_never_raises_the_density_nor_the_paragraph(tpp: float, area: float, more: float) -> None:
    small, large = rule.performance_density(tpp, area), rule.performance_density(tpp, area * more)
    assert large <= small
    assert int(rule.class_2023(tpp, large)) <= int(rule.class_2023(tpp, small))


@given(tpp=POSITIVE, density=DENSITY)
def test_what_is_undetermined_without_the_density_is_decided_by_it_alone(tpp: float, density: float) -> None:
    without, found = int(rule.class_2023(tpp, math.nan)), int(rule.class_2023(tpp, density))
    assert without in (found, rule.UNDETERMINED)
    assert (without == rule.UNDETERMINED) == (1600.0 <= tpp < 4800.0)


@given(tpp=POSITIVE, density=DENSITY, less=st.floats(0.01, 0.999))
def test_any_smaller_share_stays_below_a_line(tpp: float, density: float, less: float) -> None:
    share = min(float(rule.largest_share_below(tpp, density, *both)) for _, *both in rule.LINES_2023)
    assert rule.CLASSES[int(rule.class_2023(tpp * share * less, density * share * less))] == "not 3A090"
    assert int(rule.class_2023(tpp * share, density * share)) > 0


@given(tpp=POSITIVE, density=DENSITY)
def test_the_deciding_area_reaches_the_density(tpp: float, density: float) -> None:
    area = rule.area_that_reaches(tpp, density)
    assert float(rule.performance_density(tpp, area)) == pytest.approx(density)


def test_arrays_broadcast() -> None:
    tpp = np.array([[1000.0], [2500.0], [5000.0]])
    density = np.array([0.5, 2.0, 6.0, np.nan])
    found = rule.class_2023(tpp, density)
    assert found.tolist() == [[int(rule.class_2023(t, d)) for d in density] for t in tpp[:, 0]]
    assert rule.total_processing_performance(np.full((3, 2), 300e12), [16, 8]).tolist() == [4800.0] * 3

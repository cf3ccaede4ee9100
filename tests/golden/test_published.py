"""Published comparisons, reproduced to their printed decimals.

Each row says where it was printed. What was printed wrong is listed below with the reason, and
is tested to be wrong, so that nobody mends podcalc towards it.
"""

from __future__ import annotations

import pytest

import calc
from calc.studies.compare import Comparison

A, B = "cloudmatrix-384", "gb200-nvl72"

SEMIANALYSIS = "SemiAnalysis, Huawei AI CloudMatrix 384, revised edition, comparison table"
FIRST = "SemiAnalysis, first edition of April 2025, as relayed"

# quantity, Huawei over NVIDIA to the decimals worked from the printed inputs, printed ratio
REVISED = [
    ("chip.flop_rate", 0.312, "0.3x"),
    ("chip.hbm.capacity", 0.667, "0.7x"),
    ("chip.hbm.bandwidth", 0.400, "0.4x"),
    ("chip.scale_up.bandwidth_per_direction", 0.389, "0.4x"),
    ("chip.scale_out.bandwidth_per_direction", 1.000, "1.0x"),
    ("flop_rate", 1.664, "1.7x"),
    ("hbm.capacity", 3.556, "3.6x"),
    ("hbm.bandwidth", 2.133, "2.1x"),
    ("scale_up.bandwidth_per_direction", 2.074, "2.1x"),
    ("scale_up.domain", 5.333, "5.3x"),
    ("scale_out.bandwidth_per_direction", 5.333, "5.3x"),
    ("power.all_in", 4.137, "4.1x"),
    ("power_per_flop_rate", 2.486, "2.5x"),
    ("power_per_hbm_bandwidth", 1.939, "1.9x"),
    ("power_per_hbm_capacity", 1.163, "1.2x"),
    ("power.all_in_per_chip", 0.776, None),
    ("chips", 5.333, "5.3x"),
    ("racks", 16.0, "16x"),
]
VALUES = [
    ("flop_rate", 299.52e15, 180e15),
    ("hbm.capacity", 49.152e12, 13.824e12),
    ("hbm.bandwidth", 1228.8e12, 576e12),
    ("scale_up.bandwidth_per_direction", 134.4e12, 64.8e12),
    ("scale_out.bandwidth_per_direction", 19.2e12, 3.6e12),
    ("power.all_in", 599821.0, 145000.0),
    ("power_per_flop_rate", 2.0026e-12, 0.8056e-12),
    ("power_per_hbm_bandwidth", 488.14e-12, 251.74e-12),
    ("power_per_hbm_capacity", 12.203e-9, 10.489e-9),
]


@pytest.fixture(scope="module")
def both() -> Comparison:
    return calc.compare([A, B])


@pytest.mark.parametrize(("quantity", "ratio", "printed"), REVISED)
def test_revised_edition(both: Comparison, quantity: str, ratio: float, printed: str | None) -> None:
    found = both.row(quantity).ratios[A] or 0.0
    assert round(found, 3) == ratio, SEMIANALYSIS
    if printed:
        digits = 0 if "." not in printed else 1
        assert f"{found:.{digits}f}x" == printed


@pytest.mark.parametrize(("quantity", "ours", "theirs"), VALUES)
def test_revised_edition_values(both: Comparison, quantity: str, ours: float, theirs: float) -> None:
    assert both.row(quantity).values[A] == pytest.approx(ours, rel=1e-4)
    assert both.row(quantity).values[B] == pytest.approx(theirs, rel=1e-4)


@pytest.mark.parametrize(
    ("quantity", "ratio"),
    [
        ("power.all_in", 3.86),
        ("power_per_flop_rate", 2.32),
        ("power_per_hbm_bandwidth", 1.81),
        ("power_per_hbm_capacity", 1.09),
    ],
)
def test_first_edition_differs_in_power_alone(quantity: str, ratio: float) -> None:
    first = calc.compare([A, B], scenario=calc.Scenario(prefer=("semianalysis-cm384-2025-04",)))
    assert round(first.row(quantity).ratios[A] or 0, 2) == ratio, FIRST
    assert round(first.row("flop_rate").ratios[A] or 0, 3) == 1.664


@pytest.mark.parametrize(
    ("prefer", "quantity", "ratio", "source"),
    [
        # 384 x 752 over 180,000.
        ("zuo-2025-cm384-v1", "flop_rate", 1.604, "The Register, 2025-07-29: about 60 percent higher dense 16-bit"),
        ("huawei-connect-2025", "flop_rate", 1.707, "Huawei: about 1.7 times GB200 NVL72"),
    ],
)
def test_other_readings_of_the_910c(prefer: str, quantity: str, ratio: float, source: str) -> None:
    both = calc.compare([A, B], scenario=calc.Scenario(prefer=(prefer,)))
    assert both.row(quantity).ratios[A] == pytest.approx(ratio, abs=6e-4), source


def test_transceivers() -> None:
    # SemiAnalysis: 384 x 7 x 2 and 384 x 4.
    values = calc.compare([A, B])
    assert values.row("transceivers").values[A] == 6912
    assert values.row("scale_up.transceivers").values[A] == 5376
    assert values.row("scale_up.transceivers").values[B] == 0


def test_copper_cables() -> None:
    # SemiAnalysis, GB200 Hardware Architecture: 72 GPUs x 72 differential pairs.
    assert calc.evaluate(B).get("copper_cables") == 5184


def test_price_per_throughput() -> None:
    # 8.2 million over 299,520 TFLOP/s and 3.0 million over 180,000.
    row = calc.compare([A, B]).row("price_per_flop_rate")
    assert (row.values[A] or 0) * 1e12 == pytest.approx(27.4, abs=0.05)
    assert (row.values[B] or 0) * 1e12 == pytest.approx(16.7, abs=0.05)
    assert row.ratios[A] == pytest.approx(1.64, abs=0.005)


@pytest.mark.parametrize(
    ("system", "baseline", "precision", "sparse", "quantity", "ratio", "source"),
    [
        (
            "gb300-nvl72",
            "gb200-nvl72",
            "fp4",
            False,
            "flop_rate",
            1.5,
            "NVIDIA: GB300 1,080 over GB200 720 PFLOP/s dense FP4",
        ),
        ("gb300-nvl72", "gb200-nvl72", "fp4", True, "flop_rate", 1.0, "NVIDIA: 1,440 PFLOP/s sparse FP4 both"),
        (
            "gb200-nvl72",
            "dgx-h100",
            "bf16",
            False,
            "chip.scale_up.bandwidth_per_direction",
            2.0,
            "NVLink 5 over NVLink 4",
        ),
        (
            "dgx-h200",
            "hgx-h20",
            "bf16",
            False,
            "chip.flop_rate",
            6.685,
            "TPP 15,840 over 2,368 (Reuters, 990 and 148 TFLOP/s)",
        ),
    ],
)
def test_other_pairs(
    system: str, baseline: str, precision: str, sparse: bool, quantity: str, ratio: float, source: str
) -> None:
    found = calc.compare([system, baseline], scenario=calc.Scenario(precision=precision, sparse=sparse))
    assert found.row(quantity).ratios[system] == pytest.approx(ratio, rel=2e-3), source


@pytest.mark.parametrize(
    ("quantity", "printed", "reason"),
    [
        ("power_per_flop_rate", 2.6, "the subtitle's '2.6x lower FLOP per Watt' fits neither edition: 2.486 and 2.318"),
        ("flop_rate", 1.70, "'70 % more FLOPS' is 1.664 rounded up to 1.7"),
        ("flop_rate", 1.9, "'1.9x the compute' (third-party index) does not follow from 300 over 180"),
        ("power.all_in", 4.66, "559 kW all-in over a rack's 120 kW mixes scopes"),
        ("power.all_in", 4.23, "559 kW all-in over 132 kW, which is a pair of NVL36, mixes scopes"),
        ("chip.scale_up.bandwidth_per_direction", 0.22, "one direction of one over both directions of the other"),
        ("price", 0.167, "'NVL72 6x cheaper' (video summary) against 2.7 from 8.2 and 3.0 million USD"),
        ("power.all_in", 3.45, "500 kW is an early text's figure, in neither edition's table"),
    ],
)
def test_printed_wrong(both: Comparison, quantity: str, printed: float, reason: str) -> None:
    found = both.row(quantity).ratios[A] or 0.0
    assert abs(found / printed - 1) > 0.02, reason


def test_usable_memory_changes_the_ratio() -> None:
    # 186 GB usable: 49.152 over 13.392 TB.
    usable = calc.Scenario(set={f"{B}:chip.hbm.capacity": "186 GB"})
    assert calc.compare([A, B], scenario=usable).row("hbm.capacity").ratios[A] == pytest.approx(3.67, abs=0.005)


def test_parity_of_the_pair() -> None:
    chips = {row.quantity.name: row.chips for row in calc.parity(A, B).rows}
    assert chips["flop_rate"] == 231
    assert chips["hbm.bandwidth"] == 180
    assert chips["scale_up.bandwidth_per_direction"] == 186
    assert chips["hbm.capacity"] == 108
    assert chips["scale_up.domain"] == 72

"""Published costs and emissions, reproduced from the inputs that they were published with, or within a stated range.

What cannot be reproduced is not here: rents per accelerator-hour hold a margin, and totals of owners hold hosting and
interest, of which no source says how much; they are only compared in order, at the end.
"""

from __future__ import annotations

import numpy as np
import pytest

import calc
from calc.physics.cost import cost_rate, emission_rate

YEAR = 365.0 * 86400.0
JULIAN_YEAR = 365.25 * 86400.0
KWH = 3.6e6
H100S = 12_500  # servers of eight


def test_a_year_of_electricity_of_a_hundred_thousand_h100() -> None:
    """SemiAnalysis, 100,000 H100 Clusters, 2024-06-17: 1.59 TWh a year at 0.078 USD/kWh are 123.9 MUSD."""
    mean = 1.59e12 * KWH / 1e3 / YEAR
    found = float(cost_rate(0.0, JULIAN_YEAR, mean, 0.078 / KWH)) * YEAR
    assert found == pytest.approx(123.9e6, rel=2e-3)


def test_the_energy_of_a_hundred_thousand_h100_lies_between_the_ends_of_pue() -> None:
    """The same source: 1.59 TWh a year, from our own DGX H100 at the least and the greatest PUE of its region."""
    pue = calc.load("dgx-h100")["pue"]
    asked = calc.Scenario(set={"power.all_in": "10.2 kW", "pue": np.array([pue.low, pue.high])})
    energy = calc.evaluate("dgx-h100", asked).array("power.facility") * H100S * YEAR / KWH / 1e9
    assert energy[0] < 1.59 < energy[1]


def test_emissions_of_training_bloom() -> None:
    """Luccioni et al., arXiv 2211.02001: 433,196 kWh drawn in France emitted 24.7 t, at 57 g/kWh."""
    energy = 433_196 * KWH
    intensity = calc.load("dgx-a100", scenario=calc.Scenario(region="fr"))["grid_carbon_intensity"].value
    assert float(emission_rate(energy, 57e-3 / KWH)) == pytest.approx(24.7e3, rel=2e-3)
    assert float(emission_rate(energy, intensity)) == pytest.approx(24.7e3, rel=0.02), "our France, a year later"


def test_five_years_of_1024_h100() -> None:
    """AI Infra Map, H100 vs H200 vs B200 TCO: 30.72 MUSD to buy and 2.11 MUSD of power are 32.83 MUSD.

    At 700 W, 70 % in use, PUE 1.2 and 0.08 USD/kWh.
    """
    chips = 1024
    asked = calc.Scenario(
        set={
            "price": 30_000.0 * 8, "power.all_in": 700.0 * 8 * 0.7, "pue": 1.2, "electricity_price": "0.08 USD/kWh",
            "depreciation_period": 5 * YEAR,
        }
    )  # fmt: skip
    result = calc.evaluate("dgx-h100", asked)
    servers, period = chips / 8, 5 * YEAR
    electricity = result.array("equipment_electricity_rate") + result.array("overhead_electricity_rate")
    assert float(result.array("write_off_rate")) * servers * period == pytest.approx(30.72e6, rel=1e-3)
    assert float(electricity) * servers * period == pytest.approx(2.11e6, rel=3e-3)
    assert float(result.array("cost_rate")) * servers * period == pytest.approx(32.83e6, rel=1e-3)


def test_five_years_of_1024_b200() -> None:
    """The same source: 40.96 MUSD to buy and 3.01 MUSD of power are 43.97 MUSD for as many B200 of 1,000 W."""
    asked = calc.Scenario(
        set={
            "price": 40_000.0 * 8, "power.all_in": 1000.0 * 8 * 0.7, "pue": 1.2, "electricity_price": "0.08 USD/kWh",
            "depreciation_period": 5 * YEAR,
        }
    )  # fmt: skip
    found = calc.evaluate("dgx-b200", asked).array("cost_rate")
    assert float(found) * 128 * 5 * YEAR == pytest.approx(43.97e6, rel=1e-3)


def test_a_year_of_electricity_of_ten_thousand_h100() -> None:
    """AI Infra Map, Datacenter Power Calculator: 9.1 MW, PUE 1.3: 11.83 MW, 103.6 GWh and 8.3 MUSD at 0.08 USD/kWh."""
    asked = calc.Scenario(
        set={"price": 1.0, "power.all_in": 7e6 * 1.3, "pue": 1.3, "electricity_price": "0.08 USD/kWh"}
    )
    result = calc.evaluate("dgx-h100", asked)
    assert float(result.array("power.facility")) == pytest.approx(11.83e6)
    assert float(result.array("power.facility")) * YEAR / KWH == pytest.approx(103.6e6, rel=1e-3)
    electricity = result.array("equipment_electricity_rate") + result.array("overhead_electricity_rate")
    assert float(electricity) * YEAR == pytest.approx(8.3e6, rel=2e-3)


def test_what_50_megawatts_feed() -> None:
    """AI Infra Map, Cluster Buildout Sizer: 50 MW feed 32,051 B200 at 1,000 W, 1.3 of it in servers and PUE 1.2."""
    asked = calc.Scenario(set={"power.all_in": 1000.0 * 8 * 1.3, "pue": 1.2, "price": 40_000.0 * 8})
    bought = calc.cost("dgx-b200", asked, power="50 MW").systems[0].buys
    assert bought is not None
    # The source counts accelerators, and we whole servers of eight.
    assert bought.chips.value == 32_051 // 8 * 8
    assert bought.price.value == pytest.approx(1.28e9, rel=3e-3)


def test_an_h100_hour_paid_back_in_three_years() -> None:
    """V. Nesov, 2025: 50,000 USD a chip all-in, paid back in three years, with 20 % to run: at most 2.3 USD an hour."""
    asked = calc.Scenario(
        set={"price": 50_000.0 * 8, "depreciation_period": "3 year", "power.all_in": "10.2 kW"}, region="us"
    )
    found = calc.cost("dgx-h100", asked).systems[0].per_accelerator_hour.value
    assert found is not None
    assert 50_000 / 3 / 8766 < found < 2.3


def test_a_month_of_electricity_of_a_dgx() -> None:
    """Alpine, Comparing cloud and on-prem HPC: 10 kW at 19 cents are about 1,370 USD a month, before cooling."""
    month = 365.0 / 12.0 * 86400.0
    assert float(cost_rate(0.0, YEAR, 10e3, 0.19 / KWH)) * month == pytest.approx(1370, rel=0.02)


@pytest.mark.parametrize(("rent", "source"), [(1.99, "Mercatus, May 2026, long tail"), (1.70, "CompuX, October 2025")])
def test_what_an_owner_pays_is_less_than_rent(rent: float, source: str) -> None:
    """No more than an order: a rent also pays for hosting, staff, interest and idle hours."""
    found = calc.cost("dgx-h100", calc.Scenario(set={"power.all_in": "10.2 kW"})).systems[0].per_accelerator_hour
    assert (found.high or 0.0) < rent, source

"""Results unfold into formulas, inputs and sources."""

from __future__ import annotations

import pytest
from conftest import ROOT
from test_docstrings import _formulas

import calc
from calc.studies.explain import Explanation, formula_text


def _walk(found: Explanation) -> list[Explanation]:
    return [found, *(below for child in found.inputs for below in _walk(child))]


def test_power_per_flop_rate_down_to_file_and_line(library: calc.Library) -> None:
    found = calc.explain("cloudmatrix-384", "power_per_flop_rate")
    assert found.formula == "power.all_in / flop_rate"
    assert found.confidence == "estimated"
    leaves = {below.name: below.datum for below in _walk(found) if below.datum}
    assert {"power.all_in", "chip.flop_rate", "nodes", "chips_per_node"} == set(leaves)
    for datum in leaves.values():
        assert datum is not None
        path, _, line = datum.place.rpartition(":")
        text = (ROOT / path).read_text(encoding="utf-8").splitlines()[int(line) - 1]
        assert datum.text in text
        assert datum.source in library.known_sources


def test_every_quantity_of_every_system_explains_itself(systems: list[calc.System]) -> None:
    for system in systems:
        result = calc.evaluate(system)
        for name in result.values:
            if name in result.graph.nodes:
                found = calc.explain(system, name)
                assert found.formula
                assert found.value == pytest.approx(float(result.values[name]))
                for below in _walk(found):
                    assert below.formula or below.datum or below.was_set, (
                        f"{system.id} {name}: {below.name} comes from nowhere"
                    )


def test_what_is_set_says_so() -> None:
    found = calc.explain("gb200-nvl72", "power.facility", calc.Scenario(set={"pue": 1.1}))
    (pue,) = [below for below in _walk(found) if below.name == "pue"]
    assert pue.was_set
    assert pue.confidence == found.confidence == "assumed"
    assert found.to_json()["inputs"][1]["set"] is True


def test_what_cannot_be_had_says_why() -> None:
    with pytest.raises(calc.CalcError, match=r"dgx-h100 has no power\.all_in: .*10\.2 kW"):
        calc.explain("dgx-h100", "power.all_in")


def test_formulas_are_read_from_their_own_code() -> None:
    said = {
        formula.__name__: formula_text(formula, list(formula.__code__.co_varnames[: formula.__code__.co_argcount]))
        for _, formula in _formulas()
    }
    assert said["power_per_flop_rate"] == "power_all_in / flop_rate"
    assert said["scale_up_energy_per_bit"] == "scale_up_power / (8 × scale_up_bandwidth_per_direction)"
    assert said["carried_total"] == "itemised + (published − itemised_published) × holders / holders_published"
    assert said["racks"] == "compute_racks + network_racks"
    assert said["compute_racks"] == "ceil(nodes / nodes_per_rack)"
    assert (
        said["torus_hops"] == "floor(scale_up_torus_x / 2) + floor(scale_up_torus_y / 2) + floor(scale_up_torus_z / 2)"
    )
    assert all("np." not in text for name, text in said.items() if name != "total"), said

"""No figure is idle: change any one in any file, and some output changes or it is refused."""

from __future__ import annotations

import dataclasses

import pytest

import calc
from calc import names
from calc.model.evaluate import evaluate
from calc.spec.architecture import architecture
from calc.spec.datum import Datum
from calc.spec.system import System
from calc.studies.export_control import control_of
from calc.studies.whole_run import whole_run

NETWORK = architecture(calc.library(), "llama-3.1-8b")
LIBRARY = calc.library()
SYSTEMS = LIBRARY.ids("system")


def _outputs(system: System) -> dict[str, object]:
    """Every computed quantity, and every row of a comparison, in every number format."""
    found: dict[str, object] = {}
    rates = {(precision, kind == "sparse_2_4") for precision, kinds in system.rates().items() for kind in kinds}
    for precision, sparse in rates:
        result = evaluate(system, calc.Scenario(precision=precision, sparse=sparse))
        shown = {
            name: value
            for name, value in result.values.items()
            if name in result.graph.nodes or (name in names.QUANTITIES and names.find(name).compared)
        }
        found |= {f"{precision}{sparse} {name}": value for name, value in shown.items()}
    found["rules"] = control_of(system.chip.id, system.chip.short, system.inputs).to_json()
    found["run"] = whole_run(NETWORK, result, 1024, 1e12, (900.0, 1000.0, 1100.0))
    return found


def _with(system: System, path: str, datum: Datum) -> System:
    return dataclasses.replace(system, inputs={**system.inputs, path: datum})


@pytest.fixture(scope="module")
def moved() -> dict[str, bool]:
    """For each figure by its place, whether changing it changes some output of some system."""
    found: dict[str, bool] = {}
    for system_id in SYSTEMS:
        system = calc.load(system_id)
        before = _outputs(system)
        for path, datum in system.inputs.items():
            # A count may be zero, so it is moved, not scaled; and racks are whole, so both ways.
            for value in (datum.value * 2 + 1, datum.value / 2):
                if not found.get(datum.place):
                    changed = _outputs(_with(system, path, dataclasses.replace(datum, value=value)))
                    found[datum.place] = changed != before
    for region in LIBRARY.ids("region"):
        system = calc.load("gb200-nvl72", scenario=calc.Scenario(region=region))
        before = _outputs(system)
        for path, datum in LIBRARY.get("region", region).figures.items():
            changed = _outputs(_with(system, path, dataclasses.replace(datum, value=datum.value * 2)))
            found[datum.place] = found.get(datum.place) or changed != before
    return found


def test_every_figure_changes_some_output(moved: dict[str, bool]) -> None:
    assert [place for place, changes in moved.items() if not changes] == []


def test_every_figure_of_the_catalogue_is_in_some_system(moved: dict[str, bool]) -> None:
    used = {place.rpartition(":")[0] for place in moved}
    spare = {spec.file for (kind, _), spec in calc.library().specs.items() if spec.figures and kind != "chip"} - used
    assert spare == set()


@pytest.mark.parametrize("system_id", SYSTEMS)
def test_every_other_reading_can_be_preferred(system_id: str) -> None:
    system = calc.load(system_id)
    for path, datum in system.inputs.items():
        for reading in datum.alternatives:
            assert datum.prefer(reading.source).value == reading.value, f"{path}: {reading.text} of {reading.source}"


@pytest.mark.parametrize("system_id", SYSTEMS)
def test_a_source_gives_one_reading_of_a_figure(system_id: str) -> None:
    for path, datum in calc.load(system_id).inputs.items():
        sources = [reading.source for reading in datum.readings]
        assert len(set(sources)) == len(sources), (
            f"{datum.place}: {path} has two readings of one source, so one cannot be preferred"
        )

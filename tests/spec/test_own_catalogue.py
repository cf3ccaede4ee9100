"""The project's own catalogue: sourced throughout, complete where it is promised, true to claims."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
import yaml
from conftest import ROOT

import calc
from calc import names
from calc.spec.kernels import kernel_fits
from calc.spec.library import built_in
from calc.spec.schema import json_schema

PROMISED = (
    "cloudmatrix-384", "gb200-nvl72", "gb300-nvl72", "dgx-a100", "dgx-h100", "dgx-h200", "dgx-b200", "hgx-h800", "hgx-h20",
    "mi300x-platform", "tpu-v5p-pod", "trn2-ultraserver",
)  # fmt: skip

# What no system may lack, and what may be absent only with a reason of its own.
ALWAYS = (
    "chips",
    "dies",
    "flop_rate",
    "hbm.capacity",
    "hbm.bandwidth",
    "scale_up.domain",
    "scale_up.bandwidth_per_direction",
)


def test_there_are_no_faults(library: calc.Library) -> None:
    assert list(map(str, library.faults)) == []


def test_every_source_is_cited(library: calc.Library) -> None:
    # A citation that dangles is a fault, which the test above finds.
    fitted = {kernel_fits(path.stem).source for path in (built_in() / "kernels").glob("*.yaml")}
    assert fitted <= set(library.known_sources)
    trended = calc.trends.own_sources()
    assert trended <= set(library.known_sources)
    assert sorted(set(library.known_sources) - library.cited() - fitted - trended) == []


def test_promised_systems_are_there(library: calc.Library) -> None:
    assert set(PROMISED) <= set(library.ids("system"))


@pytest.mark.parametrize("system_id", PROMISED)
def test_a_promised_system_is_complete(system_id: str, library: calc.Library) -> None:
    result = calc.evaluate(system_id, library=library)
    assert [name for name in ALWAYS if not result.feasible(name)] == []
    unsaid = [
        row.name for row in names.QUANTITIES.values()
        if row.compared and not result.feasible(row.name) and result.reason(row.name) == "not in its spec"
    ]  # fmt: skip
    assert unsaid == [], f"{system_id}: say why under absent"


def test_every_figure_has_source_place_and_a_sound_range(library: calc.Library) -> None:
    for spec in library.specs.values():
        for datum in spec.figures.values():
            for reading in datum.readings:
                assert reading.source in library.known_sources, reading.place
                assert reading.line > 0
                if reading.confidence in ("reported", "estimated", "assumed"):
                    assert reading.low is not None, reading.place
                    assert reading.high is not None, reading.place


def test_files_name_their_schema(library: calc.Library) -> None:
    for spec in library.specs.values():
        first = (ROOT / spec.file).read_text(encoding="utf-8").splitlines()[0]
        assert first == f"# yaml-language-server: $schema=../.schema/{spec.kind}.json", spec.file


def test_claims_agree_or_are_explained(systems: list[calc.System]) -> None:
    faults = [
        f"{claim.place}: {claim.quantity.name} {claim.precision or ''}: {claim.text} claimed, {claim.computed:g} computed"
        if claim.computed is not None
        else f"{claim.place}: {claim.quantity.name} cannot be computed"
        for system in systems
        for claim in calc.check_claims(system)
        if not claim.agrees and not claim.explained
    ]
    assert faults == []


def test_claims_that_agree_are_not_explained_away(systems: list[calc.System]) -> None:
    idle = [
        claim.place for system in systems for claim in calc.check_claims(system) if claim.agrees and claim.explained
    ]
    assert idle == []


@pytest.mark.parametrize("kind", [*names.KINDS, "kernels", "sources"])
def test_editor_schemas_are_up_to_date(kind: str) -> None:
    kept = json.loads((ROOT / "specs" / ".schema" / f"{kind}.json").read_text(encoding="utf-8"))
    assert kept == json_schema(kind), f"podcalc schema {kind} > specs/.schema/{kind}.json"


def _as_editors_read(value: Any) -> Any:
    """Plain numbers as numbers, where every scalar is text to us."""
    if isinstance(value, dict):
        return {key: _as_editors_read(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_as_editors_read(inner) for inner in value]
    try:
        return json.loads(value)
    except ValueError:
        return value


def test_the_editor_schemas_accept_the_catalogue(library: calc.Library) -> None:
    validators = {kind: jsonschema.Draft202012Validator(json_schema(kind)) for kind in names.KINDS}
    for spec in library.specs.values():
        values: Any = _as_editors_read(
            yaml.load((ROOT / spec.file).read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
        )
        errors = [error.message for error in validators[spec.kind].iter_errors(values)]
        assert errors == [], spec.file

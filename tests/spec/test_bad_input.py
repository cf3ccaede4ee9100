"""Broken spec files: where, what, and what is allowed; all faults of all files; nothing else lost."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small import CHIP, SOURCES, SYSTEM, write

import calc
from calc.spec.check import compile_spec
from calc.spec.library import check_files


def _faults(folder: Path) -> list[str]:
    return [str(fault).removeprefix(f"{folder}/") for fault in check_files([folder])[1]]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("4 TB/s", "4 TB", "chips/maker-chip.yaml:15:15: hbm.bandwidth.value: '4 TB' is a size; this value needs a rate such as '8 TB/s'"),
        ("100 GB,", "100 GB/s,", "chips/maker-chip.yaml:14:14: hbm.capacity.value: '100 GB/s' is a rate; this value needs a size such as '128 GB'"),
        ("600 W,", "600 W TDP,", "chips/maker-chip.yaml:19:9: power.value: '600 W TDP' is not a number and a unit"),
        ("600 W,", "9**9**9 kW,", "chips/maker-chip.yaml:19:9: power.value: '9**9**9 kW' is not a number and a unit"),
        ("600 W,", "-600 W,", "chips/maker-chip.yaml:19:9: power.value: '-600 W' is negative; a figure is above zero"),
        ("600 W,", "0 W,", "chips/maker-chip.yaml:19:9: power.value: '0 W' is zero; leave out what is not known, and say why under 'absent'"),
        ("600 W,", ".nan W,", "chips/maker-chip.yaml:19:9: power.value: '.nan W' is not a number and a unit"),
        ("600 W,", "1e999 W,", "chips/maker-chip.yaml:19:9: power.value: '1e999 W' is not a finite number"),
        ("600 W, source: maker-2026,", "600 W,", "chips/maker-chip.yaml:19:1: power.source: is missing; every figure names its source"),
        ("600 W, source: maker-2026", "600 W, source: makr-2026", "chips/maker-chip.yaml:19:23: power.source: no source 'makr-2026'; did you mean 'maker-2026'?"),
        ("power: {value: 600 W, source: maker-2026, confidence: datasheet}", "power: 600 W", "chips/maker-chip.yaml:19:1: power: '600 W' has no source; write {value: 600 W, source: ..., at: ..., confidence: ...}"),
        ("600 W, source: maker-2026, confidence: datasheet", "600 W, source: maker-2026, confidence: sure", "chips/maker-chip.yaml:19:43: power.confidence: 'sure' is not one of the words allowed; did you mean 'measured'? (measured, datasheet, derived, reported, estimated, assumed)"),
        ("600 W, source: maker-2026, confidence: datasheet", "600 W, source: maker-2026, confidence: reported", "chips/maker-chip.yaml:19:1: power: is reported but gives no range; add range: [lowest, highest]"),
        ("600 W, source: maker-2026, confidence: datasheet", "600 W, source: maker-2026, confidence: derived", "chips/maker-chip.yaml:19:1: power: is derived but gives no note; say from what, and how"),
        ("range: [350 TFLOP/s, 450 TFLOP/s]", "range: [450 TFLOP/s, 500 TFLOP/s]", "'400 TFLOP/s' lies outside its range '450 TFLOP/s' to '500 TFLOP/s'"),
        ("    sparse_2_4: {", "    sparse: {", "chips/maker-chip.yaml:12:5: flop_rate.bf16.sparse: no such key; did you mean 'sparse_2_4'?"),
        ("hbm:", "flop_rates:\nhbm:", "chips/maker-chip.yaml:13:1: flop_rates: no such key; did you mean 'flop_rate'?"),
        ("dies: {value: 2,", "dies: {value: 2.5,", "chips/maker-chip.yaml:6:8: dies.value: '2.5' is not a whole number; this is a count"),
        ("dies: {value: 2,", "dies: {value: 0,", "chips/maker-chip.yaml:6:8: dies.value: '0' is below 1; every system has one at least"),
        ("dies: {", "dies: &a {", "chips/maker-chip.yaml:6:7: dies: '&a' is an anchor; write the value out where it is used"),
        ("dies: {", "dies: !!python/object {", "is a tag; write plain values"),
        ("vendor: Maker", "vendor: Maker\nvendor: Other", "chips/maker-chip.yaml:4:1: vendor: stands twice, first in line 3; keep one"),
        ("country: US", "country: USA", "chips/maker-chip.yaml:4:1: country: 'USA' is not a country; write its two letters, such as CN or US"),
        ("checked: 2026-11-25", "checked: yesterday", "chips/maker-chip.yaml:5:1: checked: 'yesterday' is not a date; write 2025, 2025-04 or 2025-04-16"),
        ("link: maker-link", "link: ../../etc/passwd", "chips/maker-chip.yaml:17:3: scale_up.link: '../../etc/passwd' is not an id; an id is lower-case letters, digits, '-' and '.', and no path"),
        ("link: maker-link", "link: maker-lnk", "chips/maker-chip.yaml:17:3: scale_up.link: no link 'maker-lnk'; did you mean 'maker-link'?"),
        ("  link: maker-link", "  bandwidth: 900 GB/s\n  link: maker-link", "chips/maker-chip.yaml:17:3: scale_up.bandwidth: does not say which way. Give bandwidth_per_direction; halve a two-way figure."),
        ("kind: chip", "kind: chp", "chips/maker-chip.yaml:1:1: kind: no kind 'chp'; did you mean 'chip'?"),
        ("kind: chip\n", "", "chips/maker-chip.yaml:1:1: kind: is missing; there are chip, link, part, system, region"),
        ("name: Maker Chip\n", "", "chips/maker-chip.yaml:1:1: name: is missing"),
        ("hbm:\n", "hbm: [\n", "is not YAML:"),
        ("hbm:\n", "hbm:\n\tcapacity: 1 GB\n", "chips/maker-chip.yaml:14:1: is not YAML: found character that cannot start any token; indent with spaces"),
        ("vendor: Maker", "vendor: Maker: the first", "chips/maker-chip.yaml:3:14: is not YAML: mapping values are not allowed in this context; keys of one level start in one column, and words that hold ': ' stand in quotes"),
        ("name: Maker Chip", "name: @Maker", "put words that start with a sign in quotes"),
        ("power: {value: 600 W,", "power: {value: 600 W", "a comma between the keys of { }, and words that hold a comma in quotes"),
        ("  capacity:", "    capacity:", "keys of one level start in one column"),
        ("kind: chip", "kind: chip\n---\nkind: chip", "holds more than one document; one file is one spec"),
    ],
)  # fmt: skip
def test_a_broken_chip(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in CHIP
    folder = write(tmp_path, maker_chip=CHIP.replace(old, new, 1))
    faults = _faults(folder)
    assert any(expected in fault for fault in faults), faults
    assert not any(fault.startswith("links/") or fault.startswith("sources") for fault in faults)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("power:\n  node: {value: 3 kW, source: maker-2026, confidence: datasheet}\n  all_in: {value: 30 kW, source: analyst-2026, confidence: estimated, range: [25 kW, 35 kW]}", "power: {value: 3 kW, source: maker-2026, confidence: datasheet}", "power: does not say its scope. Put it under node, rack or all_in; a chip's own power is in the chip's file."),
        (", currency_year: 2026", "", "systems/maker-system.yaml:24:1: price: is a price without currency_year; add the year of the dollars, such as 2025"),
        ("topology: switched", "topology: ring", "systems/maker-system.yaml:11:3: scale_up.topology: 'ring' is not one of the words allowed; (switched, full_mesh, torus)"),
        ("topology: switched", "topology: torus", "a torus, and only a torus, gives its sides under torus: {x, y, z}"),
        ("chip: maker-chip", "chip: maker-chap", "systems/maker-system.yaml:6:1: chip: no chip 'maker-chap'; did you mean 'maker-chip'?"),
        ("part: maker-switch", "part: maker-swich", "parts.switches.part: no part 'maker-swich'; did you mean 'maker-switch'?"),
        ("{type: cpu, role", "{role", "gives neither or both of part and type"),
        ("copper_cables: not", "coper_cables: not", "absent.coper_cables: no quantity 'coper_cables'. Did you mean 'copper_cables'?"),
        ("quantity: flop_rate, precision: bf16", "quantity: flop_rate", "claims[0]: a throughput, and only a throughput, says its precision"),
        ("value: 16 PFLOP/s", "value: 16 PB", "claims[0]: '16 PB' is a size; this value needs a throughput"),
        ("within: rack,", "within: rack, included_in: switches,", "parts.switches.included_in: 'switches' is not another part of this system that stands for itself; there are switches, cpus"),
        ("within: rack,", "within: rack, included_in: optics,", "parts.switches.included_in: 'optics' is not another part of this system"),
        ("per: rack", "per: cabinet", "'cabinet' is not one of the words allowed; (chip, node, rack, system)"),
    ],
)  # fmt: skip
def test_a_broken_system(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in SYSTEM
    faults = _faults(write(tmp_path, maker_system=SYSTEM.replace(old, new, 1)))
    assert any(expected in fault for fault in faults), faults


def test_dense_or_sparse_has_to_be_said(tmp_path: Path) -> None:
    text = re.sub(r"    dense:\n(.*\n)(.*\n)    sparse_2_4", "    sparse_2_4", CHIP)
    text = text.replace(
        "  bf16:\n", "  bf16:\n  fp8: {value: 1 PFLOP/s, source: maker-2026, confidence: datasheet}\n  int8:\n"
    )
    faults = _faults(write(tmp_path, maker_chip=text))
    assert any(
        "flop_rate.fp8: does not say dense or sparse. Put it under dense or sparse_2_4." in fault for fault in faults
    ), faults


def test_every_fault_of_every_file_is_told_in_order(tmp_path: Path) -> None:
    chip = CHIP.replace("600 W", "600 V").replace("100 GB", "100 G").replace("country: US", "country: us")
    faults = _faults(write(tmp_path, maker_chip=chip, sources=SOURCES.replace("date: 2026-02", "date: soon")))
    assert [fault.split(": ")[0] for fault in faults][:4] == [
        "chips/maker-chip.yaml:4:1", "chips/maker-chip.yaml:14:14", "chips/maker-chip.yaml:19:9", "sources.yaml:9:3",
    ]  # fmt: skip
    # The system's own file is sound; it is told that its chip is not.
    assert any(
        "systems/maker-system.yaml:6:1: chip: chip 'maker-chip' cannot be used; its own file has faults" in fault
        for fault in faults
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xff\xfe\x00k", "is not text; a spec file is YAML in UTF-8"),
        (b"kind: chip\nname: caf\xe9\n", ":2:10: byte 0xe9 is not UTF-8; save the file as UTF-8"),
        (b"PK\x03\x04zip", "is not text; a spec file is YAML in UTF-8"),
        (b"#" * (1 << 20) + b"#", "is 1,048,577 bytes; a spec file is at most 1,048,576"),
        (b"", "is empty"),
        (b"[" * 5000, "is not YAML: exceeded maximum nesting depth"),
        (b"[1, 2]", "is not a mapping; a spec starts with 'kind: ...'"),
        (b"[" * 20, "is nested more than 12 deep"),
        (b"a: &a [x]\nb: *a\n", "is an alias; write the value out, each with its own source"),
        (b"kind: chip\nname: \x07\n", "holds a character that YAML does not allow"),
        (b"? [a, b]\n: c\n", "has a key that is not a word"),
    ],
)
def test_a_file_that_is_no_spec(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "x.yaml").write_bytes(data)
    started = time.perf_counter()
    faults = _faults(tmp_path)
    assert any(message in fault for fault in faults), faults
    assert time.perf_counter() - started < 10


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text(CHIP, encoding="utf-8")
    folder = write(tmp_path / "in")
    (folder / "chips" / "other.yaml").symlink_to(outside)
    assert any(
        "chips/other.yaml:1:1: is a link that leaves its folder; copy the file in" in fault for fault in _faults(folder)
    )


def test_two_files_of_one_id(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "maker-chip.yaml").write_text(CHIP, encoding="utf-8")
    assert any("is a second chip 'maker-chip'" in fault for fault in _faults(folder))


def test_a_system_that_names_itself_is_not_its_own_chip(tmp_path: Path) -> None:
    faults = _faults(write(tmp_path, maker_system=SYSTEM.replace("chip: maker-chip", "chip: maker-system")))
    assert any("no chip 'maker-system'" in fault for fault in faults)


def test_what_is_broken_takes_nothing_else_down(tmp_path: Path) -> None:
    library = calc.library([write(tmp_path, maker_chip=CHIP.replace("600 W", "600 V"))])
    assert {fault.file.rpartition("/")[2] for fault in library.faults} == {"maker-chip.yaml", "maker-system.yaml"}
    assert "cloudmatrix-384" in library.ids("system")
    with pytest.raises(calc.SpecError, match="'600 V'"):
        library.get("chip", "maker-chip")


def test_a_folder_that_is_not_there() -> None:
    with pytest.raises(calc.SpecError, match="is not a folder; --specs and PODCALC_SPECS name folders of spec files"):
        calc.library(["/no/such/folder"])


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_no_mutilation_of_a_spec_escapes_as_a_traceback(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([CHIP, SYSTEM]))
    at = data.draw(st.integers(0, len(text)))
    length = data.draw(st.integers(0, 30))
    noise = data.draw(st.text(max_size=20))
    compiled, faults = compile_spec(text[:at] + noise + text[at + length :], "x.yaml", "x")
    assert (compiled is None) == bool(faults)
    for fault in faults:
        assert fault.line >= 1
        assert fault.message


def test_a_stray_source_is_said_beside_other_faults(tmp_path: Path) -> None:
    changed = CHIP.replace("country: US", "country: USA").replace(
        "600 W, source: maker-2026", "600 W, source: makr-2026"
    )
    faults = _faults(write(tmp_path, maker_chip=changed))
    assert any("'USA' is not a country" in fault for fault in faults)
    assert any("power.source: no source 'makr-2026'; did you mean 'maker-2026'?" in fault for fault in faults)

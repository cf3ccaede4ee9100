"""Overlay, cache, readings, composition."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from small import CHIP, SYSTEM, write

import calc
from calc.spec.library import check_files, open_library
from calc.spec.template import SOURCES, template


def test_a_users_folder_lies_over_the_catalogue(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "chips" / "ascend-910c.yaml").write_text(CHIP.replace("Maker Chip", "My 910C"), encoding="utf-8")
    library = calc.library([folder])
    assert library.faults == ()
    assert library.get("chip", "ascend-910c").name == "My 910C"
    assert calc.load("maker-system", library=library)["chip.power"].place == f"{folder}/chips/maker-chip.yaml:19"


def test_the_environment_names_folders_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODCALC_SPECS", str(write(tmp_path)))
    assert "maker-system" in calc.library().ids("system")


def test_texts_lie_over_all_and_are_not_kept(tmp_path: Path) -> None:
    with_text = open_library([write(tmp_path)], {"pasted/maker-system.yaml": SYSTEM.replace("value: 8,", "value: 16,")})
    assert calc.load("maker-system", library=with_text)["nodes"].value == 16
    assert calc.load("maker-system", [tmp_path])["nodes"].value == 8


def test_equal_files_share_one_library(tmp_path: Path) -> None:
    folder = write(tmp_path)
    first = calc.library([folder])
    assert calc.library([folder]) is first
    (folder / "chips" / "maker-chip.yaml").write_text(CHIP.replace("600 W", "601 W"), encoding="utf-8")
    changed = calc.library([folder])
    assert changed.digest != first.digest
    assert calc.load("maker-system", library=changed)["chip.power"].value == 601


def test_the_preferred_reading_is_adopted_and_the_other_kept(tmp_path: Path) -> None:
    system = calc.load("maker-system", [write(tmp_path)])
    datum = system["chip.flop_rate.bf16.dense"]
    assert [reading.text for reading in datum.readings] == ["500 TFLOP/s", "400 TFLOP/s"]
    preferred = datum.prefer("analyst-2026")
    assert [reading.text for reading in preferred.readings] == ["400 TFLOP/s", "500 TFLOP/s"]
    assert datum.prefer("nobody") is datum
    result = calc.evaluate(system, calc.Scenario(prefer=("analyst-2026",)))
    assert result.get("flop_rate") == 32 * 400e12
    assert result.confidence("flop_rate") == "estimated"


def _run(code: str, cache: Path) -> str:
    environment = {**os.environ, "PODCALC_CACHE": str(cache)}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    ).stdout


def test_what_was_parsed_is_kept_so_that_a_second_start_imports_neither_pint_nor_pydantic(tmp_path: Path) -> None:
    code = """
import sys, calc
both = calc.compare(["cloudmatrix-384", "gb200-nvl72"])
print(both.row("flop_rate").ratios["cloudmatrix-384"], *sorted({"pint", "pydantic", "yaml", "pandas"} & set(sys.modules)))
"""
    first, second = _run(code, tmp_path), _run(code, tmp_path)
    assert first.split()[0] == second.split()[0]
    assert set(first.split()[1:]) == {"pint", "pydantic", "yaml"}
    assert second.split()[1:] == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\x00"])
def test_a_broken_cache_only_costs_time(tmp_path: Path, content: bytes) -> None:
    code = "import calc; print(len(calc.library().ids('system')))"
    count = _run(code, tmp_path)
    for file in tmp_path.iterdir():
        file.write_bytes(content)
    assert _run(code, tmp_path) == count
    assert all(json.loads(file.read_bytes()) for file in tmp_path.iterdir())


def test_a_cache_that_cannot_be_written_only_costs_time(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert int(_run("import calc; print(len(calc.library().ids('system')))", blocked / "cache")) > 0


@pytest.mark.parametrize("kind", ["chip", "link", "part", "system", "region"])
def test_the_template_of_each_kind_is_sound(tmp_path: Path, kind: str) -> None:
    (tmp_path / "sources.yaml").write_text(SOURCES, encoding="utf-8")
    (tmp_path / f"my-{kind}.yaml").write_text(template(kind), encoding="utf-8")
    library = calc.library([tmp_path])
    assert library.faults == ()
    assert (kind, f"my-{kind}") in library.specs
    _, faults = check_files([tmp_path])
    assert [str(fault).partition("sources.yaml:")[2] for fault in faults] == [
        "1:1: maker-model-1-datasheet-2026.url: 'https://example.org/model-1.pdf' only stands in for an address;"
        " give the one where it can be read"
    ]


@pytest.mark.parametrize(
    ("address", "invented"),
    [
        ("http://EXAMPLE.com", True),
        ("https://www.example.org:8443/a", True),
        ("https://example.net?a=1", True),
        ("https://maker.test/example.org", False),
        ("https://counterexample.org/", False),
        ("https://example.organic/", False),
    ],
)
def test_an_address_that_stands_for_none_is_refused(tmp_path: Path, address: str, invented: bool) -> None:
    file = tmp_path / "sources.yaml"
    file.write_text(SOURCES.replace("https://example.org/model-1.pdf", address), encoding="utf-8")
    assert [fault.path for fault in check_files([file])[1]] == ["maker-model-1-datasheet-2026.url"] * invented


def test_unknown_names_are_answered(library: calc.Library) -> None:
    with pytest.raises(
        calc.UnknownNameError, match=r"no system 'gb200-nvl27'. Did you mean 'gb200-nvl72'\? \(podcalc list systems\)"
    ):
        library.get("system", "gb200-nvl27")
    with pytest.raises(calc.UnknownNameError, match="no source 'nobody'"):
        library.source("nobody")
    with pytest.raises(
        calc.UnknownNameError, match=r"no input 'chip.hbm.capasity'. Did you mean 'chip.hbm.capacity'\?"
    ):
        calc.load("gb200-nvl72")["chip.hbm.capasity"]

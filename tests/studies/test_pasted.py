"""Pasted specs: told apart, checked together, faults with their lines, nothing half-added."""

from __future__ import annotations

import pytest
from small import CHIP, LINK, SOURCES, SYSTEM

import calc
from calc.studies.pasted import MOST_FILES, check, decode, quote, split, start

TOGETHER = (
    f"# file: maker-chip.yaml\n{CHIP}# file: maker-link.yaml\n{LINK}# file: maker-system.yaml\n"
    + SYSTEM.replace("{part: maker-switch,", "{type: switch,")
    + f"# file: sources.yaml\n{SOURCES}"
)


def test_several_files_in_one_text_are_told_apart() -> None:
    assert [name for name, _ in split(TOGETHER)] == [
        "maker-chip.yaml", "maker-link.yaml", "maker-system.yaml", "sources.yaml",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("kind: chip\nname: 'Maker Chip 1'\n", "maker-chip-1.yaml"),
        ("kind: chip\n", "pasted.yaml"),
        (SOURCES, "sources.yaml"),
        ("name: 华为\nkind: chip\n", "pasted.yaml"),
        ("# file: ../../etc/passwd\nkind: chip\n", "passwd"),
    ],
)
def test_a_text_without_a_head_is_named_by_what_it_says(text: str, name: str) -> None:
    assert split(text)[0][0] == name


def test_no_text_is_no_file() -> None:
    assert split(" \n") == []
    assert str(check([], {}).faults[0].fault) == "pasted.yaml:1:1: is empty; paste a spec, or start from a template"


def test_clean_files_are_kept_and_their_systems_named() -> None:
    found = check(split(TOGETHER), {})
    assert found.clean, [str(quoted.fault) for quoted in found.faults]
    assert found.systems == ("maker-system",)
    assert set(found.others) == {("chip", "maker-chip"), ("link", "maker-link")}
    library = calc.library(texts=found.texts)
    assert calc.evaluate("maker-system", library=library).get("chips") == 32
    assert "maker-system" not in calc.library().ids("system")


def test_a_fault_keeps_what_was_held_and_shows_its_line() -> None:
    held = {"maker-link.yaml": LINK, "sources.yaml": SOURCES}
    found = check([("maker-chip.yaml", CHIP.replace("600 W", "600 GB"))], held)
    assert found.texts == held
    assert len(found.faults) == 1
    quoted = found.faults[0]
    assert quoted.line.startswith("power: {value: 600 GB")
    assert quoted.line[quoted.caret.index("^") :].startswith("value: 600 GB")


def test_a_file_that_breaks_one_held_is_at_fault() -> None:
    held = check(split(TOGETHER), {}).texts
    found = check([("maker-chip.yaml", "kind: chip\n")], held)
    assert not found.clean
    assert any(quoted.fault.file == "maker-system.yaml" for quoted in found.faults)
    assert found.texts == held


def test_further_sources_stand_beside_the_first() -> None:
    held = {"sources.yaml": SOURCES}
    other = SOURCES.replace("maker-2026", "other-2026").replace("analyst-2026", "others-2026")
    found = check([("sources.yaml", other)], held)
    assert set(found.texts) == {"sources.yaml", "2/sources.yaml"}
    assert check([("sources.yaml", other)], found.texts).texts == found.texts


def test_a_spec_in_place_of_the_catalogues_own_is_said(library: calc.Library) -> None:
    text = calc.text_of(library.get("system", "gb200-nvl72"))
    assert check([("gb200-nvl72.yaml", text)], {}).replaced == ("gb200-nvl72",)


def test_limits_are_said() -> None:
    many = [(f"chip-{i}.yaml", CHIP) for i in range(MOST_FILES + 1)]
    assert "is one of 21 files; a session holds 20, so remove some first" in str(check(many, {}).faults[0].fault)
    large = [(f"chip-{i}.yaml", CHIP + "#" * 600_000) for i in range(4)]
    assert "makes the session's files more than 2,097,152 characters" in str(check(large, {}).faults[0].fault)
    twice = check([("a.yaml", CHIP), ("a.yaml", CHIP)], {})
    assert str(twice.faults[0].fault) == "a.yaml:1:1: is given twice; give each file a name of its own"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK\x03\x04", "x.yaml:1:1: is not text; a spec file is YAML in UTF-8"),
        (b"a: \xff", "x.yaml:1:4: byte 0xff is not UTF-8; save the file as UTF-8"),
        (b"a" * (11 << 20), "x.yaml:1:1: is 11,534,336 bytes; a spec file is at most 1,048,576"),
    ],
)
def test_what_is_no_text_is_refused(data: bytes, said: str) -> None:
    assert str(decode(data, "..\\..\\x.yaml")) == said
    assert decode("名: 1".encode(), "x.yaml") == "名: 1"


def test_a_place_far_to_the_right_is_still_shown() -> None:
    quoted = quote(calc.Fault("a.yaml", 1, 5000, "", "is wrong"), "x" * 6000)
    assert len(quoted.line) <= 100
    assert len(quoted.caret) <= 101


@pytest.mark.parametrize("kind", calc.names.KINDS)
def test_a_template_of_every_kind_is_clean(kind: str) -> None:
    found = check(split(start(kind)), {})
    assert found.clean, [str(quoted.fault) for quoted in found.faults]


def test_no_template_of_an_unknown_kind() -> None:
    with pytest.raises(calc.UnknownNameError, match="no kind of spec 'chop'"):
        start("chop")

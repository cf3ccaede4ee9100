"""Browsing: columns with one unit, filters as people write them, errors in words."""

from __future__ import annotations

import pytest

import calc
from calc.studies.catalogue import COLUMNS, Column, browse, columns, entries, parse_filter

POWER = Column("power.all_in", "Power", "功率", "kW", 1e-3, True, "W")
VENDOR = Column("vendor", "Vendor", "厂商", "", 1.0, False)


def _chosen(library: calc.Library, kind: str, **texts: str) -> list[str]:
    found = entries(library, kind)
    by_name = {column.name: column for column in columns(kind, found)}
    filters = [parse_filter(by_name[name.replace("__", ".")], text) for name, text in texts.items()]
    return [entry.id for entry in browse(found, [one for one in filters if one])]


@pytest.mark.parametrize("kind", sorted(COLUMNS))
def test_every_spec_is_there_with_heads_in_both_languages(library: calc.Library, kind: str) -> None:
    found = entries(library, kind)
    assert [entry.id for entry in found] == library.ids(kind)
    for column in columns(kind, found):
        assert column.en
        assert column.zh
        assert "{" not in column.en + column.zh


def test_figures_are_those_of_the_comparison(library: calc.Library) -> None:
    both = calc.compare(library.ids("system"), library=library)
    for entry in entries(library, "system"):
        for name, value in entry.figures.items():
            assert value == both.row(name).values[entry.id]
    by_chip = {entry.id: entry for entry in entries(library, "chip")}
    for system_id in library.ids("system"):
        system = calc.load(system_id, library=library)
        for name in ("chip.flop_rate", "chip.hbm.bandwidth", "chip.scale_up.bandwidth_per_direction", "chip.power"):
            assert by_chip[system.chip.id].figures[name] == both.row(name).values[system_id], (system_id, name)


def test_filters_on_figures_and_words_together(library: calc.Library) -> None:
    systems, chips = entries(library, "system"), entries(library, "chip")
    assert "cloudmatrix-384" in _chosen(library, "system", vendor="huawei")
    assert _chosen(library, "system", vendor="huawei") == [one.id for one in systems if one.words["vendor"] == "Huawei"]
    assert {"ascend-910c", "mi300x"} <= set(_chosen(library, "chip", vendor="Huawei, AMD"))
    assert {one.words["vendor"] for one in chips if one.id in _chosen(library, "chip", vendor="Huawei, AMD")} == {
        "Huawei",
        "AMD",
    }
    assert "ascend-910c" not in _chosen(library, "chip", vendor="!=Huawei")
    large = [one.id for one in systems if (one.figures["power.all_in"] or 0.0) >= 500e3]
    assert "cloudmatrix-384" in large
    assert "gb200-nvl72" not in large
    assert _chosen(library, "system", power__all_in=">=500 kW") == large
    assert _chosen(library, "system", power__all_in=">0.5 MW") == large
    assert "gb200-nvl72" in _chosen(library, "system", chips="72")
    assert "gb200-nvl72" not in _chosen(library, "system", chips="!=72")
    assert _chosen(library, "system", vendor="  ") == library.ids("system")


def test_what_is_not_known_passes_no_condition(library: calc.Library) -> None:
    priced = {entry.id for entry in entries(library, "system") if entry.figures["price"] is not None}
    assert set(_chosen(library, "system", price=">0")) == priced
    assert set(_chosen(library, "system", price="!=0")) == priced


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2..4", 2e3, 4e3), ("2..", 2e3, None), ("..4", None, 4e3), ("≥10", 1e4, None), ("<= 5 W", None, 5.0),
        ("0.1..0.2 MW", 100.0, 2e5), ("72", 7.2e4, 7.2e4),
    ],
)  # fmt: skip
def test_ways_to_write_a_filter(text: str, low: float | None, high: float | None) -> None:
    found = parse_filter(POWER, text)
    assert found is not None
    assert (found.low, found.high) == (pytest.approx(low) if low else None, pytest.approx(high) if high else None)


@pytest.mark.parametrize(
    ("column", "text", "said"),
    [
        (POWER, "abc", "Power: 'abc' is not a number and a unit"),
        (POWER, "9**9**9", "Power: '9**9**9' is not a number and a unit"),
        (POWER, "3 GB", "Power: '3 GB' is a size; this value needs a power"),
        (POWER, "4..2", "Power: '4..2' runs downwards; write the lower end first"),
        (POWER, ">=2..4", "Power: '>=2..4' is a range with '>=' before it"),
        (POWER, "..", "Power: '..' has no ends; write '2..4', '2..' or '..4'"),
        (POWER, ">=", "Power: '>=' has no number. Write '>=10', '<5', '2..4' or '72', in kW or with a unit"),
        (POWER, "1" * 90, "Power: a filter is at most 80 characters; this one has 90"),
        (VENDOR, ">3", "Vendor: '>3' compares words; write the words alone, such as 'Huawei, NVIDIA'"),
        (VENDOR, "!=,", "Vendor: '!=,' names no word; write for example 'Huawei'"),
    ],
)
def test_what_is_no_filter_is_answered_in_words(column: Column, text: str, said: str) -> None:
    with pytest.raises(calc.CalcError) as error:
        parse_filter(column, text)
    assert str(error.value).startswith(said)


def test_no_kind(library: calc.Library) -> None:
    with pytest.raises(calc.UnknownNameError, match="no kind of spec 'chips'"):
        entries(library, "chips")
    with pytest.raises(calc.UnknownNameError, match="no kind of spec 'chips'"):
        columns("chips", [])

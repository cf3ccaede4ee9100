"""Figures that Epoch AI's table has too: within 2 % of ours, or the difference is explained."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import calc
from calc.studies.catalogue_import import TOLERANCE, explained, matches


def shared() -> list[dict[str, str]]:
    with open(Path(__file__).with_name("epoch.csv"), encoding="utf-8") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


ROWS = shared()


@pytest.mark.parametrize("chip", sorted({row["chip"] for row in ROWS}))
def test_shared_figures_agree_or_say_why_not(library: calc.Library, chip: str) -> None:
    reasons = explained("epoch")
    figures = library.get("chip", chip).figures
    apart = []
    for row in ROWS:
        if row["chip"] != chip:
            continue
        ours = figures[row["path"]].value
        gap = float(row["value"]) / ours - 1.0
        if abs(gap) > TOLERANCE and (row["name"], row["path"]) not in reasons:
            apart.append(f"{row['path']}: {row['value']} in Epoch's table, {ours:g} here, {gap:+.1%}")
    assert apart == []


def test_the_chips_are_those_that_are_matched() -> None:
    assert {row["name"]: row["chip"] for row in ROWS} == matches("epoch")
    assert len(ROWS) >= 350


def test_no_explanation_outlives_its_difference(library: calc.Library) -> None:
    values = {(row["name"], row["path"]): (row["chip"], float(row["value"])) for row in ROWS}
    needless = [
        key
        for key in explained("epoch")
        if abs(values[key][1] / library.get("chip", values[key][0]).figures[key[1]].value - 1.0) <= TOLERANCE
    ]
    assert needless == []


def test_most_agree(library: calc.Library) -> None:
    near = [
        abs(float(row["value"]) / library.get("chip", row["chip"]).figures[row["path"]].value - 1.0) <= TOLERANCE
        for row in ROWS
    ]
    assert sum(near) / len(near) > 0.85

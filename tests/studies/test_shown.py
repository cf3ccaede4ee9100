"""A comparison written out, what its charts draw, and the words of both."""

from __future__ import annotations

import dataclasses
import itertools

import pytest

import calc

A, B = "cloudmatrix-384", "gb200-nvl72"


@pytest.fixture(scope="module")
def both() -> calc.Comparison:
    return calc.compare([A, B])


def test_a_row_shares_its_unit_and_its_decimals(both: calc.Comparison) -> None:
    rows = {row.quantity.name: row for row in calc.shown(both).rows}
    rate = rows["flop_rate"]
    assert (rate.label, rate.convention, rate.unit) == ("BF16 throughput", "dense, peak", "PFLOP/s")
    assert [rate.cells[system].text for system in (A, B)] == ["300", "180"]
    assert rate.cells[A].ratio == "1.66×"
    assert rate.cells[A].favours is True
    assert rows["power_per_flop_rate"].cells[B].text == "0.806"
    assert rows["racks"].cells[A].beyond
    assert rows["racks"].cells[A].reach == 1.0
    assert rows["chip.flop_rate"].cells[A].reach == pytest.approx(-0.56, abs=0.01)
    assert rows["transceivers"].cells[B].text == ""
    assert rows["transceivers"].cells[B].missing
    assert rows["transceivers"].cells[A].ratio == "–"


def test_rows_can_be_left_out_and_are_counted(both: calc.Comparison) -> None:
    every, main = calc.shown(both), calc.shown(both, main=True)
    assert len(every.rows) == len(main.rows) + main.more
    assert {row.quantity.name for row in main.rows} <= calc.studies.shown.MAIN
    kept = calc.shown(both, main=True, keep="dies")
    assert len(kept.rows) == len(main.rows) + 1
    twins = calc.compare(["gb300-nvl72", B])
    differing = calc.shown(twins, only_differences=True)
    assert differing.equal > 0
    assert "flop_rate" not in {row.quantity.name for row in differing.rows}
    assert differing.unknown


def test_what_is_divided_by_is_said(both: calc.Comparison) -> None:
    per = calc.compare([A, B], per="chip")
    assert next(row for row in calc.shown(per).rows if row.quantity.name == "hbm.capacity").unit == "GB per chip"
    assert next(row for row in calc.shown(per, "zh").rows if row.quantity.name == "hbm.capacity").unit == "GB 每芯片"
    binary = next(row for row in calc.shown(both, iec=True).rows if row.quantity.name == "hbm.capacity")
    assert (binary.unit, binary.convention) == ("TiB", "binary bytes, 1 TiB = 2⁴⁰")
    assert binary.cells[A].text == "44.7"


def test_power_segments_add_up_to_the_published_total() -> None:
    for system, total in ((A, 599.821), (B, 145.0)):
        drawn = calc.pictures.segments([calc.power_breakdown(system)])
        assert drawn[0].start == 0.0
        assert drawn[-1].end == pytest.approx(total)
        assert sum(segment.share for segment in drawn) == pytest.approx(1.0)
        assert all(before.end == after.start for before, after in itertools.pairwise(drawn))
    assert calc.pictures.segments([calc.power_breakdown("dgx-h100")]) == []


def test_steps_end_at_the_ratio(both: calc.Comparison) -> None:
    why = calc.why(A, B, "power_per_flop_rate")
    steps = calc.pictures.steps(why, both)
    assert steps[0].start == 1.0
    assert steps[-1].end == pytest.approx(why.ratio)
    assert [step.text for step in steps] == ["×1.870", "×1.330"]


def test_dots_span_the_readings(both: calc.Comparison) -> None:
    dots = {dot.quantity: dot for dot in calc.pictures.dots(both, calc.readings.spans(both))}
    assert dots["power.all_in"].low < dots["power.all_in"].ratio
    assert dots["racks"].low == dots["racks"].high
    assert "chips" not in dots


def test_a_claim_stands_in_a_title_only_where_the_data_bear_it() -> None:
    def title(*shares: float, language: str = "en") -> str:
        drawn = [calc.pictures.Segment(str(i), "unexplained", 0.0, 1.0, "1", share) for i, share in enumerate(shares)]
        return calc.captions.power_title(drawn, {"0": "Alpha", "1": "Beta"}, language)

    assert title(0.6) == "More than half of Alpha’s power is unaccounted for"
    assert title(0.1, 0.45) == "Nearly half of Beta’s power is unaccounted for"
    assert title(0.3) == "Over a quarter of Alpha’s power is unaccounted for"
    assert title(0.2) == title() == "Power by part"
    assert title(0.45, language="zh") == "Alpha 近半功率无法解释"
    assert title(language="zh") == "功率构成"


def test_words_of_the_charts(both: calc.Comparison) -> None:
    drawn = calc.pictures.segments([calc.power_breakdown(A)])
    assert calc.captions.power_in_words(drawn, {A: "A"}) == "A draws 600 kW all-in, 260 kW of it unexplained"
    dots = calc.pictures.dots(both, {})
    assert calc.captions.dots_in_words(dots, both).startswith("Ratio to GB200 NVL72: Racks 16.0×, ")
    why = calc.why(A, B, "power_per_flop_rate")
    assert calc.captions.why_title(why, both) == "Why power per BF16 is 2.49×"
    assert calc.captions.why_title(why, both, "zh") == "为何每单位 BF16 算力功率是 2.49 倍？"
    assert "1.870 × 1.330 = 2.486" in calc.captions.why_subtitle(why)


def test_the_title_of_the_frontier_names_who_is_below() -> None:
    def point(name: str, edge: bool) -> calc.Point:
        return calc.Point(name, name, 1.0, 1.0, edge)

    points = [point("A", False), point("B", True), point("C", False)]
    title = calc.captions.frontier_title
    assert title(points, ["A"]) == "A sits below the frontier"
    assert title(points, ["A", "B", "C"]) == "A and C sit below the frontier"
    assert title(points, ["B"]) == "On the frontier: nothing does more for less"
    assert title(points, []) == "The frontier"
    assert title(points, ["A", "C"], "zh") == "A、C 位于前沿之下"


def test_equal_points_are_drawn_once_and_close_names_part() -> None:
    same = [
        calc.Point("a", "A", 1.0, 1.0, True),
        calc.Point("b", "B", 1.0, 1.0, True),
        calc.Point("c", "C", 1.1, 1.2, True),
    ]
    assert [point.name for point in calc.pictures.merged(same, ["b"])] == ["B", "C"]
    assert [point.name for point in calc.pictures.merged(same, ["b", "a"])] == ["B, A", "C"]
    assert calc.pictures.crowded(same[1:], ["b", "c"]) == {"b"}
    assert calc.pictures.is_right(3.0, [1.0, 4.0])
    assert not calc.pictures.is_right(1.5, [1.0, 4.0])


@pytest.mark.parametrize("kind", ["csv", "json", "md"])
def test_files_name_sources_and_licences(both: calc.Comparison, kind: str) -> None:
    text = calc.export(both, calc.library(), kind)
    assert "semianalysis-cm384-2026" in text
    assert "facts, cited" in text or kind == "json"
    assert "https://" in text
    assert text.endswith("\n")


def test_another_kind_of_file_is_refused(both: calc.Comparison) -> None:
    with pytest.raises(calc.UnknownNameError, match=r"no kind of file 'xlsx'. There are: csv, json, md\."):
        calc.export(both, calc.library(), "xlsx")


def test_readings_are_combined_only_as_far_as_there_is_room() -> None:
    def datum(i: int, *values: float) -> calc.spec.datum.Datum:
        first, *rest = (calc.spec.datum.Datum(str(i), value, "W", str(value), "s", "assumed") for value in values)
        return dataclasses.replace(first, alternatives=tuple(rest))

    few = {"a": datum(0, 1.0, 3.0, 2.0), "b": datum(1, 1.0, 5.0)}
    assert calc.readings._bounded(few) == {"a": [1.0, 2.0, 3.0], "b": [1.0, 5.0]}
    many = {str(i): datum(i, 1.0, 1.5, 2.0 + i) for i in range(200)}
    bounded = calc.readings._bounded(many)
    assert len(bounded) == 15
    assert bounded["199"] == [1.0, 201.0]

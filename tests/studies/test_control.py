"""Where chips stand to export rules: the catalogue, three-valued answers, words, variants, and the command."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace

import pytest

import calc
from calc.cli import main
from calc.errors import CalcError, UnitError, UnknownNameError
from calc.spec.datum import Datum
from calc.studies.export_control import Control, control, control_of, matched, strongest

# Paragraph of 2023, rule of 2022 and review of 2026 as the reference has them, for chips of the catalogue.
CHIPS = {
    "a100-sxm-80gb": ("3A090.a.1", "controlled", "case-by-case"),
    "a800-sxm": ("3A090.a.1", "not controlled", "case-by-case"),
    "h100-sxm": ("3A090.a.1", "controlled", "case-by-case"),
    "h800-sxm": ("3A090.a.1", "not controlled", "case-by-case"),
    "h200-sxm": ("3A090.a.1", "controlled", "case-by-case"),
    "h20-sxm": ("not 3A090", "not controlled", "not applicable"),
    "b200-sxm": ("3A090.a.1", "controlled", "presumption of denial"),
    "b300-sxm": ("3A090.a.1", "controlled", "presumption of denial"),
    "mi210": ("3A090.b.1", "not controlled", "not applicable"),
    "mi250x": ("3A090.a.1", "controlled", "case-by-case"),
    "mi300x": ("3A090.a.1", "controlled", "case-by-case"),
    "mi325x": ("3A090.a.1", "controlled", "case-by-case"),
    "mi355x": ("3A090.a.1", "controlled", "presumption of denial"),
    "ascend-910c": ("3A090.a.1", "controlled", "case-by-case"),
    "mtia-v2": ("3A090.a.2", "not controlled", None),
    "tpu-v5e": ("3A090.a.2", "not controlled", "case-by-case"),
    "trn2": ("3A090.a.1", "controlled", "case-by-case"),
    "mtt-s4000": ("not 3A090", "not controlled", "not applicable"),
}


def of(
    tpp: float, area: float | None = None, io: float | None = None, dram: float | None = None, datacentre: bool = True
) -> Control:
    """A chip of a total processing performance, in mm2 and GB/s."""
    given = {
        "chip.flop_rate.int8.dense": tpp / 8 * 1e12,
        "chip.die_area": area and area * 1e-6,
        "chip.scale_up.bandwidth_per_direction": io and io / 2 * 1e9,
        "chip.hbm.bandwidth": dram and dram * 1e9,
    }
    inputs = {path: Datum(path, value, "", "", "", "datasheet") for path, value in given.items() if value}
    return control_of("chip-1", "Chip 1", inputs, datacentre=datacentre)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(["control", *arguments])
    said = capsys.readouterr()
    return status, said.out, said.err


@pytest.mark.parametrize("chip", CHIPS)
def test_chips_of_the_catalogue(library: calc.Library, chip: str) -> None:
    found = control(library, chip)
    paragraph, earlier, review = CHIPS[chip]
    assert (found.rules["2023"], found.rules["2022"]) == (paragraph, earlier)
    assert review in (None, found.rules["2026-china"])


@pytest.mark.parametrize("chip", calc.library().ids("chip"))
def test_every_chip_has_its_words_and_reason_in_both_languages(library: calc.Library, chip: str) -> None:
    found = control(library, chip)
    assert math.isfinite(found.tpp)
    assert found.rules["2022"] in ("controlled", "not controlled", "undetermined")
    assert found.rules["2023"] in (
        "3A090.a.1", "3A090.a.2", "3A090.b.1", "3A090.b.2", "not 3A090", "undetermined",
    )  # fmt: skip
    assert found.rules["2026-china"] in ("case-by-case", "presumption of denial", "not applicable")
    assert found.reason().endswith("This is not legal advice.")
    assert found.reason("zh").endswith("本结果不构成法律意见。")
    assert not re.search(r"nan|None|inf\b", found.reason() + found.reason("zh"))
    # Dense rates alone: whatever a sparse one is set to, nothing moves.
    figures = {
        path: replace(datum, value=datum.value * 9) if path.endswith("sparse_2_4") else datum
        for path, datum in found.inputs.items()
    }
    assert control_of(chip, found.name, figures).tpp == found.tpp


def test_sums_up_the_h20(library: calc.Library) -> None:
    found = control(library, "h20-sxm")
    assert found.reason().startswith(
        "H20 has a total processing performance (TPP) of 2,368: 296 dense TOP/s of INT8 times 8 bits. Over 814 mm² of"
        " applicable die area, its performance density is 2.91. Its TPP is below 2,400 and its density below 3.2: not"
        " 3A090 by its numbers. Rule of 2022: not controlled, TPP below 4,800. A rate 3 % higher would make it 3A090.b.1."
    )
    assert "for which a letter of April 2025 to the H20's maker asks a licence apart from 3A090" in found.reason()
    assert found.reason("zh").startswith(
        "H20 的总处理性能（TPP）为 2,368：INT8 稠密算力 296 TOP/s 乘以 8 位；除以适用裸片面积 814 mm²，性能密度为 2.91。"
        "TPP 低于 2,400 且性能密度低于 3.2：按数值不属于 3A090。"
    )


@pytest.mark.parametrize(
    ("tpp", "said", "also"),
    [
        (2000, "3A090.a.2 up to 337.8 mm², 3A090.b.2 up to 625 mm², not 3A090 above.", "3A090.b.2"),
        (4480, "3A090.a.2 up to 756.8 mm², 3A090.b.1 up to 2,800 mm², not 3A090 above.", "3A090.b.1"),
    ],
)
def test_says_what_area_would_decide(tpp: float, said: str, also: str) -> None:
    found = of(tpp)
    assert found.rules["2023"] == "undetermined"
    assert found.performance_density is None
    assert found.undetermined == ("2023", "2026-china")
    assert f"Its die area decides: {said}" in found.reason()
    strict, mild = found.deciding
    for one, word in ((strict, "3A090.a.2"), (mild, also)):
        area = one.die_area * 1e6
        assert of(tpp, area).rules["2023"] == one.paragraph == word
        assert of(tpp, area * 1.001).rules["2023"] != word
    assert of(tpp, mild.die_area * 1.001e6).rules["2023"] == "not 3A090"


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (of(4800), "Its TPP reaches 4,800: 3A090.a.1, whatever its die area."),
        (of(2832, 421), "Its TPP reaches 1,600 and its density 5.92: 3A090.a.2."),
        (of(2896, 790), "3A090.b.1 (and 3A090.b.2 as well); licence exception NAC is open to it."),
        (of(2400, 1500), "Its TPP reaches 2,400 and its density 1.6, below 4,800 and 5.92: 3A090.b.1;"),
        (of(2000, 500), "Its TPP reaches 1,600 and its density 3.2, below 4,800 and 5.92: 3A090.b.2;"),
        (of(4000, 4000), "Its TPP is below 4,800 and its density below 1.6: not 3A090 by its numbers."),
        (of(1599.9), "Its TPP is below 1,600: not 3A090 by its numbers, whatever its die area."),
        (of(2399.99, 1500), "(TPP) of 2,399.99:"),
        (of(5000, io=900), "Rule of 2022: controlled; its scale-up I/O of 900 GB/s, both directions, reaches 600 GB/s"),
        (of(5000, io=400), "Rule of 2022: not controlled; its scale-up I/O of 400 GB/s, both directions, stays below"),
        (of(5000), "Rule of 2022: undetermined; its I/O is not known, and 600 GB/s would control it."),
        (of(5000, dram=4000), "case-by-case, as its TPP is below 21,000 and its memory's 4,000 GB/s below 6,500 GB/s; only where"),
        (of(5000, dram=6500), "presumption of denial, as its memory's 6,500 GB/s reaches 6,500 GB/s."),
        (of(5000), "presumption of denial unless its memory bandwidth, not known here, is shown to be below 6,500 GB/s."),
        (of(21000, dram=4000), "presumption of denial, as its TPP reaches 21,000."),
        (of(1580), "A rate 3 % higher would make it undetermined, for its die area to decide."),
        (of(4700, 814, datacentre=False), "its TPP is below 4,800: not 3A090, by Note 2."),
        (of(4800, datacentre=False), "3A090.a.1 although it is neither designed nor marketed for data centres;"),
    ],
)  # fmt: skip
def test_words(found: Control, said: str) -> None:
    assert said in found.reason()
    assert found.reason("zh")


def test_memory_that_is_none_counts_as_zero(library: calc.Library) -> None:
    found = control(library, "groq-lpu-v1")
    assert (found.dram_bandwidth, found.rules["2026-china"]) == (0.0, "case-by-case")
    assert "it has no DRAM of its own" in found.reason()


def test_what_tf32_would_bring_is_said_and_not_counted(library: calc.Library) -> None:
    found = control(library, "trn2")
    assert found.tpp == 10672.0
    assert found.tf32 is not None
    assert "with 32, the TPP would be 21,344: presumption of denial." in found.reason()


def test_the_tariff_of_2026_is_said(library: calc.Library) -> None:
    assert [control(library, chip).tariff_band for chip in ("h200-sxm", "h200-nvl", "mi325x", "mi300x")] == [1, 0, 2, 0]
    assert "25 % tariff of January 2026: TPP of 14,000 to 17,500" in control(library, "h200-sxm").reason()


def test_ranges_that_cross_a_line_are_said() -> None:
    inputs = dict(of(2368, 814).inputs)
    inputs["chip.die_area"] = replace(inputs["chip.die_area"], low=700e-6, high=900e-6)
    found = control_of("chip-1", "Chip 1", inputs)
    assert found.also == ("3A090.b.2",)
    assert "Within what its sources give, it may also be 3A090.b.2." in found.reason()


@pytest.mark.parametrize("chip", ["h100-sxm", "b200-sxm", "mi210", "h20-sxm", "mtia-v2", "ascend-910", "trn2"])
def test_the_strongest_variant_is_below_and_no_stronger_one_is(library: calc.Library, chip: str) -> None:
    found = control(library, chip)

    def cut(share: float) -> Control:
        figures = {
            path: replace(one, value=one.value * share, low=None, high=None, alternatives=())
            if "flop_rate" in path
            else one
            for path, one in found.inputs.items()
        }
        return control_of(chip, found.name, figures)

    for one in strongest(found):
        if one.line in ("3A090", "3A090.a") and not one.below:
            word = cut(one.share * 0.999).rules["2023"]
            assert word == "not 3A090" or (one.line == "3A090.a" and ".a" not in word)
            assert cut(one.share).rules["2023"] != "not 3A090"
        elif one.below:
            assert one.share == 1.0
    assert found.performance_density is not None or strongest(found)[2].any_area


def test_many_chips_below_the_line_beside_a_system(library: calc.Library) -> None:
    system = calc.load("gb200-nvl72", library=library)
    (as_it_is,) = matched(control(library, "h20-sxm"), system)
    rate = system["chip.flop_rate.bf16.dense"].value * 72
    assert as_it_is.word == "not 3A090"
    assert as_it_is.chips == math.ceil(rate / 148e12)
    assert as_it_is.hbm_bandwidth == pytest.approx(as_it_is.chips * 4e12 / (72 * 8e12))
    above, below = matched(control(library, "h100-sxm"), system)
    assert (above.word, below.word, below.power) == ("3A090.a.1", "not 3A090", None)
    assert below.chips > above.chips
    with pytest.raises(CalcError, match=r"chip 'mi210' has no dense FP8 rate; there are fp64, fp32, bf16, fp16, int8"):
        matched(control(library, "mi210"), system, "fp8")


def test_faults_are_said_in_one_line(library: calc.Library) -> None:
    inputs = {"chip.flop_rate.fp8.sparse_2_4": Datum("", 1e15, "FLOP/s", "", "", "datasheet")}
    with pytest.raises(
        CalcError, match=r"chip 'x' has no dense rate; rules count dense rates alone, and no sparse one"
    ):
        control_of("x", "X", inputs)
    with pytest.raises(UnknownNameError, match=r"no chip 'h20'\. Did you mean 'h20-sxm'\?"):
        control(library, "h20")
    with pytest.raises(
        CalcError, match=r"'hgx-h20' is a system, and rules are about chips; .* podcalc control h20-sxm"
    ):
        control(library, "hgx-h20")
    with pytest.raises(UnknownNameError, match=r"no figure of a chip that rules are about: 'dye_area'.*chip.die_area"):
        control(library, "h20-sxm", {"dye_area": "814 mm^2"})
    with pytest.raises(UnitError, match=r"chip.die_area: '814 W' is a power"):
        control(library, "h20-sxm", {"die_area": "814 W"})
    with pytest.raises(CalcError, match=r"chip.die_area: '0 mm\^2' is not above zero"):
        control(library, "h20-sxm", {"die_area": "0 mm^2"})


def test_a_figure_can_be_set(library: calc.Library) -> None:
    assert calc.control("ascend-910", library=library).rules["2023"] == "undetermined"
    found = calc.control("ascend-910", {"die_area": "456 mm^2"}, library=library)
    assert found.rules["2023"] == "3A090.a.2"


def test_json_of_one_chip_is_the_contract(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "h20-sxm", "--format", "json")
    plain = json.loads(out)
    assert (status, err) == (0, "")
    assert list(plain) == [
        "schema",
        "chip",
        "tpp",
        "performance_density",
        "rules",
        "undetermined",
        "confidence",
        "reason",
    ]
    assert (plain["schema"], plain["chip"], plain["tpp"]) == ("podcalc.control/1", "h20-sxm", 2368.0)
    assert plain["performance_density"] == pytest.approx(2.909, abs=1e-3)
    assert plain["rules"] == {"2022": "not controlled", "2023": "not 3A090", "2026-china": "not applicable"}
    unknown = json.loads(run(capsys, "ascend-910", "--format", "json")[1])
    assert (unknown["performance_density"], unknown["undetermined"]) == (None, ["2023", "2026-china"])
    assert unknown["rules"]["2026-china"] == "not applicable"
    assert "undetermined  undetermined" in run(capsys, "ascend-910", "h20-sxm")[1]
    many = json.loads(run(capsys, "h20-sxm", "h100-sxm", "--format", "json")[1])
    assert [row["chip"] for row in many["rows"]] == ["h20-sxm", "h100-sxm"]


def test_csv_says_that_2026_is_undetermined(capsys: pytest.CaptureFixture[str]) -> None:
    lines = run(capsys, "ascend-910", "h20-sxm", "--format", "csv")[1].splitlines()
    assert lines[1].startswith("ascend-910,4096.0,,not controlled,undetermined,undetermined,")
    assert ",not controlled,not 3A090,not applicable," in lines[2]


@pytest.mark.parametrize(
    ("chip", "english", "chinese", "confidence"),
    [
        ("mi210", "mm², estimated, of applicable die area", "（估计值），性能密度", "estimated"),
        ("mlu590", "bits", "（估计值）乘以", "estimated"),
        ("kunlunxin-p800", ", assumed, times 8 bits", "（假定值）乘以", "assumed"),
    ],
)
def test_what_is_estimated_is_said(
    library: calc.Library, chip: str, english: str, chinese: str, confidence: str
) -> None:
    found = calc.control(chip, library=library)
    assert english in found.reason()
    assert chinese in found.reason("zh")
    assert found.to_json()["confidence"] == found.confidence == confidence
    sure = calc.control("h20-sxm", library=library)
    assert "estimated" not in sure.reason()
    assert "估计" not in sure.reason("zh")


def test_a_licence_is_of_exports_from_the_united_states(library: calc.Library) -> None:
    found = calc.control("ascend-910c", library=library)
    opening = "Exported from the United States, a licence for China (2026) would "
    assert f"{opening}be decided case-by-case, as its TPP is below 21,000" in found.reason()
    assert "若从美国出口，对华许可（2026）" in found.reason("zh")
    assert opening not in calc.control("h100-sxm", library=library).reason()


def test_the_command_prints_every_kind(capsys: pytest.CaptureFixture[str]) -> None:
    for kind, start in (
        ("table", "Chip"),
        ("csv", "chip,tpp,performance_density,2022,2023,2026-china,reason\n"),
        ("md", "| Chip"),
    ):
        for more in ((), ("--strongest",), ("--match", "gb200-nvl72")):
            status, out, _ = run(capsys, "h20-sxm", "h100-sxm", "--format", kind, *more)
            assert status == 0
            assert more or out.startswith(start)
    assert "not legal advice" in run(capsys, "h20-sxm", "h100-sxm")[1]
    assert "15.1 %" in run(capsys, "h100-sxm", "--strongest")[1]
    assert "not 3A090" in run(capsys, "mi210", "--not-for-datacentres")[1]
    assert "3A090.a.2" in run(capsys, "ascend-910", "--set", "ascend-910:die_area=456 mm^2")[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("h20",), "podcalc: no chip 'h20'. Did you mean 'h20-sxm'? (podcalc list chips)\n"),
        (("h20-sxm", "--match", "gb200-nvl27"), "podcalc: no system 'gb200-nvl27'. Did you mean 'gb200-nvl72'? (podcalc list systems)\n"),
        (("h20-sxm", "--set", "mi210:die_area=1 mm^2"), "podcalc: no chip among those asked for: 'mi210'. There are: h20-sxm.\n"),
        (("h20-sxm", "--precision", "fp8"), "podcalc: --precision goes with --match SYSTEM; a chip's class counts every number format\n"),
    ],
)  # fmt: skip
def test_wrong_usage_is_one_line_and_exit_2(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    assert run(capsys, *arguments) == (2, "", said)

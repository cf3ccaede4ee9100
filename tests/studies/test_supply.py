"""Who makes systems, and what can still be built: laws, known facts, and the command."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import calc
from calc.cli import main
from calc.errors import CalcError, UnknownNameError
from calc.spec.check import compile_spec
from calc.studies import supply as study
from calc.studies.supply import Cut, Maker, Step, cut_words, outlook, parse_cut, supply

LIBRARY = calc.library()
SYSTEMS = LIBRARY.ids("system")
WORDS = list(cut_words(LIBRARY))


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(["supply", *arguments])
    said = capsys.readouterr()
    return status, said.out, said.err


def rank(answer: bool | None) -> int:
    return {True: 2, None: 1, False: 0}[answer]


@pytest.mark.parametrize("weight", ["chips", "parts"])
@pytest.mark.parametrize("system_id", SYSTEMS)
def test_shares_and_the_unknown_are_the_whole(system_id: str, weight: str) -> None:
    found = supply(LIBRARY, system_id, weight=weight)
    assert sum(found.by_country.values()) + found.unknown_country == pytest.approx(1.0)
    assert sum(found.by_supplier.values()) + found.unknown == pytest.approx(1.0)
    assert sum(step.weight for step in found.steps) == pytest.approx(1.0)
    for name, share in found.by_supplier.items():
        low, high = found.supplier_range[name]
        assert low - 1e-12 <= share <= high + 1e-12
    value, low, high = found.hhi
    assert value is None or (1 / len(found.by_supplier) - 1e-12 <= value <= 1 + 1e-12 and low <= value <= high + 1e-12)


@pytest.mark.parametrize("system_id", SYSTEMS)
def test_cutting_nothing_changes_nothing(system_id: str) -> None:
    found = supply(LIBRARY, system_id)
    assert (found.exposed, found.lost, found.buildable) == (0, 0, found.uncut)
    # Nothing but stock leaves a step open or ended where nothing is cut.
    assert set(found.missing + found.undecided) <= set(found.stock_alone)
    assert found.buildable is True or found.stock_alone


@pytest.mark.parametrize("word", ["tesla", "fabricated:tesla", "hbm:cerebras"])
@pytest.mark.parametrize("system_id", ["cloudmatrix-384", "gb200-nvl72", "tpu-v5p-pod"])
def test_a_cut_that_does_nothing_for_a_system_changes_nothing(system_id: str, word: str) -> None:
    found, uncut = supply(LIBRARY, system_id, [word]), supply(LIBRARY, system_id)
    assert (found.buildable, found.missing, found.undecided, found.exposed) == (
        uncut.buildable, uncut.missing, uncut.undecided, 0,
    )  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(SYSTEMS), st.sampled_from(WORDS))
def test_a_cut_reaches_only_steps_that_who_is_cut_does(system_id: str, word: str) -> None:
    cut = parse_cut(LIBRARY, word)
    found, uncut = supply(LIBRARY, system_id, [word]), supply(LIBRARY, system_id)
    changed = set(found.missing + found.undecided) ^ set(uncut.missing + uncut.undecided)
    assert {step.step for step in changed} <= set(cut.does)


def test_the_rule_for_unknown_makers_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["tpu-v5p-pod", "--cut", "tesla"], ["--cut", "tesla"]):
        said = run(capsys, *arguments)[1]
        assert "in doubt only where who is cut off is known to do that step" in said
    said = run(capsys, "tpu-v5p-pod", "--cut", "tesla")[1]
    assert "Without tesla, TPU v5p pod can still be built; 0 % of it is exposed." in said


def test_stock_alone_leaves_it_undecided(capsys: pytest.CaptureFixture[str]) -> None:
    found = calc.supply("cloudmatrix-384")
    assert found.buildable is None
    assert ("ascend-910c", "memory") in [(step.part, step.step) for step in found.undecided]
    assert (
        "Even with nobody cut off, an unknown origin decides whether CloudMatrix 384 can be built: memory of Ascend"
        in run(capsys, "cloudmatrix-384")[1]
    )
    assert "only stock is left, which does not count: fabrication of Ascend 910C" in found.sentences()[2]
    assert "can be built, as with nobody cut off: memory of" in calc.supply("cloudmatrix-384", "tesla").sentences()[-2]
    plain = json.loads(run(capsys, "cloudmatrix-384", "--format", "json")[1])
    assert (plain["buildable"], plain["buildable_uncut"]) == (None, None)
    assert {"part": "ascend-910c", "step": "memory"}.items() <= plain["stock_alone"][0].items()


@pytest.mark.parametrize(
    ("system_id", "ends"), [("gb200-nvl72", (0.0, 0.2)), ("cloudmatrix-384", (0.4, 0.6)), ("dgx-h100", (0.0, 0.0))]
)
def test_the_unknown_has_a_range(capsys: pytest.CaptureFixture[str], system_id: str, ends: tuple[float, float]) -> None:
    found = calc.supply(system_id)
    assert found.unknown_range == pytest.approx(ends)
    assert found.unknown_country_range == pytest.approx(ends)
    plain = found.to_json()
    assert plain["unknown_range"] == plain["unknown_supplier_range"] == pytest.approx(list(ends))
    printed = f"{ends[0] * 100:.1f} % to {ends[1] * 100:.1f} %"
    line = [one for one in run(capsys, system_id)[1].splitlines() if one.startswith("unknown ")]
    assert len(line) == 2
    assert all((printed in one) is (ends[0] < ends[1]) for one in line)


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(SYSTEMS), st.sampled_from(["chips", "parts"]), st.sampled_from(["company", "country"]), st.data()
)
def test_the_index_spans_whatever_is_true(system_id: str, weight: str, of: str, data: st.DataObject) -> None:
    found = supply(LIBRARY, system_id, weight=weight)
    _, low, high = found.hhi if of == "company" else found.hhi_country
    shares: dict[str, float] = {}
    unknown = 0.0
    for step in found.steps:
        names = sorted({getattr(maker, of) for maker in step.makers} - {""})
        open_ = step.unknown or not names or not all(getattr(maker, of) for maker in step.makers)
        chosen = data.draw(
            st.sampled_from(
                [
                    *([name] for name in names),
                    *([names] if names else []),
                    *([[step.part + step.step]] if open_ else []),
                ]
            )
        )
        unknown += step.weight if chosen == [step.part + step.step] else 0.0
        for name in chosen:
            shares[name] = shares.get(name, 0.0) + step.weight / len(chosen)
    least, most = found.unknown_range if of == "company" else found.unknown_country_range
    assert least - 1e-9 <= unknown <= most + 1e-9
    assert low - 1e-9 <= sum(share**2 for share in shares.values()) <= high + 1e-9


def test_the_index_of_alternatives() -> None:
    found = calc.supply("dgx-h100")
    assert found.hhi[0] is not None
    assert found.hhi[2] > found.hhi[0] >= found.hhi[1]
    # 0.4 TSMC, 0.2 NVIDIA, and memory of SK hynix or Micron or another: none to all of it TSMC's.
    value, low, high = calc.supply("gb200-nvl72").hhi
    assert (value, low, high) == pytest.approx((0.24, 0.22, 0.44))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SYSTEMS), st.lists(st.sampled_from(WORDS), min_size=1, max_size=4, unique=True))
def test_cutting_more_never_builds_more(system_id: str, words: list[str]) -> None:
    fewer, more = supply(LIBRARY, system_id, words[:-1]), supply(LIBRARY, system_id, words)
    assert rank(more.buildable) <= rank(fewer.buildable)
    assert more.exposed >= fewer.exposed - 1e-12
    assert more.lost >= fewer.lost - 1e-12
    assert supply(LIBRARY, system_id, words[::-1]).buildable == more.buildable


@pytest.mark.parametrize("system_id", ["gb200-nvl72", "cloudmatrix-384"])
def test_the_order_of_parts_does_not_matter(system_id: str) -> None:
    steps = list(supply(LIBRARY, system_id, weight="parts").steps)
    shares = study._shares(steps, "country")
    random.Random(1).shuffle(steps)
    assert study._shares(steps, "country")[0] == pytest.approx(shares[0])


# What each cut leaves, from the sources that the specs cite.
ANSWERS = [
    ("gb200-nvl72", "tsmc", False),
    ("gb200-nvl72", "tsmc-advanced", False),
    ("gb200-nvl72", "TW", False),
    ("gb200-nvl72", "us-design-tools", False),
    ("gb200-nvl72", "korea-hbm", True),
    ("gb200-nvl72", "sk-hynix", True),
    ("gb200-nvl72", "hbm:KR", True),
    ("dgx-h100", "korea-hbm", False),
    ("dgx-h200", "korea-hbm", True),
    ("hgx-h20", "hbm:samsung", True),
    ("cloudmatrix-384", "tsmc", None),
    ("cloudmatrix-384", "CN", False),
    ("cloudmatrix-384", "korea-hbm", None),
    ("cloudmatrix-384", "nvidia", None),
    ("cloudmatrix-384", "smic", False),
    ("tpu-v5p-pod", "nvidia", True),
    ("tpu-v5p-pod", "tsmc", False),
    ("bow-pod64", "korea-hbm", True),
]


@pytest.mark.parametrize(("system_id", "word", "answer"), ANSWERS)
def test_known_answers(system_id: str, word: str, answer: bool | None) -> None:
    assert calc.supply(system_id, word).buildable is answer


@pytest.mark.parametrize(
    ("word", "same"),
    [
        ("Taiwan", "TW"),
        ("hbm:korea", "korea-hbm"),
        ("US-EDA", "us-design-tools"),
        ("SK hynix", "sk-hynix"),
        ("cn", "CN"),
    ],
)
def test_a_cut_may_be_written_in_other_words(word: str, same: str) -> None:
    one, other = parse_cut(LIBRARY, word), parse_cut(LIBRARY, same)
    assert (one.step, one.company, one.country) == (other.step, other.company, other.country)


def test_tsmc_alone_makes_the_dies_of_gb200() -> None:
    points = {(one.supplier, one.part, one.step) for one in calc.supply("gb200-nvl72").single_points}
    assert {("TSMC", "gb200", "fabricated"), ("TSMC", "gb200", "packaged"), ("TSMC", "grace", "fabricated")} <= points
    assert not any(step == "memory" for _, _, step in points)


def test_stock_is_an_alternative_that_is_named() -> None:
    found = calc.supply("cloudmatrix-384")
    makers = next(step for step in found.steps if (step.part, step.step) == ("ascend-910c", "fabricated")).makers
    assert [(one.company, one.stock) for one in makers] == [("TSMC", True), ("SMIC", False)]
    assert any("stock is left" in said for said in found.sentences())
    assert any("库存" in said for said in found.sentences("zh"))


def test_a_cut_is_decided_only_by_what_is_known() -> None:
    named, placed, vague = Maker("TSMC", "TW", node=5.0), Maker("", "TW"), Maker("TSMC", "")
    assert Cut("tsmc", company="tsmc").hits("fabricated", named) is True
    assert Cut("tsmc", company="tsmc", does=("fabricated",)).hits("fabricated", placed) is None
    assert Cut("TW", country="TW", does=("fabricated",)).hits("fabricated", vague) is None
    assert Cut("tesla", company="tesla", does=("designed",)).hits("fabricated", placed) is False
    assert Cut("x", "memory", country="TW").hits("fabricated", named) is False
    advanced = parse_cut(LIBRARY, "tsmc-advanced")
    assert [advanced.hits("fabricated", replace(named, node=node)) for node in (3.0, 7.0, 14.0, None)] == [
        True, True, False, None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("makers", "unknown", "answer"),
    [
        ((), "not published", None),
        ((Maker("TSMC", "TW"),), "", False),
        ((Maker("TSMC", "TW"),), "others", None),
        ((Maker("TSMC", "TW"), Maker("Samsung", "KR")), "", True),
        ((Maker("Samsung", "KR"),), "others", True),
    ],
)
def test_a_step_stands_while_somebody_is_left(makers: tuple[Maker, ...], unknown: str, answer: bool | None) -> None:
    step = Step("chip-1", "Chip 1", "chip", "fabricated", makers, unknown, 1.0)
    assert study._stands(step, (Cut("tsmc", company="tsmc", does=("fabricated",)),)) is answer
    assert study._stands(step, (Cut("tsmc", company="tsmc", does=("packaged",)),)) is (answer if not unknown else True)
    assert study._stands(step, ()) is True


def test_shares_of_alternatives_are_equal_parts_with_their_range() -> None:
    found = calc.supply("dgx-h100")
    assert found.by_country["KR"] == pytest.approx(0.2)
    assert found.country_range["KR"] == pytest.approx((0.2, 0.2))
    assert found.supplier_range["SK hynix"] == pytest.approx((0.0, 0.2))


def test_best_of_each_country() -> None:
    before = {one.country: one for one in outlook(LIBRARY).best}
    assert all(one.before in (one.system, one.perhaps) for one in before.values())
    after = {one.country: one for one in outlook(LIBRARY, ["us-design-tools"]).best}
    for country, one in after.items():
        assert (one.flop_rate or 0.0) <= (before[country].flop_rate or 0.0)
    assert "cloudmatrix-384" in (after["CN"].system, after["CN"].perhaps)
    announced = outlook(LIBRARY, announced=True)
    assert len(announced.systems) > len(outlook(LIBRARY).systems)


@pytest.mark.parametrize("system_id", SYSTEMS)
def test_every_system_has_sentences_in_both_languages(system_id: str) -> None:
    for language, end in (("en", "It is not a forecast."), ("zh", "这不是预测。")):
        for words in ((), ("tsmc",), ("korea-hbm",)):
            said = supply(LIBRARY, system_id, words).sentences(language)
            assert said[-1].endswith(end)
            assert not any(word in " ".join(said) for word in ("None", "nan"))


def test_every_origin_of_the_catalogue_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    said: dict[tuple[str, str], tuple[tuple[Maker, ...], str]] = {}
    for system_id in SYSTEMS:
        for step in supply(LIBRARY, system_id).steps:
            said.setdefault((step.part, step.step), (step.makers, step.unknown))
    used = {LIBRARY.get("system", one).words["chip"] for one in SYSTEMS}
    for chip in used:
        words = LIBRARY.get("chip", chip).words
        for path in words:
            if path.startswith("origin.") and path != "origin.unknown":
                makers, _ = said[chip, path.removeprefix("origin.")]
                assert [one.source for one in makers] == [one["source"] for one in words[path]]
        for step, reason in words.get("origin.unknown", {}).items():
            assert said[chip, step][1] == reason


def test_json_of_a_system(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "gb200-nvl72", "--cut", "tsmc", "--format", "json")
    found = json.loads(out)
    assert (status, err, found["schema"], found["buildable"]) == (0, "", "podcalc.supply/1", False)
    assert {"by_country", "by_supplier", "unknown", "hhi", "single_points", "buildable", "units"} <= set(found)
    assert sum(found["by_country"].values()) + found["unknown"] == pytest.approx(1.0)
    assert 0 < found["hhi"] <= 1
    status, out, err = run(capsys, "cloudmatrix-384", "--cut", "korea-hbm", "--format", "json")
    assert json.loads(out)["buildable"] is None


@pytest.mark.parametrize("kind", ["table", "json", "csv", "md"])
@pytest.mark.parametrize(
    "arguments",
    [["gb200-nvl72", "--weight", "power"], ["--cut", "tsmc"], ["--best", "--cut", "TW"], ["--cuts"]],
)
def test_every_table_has_every_format(capsys: pytest.CaptureFixture[str], arguments: list[str], kind: str) -> None:
    status, out, err = run(capsys, *arguments, "--format", kind)
    assert (status, err) == (0, "")
    assert len(out.splitlines()) > 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["gb200-nvl72", "--cut", "tmsc"], "no supplier, country or shock 'tmsc'. Did you mean 'tsmc'?"),
        (["gb200-nvl72", "--cut", "hmb:KR"], "no step 'hmb'. Did you mean 'hbm'?"),
        (["gb200-nvl72", "--cut", ""], "no supplier, country or shock ''."),
        (["h100-sxm"], "no system 'h100-sxm'. (it is a chip; systems with it: colossus-h100, dgx-h100,"),
        (["gb200-nvl27"], "no system 'gb200-nvl27'. Did you mean 'gb200-nvl72'?"),
        (["gb200-nvl72", "--weight", "mass"], "no weight 'mass'. There are: chips, parts, power."),
        (["gb200-nvl72", "--best"], "--best is of the whole catalogue; leave out the system, or --best"),
    ],
)
def test_bad_input(capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "")
    assert err.startswith(f"podcalc: {message}")
    assert len(err.splitlines()) == 1


def test_errors_from_python() -> None:
    with pytest.raises(UnknownNameError, match="no weight 'mass'"):
        calc.supply("gb200-nvl72", weight="mass")
    with pytest.raises(UnknownNameError, match="no weight 'mass'"):
        outlook(LIBRARY, weight="mass")
    with pytest.raises(CalcError):
        calc.supply("gb200-nvl72", "nobody")


@pytest.mark.parametrize(
    ("origin", "message"),
    [
        ("{fabricated: TSMC}", "'TSMC' has no source; write {company: TSMC"),
        ("{fabricated: {source: s1, confidence: reported}}", "names neither company nor country"),
        (
            "{fabricated: {company: TSMC, country: Taiwan, source: s1, confidence: reported}}",
            "'Taiwan' is not a country",
        ),
        ("{fabricated: {company: TSMC, node: 5nm, source: s1, confidence: reported}}", "'5nm' is not a node"),
        ("{memory: {company: Micron, node: 5 nm, source: s1, confidence: reported}}", "gives a node under memory"),
        ("{fabricated: {company: TSMC, source: s1, confidence: derived}}", "is derived but gives no note"),
        ("{fabricted: {company: TSMC, source: s1, confidence: reported}}", "did you mean 'fabricated'?"),
        ("{unknown: {fabrication: not published}}", "'fabrication' is not one of the words allowed"),
    ],
)
def test_faults_of_an_origin(origin: str, message: str) -> None:
    text = (Path(calc.__file__).parents[1] / "specs/chips/groq-lpu-v1.yaml").read_text(encoding="utf-8")
    head = text[: text.index("\norigin:")]
    _, faults = compile_spec(f"{head}\norigin: {origin}\n", "chip-1.yaml", "chip-1")
    assert message in "\n".join(map(str, faults))


def test_a_spec_is_shown_with_its_origins(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "ascend-910c"]) == 0
    said = capsys.readouterr().out
    assert "origin.fabricated: TSMC, TW, N7, 7 nm, stock only (reported, businesstimes-910c; dies" in said
    assert "origin.memory unknown: whether a Chinese maker has taken over is not published" in said
    assert "{'" not in said

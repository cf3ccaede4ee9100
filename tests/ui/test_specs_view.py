"""The specs view: filters, the reader, and specs that a visitor brings."""

from __future__ import annotations

import io
import zipfile

import pytest
from streamlit.testing.v1 import AppTest
from viewing import html, link, text, viewed, widget

import calc
from calc.studies.catalogue import entries
from ui.views.specs import filters_of

CHIP = """\
kind: chip
name: Maker Chip <script>alert(1)</script>
vendor: Maker
country: US
checked: 2026-11-25
dies: {value: 1, source: nvidia-gb200-nvl72-page, confidence: datasheet}
flop_rate: {bf16: {dense: {value: 500 TFLOP/s, source: nvidia-gb200-nvl72-page, confidence: datasheet}}}
power: {value: 600 W, source: nvidia-gb200-nvl72-page, confidence: datasheet}
"""
SYSTEM = """\
kind: system
name: Maker Pod
vendor: Maker
country: US
checked: 2026-11-25
chip: maker-chip
chips_per_node: {value: 8, source: nvidia-gb200-nvl72-page, confidence: datasheet}
nodes: {value: 4, source: nvidia-gb200-nvl72-page, confidence: datasheet}
"""
BOTH = f"# file: maker-chip.yaml\n{CHIP}# file: maker-pod.yaml\n{SYSTEM}"


def brought(typed: str = "", files: list[tuple[str, bytes]] | None = None, page: AppTest | None = None) -> AppTest:
    page = page or viewed("specs")
    if typed:
        widget(page, "text_area", "bring_text").set_value(typed).run()
    if files:
        uploader = widget(page, "file_uploader", "bring_files")
        for name, data in files:
            uploader.upload(name, data)
        page.run()
    widget(page, "button", "bring_check").click().run()
    return page


def test_the_catalogue_is_there_to_filter() -> None:
    every = entries(calc.library(), "system")
    page = viewed("specs", find="vendor:Huawei")
    chosen = [one for one in every if one.words["vendor"] == "Huawei"]
    assert f"{len(chosen)} of {len(every)} shown." in text(page)
    page = viewed("specs")
    widget(page, "text_input", "filter_power.all_in").set_value(">=0.5 MW").run()
    assert link(page)["find"] == ["power.all_in:>=0.5 MW"]
    chosen = [one for one in every if (one.figures["power.all_in"] or 0.0) >= 500e3]
    assert f"{len(chosen)} of {len(every)} shown." in text(page)
    widget(page, "button", "filters_clear").click().run()
    assert "find" not in link(page)


def test_what_is_no_filter_is_answered_and_the_rest_lives() -> None:
    page = viewed("specs", find="power.all_in:9**9**9;vendor:NVIDIA;nonsense:3;:;;")
    assert "Power, all-in: '9**9**9' is not a number and a unit" in text(page)
    assert "could not be drawn" not in text(page)
    page = viewed("specs", find="vendor:Nobody")
    assert "No spec matches every filter; clear one." in text(page)


def test_filters_are_read_from_a_link() -> None:
    assert filters_of("vendor:Huawei;chips:>=10;;x") == {"vendor": "Huawei", "chips": ">=10"}


def test_a_spec_is_read_with_every_reading() -> None:
    said = text(viewed("specs", spec="cloudmatrix-384"))
    for words in ("599821 W", "559378 W", "SemiAnalysis", "comparison table, all-in system power", "estimated"):
        assert words in said
    assert 'rel="noopener noreferrer"' in html(viewed("specs", spec="cloudmatrix-384"))


@pytest.mark.parametrize("kind", list(calc.catalogue.COLUMNS))
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_kind_can_be_read(kind: str, language: str) -> None:
    for spec in calc.library().ids(kind)[:4]:
        said = text(viewed("specs", kind=kind, spec=spec, lang=language))
        assert "could not be drawn" not in said
        assert "无法绘制" not in said


def test_an_unknown_spec_in_a_link_is_said() -> None:
    said = text(viewed("specs", spec="gb200-nvl27<script>"))
    assert "No spec ‘gb200-nvl27<script>’ of this kind. Did you mean gb200-nvl72?" in said


def test_a_chip_and_a_system_pasted_together_join_the_basket() -> None:
    page = brought(BOTH)
    assert "No faults. In the basket now: Maker Pod. Kept: maker-chip." in text(page)
    assert "maker-pod" in link(page)["s"][0]
    assert "Nobody else sees these" in text(page)
    assert "<script>" not in html(page)
    # Another session has nothing of it.
    other = viewed("specs", s="cloudmatrix-384,gb200-nvl72,maker-pod")
    assert "maker-pod" not in other.session_state["podcalc_state"].systems
    assert "Maker Pod" not in text(other)
    widget(page, "button", "held_remove_maker-chip.yaml").click().run()
    assert "maker-pod" not in link(page).get("s", [""])[0]


def test_a_name_with_a_script_is_text_wherever_it_stands() -> None:
    page = brought(BOTH)
    widget(page, "button_group", "specs_kind").set_value("chip").run()
    widget(page, "selectbox", "specs_spec").set_value("maker-chip").run()
    assert "<script>" not in html(page)


def test_a_broken_spec_is_shown_with_its_places_and_the_basket_is_untouched() -> None:
    page = brought(BOTH.replace("vendor", "vendr").replace("600 W", "600 GB"))
    said = text(page)
    assert "nothing was added and the basket is as it was" in said
    assert "maker-chip.yaml:3:1: vendr: no such key; did you mean 'vendor'?" in said
    assert "'600 GB' is a size; this value needs a power such as '1.2 kW'" in said
    assert "vendr: Maker\n^" in said
    assert link(page).get("s") is None
    # Mended, it joins.
    page = brought(BOTH, page=page)
    assert "In the basket now: Maker Pod." in text(page)


def test_files_are_uploaded_together() -> None:
    page = brought(files=[("maker-chip.yaml", CHIP.encode()), ("maker-pod.yaml", SYSTEM.encode())])
    assert "In the basket now: Maker Pod." in text(page)


def _zip() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("a.yaml", "kind: chip")
    return data.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (_zip(), "x.yaml:1:1: is not text; a spec file is YAML in UTF-8"),
        (bytes(range(256)), "x.yaml:1:1: is not text; a spec file is YAML in UTF-8"),
        (b"kind: \xff\xfe", "x.yaml:1:7: byte 0xff is not UTF-8; save the file as UTF-8"),
        (b"a" * (10 << 20), "x.yaml:1:1: is 10,485,760 bytes; a spec file is at most 1,048,576"),
        (b"a: &b 1\nc: *b\n", "x.yaml:1:4: a: '&b' is an anchor; write the value out where it is used"),
        (b"kind: chip\nkind: chip\n", "stands twice, first in line 1; keep one"),
        (b"", "x.yaml:1:1: is empty"),
    ],
)
def test_what_is_no_spec_is_refused_in_words(data: bytes, said: str) -> None:
    page = brought(files=[("../../x.yaml", data)])
    assert said in text(page)
    assert link(page).get("s") is None


def test_nothing_pasted_and_too_much_of_it() -> None:
    assert "is empty; paste a spec, or start from a template" in text(brought())
    many = "".join(f"# file: chip-{i}.yaml\n{CHIP}" for i in range(25))
    assert "is one of 25 files; a session holds 20, so remove some first" in text(brought(many))
    twice = f"# file: a.yaml\n{CHIP}# file: a.yaml\n{CHIP}"
    assert "is given twice; give each file a name of its own" in text(brought(twice))


@pytest.mark.parametrize("kind", list(calc.catalogue.COLUMNS))
def test_templates_are_clean(kind: str) -> None:
    page = viewed("specs")
    widget(page, "button", f"template_{kind}").click().run()
    assert f"# file: my-{kind}.yaml" in widget(page, "text_area", "bring_text").value
    widget(page, "button", "bring_check").click().run()
    assert "No faults." in text(page)


def test_a_full_basket_says_what_did_not_fit() -> None:
    eight = ",".join(calc.library().ids("system")[:8])
    page = brought(BOTH, page=viewed("specs", s=eight))
    assert "The basket is full; remove a system to add: maker-pod." in text(page)


def test_in_chinese() -> None:
    page = brought(BOTH, page=viewed("specs", lang="zh"))
    assert "没有错误。已加入对比：Maker Pod。 已保留：maker-chip。" in text(page)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_how_much_is_known_is_counted(language: str) -> None:
    page = viewed("specs", kind="chip", lang=language)
    total = calc.coverage("chips").total("chip")
    assert not page.exception
    heads = [one.label for one in page.expander]
    assert any(f"{round(total.share * 100)} %" in head and f"{total.of:,}" in head for head in heads)
    table = next(one.value for one in page.dataframe if "%" in one.value.columns)
    assert len(table) == len(calc.coverage("chips").figures)
    assert table[{"en": "known", "zh": "已知"}[language]].sum() == total.total

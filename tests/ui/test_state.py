"""A page's state and a link hold the same, and a link that does not fit gives what it can."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import calc
from ui.state import DEFAULT_BASKET, MOST, VIEW_KEYS, Lost, PageState, fault_of, restore, to_query, without_strays

A, B = DEFAULT_BASKET
LIBRARY = calc.library()
SYSTEMS = LIBRARY.ids("system")
SOURCES = ["semianalysis-cm384-2025-04", "reportify-cm384-500kw", "zuo-2025-cm384-v1"]


@st.composite
def states(draw: st.DrawFn) -> PageState:
    """States that a visitor can reach."""
    state = PageState()
    for system in draw(st.lists(st.sampled_from(SYSTEMS), max_size=6)):
        state = state.leave(system) if system in state.systems else state.join(system)
    state = replace(
        state,
        precision=draw(st.sampled_from(calc.names.PRECISIONS)),
        sparse=draw(st.booleans()),
        per=draw(st.sampled_from(calc.figures.PER)),
        iec=draw(st.booleans()),
        only_differences=draw(st.booleans()),
        every_row=draw(st.booleans()),
        language=draw(st.sampled_from(["", "en", "zh"])),
        why=draw(st.sampled_from(["", "flop_rate", "power.all_in"])),
    )
    if bool(state.systems) and draw(st.booleans()):
        state = replace(state, chosen=str(draw(st.sampled_from(list(state.systems)))))
        # Saying what is so anyway is not kept in a link.
        if state.chosen == replace(state, chosen="").base:
            state = replace(state, chosen="")
    if A in state.systems:
        state = replace(state, prefer=tuple(draw(st.lists(st.sampled_from(SOURCES), unique=True, max_size=2))))
        state = state.set(f"{A}:power.all_in", draw(st.sampled_from(["", "559 kW"])))
    if state.systems:
        state = state.set("pue", draw(st.sampled_from(["", "1.2"])))
    return state.put(x=draw(st.sampled_from(["", "flop_rate"])), of=draw(st.sampled_from(["", A])))


@settings(max_examples=60, deadline=None)
@given(states())
def test_a_link_gives_the_state_back(state: PageState) -> None:
    assert restore(to_query(state), LIBRARY) == (state, [])


def test_the_default_needs_no_link() -> None:
    assert to_query(PageState()) == {}
    assert restore({}, LIBRARY) == (PageState(), [])


def test_a_link_says_only_what_is_not_default() -> None:
    assert to_query(replace(PageState(), precision="fp8", why="price")) == {"v": ["1"], "p": ["fp8"], "why": ["price"]}
    assert to_query(replace(PageState(), chosen=B)) == {}
    assert to_query(replace(PageState(), chosen=A)) == {"v": ["1"], "base": [A]}


def test_colours_stay_with_their_systems() -> None:
    state = PageState().join("dgx-h100").join("gb300-nvl72")
    assert [state.slot(system) for system in state.systems] == [0, 1, 2, 3]
    left = state.leave(A)
    assert [left.slot(system) for system in left.systems] == [1, 2, 3]
    assert to_query(left)["s"] == [",gb200-nvl72,dgx-h100,gb300-nvl72"]
    back = left.leave("dgx-h100").join("dgx-a100").join(A)
    assert (back.slot(A), back.slot("dgx-a100"), back.slot("gb300-nvl72")) == (0, 2, 3)


def test_a_basket_has_as_many_places_as_there_are_colours() -> None:
    state = PageState()
    for system in SYSTEMS:
        state = state.join(system)
    assert len(state.systems) == min(MOST, len(SYSTEMS))
    assert {state.slot(system) for system in state.systems} == set(range(len(state.systems)))
    assert (state.slot(A), state.slot(B)) == (0, 1)


def test_the_baseline_follows_the_basket() -> None:
    assert PageState().base == B
    assert PageState().leave(B).base == A
    assert PageState(slots=()).base == ""
    assert replace(PageState(), chosen=A).leave(A).base == B
    assert PageState().others == (A,)


def test_what_was_set_for_a_system_leaves_with_it() -> None:
    state = PageState().set(f"{A}:power.all_in", "559 kW").set("pue", "1.2")
    state = replace(state, prefer=("semianalysis-cm384-2025-04",))
    left = without_strays(state.leave(A), LIBRARY)
    assert left.settings == (("pue", "1.2"),)
    assert left.prefer == ()
    assert state.set("pue", "").settings == ((f"{A}:power.all_in", "559 kW"),)


def test_views_keep_only_what_they_have_named() -> None:
    assert PageState().put(of="x", zzz="y").view == (("of", "x"),)
    assert PageState().put(of="x").put(of="").view == ()
    assert PageState().put(of="x").get("of") == "x"
    assert PageState().get("goal", "flop_rate") == "flop_rate"


@pytest.mark.parametrize(
    ("query", "lost"),
    [
        ({"s": ["cloudmatrix-384,gb200-nvl27"]}, Lost("system", "gb200-nvl27", "GB200 NVL72")),
        ({"s": ["zzz"]}, Lost("system", "zzz")),
        ({"base": ["dgx-h100"]}, Lost("base", "dgx-h100")),
        ({"p": ["bf61"]}, Lost("p", "bf61", "bf16")),
        ({"per": ["rak"]}, Lost("per", "rak", "rack")),
        ({"lang": ["xx"]}, Lost("lang", "xx")),
        (
            {"prefer": ["semianalysis-cm384-2025-05"]},
            Lost("source", "semianalysis-cm384-2025-05", "semianalysis-cm384-2025-04"),
        ),
        ({"why": ["power.allin"]}, Lost("quantity", "power.allin", "power.all_in")),
        ({"why": ["chip.dies"]}, Lost("quantity", "chip.dies", "chip.price")),
        ({"v": ["99"]}, Lost("version", "99")),
        ({"set": ["pue"]}, Lost("setting", "pue", "path=value")),
        ({"set": ["dgx-h100:pue=1.2"]}, Lost("setting", "dgx-h100:pue=1.2", "no system 'dgx-h100' in the basket")),
        (
            {"set": ["pu=1.2"]},
            Lost("setting", "pu=1.2", "no input 'pu'. Did you mean 'pue'? (podcalc inputs cloudmatrix-384)"),
        ),
    ],
    ids=str,
)
def test_what_cannot_be_restored_is_said_and_the_rest_is_there(query: dict[str, list[str]], lost: Lost) -> None:
    state, said = restore({**query, "sparse": ["1"]}, LIBRARY)
    assert said == [lost]
    assert state.sparse


def test_number_expressions_in_a_link_do_not_run() -> None:
    state, lost = restore({"set": ["power.all_in=9**9**9 kW", "pue=1.2"]}, LIBRARY)
    assert lost[0].what == "setting"
    assert "a number is not an expression" in lost[0].hint
    assert state.settings == (("pue", "1.2"),)


def test_two_hundred_systems_are_capped_with_a_sentence() -> None:
    many = [f"nothing-{i}" for i in range(200)]
    state, lost = restore({"s": [",".join([A, *many, B])]}, LIBRARY)
    assert state.systems == (A, B)
    assert [item.what for item in lost] == ["system"] * 4 + ["more"]
    assert lost[-1].given == "196"
    every, said = restore({"s": [",".join(SYSTEMS * 10)]}, LIBRARY)
    assert len(every.systems) == min(MOST, len(SYSTEMS))
    assert [(item.what, item.given, item.hint) for item in said] == [("many", str(len(SYSTEMS) - MOST), str(MOST))]


def test_an_empty_basket_has_its_own_link() -> None:
    empty = PageState(slots=())
    assert to_query(empty) == {"v": ["1"], "s": ["none"]}
    assert restore(to_query(empty), LIBRARY) == (empty, [])


@settings(max_examples=80, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            ["v", "s", "base", "p", "per", "sparse", "iec", "diff", "rows", "prefer", "set", "lang", "why", *VIEW_KEYS]
        ),
        st.lists(st.text(max_size=80), max_size=3),
        max_size=6,
    )
)
def test_garbage_is_never_more_than_lost(query: dict[str, list[str]]) -> None:
    state, lost = restore(query, LIBRARY)
    assert all(len(item.given) <= 60 for item in lost)
    assert restore(to_query(state), LIBRARY)[0] == state
    if state.systems:
        calc.compare(state.systems, state.base, state.scenario(), state.per, library=LIBRARY)


def test_a_setting_is_checked_for_every_system_it_is_for() -> None:
    assert fault_of(PageState(), "pue", "1.3", LIBRARY) == ""
    assert "no input" in fault_of(PageState(), "nothing", "1", LIBRARY)
    assert fault_of(PageState(), "", "1", LIBRARY) == "path=value"

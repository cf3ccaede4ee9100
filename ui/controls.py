"""The second line of controls of the workload views: each keeps what it says in the link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

import calc
from ui import asked, session

__all__ = ["choice", "mapping_words", "model", "number", "number_format", "parts"]


def _key(name: str, value: object) -> str:
    """A widget shows what the state says, wherever that came from."""
    key = f"workload_{name}"
    st.session_state[key] = value
    return key


def model(wanted: asked.Asked, view: str, library: calc.Library) -> None:
    """The network, by its name; typing searches."""
    _ = session.say()

    def keep() -> None:
        given = st.session_state["workload_m"]
        session.update(lambda state: state.put(m="" if given == asked.MODELS[view] else given))

    known = sorted(library.ids("model"), key=lambda one: library.get("model", one).short.lower())
    st.selectbox(
        _("Model"),
        known,
        format_func=lambda one: library.get("model", one).short,
        key=_key("m", wanted.model),
        on_change=keep,
        width=210,
    )


def number_format(wanted: asked.Asked, view: str) -> None:
    """The number format, or each system's own 8-bit one."""
    _ = session.say()
    offered = list(dict.fromkeys((*calc.workloads.FORMATS, wanted.number_format)))

    def keep() -> None:
        given = st.session_state["workload_num"]
        session.update(lambda state: asked.with_format(state, view, given))

    st.selectbox(
        _("Number format"),
        offered,
        format_func=lambda one: _("native 8-bit") if one == calc.workloads.EIGHT_BIT else one.upper(),
        key=_key("num", wanted.number_format),
        on_change=keep,
        width=132,
    )


def choice(
    label: str, options: Sequence[str], called: Mapping[str, str], value: str, name: str, *, clears: str = ""
) -> None:
    """One of few words, the first the default.

    Parameters
    ----------
    label : of the control.
    options, called : ids, and what they are called.
    value : which is chosen.
    name : in the link.
    clears : a name in the link that makes no sense with another option.
    """

    def keep() -> None:
        given = st.session_state[f"workload_{name}"]
        dropped = {clears: ""} if clears else {}
        session.update(lambda state: state.put(**{name: "" if given == options[0] else given, **dropped}))

    st.segmented_control(
        label, options, format_func=called.__getitem__, required=True, key=_key(name, value), on_change=keep, wrap=False
    )


def number(
    label: str, name: str, value: float | None, *, default: float | None = None, empty: str | None = None
) -> None:
    """A number.

    Parameters
    ----------
    label : of the control.
    name : in the link.
    value : what it is.
    default : what it is unless chosen; that of `asked.DEFAULTS` unless said.
    empty : what an empty one means; it may not be empty where this is not said.
    """
    usual = asked.DEFAULTS.get(name) if default is None else default
    least, most = asked.NUMBERS[name]
    whole = name in asked.WHOLE

    def keep() -> None:
        given = st.session_state[f"workload_{name}"]
        session.update(lambda state: state.put(**{name: asked.to_text(given, usual)}))

    cast = int if whole else float
    bounds: dict[str, Any] = {"min_value": cast(least), "max_value": cast(most)}
    if not whole:
        bounds |= {"step": 0.1, "format": "%0.2g"} if name == "accept" else {"step": 10.0, "format": "%0.10g"}
    if empty:
        # Without this, one that is emptied would become the least that is allowed.
        bounds |= {"value": None, "placeholder": empty}
    st.number_input(label, **bounds, key=_key(name, None if value is None else cast(value)), on_change=keep, width=136)


def mapping_words() -> Mapping[str, str]:
    """What recomputation and sharding are called."""
    _ = session.say()
    return {
        "none": _("none"),
        "selective": _("selective"),
        "operations": _("operations"),
        "full": _("full"),
        "zero1": "ZeRO-1",
        "zero2": "ZeRO-2",
        "zero3": "ZeRO-3",
        "tp": "tp",
        "pp": "pp",
        "ep": "ep",
        "micro_batch": _("micro-batch"),
        "recompute": _("recompute"),
        "sharding": _("sharding"),
    }


def parts(wanted: asked.Asked) -> None:
    """Parts of a mapping that are given; those left empty are searched."""
    _ = session.say()
    given, called = dict(wanted.fixed), mapping_words()

    def keep() -> None:
        said = {part: st.session_state[f"workload_fix_{part}"] for part in (*asked.PARTS, *asked.WORDS)}
        session.update(lambda state: state.put(fix=asked.fixed_text(said)))

    st.html(f'<p class="pc-note">{escape(_("What is left empty is searched."))}</p>')
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="mapping_controls"):
        for part in asked.PARTS:
            st.number_input(
                called[part],
                min_value=1,
                max_value=999_999,
                value=None,
                placeholder=_("searched"),
                key=_key(f"fix_{part}", given.get(part)),
                on_change=keep,
                width=130,
            )
        for part, words in asked.WORDS.items():
            st.selectbox(
                called[part],
                words,
                index=None,
                format_func=called.__getitem__,
                placeholder=_("searched"),
                key=_key(f"fix_{part}", given.get(part)),
                on_change=keep,
                width=140,
            )

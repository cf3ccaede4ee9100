"""Named scenarios: kept in the link, side by side, and as files that the command line takes."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import streamlit as st

import calc
from ui import bring, look, session
from ui.state import MOST_SAVED, PageState

__all__ = ["question", "read", "render", "the_same"]

_FAULTS = "scenario_faults"


def question(state: PageState, name: str = "") -> calc.scenario_text.Question:
    """What the page asks, as the library writes it out."""
    return calc.scenario_text.Question(state.systems, state.base, state.per, state.scenario(), name)


def render(state: PageState) -> None:
    """Draw the list of scenarios, and the ways to save and to load one."""
    _ = session.say()
    look.section(_("Scenarios"), _("Saved ones stand beside this one, and in the link."), minor=True)
    for i, (name, *settings) in enumerate(state.saved):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"saved_{i}"):
            st.html(f'<p class="pc-note"><b>{escape(name)}</b> {escape("; ".join(settings))}</p>')
            st.button(_("Use"), key=f"saved_use_{i}", type="tertiary", on_click=_use, args=(i,))
            st.button(_("Remove"), key=f"saved_remove_{i}", type="tertiary", on_click=_remove, args=(i,))
    with st.container(horizontal=True, gap="small", key="scenario_buttons"):
        full = len(state.saved) >= MOST_SAVED
        with st.popover(_("Save scenario"), disabled=not state.settings or full, key="scenario_save"):
            st.text_input(_("Name"), key="scenario_name", max_chars=60)
            st.button(_("Save"), key="scenario_keep", on_click=_keep)
        st.download_button(
            _("Download as YAML"),
            question(state).yaml(),
            file_name="scenario.yaml",
            mime="application/yaml",
            key="scenario_download",
            on_click="ignore",
        )
        with st.popover(_("Load a file"), key="scenario_load"):
            st.file_uploader(_("A file of ‘kind: scenario’, at most 1 MiB"), type=["yaml", "yml"], key="scenario_file")
            st.button(_("Load"), key="scenario_read", on_click=_load)
    if full:
        look.source_line(_("Four scenarios are kept at most; remove one to save another."))
    faults = st.session_state.get(_FAULTS)
    if faults:
        st.html(
            f'<p class="pc-refusal" role="alert">{escape(_("The file was not loaded; the page is as it was."))}</p>'
            f"{bring.faults_html(faults)}"
        )


def _keep() -> None:
    _ = session.say()
    name = str(st.session_state["scenario_name"]).replace("~", "-").strip()
    st.session_state["scenario_name"] = ""

    def kept(state: PageState) -> PageState:
        taken = {scenario[0] for scenario in state.saved}
        said = name or _("Scenario {number}").format(number=len(state.saved) + 1)
        settings = tuple(f"{path}={text}" for path, text in state.settings)
        others = tuple(scenario for scenario in state.saved if scenario[0] != said) if said in taken else state.saved
        return replace(state, saved=(*others, (said, *settings))[-MOST_SAVED:])

    session.update(kept)


def _use(i: int) -> None:
    def used(state: PageState) -> PageState:
        _name, *settings = state.saved[i]
        pairs = (one.partition("=") for one in settings)
        return replace(state, settings=tuple((path, text) for path, _equals, text in pairs))

    session.update(used)


def _remove(i: int) -> None:
    session.update(lambda state: replace(state, saved=(*state.saved[:i], *state.saved[i + 1 :])))


def _load() -> None:
    file = st.session_state.get("scenario_file")
    if file is not None:
        st.session_state[_FAULTS] = read(file.name, file.getvalue())


def read(name: str, data: bytes) -> calc.pasted.Checked | None:
    """Take a scenario's file over into the page; None where that went well, and what is wrong with it where not."""
    text = calc.pasted.decode(data, name)
    try:
        if not isinstance(text, str):
            raise calc.SpecError([text])
        asked = calc.scenario_text.read(text, name, session.library())
    except calc.SpecError as error:
        lines = text if isinstance(text, str) else ""
        return calc.pasted.Checked({}, [calc.pasted.quote(fault, lines) for fault in error.faults])

    def taken(state: PageState) -> PageState:
        basket = replace(state, slots=(), saved=(), settings=())
        for system in asked.systems:
            basket = basket.join(system)
        return replace(
            basket,
            chosen=asked.baseline or asked.systems[-1],
            per=asked.per,
            precision=asked.scenario.precision,
            sparse=asked.scenario.sparse,
            prefer=asked.scenario.prefer,
            settings=tuple((path, str(value)) for path, value in asked.scenario.set.items()),
        )

    session.update(taken)
    return None


def the_same(state: PageState) -> None:
    """The page's question as a command line and as Python."""
    _ = session.say()
    with st.expander(_("The same as command line and Python")):
        asked = question(state)
        st.code(asked.command(), language="bash", wrap_lines=True)
        st.code(asked.python(), language="python", wrap_lines=True)
        if session.own_specs():
            look.source_line(_("Specs of this session have to be in a folder that is named with --specs."))

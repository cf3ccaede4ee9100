"""Training a network: token rates, what a step and a chip's memory are made of, and the best mappings."""

from __future__ import annotations

import streamlit as st

import calc
from ui import asked, controls, look, session, workload
from ui.results import Results
from ui.state import PageState

__all__ = ["render"]

_COLUMNS = ("tp", "pp", "vp", "cp", "ep", "dp", "micro_batch")


def render(state: PageState) -> None:
    """Draw the view."""
    _ = session.say()
    library = session.library()
    if not state.systems:
        st.html(look.sentence(_("Add a system to see what it trains"), "headline", "h1"))
        return
    wanted = asked.ask(state, "train", library)
    _controls(wanted, library)
    shown = workload.results(state, library, wanted)
    workload.words(state, shown)
    if not shown.found:
        return
    with st.container(key="main_pair"):
        left, right = st.columns([55, 45], gap="large")
        with left:
            workload.bars(state, shown, library)
        with right:
            with look.guarded("delivered"):
                workload.delivered(state, shown)
            with look.guarded("binds"):
                _binds(state, shown)
    with look.guarded("mappings"):
        _mappings(state, shown)
    with look.guarded("accuracy"):
        workload.accuracy_line("train", shown.model)


def _controls(wanted: asked.Asked, library: calc.Library) -> None:
    _ = session.say()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="workload_controls"):
        controls.model(wanted, "train", library)
        controls.number_format(wanted, "train")
        controls.number(_("Chips"), "chips", wanted.chips, empty=_("one system each"))
        controls.number(_("Sequences per step"), "batch", wanted.batch)
        controls.number(_("Tokens per sequence"), "seq", wanted.sequence)
        label = _("Mapping parts") + (f" · {len(wanted.fixed)}" if wanted.fixed else "")
        with st.popover(label, key="mapping_parts"):
            controls.parts(wanted)


def _binds(state: PageState, shown: Results) -> None:
    _ = session.say()
    look.section(
        _("What binds"),
        _("The largest group of parts of the best step; MFU: share of the peak that is used"),
        minor=True,
    )
    rows = [
        f'<tr><th scope="row" class="pc-left">{look.swatch(state.slot(system))}{shown.titles[system]}</th>'
        f'<td class="pc-left">{workload.part_word(found.bound_by)}</td>'
        f"<td>{calc.narrate_accuracy.percent(found.mfu[0])}</td>"
        f"<td>{calc.narrate_workloads.amount(found.step_time[0])}</td></tr>"
        for system, found in shown.found.items()
    ]
    workload.table((_("System"), _("bound by"), "MFU", _("step, s")), rows, (0, 1), _("What binds"))


def _mappings(state: PageState, shown: Results) -> None:
    _ = session.say()
    look.section(
        _("The best mappings"),
        _("tp tensor, pp pipeline, vp virtual stages, cp context, ep expert, dp data parallel"),
    )
    found = shown.found[workload.chosen(state, shown)]
    amount = calc.narrate_workloads.amount
    called = controls.mapping_words()
    rows = [
        f'<tr><th scope="row" class="pc-left">{place}</th>'
        + "".join(f"<td>{mapping[part]}</td>" for part in _COLUMNS)
        + f'<td class="pc-left">{called.get(str(mapping["recompute"]), mapping["recompute"])}</td>'
        f'<td class="pc-left">{called.get(str(mapping["sharding"]), mapping["sharding"])}</td>'
        f"<td>{amount(step)}</td>"
        f'<td class="pc-strong">{amount(rate)}</td><td>{amount(low)} … {amount(high)}</td>'
        f"<td>{calc.narrate_accuracy.percent(mfu)}</td></tr>"
        for place, (mapping, step, rate, low, high, mfu) in enumerate(
            zip(
                found.mappings, found.step_time, found.token_rate_per_chip, found.low, found.high, found.mfu,
                strict=True,
            ),
            1,
        )
    ]  # fmt: skip
    heads = (
        _("Place"), *_COLUMNS[:-1], _("micro-batch"), _("recompute"), _("sharding"), _("step, s"),
        _("tokens/s per chip"), _("80 % interval"), "MFU",
    )  # fmt: skip
    workload.table(heads, rows, (0, 8, 9), _("The best mappings"), "pc-mappings")
    said = _("{name}: {all} mappings, {tried} tried, {fit} fit. The rest breaks a rule, or does not fit.")
    look.source_line(
        said.format(
            name=shown.titles[found.system],
            all=f"{found.candidates:,}",
            tried=f"{found.evaluated:,}",
            fit=f"{found.feasible:,}",
        )
    )

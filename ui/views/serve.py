"""Serving a network: throughput against the speed of each user, what a step is made of, and the best splits."""

from __future__ import annotations

import streamlit as st

import calc
from ui import asked, controls, look, session, workload, workload_pictures
from ui.results import Results
from ui.state import PageState

__all__ = ["render"]


def render(state: PageState) -> None:
    """Draw the view."""
    _ = session.say()
    library = session.library()
    if not state.systems:
        st.html(look.sentence(_("Add a system to see what it serves"), "headline", "h1"))
        return
    wanted = asked.ask(state, "serve", library)
    _controls(wanted, library)
    shown = workload.results(state, library, wanted)
    workload.words(state, shown)
    if not shown.found:
        return
    with st.container(key="main_pair"):
        left, right = st.columns(2, gap="large")
        with left:
            with look.guarded("rates"):
                _rates(state, shown, library)
            with look.guarded("delivered"):
                workload.delivered(state, shown, minor=True)
        with right:
            workload.bars(state, shown, library)
    with look.guarded("splits"):
        _splits(state, shown)
    with look.guarded("accuracy"):
        workload.accuracy_line(wanted.doing, shown.model)


def _controls(wanted: asked.Asked, library: calc.Library) -> None:
    _ = session.say()
    decode = wanted.doing == "decode"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="workload_controls"):
        controls.model(wanted, "serve", library)
        controls.number_format(wanted, "serve")
        controls.choice(
            _("Phase"),
            asked.PHASES,
            {"decode": _("decode"), "prefill": _("prefill")},
            wanted.doing,
            "phase",
            clears="limit",
        )
        controls.number(_("Tokens in"), "in", wanted.input_len)
        if decode:
            controls.number(_("Tokens out"), "out", wanted.output_len)
        controls.number(
            _("Limit, ms per token") if decode else _("Limit, ms to first token"),
            "limit",
            wanted.limit and wanted.limit * 1e3,
            default=asked.LIMITS[wanted.doing],
            empty=_("none"),
        )
        if decode and calc.workloads.model(library, wanted.model).drafts:
            controls.number(_("Drafts accepted, share"), "accept", wanted.acceptance)


def _rates(state: PageState, shown: Results, library: calc.Library) -> None:
    _ = session.say()
    language, theme = session.language(), session.theme()
    points = workload_pictures.points(shown, library)
    if shown.asked.doing == "decode":
        title = calc.narrate_workloads.curves_title(
            [calc.workloads.curve(found, calc.load(system, library=library)) for system, found in shown.found.items()],
            language,
        )
        said = _("Tokens/s per chip, up, against tokens/s per user, across; both log; band: 80 % interval")
    else:
        title = _("How fast prompts are read")
        said = _("Prompt tokens/s per chip; band: 80 % interval")
    look.section(title, said + (_("; ◆ published") if points else ""))
    drawn = workload_pictures.rates(shown, state, library, language, theme)
    look.chart(drawn.spec, drawn.words, "chart_rates")
    if points:
        cited = "; ".join(dict.fromkeys(_cited(one) for one in points))
        said = _("Published: {names}. Their lengths and formats may be others than those asked.")
        look.source_line(said.format(names=cited))


def _cited(one: calc.workloads.Published) -> str:
    _ = session.say()
    said = f"{one.source}, {one.place} ({one.precision.upper()})"
    if one.accepted is None:
        return said
    return _("{result}, with {share:.0%} of drafted tokens accepted").format(result=said, share=one.accepted)


def _splits(state: PageState, shown: Results) -> None:
    _ = session.say()
    decode = shown.asked.doing == "decode"
    look.section(
        _("The best splits of the chips"),
        _("tp tensor, dp data, ep expert parallel; ranks of one replica, each a chip or a die of it"),
    )
    found = shown.found[workload.chosen(state, shown)]
    amount = calc.narrate_workloads.amount
    rows = [
        f'<tr><th scope="row" class="pc-left">{place}</th>'
        + "".join(f"<td>{mapping[part]}</td>" for part in ("tp", "dp", "ep", "ranks"))
        + f"<td>{amount(batch)}</td><td>{calc.narrate_workloads.milliseconds(latency)}</td>"
        f'<td class="pc-strong">{amount(rate)}</td><td>{amount(low)} … {amount(high)}</td></tr>'
        for place, (mapping, batch, latency, rate, low, high) in enumerate(
            zip(
                found.mappings, found.batch_per_chip, found.latency, found.token_rate_per_chip, found.low, found.high,
                strict=True,
            ),
            1,
        )
    ]  # fmt: skip
    heads = (
        _("Place"), "tp", "dp", "ep", _("ranks"),
        _("sequences per chip") if decode else _("prompt tokens per chip"),
        _("ms per token") if decode else _("ms to first token"),
        _("tokens/s per chip"), _("80 % interval"),
    )  # fmt: skip
    workload.table(heads, rows, (0,), _("The best splits of the chips"))
    said = _(
        "{name}: {tried} splits and batches tried, {fit} fit. Most of its step: {part}. Engine constants: {engine}."
    )
    look.source_line(
        said.format(
            name=shown.titles[found.system],
            tried=f"{found.evaluated:,}",
            fit=f"{found.feasible:,}",
            part=workload.part_word(found.bound_by),
            engine=found.engine,
        )
    )

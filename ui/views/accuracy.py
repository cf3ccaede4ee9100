"""How well published measurements are predicted: run by run, by kind and by source."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

import calc
from ui import cached, look, session, workload, workload_charts
from ui.state import PageState

if TYPE_CHECKING:
    from calc.studies.accuracy import Accuracy, Summary

__all__ = ["render"]


def render(state: PageState) -> None:
    """Draw the view."""
    _ = session.say()
    language = session.language()
    found = _measured()
    together = calc.predicted.errors(list(found.values()))
    left_out = {name: one for each in found.values() for name, one in each.left_out.items()}
    kinds = {group: found[calc.predicted.kind_of(group)].kinds[group] for group in calc.predicted.GROUPS}
    st.html(
        look.sentence(calc.narrate_accuracy.headline(together, language), "headline", "h1")
        + look.sentence(calc.narrate_accuracy.standfirst(together, kinds, language), "standfirst")
        + look.sentence(calc.narrate_accuracy.sample(left_out, language), "basis")
    )
    asked = state.get("runs")
    group = asked if asked in calc.predicted.GROUPS else calc.predicted.GROUPS[0]
    one = found[calc.predicted.kind_of(group)]
    with st.container(key="main_pair"):
        left, right = st.columns([52, 48], gap="large")
        with left, look.guarded("runs"):
            _runs(one, group)
        with right:
            with look.guarded("kinds"):
                look.section(_("By kind"), _("Absolute relative errors; bias: predicted over measured, less one"))
                _errors({_words()[name]: summary for name, summary in kinds.items()}, _("Kind"))
            with look.guarded("sources"):
                look.section(_("By source"), _words()[group], minor=True)
                _errors(calc.predicted.by_source(one, group), _("Source"))
                _skipped(one)
            with look.guarded("file"):
                _download(found)


def _measured() -> Mapping[str, Accuracy]:
    """Every kind's predictions; the first who asks sees how far they are."""
    _ = session.say()
    kinds = dict.fromkeys(calc.predicted.kind_of(group) for group in calc.predicted.GROUPS)
    place, found = st.empty(), {}
    for done, kind in enumerate(kinds):
        if not cached.has_accuracy(kind):
            place.progress(done / len(kinds), _("Predicting the published runs …"))
        found[kind] = cached.accuracy(kind)
    place.empty()
    return found


def _words() -> Mapping[str, str]:
    _ = session.say()
    return {
        "serving": _("serving"),
        "training.dense": _("training, dense"),
        "training.moe": _("training, experts"),
        "gemm": _("matrix products"),
        "collectives": _("collectives"),
    }


def _runs(found: Accuracy, group: str) -> None:
    _ = session.say()
    language, theme = session.language(), session.theme()
    unit, _factor = calc.predicted.unit_of(group)
    units = {"us": _("microseconds"), "tokens/s": _("tokens/s per chip")}
    look.section(
        _("Predicted against measured"),
        _("{unit}, both log; the line is a perfect prediction, thin rules the 80 % intervals, hollow: outside").format(
            unit=units[unit]
        ),
    )
    called = _words()
    st.session_state["accuracy_runs"] = group
    st.segmented_control(
        _("Kind of prediction"),
        calc.predicted.GROUPS,
        format_func=called.__getitem__,
        required=True,
        key="accuracy_runs",
        on_change=_pick,
        label_visibility="collapsed",
    )
    dots = calc.predicted.dots(found, group)
    if not dots:
        look.refusal(_("No run of this kind is predicted."))
        return
    drawn = cached.keep(
        ("scatter", group, language, theme), lambda: workload_charts.scatter(dots, units[unit], language, theme)
    )
    look.chart(drawn, calc.narrate_accuracy.dots_in_words(dots, group, language), "chart_runs")


def _pick() -> None:
    given = st.session_state["accuracy_runs"]
    session.update(lambda state: state.put(runs="" if given == calc.predicted.GROUPS[0] else given))


def _errors(found: Mapping[str, Summary], name: str) -> None:
    _ = session.say()
    percent = calc.narrate_accuracy.percent
    rows = [
        f'<tr><th scope="row" class="pc-left">{escape(title)}</th><td>{one.rows:,}</td><td>{one.skipped:,}</td>'
        f'<td class="pc-strong">{percent(one.median_ape)}</td><td>{percent(one.mean_ape)}</td>'
        f"<td>{percent(one.p90_ape)}</td><td>{percent(one.bias, signed=True)}</td>"
        f"<td>{percent(one.coverage80)}</td></tr>"
        for title, one in found.items()
    ]
    heads = (
        name, _("runs"), _("skipped"), _("median"), _("mean"), _("9 in 10"), _("bias"), _("inside 80 %"),
    )  # fmt: skip
    workload.table(heads, rows, (0,), name, "pc-errors")


def _skipped(found: Accuracy) -> None:
    _ = session.say()
    reasons = list(dict.fromkeys(one.skipped for one in found.predictions if one.skipped))
    if reasons:
        look.source_line(_("Skipped: {reasons}.").format(reasons="; ".join(reasons)))


def _download(found: Mapping[str, Accuracy]) -> None:
    _ = session.say()

    def made() -> str:
        from calc import report_workloads, tables

        return tables.render(report_workloads.accuracy(calc.predicted.together(list(found.values()))), "csv") + "\n"

    st.download_button(
        _("Every run with its source, as CSV"), made, file_name="podcalc-accuracy.csv", mime="text/csv",
        key="accuracy_download", on_click="ignore", type="tertiary",
    )  # fmt: skip

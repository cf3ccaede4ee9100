"""What the views of workloads share: results of the basket, their words, tables and bars."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import streamlit as st

import calc
from ui import cached, look, session, workload_pictures
from ui.asked import Asked
from ui.results import Results, gather
from ui.state import PageState

__all__ = ["accuracy_line", "bars", "chosen", "delivered", "part_word", "results", "table", "words"]

_PATIENCE = 0.8


def results(state: PageState, library: calc.Library, asked: Asked) -> Results:
    """What each system of the basket does; long searches show how far they are.

    Parameters
    ----------
    state, library : the assumptions and the catalogue.
    asked : the workload.
    """
    _ = session.say()
    place = st.empty()
    with st.spinner(_("Working it out …")):
        shown = gather(state, library, asked, lambda title: _progress(place, title))
    place.empty()
    return shown


def _progress(place: Any, title: str) -> Callable[[int, int], None]:
    _ = session.say()
    begun = time.monotonic()
    last = begun

    def shown(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - begun > _PATIENCE and now - last > 0.2:
            last = now
            said = _("{name}: {done} of {total} mappings tried; change any control to cancel")
            place.progress(
                min(done / max(total, 1), 1.0), said.format(name=title, done=f"{done:,}", total=f"{total:,}")
            )

    return shown


def words(state: PageState, shown: Results) -> None:
    """Headline, standfirst, basis, and a sentence for each system that cannot."""
    language, narrate = session.language(), calc.narrate_workloads
    asked = shown.asked
    st.html(
        look.sentence(narrate.headline(shown.rates, shown.model, asked.doing, asked.limit, language), "headline", "h1")
        + look.sentence(
            narrate.standfirst(shown.rates, state.base, language, lone=len(state.systems) == 1), "standfirst"
        )
        + look.sentence(narrate.basis(shown.rates, language), "basis")
    )
    if shown.refused:
        said = "".join(
            f'<p class="pc-refusal">{look.swatch(state.slot(one.system))}{escape(narrate.refusal(one, language))}</p>'
            for one in shown.refused
        )
        st.html(f'<div role="status">{said}</div>')


def delivered(state: PageState, shown: Results, *, minor: bool = False) -> None:
    """A table of what each system does per chip, per kilowatt and as a whole, and what a token takes."""
    _ = session.say()
    amount = calc.narrate_workloads.amount
    look.section(
        _("What each delivers"),
        _("Tokens per second; kW and kJ all-in; the whole is a system, or the chips of the run"),
        minor=minor,
    )
    rows = []
    for one in shown.rates:
        absent = f'<span class="pc-absent">{escape(_("power not published"))}</span>'
        power = amount(one.per_kilowatt) if one.per_kilowatt else absent
        energy = amount(one.per_million) if one.per_million else "–"
        mark = look.ring("assumed", _("assumed")) if one.assumed else look.ring("derived", _("derived"))
        rows.append(
            f'<tr><th scope="row" class="pc-left">{look.swatch(state.slot(one.system))}{escape(one.title)}'
            f"<small>{one.chips:,} × {escape(one.chip)}</small></th>"
            f'<td class="pc-strong">{amount(one.per_chip)} {mark}'
            f"<small>{amount(one.low)} … {amount(one.high)}</small></td>"
            f"<td>{power}</td><td>{amount(one.whole)}</td><td>{energy}</td></tr>"
        )
    heads = (_("System"), _("per chip, 80 %"), _("per kW"), _("whole"), _("kJ per million tokens"))
    table(heads, rows, (0,), _("What each delivers"), "pc-delivered")


def table(heads: Sequence[str], rows: Sequence[str], left: Sequence[int], name: str, kind: str = "") -> None:
    """A small table that scrolls by itself where the page is narrower than it.

    Parameters
    ----------
    heads : of its columns.
    rows : as HTML.
    left : columns whose text begins at their left.
    name : what it is, for readers.
    kind : a class of its own.
    """
    st.html(
        f'<div class="pc-scroll" tabindex="0" role="region" aria-label="{escape(name)}">'
        f'<table class="pc pc-small {kind}">{look.table_head(heads, left)}<tbody>{"".join(rows)}</tbody></table></div>'
    )


def part_word(part: str) -> str:
    """What a part that binds a step is called."""
    _ = session.say()
    called = {
        "compute": _("arithmetic"),
        "memory": _("memory traffic"),
        "tensor_parallel": _("tensor-parallel exchange"),
        "context_parallel": _("context-parallel exchange"),
        "expert_parallel": _("expert-parallel exchange"),
        "data_parallel": _("data-parallel exchange"),
        "pipeline": _("waiting in the pipeline"),
        "host": _("host"),
        "products": _("matrix products"),
        "attention": _("attention"),
        "experts": _("experts"),
        "passes": _("element-wise passes"),
        "head": _("output head"),
        "tensor_exchange": _("tensor-parallel exchange"),
        "expert_exchange": _("expert-parallel exchange"),
        "stage_exchange": _("pipeline exchange"),
    }
    return called.get(part, part)


def bars(state: PageState, shown: Results, library: calc.Library) -> None:
    """Step time by part, and memory by part against its limit."""
    _ = session.say()
    language, theme = session.language(), session.theme()
    with look.guarded("step"):
        look.section(_step_title(shown), _step_words(shown))
        step = workload_pictures.step(shown, state, library, language, theme)
        look.chart(step.spec, step.words, "chart_step")
    with look.guarded("memory"):
        look.section(_("Memory against its limit"), _memory_words(shown))
        memory = workload_pictures.memory(shown, state, library, language, theme)
        look.chart(memory.spec, memory.words, "chart_memory")


def _step_title(shown: Results) -> str:
    _ = session.say()
    titles = {
        "train": _("What a training step is made of"),
        "decode": _("What a decode step is made of"),
        "prefill": _("What a prefill step is made of"),
    }
    return titles[shown.asked.doing]


def _step_words(shown: Results) -> str:
    _ = session.say()
    drawn = calc.workload_bars.step_bars(list(shown.found.values()))
    said = _("{unit}, by what takes the time").format(unit=drawn.unit)
    return said + (_("; dashed: chips wait") if calc.workload_bars.IDLE in drawn.groups else "")


def _memory_words(shown: Results) -> str:
    _ = session.say()
    if shown.asked.doing == "train":
        return _("GB of the fullest chip; the tick is what a chip has")
    return _("GB of one rank, a chip or a die of it; the tick is what it has")


def chosen(state: PageState, shown: Results) -> str:
    """The system whose mappings are shown, with a control to choose another."""
    _ = session.say()
    known = list(shown.found)
    asked = state.get("of")
    system = asked if asked in known else next((one for one in known if one != state.base), known[0])
    if len(known) > 1:
        st.session_state["workload_of"] = system
        st.segmented_control(
            _("System whose mappings are shown"),
            known,
            format_func=shown.titles.__getitem__,
            required=True,
            key="workload_of",
            on_change=session.put,
            args=("of", "workload_of"),
            label_visibility="collapsed",
        )
    return system


def accuracy_line(doing: str, model: calc.workloads.Model) -> None:
    """How far off this kind of prediction is; the first who asks waits for it where it is to stand."""
    _ = session.say()
    kind = "training" if doing == "train" else "serving"
    place = st.empty()
    if not cached.has_accuracy(kind):
        place.html(
            f'<p class="pc-note pc-waiting">{escape(_("Predicting the published runs, to say how far off …"))}</p>'
        )
    found = cached.accuracy(kind)
    group = calc.predicted.group_of(doing, model.experts)
    said = calc.narrate_accuracy.line(found.kinds[group], group, session.language())
    place.html(look.sentence(said, "note"))

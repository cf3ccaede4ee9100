"""How sure a ratio is, what it hangs on, and who is ahead over ranges of the inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

import calc
from ui import cached, look, range_charts, ranged, session
from ui.state import PageState
from ui.views import draws, explorer

if TYPE_CHECKING:
    from calc.studies.sensitivity import Sensitivity
    from calc.studies.uncertainty import Bands

__all__ = ["render"]

_STUDY = "study.yaml"


def render(state: PageState) -> None:
    """Draw the view."""
    _ = session.say()
    if not state.systems:
        st.html(look.sentence(_("Add a system to see how sure its ratios are"), "headline", "h1"))
        return
    # What the ratio is divided by is not asked here: over ranges it is of whole systems.
    state = replace(state, per="system")
    library = session.library()
    found = cached.comparison(library, state)
    if not state.others:
        title = library.get("system", state.base).short
        st.html(look.sentence(_("{name} alone has no ratio").format(name=title), "headline", "h1"))
        st.html(f'<p class="pc-standfirst">{escape(_("Add another system to see ratios."))}</p>')
        explorer.render(state, found)
        return
    system = _system(state)
    ratios = _ratios(found, system)
    if not ratios:
        st.html(look.sentence(_("The two have no figure in common"), "headline", "h1"))
        explorer.render(state, found)
        return
    goal = state.get("goal", ranged.GOAL)
    goal = goal if goal in ratios else next(iter(ratios))
    bands = hangs = None
    with look.guarded("draws"), st.spinner(_("Drawing from the ranges …")):
        bands = cached.bands(library, state)
        hangs = cached.sensitivity(library, state, system, goal)
    _words(state, found, (system, goal, ratios[goal]), bands, hangs)
    _controls(state, found, system, goal, list(ratios))
    if bands and hangs:
        with st.container(key="main_pair"):
            left, right = st.columns([52, 48], gap="large")
            with left, look.guarded("swings"):
                draws.swings(state, hangs, found)
            with right, look.guarded("spreads"):
                draws.spreads(state, bands)
    with st.container(key="range_pair"):
        left, right = st.columns([58, 42], gap="large")
        with left, look.guarded("plane"):
            _plane(state, found, system, goal)
        with right, look.guarded("conditions"):
            _conditions(state, found, system, goal)
    explorer.render(state, found)


def _system(state: PageState) -> str:
    asked = state.get("of")
    return asked if asked in state.others else state.others[0]


def _ratios(found: calc.Comparison, system: str) -> dict[str, float]:
    """The ratios to the baseline of all quantities of which more or less is better, by their names."""
    pairs = ((row.quantity, row.ratios[system]) for row in found.rows)
    return {quantity.name: ratio for quantity, ratio in pairs if quantity.better and ratio}


def _words(
    state: PageState,
    found: calc.Comparison,
    asked: tuple[str, str, float],
    bands: Bands | None,
    hangs: Sensitivity | None,
) -> None:
    """Headline, standfirst and basis; without what the draws say where they cannot be had."""
    language, titles, (system, goal, ratio) = session.language(), found.titles, asked
    band = bands.ratios[goal][system] if bands else None
    ends = (band.low, band.high) if band and band.low < band.high else None
    said = calc.narrate_ranges.headline(
        titles[system], titles[state.base], goal, ratio, ends, state.precision, language
    )
    st.html(look.sentence(said, "headline", "h1"))
    if bands and hangs:
        sentences = [calc.narrate_ranges.how_sure(bands, goal, system, language), hangs.sentence(language)]
        st.html(
            look.sentence(("" if language == "zh" else " ").join(filter(None, sentences)), "standfirst")
            + look.sentence(calc.narrate_ranges.drawn(bands, language), "basis")
        )


def _keep(key: str, name: str, usual: str) -> None:
    given = st.session_state[key]
    session.update(lambda state: state.put(**{name: "" if given == usual else given}))


def _controls(state: PageState, found: calc.Comparison, system: str, goal: str, goals: Sequence[str]) -> None:
    _ = session.say()
    language = session.language()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="range_controls"):
        if len(state.others) > 1:
            st.session_state["range_of"] = system
            st.segmented_control(
                _("System"),
                state.others,
                format_func=found.titles.__getitem__,
                required=True,
                key="range_of",
                on_change=_keep,
                args=("range_of", "of", state.others[0]),
                wrap=False,
            )
        st.session_state["range_goal"] = goal
        st.selectbox(
            _("To judge it by"),
            goals,
            format_func=lambda name: found.label_of(name, language),
            key="range_goal",
            on_change=_keep,
            args=("range_goal", "goal", ranged.GOAL),
            width=300,
        )


def _axes(state: PageState, options: Sequence[calc.plane.Input]) -> tuple[calc.plane.Input, calc.plane.Input]:
    """The inputs across and up: as chosen, or the two that matter most, the first up."""
    by_path = {one.path: one for one in options}

    def chosen(name: str, usual: calc.plane.Input) -> calc.plane.Input:
        path, ends = calc.plane.read_axis(state.get(name))
        return replace(by_path[path], ends=ends) if path in by_path else usual

    return chosen("hx", options[1]), chosen("hy", options[0])


def _plane(state: PageState, found: calc.Comparison, system: str, goal: str) -> None:
    _ = session.say()
    library, language, theme = session.library(), session.language(), session.theme()
    titles = found.titles
    wanted = [calc.plane.read_axis(state.get(name))[0] for name in ("hx", "hy")]
    options = cached.inputs(library, state, system, goal, wanted)
    title = _("Who is ahead over two inputs")
    if len(options) < 2:
        look.section(title)
        look.refusal(_("Fewer than two inputs move this ratio; choose another quantity."))
        return
    x, y = _axes(state, options)
    if x.path == y.path:
        look.section(title)
        _axis_controls(options, titles, x, y)
        look.refusal(_("Both axes are the same input; choose two."))
        return
    drawn = cached.plane(library, state, system, goal, x, y)
    look.section(title, _plane_words(drawn, found), key=_key(state, drawn, titles))
    _axis_controls(options, titles, x, y)
    said = calc.narrate_ranges.who_is_ahead(drawn, titles, state.precision, language)
    if not said:
        look.refusal(_("The ratio cannot be had anywhere on this map; choose other inputs."))
        return
    st.html(look.sentence(said, "finding"))
    key = ("heat", library.digest, replace(state, view=(), why=""), system, goal, x.text, y.text, language, theme)
    built = cached.keep(key, lambda: range_charts.heat(drawn, state, titles, language, theme))
    look.chart(built, calc.narrate.plain(said), "chart_heat")
    look.source_line(
        _("{count} points in one evaluation; all else as adopted, or as set on this page.").format(
            count=f"{drawn.ratio.size:,}"
        )
    )
    _the_same(drawn)


def _plane_words(drawn: calc.plane.Plane, found: calc.Comparison) -> str:
    _ = session.say()
    language = session.language()
    said = []
    for one in (drawn.y, drawn.x):
        unit = f", {one.lever.unit}" if one.lever.unit else ""
        said.append(f"{range_charts.axis_title(one, found.titles, language)}{unit}")
    return _("Ratio of {quantity}. Up: {up}. Across: {across}. Both log.").format(
        quantity=found.label_of(drawn.quantity.name, language), up=said[0], across=said[1]
    )


def _key(state: PageState, drawn: calc.plane.Plane, titles: Mapping[str, str]) -> str:
    """The steps of both colours with what they mean, as HTML."""
    _ = session.say()

    def cells(system: str, depths: Sequence[float]) -> str:
        return "".join(
            f'<i class="pc-slot-{state.slot(system)}" style="--pc-depth:{depth:.0%}"></i>' for depth in depths
        )

    ramp = range_charts.DEPTHS[:6]
    said = _("each step √2")
    return (
        f'<span class="pc-ramp">{escape(titles[drawn.system])} {cells(drawn.system, ramp[::-1])}'
        f"<b>1×</b>{cells(drawn.baseline, ramp)} {escape(titles[drawn.baseline])}, {escape(said)}</span>"
    )


def _axis_controls(
    options: Sequence[calc.plane.Input], titles: Mapping[str, str], x: calc.plane.Input, y: calc.plane.Input
) -> None:
    """Which input goes up and which across, and from where to where."""
    _ = session.say()
    language = session.language()
    called = {one.path: range_charts.axis_title(one, titles, language) for one in options}
    with st.container(horizontal=True, key="plane_axes", gap="small"):
        for name, label, chosen, usual in (("hy", _("Up"), y, options[0]), ("hx", _("Across"), x, options[1])):
            with st.container(width=310, gap="small"):
                st.session_state[f"plane_{name}"] = chosen.path
                st.selectbox(
                    label,
                    list(called),
                    format_func=called.__getitem__,
                    key=f"plane_{name}",
                    on_change=_keep,
                    args=(f"plane_{name}", name, usual.path),
                )
                _range(name, chosen, usual)


def _range(name: str, chosen: calc.plane.Input, usual: calc.plane.Input) -> None:
    _ = session.say()
    lever = chosen.lever
    key = f"plane_{name}_{chosen.path}"
    low, high = chosen.shown()
    st.session_state[key] = (low, high)
    st.slider(
        _("From, to") + (f", {lever.unit}" if lever.unit else ""),
        lever.reach(low)[0],
        lever.reach(high)[1],
        step=lever.step,
        format=f"%.{lever.places}f",
        key=key,
        on_change=_keep_range,
        args=(key, name, chosen, usual.path),
    )


def _keep_range(key: str, name: str, chosen: calc.plane.Input, usual: str) -> None:
    text = chosen.between(*st.session_state[key]).text
    session.update(lambda state: state.put(**{name: "" if text == usual else text}))


def _the_same(drawn: calc.plane.Plane) -> None:
    """The map's question as a study's file and a command."""
    _ = session.say()
    with st.expander(_("The same as a study")):
        text = drawn.study.yaml()
        st.code(text, language="yaml", wrap_lines=True)
        st.code(f"podcalc sweep {_STUDY} -o out/", language="bash", wrap_lines=True)
        st.download_button(
            _("Download as YAML"),
            text,
            file_name=_STUDY,
            mime="application/yaml",
            key="study_download",
            on_click="ignore",
        )
        if session.own_specs():
            look.source_line(_("Specs of this session have to be in a folder that is named with --specs."))


def _conditions(state: PageState, found: calc.Comparison, system: str, goal: str) -> None:
    _ = session.say()
    library, language, titles = session.library(), session.language(), found.titles
    rows = cached.conditions(library, state, system, goal)
    # What the system itself would have to be comes before what the other would.
    own = [one for one in rows if one.of == system and one.value is not None][:1]
    pair = [calc.load(one, library=library) for one in (system, state.base)]
    by_id = {one.id: one for one in pair}
    look.section(
        _("What would have to be true"),
        _("For the two to be level on {quantity}: one input moved, all else as it is").format(
            quantity=found.label_of(goal, language)
        ),
    )
    for one in own:
        said = calc.narrate_break_even.would_be_level(one, pair, state.precision, language)
        st.html(look.sentence(said, "finding"))
    known = [one for one in rows if one.value is not None]
    body = "".join(_condition(one, by_id[one.of], state) for one in known)
    if body:
        heads = (_("Input"), _("in use"), _("level at"), _("factor"), _("sources say"))
        st.html(
            f'<div class="pc-scroll" tabindex="0" role="region" aria-label="{escape(_("What would have to be true"))}">'
            f'<table class="pc pc-small pc-conditions">{look.table_head(heads)}<tbody>{body}</tbody></table></div>'
        )
    else:
        look.refusal(_("No single input, from a tenth to ten times of it, makes the two level."))
    rest = calc.narrate_break_even.nothing_in_range(rows, pair, state.precision, language)
    if rest and known:
        st.html(
            f'<details class="pc-note"><summary>{escape(_("Inputs that make them level nowhere in range"))}</summary>'
            f"{escape(calc.narrate.plain(rest))}</details>"
        )
    look.source_line(
        _("Each from a tenth of its value to ten times it; {base} is the baseline.").format(base=titles[state.base])
    )


def _condition(one: calc.break_even.BreakEven, of: calc.System, state: PageState) -> str:
    _ = session.say()
    zh = session.language() == "zh"
    label = calc.levers.titles(of, one.path, state.precision)[zh]
    ends = one.published or (None, None)
    unit, texts = calc.figures.column(calc.names.find(one.path), [one.adopted, one.value, *ends])
    published = texts[2] if texts[2] == texts[3] else f"{texts[2]} … {texts[3]}"
    verdict = {True: _("within"), False: _("outside"), None: ""}[one.within]
    small = f"<small>{escape(verdict)}</small>" if verdict else ""
    return (
        f'<tr><th scope="row" class="pc-left">{look.swatch(state.slot(one.of))}{escape(label)}'
        f"<small>{escape(', '.join(filter(None, (of.short, unit))))}</small></th>"
        f'<td>{texts[0]}</td><td class="pc-strong">{texts[1]}</td><td>{calc.figures.ratio(one.factor)}</td>'
        f"<td>{published}{small}</td></tr>"
    )

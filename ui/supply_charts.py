"""Charts of who makes systems and where chips stand to export rules; as `ui.charts`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import calc
from ui import cached, supplied
from ui.charts import haloed
from ui.look import COLOURS, GROUND, INK, MUTED, PARTS, SHAPES
from ui.pictures import Drawing
from ui.state import PageState
from ui.text import translator
from ui.vega import chart, field, layer, names_axis

if TYPE_CHECKING:
    from calc.studies.export_control import Control
    from calc.studies.supply import Outlook, Supply

__all__ = ["FIGURES", "bars", "controls", "found", "outlook", "rules", "table"]

_AS_IS = {"scale": None}
_TONES = tuple(dict.fromkeys(PARTS.values()))
_ROW = 46
_TPP = [400, 800, 1600, 2400, 4800, 10000, 20000, 40000, 100000]
_DENSITIES = [0.5, 1, 1.6, 3.2, 5.92, 10, 20, 50, 100]
_FROM = 0.075
"""The smallest share that has room for its name."""


def found(state: PageState, library: calc.Library) -> tuple[Supply, ...]:
    """Who makes each system of the basket, with what is cut; by number of chips where nothing has a power."""
    words = supplied.cuts(state.get("cut"))

    def made(system: str) -> Supply:
        try:
            return calc.supply(system, words, weight=state.get("weight", supplied.WEIGHTS[0]), library=library)
        except calc.CalcError:
            return calc.supply(system, words, library=library)

    key = ("supply", library.digest, state.systems, words, state.get("weight"))
    return cached.keep(key, lambda: tuple(made(system) for system in state.systems))


def outlook(state: PageState, library: calc.Library) -> Outlook:
    """What of the catalogue can still be built."""
    words = supplied.cuts(state.get("cut"))
    return cached.keep(("outlook", library.digest, words), lambda: calc.outlook(library, words))


def controls(state: PageState, library: calc.Library) -> tuple[Control, ...]:
    """Where each chip of the basket stands to the rules, each once; those without a rate that counts are left out."""

    def made() -> tuple[Control, ...]:
        chips = dict.fromkeys(str(library.get("system", system).words["chip"]) for system in state.systems)
        held = []
        for chip in chips:
            try:
                held.append(calc.control(chip, library=library))
            except calc.CalcError:
                continue
        return tuple(held)

    return cached.keep(("controls", library.digest, state.systems), made)


def table(state: PageState, library: calc.Library, system: str, kind: str) -> str:
    """Who makes a system as a file: csv, json or md."""
    from calc import report_supply, tables

    one = next(one for one in found(state, library) if one.system == system)
    return tables.render(report_supply.supply(one), kind) + "\n"


def bars(drawn: Sequence[Supply], of: str, language: str, theme: str) -> dict[str, Any]:
    """A bar for each system: its shares by country or supplier, the largest first, what is unknown as an outline.

    Parameters
    ----------
    drawn : the systems.
    of : country or supplier.
    language, theme : of the page.
    """
    _ = translator(language)
    said = (_("System"), _("By whom"), _("Share"), _("at least … at most"))
    rows: list[dict[str, Any]] = []
    tones: dict[str, str] = {}
    for one in drawn:
        shares, ranges, unknown, ends = (
            (one.by_country, one.country_range, one.unknown_country, one.unknown_country_range)
            if of == "country"
            else (one.by_supplier, one.supplier_range, one.unknown, one.unknown_range)
        )
        at = 0.0
        for name, share in [*shares.items(), ("", unknown)]:
            if share <= 0:
                continue
            tone = tones.setdefault(name, _TONES[len(tones) % len(_TONES)]) if name else ""
            low, high = ranges.get(name, ends)
            label = name or _("unknown")
            room = _FROM if of == "country" else 0.019 * len(label) + 0.02
            rows.append(
                {
                    "row": one.name, "l": at, "r": at + share, "m": at + share / 2, "c": tone,
                    "text": f"{label} {share * 100:.0f}" if share >= room + 0.04 else (label if share >= room else ""),
                    said[0]: one.name, said[1]: label, said[2]: f"{share * 100:.1f} %",
                    said[3]: f"{low * 100:.0f} … {high * 100:.0f} %",
                }
            )  # fmt: skip
            at += share
    up = names_axis([one.name for one in drawn], theme)
    across = field(
        "l:Q", scale={"domain": [0, 1], "nice": False}, axis={"format": ".0%", "values": [0, 0.25, 0.5, 0.75, 1]}
    )
    tips = [f"{name}:N" for name in said]
    known = [row for row in rows if row["c"]]
    rest = [row for row in rows if not row["c"]]
    box = {"y": up, "x": across, "x2": "r:Q", "tooltip": tips}
    middle = {"y": up, "x": {**across, "field": "m"}, "text": "text:N"}
    layers = [
        layer(
            known,
            "bar",
            height=26,
            stroke=GROUND[theme],
            strokeWidth=1,
            channels={**box, "color": field("c:N", **_AS_IS)},
        ),
        layer(
            rest, "bar", height=26, fillOpacity=0, stroke=MUTED[theme], strokeWidth=1.3, strokeDash=[4, 3], channels=box
        ),
        layer(known, "text", color="#FFFFFF", fontSize=12, channels=middle),
        layer(rest, "text", color=INK[theme], fontSize=12, channels=middle),
    ]
    return chart([one for one in layers if one["data"]["values"]], _ROW * len(drawn) + 26, theme)


def rules(drawn: Sequence[Control], slots: Mapping[str, int], language: str, theme: str) -> dict[str, Any] | None:
    """Performance density over total processing performance, log both, with the lines of 3A090; None without a point.

    Parameters
    ----------
    drawn : the chips; those without a known die area have no density, and no point.
    slots : colour slot by chip.
    language, theme : of the page.
    """
    _ = translator(language)
    points = [one for one in drawn if one.performance_density]
    if not points:
        return None
    said = (_("Chip"), "TPP", _("performance density"), _("rule of 2023"))
    rows = [
        {
            "x": one.tpp, "y": one.performance_density, "text": one.name, "c": COLOURS[slots[one.chip]],
            "s": SHAPES[slots[one.chip]], said[0]: one.name, said[1]: f"{one.tpp:,.0f}",
            said[2]: f"{one.performance_density:,.2f}", said[3]: calc.narrate_control.word(one.rules["2023"], language),
        }
        for one in points
    ]  # fmt: skip
    left, right = min(400.0, *(one.tpp / 2 for one in points)), max(40000.0, *(one.tpp * 2.5 for one in points))
    densities = [one.performance_density or 0.0 for one in points]
    low, high = min(0.5, *(one / 2 for one in densities)), max(60.0, *(one * 2 for one in densities))
    x, y = (
        field(
            f"{name}:Q",
            scale={"type": "log", "domain": ends, "nice": False},
            axis={"grid": False, "format": ",~r", "values": ticks, "labelOverlap": True},
        )
        for name, ends, ticks in (("x", [left, right], _TPP), ("y", [low, high], _DENSITIES))
    )
    boxes, names = [], []
    for name, tpp, density in calc.export_control.LINES:
        floor = max(density, low)
        boxes.append({"x": tpp, "r": right, "y": floor, "t": high})
        names.append({"x": tpp, "y": floor, "text": name.removeprefix("3A090.")})
    layers = [
        layer(
            boxes, "rect", fill=MUTED[theme], fillOpacity=0.07, stroke=MUTED[theme], strokeWidth=1,
            channels={"x": x, "x2": "r:Q", "y": y, "y2": "t:Q"},
        ),
        layer(
            rows, "point", filled=True, size=90, opacity=1,
            channels={
                "x": x, "y": y, "color": field("c:N", **_AS_IS), "shape": field("s:N", **_AS_IS),
                "tooltip": [f"{name}:N" for name in said],
            },
        ),
    ]  # fmt: skip
    layers += haloed(names, x, y, MUTED[theme], theme, align="left", baseline="bottom", dx=4, dy=-3)
    layers += haloed(rows, x, y, INK[theme], theme, dy=-13)
    return chart(layers, 380, theme)


def slots_of(state: PageState, library: calc.Library) -> dict[str, int]:
    """The colour slot of each chip: that of the first system that has it."""
    held: dict[str, int] = {}
    for system in state.systems:
        held.setdefault(str(library.get("system", system).words["chip"]), state.slot(system))
    return held


def _by(of: str) -> Callable[[PageState, calc.Library, str, str], Drawing | None]:
    def drawing(state: PageState, library: calc.Library, language: str, theme: str) -> Drawing | None:
        drawn = found(state, library)
        words = calc.narrate.plain(calc.narrate_supply.headline(drawn, language))
        return Drawing(bars(drawn, of, language, theme), words)

    return drawing


def _rules(state: PageState, library: calc.Library, language: str, theme: str) -> Drawing | None:
    drawn = controls(state, library)
    spec = rules(drawn, slots_of(state, library), language, theme)
    return Drawing(spec, " ".join(one.reason(language) for one in drawn)) if spec else None


FIGURES: dict[str, Callable[[PageState, calc.Library, str, str], Drawing | None]] = {
    "country": _by("country"),
    "supplier": _by("supplier"),
    "rules": _rules,
}
"""The charts that can be kept as files, by name."""

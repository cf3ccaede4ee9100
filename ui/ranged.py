"""What the view of ranges asks of the library, as a link has it: two inputs to move, and figures to rank by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import calc

__all__ = ["AXES", "DEFAULTS", "GOAL", "KEYS", "faults"]

KEYS = ("hx", "hy", "fx", "fy", "fz")
"""Names of what this view keeps in the link: the inputs across and up, and the figures of the frontier."""

GOAL = "power_per_flop_rate"
"""The quantity that systems are judged by unless another is chosen."""

AXES = (
    "chip.power",
    "chip.flop_rate",
    "chip.hbm.capacity",
    "chip.hbm.bandwidth",
    "chip.scale_up.bandwidth_per_direction",
    "chip.price",
    "power.all_in",
    "flop_rate",
    "hbm.capacity",
    "hbm.bandwidth",
    "scale_up.bandwidth_per_direction",
    "power_per_flop_rate",
    "price_per_flop_rate",
    "racks",
    "price",
)
"""Figures that systems can be ranked by."""

DEFAULTS = {"fx": "chip.power", "fy": "chip.flop_rate", "fz": ""}
"""The figures unless others are chosen; the third may be none."""

_LONGEST = 200


def faults(given: Mapping[str, str], systems: Sequence[str], library: calc.Library) -> dict[str, tuple[str, str]]:
    """What of a link this view cannot use, by its name: the kind of thing, and the nearest there is.

    Parameters
    ----------
    given : the link's values by name.
    systems : ids of the basket.
    library : the catalogue it has to fit.
    """
    found: dict[str, tuple[str, str]] = {}
    judged = [row.name for row in calc.names.QUANTITIES.values() if row.better]
    for key, kind, allowed in (("goal", "quantity", judged), *((key, "quantity", AXES) for key in DEFAULTS)):
        text = given.get(key, "")
        if text and text not in allowed:
            found[key] = (kind, calc.nearest(text[:_LONGEST], allowed) or "")
    for key in ("hx", "hy"):
        text = given.get(key, "")[:_LONGEST]
        system, _, path = text.partition("=")[0].strip().partition(":")
        if not text:
            continue
        if system not in systems:
            near = calc.nearest(system, systems)
            found[key] = ("input", f"{near}:{path}" if near else "")
            continue
        allowed = calc.settable(system, library=library)
        if path not in allowed:
            near = calc.nearest(path, allowed)
            found[key] = ("input", f"{system}:{near}" if near else "")
            continue
        try:
            calc.plane.read_axis(text)
        except calc.CalcError as error:
            found[key] = ("setting", str(error))
    return found

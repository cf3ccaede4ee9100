"""What the view that follows models and hardware over time asks of the library, as a link has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import calc

if TYPE_CHECKING:
    from ui.state import PageState

__all__ = ["ALL", "KEYS", "OTHER", "WINDOWS", "asked_of", "ends", "exact", "faults", "hardware_of", "months"]

KEYS = ("weights", "board", "window", "grows", "by")
"""Names of what this view keeps in the link: weights, scale and window of models; figure and measure of hardware."""

ALL = "all"
OTHER = "other"
"""Stands for a window that is none of those offered."""

WINDOWS: Mapping[str, tuple[str, ...]] = {
    "raw": ("2024-07..2025-07", "2025-08..2026-07", ALL),
    "style": (ALL,),
}
"""Windows that are offered, by scale; the first unless another is asked for."""

# The board changed hands in the first days of August 2025; the default window ends before.
_EXACT = {"2024-07..2025-07": "2024-07-07..2025-07-28", "2025-08..2026-07": "2025-08-07..2026-07-31"}


def asked_of(state: PageState) -> tuple[bool, str, str]:
    """Whether only open weights count, the scale, and the window as ``2024-07..2025-07`` or `ALL`."""
    scale = state.get("board") if state.get("board") in WINDOWS else "raw"
    return state.get("weights") == "open", scale, state.get("window") or WINDOWS[scale][0]


def exact(window: str) -> str:
    """The days that a window on offer stands for; others as they are."""
    return _EXACT.get(window, window)


def hardware_of(state: PageState) -> tuple[str, str]:
    """The figure of hardware and what it is taken over."""
    quantity, per = state.get("grows"), state.get("by")
    return (
        quantity if quantity in calc.trends_hardware.QUANTITIES else calc.trends_hardware.QUANTITIES[0],
        per if per in calc.trends_hardware.PER else calc.trends_hardware.PER[0],
    )


def ends(window: str, scale: str) -> tuple[str, str]:
    """The first and the last month of a window, of those that there are."""
    listed = months(scale)
    first, _, last = window.partition("..")
    return (first[:7] if first[:7] in listed else listed[0], last[:7] if last[:7] in listed else listed[-1])


def months(scale: str) -> list[str]:
    """Every month of a scale."""
    first, last = (text[:7] for text in calc.trends.reach(scale))
    found = [first]
    while found[-1] < last:
        year, month = int(found[-1][:4]), int(found[-1][5:])
        found.append(f"{year + month // 12}-{month % 12 + 1:02d}")
    return found


def faults(given: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """What of a link this view cannot use, by its name: the kind of thing, and the nearest there is.

    Parameters
    ----------
    given : the link's values by name.
    """
    found: dict[str, tuple[str, str]] = {}
    for key, kind, allowed in (
        ("weights", "setting", ("all", "open")),
        ("board", "setting", tuple(WINDOWS)),
        ("grows", "quantity", calc.trends_hardware.QUANTITIES),
        ("by", "per", calc.trends_hardware.PER),
    ):
        text = given.get(key, "")
        if text and text not in allowed:
            near = calc.nearest(text[:60], allowed) or ""
            found[key] = (kind, near if kind != "setting" else ", ".join(allowed))
    text = given.get("window", "")
    if text and text != ALL:
        first, dots, last = text[:60].partition("..")
        try:
            if not dots:
                raise calc.CalcError(f"{text[:60]!r} is no window; write 2024-07..2025-07")
            if calc.trends.parse_day(last, last=True) < calc.trends.parse_day(first):
                raise calc.CalcError(f"{text[:60]!r} ends before it starts")
        except calc.CalcError as error:
            found["window"] = ("window", str(error))
    return found

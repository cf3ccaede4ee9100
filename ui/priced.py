"""What the view of costs asks of the library, as a link has it: where each system stands, and what is to be spent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import calc

if TYPE_CHECKING:
    from ui.state import PageState

__all__ = ["KEYS", "faults", "placed", "regions", "with_region"]


KEYS = ("at", "spend")
"""Names of what this view keeps in the link: the regions of systems, and the budget or the power limit."""

_LONGEST = 200


def faults(given: Mapping[str, str], library: calc.Library) -> dict[str, tuple[str, str]]:
    """What of a link this view cannot use, by its name: the kind of thing, and the nearest there is.

    Parameters
    ----------
    given : the link's values by name.
    library : the catalogue it has to fit.
    """
    known = library.ids("region")
    for pair in given.get("at", "")[:_LONGEST].split(","):
        system, _, region = pair.strip().partition("@")
        if pair.strip() and region not in known:
            near = calc.nearest(region, known)
            return {"at": ("region", f"{system}@{near}" if near else "")}
    return {}


def regions(state: PageState, library: calc.Library) -> dict[str, str]:
    """The region of each system of the basket, the world's unless another is chosen."""
    known = library.ids("region")
    chosen = {}
    for pair in state.get("at").split(","):
        system, _, region = pair.strip().partition("@")
        if system in state.systems and region in known:
            chosen[system] = region
    return {system: chosen.get(system, "global") for system in state.systems}


def placed(state: PageState, library: calc.Library, systems: Sequence[str]) -> list[str]:
    """Systems as `calc.cost` takes them, each with its region where one is chosen."""
    where = regions(state, library)
    return [system if where[system] == "global" else f"{system}@{where[system]}" for system in systems]


def with_region(state: PageState, where: Mapping[str, str], system: str, region: str) -> PageState:
    """The same with a system in another region."""
    after = {**where, system: region}
    return state.put(at=",".join(f"{one}@{at}" for one, at in after.items() if at != "global"))

"""What the view of costs asks of the library, as a link has it: where each system stands, and what there is to spend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import calc
from ui.state import PageState

__all__ = ["placed", "regions", "with_region"]


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

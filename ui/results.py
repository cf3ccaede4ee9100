"""What the systems of a basket do at a workload, gathered without a page."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import calc
from ui import cached
from ui.asked import Asked
from ui.state import PageState

__all__ = ["Results", "gather", "table"]

_log = logging.getLogger("podcalc.ui")


@dataclass
class Results:
    """What the basket does at a workload.

    Attributes
    ----------
    asked : the workload.
    model : its network.
    found, rates : of the systems that can, in the order of the basket.
    refused : why others cannot.
    """

    asked: Asked
    model: calc.workloads.Model
    found: dict[str, Any] = field(default_factory=dict)
    rates: list[calc.workloads.Rate] = field(default_factory=list)
    refused: list[calc.workloads.Refused] = field(default_factory=list)

    @property
    def titles(self) -> dict[str, str]:
        """Short names by id of the systems that can."""
        return {one.system: one.title for one in self.rates}


def gather(
    state: PageState,
    library: calc.Library,
    asked: Asked,
    progress: Callable[[str], Callable[[int, int], None]] | None = None,
) -> Results:
    """What each system of the basket does; a failure of one leaves the others.

    Parameters
    ----------
    state, library : the assumptions and the catalogue.
    asked : the workload.
    progress : from a system's name to what its search calls with the mappings done and their number.
    """
    shown = Results(asked, calc.workloads.model(library, asked.model))
    for system in state.systems:
        loaded = calc.load(system, library=library)
        try:
            found = cached.worked(library, state, system, asked, progress(loaded.short) if progress else None)
        except Exception:
            mark = uuid4().hex[:8]
            _log.exception("the workload of %s could not be drawn (%s)", system, mark)
            found = calc.workloads.Refused(system, loaded.short, f"a fault of podcalc ({mark})")
        if isinstance(found, calc.workloads.Refused):
            shown.refused.append(found)
        else:
            shown.found[system] = found
            shown.rates.append(calc.workloads.rate(found, loaded))
    return shown


def table(state: PageState, library: calc.Library, asked: Asked, system: str, kind: str) -> str:
    """The best mappings of a system as a file; why there is none where it cannot.

    Parameters
    ----------
    state, library : the assumptions and the catalogue.
    asked : the workload.
    system : id of the system.
    kind : csv, json or md.
    """
    from calc import report_workloads, tables

    found = cached.worked(library, state, system, asked)
    if isinstance(found, calc.workloads.Refused):
        return f"{found.title}: {found.reason}\n"
    said = report_workloads.trained(found) if asked.doing == "train" else report_workloads.served(found)  # type: ignore[arg-type]
    return tables.render(said, kind) + "\n"

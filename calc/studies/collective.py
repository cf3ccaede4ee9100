"""How long a collective operation takes, by size, and what bounds it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calc.errors import CalcError, UnknownNameError
from calc.physics.collectives import OPERATIONS, collective_time, wire_bytes
from calc.spec.kernels import collective_regime, kernel_fits
from calc.spec.library import open_library

__all__ = ["Curve", "collective_curve"]


@dataclass(frozen=True)
class Curve:
    """One operation over one group of chips.

    Attributes
    ----------
    chip, operation, ranks : what is timed.
    size : bytes of one rank's whole buffer.
    time, low, high : predicted time, and the ends of its 80 % interval [s].
    bus_bandwidth : bytes that cross each rank's link, over the time [B/s].
    confidence : how the parameters are known.
    """

    chip: str
    operation: str
    ranks: int
    size: NDArray[np.float64]
    time: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    bus_bandwidth: NDArray[np.float64]
    confidence: str

    def to_json(self) -> dict[str, Any]:
        """As plain values, ``podcalc.collective/1``; B, s and B/s."""
        columns = zip(self.size, self.time, self.low, self.high, self.bus_bandwidth, strict=True)
        return {
            "schema": "podcalc.collective/1",
            "chip": self.chip,
            "operation": self.operation,
            "ranks": self.ranks,
            "confidence": self.confidence,
            "rows": [
                dict(zip(("size", "time", "low", "high", "bus_bandwidth"), map(float, row), strict=True))
                for row in columns
            ],
        }


def collective_curve(
    chip: str,
    operation: str,
    ranks: int,
    sizes: Sequence[str | float],
    specs: Iterable[str | os.PathLike[str]] = (),
) -> Curve:
    """Time an operation over a range of sizes, all at once.

    Parameters
    ----------
    chip : id of a chip with fitted kernels.
    operation : one of `calc.physics.collectives.OPERATIONS`.
    ranks : chips that take part, all in one scale-up domain.
    sizes : bytes of one rank's whole buffer, as numbers or as texts with units.
    specs : further folders of spec files.

    Raises
    ------
    UnknownNameError : where there is no such chip or operation.
    CalcError : where there are fewer than two ranks, or no size.
    """
    if operation not in OPERATIONS:
        raise UnknownNameError("collective operation", operation, OPERATIONS)
    if ranks < 2:
        raise CalcError(f"{ranks} rank{'s' * (ranks != 1)}: an operation takes two or more")
    if not sizes:
        raise CalcError("no sizes; give some, such as '1 MiB,1 GiB'")
    fit = kernel_fits(chip, specs).collectives()
    domain = _largest_domain(chip, specs)
    if domain is not None and ranks > domain:
        raise CalcError(f"{ranks:,} ranks: a scale-up domain of {chip} has {domain:,} at most")
    size = np.array([_size(text) for text in sizes])
    time = np.asarray(collective_time(operation, ranks, size, fit.parameters))
    ends = np.array([fit.interval(collective_regime(one)) for one in size])
    wire = np.asarray(wire_bytes(operation, ranks, size))
    return Curve(chip, operation, ranks, size, time, time * ends[:, 0], time * ends[:, 1], wire / time, fit.confidence)


def _largest_domain(chip: str, specs: Iterable[str | os.PathLike[str]]) -> int | None:
    """Chips of the largest scale-up domain that a system of the catalogue gives a chip, where one does."""
    library = open_library(specs)
    systems = (library.get("system", name) for name in library.ids("system"))
    domains = [
        round(system.figures["scale_up.domain"].value)
        for system in systems
        if system.words.get("chip") == chip and "scale_up.domain" in system.figures
    ]
    return max(domains, default=None)


def _size(text: str | float) -> float:
    from calc.units import parse

    value = parse(text, "B") if isinstance(text, str) else float(text)
    if not value > 0 or not np.isfinite(value):
        raise CalcError(f"size '{text}' is not above zero")
    return value

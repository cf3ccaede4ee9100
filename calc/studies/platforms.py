"""What published runs ran on: the chips of the measurements, those without a spec file of their own too."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache

from calc.errors import UnknownNameError
from calc.spec.library import built_in

__all__ = ["Platform", "platform", "platforms"]


@dataclass(frozen=True)
class Platform:
    """One chip as the runs of the measurements had it; a table says what each rests on.

    Attributes
    ----------
    kernels : id of the chip whose fits stand for its kernels.
    flop_rate : peak, where it is not that of `kernels` [FLOP/s].
    hbm_capacity : as published [B].
    reported_memory : what a runtime reports of it, where known [B].
    hbm_bandwidth, scale_up_bandwidth, scale_out_bandwidth : of one chip, one direction [B/s].
    scale_up_domain : chips of one domain.
    sustained : clock in long matrix work over that of the fits, where the power limit is reached.
    attention_ratio : speed of attention over that of the fits.
    host_ratio : time to start a kernel over that of the fits' hosts.
    """

    kernels: str
    flop_rate: float | None
    hbm_capacity: float
    reported_memory: float | None
    hbm_bandwidth: float
    scale_up_bandwidth: float
    scale_up_domain: float
    scale_out_bandwidth: float
    sustained: float
    attention_ratio: float
    host_ratio: float


_UNITS = {
    "flop_rate": "FLOP/s", "hbm_capacity": "B", "reported_memory": "B", "hbm_bandwidth": "B/s",
    "scale_up_bandwidth": "B/s", "scale_up_domain": "1", "scale_out_bandwidth": "B/s", "sustained": "1",
    "attention_ratio": "1", "host_ratio": "1",
}  # fmt: skip


@cache
def platforms() -> dict[str, Platform]:
    """Every chip of the measurements, by id."""
    from calc.units import parse

    def values(row: dict[str, str]) -> dict[str, float | None]:
        return {name: parse(row[name], unit) if row[name] else None for name, unit in _UNITS.items()}

    with (built_in() / "measurements" / "platforms.csv").open(encoding="utf-8", newline="") as table:
        return {
            row["chip"]: Platform(row["kernels"], **values(row))  # type: ignore[arg-type]
            for row in csv.DictReader(table)
        }


def platform(chip_id: str) -> Platform:
    """One chip of the measurements.

    Raises
    ------
    UnknownNameError : where no run was on such a chip.
    """
    if chip_id not in platforms():
        raise UnknownNameError("platform of a run:", chip_id, platforms(), "specs/measurements/platforms.csv")
    return platforms()[chip_id]

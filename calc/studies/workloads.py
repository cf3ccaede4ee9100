"""Several systems at one workload: what each does per chip, per kilowatt and as a whole, or why it cannot."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from calc.errors import CalcError
from calc.model.evaluate import evaluate
from calc.model.scenario import Scenario
from calc.spec.library import Library, built_in
from calc.spec.system import System

if TYPE_CHECKING:
    from calc.studies.serve import Served
    from calc.studies.train import Trained

__all__ = [
    "EIGHT_BIT",
    "FORMATS",
    "MOST_MAPPINGS",
    "Curve",
    "Model",
    "Published",
    "Rate",
    "Refused",
    "bounded",
    "curve",
    "format_of",
    "model",
    "published",
    "rate",
    "speed",
]

EIGHT_BIT = "8bit"
"""The word for each system's own 8-bit format: FP8 where its chip has it, INT8 otherwise."""

FORMATS = (EIGHT_BIT, "bf16", "fp8", "int8", "fp4")
"""Number formats that a workload can be asked in."""

MOST_MAPPINGS = 60_000_000
"""Mappings that a page tries: some seconds of work."""

_STEPS = 60


@dataclass(frozen=True, slots=True)
class Model:
    """What a page has to know of a network.

    Attributes
    ----------
    id, name : which.
    drafts : whether it has layers that draft tokens.
    experts : whether it has experts.
    """

    id: str
    name: str
    drafts: bool
    experts: bool


@dataclass(frozen=True, slots=True)
class Rate:
    """What one system does at a workload.

    Attributes
    ----------
    system, title, chip : id and short names.
    precision : the number format it runs in.
    chips : that the whole has.
    per_chip, low, high : tokens per second and chip, and the 80 % interval [1/s].
    per_power : tokens per joule of all-in energy [1/J]; None where no all-in power is known.
    whole : tokens per second of all chips [1/s].
    energy : all-in energy of a token [J]; None where no all-in power is known.
    assumed : whether its kernels are taken over from another chip.
    """

    system: str
    title: str
    chip: str
    precision: str
    chips: int
    per_chip: float
    low: float
    high: float
    per_power: float | None
    whole: float
    energy: float | None
    assumed: bool

    @property
    def per_kilowatt(self) -> float | None:
        """Tokens per second and kilowatt of all-in power."""
        return self.per_power and self.per_power * 1e3

    @property
    def per_million(self) -> float | None:
        """All-in energy of a million tokens in kJ."""
        return self.energy and self.energy * 1e3


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a system cannot do what was asked, as the library says it."""

    system: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class Curve:
    """The trade between speed for each user and throughput, and the place on it that keeps the limit.

    Attributes
    ----------
    system, title : which.
    points : tokens per second and user, and per second and chip, with the 80 % interval [1/s].
    best : the place that was chosen [1/s].
    """

    system: str
    title: str
    points: Sequence[tuple[float, float, float, float]]
    best: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Published:
    """A published serving result of a network on a chip of the basket.

    Attributes
    ----------
    system : id of the basket's system that has the chip.
    user : tokens per second and user [1/s]; None where nothing of it is said.
    rate : tokens per second and chip [1/s].
    run, source, place : which result, whose, and where it stands.
    precision : its number format.
    accepted : share of drafted tokens that was accepted [1]; None where none were drafted, or it is not said.
    """

    system: str
    user: float | None
    rate: float
    run: str
    source: str
    place: str
    precision: str
    accepted: float | None


def model(library: Library, model_id: str) -> Model:
    """A network of the catalogue.

    Raises
    ------
    UnknownNameError : where there is no such model.
    SpecError : where its file has faults.
    """
    spec = library.get("model", model_id)
    return Model(model_id, spec.short, bool(spec.words.get("prediction_layers", 0)), bool(spec.words.get("experts", 0)))


def format_of(system: System, asked: str) -> str:
    """The number format a system runs a workload in.

    Parameters
    ----------
    system : the system.
    asked : a number format, or `EIGHT_BIT`.
    """
    if asked != EIGHT_BIT:
        return asked
    return "int8" if evaluate(system, Scenario("fp8")).get("chip.flop_rate") is None else "fp8"


def bounded(progress: Callable[[int, int], None] | None = None) -> Callable[[int, int], None]:
    """A progress of a search that refuses one of more than `MOST_MAPPINGS` mappings."""

    def checked(done: int, total: int) -> None:
        if total > MOST_MAPPINGS:
            raise CalcError(f"{total:,} mappings to try; give some parts of the mapping")
        if progress:
            progress(done, total)

    return checked


def rate(found: Trained | Served, system: System) -> Rate:
    """What a system does, from what was found for it.

    Parameters
    ----------
    found : its training run, or how it serves.
    system : the system.
    """
    return Rate(
        system=system.id,
        title=system.short,
        chip=system.chip.short,
        precision=found.precision,
        chips=found.chips,
        per_chip=found.token_rate_per_chip[0],
        low=found.low[0],
        high=found.high[0],
        per_power=found.token_rate_per_power,
        whole=found.token_rate,
        energy=found.energy_per_token,
        assumed=found.confidence == "assumed",
    )


def speed(latency: float) -> float:
    """Tokens per second of a user whose tokens take so long each [1/s]."""
    return 1.0 / latency


def curve(found: Served, system: System) -> Curve:
    """The frontier of a served network, with the interval of its rates.

    Parameters
    ----------
    found : how the system decodes.
    system : the system.
    """
    best = found.token_rate_per_chip[0]
    low, high = found.low[0] / best, found.high[0] / best
    every = max(len(found.frontier) // _STEPS, 1)
    kept = [*found.frontier[:-1:every], *found.frontier[-1:]]
    points = [(user, chip, chip * low, chip * high) for user, chip in kept]
    return Curve(system.id, system.short, points, (speed(found.latency[0]), best))


@cache
def _results() -> Sequence[Mapping[str, str]]:
    with (built_in() / "measurements" / "serving.csv").open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def _number(text: str) -> float | None:
    found = re.match(r"[0-9.]+", text)
    return float(found.group()) if found else None


def published(model_id: str, phase: str, systems: Iterable[System]) -> Sequence[Published]:
    """Published results of a network on the chips of some systems, in one phase.

    Parameters
    ----------
    model_id : id of the network.
    phase : prefill or decode.
    systems : the basket's systems.
    """
    chips = {str(system.spec.words["chip"]): system.id for system in reversed(list(systems))}
    found = []
    for row in _results():
        value = _number(row["token_rate_per_chip"])
        if row["model"] != model_id or row["phase"] != phase or row["chip"] not in chips or value is None:
            continue
        step, batch = _number(row["tpot_ms"] or ""), _number(row["batch_per_chip"] or "")
        user = 1e3 / step if step else value / batch if batch else None
        place = chips[row["chip"]]
        share = re.search(r"([0-9]+)% accept", row["mtp"] or "")
        accepted = float(share.group(1)) / 100.0 if share else None
        said = (row["run_id"], row["source"], row["location"], row["precision"])
        found.append(Published(place, user, value, *said, accepted))
    return found

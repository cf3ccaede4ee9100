"""How far the rate of a workload may be off: by what is known of the system, by the model, and by both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calc.errors import InfeasibleError
from calc.model.scenario import Scenario
from calc.spec.system import System

__all__ = ["DRAWS", "Bands", "bands", "model_factors"]

DRAWS = 4096
"""Draws unless said."""
# Deviations of a normal distribution at its 90th percentile.
_P90 = 1.2815515655446004

Points = Callable[[System, Scenario], Mapping[str, NDArray[Any]]]
"""The results of a workload, such as `calc.studies.workload_outcomes.WorkloadOutcome.points` gives them."""


@dataclass(frozen=True)
class Bands:
    """Where 80 % of the rates per chip lie, by what makes them differ.

    Attributes
    ----------
    draws, seed : how many systems were drawn, and from which seed.
    median : of the rate over the draws [1/s].
    inputs : ends of the band over what the sources say of the system's figures [1/s].
    model : ends of the model's own interval around the adopted figures [1/s].
    both : ends of the band with both [1/s].
    infeasible : share of the draws on which nothing fits or is fast enough; the bands are of the others.
    moved : figures that were drawn, by path.
    """

    draws: int
    seed: int
    median: float
    inputs: tuple[float, float]
    model: tuple[float, float]
    both: tuple[float, float]
    infeasible: float
    moved: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As plain values; 1/s."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def model_factors(low: float, high: float, count: int, seed: int) -> NDArray[np.float64]:
    """Factors on a rate by which the model may be off, drawn.

    Parameters
    ----------
    low, high : ends of the model's 80 % interval over its rate.
    count, seed : how many, and from which seed; they are the same for the same seed.

    Notes
    -----
    The logarithm is half a normal distribution below zero and half of another above it, so that one of ten factors lies
    below the interval, one of ten above it, and half of them below one.

    >>> factors = model_factors(0.8, 1.5, 100_000, 1)
    >>> [f"{np.quantile(factors, share):.2f}" for share in (0.1, 0.5, 0.9)]
    ['0.80', '1.00', '1.50']
    """
    # A stream of its own: the inputs are drawn from the seed itself.
    deviations = np.random.default_rng([seed, 1]).standard_normal(count) / _P90
    return np.asarray(np.exp(np.where(deviations < 0, -deviations * np.log(low), deviations * np.log(high))))


def bands(
    points: Points,
    system: System,
    scenario: Scenario | None = None,
    drawn: Mapping[str, ArrayLike] | None = None,
    *,
    rests_on: Iterable[str] | None = None,
    count: int = DRAWS,
    seed: int = 0,
) -> Bands:
    """The bands of a workload's rate per chip.

    Parameters
    ----------
    points : the workload; what is not given of its mapping is the best for every draw.
    system : the system.
    scenario : number format and what is set.
    drawn : figures of the system by path, as many of each as there are draws; drawn here unless given.
    rests_on : paths of the figures that matter; all that have a range unless said.
    count, seed : how many draws, a power of two, and from which seed.

    Raises
    ------
    CalcError : where the count is no power of two.
    InfeasibleError : where nothing fits or is fast enough, with the adopted figures or on any draw.
    """
    from calc.studies.uncertainty import check_draws, draws, factors

    asked = scenario or Scenario()
    check_draws(count)
    adopted = points(system, asked)
    if not np.all(adopted["feasible"]):
        raise InfeasibleError(
            f"{system.id}: nothing fits or is fast enough with the adopted figures, so there is no band"
        )
    rate, low, high = (float(adopted[name]) for name in ("token_rate_per_chip", "low", "high"))
    if drawn is None:
        matter = factors([system], asked, None if rests_on is None else {system.id: rests_on})
        drawn = draws([system], asked, count, seed, matter).get(system.id, {})
    settings = {f"{system.id}:{path}": np.asarray(values, float) for path, values in drawn.items()}
    found = points(system, replace(asked, set={**asked.set, **settings}))
    rates = np.broadcast_to(found["token_rate_per_chip"], (count,))
    fits = np.isfinite(rates)
    if not fits.any():
        raise InfeasibleError(f"{system.id}: nothing fits or is fast enough on any of {count:,} draws")
    both = (rates * model_factors(low / rate, high / rate, count, seed))[fits]
    median, inputs = float(np.median(rates[fits])), _ends(rates[fits])
    return Bands(count, seed, median, inputs, (low, high), _ends(both), 1.0 - float(fits.mean()), tuple(drawn))


def _ends(values: NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.quantile(values, (0.1, 0.9))
    return float(low), float(high)

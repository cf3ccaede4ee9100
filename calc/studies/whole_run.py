"""A training run from its first token to its last: interruptions, checkpoints, time, energy, cost and CO2."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calc.errors import CalcError
from calc.model.result import Result
from calc.physics.reliability import checkpoint_interval, goodput
from calc.physics.training_memory import OPTIMISER_SIZE
from calc.physics.transformer import Architecture, total_parameters

__all__ = ["WholeRun", "run_time", "whole_run"]

_WEIGHT_SIZE = 2.0
_NEEDED = ("interruption_interval", "restart_time", "checkpoint_bandwidth_per_chip", "straggler_ratio")
_MOST_TOKENS = 1e18


@dataclass(frozen=True)
class WholeRun:
    """What a run of some tokens takes.

    Attributes
    ----------
    tokens : of the run.
    time, low, high : on the wall clock, and where the 80 % interval of the step puts it [s].
    goodput : share of the wall clock that becomes progress [1].
    interruption_interval : mean time between interruptions [s].
    interruptions : how many are expected.
    checkpoint_time, checkpoint_interval : what writing one takes, and the best time between two [s].
    energy : of the facility [J]; None where no all-in power is known.
    cost : price written off and electricity [USD]; None where the price or the power is not known.
    emission : CO2 of the electricity of the facility [kg]; None where no all-in power is known.
    """

    tokens: float
    time: float
    low: float
    high: float
    goodput: float
    interruption_interval: float
    interruptions: float
    checkpoint_time: float
    checkpoint_interval: float
    energy: float | None
    cost: float | None
    emission: float | None

    def to_json(self) -> dict[str, Any]:
        """As plain values; s, J, USD and kg."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def whole_run(
    network: Architecture, result: Result, chips: int, tokens: float, rates: tuple[float, float, float]
) -> WholeRun:
    """Carry a step's rate over a whole run.

    Parameters
    ----------
    network : what is trained; a checkpoint holds its weights and the state of the optimiser.
    result : the system, with its facility.
    chips : chips of the run.
    tokens : tokens of the run.
    rates : tokens per second and chip: predicted, and the ends of the interval [1/s].

    Raises
    ------
    CalcError : where the facility is not known well enough, or the number of tokens makes no sense.
    """
    if not 1 <= tokens <= _MOST_TOKENS:
        raise CalcError(f"{tokens:g} tokens; give a number from 1 to 1e18, such as 15.6T")
    share, failing, writing, between, useful, slower = (float(one) for one in _running(network, result, chips))
    time, low, high = (tokens * slower / (rate * chips * useful) for rate in (rates[0], rates[2], rates[1]))
    power, cost, emission = (result.get(name) for name in ("power.facility", "cost_rate", "emission_rate"))
    return WholeRun(
        tokens=tokens,
        time=time,
        low=low,
        high=high,
        goodput=useful,
        interruption_interval=1.0 / failing,
        interruptions=time * failing,
        checkpoint_time=writing,
        checkpoint_interval=between,
        energy=None if power is None else float(np.asarray(power)) * share * time,
        cost=None if cost is None else float(np.asarray(cost)) * share * time,
        emission=None if emission is None else float(np.asarray(emission)) * share * time,
    )


def _running(network: Architecture, result: Result, chips: ArrayLike) -> tuple[Any, ...]:
    """Systems of a run; interruptions per second; time to write a checkpoint and between two; goodput; stragglers."""
    for name in _NEEDED:
        if result.get(name) is None:
            raise CalcError(f"no {name}: {result.reason(name)}")
    of_one, restart, bandwidth, slower = (result.array(name) for name in _NEEDED)
    count = np.asarray(chips, float)
    share = count / result.array("chips")
    failing = share / of_one
    writing = total_parameters(network) * (_WEIGHT_SIZE + OPTIMISER_SIZE) / (bandwidth * count)
    between = checkpoint_interval(writing, 1.0 / failing)
    return share, failing, writing, between, goodput(between, writing, restart, 1.0 / failing), slower


def run_time(
    network: Architecture, result: Result, chips: ArrayLike, tokens: ArrayLike, rate: ArrayLike
) -> NDArray[np.float64]:
    """Time on the wall clock of runs, interruptions and checkpoints included [s].

    Parameters
    ----------
    network : what is trained.
    result : the system, with its facility.
    chips : chips of the run.
    tokens : tokens of the run.
    rate : tokens per second and chip [1/s].

    Raises
    ------
    CalcError : where the facility is not known well enough, or the number of tokens makes no sense.
    """
    count = np.asarray(tokens, float)
    good = (count >= 1) & (count <= _MOST_TOKENS)
    if not good.all():
        raise CalcError(f"{count[~good].flat[0]:g} tokens; give a number from 1 to 1e18, such as 15.6T")
    *_, useful, slower = _running(network, result, chips)
    return np.asarray(count * slower / (np.asarray(rate, float) * np.asarray(chips, float) * useful))

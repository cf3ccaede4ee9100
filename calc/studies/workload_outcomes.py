"""What training and serving come to, as the figures that questions are about."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calc.errors import CalcError, UnknownNameError
from calc.model.evaluate import evaluate
from calc.model.scenario import Scenario
from calc.physics.training import RECOMPUTE, SHARDING
from calc.spec.architecture import architecture
from calc.spec.library import Library
from calc.spec.system import System
from calc.studies import serve_points as serving
from calc.studies import train_points as training
from calc.studies.outcomes import CalledAsRow
from calc.studies.serve import served_chip
from calc.studies.serve_points import serve_points
from calc.studies.serving_runs import matrix_fit
from calc.studies.train import training_chip, training_fabric
from calc.studies.train_points import train_points
from calc.studies.training_runs import fitted

__all__ = [
    "LACKING",
    "RESULTS",
    "WORKLOAD_OUTCOMES",
    "WorkloadOutcome",
    "WorkloadResult",
    "inputs_of",
    "serve_points",
    "serving_outcome",
    "train_points",
    "training_outcome",
    "words_of",
    "workload_outcome",
    "workload_points",
]


@dataclass(frozen=True)
class WorkloadResult:
    """One result of a workload at every point.

    Attributes
    ----------
    name, unit, en, zh : as `calc.studies.outcomes.Outcome` has them; the name without the workload's.
    better : ``higher`` or ``lower``; None where neither is.
    rests_on : quantities of the system that it is computed from, beside those of every step.
    """

    name: str
    unit: str
    better: str | None
    en: str
    zh: str
    rests_on: tuple[str, ...] = ()


_POWER, _COST = ("power.all_in_per_chip",), ("cost_rate", "chips")
_RUN = ("chips", "interruption_interval", "restart_time", "checkpoint_bandwidth_per_chip", "straggler_ratio")
_TRAIN = (
    WorkloadResult("step_time", "s", "lower", "Time of a training step", "训练每步时间"),
    WorkloadResult(
        "token_rate_per_chip", "1/s", "higher", "Training, tokens per second and chip", "训练：每颗芯片每秒 token 数"
    ),
    WorkloadResult(
        "low", "1/s", "higher", "Training, tokens per second and chip, low end of the 80 % interval",
        "训练：每颗芯片每秒 token 数，80% 区间下限",
    ),
    WorkloadResult(
        "high", "1/s", "higher", "Training, tokens per second and chip, high end of the 80 % interval",
        "训练：每颗芯片每秒 token 数，80% 区间上限",
    ),
    WorkloadResult("token_rate", "1/s", "higher", "Training, tokens per second", "训练：每秒 token 数", ("chips",)),
    WorkloadResult("mfu", "1", "higher", "Training, model FLOP utilisation", "训练：模型算力利用率（MFU）"),
    WorkloadResult("hfu", "1", "higher", "Training, hardware FLOP utilisation", "训练：硬件算力利用率（HFU）"),
    WorkloadResult("memory", "B", "lower", "Training, memory of the fullest chip", "训练：占用最多的芯片的内存"),
    WorkloadResult("feasible", "1", None, "Training, whether it is possible and fits", "训练：是否可行且放得下"),
    WorkloadResult("reason", "1", None, "Training, why it is not possible", "训练：不可行的原因"),
    WorkloadResult("bound_by", "1", None, "Training, what binds the step", "训练：步长瓶颈"),
    WorkloadResult(
        "energy_per_token", "J", "lower", "Training, all-in energy per token", "训练：每 token 整机能耗", _POWER
    ),
    WorkloadResult("cost_per_token", "USD", "lower", "Training, cost per token", "训练：每 token 成本", _COST),
    WorkloadResult("run_time", "s", "lower", "Training, time of the whole run", "训练：全程时间", _RUN),
)  # fmt: skip
_SERVE = (
    WorkloadResult(
        "token_rate_per_chip", "1/s", "higher", "Serving, tokens per second and chip", "推理：每颗芯片每秒 token 数"
    ),
    WorkloadResult(
        "low", "1/s", "higher", "Serving, tokens per second and chip, low end of the 80 % interval",
        "推理：每颗芯片每秒 token 数，80% 区间下限",
    ),
    WorkloadResult(
        "high", "1/s", "higher", "Serving, tokens per second and chip, high end of the 80 % interval",
        "推理：每颗芯片每秒 token 数，80% 区间上限",
    ),
    WorkloadResult("token_rate", "1/s", "higher", "Serving, tokens per second", "推理：每秒 token 数", ("chips",)),
    WorkloadResult(
        "latency", "s", "lower", "Serving, time per output token or to the first", "推理：每 token 时间或首 token 时间"
    ),
    WorkloadResult("batch_per_chip", "1", None, "Serving, batch of a chip", "推理：每颗芯片的批量"),
    WorkloadResult("memory", "B", "lower", "Serving, memory of a rank", "推理：每个 rank 的内存"),
    WorkloadResult("feasible", "1", None, "Serving, whether it is possible and fits", "推理：是否可行且放得下"),
    WorkloadResult("reason", "1", None, "Serving, why it is not possible", "推理：不可行的原因"),
    WorkloadResult("bound_by", "1", None, "Serving, what binds the step", "推理：步长瓶颈"),
    WorkloadResult(
        "energy_per_token", "J", "lower", "Serving, all-in energy per token", "推理：每 token 整机能耗", _POWER
    ),
    WorkloadResult("cost_per_token", "USD", "lower", "Serving, cost per token", "推理：每 token 成本", _COST),
)  # fmt: skip

RESULTS: Mapping[str, Mapping[str, WorkloadResult]] = {
    "train": {row.name: row for row in _TRAIN},
    "serve": {row.name: row for row in _SERVE},
}
"""Results of each workload, by name."""

WORKLOAD_OUTCOMES: Mapping[str, WorkloadResult] = {
    f"{kind}.{name}": row for kind, rows in RESULTS.items() for name, row in rows.items()
}
"""Every result by its full name, such as ``train.mfu``."""

_STEP = (
    "chip.flop_rate",
    "chip.hbm.bandwidth",
    "chip.hbm.capacity",
    "chip.scale_up.bandwidth_per_direction",
    "scale_up.domain",
    "chip.scale_out.bandwidth_per_direction",
)
_POINTS: Mapping[str, Callable[..., dict[str, NDArray[Any]]]] = {"train": train_points, "serve": serve_points}
_REASONS = {"train": training.REASONS, "serve": serving.REASONS}
_PARTS = {"train": (*training.FIXED, "zero_bubble"), "serve": serving.FIXED}
_UNITS = {"limit": "s"}
_WORDS = ("model", "phase", "recompute", "sharding")
LACKING = -1
"""The ``reason`` of every point of a system that lacks what the workload needs."""


def words_of(kind: str, name: str) -> tuple[str, ...]:
    """What the whole numbers of a result stand for, in order; empty of one that is a figure.

    >>> words_of("train", "sharding")
    ('none', 'zero1', 'zero2', 'zero3')
    """
    if name == "reason":
        return _REASONS[kind]
    if name == "bound_by":
        return training.BOUNDS if kind == "train" else serving.BOUNDS
    parts = {"recompute": RECOMPUTE, "sharding": SHARDING}.get(name, {})
    return tuple({value: word for word, value in reversed(parts.items())}[value] for value in sorted({*parts.values()}))


def workload_points(
    kind: str,
    library: Library,
    system: System,
    scenario: Scenario,
    asked: Mapping[str, Any],
    specs: Iterable[str | os.PathLike[str]] = (),
) -> dict[str, NDArray[Any]]:
    """Every result of a workload at every point, NaN of a system that lacks what it needs.

    Parameters
    ----------
    kind : ``train`` or ``serve``.
    library : the catalogue, for the model.
    system : the system.
    scenario : number format and what is set; settings may be arrays.
    asked : what `train_points` or `serve_points` takes, and the parts of a mapping; numbers, texts or arrays.
    specs : further folders of spec files, for the fits.

    Raises
    ------
    CalcError : where a number makes no sense.
    UnknownNameError : where a name is none.
    """
    given = {name: _number(name, value) for name, value in asked.items()}
    mapping = {part: given.pop(part) for part in _PARTS[kind] if part in given}
    mapping |= given.pop("mapping", None) or {}
    if _lacking(kind, library, system, scenario, str(given["model"]), str(given.get("phase", "decode")), specs):
        nothing = np.asarray(np.nan)
        return dict.fromkeys(RESULTS[kind], nothing) | {
            "feasible": np.asarray(False), "reason": np.asarray(LACKING), "bound_by": np.asarray(-1)
        }  # fmt: skip
    found = _POINTS[kind](library, given.pop("model"), system, scenario, mapping=mapping, specs=specs, **given)
    return {name: found.get(name, np.asarray(np.nan)) for name in RESULTS[kind]} | found


def inputs_of(system: System, scenario: Scenario) -> frozenset[str]:
    """Paths of the inputs that any result of a workload may depend on."""
    wanted = tuple(dict.fromkeys((*_STEP, *_POWER, *_COST, *_RUN)))
    result = evaluate(system, _one(scenario), wanted)
    rate = f"chip.flop_rate.{scenario.precision}.{scenario.sparsity}"
    return frozenset({rate, *(path for name in wanted for path in result.rests_on(name))})


def _number(name: str, value: Any) -> Any:
    if name in _WORDS or not isinstance(value, str):
        return value
    from calc.units import parse

    return parse(value, _UNITS.get(name, "1"))


def _one(scenario: Scenario) -> Scenario:
    """The first of the scenarios."""
    first = {path: np.ravel(value)[0] if np.ndim(value) else value for path, value in scenario.set.items()}
    return replace(scenario, set=first)


def _lacking(
    kind: str,
    library: Library,
    system: System,
    scenario: Scenario,
    model: str,
    phase: str,
    specs: Iterable[str | os.PathLike[str]],
) -> str:
    """What a system lacks for a workload, in words; empty where nothing."""
    architecture(library, model)
    one = _one(scenario)
    evaluate(system, one, _STEP)
    try:
        if kind == "train":
            training_chip(system, one, specs)
            training_fabric(system, one, fitted(specs), specs)
        else:
            chip_id = str(system.spec.words["chip"])
            matrix_fit(chip_id, scenario.precision, model, specs)
            served_chip(library, chip_id, model, phase, system, one, specs)
    except CalcError as error:
        return str(error)
    return ""


@dataclass(frozen=True)
class WorkloadOutcome(CalledAsRow):
    """A result of a workload as the figure that a question is about; see `calc.studies.outcomes.Outcome`.

    Attributes
    ----------
    kind : ``train`` or ``serve``.
    row : the result.
    library : the catalogue.
    asked : what the workload is asked with, its model and mapping among it.
    specs : further folders of spec files.
    by_setting : that other figures of a system are given to it as settings, with which its kernels move.
    """

    row: WorkloadResult
    kind: str
    library: Library = field(repr=False)
    asked: Mapping[str, Any]
    specs: tuple[str | os.PathLike[str], ...] = ()
    by_setting: ClassVar[bool] = True

    @property
    def name(self) -> str:
        """Dotted name, the workload's first."""
        return f"{self.kind}.{self.row.name}"

    def points(self, system: System, scenario: Scenario) -> dict[str, NDArray[Any]]:
        """Every result of the workload.

        Parameters
        ----------
        system : the system.
        scenario : number format and what is set; settings may be arrays.
        """
        return workload_points(self.kind, self.library, system, scenario, self.asked, self.specs)

    def __call__(self, system: System, scenario: Scenario) -> NDArray[np.float64]:
        """As `calc.studies.outcomes.Outcome` says."""
        return np.asarray(self.points(system, scenario)[self.row.name], dtype=float)

    def reason(self, system: System, scenario: Scenario) -> str:
        """As `calc.studies.outcomes.Outcome` says; of several scenarios what is most often the reason."""
        model, phase = str(self.asked["model"]), str(self.asked.get("phase", "decode"))
        lacking = _lacking(self.kind, self.library, system, scenario, model, phase, self.specs)
        if lacking:
            return lacking
        found = self.points(system, scenario)
        if found["feasible"].any():
            values = np.asarray(found[self.row.name], dtype=float)
            return "" if np.isfinite(values).any() else self._not_known(system, scenario)
        codes, times = np.unique(found["reason"], return_counts=True)
        return f"{model} on {system.id}: {_REASONS[self.kind][int(codes[np.argmax(times)])]}"

    def _not_known(self, system: System, scenario: Scenario) -> str:
        """Why a figure of a feasible point is not known."""
        result = evaluate(system, _one(scenario), self.row.rests_on)
        lacking = next((name for name in self.row.rests_on if not result.feasible(name)), None)
        return result.reason(lacking) if lacking else "no number of tokens was asked for"

    def rests_on(self, system: System, scenario: Scenario) -> Iterable[str]:
        """As `calc.studies.outcomes.Outcome` says."""
        wanted = (*_STEP, *self.row.rests_on)
        result = evaluate(system, _one(scenario), wanted)
        return tuple(dict.fromkeys(path for name in wanted for path in result.rests_on(name)))


def workload_outcome(
    kind: str, library: Library, name: str, asked: Mapping[str, Any], specs: Iterable[str | os.PathLike[str]] = ()
) -> WorkloadOutcome:
    """A result of a workload as an outcome.

    Parameters
    ----------
    kind : ``train`` or ``serve``.
    library : the catalogue.
    name : of `WORKLOAD_OUTCOMES`, such as ``train.mfu``; ``mfu`` does as well.
    asked : what it is asked with, as `workload_points` takes it.
    specs : further folders of spec files.

    Raises
    ------
    UnknownNameError : where there is no such result or network.
    """
    full = name if name.startswith(f"{kind}.") else f"{kind}.{name}"
    if full not in WORKLOAD_OUTCOMES:
        named = "." in name
        allowed = [one if named else one.partition(".")[2] for one in WORKLOAD_OUTCOMES if one.startswith(f"{kind}.")]
        raise UnknownNameError(f"result of {'training' if kind == 'train' else 'serving'}", name, allowed)
    architecture(library, str(asked["model"]))
    given = {key: value for key, value in asked.items() if value is not None}
    return WorkloadOutcome(WORKLOAD_OUTCOMES[full], kind, library, given, tuple(specs))


def training_outcome(
    library: Library,
    name: str,
    *,
    model: str,
    global_batch: ArrayLike = 1024,
    sequence: ArrayLike = 4096,
    chips: ArrayLike | None = None,
    mapping: Mapping[str, Any] | None = None,
    tokens: ArrayLike | None = None,
    specs: Iterable[str | os.PathLike[str]] = (),
) -> WorkloadOutcome:
    """A result of training as an outcome.

    Parameters
    ----------
    library : the catalogue.
    name : of `WORKLOAD_OUTCOMES`, such as ``train.mfu``; ``mfu`` does as well.
    model, global_batch, sequence, chips, mapping, tokens, specs : as `train_points` takes them.

    Raises
    ------
    UnknownNameError : where there is no such result or network.
    """
    asked = {
        "model": model, "global_batch": global_batch, "sequence": sequence, "chips": chips, "mapping": mapping,
        "tokens": tokens,
    }  # fmt: skip
    return workload_outcome("train", library, name, asked, specs)


def serving_outcome(
    library: Library,
    name: str,
    *,
    model: str,
    phase: str = "decode",
    input_len: ArrayLike = 4096,
    output_len: ArrayLike = 1024,
    kv_len: ArrayLike | None = None,
    batch_per_chip: ArrayLike | None = None,
    mapping: Mapping[str, ArrayLike] | None = None,
    limit: ArrayLike | None = None,
    acceptance: ArrayLike = 0.0,
    specs: Iterable[str | os.PathLike[str]] = (),
) -> WorkloadOutcome:
    """A result of serving as an outcome.

    Parameters
    ----------
    library : the catalogue.
    name : of `WORKLOAD_OUTCOMES`, such as ``serve.latency``; ``latency`` does as well.
    model, phase, input_len, output_len, kv_len, batch_per_chip, mapping, limit, acceptance, specs : as `serve_points`
        takes them.

    Raises
    ------
    UnknownNameError : where there is no such result or network.
    """
    if phase not in serving.PHASES:
        raise UnknownNameError("phase of serving in arrays:", phase, serving.PHASES)
    asked = {
        "model": model, "phase": phase, "input_len": input_len, "output_len": output_len, "kv_len": kv_len,
        "batch_per_chip": batch_per_chip, "mapping": mapping, "limit": limit, "acceptance": acceptance,
    }  # fmt: skip
    return workload_outcome("serve", library, name, asked, specs)

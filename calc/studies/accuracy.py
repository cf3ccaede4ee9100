"""Predictions against published measurements: how far off, and how honest the intervals are."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from calc.errors import CalcError, UnknownNameError
from calc.physics import collectives as fabric
from calc.physics.dispatch import dispatch_time
from calc.physics.gemm import gemm_time
from calc.spec.kernels import collective_regime, kernel_fits
from calc.spec.library import built_in, open_library
from calc.studies.platforms import platform

Specs = Iterable[str | os.PathLike[str]]
Found = tuple[float, tuple[float, float]]
Guessed = tuple[str, float, tuple[float, float]]
Guess = Callable[[Mapping[str, str]], Guessed]

__all__ = ["KINDS", "Accuracy", "LeftOut", "Prediction", "Summary", "accuracy", "summary"]

KINDS = ("gemm", "collectives", "training", "serving")
"""The kinds of measurement that there is a model for."""

# Host time that other ways of measuring add to what the fitted sweeps count.
_EAGER_HOST_TIME = 25e-6
_NCCL_TESTS_HOST_TIME = 19e-6
_NCCL_TESTS = ("stas00/ml-engineering network",)
# Fits come from one harness; what others measure is spread more widely by so much.
_OTHER_HARNESS_SPREAD = 1.8
_FITTED_SOURCE = "NVIDIA aiconfigurator measured kernel database"


@dataclass(frozen=True, slots=True)
class Prediction:
    """One measured run and what is predicted for it.

    Attributes
    ----------
    run_id, kind, source : which run.
    measured, predicted, low, high : seconds, or tokens per second and chip; low to high holds 80 %.
    skipped : why nothing is predicted; empty where something is.
    """

    run_id: str
    kind: str
    source: str
    measured: float
    predicted: float | None = None
    low: float | None = None
    high: float | None = None
    skipped: str = ""

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        if self.skipped:
            return {"run_id": self.run_id, "skipped": self.skipped}
        return {
            "run_id": self.run_id,
            "measured": self.measured,
            "predicted": self.predicted,
            "low": self.low,
            "high": self.high,
        }


@dataclass(frozen=True, slots=True)
class Summary:
    """Errors over some runs, as fractions; None where there is no run.

    Attributes
    ----------
    rows, skipped : how many were predicted, and how many not.
    median_ape, mean_ape, p90_ape : of the absolute relative error.
    bias : median of predicted over measured, less one.
    coverage80 : share of the runs inside the stated 80 % interval.
    """

    rows: int
    skipped: int
    median_ape: float | None
    mean_ape: float | None
    p90_ape: float | None
    bias: float | None
    coverage80: float | None

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Errors on rows that a fit had not seen: how many, and two percentiles of the absolute relative error."""

    rows: int
    median_ape: float
    p90_ape: float

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True)
class Accuracy:
    """Every prediction, and its errors.

    Attributes
    ----------
    predictions : every row.
    kinds, sources : errors by kind and by source.
    left_out : errors of the models whose constants were fitted to the project's own rows, on rows they were not
        fitted to, each row left out in turn with those like it.
    """

    predictions: Sequence[Prediction]
    kinds: Mapping[str, Summary]
    sources: Mapping[str, Summary]
    left_out: Mapping[str, LeftOut] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As plain values, ``podcalc.accuracy/1``."""
        return {
            "schema": "podcalc.accuracy/1",
            "kinds": {name: found.to_json() for name, found in self.kinds.items()},
            "sources": {name: found.to_json() for name, found in self.sources.items()},
            "left_out": {name: found.to_json() for name, found in self.left_out.items()},
            "rows": [found.to_json() for found in self.predictions],
        }


def accuracy(
    kind: str | None = None,
    runs: str | os.PathLike[str] | None = None,
    specs: Specs = (),
) -> Accuracy:
    """Predict measured runs and compare.

    Parameters
    ----------
    kind : one of `KINDS`; all unless said, or the one that the table's columns tell.
    runs : a table of runs; the project's own sample in ``specs/measurements`` unless said.
    specs : further folders of spec files, for the fits.

    Returns
    -------
    Accuracy : every row is predicted or has the reason why not.

    Raises
    ------
    UnknownNameError : where there is no such kind.
    CalcError : where the table cannot be read or has other columns.
    """
    if kind is not None and kind not in KINDS:
        raise UnknownNameError("kind of measurement", kind, KINDS)
    if runs is not None:
        rows = _read(Path(runs))
        tables = {_kind_of(rows, Path(runs), kind): rows}
    else:
        wanted = (kind,) if kind else KINDS
        tables = {name: _read(built_in() / "measurements" / f"{name}.csv") for name in wanted}
    predictions: list[Prediction] = []
    for name, rows in tables.items():
        predictions += _predictions(name, rows, specs)
    found = dict.fromkeys(p.kind for p in predictions)
    kinds = {name: summary([p for p in predictions if p.kind == name]) for name in found}
    sources = dict.fromkeys(p.source for p in predictions)
    return Accuracy(
        tuple(predictions),
        kinds,
        {name: summary([p for p in predictions if p.source == name]) for name in sources},
        _left_out(tables, specs),
    )


def _left_out(kinds: Iterable[str], specs: Specs) -> dict[str, LeftOut]:
    """What the fits of whole runs say of rows they had not seen."""
    fits = {
        "training": lambda: kernel_fits("training", specs).training(),
        "serving": lambda: kernel_fits("serving", specs).serving("tensorrt-llm"),
    }
    return {
        f"{kind}.{regime}": LeftOut(*errors)
        for kind in kinds
        if kind in fits
        for regime, errors in fits[kind]().errors.items()
    }


_COLUMNS = {
    "gemm": ("run_id", "chip", "m", "n", "k", "dtype", "latency_us", "source"),
    "collectives": ("run_id", "chip", "ranks", "op", "bytes", "latency_us", "source"),
    "training": (
        "run_id",
        "chip",
        "chips",
        "model",
        "precision",
        "seq",
        "mapping_known",
        "token_rate_per_chip",
        "source",
    ),
    "serving": ("run_id", "chip", "model", "precision", "phase", "tp", "ep", "token_rate_per_chip", "source"),
}


def _read(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as table:
            return [{key: value or "" for key, value in row.items() if key} for row in csv.DictReader(table)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CalcError(f"{path}: cannot be read as a table: {error}") from None


def _kind_of(rows: Sequence[Mapping[str, str]], path: Path, kind: str | None) -> str:
    if not rows:
        raise CalcError(f"{path}: has no rows")
    there = set(rows[0])
    fitting = [name for name, columns in _COLUMNS.items() if set(columns) <= there]
    if kind in fitting:
        return str(kind)
    if kind or len(fitting) != 1:
        wanted = "; ".join(f"{name}: {', '.join(_COLUMNS[name])}" for name in ([kind] if kind else _COLUMNS))
        raise CalcError(f"{path}: lacks columns; there must be for {wanted}")
    return fitting[0]


def _predictions(name: str, rows: Sequence[Mapping[str, str]], specs: Specs) -> Iterator[Prediction]:
    """Every row predicted, or with the reason why not."""
    guess = _MODELS[name](specs)
    column, unit, kind = _MEASURED[name]
    for row in rows:
        run_id, source, measured = row.get("run_id", ""), row.get("source", ""), float("nan")
        try:
            measured = _number(row, column) * unit
            of, value, (low, high) = guess(row)
        except CalcError as error:
            yield Prediction(run_id, kind, source, measured, skipped=str(error))
        else:
            yield Prediction(run_id, of, source, measured, value, value * low, value * high)


def _training(specs: Specs) -> Guess:
    """Training runs, dense networks and those with experts apart."""
    from calc.studies.training_runs import fitted, predict

    library = open_library(specs)
    shared = fitted(specs)

    def guess(row: Mapping[str, str]) -> Guessed:
        rate, experts = predict(row, library, shared, specs)
        regime = "moe" if experts else "dense"
        return f"training.{regime}", rate, shared.fit.interval(regime)

    return guess


def _serving(specs: Specs) -> Guess:
    from calc.studies.serving_runs import predict

    library = open_library(specs)
    return lambda row: ("serving", *predict(row, library, specs))


def _kernel(kind: str, model: Callable[[Mapping[str, str], Specs], Found]) -> Callable[[Specs], Guess]:
    """Single kernels, on which other harnesses than that of the fits agree less."""

    def guess(row: Mapping[str, str], specs: Specs) -> Guessed:
        time, (low, high) = model(row, specs)
        wider = 1.0 if row.get("source") == _FITTED_SOURCE else _OTHER_HARNESS_SPREAD
        return kind, time, (low**wider, high**wider)

    return lambda specs: lambda row: guess(row, specs)


def _number(row: Mapping[str, str], column: str) -> float:
    try:
        value = float(row.get(column, ""))
    except ValueError:
        raise CalcError(f"{column} is '{row.get(column, '')}', not a number") from None
    if not value > 0:
        raise CalcError(f"{column} is '{row.get(column, '')}', not above zero")
    return value


def _gemm(row: Mapping[str, str], specs: Specs) -> Found:
    fit = kernel_fits(row["chip"], specs).gemm(row["dtype"])
    m, n, k = (_number(row, column) for column in ("m", "n", "k"))
    time = float(gemm_time(m, n, k, fit.parameters, quantise=row.get("includes") == "act_quant"))
    if row.get("harness") == "eager_host_timed":
        time += _EAGER_HOST_TIME
    return time, fit.interval("few_rows" if m <= 64 else "some_rows" if m < 1024 else "many_rows")


def _collective(row: Mapping[str, str], specs: Specs) -> Found:
    if row["op"].startswith("moe"):
        return _dispatch(row, specs)
    fits = kernel_fits(row["chip"], specs).collectives()
    ranks, size = _number(row, "ranks"), _number(row, "bytes")
    operation, algorithm, parameters = row["op"], row.get("algorithm", ""), fits.parameters
    if operation not in fabric.OPERATIONS:
        raise CalcError(f"no model of '{operation}'")
    domain = platform(row["chip"]).scale_up_domain
    if ranks > domain:
        name = "efa-400g" if "P6" in row.get("location", "") else "infiniband-400g"
        outside = kernel_fits("scale-out", specs).scale_out(name).parameters
        time = fabric.hierarchical_time(operation, ranks, domain, size, parameters, outside)
    elif row["chip"].startswith("mi3"):
        time = fabric.collective_time(
            operation, ranks, size, parameters, algorithm="ring", topology="full_mesh", degree=8
        )
    elif "custom" in algorithm or "fallback" in algorithm:
        library = fabric.collective_time(operation, ranks, size, parameters, algorithm="library")
        time = np.minimum(fabric.custom_all_reduce_time(ranks, size, parameters), library)
    else:
        chosen = "ring" if algorithm.startswith("Ring") else "in_switch" if algorithm == "NVLS" else "library"
        time = fabric.collective_time(operation, ranks, size, parameters, algorithm=chosen)
    if row.get("source") in _NCCL_TESTS:
        time = time + _NCCL_TESTS_HOST_TIME
    return float(time), fits.interval(collective_regime(size))


def _dispatch(row: Mapping[str, str], specs: Specs) -> Found:
    way = "dispatch" if "dispatch" in row["op"] else "combine"
    mode = ("rdma_ll_" if "RDMA" in row.get("mode", "") else "ll_") + way
    fit = kernel_fits(row["chip"], specs).dispatch(mode)
    experts = _number(row, "experts") if row.get("experts") else 256.0
    # One byte of scale for each 32 of fp8; bf16 travels as it is.
    element = 2.0 if row.get("dtype") == "bf16" else 1.0 + 4.0 / 128.0
    tokens, hidden, topk, ranks = (_number(row, column) for column in ("tokens_per_rank", "hidden", "topk", "ranks"))
    time = dispatch_time(tokens, hidden, topk, ranks, experts, fit.parameters, element_size=element)
    return float(time), fit.interval()


_MODELS: dict[str, Callable[[Specs], Guess]] = {
    "gemm": _kernel("gemm", _gemm),
    "collectives": _kernel("collectives", _collective),
    "training": _training,
    "serving": _serving,
}
_MEASURED = {
    "gemm": ("latency_us", 1e-6, "gemm"),
    "collectives": ("latency_us", 1e-6, "collectives"),
    "training": ("token_rate_per_chip", 1.0, "training.dense"),
    "serving": ("token_rate_per_chip", 1.0, "serving"),
}
"""The column of what was measured, what one of it is in SI, and the kind of what is not predicted."""


def summary(predictions: Sequence[Prediction]) -> Summary:
    """Errors over some predictions."""
    known = [p for p in predictions if not p.skipped]
    if not known:
        return Summary(0, len(predictions), None, None, None, None, None)
    measured = np.array([p.measured for p in known])
    predicted = np.array([p.predicted for p in known], dtype=float)
    low, high = (np.array([getattr(p, end) for p in known], dtype=float) for end in ("low", "high"))
    error = np.abs(predicted / measured - 1.0)
    return Summary(
        rows=len(known),
        skipped=len(predictions) - len(known),
        median_ape=float(np.median(error)),
        mean_ape=float(np.mean(error)),
        p90_ape=float(np.quantile(error, 0.9)),
        bias=float(np.median(predicted / measured) - 1.0),
        coverage80=float(np.mean((low <= measured) & (measured <= high))),
    )

"""Fitted parameters of kernels, read one chip at a time."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from calc.errors import CalcError, SpecError, UnknownNameError
from calc.physics.attention import AttentionParameters
from calc.physics.collectives import CollectiveParameters, TransferLine
from calc.physics.dispatch import DispatchParameters
from calc.physics.experts import ExpertParameters
from calc.physics.gemm import GemmParameters
from calc.spec.library import folders

__all__ = ["Fit", "KernelFits", "collective_regime", "joined", "kernel_fits", "moved"]

T = TypeVar("T")

_ALIASES = {"fp16": "bf16", "fp4": "nvfp4", "mxfp4": "nvfp4"}


@dataclass(frozen=True, slots=True)
class Fit(Generic[T]):
    """Parameters with how well they fit.

    Attributes
    ----------
    parameters : what the model takes.
    confidence : derived where measured on the chip itself, assumed where taken over.
    relative : the chip and precision they are taken over from; empty where they are its own.
    spread : by regime, the 10th and 90th percentile of the logarithm of measured over predicted.
    errors : by regime, on rows left out of the fit: how many, and the median and the 90th percentile of the
        absolute relative error; only where they are stated.
    """

    parameters: T
    confidence: str
    relative: str
    spread: Mapping[str, tuple[float, float]]
    errors: Mapping[str, tuple[int, float, float]] = field(default_factory=dict)

    def interval(self, regime: str = "all") -> tuple[float, float]:
        """Factors on a predicted time between which 80 % of measurements lie."""
        low, high = self.spread.get(regime) or next(iter(self.spread.values()), (-0.35, 0.35))
        return math.exp(low), math.exp(high)


def collective_regime(size: float) -> str:
    """The regime of a collective operation's error, by the bytes of one rank's buffer."""
    return "from_1_mib" if size >= 2**20 else "below_1_mib"


def joined(interval: tuple[float, float], kernel: Fit[Any]) -> tuple[float, float]:
    """An interval of whole runs, widened where the kernels are taken over from a relative.

    The runs behind an interval are of chips with kernels of their own; what their relatives' add
    is independent of it, so the logarithms add as squares.

    >>> low, high = joined((0.9, 1.1), Fit({}, "assumed", "a100", {"all": (-0.35, 0.35)}))
    >>> f"{low:.2f} {high:.2f}"
    '0.69 1.44'
    """
    if not kernel.relative:
        return interval
    low, high = kernel.interval("many_rows")
    return (
        math.exp(-math.hypot(math.log(interval[0]), math.log(low))),
        math.exp(math.hypot(math.log(interval[1]), math.log(high))),
    )


def moved(parameters: Any, compute: float, bandwidth: float) -> Any:
    """Parameters of a kernel on a chip that computes so many times as fast and has this memory bandwidth [B/s]."""
    return replace(parameters, peak_flop_rate=parameters.peak_flop_rate * compute, memory_bandwidth=bandwidth)


@dataclass(frozen=True)
class KernelFits:
    """Every fit of one chip, by kind of kernel."""

    chip: str
    source: str
    _words: Mapping[str, Any]

    def _options(self, path: str) -> list[str]:
        return list(dict.fromkeys(name.split(".")[0] for name in _below(self._words, path)))

    def _choose(self, path: str, wanted: str, what: str) -> dict[str, Any]:
        options = self._options(path)
        if not options:
            raise CalcError(f"{self.chip} has no fit of {what}; see specs/kernels")
        chosen = wanted if wanted in options else _ALIASES.get(wanted, wanted)
        if chosen not in options:
            raise UnknownNameError(f"{what} fit of {self.chip}:", wanted, options)
        return _below(self._words, f"{path}.{chosen}")

    def gemm(self, precision: str) -> Fit[GemmParameters]:
        """Matrix multiplications at a precision."""
        return _fit(GemmParameters, self._choose("gemm", precision, "GEMM"))

    def experts(self, precision: str) -> Fit[ExpertParameters]:
        """Routed-expert layers at a precision."""
        words = self._choose("experts", precision, "expert layers")
        inner = GemmParameters(**_below(words, "gemm"))
        values = _below(words, "values")
        return _spread(ExpertParameters(inner, values["fixed_time"], values["row_efficiency"]), words)

    def attention(self, kind: str, precision: str = "bf16", cache: str = "bf16") -> Fit[AttentionParameters]:
        """Attention of a kind: context_attention, generation_attention, context_mla and so on."""
        self._choose("attention", kind, "attention")
        there = self._options(f"attention.{kind}")
        pair = next((p for p in (f"{precision}-{cache}", f"bf16-{cache}", "bf16-bf16") if p in there), there[0])
        return _fit(AttentionParameters, _below(self._words, f"attention.{kind}.{pair}"))

    def collectives(self) -> Fit[CollectiveParameters]:
        """Collective operations over the scale-up fabric."""
        words = _below(self._words, "collectives")
        if not words:
            raise CalcError(f"{self.chip} has no fit of collectives; see specs/kernels")
        return _collectives(words)

    def scale_out(self, fabric: str) -> Fit[CollectiveParameters]:
        """Collective operations over a fabric between systems."""
        return _collectives(self._choose("scale_out", fabric, "scale-out fabrics"))

    def training(self) -> Fit[dict[str, float]]:
        """Global constants of a training step, by name."""
        words = _below(self._words, "training")
        return _spread(_below(words, "values"), words)

    def serving(self, engine: str) -> Fit[dict[str, float]]:
        """Constants of a serving engine, by name."""
        words = self._choose("serving", engine, "serving engines")
        return _spread(_below(words, "values"), words)

    def dispatch(self, mode: str) -> Fit[DispatchParameters]:
        """Dispatch or combine of experts: ll_dispatch, ll_combine, normal_dispatch, rdma_ll_dispatch and so on."""
        return _fit(DispatchParameters, self._choose("dispatch", mode, "dispatch"))


def _below(words: Mapping[str, Any], path: str) -> dict[str, Any]:
    """The words below a path, by what is left of their names."""
    start = path + "."
    return {name[len(start) :]: value for name, value in words.items() if name.startswith(start)}


def _spread(parameters: T, words: Mapping[str, Any]) -> Fit[T]:
    errors = _below(words, "error")
    regimes = dict.fromkeys(name.split(".")[0] for name in errors)
    spread = {r: (errors[f"{r}.log_ratio_low"], errors[f"{r}.log_ratio_high"]) for r in regimes}
    stated = {
        r: (int(errors[f"{r}.rows"]), errors[f"{r}.median"], errors[f"{r}.p90"])
        for r in regimes
        if f"{r}.p90" in errors
    }
    return Fit(parameters, words["confidence"], words.get("relative", ""), spread, stated)


def _fit(kind: type[T], words: Mapping[str, Any]) -> Fit[T]:
    return _spread(kind(**_below(words, "values")), words)


def _collectives(words: Mapping[str, Any]) -> Fit[CollectiveParameters]:
    values: dict[str, Any] = _below(words, "values")
    for parameter in fields(CollectiveParameters):
        line = _below(words, parameter.name)
        if line:
            values[parameter.name] = TransferLine(**line)
    return _spread(CollectiveParameters(**values), words)


def kernel_fits(chip: str, specs: Iterable[str | os.PathLike[str]] = ()) -> KernelFits:
    """The fits of one chip.

    Parameters
    ----------
    chip : its id, or ``scale-out``.
    specs : further folders of spec files, the first to win first.

    Raises
    ------
    UnknownNameError : where no folder has fits of it.
    SpecError : where the file has faults.
    """
    there: dict[str, Path] = {}
    for folder in folders(specs):
        for path in sorted((folder / "kernels").glob("*.yaml")):
            there.setdefault(path.stem, path)
    if chip not in there:
        hint = "a folder of your own may hold kernels/<chip>.yaml; podcalc schema kernels says what stands in it"
        raise UnknownNameError("chip with fitted kernels:", chip, there, hint)
    path = there[chip]
    return _read(str(path), path.read_bytes(), chip)


@lru_cache(maxsize=128)
def _read(file: str, data: bytes, chip: str) -> KernelFits:
    from calc.spec.check import compile_spec

    compiled, faults = compile_spec(data, file, chip)
    if compiled is None:
        raise SpecError(faults)
    return KernelFits(chip, compiled["words"]["source"], compiled["words"])

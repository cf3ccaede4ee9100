"""Roofs of systems: what memory and fabrics let a kernel of some arithmetic intensity attain."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calc import names
from calc.errors import CalcError, UnknownNameError
from calc.model.evaluate import evaluate
from calc.model.scenario import Scenario
from calc.physics import intensity as physics
from calc.spec.system import System

__all__ = [
    "KINDS",
    "PER",
    "Hair",
    "Kernel",
    "Line",
    "Plan",
    "Reached",
    "Roof",
    "Roofline",
    "element_size",
    "kernels",
    "plan",
    "reached",
    "roofline",
]

KINDS = ("hbm", "scale_up", "scale_out")
"""What a roof is of: the chip's memory, the fabric inside a domain, the links to other systems."""

PER = ("chip", "system")
"""What roofs are of: one package, or all of them together."""

_BANDWIDTH = {
    "hbm": "hbm.bandwidth",
    "scale_up": "scale_up.bandwidth_per_direction",
    "scale_out": "scale_out.bandwidth_per_direction",
}
_LABELS = {"hbm": ("HBM", "HBM"), "scale_up": ("scale-up", "纵向互联"), "scale_out": ("scale-out", "横向互联")}
_BITS = {
    "fp64": 64, "fp32": 32, "tf32": 32, "bf16": 16, "fp16": 16, "fp8": 8, "int8": 8, "fp6": 6, "fp4": 4, "int4": 4,
}  # fmt: skip
_POINTS = 121


def element_size(precision: str) -> float:
    """Bytes of one number of a format, as it lies in memory.

    Raises
    ------
    UnknownNameError : where there is no such format.

    >>> element_size("bf16"), element_size("fp4")
    (2.0, 0.5)
    """
    if precision not in _BITS:
        raise UnknownNameError("precision", precision, names.PRECISIONS)
    return _BITS[precision] / 8.0


@dataclass(frozen=True)
class Roof:
    """One roof of one system.

    Attributes
    ----------
    system, name : id and short name of the system.
    kind : one of `KINDS`.
    precision : number format of its peak.
    peak, bandwidth : its two bounds [FLOP/s], [B/s].
    ridge : intensity at which they meet [FLOP/B].
    intensity, attainable : the line [FLOP/B], [FLOP/s].
    confidence : the weakest that the two bounds rest on.
    """

    system: str
    name: str
    kind: str
    precision: str
    peak: float
    bandwidth: float
    ridge: float
    intensity: NDArray[np.float64] = field(repr=False)
    attainable: NDArray[np.float64] = field(repr=False)
    confidence: str | None = None

    def label(self, language: str = "en") -> str:
        """What to write on the line: the system and what bounds it."""
        return f"{self.name} · {_LABELS[self.kind][language == 'zh']}"


@dataclass(frozen=True)
class Roofline:
    """Roofs of several systems over one range of intensities.

    Attributes
    ----------
    per : one of `PER`.
    roofs : in order of systems, precisions and kinds.
    missing : the reason for every roof there is none of, by system, precision and kind.
    """

    per: str
    roofs: Sequence[Roof]
    missing: Mapping[tuple[str, str, str], str]

    def to_json(self) -> dict[str, Any]:
        """As plain values, ``podcalc.roofline/1``; FLOP/s, B/s and FLOP/B."""
        return {
            "schema": "podcalc.roofline/1",
            "per": self.per,
            "rows": [
                {
                    "system": roof.system,
                    "kind": roof.kind,
                    "precision": roof.precision,
                    "peak": roof.peak,
                    "bandwidth": roof.bandwidth,
                    "ridge": roof.ridge,
                    "confidence": roof.confidence,
                }
                for roof in self.roofs
            ],
            "missing": [
                {"system": system, "precision": precision, "kind": kind, "reason": reason}
                for (system, precision, kind), reason in self.missing.items()
            ],
        }


def roofline(
    systems: Sequence[System],
    scenario: Scenario | None = None,
    per: str = "chip",
    kinds: Sequence[str] = KINDS,
    precisions: Sequence[str] = (),
) -> Roofline:
    """Roofs of systems.

    Parameters
    ----------
    systems : whose roofs; the fabrics' are one direction.
    scenario : the assumptions; its precision is taken where no others are named.
    per : one of `PER`.
    kinds : which roofs, of `KINDS`.
    precisions : number formats of the peaks.

    Returns
    -------
    Roofline : all over one range that holds every ridge point.

    Raises
    ------
    UnknownNameError : where `per`, a kind or a precision is none.
    CalcError : where there is no system.
    """
    scenario = scenario or Scenario()
    if per not in PER:
        raise UnknownNameError("unit to draw roofs for", per, PER)
    for kind in kinds:
        if kind not in KINDS:
            raise UnknownNameError("roof", kind, KINDS)
    if not systems:
        raise CalcError("no system to draw roofs of; name one or more (podcalc list systems)")
    prefix = "chip." if per == "chip" else ""
    found: list[tuple[System, str, str, float, float, str | None]] = []
    missing: dict[tuple[str, str, str], str] = {}
    for system in systems:
        for precision in precisions or (scenario.precision,):
            result = evaluate(system, replace(scenario, precision=precision))
            for kind in kinds:
                quantities = (f"{prefix}flop_rate", prefix + _BANDWIDTH[kind])
                lacking = next((name for name in quantities if not result.get(name)), None)
                if lacking:
                    missing[system.id, precision, kind] = result.reason(lacking)
                    continue
                confidence = names.weakest([word for name in quantities if (word := result.confidence(name))])
                peak, bandwidth = (float(result.get(name)) for name in quantities)
                found.append((system, precision, kind, peak, bandwidth, confidence))
    ridges = [float(physics.roof_ridge(peak, bandwidth)) for _, _, _, peak, bandwidth, _ in found]
    axis = _axis(ridges)
    roofs = [
        Roof(
            system.id, system.short, kind, precision, peak, bandwidth, ridge, axis,
            physics.roof_attainable(axis, peak, bandwidth), confidence,
        )
        for (system, precision, kind, peak, bandwidth, confidence), ridge in zip(found, ridges, strict=True)
    ]  # fmt: skip
    return Roofline(per, tuple(roofs), missing)


def _axis(ridges: Sequence[float]) -> NDArray[np.float64]:
    """Whole decades around every ridge, with the ridges themselves, so that no line cuts its corner."""
    if not ridges:
        return np.empty(0)
    low = min(0.0, np.floor(np.log10(min(ridges))) - 1)
    high = np.ceil(np.log10(max(ridges))) + 0.5
    return np.unique(np.concatenate([np.logspace(low, high, _POINTS), ridges]))


@dataclass(frozen=True, slots=True)
class Kernel:
    """A typical kernel, by its arithmetic intensity.

    Attributes
    ----------
    name : its id.
    en, zh : what to call it, with the shape it is worked out for.
    moves : what its bytes cross: ``hbm``, or ``scale_up`` for what is sent to other chips.
    intensity : arithmetic on each byte [FLOP/B].
    formula : name of the formula that gives it.
    """

    name: str
    en: str
    zh: str
    moves: str
    intensity: float
    formula: str

    def label(self, language: str = "en") -> str:
        """What to write beside it."""
        return self.zh if language == "zh" else self.en


# Shapes of layers as published models have them: widths of 8,192 with 28,672 between, eight query heads a
# group, contexts of 8,192; routed experts 2,048 wide.
_WIDTH, _BETWEEN, _GROUP, _CONTEXT, _EXPERT, _RANKS = 8192, 28672, 8, 8192, 2048, 8
_BATCHES = (1, 64, 256)


def kernels(precision: str = "bf16") -> Sequence[Kernel]:
    """Typical kernels with their intensities, each from a formula of `calc.physics.intensity`.

    Parameters
    ----------
    precision : number format of every matrix.

    Returns
    -------
    kernels : in order of intensity, those that cross memory first.

    >>> [round(kernel.intensity, 2) for kernel in kernels()[:2]]
    [1.0, 7.99]
    """
    size = element_size(precision)
    listed: list[tuple[str, str, str, str, Callable[..., Any], tuple[float, ...]]] = [
        (
            f"decode-{batch}", f"decode, batch {batch}", f"解码，批量 {batch}", "hbm",
            physics.gemm_intensity, (batch, _WIDTH, _WIDTH, size),
        )
        for batch in _BATCHES
    ]  # fmt: skip
    listed += [
        (
            "decode-attention", "decode attention, 8 heads a group", "解码注意力，每组 8 头", "hbm",
            physics.attention_intensity, (1, _CONTEXT, _CONTEXT, _GROUP, size),
        ),
        (
            "prefill-attention", "prefill attention, 8,192 tokens", "预填充注意力，8,192 词元", "hbm",
            physics.attention_intensity, (_CONTEXT, _CONTEXT, _CONTEXT / 2, _GROUP, size),
        ),
        (
            "gemm", "matrix product, 8,192 square", "矩阵乘，8,192 方阵", "hbm",
            physics.gemm_intensity, (_WIDTH, _WIDTH, _WIDTH, size),
        ),
        ("all-reduce", "all-reduce", "全归约", "scale_up", physics.all_reduce_intensity, (size,)),
        (
            "expert-exchange", "expert exchange, 2,048 wide", "专家交换，宽 2,048", "scale_up",
            physics.expert_exchange_intensity, (_EXPERT, size),
        ),
        (
            "tensor-parallel", "tensor parallel over 8", "张量并行，8 路", "scale_up",
            physics.tensor_parallel_intensity, (_BETWEEN, _RANKS, size),
        ),
    ]  # fmt: skip
    found = [
        Kernel(name, en, zh, moves, float(formula(*given)), formula.__name__)
        for name, en, zh, moves, formula, given in listed
    ]
    return tuple(sorted(found, key=lambda kernel: (kernel.moves != "hbm", kernel.intensity)))


@dataclass(frozen=True, slots=True)
class Reached:
    """What one kernel attains under one roof.

    Attributes
    ----------
    kernel : the kernel.
    roof : the roof it is under: of one system, and of what its bytes cross.
    attainable : the lower of the two bounds [FLOP/s].
    by_compute : whether arithmetic is what binds.
    """

    kernel: Kernel
    roof: Roof
    attainable: float
    by_compute: bool


def reached(found: Roofline, listed: Sequence[Kernel]) -> Sequence[Reached]:
    """What kernels attain under the roofs of what their bytes cross.

    Parameters
    ----------
    found : roofs of one number format.
    listed : kernels.

    Returns
    -------
    reached : kernel by kernel, in the order of the roofs.
    """
    said = []
    for kernel in listed:
        for roof in found.roofs:
            if roof.kind == kernel.moves:
                rate = float(physics.roof_attainable(kernel.intensity, roof.peak, roof.bandwidth))
                said.append(Reached(kernel, roof, rate, kernel.intensity >= roof.ridge))
    return tuple(said)


@dataclass(frozen=True)
class Line:
    """One roof laid out to draw.

    Attributes
    ----------
    roof : the roof.
    x, y : its line: intensity [FLOP/B], and throughput in the unit to show it in.
    peak : its peak in that unit.
    label : where its label stands, on the line and clear of the other labels.
    """

    roof: Roof
    x: Sequence[float]
    y: Sequence[float]
    peak: float
    label: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Hair:
    """A kernel laid out to draw.

    Attributes
    ----------
    kernel : the kernel.
    left : whether its name stands on the left of its place.
    foot : where its name starts, in the unit of the lines.
    """

    kernel: Kernel
    left: bool
    foot: float


@dataclass(frozen=True)
class Plan:
    """Roofs and kernels laid out to draw.

    Attributes
    ----------
    lines : the roofs.
    kernels : those that lie inside the axis, and where the name of each stands.
    across, up : ends of the two axes.
    decades_across, decades_up : powers of ten along each.
    """

    lines: Sequence[Line]
    kernels: Sequence[Hair]
    across: tuple[float, float]
    up: tuple[float, float]
    decades_across: Sequence[float]
    decades_up: Sequence[float]


_NEAR = 0.14
_ASIDE = 10.0
_STOREY = 0.36


def plan(found: Roofline, listed: Sequence[Kernel], factor: float = 1.0) -> Plan:
    """Lay roofs and kernels out on log axes.

    Parameters
    ----------
    found : roofs, one at least.
    listed : kernels.
    factor : what one FLOP/s is in the unit to show.

    Returns
    -------
    Plan : with every label where no other stands.

    Raises
    ------
    CalcError : where there is no roof.
    """
    if not found.roofs:
        raise CalcError("no roof to draw")
    axis = found.roofs[0].intensity
    low, high = float(axis[0]), float(axis[-1])
    taken: list[tuple[int, float]] = []
    lines = []
    for roof in found.roofs:
        step = 0
        while any(step == at and abs(np.log10(roof.bandwidth / other)) < _NEAR for at, other in taken):
            step += 1
        taken.append((step, roof.bandwidth))
        place = min(low * 1.25 * _ASIDE**step, high / _ASIDE)
        line = Line(
            roof,
            axis.tolist(),
            (roof.attainable * factor).tolist(),
            roof.peak * factor,
            (place, float(physics.roof_attainable(place, roof.peak, roof.bandwidth)) * factor),
        )
        lines.append(line)
    bottom = min(line.y[0] for line in lines)
    top = max(line.peak for line in lines)
    ends = (bottom / 2.0, top * 2.0)
    return Plan(
        tuple(lines),
        _hairs([kernel for kernel in listed if low < kernel.intensity < high], *ends),
        (low, high),
        ends,
        _decades(low, high),
        _decades(*ends),
    )


def _decades(low: float, high: float) -> tuple[float, ...]:
    first, last = int(np.ceil(np.log10(low) - 1e-9)), int(np.floor(np.log10(high) + 1e-9))
    return tuple(10.0**power for power in range(first, last + 1))


def _hairs(listed: Sequence[Kernel], low: float, high: float) -> tuple[Hair, ...]:
    """Neighbours too near for two names between them have them on either side, and the next ones higher up."""
    placed: list[Hair] = []
    run = 0
    for kernel in sorted(listed, key=lambda one: one.intensity):
        near = bool(placed) and np.log10(kernel.intensity / placed[-1].kernel.intensity) < _NEAR
        run = run + 1 if near else 0
        placed.append(Hair(kernel, run % 2 == 0, low * (high / low) ** (_STOREY * (run // 2))))
    return tuple(placed)

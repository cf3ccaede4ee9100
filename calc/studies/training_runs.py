"""Published training runs: what each says of itself, and what is predicted for it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from calc.errors import CalcError, UnknownNameError
from calc.physics.collectives import CollectiveParameters, ring_time, wire_bytes
from calc.physics.training import RECOMPUTE, SHARDING, mapping_reason, training_step
from calc.physics.training import Mapping as Split
from calc.physics.training_layer import SoftwareStack, TrainingChip, TrainingConstants, TrainingFabric, layer_times
from calc.physics.transformer import Architecture
from calc.spec.architecture import architecture
from calc.spec.kernels import Fit, kernel_fits
from calc.spec.library import Library
from calc.studies.platforms import platform

__all__ = ["Fitted", "fabric_of", "fitted", "predict", "stack_of"]

# A buffer long enough for bandwidth alone to count.
_LONG = 256e6
_PRECISIONS = {"fp16": "bf16", "mxfp8": "fp8", "fp8-mx": "fp8", "fp8-cs": "fp8", "fp4": "nvfp4", "mxfp4": "nvfp4"}


@dataclass(frozen=True)
class Fitted:
    """What all predictions of training share.

    Attributes
    ----------
    constants : of a step.
    scale_out_share, exchange_share : of the bandwidth that fabrics beyond the domain, and expert exchanges, reach.
    fit : with the errors.
    """

    constants: TrainingConstants
    scale_out_share: float
    exchange_share: float
    fit: Fit[dict[str, float]]


def fitted(specs: Iterable[str | os.PathLike[str]] = ()) -> Fitted:
    """The global constants of training."""
    fit = kernel_fits("training", specs).training()
    values = dict(fit.parameters)
    scale_out, exchange = (values.pop(name) for name in ("scale_out_share", "exchange_share"))
    return Fitted(TrainingConstants(**values), scale_out, exchange, fit)


def _says(row: Mapping[str, str], column: str, word: str) -> bool:
    return word in row.get(column, "")


def stack_of(row: Mapping[str, str]) -> SoftwareStack:
    """What the software of a run does, by the stack that published it and its date.

    Parameters
    ----------
    row : a row of a table of runs.
    """
    source, chip, recompute = row.get("source", ""), row.get("chip", ""), row.get("recompute", "")
    hopper = chip.startswith(("h100", "h200", "h800", "h20", "mi"))
    if "SC21" in source:
        zero = "zero" in row.get("sharding", "")
        return SoftwareStack(
            fused_attention=False,
            overlap=0.0,
            sequence_parallel=False,
            gradient_size=2.0 if zero else 4.0,
            single_card_rings=zero,
        )
    if "Korthikanti" in source:
        return SoftwareStack(
            fused_attention=False, overlap=0.0, sequence_parallel="selective" in recompute, gradient_size=4.0
        )
    if "MosaicML" in source:
        return SoftwareStack(attention_age=2.0 if hopper else 0.0, eager=True, overlap=0.25, sequence_parallel=False)
    if "torchtitan" in source:
        eager = row.get("run_id", "").endswith("-fsdp")
        return SoftwareStack(attention_age=1.0 if hopper else 0.0, eager=eager, overlap=0.75, gradient_size=4.0)
    if "Bridge" in source:
        return _bridge(row)
    if "DeepSeek" in source:
        return SoftwareStack(graphs=1.0, fused_experts=True, expert_overlap=True)
    if "MaxText" in source:
        return SoftwareStack(graphs=1.0)
    return SoftwareStack()


def _bridge(row: Mapping[str, str]) -> SoftwareStack:
    """Megatron-Bridge by release: 26.06 fused the experts and recorded graphs on Blackwell below 16 bits."""
    release, chip = row.get("location", "")[:5], row.get("chip", "")
    blackwell = chip.startswith(("b200", "b300", "gb"))
    eager = "gpt-oss" in row.get("model", "")
    new = release >= "26.06" and blackwell and row.get("precision") != "bf16"
    partly = 1.0 / 3.0 if chip.startswith("gb") and release >= "26" else 0.0
    return SoftwareStack(
        graphs=1.0 if new else partly, fused_experts=new and not eager, eager_experts=eager and not new
    )


def _hardware(
    chip_id: str, precision: str, shared: Fitted, specs: Iterable[str | os.PathLike[str]]
) -> tuple[TrainingChip, TrainingFabric]:
    ran_on = platform(chip_id)
    fits = kernel_fits(ran_on.kernels, specs)
    plain = fits.gemm("bf16").parameters
    try:
        own = fits.gemm(_PRECISIONS.get(precision, precision)).parameters
    except UnknownNameError:
        own = plain
    attention = fits.attention("context_attention").parameters
    attention = replace(
        attention,
        memory_bandwidth=ran_on.hbm_bandwidth,
        compute_efficiency=attention.compute_efficiency * ran_on.attention_ratio,
    )
    plain, own = (replace(one, memory_bandwidth=ran_on.hbm_bandwidth) for one in (plain, own))
    if ran_on.flop_rate is not None:
        own = plain = replace(plain, peak_flop_rate=ran_on.flop_rate)
        attention = replace(attention, peak_flop_rate=ran_on.flop_rate)
    chip = TrainingChip(own, plain, attention, own.peak_flop_rate, ran_on.hbm_capacity, ran_on.sustained)
    line = fits.collectives().parameters
    up, domain, out = ran_on.scale_up_bandwidth, ran_on.scale_up_domain, ran_on.scale_out_bandwidth
    return chip, fabric_of(line, up, domain, out, shared)


def fabric_of(line: CollectiveParameters, scale_up: Any, domain: Any, scale_out: Any, shared: Fitted) -> TrainingFabric:
    """The fabrics of a chip as a training step sees them.

    Parameters
    ----------
    line : what the scale-up links and their library can do, as fitted; their sustained share is taken.
    scale_up, scale_out : bandwidth of one chip inside and beyond its scale-up domain, per direction [B/s].
    domain : chips of a scale-up domain; all three numbers, or arrays over scenarios.
    shared : the global constants.
    """
    # A chip that is its whole domain sends nothing; a pair stands for it.
    ranks = np.clip(np.asarray(domain, float), 2.0, 8.0)
    time = ring_time("all_gather", ranks, _LONG, line)
    sustained = np.minimum(wire_bytes("all_gather", ranks, _LONG) / time / line.link_bandwidth, 1.0)
    share = sustained if np.ndim(sustained) else float(sustained)
    return TrainingFabric(scale_up, domain, scale_out, share, shared.scale_out_share, shared.exchange_share)


def _network(row: Mapping[str, str], library: Library) -> Architecture:
    try:
        found = architecture(library, row["model"])
    except UnknownNameError:
        if not row.get("model_dims"):
            raise
        d = json.loads(row["model_dims"])
        hidden, heads = d["hidden"], d["heads"]
        found = Architecture(
            d["layers"], hidden, heads, d.get("kv_heads", heads), d.get("head_dim", hidden // heads),
            d.get("ffn", 4 * hidden), d.get("vocab", 51200),
            gated=d.get("gated", "ffn" in d), tied_embeddings="ffn" not in d,
        )  # fmt: skip
    return replace(found, prediction_layers=0) if _says(row, "note", "w/o MTP") else found


def _whole(row: Mapping[str, str], column: str, default: float = 1.0) -> float:
    return float(row[column]) if row.get(column) else default


def _split(row: Mapping[str, str]) -> Split:
    sharding = SHARDING.get(row.get("sharding", ""), 1)
    pipeline = _whole(row, "pp")
    if sharding == SHARDING["zero3"] and pipeline > 1:
        sharding = SHARDING["zero1"]
    if _says(row, "note", "SHARD_GRAD_OP"):
        sharding = SHARDING["zero2"]
    said = row.get("recompute", "")
    recompute = RECOMPUTE["none"]
    if "full" in said:
        recompute = RECOMPUTE["full"]
    elif "attn" in said or "norm" in said:
        recompute = RECOMPUTE["selective"]
    elif "selective" in said:
        recompute = RECOMPUTE["operations" if _says(row, "source", "torchtitan") else "selective"]
    return Split(
        tp=_whole(row, "tp"), pp=pipeline, vp=max(_whole(row, "vp"), 1.0) if pipeline > 1 else 1.0,
        cp=_whole(row, "cp"),
        ep=max(_whole(row, "ep"), 1.0), dp=_whole(row, "dp"), recompute=recompute, sharding=sharding,
        zero_bubble=1 if _says(row, "source", "DeepSeek-V3 Tech") else 0,
    )  # fmt: skip


def predict(
    row: Mapping[str, str],
    library: Library,
    shared: Fitted,
    specs: Iterable[str | os.PathLike[str]] = (),
) -> tuple[float, bool]:
    """Tokens per second and chip of a run, and whether its network has experts.

    Parameters
    ----------
    row : a row of a table of runs, as text.
    library : the catalogue, for the network.
    shared : the global constants.
    specs : further folders of spec files, for the fits.

    Raises
    ------
    CalcError : where the row does not say enough, or nothing fits.
    """
    if row.get("precision") == "unverified":
        raise CalcError("its precision is unverified")
    network = _network(row, library)
    chip, fabric = _hardware(row["chip"], row.get("precision", "bf16"), shared, specs)
    stack = stack_of(row)
    ask: dict[str, Any] = {
        "chips": _whole(row, "chips"),
        "sequence": _whole(row, "seq"),
        "stack": stack,
        "constants": shared.constants,
    }
    if row.get("mapping_known") != "True":
        return _best(row, network, chip, fabric, ask), bool(network.experts)
    micro: Any = float(row["micro_batch"]) if row.get("micro_batch") else np.array([1.0, 2.0, 4.0, 8.0])
    split = replace(_split(row), micro_batch=micro)
    ask["global_batch"] = _whole(row, "global_batch")
    if _says(row, "note", "LoRA"):
        ask["layer"] = _frozen(network, chip, fabric, stack, shared.constants, split, ask["sequence"])
    step = training_step(network, chip, fabric, split, **ask)
    if row.get("recompute") == "unknown" and np.ndim(micro) == 0 and float(step.memory_total) > chip.memory_capacity:
        step = training_step(network, chip, fabric, replace(split, recompute=RECOMPUTE["selective"]), **ask)
    if np.ndim(micro):
        # Not published: the one that runs fastest among those that fit.
        weight = np.where(step.reason == 0, 1.0, 1e-6)
        chosen = int(np.argmax(step.token_rate_per_chip * weight))
        step = training_step(network, chip, fabric, replace(split, micro_batch=float(micro[chosen])), **ask)
    return float(step.token_rate_per_chip), bool(network.experts)


def _frozen(
    network: Architecture, chip: TrainingChip, fabric: TrainingFabric, stack: SoftwareStack,
    constants: TrainingConstants, split: Split, sequence: float,
) -> Any:  # fmt: skip
    """Layer times of fine-tuning with frozen weights: no weight gradients but the adapters'."""
    times = layer_times(
        network, chip, fabric, stack, constants,
        micro_batch=split.micro_batch, sequence=sequence, tp=split.tp, cp=split.cp, ep=split.ep,
    )  # fmt: skip
    return replace(
        times,
        backward={**times.backward, "gemm": times.backward["gemm"] * 0.5},
        head={**times.head, "gemm": times.head["gemm"] * 2.0 / 3.0},
    )


def _best(
    row: Mapping[str, str], network: Architecture, chip: TrainingChip, fabric: TrainingFabric, ask: Mapping[str, Any]
) -> float:
    """The rate of the best split found, where none is published."""
    chips = ask["chips"]
    axes = ((1, 2, 4, 8, 16, 32), (1, 2, 4, 8, 16), (1, 2, 4, 8, 16), (1, 2, 4, 8), (0, 3), (1, 3))
    tp, pp, ep, micro, recompute, sharding = (axis.ravel().astype(float) for axis in np.meshgrid(*axes, indexing="ij"))
    dp = np.floor(chips / (tp * pp))
    batch = np.broadcast_to(_whole(row, "global_batch", 0.0) or dp * micro * pp * 4, tp.shape)
    split = Split(tp, pp, 1, 1, ep, dp, micro, recompute, sharding)
    reason = mapping_reason(network, split, chips=chips, global_batch=batch, sequence=ask["sequence"])
    possible = np.flatnonzero(reason == 0)
    split = Split(**{name: axis if axis.ndim == 0 else axis[possible] for name, axis in split.arrays().items()})
    step = training_step(network, chip, fabric, split, global_batch=batch[possible], **ask)
    rate = np.where(step.reason == 0, step.token_rate_per_chip, 0.0)
    if not rate.size or rate.max() <= 0:
        raise CalcError("no mapping fits")
    return float(rate.max())

"""Published serving results: what each says of itself, and what is predicted for it."""

from __future__ import annotations

import csv
import math
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from calc.errors import CalcError, UnknownNameError
from calc.physics.gemm import GemmParameters
from calc.physics.serving_chip import RESERVED_MEMORY, EngineParameters, Options, ServingChip, ServingMapping, Work
from calc.physics.serving_offline import EngineRules, offline_maximum
from calc.physics.serving_step import step_time
from calc.physics.transformer import Architecture
from calc.spec.architecture import architecture
from calc.spec.kernels import Fit, KernelFits, kernel_fits
from calc.spec.library import Library, built_in
from calc.studies.platforms import platforms

__all__ = [
    "DIES",
    "LENT_UNITS",
    "Engine",
    "engine",
    "engine_of",
    "engine_rules",
    "matrix_fit",
    "predict",
    "serving_chip",
]

LENT_UNITS = 20
"""Compute units that GPUs lend to communication while two micro-batches alternate. [1]"""
DIES = {"ascend-910c": 2}
"""Dies of a package that each serve as a rank of their own."""
# Chips that share a host, where the table of platforms does not say how many a domain has.
_SERVER = 8.0
_KERNELS = {"ascend-910c": "ascend-910c-die", "mi250x-gcd": "mi210"}
_WEIGHT_SIZE = {"bf16": 2.0, "fp16": 2.0, "fp8": 1.0, "fp4": 0.5625, "int8": 1.0, "int8wo": 1.0}
_GEMM = {"fp8": "fp8", "fp4": "nvfp4", "int8": "int8", "bf16": "bf16", "fp16": "bf16", "int8wo": "bf16"}


@cache
def _requests() -> dict[tuple[int, int], float]:
    """Requests of a benchmark by input and output length, as its tables were made."""
    with (built_in() / "measurements" / "serving-requests.csv").open(encoding="utf-8", newline="") as table:
        return {
            (int(row["input_len"]), int(row["output_len"])): float(row["requests"]) for row in csv.DictReader(table)
        }


def engine_of(row: Mapping[str, str]) -> str:
    """The engine that ran a row, by the name its constants go by."""
    engine = row.get("engine", "")
    if engine.startswith("Tensor"):
        return "tensorrt-llm"
    if engine.startswith("SGL"):
        return "sglang"
    if engine.startswith("gpt"):
        return "gpt-fast"
    return "cloudmatrix-infer" if row.get("chip", "").startswith("ascend") else "deepseek"


def _blocks(model: str) -> bool:
    """Whether a network's 8-bit weights have a scale for each block of them."""
    return "deepseek" in model


def _matrix_word(precision: str, model: str) -> str:
    """What the fits call the products of a network's weights in a precision."""
    if precision not in _GEMM:
        raise UnknownNameError("precision of serving:", precision, _GEMM)
    return "fp8_block" if _blocks(model) and precision == "fp8" else _GEMM[precision]


def _attention(fits: KernelFits, network: Architecture, cache_word: str) -> tuple[Any, Any]:
    if network.latent:
        prefill = fits.attention("context_mla", "bf16", "bf16")
        return prefill.parameters, fits.attention("generation_mla", "bf16", cache_word).parameters
    prefill = fits.attention("context_attention", "fp8" if cache_word == "fp8" else "bf16", cache_word)
    if network.kv_heads == network.heads:
        return prefill.parameters, fits.attention("generation_attention_mha", "bf16", cache_word).parameters
    # Fits of the batches that serving runs, where the chip has them.
    wide = "serving_attention_wide" if network.heads / network.kv_heads > 8 else "serving_attention"
    try:
        decode = fits.attention(wide, "bf16", cache_word)
    except CalcError:
        decode = fits.attention("generation_attention", "bf16", cache_word)
    return prefill.parameters, decode.parameters


def serving_chip(
    chip_id: str, precision: str, model: str, phase: str, library: Library, specs: Iterable[str | os.PathLike[str]] = ()
) -> ServingChip:
    """A chip, or a die of it, as one serving step of a model sees it.

    Parameters
    ----------
    chip_id : id of the chip.
    precision : of the weights: bf16, fp8, fp4, int8, or int8wo for weights alone.
    model : id of the network.
    phase : prefill, decode or offline.
    library : the catalogue.
    specs : further folders of spec files, for the fits.

    Raises
    ------
    CalcError : where there is no fit of a kernel that the step needs.
    """
    word, blocks = _matrix_word(precision, model), _blocks(model)
    network = architecture(library, model)
    fits = kernel_fits(_KERNELS.get(chip_id, chip_id), specs)
    matrix = fits.gemm(word).parameters
    experts = fits.experts(word).parameters if network.experts else None
    if precision == "int8wo":
        matrix = replace(matrix, operand_size=1.0)
        experts = replace(experts, gemm=replace(experts.gemm, operand_size=1.0)) if experts else None
    kv_size = 1.0 if precision in ("fp8", "fp4") and not blocks else 2.0
    prefill, decode = _attention(fits, network, "fp8" if kv_size == 1.0 else "bf16")
    dispatch = combine = None
    ran_on = platforms().get(chip_id)
    if blocks:
        low_latency = chip_id.startswith(("gb", "ascend"))
        mode = "ll_" if low_latency else "rdma_ll_" if phase == "decode" else "normal_"
        dispatch, combine = (fits.dispatch(mode + way).parameters for way in ("dispatch", "combine"))
    return ServingChip(
        matrix=matrix,
        head=fits.gemm("bf16").parameters,
        experts=experts,
        prefill_attention=prefill,
        decode_attention=decode,
        collectives=fits.collectives().parameters,
        dispatch=dispatch,
        combine=combine,
        memory_capacity=(ran_on and ran_on.reported_memory) or math.inf,
        weight_size=_WEIGHT_SIZE[precision],
        expert_weight_size=_WEIGHT_SIZE[precision],
        kv_size=kv_size,
        wire_size=0.5625 if precision == "fp4" else 1.03,
        domain=ran_on.scale_up_domain * DIES.get(chip_id, 1) if ran_on else _SERVER,
        weight_only=precision == "int8wo",
        host_ratio=ran_on.host_ratio if ran_on else 1.0,
    )


def matrix_fit(
    chip_id: str, precision: str, model: str, specs: Iterable[str | os.PathLike[str]] = ()
) -> Fit[GemmParameters]:
    """The fit of the matrix products of a step.

    Raises
    ------
    CalcError : where the chip has none in the precision.
    """
    word = _matrix_word(precision, model)
    try:
        return kernel_fits(_KERNELS.get(chip_id, chip_id), specs).gemm(word)
    except UnknownNameError as error:
        raise CalcError(
            f"{chip_id} has no fitted kernels in {precision}; there are {', '.join(error.allowed)}"
        ) from None


@dataclass(frozen=True)
class Engine:
    """One serving engine.

    Attributes
    ----------
    parameters : what it costs beyond its kernels.
    reserved_memory : what its runtime keeps [B].
    expert_imbalance : expert rows of the busiest chip over the mean, where nobody balances them [1].
    fit : with the errors.
    """

    parameters: EngineParameters
    reserved_memory: float
    expert_imbalance: float
    fit: Fit[dict[str, float]]


def engine(name: str, specs: Iterable[str | os.PathLike[str]]) -> Engine:
    """An engine by name, as fitted."""
    fit = kernel_fits("serving", specs).serving(name)
    values = dict(fit.parameters)
    reserved = values.pop("reserved_memory", RESERVED_MEMORY)
    imbalance = values.pop("expert_imbalance", 1.0)
    return Engine(EngineParameters(**values), reserved, imbalance, fit)


def engine_rules(precision: str, ran: Engine) -> EngineRules:
    """How an engine chooses its batch offline; it takes 4-bit weights for half their size."""
    return EngineRules(reserved_memory=ran.reserved_memory, weight_estimate=0.5 if precision == "fp4" else 1.0)


def _first_number(text: str) -> float:
    found = re.match(r"[0-9.]+", text or "")
    if not found:
        raise CalcError(f"'{text}' is not a number")
    return float(found.group())


def predict(
    row: Mapping[str, str], library: Library, specs: Iterable[str | os.PathLike[str]] = ()
) -> tuple[float, tuple[float, float]]:
    """Tokens per second and chip of a published result, and the factors of its 80 % interval.

    Parameters
    ----------
    row : a row of a table of serving results, as text.
    library : the catalogue, for the network.
    specs : further folders of spec files, for the fits.

    Raises
    ------
    CalcError : where the row does not say enough.
    """
    name = engine_of(row)
    ran = engine(name, specs)
    network = architecture(library, row["model"])
    chip = serving_chip(row["chip"], row["precision"], row["model"], row["phase"], library, specs)
    interval = ran.fit.interval("moe" if network.experts else "dense")
    if row["phase"] == "offline":
        return _offline(row, network, chip, ran), interval
    if name == "gpt-fast":
        tensor = int(float(row["tp"] or 1))
        step = step_time(network, Work(1, 105), ServingMapping(tensor, 1, 1), chip, ran.parameters, Options())
        return 1.0 / float(step.total) / tensor, interval
    return _wide(row, network, chip, ran), interval


def _offline(row: Mapping[str, str], network: Architecture, chip: ServingChip, ran: Engine) -> float:
    tensor = int(float(row["tp"] or 1))
    lengths = (int(float(row["input_len"])), int(float(row["output_len"])))
    if lengths not in _requests():
        nearest = min(_requests(), key=lambda known: abs(math.log(sum(known) / sum(lengths))))
        requests = _requests()[nearest]
    else:
        requests = _requests()[lengths]
    apart = row.get("attention_dp") in ("1", "1.0")
    mapping = ServingMapping(1 if apart else tensor, tensor if apart else 1, tensor if network.experts else 1, 1)
    found = offline_maximum(
        network, mapping, chip, ran.parameters,
        input_len=lengths[0], output_len=lengths[1], requests=requests, rules=engine_rules(row["precision"], ran),
        options=Options(imbalance=ran.expert_imbalance if network.experts and tensor > 1 else 1.0),
    )  # fmt: skip
    return float(found.token_rate_per_chip)


def _wide(row: Mapping[str, str], network: Architecture, chip: ServingChip, ran: Engine) -> float:
    """Wide expert parallelism: attention data-parallel, one rank a die where a package holds two."""
    ranks = int(float(row["ep"]))
    dies = float(DIES.get(row["chip"], 1))
    balanced = "perfect" in row.get("note", "") or "perfect" in row.get("engine", "")
    imbalance = 1.0 if balanced else ran.expert_imbalance
    mapping = ServingMapping(1, ranks, ranks, 1)
    if row["phase"] == "prefill":
        tokens = _first_number(row["batch_tokens_per_chip"]) / dies
        length = float(row["input_len"])
        options = Options(
            graph=False, exchange="dispatch", imbalance=imbalance, overlap=True, throughput_dispatch=True,
            lent_units=LENT_UNITS if dies == 1 else 0,
        )  # fmt: skip
        step = step_time(
            network, Work(prompts=tokens / length, prompt_len=length), mapping, chip, ran.parameters, options
        )
        return tokens * dies / float(step.total)
    batch = _first_number(row["batch_per_chip"]) / dies
    kv_len = _first_number(row["kv_len"]) if row.get("kv_len") else float(row["input_len"]) + 500.0
    drafts = row.get("mtp", "")
    accepted = re.search(r"([0-9]+)%", drafts)
    overlap = "none" not in row.get("note", "") and row["chip"] != "gb200"
    options = Options(
        exchange="dispatch", imbalance=imbalance, overlap=overlap, prediction=bool(drafts) and "simulated" not in drafts
    )
    step = step_time(
        network, Work(batch, kv_len, query_len=2.0 if drafts else 1.0), mapping, chip, ran.parameters, options
    )
    gained = 1.0 + (float(accepted.group(1)) / 100.0 if accepted else 0.0)
    return batch * dies * gained / float(step.total)

"""Time of one step of an inference engine: prefill, decode, or both mixed.

A step is the sum of its kernels on one chip, of the communication between them, and of the host
time that these do not hide. Where two micro-batches alternate, the longer of computation and
communication hides most of the shorter.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from calc.physics.attention import (
    decode_attention_time,
    prefill_attention_time,
)
from calc.physics.collectives import (
    collective_time,
    custom_all_reduce_time,
    in_switch_time,
)
from calc.physics.dispatch import dispatch_time, distinct_destinations
from calc.physics.experts import ACTIVATION_SIZE, distinct_experts, expert_layer_time
from calc.physics.gemm import GemmParameters, gemm_time, grouped_gemm_time
from calc.physics.serving_chip import (
    EXCHANGES,
    EngineParameters,
    Options,
    ServingChip,
    ServingMapping,
    StepTime,
    Work,
)
from calc.physics.transformer import Architecture, attention_matrices, layer_counts
from calc.physics.types import FloatArray

__all__ = [
    "busiest_prompts",
    "cores_time",
    "expert_exchange_time",
    "feed_forward_time",
    "group_collective_time",
    "passes_time",
    "products_time",
    "projections_time",
    "routed_time",
    "step_time",
]


# Logits are gathered in single precision.
LOGIT_SIZE = 4.0
# Additions with norm per layer; each reads two states and writes one in 16 bits, and writes one
# more as the operand of the next product.
NORMS = 2.0
NORM_PASSES = 3.0
# Halves of a gated feed-forward layer's inner state that the activation reads in 16 bits; it
# writes one as an operand.
INNER_PASSES = 2.0
# Kernels of a layer that are no matrix product and no attention: norms, activation, casts.
HELPER_KERNELS = 4.0
# Share of a kernel's stand-alone launch time that remains in a chain of kernels on one stream.
CHAINED_LAUNCH = 0.5


def _chained(time: FloatArray, launch: ArrayLike) -> FloatArray:
    """A kernel's time in a chain: part of its launch hides behind the kernel before it."""
    return np.asarray(time - (1.0 - CHAINED_LAUNCH) * np.asarray(launch, float))


def group_collective_time(operation: str, ranks: ArrayLike, size: ArrayLike, chip: ServingChip) -> FloatArray:
    """Time of a collective within a scale-up domain.

    Parameters
    ----------
    operation : str
        One of `collectives.OPERATIONS`.
    ranks : array_like
        Chips of the group. [1]
    size : array_like
        Buffer of each, counted as `collectives` does. [B]
    chip : ServingChip
        The chip and its links.

    Returns
    -------
    array
        Time; infinite for a group larger than the domain. [s]

    Notes
    -----
    All-reduces take the cheapest of the library's choice, the switches' own reduction and, for
    short buffers, the engine's one-shot and two-shot kernels.

    References
    ----------
    .. [1] NVIDIA, "3x faster all-reduce with NVSwitch and TensorRT-LLM MultiShot", 2024.
    """
    n = np.asarray(ranks, float)
    time = collective_time(
        operation,
        n,
        size,
        chip.collectives,
        algorithm="library",
        topology=chip.topology,
        degree=chip.domain,
    )
    if operation == "all_reduce":
        if chip.topology == "switched":
            time = np.minimum(time, in_switch_time(n, size, chip.collectives))
        own = custom_all_reduce_time(n, size, chip.collectives)
        time = np.where(np.asarray(size) <= chip.custom_limit, np.minimum(time, own), time)
    return np.where(n <= chip.domain, time, np.inf)


def products_time(
    tokens: ArrayLike,
    matrices: list[tuple[int, int, bool]],
    tensor: ArrayLike,
    parameters: GemmParameters,
) -> FloatArray:
    """Time of a chain of weight products that tensor parallelism splits.

    Parameters
    ----------
    tokens : array_like
        Rows. [1]
    matrices : list of (inputs, outputs, split)
        Inner and outer width of each, and whether it is split: the last one by its inputs, so that
        an all-reduce follows, the others by their outputs. [1]
    tensor : array_like
        Chips that share each product. [1]
    parameters : GemmParameters
        The chip.

    Returns
    -------
    array
        Time. [s]

    References
    ----------
    .. [1] M. Shoeybi et al., "Megatron-LM", arXiv:1909.08053, 2019.

    Examples
    --------
    >>> h100 = GemmParameters(989e12, 3.35e12, 132, 0.8, 0.8, 2e-6, 2e-7, 3)
    >>> one, two = products_time(512, [(8192, 8192, True)], [1, 2], h100)
    >>> bool(one > two)
    True
    """
    n = np.asarray(tensor, float)
    total: Any = 0.0
    for position, (inner, outer, split) in enumerate(matrices):
        last = position == len(matrices) - 1
        rows = inner / n if split and last else inner
        columns = outer / n if split and not last else outer
        time = gemm_time(tokens, columns, rows, parameters)
        total = total + _chained(time, parameters.launch_time)
    return np.asarray(total, float)


def feed_forward_time(
    a: Architecture, tokens: ArrayLike, width: int, tensor: ArrayLike, chip: ServingChip
) -> FloatArray:
    """Time of the products of one dense feed-forward layer.

    Parameters
    ----------
    a : Architecture
        The network.
    tokens : array_like
        Rows. [1]
    width : int
        Inner width. [1]
    tensor : array_like
        Chips that share it. [1]
    chip : ServingChip
        The chip.

    Returns
    -------
    array
        Time. [s]
    """
    first = (a.hidden, (2 if a.gated else 1) * width, True)
    return products_time(tokens, [first, (width, a.hidden, True)], tensor, chip.matrix)


def projections_time(
    a: Architecture, work: Work, tokens: ArrayLike, tensor: ArrayLike, chip: ServingChip
) -> FloatArray:
    """Time of one attention layer's projections.

    Parameters
    ----------
    a : Architecture
        The network.
    work : Work
        The step.
    tokens : array_like
        Rows of the products, padding included. [1]
    tensor : array_like
        Chips that share the heads. [1]
    chip : ServingChip
        The chip.

    Returns
    -------
    array
        Time. [s]

    Notes
    -----
    Latent attention projects down once for queries, keys and values; decode absorbs the
    up-projection of keys and values into queries and results, one small product per head, while
    prefill expands keys and values.

    References
    ----------
    .. [1] DeepSeek-AI, "DeepSeek-V2", arXiv:2405.04434, 2024, section 2.1 and appendix C.
    """
    parameters = chip.matrix
    if not a.latent:
        return products_time(tokens, attention_matrices(a), tensor, parameters)
    down = a.kv_rank + a.rope_head_size + a.query_rank
    matrices = [
        (a.hidden, down, False),
        (a.query_rank or a.hidden, a.heads * a.key_size, True),
        (a.heads * a.value_head_size, a.hidden, True),
    ]
    heads = a.heads / np.asarray(tensor, float)
    rows = np.asarray(work.sequences, float) * work.query_len
    into = grouped_gemm_time(rows, a.kv_rank, a.nope_head_size, heads, chip.head)
    back = grouped_gemm_time(rows, a.value_head_size, a.kv_rank, heads, chip.head)
    fed = np.asarray(work.prompts, float) * work.prompt_len
    outer = heads * (a.nope_head_size + a.value_head_size)
    expanded = gemm_time(fed, outer, a.kv_rank, parameters)
    time = products_time(tokens, matrices, tensor, parameters)
    return np.asarray(time + np.where(rows > 0, into + back, 0.0) + np.where(fed > 0, expanded, 0.0))


def cores_time(a: Architecture, work: Work, tensor: ArrayLike, chip: ServingChip, window: float) -> FloatArray:
    """Time of one layer's attention cores: prompts and decoding sequences in a kernel each.

    Parameters
    ----------
    a : Architecture
        The network.
    work : Work
        The step.
    tensor : array_like
        Chips that share the heads. [1]
    chip : ServingChip
        The chip.
    window : float
        Sliding window; infinite without one. [1]

    Returns
    -------
    array
        Time; zero for a kernel without sequences. [s]
    """
    n = np.asarray(tensor, float)
    heads, kv_heads = a.heads / n, np.maximum(a.kv_heads / n, 1.0)
    prompts, sequences = np.asarray(work.prompts, float), np.asarray(work.sequences, float)
    fill_parameters, read_parameters = chip.prefill_attention, chip.decode_attention
    if a.latent:
        # Prefill expands keys and values per head, in 16 bits; decode reads the latent vector.
        fill = prefill_attention_time(
            prompts,
            work.prompt_len,
            heads,
            heads,
            a.key_size,
            fill_parameters,
            value_head_size=a.value_size,
            context_len=work.context_len,
        )
        read = decode_attention_time(
            sequences,
            work.kv_len,
            heads,
            1.0,
            a.kv_rank + a.rope_head_size,
            read_parameters,
            value_head_size=a.kv_rank,
            query_len=work.query_len,
            kv_element_size=chip.kv_size,
            shared_kv=True,
        )
    else:
        fill = prefill_attention_time(
            prompts,
            work.prompt_len,
            heads,
            kv_heads,
            a.head_size,
            fill_parameters,
            context_len=work.context_len,
            window=window,
            kv_element_size=chip.kv_size,
        )
        read = decode_attention_time(
            sequences,
            work.kv_len,
            heads,
            kv_heads,
            a.head_size,
            read_parameters,
            query_len=work.query_len,
            window=window,
            kv_element_size=chip.kv_size,
        )
    fill = np.where(prompts > 0, _chained(fill, fill_parameters.launch_time), 0.0)
    read = np.where(sequences > 0, _chained(read, read_parameters.launch_time), 0.0)
    return np.asarray(fill + read)


def routed_time(
    a: Architecture,
    tokens: ArrayLike,
    mapping: ServingMapping,
    chip: ServingChip,
    engine: EngineParameters,
    imbalance: ArrayLike = 1.0,
) -> FloatArray:
    """Time of one layer's routed experts on the busiest chip.

    Parameters
    ----------
    a : Architecture
        The network.
    tokens : array_like
        Tokens of each group. [1]
    mapping : ServingMapping
        The mapping.
    chip : ServingChip
        The chip.
    engine : EngineParameters
        The engine.
    imbalance : array_like
        Rows of the busiest chip over the mean. [1]

    Returns
    -------
    array
        Time. [s]

    Notes
    -----
    Only the experts that some token reaches are read: few tokens leave most of them alone.

    References
    ----------
    .. [1] DeepSeek-AI, "DeepSeek-V3 technical report", arXiv:2412.19437, 2024, section 3.4.
    """
    if chip.experts is None:
        raise ValueError("chip.experts: not given; a mixture of experts needs them")
    spread = np.asarray(mapping.expert, float)
    everyone = np.asarray(tokens, float) * np.asarray(mapping.data, float)
    hit = distinct_experts(everyone, a.experts_per_token, a.experts, a.experts / spread)
    rows = everyone * a.experts_per_token / spread * np.asarray(imbalance, float)
    kernels = replace(
        chip.experts,
        fixed_time=np.asarray(chip.experts.fixed_time, float) * engine.expert_fixed_ratio,
        row_efficiency=np.asarray(chip.experts.row_efficiency, float) / engine.expert_row_ratio,
    )
    inner = a.expert_ffn * spread / mapping.group
    return expert_layer_time(rows, hit, a.hidden, inner, kernels, gated=a.gated)


def expert_exchange_time(
    a: Architecture,
    tokens: ArrayLike,
    mapping: ServingMapping,
    chip: ServingChip,
    options: Options,
) -> FloatArray:
    """Time of one layer's communication to the routed experts and back.

    Parameters
    ----------
    a : Architecture
        The network.
    tokens : array_like
        Tokens of each group. [1]
    mapping : ServingMapping
        The mapping.
    chip : ServingChip
        The chip.
    options : Options
        ``exchange`` and what belongs to it.

    Returns
    -------
    array
        Time; zero on one chip. [s]

    Notes
    -----
    Beyond a scale-up domain throughput kernels send a token once to every other domain that holds
    one of its experts, over the network of the chip.

    References
    ----------
    .. [1] DeepSeek-AI, "DeepEP: an efficient expert-parallel communication library", 2025.
    """
    t, data = np.asarray(tokens, float), np.asarray(mapping.data, float)
    if options.exchange == "collective":
        states = t * data * a.hidden
        summed = group_collective_time("all_reduce", mapping.group, states * ACTIVATION_SIZE, chip)
        there = group_collective_time("all_gather", mapping.group, states * chip.wire_size, chip)
        back = group_collective_time("reduce_scatter", mapping.group, states * chip.return_size, chip)
        return np.where(data > 1, there + back, summed)
    if options.exchange != "dispatch" or chip.dispatch is None or chip.combine is None:
        raise ValueError(
            f"exchange '{options.exchange}' cannot be priced. One of: {', '.join(EXCHANGES)}; "
            "'dispatch' needs chip.dispatch and chip.combine"
        )
    ranks = np.asarray(mapping.expert, float)
    units = options.lent_units if options.lent_units > 0 else np.inf
    time: Any = 0.0
    for parameters, size in ((chip.dispatch, chip.wire_size), (chip.combine, chip.return_size)):
        time = time + dispatch_time(
            t,
            a.hidden,
            a.experts_per_token,
            ranks,
            a.experts,
            parameters,
            element_size=size,
            deduplicate=options.throughput_dispatch,
            compute_units=units,
        )
    if options.throughput_dispatch:
        domains = np.maximum(np.ceil(ranks / chip.domain), 1.0)
        away = distinct_destinations(a.experts_per_token, domains) * (domains - 1.0) / domains
        volume = t * away * a.hidden * (chip.wire_size + chip.return_size)
        time = np.maximum(time, volume / chip.scale_out_bandwidth)
    return np.where(ranks > 1, time, 0.0)


def busiest_prompts(prompts: ArrayLike, groups: ArrayLike, skew: ArrayLike) -> FloatArray:
    """Prompts of the data-parallel group that has the most in a step.

    Parameters
    ----------
    prompts : array_like
        Mean prompts of a group. [1]
    groups : array_like
        Data-parallel groups. [1]
    skew : array_like
        See `EngineParameters.admission_skew`. [1]

    Returns
    -------
    array
        Prompts. [1]

    Notes
    -----
    The largest of ``n`` independent counts of mean ``p`` exceeds it by about
    ``sqrt(2 p log(n))``.

    References
    ----------
    .. [1] M. R. Leadbetter, G. Lindgren, H. Rootzen, "Extremes and related properties of random
       sequences and processes", 1983, section 1.5.

    Examples
    --------
    >>> [round(float(v), 2) for v in busiest_prompts([1.0, 16.0, 0.0], 8, 1.0)]
    [3.04, 24.16, 0.0]
    """
    p, n = np.asarray(prompts, float), np.maximum(np.asarray(groups, float), 1.0)
    return np.asarray(p + np.asarray(skew, float) * np.sqrt(2.0 * p * np.log(n)))


def passes_time(
    a: Architecture,
    tokens: ArrayLike,
    layers: int,
    sparse: int,
    mapping: ServingMapping,
    chip: ServingChip,
    options: Options,
) -> FloatArray:
    """Time of the element-wise passes of all layers.

    Parameters
    ----------
    a : Architecture
        The network.
    tokens : array_like
        Rows. [1]
    layers, sparse : int
        Layers, and those of them with routed experts. [1]
    mapping : ServingMapping
        The mapping.
    chip : ServingChip
        The chip.
    options : Options
        ``exchange`` counts: tokens gathered from all groups are sorted and written everywhere.

    Returns
    -------
    array
        Time. [s]
    """
    t, tensor = np.asarray(tokens, float), np.asarray(mapping.tensor, float)
    p = chip.matrix
    operand = np.asarray(p.operand_size, float)
    rate = p.memory_bandwidth * np.asarray(p.memory_efficiency, float)
    inner = ((layers - sparse) * a.ffn + sparse * a.shared_experts * a.expert_ffn) / tensor
    traffic = layers * NORMS * a.hidden * (NORM_PASSES * ACTIVATION_SIZE + operand)
    traffic = t * (traffic + inner * (INNER_PASSES * ACTIVATION_SIZE + operand))
    if sparse and options.exchange == "collective":
        data = np.asarray(mapping.data, float)
        gathered = t * data * a.hidden * (chip.wire_size + 2.0 * chip.return_size)
        traffic = traffic + sparse * np.where(data > 1, gathered, 0.0)
    return np.asarray(traffic / rate + layers * HELPER_KERNELS * CHAINED_LAUNCH * p.launch_time)


def step_time(
    a: Architecture,
    work: Work,
    mapping: ServingMapping,
    chip: ServingChip,
    engine: EngineParameters | None = None,
    options: Options | None = None,
) -> StepTime:
    """Time of one step.

    Parameters
    ----------
    a : Architecture
        The network.
    work : Work
        Tokens of each group of tensor-parallel chips.
    mapping : ServingMapping
        The mapping.
    chip : ServingChip
        The chip.
    engine : EngineParameters, optional
        The engine; neutral unless given.
    options : Options, optional
        How the step runs.

    Returns
    -------
    StepTime
        The parts and the total: with pipeline stages the time that one micro-batch takes to pass
        all of them. [s]

    Notes
    -----
    Two micro-batches that alternate hold half of the tokens each; both read all weights. The
    output table is read once. The host prepares a step while the one before it runs, so that only
    what exceeds the step counts.

    References
    ----------
    .. [1] LMSYS, "Deploying DeepSeek with PD disaggregation and large-scale expert parallelism on
       96 H100 GPUs", 2025 (two-batch overlap).
    .. [2] P. Zuo et al., "Serving large language models on Huawei CloudMatrix384",
       arXiv:2506.12708, 2025 (micro-batch pipelines).
    """
    engine, options = engine or EngineParameters(), options or Options()
    tensor, data = np.asarray(mapping.tensor, float), np.asarray(mapping.data, float)
    parts = 2.0 if options.overlap else 1.0
    share = work.split(parts)
    mean = share.tokens
    share = replace(share, prompts=busiest_prompts(share.prompts, data, engine.admission_skew))
    tokens = share.tokens
    if options.padded_tokens is not None:
        padded = np.asarray(options.padded_tokens, float) / parts
        mean, tokens = np.maximum(mean, padded), np.maximum(tokens, padded)
    extra = a.prediction_layers if options.prediction else 0
    layers, sparse = layer_counts(a, prediction=options.prediction)
    dense = layers - sparse

    products: Any = layers * projections_time(a, share, tokens, tensor, chip)
    attention: Any = (layers - a.window_layers) * cores_time(a, share, tensor, chip, np.inf)
    if a.window_layers:
        narrow = cores_time(a, share, tensor, chip, float(a.window))
        attention = attention + a.window_layers * narrow
    if dense and a.ffn:
        products = products + dense * feed_forward_time(a, tokens, a.ffn, tensor, chip)
    routed: Any = np.zeros(())
    exchange: Any = np.zeros(())
    if sparse:
        router = gemm_time(tokens, a.experts, a.hidden, chip.head)
        products = products + sparse * _chained(router, chip.head.launch_time)
        if a.shared_experts:
            width = a.shared_experts * a.expert_ffn
            products = products + sparse * feed_forward_time(a, tokens, width, tensor, chip)
        routed = sparse * routed_time(a, mean, mapping, chip, engine, options.imbalance)
        exchange = sparse * expert_exchange_time(a, mean, mapping, chip, options)
    if extra:
        products = products + extra * gemm_time(tokens, a.hidden, 2 * a.hidden, chip.matrix)
    if chip.weight_only:
        products, routed = products * engine.weight_only_ratio, routed * engine.weight_only_ratio
    passes = passes_time(a, tokens, layers, sparse, mapping, chip, options)
    head = (1 + extra) * gemm_time(work.outputs, a.vocabulary / tensor, a.hidden, chip.head)

    size = tokens * a.hidden * ACTIVATION_SIZE
    # One all-reduce after attention and one after a dense layer; that of a layer with experts is
    # the experts' own where every chip holds all tokens.
    separate = np.where((data > 1) | (options.exchange == "dispatch"), sparse, 0)
    joined = (layers + dense + separate) * group_collective_time("all_reduce", tensor, size, chip)
    logits = work.outputs * a.vocabulary * LOGIT_SIZE
    joined = joined + group_collective_time("all_gather", tensor, logits, chip) / parts
    hops = np.asarray(mapping.pipeline, float) - 1.0
    stages = hops * group_collective_time("point_to_point", 2.0, size, chip)

    lent = options.lent_units / np.asarray(chip.matrix.compute_units, float)
    ratio = engine.kernel_ratio / (1.0 - (np.minimum(lent, 0.9) if options.overlap else 0.0))
    kernels = [ratio * v for v in (products, attention, routed, passes, head / parts)]
    busy: Any = sum(kernels)
    talk = joined + exchange + stages
    hidden: Any = np.zeros(())
    if options.overlap:
        # The first and the last exchange have nothing beside them.
        hidden = parts * engine.overlap_share * np.minimum(busy, talk) - talk / max(layers, 1)
        hidden = np.maximum(hidden, 0.0)
    running = parts * (busy + talk) - hidden
    starting = np.where(options.graph, 0.0, parts * layers * chip.host_layer_time)
    sequences = np.asarray(work.sequences, float) + np.asarray(work.prompts, float)
    tasks = (starting + sequences * engine.request_time) * chip.host_ratio
    host = np.maximum(tasks - running, 0.0)
    one = np.ones_like(running + host)
    pieces = [parts * v * one for v in (*kernels, joined, exchange, stages)]
    return StepTime(*pieces, host * one, hidden * one, running + host)  # type: ignore[call-arg]

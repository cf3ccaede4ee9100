"""What a serving step needs to know: chip, mapping, engine, tokens and options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from calc.physics.attention import AttentionParameters
from calc.physics.collectives import CollectiveParameters
from calc.physics.dispatch import DispatchParameters
from calc.physics.experts import ExpertParameters
from calc.physics.gemm import GemmParameters
from calc.physics.types import FloatArray

__all__ = [
    "EXCHANGES",
    "RESERVED_MEMORY",
    "EngineParameters",
    "Options",
    "ServingChip",
    "ServingMapping",
    "StepTime",
    "Work",
]


EXCHANGES = ("collective", "dispatch")
# What a runtime and its communication library keep, where no engine's own is fitted. [B]
RESERVED_MEMORY = 3e9


@dataclass(frozen=True)
class ServingChip:
    """One chip, or one die where a package holds several, with its links, for one model.

    Parameters
    ----------
    matrix : GemmParameters
        Products with the model's quantised weights.
    head : GemmParameters
        Products kept in 16 bits: output table, router, latent up-projections of decode.
    experts : ExpertParameters or None
        Routed experts; None for dense networks.
    prefill_attention, decode_attention : AttentionParameters
        Attention over new tokens and over the cache.
    collectives : CollectiveParameters
        Links within a scale-up domain.
    dispatch, combine : DispatchParameters or None
        Exchange of tokens between experts; None where it is never used.
    memory_capacity : float or array
        Memory that the runtime reports. [B]
    weight_size : float
        Size of a quantised weight, block scales included. [B]
    expert_weight_size : float
        Size of a weight of the routed experts. [B]
    kv_size : float
        Size of an element of the key-value cache. [B]
    wire_size, return_size : float
        Size of an element on the way to the experts and back. [B]
    scale_out_bandwidth : float
        Network bandwidth of one chip beyond its scale-up domain, per direction. [B/s]
    domain : float
        Chips of a scale-up domain. [1]
    topology : str
        Topology of the domain, see `collectives.collective_time`.
    weight_only : bool
        Only weights are quantised: products run in 16 bits.
    host_layer_time : float
        Time of the reference host to start one layer outside a captured graph. [s]
    host_ratio : float
        Time of a host task over that on the reference host, an x86 server. [1]
    custom_limit : float
        Largest buffer that the engine's own all-reduce kernels take; the library does the rest.
        [B]
    """

    matrix: GemmParameters
    head: GemmParameters
    experts: ExpertParameters | None
    prefill_attention: AttentionParameters
    decode_attention: AttentionParameters
    collectives: CollectiveParameters
    dispatch: DispatchParameters | None = None
    combine: DispatchParameters | None = None
    memory_capacity: Any = 80e9
    weight_size: float = 1.0
    expert_weight_size: float = 1.0
    kv_size: float = 1.0
    wire_size: float = 1.03
    return_size: float = 2.0
    scale_out_bandwidth: float = 50e9
    domain: float = 8.0
    topology: str = "switched"
    weight_only: bool = False
    host_layer_time: float = 5e-4
    host_ratio: float = 1.0
    custom_limit: float = 8.4e6


@dataclass(frozen=True)
class ServingMapping:
    """How a model is spread over the chips of one replica.

    Parameters
    ----------
    tensor : int or array
        Chips that share each matrix of attention and of dense layers: a group. [1]
    data : int or array
        Groups of the replica; each holds sequences of its own. [1]
    expert : int or array
        Chips over which the routed experts are spread, at most ``tensor * data``; if fewer, the
        experts are cut across the rest. [1]
    pipeline : int or array
        Stages. [1]
    """

    tensor: Any = 1
    data: Any = 1
    expert: Any = 1
    pipeline: Any = 1

    @property
    def group(self) -> FloatArray:
        """Chips of one stage. [1]"""
        return np.asarray(np.asarray(self.tensor, float) * np.asarray(self.data, float))

    @property
    def chips(self) -> FloatArray:
        """Chips of one replica. [1]"""
        return np.asarray(self.group * np.asarray(self.pipeline, float))


@dataclass(frozen=True)
class EngineParameters:
    """What one serving engine costs beyond its kernels; neutral by default.

    Parameters
    ----------
    kernel_ratio : float
        Time of a chain of kernels over the sum of the kernels' own times. [1]
    request_time : float
        Host time of scheduling and sampling for each sequence of a step, on the reference host.
        [s]
    admission_skew : float
        How unevenly data-parallel groups admit prompts: the busiest has this many deviations of
        independent counts more than the mean, and the others wait for it. [1]
    weight_only_ratio : float
        Time of products whose weights alone are quantised over one that reads as fast as 16-bit
        weights do. [1]
    expert_fixed_ratio : float
        Fixed time of the routed experts' helper kernels over that of the measured library. [1]
    expert_row_ratio : float
        Time of the passes over routed rows over that of the measured library. [1]
    overlap_share : float
        Share of the shorter of computation and communication that the longer one hides when two
        micro-batches alternate. [1]
    """

    kernel_ratio: Any = 1.0
    request_time: Any = 0.0
    admission_skew: Any = 0.0
    weight_only_ratio: Any = 1.0
    expert_fixed_ratio: Any = 1.0
    expert_row_ratio: Any = 1.0
    overlap_share: Any = 1.0


@dataclass(frozen=True)
class Work:
    """The tokens of one step, on one group of tensor-parallel chips.

    Parameters
    ----------
    sequences : float or array
        Sequences that decode. [1]
    kv_len : float or array
        Tokens in the cache of each of them. [1]
    query_len : float or array
        Tokens that each of them feeds: more than one with speculative decoding. [1]
    prompts : float or array
        Sequences that prefill; fractions are means. [1]
    prompt_len : float or array
        New tokens of each of them. [1]
    context_len : float or array
        Tokens that these have in the cache already. [1]
    """

    sequences: Any = 0.0
    kv_len: Any = 0.0
    query_len: Any = 1.0
    prompts: Any = 0.0
    prompt_len: Any = 0.0
    context_len: Any = 0.0

    @property
    def tokens(self) -> FloatArray:
        """Tokens fed. [1]"""
        decoded = np.asarray(self.sequences, float) * self.query_len
        return np.asarray(decoded + np.asarray(self.prompts, float) * self.prompt_len)

    @property
    def outputs(self) -> FloatArray:
        """Tokens for which the output table is read. [1]"""
        decoded = np.asarray(self.sequences, float) * self.query_len
        return np.asarray(decoded + np.asarray(self.prompts, float))

    def split(self, parts: float) -> Work:
        """One of equal micro-batches.

        Parameters
        ----------
        parts : float
            Micro-batches. [1]

        Returns
        -------
        Work
            Its tokens.
        """
        return Work(
            np.asarray(self.sequences, float) / parts,
            self.kv_len,
            self.query_len,
            np.asarray(self.prompts, float) / parts,
            self.prompt_len,
            self.context_len,
        )


@dataclass(frozen=True)
class Options:
    """How the engine runs a step.

    Parameters
    ----------
    graph : bool or array
        The step is a captured graph: the host starts it at once.
    padded_tokens : float or array or None
        Tokens that matrix products see when a graph is padded; those fed unless given. [1]
    exchange : str
        What joins the experts: ``collective`` (an all-reduce where all tokens are on every chip,
        else an all-gather before and a reduce-scatter after) or ``dispatch`` (each token goes to
        its experts only).
    imbalance : float or array
        Rows of the busiest chip over the mean. [1]
    overlap : bool
        Two micro-batches alternate: one computes while the other communicates.
    lent_units : float
        Compute units lent to communication; 0 where it needs none. [1]
    throughput_dispatch : bool
        A token is sent once to each rank instead of once to each expert.
    prediction : bool
        The step runs the extra layers that draft further tokens.
    """

    graph: Any = True
    padded_tokens: Any = None
    exchange: str = "collective"
    imbalance: Any = 1.0
    overlap: bool = False
    lent_units: float = 0.0
    throughput_dispatch: bool = False
    prediction: bool = False


@dataclass(frozen=True)
class StepTime:
    """Parts of a step's time.

    Parameters
    ----------
    products : array
        Dense matrix products. [s]
    attention : array
        Attention cores. [s]
    experts : array
        Routed experts. [s]
    passes : array
        Element-wise passes. [s]
    head : array
        Output table. [s]
    tensor_exchange : array
        Communication of tensor parallelism. [s]
    expert_exchange : array
        Communication to the experts and back. [s]
    stage_exchange : array
        Communication between pipeline stages. [s]
    host : array
        Host time that the kernels do not hide. [s]
    hidden : array
        What two alternating micro-batches hide: the total is the sum of all other parts less
        this. [s]
    total : array
        The step. [s]
    """

    products: FloatArray
    attention: FloatArray
    experts: FloatArray
    passes: FloatArray
    head: FloatArray
    tensor_exchange: FloatArray
    expert_exchange: FloatArray
    stage_exchange: FloatArray
    host: FloatArray
    hidden: FloatArray
    total: FloatArray

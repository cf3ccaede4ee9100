"""Parameters, operations and bytes of transformer networks.

Everything that follows from an architecture alone, for dense and mixture-of-experts networks with
multi-head, grouped-query or multi-head latent attention.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from calc.physics.types import FloatArray

__all__ = [
    "Architecture",
    "active_parameters",
    "attention_flops_per_token",
    "attention_matrices",
    "attention_parameters",
    "forward_flops_per_token",
    "held_tokens",
    "kv_cache_bytes_per_token",
    "layer_counts",
    "matrix_parameters",
    "total_parameters",
    "training_flops_per_token",
    "visible_pairs",
]


@dataclass(frozen=True)
class Architecture:
    """A decoder-only transformer.

    Parameters
    ----------
    layers : int
        Layers, the dense ones of a mixture-of-experts network included. [1]
    hidden : int
        Width of the residual stream. [1]
    heads : int
        Query heads. [1]
    kv_heads : int
        Key-value heads; as many as heads for multi-head attention. [1]
    head_size : int
        Width of a query, key or value head. [1]
    ffn : int
        Inner width of a dense feed-forward layer; 0 if there is none. [1]
    vocabulary : int
        Rows of the embedding table. [1]
    gated : bool
        The feed-forward layer has a gate: three matrices instead of two.
    tied_embeddings : bool
        Input and output share one table.
    experts : int
        Routed experts of a layer; 0 for a dense network. [1]
    experts_per_token : int
        Routed experts that each token visits. [1]
    shared_experts : int
        Experts that every token visits. [1]
    expert_ffn : int
        Inner width of one expert, routed or shared. [1]
    dense_layers : int
        First layers that have a dense feed-forward layer in place of experts. [1]
    query_rank : int
        Rank of the query's down-projection in latent attention; 0 without one. [1]
    kv_rank : int
        Rank of the latent key-value vector; 0 unless attention is latent. [1]
    nope_head_size, rope_head_size, value_head_size : int
        Widths of a latent-attention head: without position, with position, of the value. [1]
    prediction_layers : int
        Extra layers that predict further tokens while training. [1]
    window : int
        Sliding window; 0 without one. [1]
    window_layers : int
        Layers that use the window; the others see everything. [1]
    """

    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head_size: int
    ffn: int
    vocabulary: int
    gated: bool = True
    tied_embeddings: bool = False
    experts: int = 0
    experts_per_token: int = 0
    shared_experts: int = 0
    expert_ffn: int = 0
    dense_layers: int = 0
    query_rank: int = 0
    kv_rank: int = 0
    nope_head_size: int = 0
    rope_head_size: int = 0
    value_head_size: int = 0
    prediction_layers: int = 0
    window: int = 0
    window_layers: int = 0

    @property
    def latent(self) -> bool:
        """Whether attention is multi-head latent attention."""
        return self.kv_rank > 0

    @property
    def expert_layers(self) -> int:
        """Layers with routed experts, prediction layers left out. [1]"""
        return self.layers - self.dense_layers if self.experts else 0

    @property
    def key_size(self) -> int:
        """Width over which a query and a key are multiplied. [1]"""
        return self.nope_head_size + self.rope_head_size if self.latent else self.head_size

    @property
    def value_size(self) -> int:
        """Width of a value head. [1]"""
        return self.value_head_size if self.latent else self.head_size

    @property
    def ffn_matrices(self) -> int:
        """Matrices of one feed-forward layer. [1]"""
        return 3 if self.gated else 2


def layer_counts(architecture: Architecture, *, prediction: bool) -> tuple[int, int]:
    """Layers, and those of them with routed experts.

    Parameters
    ----------
    architecture : Architecture
        The network.
    prediction : bool
        Count the layers that predict further tokens.

    Returns
    -------
    layers, sparse : int
        Layers. [1]

    Examples
    --------
    >>> layer_counts(Architecture(32, 4096, 32, 8, 128, 14336, 128256), prediction=True)
    (32, 0)
    """
    a = architecture
    extra = a.prediction_layers if prediction else 0
    return a.layers + extra, a.expert_layers + (extra if a.experts else 0)


def attention_matrices(architecture: Architecture) -> list[tuple[int, int, bool]]:
    """Weight matrices of one attention layer.

    Parameters
    ----------
    architecture : Architecture
        The network.

    Returns
    -------
    list of (inputs, outputs, split)
        Inner and outer width of each matrix, and whether tensor parallelism splits it. [1]

    References
    ----------
    .. [1] DeepSeek-AI, "DeepSeek-V2", arXiv:2405.04434, 2024, section 2.1 (latent attention).

    Examples
    --------
    >>> attention_matrices(Architecture(32, 4096, 32, 8, 128, 14336, 128256))
    [(4096, 6144, True), (4096, 4096, True)]
    """
    a = architecture
    if not a.latent:
        return [
            (a.hidden, (a.heads + 2 * a.kv_heads) * a.head_size, True),
            (a.heads * a.head_size, a.hidden, True),
        ]
    matrices = [(a.hidden, a.kv_rank + a.rope_head_size, False)]
    if a.query_rank:
        matrices += [(a.hidden, a.query_rank, False), (a.query_rank, a.heads * a.key_size, True)]
    else:
        matrices += [(a.hidden, a.heads * a.key_size, True)]
    matrices += [
        (a.kv_rank, a.heads * (a.nope_head_size + a.value_head_size), True),
        (a.heads * a.value_head_size, a.hidden, True),
    ]
    return matrices


def attention_parameters(architecture: Architecture) -> int:
    """Weights of one attention layer.

    Parameters
    ----------
    architecture : Architecture
        The network.

    Returns
    -------
    int
        Parameters. [1]

    Examples
    --------
    >>> attention_parameters(Architecture(32, 4096, 32, 8, 128, 14336, 128256))
    41943040
    """
    return sum(inner * outer for inner, outer, _ in attention_matrices(architecture))


def total_parameters(architecture: Architecture, *, prediction: bool = False) -> int:
    """Weights of the whole network.

    Parameters
    ----------
    architecture : Architecture
        The network.
    prediction : bool
        Count the layers that predict further tokens, which published totals leave out.

    Returns
    -------
    int
        Parameters. [1]

    Notes
    -----
    Norm weights are counted, biases are not.

    Examples
    --------
    >>> round(total_parameters(Architecture(32, 4096, 32, 8, 128, 14336, 128256)) / 1e9, 2)
    8.03
    """
    a = architecture
    norms = 2 * a.hidden
    attention = attention_parameters(a) + norms + (a.query_rank + a.kv_rank)
    dense = a.ffn_matrices * a.hidden * a.ffn
    expert = a.ffn_matrices * a.hidden * a.expert_ffn
    routed = a.experts * expert + a.experts * a.hidden + a.shared_experts * expert
    extra = a.prediction_layers if prediction else 0
    layers = a.layers * attention + (a.layers - a.expert_layers) * dense + a.expert_layers * routed
    last = routed if a.experts else dense
    layers += extra * (attention + last + 2 * a.hidden * a.hidden)
    tables = (1 if a.tied_embeddings else 2) * a.vocabulary * a.hidden
    return layers + tables + a.hidden


def active_parameters(architecture: Architecture, *, prediction: bool = False) -> int:
    """Weights that one token meets.

    Parameters
    ----------
    architecture : Architecture
        The network.
    prediction : bool
        Count the layers that predict further tokens.

    Returns
    -------
    int
        Parameters. [1]

    Examples
    --------
    >>> dense = Architecture(32, 4096, 32, 8, 128, 14336, 128256)
    >>> active_parameters(dense) == total_parameters(dense)
    True
    """
    a = architecture
    idle = (a.experts - a.experts_per_token) * a.ffn_matrices * a.hidden * a.expert_ffn
    _, sparse = layer_counts(a, prediction=prediction)
    return total_parameters(a, prediction=prediction) - sparse * idle


def matrix_parameters(architecture: Architecture, *, prediction: bool = True) -> int:
    """Weights that each token is multiplied with: the embedding look-up is none of them.

    Parameters
    ----------
    architecture : Architecture
        The network.
    prediction : bool
        Count the layers that predict further tokens, and their use of the output table.

    Returns
    -------
    int
        Parameters. [1]

    Examples
    --------
    >>> round(matrix_parameters(Architecture(32, 4096, 32, 8, 128, 14336, 128256)) / 1e9, 2)
    7.5
    """
    a = architecture
    dense = a.ffn_matrices * a.hidden * a.ffn
    routed = a.ffn_matrices * a.hidden * a.expert_ffn * (a.experts_per_token + a.shared_experts)
    routed += a.experts * a.hidden
    extra = a.prediction_layers if prediction else 0
    attention = (a.layers + extra) * attention_parameters(a)
    feed = (a.layers - a.expert_layers) * dense + a.expert_layers * routed
    feed += extra * ((routed if a.experts else dense) + 2 * a.hidden * a.hidden)
    return attention + feed + (1 + extra) * a.vocabulary * a.hidden


def visible_pairs(sequence: ArrayLike, window: ArrayLike = 0) -> FloatArray:
    """Query-key pairs of one head under a causal mask, half the square by convention.

    Parameters
    ----------
    sequence : array_like
        Tokens of the sequence. [1]
    window : array_like
        Sliding window; 0 without one. [1]

    Returns
    -------
    array
        Pairs. [1]

    Examples
    --------
    >>> float(visible_pairs(4096)), float(visible_pairs(4096, 128))
    (8388608.0, 516096.0)
    """
    s, w = np.asarray(sequence, float), np.asarray(window, float)
    w = np.where(w > 0, np.minimum(w, s), s)
    return np.asarray(w * s - w * w / 2.0)


def attention_flops_per_token(architecture: Architecture, sequence: ArrayLike) -> FloatArray:
    """Operations of all attention cores per token, forward.

    Parameters
    ----------
    architecture : Architecture
        The network.
    sequence : array_like
        Tokens of the sequence. [1]

    Returns
    -------
    array
        Operations, a product and its sum counted as two. [FLOP]

    Examples
    --------
    >>> llama = Architecture(32, 4096, 32, 8, 128, 14336, 128256)
    >>> float(attention_flops_per_token(llama, 8192)) == 32 * 2 * 4096 * 8192
    True
    """
    a = architecture
    s = np.asarray(sequence, float)
    layers = a.layers + a.prediction_layers
    full, narrow = visible_pairs(s), visible_pairs(s, a.window)
    pairs = (layers - a.window_layers) * full + a.window_layers * narrow
    return np.asarray(2.0 * a.heads * (a.key_size + a.value_size) * pairs / s)


def forward_flops_per_token(architecture: Architecture, sequence: ArrayLike) -> FloatArray:
    """Operations of the forward pass per token.

    Parameters
    ----------
    architecture : Architecture
        The network.
    sequence : array_like
        Tokens of the sequence. [1]

    Returns
    -------
    array
        Operations. [FLOP]

    Examples
    --------
    >>> llama = Architecture(32, 4096, 32, 8, 128, 14336, 128256)
    >>> float(training_flops_per_token(llama, 8192) / forward_flops_per_token(llama, 8192))
    3.0
    """
    a = architecture
    return np.asarray(2.0 * matrix_parameters(a) + attention_flops_per_token(a, sequence))


def training_flops_per_token(architecture: Architecture, sequence: ArrayLike) -> FloatArray:
    """Operations of forward and backward pass per token, nothing recomputed.

    Parameters
    ----------
    architecture : Architecture
        The network.
    sequence : array_like
        Tokens of the sequence. [1]

    Returns
    -------
    array
        Operations. [FLOP]

    Notes
    -----
    The backward pass computes two products for each of the forward pass, attention included: what
    a fused kernel recomputes is not counted.

    References
    ----------
    .. [1] J. Kaplan et al., "Scaling laws for neural language models", arXiv:2001.08361, 2020.
    .. [2] A. Chowdhery et al., "PaLM", arXiv:2204.02311, 2022, appendix B.

    Examples
    --------
    >>> llama = Architecture(32, 4096, 32, 8, 128, 14336, 128256)
    >>> round(float(training_flops_per_token(llama, 8192)) / 1e12, 4)
    0.0515
    """
    return 3.0 * forward_flops_per_token(architecture, sequence)


def kv_cache_bytes_per_token(architecture: Architecture, element_size: ArrayLike, tensor: ArrayLike = 1) -> FloatArray:
    """Cache that one token occupies in all layers on each chip, a sliding window not yet full.

    Parameters
    ----------
    architecture : Architecture
        The network.
    element_size : array_like
        Size of one element of the cache. [B]
    tensor : array_like
        Chips that share the heads. [1]

    Returns
    -------
    array
        Size. [B]

    Notes
    -----
    Key-value heads are split over the chips and copied once there are more chips than heads. Latent
    attention caches one latent vector and one rotated key, whatever the number of heads; each chip
    has its copy.

    Examples
    --------
    >>> llama = Architecture(32, 4096, 32, 8, 128, 14336, 128256)
    >>> float(kv_cache_bytes_per_token(llama, 2)) == 2 * 2 * 8 * 128 * 32
    True
    """
    a = architecture
    n = np.asarray(tensor, float)
    width = 2.0 * np.maximum(a.kv_heads / n, 1.0) * a.head_size
    if a.latent:
        width = (a.kv_rank + a.rope_head_size) * np.ones_like(n)
    return np.asarray(np.asarray(element_size, float) * width * a.layers)


def held_tokens(architecture: Architecture, context_len: ArrayLike) -> FloatArray:
    """Tokens of a sequence that the cache keeps, on average over the layers.

    Parameters
    ----------
    architecture : Architecture
        The network.
    context_len : array_like
        Tokens of the sequence. [1]

    Returns
    -------
    array
        Tokens. [1]

    Notes
    -----
    A layer with a sliding window never looks back further than that, and keeps no more.

    Examples
    --------
    >>> gemma = Architecture(48, 3840, 16, 8, 256, 15360, 262144, window=1024, window_layers=40)
    >>> held_tokens(gemma, [512, 1024, 131072]).tolist() == [512.0, 1024.0, (8 * 131072 + 40 * 1024) / 48]
    True
    """
    a = architecture
    c = np.asarray(context_len, float)
    if not a.window:
        return c
    return np.asarray(((a.layers - a.window_layers) * c + a.window_layers * np.minimum(c, a.window)) / a.layers)

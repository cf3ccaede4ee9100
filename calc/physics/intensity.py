"""What a roof lets a kernel attain, and the arithmetic that kernels do on each byte.

References
----------
.. [1] S. Williams, A. Waterman, D. Patterson, "Roofline: An Insightful Visual Performance Model
   for Multicore Architectures", Communications of the ACM 52(4), 2009.
.. [2] T. Dao, D. Fu, S. Ermon, A. Rudra, C. Ré, "FlashAttention: Fast and Memory-Efficient Exact
   Attention with IO-Awareness", NeurIPS 2022.
.. [3] M. Shoeybi, M. Patwary, R. Puri, P. LeGresley, J. Casper, B. Catanzaro, "Megatron-LM: Training
   Multi-Billion Parameter Language Models Using Model Parallelism", 2019.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from calc.physics.types import Array

__all__ = [
    "all_reduce_intensity",
    "attention_intensity",
    "expert_exchange_intensity",
    "gemm_intensity",
    "roof_attainable",
    "roof_ridge",
    "tensor_parallel_intensity",
]


def roof_attainable(kernel_intensity: ArrayLike, roof_flop_rate: ArrayLike, roof_bandwidth: ArrayLike) -> Array:
    """Throughput that a roof lets a kernel attain [1]_.

    Parameters
    ----------
    kernel_intensity : arithmetic on each byte moved [FLOP/B]
    roof_flop_rate : peak arithmetic [FLOP/s]
    roof_bandwidth : peak bandwidth of what moves the bytes [B/s]

    Returns
    -------
    roof_attainable : the lower of the two bounds [FLOP/s]

    >>> roof_attainable([1.0, 1000.0], 780e12, 3.2e12).tolist()
    [3200000000000.0, 780000000000000.0]
    """
    return np.minimum(roof_flop_rate, np.multiply(kernel_intensity, roof_bandwidth))


def roof_ridge(roof_flop_rate: ArrayLike, roof_bandwidth: ArrayLike) -> Array:
    """Intensity at which arithmetic and bandwidth bind alike [1]_.

    Parameters
    ----------
    roof_flop_rate : peak arithmetic [FLOP/s]
    roof_bandwidth : peak bandwidth of what moves the bytes [B/s]

    Returns
    -------
    roof_ridge : where the two bounds meet [FLOP/B]

    >>> float(roof_ridge(780e12, 3.2e12))
    243.75
    """
    return np.divide(roof_flop_rate, roof_bandwidth)


def gemm_intensity(
    kernel_rows: ArrayLike, kernel_columns: ArrayLike, kernel_inner: ArrayLike, kernel_element_size: ArrayLike
) -> Array:
    """Arithmetic per byte of a matrix multiplication that moves each matrix once.

    With few rows it is that of a decode step: a batch of tokens against a matrix of weights.

    Parameters
    ----------
    kernel_rows : rows of the result, such as tokens of a batch [1]
    kernel_columns : columns of the result [1]
    kernel_inner : length of the inner dimension [1]
    kernel_element_size : size of one element of any of the three [B]

    Returns
    -------
    kernel_intensity : arithmetic per byte read or written [FLOP/B]

    >>> round(float(gemm_intensity(8192, 8192, 8192, 2.0)))
    2731
    """
    m, n, k = np.asarray(kernel_rows, float), np.asarray(kernel_columns, float), np.asarray(kernel_inner, float)
    return np.divide(2.0 * m * n * k, kernel_element_size * (m * k + k * n + m * n))


def attention_intensity(
    kernel_queries: ArrayLike,
    kernel_keys: ArrayLike,
    kernel_visible_keys: ArrayLike,
    kernel_group: ArrayLike,
    kernel_element_size: ArrayLike,
) -> Array:
    """Arithmetic per byte of attention that keeps its scores on the chip [2]_.

    Every query takes two products of the head's width with every key; queries and results move once
    for each query head, keys and values once for the group of heads that share them. The head's
    width cancels.

    Parameters
    ----------
    kernel_queries : queries of one sequence, 1 in a decode step [1]
    kernel_keys : keys of that sequence [1]
    kernel_visible_keys : how many of them each query sees on average, half where it sees no later ones [1]
    kernel_group : query heads that share one head of keys and values [1]
    kernel_element_size : size of one element [B]

    Returns
    -------
    kernel_intensity : arithmetic per byte read or written [FLOP/B]

    >>> round(float(attention_intensity(1, 8192, 8192, 8, 2.0)), 2)
    7.99
    """
    heads = np.multiply(kernel_queries, kernel_group)
    return np.divide(
        np.multiply(2.0 * heads, kernel_visible_keys), np.multiply(kernel_element_size, np.add(heads, kernel_keys))
    )


def all_reduce_intensity(kernel_element_size: ArrayLike) -> Array:
    """Arithmetic per byte sent of a ring all-reduce.

    Each of the two rounds sends a share of the data, and the first adds one element for each it
    receives, so that the number of ranks cancels.

    Parameters
    ----------
    kernel_element_size : size of one element [B]

    Returns
    -------
    kernel_intensity : arithmetic per byte sent [FLOP/B]

    >>> float(all_reduce_intensity(2.0))
    0.25
    """
    return np.divide(1.0, np.multiply(2.0, kernel_element_size))


def tensor_parallel_intensity(
    kernel_inner: ArrayLike, kernel_ranks: ArrayLike, kernel_element_size: ArrayLike
) -> Array:
    """Arithmetic per byte sent of two multiplications cut along their inner width, with one all-reduce [3]_.

    Each rank multiplies by its share of both matrices, and sends two shares of the result.

    Parameters
    ----------
    kernel_inner : width between the two multiplications, such as a feed-forward width [1]
    kernel_ranks : chips that share the work [1]
    kernel_element_size : size of one element of the result [B]

    Returns
    -------
    kernel_intensity : arithmetic per byte sent [FLOP/B]

    >>> float(tensor_parallel_intensity(28672, 8, 2.0))
    4096.0
    """
    return np.divide(np.multiply(2.0, kernel_inner), np.multiply(np.subtract(kernel_ranks, 1.0), kernel_element_size))


def expert_exchange_intensity(kernel_inner: ArrayLike, kernel_element_size: ArrayLike) -> Array:
    """Arithmetic per byte sent of a routed expert whose tokens come from other chips.

    A gated expert does three multiplications on a token; the token is sent there and its result back.

    Parameters
    ----------
    kernel_inner : the expert's inner width [1]
    kernel_element_size : size of one element, there and back alike [B]

    Returns
    -------
    kernel_intensity : arithmetic per byte sent [FLOP/B]

    >>> float(expert_exchange_intensity(2048, 2.0))
    3072.0
    """
    return np.divide(np.multiply(3.0, kernel_inner), kernel_element_size)

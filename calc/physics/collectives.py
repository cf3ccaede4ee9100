"""Time of collective operations over a scale-up and a scale-out fabric.

Every algorithm is a number of steps and a number of bytes on each rank's link; every protocol is
a line (`TransferLine`) that turns the two into a time. Sizes count bytes of one rank's whole buffer
as the nccl-tests tool does: for all-gather the gathered result, for reduce-scatter the input.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from calc.physics.gemm import soft_maximum
from calc.physics.types import FloatArray

__all__ = [
    "OPERATIONS",
    "TOPOLOGIES",
    "CollectiveParameters",
    "TransferLine",
    "collective_time",
    "custom_all_reduce_time",
    "hierarchical_time",
    "in_switch_time",
    "ring_steps",
    "ring_time",
    "tree_time",
    "usable_share",
    "wire_bytes",
    "with_bandwidth",
]

OPERATIONS = ("all_reduce", "all_gather", "reduce_scatter", "all_to_all", "point_to_point")
TOPOLOGIES = ("switched", "full_mesh", "torus")


@dataclass(frozen=True)
class TransferLine:
    """One protocol: what its steps and its bytes cost.

    Parameters
    ----------
    base_time : float or array
        Fixed time, launch included. [s]
    step_time : float or array
        Time of each dependent step. [s]
    bandwidth_share : float or array
        Share of the link's bandwidth per direction that long transfers sustain. [1]
    order : float or array
        Order of the soft maximum of steps and bytes; 1 is the sum. [1]
    work_bandwidth : float or array
        Bandwidth at which a rank goes through its own buffer: copies, additions. [B/s]
    """

    base_time: Any
    step_time: Any
    bandwidth_share: Any
    order: Any = 1.0
    work_bandwidth: Any = np.inf

    def time(
        self,
        steps: ArrayLike,
        wire_bytes: ArrayLike,
        link_bandwidth: ArrayLike,
        work_bytes: ArrayLike = 0.0,
    ) -> FloatArray:
        """Time of a transfer.

        Parameters
        ----------
        steps : array_like
            Dependent steps. [1]
        wire_bytes : array_like
            Bytes that leave each rank. [B]
        link_bandwidth : array_like
            Bandwidth of one rank's links, per direction. [B/s]
        work_bytes : array_like
            Bytes of its own buffer that each rank goes through. [B]

        Returns
        -------
        array
            Time. [s]

        Examples
        --------
        >>> line = TransferLine(5e-6, 1e-6, 0.5)
        >>> round(float(line.time(2, 1e6, 100e9)) * 1e6, 3)
        27.0
        """
        moving = np.asarray(wire_bytes, float) / (
            np.asarray(self.bandwidth_share, float) * np.asarray(link_bandwidth, float)
        )
        moving = moving + np.asarray(work_bytes, float) / self.work_bandwidth
        # No share of any kind outruns the link itself.
        moving = np.maximum(moving, np.asarray(wire_bytes, float) / link_bandwidth)
        stepping = np.asarray(steps, float) * self.step_time
        return np.asarray(self.base_time + soft_maximum(stepping, moving, self.order))


@dataclass(frozen=True)
class CollectiveParameters:
    """What the fabric of one chip and its communication library can do.

    Parameters
    ----------
    link_bandwidth : float or array
        Bandwidth of one rank's links on this fabric, per direction. [B/s]
    low_latency, middle, bulk : TransferLine
        Ring protocols for short, medium and long buffers (LL, LL128, Simple).
    low_latency_limit, middle_limit : float or array
        Buffer per rank up to which the first two are used. [B]
    in_switch : TransferLine or None
        All-reduce by the switches (NVLS, SHARP); None where there is none.
    in_switch_ranks : float
        Fewest ranks for which the library uses it by itself. [1]
    in_switch_limit : float
        Smallest buffer for which the library uses it by itself. [B]
    bulk_reduce : TransferLine or None
        The bulk protocol of an all-reduce; the bulk line unless given.
    exchange_short, exchange : TransferLine or None
        All-to-all of short and of long buffers; the bulk line unless given.
    one_shot, two_shot : TransferLine or None
        Custom all-reduce kernels over peer memory; None where there are none.
    """

    link_bandwidth: Any
    low_latency: TransferLine
    middle: TransferLine
    bulk: TransferLine
    low_latency_limit: Any
    middle_limit: Any
    in_switch: TransferLine | None = None
    in_switch_ranks: Any = 5.0
    in_switch_limit: Any = 3e6
    bulk_reduce: TransferLine | None = None
    exchange_short: TransferLine | None = None
    exchange: TransferLine | None = None
    one_shot: TransferLine | None = None
    two_shot: TransferLine | None = None


def ring_steps(operation: str, ranks: ArrayLike) -> FloatArray:
    """Dependent steps of a ring.

    Parameters
    ----------
    operation : str
        One of ``OPERATIONS``.
    ranks : array_like
        Ranks in the group. [1]

    Returns
    -------
    array
        Steps. [1]

    Examples
    --------
    >>> float(ring_steps("all_reduce", 8))
    14.0
    """
    n = np.asarray(ranks, float)
    if operation == "all_reduce":
        return np.asarray(2.0 * (n - 1.0))
    if operation in ("all_gather", "reduce_scatter", "all_to_all"):
        return np.asarray(n - 1.0)
    if operation == "point_to_point":
        return np.ones_like(n)
    raise ValueError(f"no operation '{operation}'. One of: {', '.join(OPERATIONS)}")


def wire_bytes(operation: str, ranks: ArrayLike, size: ArrayLike) -> FloatArray:
    """Bytes that leave each rank when every byte takes the shortest way.

    Parameters
    ----------
    operation : str
        One of ``OPERATIONS``.
    ranks : array_like
        Ranks in the group. [1]
    size : array_like
        Buffer of one rank. [B]

    Returns
    -------
    array
        Bytes sent by each rank. [B]

    Examples
    --------
    >>> float(wire_bytes("all_gather", 4, 1000.0))
    750.0
    """
    n, s = np.asarray(ranks, float), np.asarray(size, float)
    share = (n - 1.0) / np.maximum(n, 1.0)
    if operation == "all_reduce":
        return np.asarray(2.0 * share * s)
    if operation in ("all_gather", "reduce_scatter", "all_to_all"):
        return np.asarray(share * s)
    if operation == "point_to_point":
        return np.asarray(s * np.ones_like(n))
    raise ValueError(f"no operation '{operation}'. One of: {', '.join(OPERATIONS)}")


def usable_share(operation: str, ranks: ArrayLike, degree: ArrayLike, topology: str) -> FloatArray:
    """Share of a rank's link bandwidth that an operation can use on a topology.

    Parameters
    ----------
    operation : str
        One of ``OPERATIONS``.
    ranks : array_like
        Ranks in the group. [1]
    degree : array_like
        Ranks of the whole fabric (full mesh) or dimensions (torus). [1]
    topology : str
        One of ``TOPOLOGIES``.

    Returns
    -------
    array
        Share, at most one. [1]

    Notes
    -----
    A switch gives every rank its full bandwidth to any other. In a full mesh of ``degree`` ranks
    each pair has a ``1 / (degree - 1)`` of it, so a group of ``ranks`` uses
    ``(ranks - 1) / (degree - 1)``. On a torus rings use every direction, while an exchange is
    bounded by the bisection: with side ``ranks ** (1 / degree)`` the mean path takes a quarter of
    the side per dimension.

    References
    ----------
    .. [1] W. Dally, B. Towles, "Principles and practices of interconnection networks", 2004.

    Examples
    --------
    >>> float(usable_share("all_reduce", 2, 8, "full_mesh")) == 1 / 7
    True
    >>> round(float(usable_share("all_to_all", 64, 3, "torus")), 4)
    0.3333
    """
    n, d = np.asarray(ranks, float), np.asarray(degree, float)
    if topology == "switched":
        return np.ones(np.broadcast(n, d).shape)
    if topology == "full_mesh":
        peers = 1.0 if operation == "point_to_point" else np.maximum(n - 1.0, 1.0)
        return np.asarray(np.minimum(peers / np.maximum(d - 1.0, 1.0), 1.0))
    if topology == "torus":
        if operation == "point_to_point":
            return np.asarray(1.0 / (2.0 * d) * np.ones_like(n))
        if operation == "all_to_all":
            hops = d * np.maximum(n, 1.0) ** (1.0 / d) / 4.0
            # Every byte occupies as many links as its path has hops.
            return np.asarray(np.minimum(1.0 / np.maximum(hops, 1e-9), 1.0))
        return np.ones(np.broadcast(n, d).shape)
    raise ValueError(f"no topology '{topology}'. One of: {', '.join(TOPOLOGIES)}")


def ring_time(operation: str, ranks: ArrayLike, size: ArrayLike, parameters: CollectiveParameters) -> FloatArray:
    """Time of a ring (or a direct exchange) with the protocol that the library picks.

    Parameters
    ----------
    operation : str
        One of ``OPERATIONS``.
    ranks : array_like
        Ranks in the group. [1]
    size : array_like
        Buffer of one rank. [B]
    parameters : CollectiveParameters
        The fabric.

    Returns
    -------
    array
        Time; zero for a group of one. [s]

    Notes
    -----
    Libraries switch protocols by the size per rank, not always at the point where the lines
    cross.

    References
    ----------
    .. [1] R. Thakur, R. Rabenseifner, W. Gropp, "Optimization of collective communication
       operations in MPICH", IJHPCA 19 (1), 2005.
    .. [2] Z. Hu et al., "Demystifying NCCL", arXiv:2507.04786, 2025 (LL, LL128, Simple).

    Examples
    --------
    >>> line = TransferLine(5e-6, 1e-6, 0.8)
    >>> p = CollectiveParameters(450e9, line, line, line, 1e4, 1e6)
    >>> float(ring_time("all_reduce", 1, 1e6, p))
    0.0
    """
    p = parameters
    n, s = np.asarray(ranks, float), np.asarray(size, float)
    steps, wire = ring_steps(operation, n), wire_bytes(operation, n, s)
    if operation == "all_to_all":
        long = p.exchange or p.bulk
        short = p.exchange_short or p.low_latency
        # Short messages to all peers go side by side: the size of one of them counts.
        one = short.time(steps, s / np.maximum(n, 1.0), p.link_bandwidth)
        one = np.maximum(one, wire / p.link_bandwidth)
        time = np.minimum(one, long.time(steps, wire, p.link_bandwidth, s))
    else:
        per_rank = s / np.maximum(n, 1.0)
        bulk = (p.bulk_reduce if operation == "all_reduce" else None) or p.bulk
        time = np.where(
            per_rank <= p.low_latency_limit,
            p.low_latency.time(steps, wire, p.link_bandwidth, s),
            np.where(
                per_rank <= p.middle_limit,
                p.middle.time(steps, wire, p.link_bandwidth, s),
                bulk.time(steps, wire, p.link_bandwidth, s),
            ),
        )
    return np.asarray(np.where(n > 1, time, 0.0))


def _tree_steps(ranks: FloatArray) -> FloatArray:
    """Dependent steps of an all-reduce by a binary tree: up and down again."""
    return np.asarray(2.0 * np.ceil(np.log2(np.maximum(ranks, 1.0))))


def tree_time(ranks: ArrayLike, size: ArrayLike, parameters: CollectiveParameters) -> FloatArray:
    """Time of an all-reduce by a double binary tree.

    Parameters
    ----------
    ranks : array_like
        Ranks in the group. [1]
    size : array_like
        Buffer of one rank. [B]
    parameters : CollectiveParameters
        The fabric.

    Returns
    -------
    array
        Time; zero for a group of one. [s]

    References
    ----------
    .. [1] P. Sanders, J. Speck, J. L. Traeff, "Two-tree algorithms for full bandwidth broadcast,
       reduction and scan", Parallel Computing 35 (12), 2009.

    Examples
    --------
    >>> line = TransferLine(5e-6, 1e-6, 0.8)
    >>> p = CollectiveParameters(450e9, line, line, line, 1e4, 1e6)
    >>> bool(tree_time(1024, 1e3, p) < ring_time("all_reduce", 1024, 1e3, p))
    True
    """
    p = parameters
    n, s = np.asarray(ranks, float), np.asarray(size, float)
    steps = _tree_steps(n)
    wire = wire_bytes("all_reduce", n, s)
    # A tree keeps to the short protocols where they are cheaper: each inner node sends twice.
    time = np.minimum(
        p.low_latency.time(steps, 2.0 * wire, p.link_bandwidth),
        p.bulk.time(steps, wire, p.link_bandwidth),
    )
    return np.asarray(np.where(n > 1, time, 0.0))


def in_switch_time(ranks: ArrayLike, size: ArrayLike, parameters: CollectiveParameters) -> FloatArray:
    """Time of an all-reduce that the switches add up; infinite where they cannot.

    Parameters
    ----------
    ranks : array_like
        Ranks in the group. [1]
    size : array_like
        Buffer of one rank. [B]
    parameters : CollectiveParameters
        The fabric.

    Returns
    -------
    array
        Time. [s]

    Notes
    -----
    Each rank sends its buffer once and receives the sum once, whatever the group: half of what a
    ring of many ranks moves.

    References
    ----------
    .. [1] B. Klenk et al., "An in-network architecture for accelerating shared-memory
       multiprocessor collectives", ISCA 2020.

    Examples
    --------
    >>> line = TransferLine(5e-6, 1e-6, 0.8)
    >>> float(in_switch_time(8, 1e6, CollectiveParameters(450e9, line, line, line, 1e4, 1e6)))
    inf
    """
    p = parameters
    n, s = np.asarray(ranks, float), np.asarray(size, float)
    if p.in_switch is None:
        return np.full(np.broadcast(n, s).shape, np.inf)
    # A rank's own part needs no way through the switch and back.
    wire = s * (1.0 + 1.0 / np.maximum(n, 1.0))
    time = p.in_switch.time(np.ones_like(n), wire, p.link_bandwidth)
    return np.asarray(np.where(n > 1, time, 0.0))


def custom_all_reduce_time(ranks: ArrayLike, size: ArrayLike, parameters: CollectiveParameters) -> FloatArray:
    """Time of the cheaper of a one-shot and a two-shot all-reduce; infinite where there is none.

    Parameters
    ----------
    ranks : array_like
        Ranks in the group. [1]
    size : array_like
        Buffer of one rank. [B]
    parameters : CollectiveParameters
        The fabric.

    Returns
    -------
    array
        Time. [s]

    Notes
    -----
    One shot: every rank reads all the others' buffers and adds them up itself. Two shots: each
    rank adds up its share, then gathers the others' shares.

    References
    ----------
    .. [1] NVIDIA, "3x faster all-reduce with NVSwitch and TensorRT-LLM MultiShot", 2024.

    Examples
    --------
    >>> line = TransferLine(3e-6, 0.0, 0.8)
    >>> p = CollectiveParameters(450e9, line, line, line, 1e4, 1e6, one_shot=line)
    >>> bool(custom_all_reduce_time(8, 1e4, p) < 5e-6)
    True
    """
    p = parameters
    n, s = np.asarray(ranks, float), np.asarray(size, float)
    time = np.full(np.broadcast(n, s).shape, np.inf)
    if p.one_shot is not None:
        time = np.minimum(time, p.one_shot.time(n - 1.0, (n - 1.0) * s, p.link_bandwidth))
    if p.two_shot is not None:
        wire = wire_bytes("all_reduce", n, s)
        time = np.minimum(time, p.two_shot.time(n - 1.0, wire, p.link_bandwidth))
    return np.asarray(np.where(n > 1, time, 0.0))


def collective_time(
    operation: str,
    ranks: ArrayLike,
    size: ArrayLike,
    parameters: CollectiveParameters,
    *,
    algorithm: str = "auto",
    topology: str = "switched",
    degree: ArrayLike = 0.0,
) -> FloatArray:
    """Time of a collective within one fabric.

    Parameters
    ----------
    operation : str
        One of ``OPERATIONS``.
    ranks : array_like
        Ranks in the group. [1]
    size : array_like
        Buffer of one rank. [B]
    parameters : CollectiveParameters
        The fabric.
    algorithm : str
        ``library`` (ring, or in-switch reduction where the library uses it by itself), ``ring``,
        ``tree``, ``in_switch``, ``custom`` (one-shot or two-shot), or ``auto``: the cheapest.
    topology : str
        One of ``TOPOLOGIES``.
    degree : array_like
        Ranks of the whole fabric (full mesh) or dimensions (torus). [1]

    Returns
    -------
    array
        Time; zero for a group of one. [s]

    Examples
    --------
    >>> line = TransferLine(5e-6, 1e-6, 0.8)
    >>> p = CollectiveParameters(450e9, line, line, line, 1e4, 1e6)
    >>> bool(collective_time("all_gather", 8, 1e9, p) > 1e9 * 7 / 8 / 450e9)
    True
    """
    share = usable_share(operation, ranks, degree, topology)
    p = with_bandwidth(parameters, np.asarray(parameters.link_bandwidth) * share)
    n = np.asarray(ranks, float)
    ring = ring_time(operation, n, size, p)
    if operation != "all_reduce" or algorithm == "ring":
        return ring
    if algorithm == "tree":
        return tree_time(n, size, p)
    if algorithm == "custom":
        return custom_all_reduce_time(n, size, p)
    switch = in_switch_time(n, size, p)
    if algorithm == "in_switch":
        return switch
    if algorithm == "library":
        chosen = (n >= p.in_switch_ranks) & (np.asarray(size) >= p.in_switch_limit)
        return np.where(chosen & np.isfinite(switch), switch, ring)
    if algorithm == "auto":
        best = np.minimum(np.minimum(ring, tree_time(n, size, p)), switch)
        return np.minimum(best, custom_all_reduce_time(n, size, p))
    raise ValueError(f"no algorithm '{algorithm}'. One of: auto, library, ring, tree, in_switch, custom")


def with_bandwidth(parameters: CollectiveParameters, link_bandwidth: ArrayLike) -> CollectiveParameters:
    """The same protocols on links of another bandwidth.

    Parameters
    ----------
    parameters : CollectiveParameters
        The fabric.
    link_bandwidth : array_like
        Bandwidth of one rank's links, per direction. [B/s]

    Returns
    -------
    CollectiveParameters
        A changed copy, in the same units. [B/s]

    Examples
    --------
    >>> line = TransferLine(5e-6, 1e-6, 0.8)
    >>> p = CollectiveParameters(450e9, line, line, line, 1e4, 1e6)
    >>> float(with_bandwidth(p, 900e9).link_bandwidth)
    900000000000.0
    """
    return replace(parameters, link_bandwidth=np.asarray(link_bandwidth, float))


def hierarchical_time(
    operation: str,
    ranks: ArrayLike,
    ranks_per_domain: ArrayLike,
    size: ArrayLike,
    scale_up: CollectiveParameters,
    scale_out: CollectiveParameters,
) -> FloatArray:
    """Time of a collective over several scale-up domains joined by a scale-out fabric.

    Parameters
    ----------
    operation : str
        One of ``OPERATIONS``.
    ranks : array_like
        Ranks in the group. [1]
    ranks_per_domain : array_like
        How many of them share a scale-up domain; 1 for a group that has one rank in each. [1]
    size : array_like
        Buffer of one rank. [B]
    scale_up, scale_out : CollectiveParameters
        The fabrics; the bandwidth of either counts per rank.

    Returns
    -------
    array
        Time; that of one fabric where the group stays inside a domain. [s]

    Notes
    -----
    Libraries lay rings through all ranks, which enter and leave every domain over all its links.
    The phases inside and between domains are pipelined: the slower counts in full, the other with
    its latency.

    References
    ----------
    .. [1] M. Cho et al., "BlueConnect: decomposing all-reduce for deep learning on heterogeneous
       network hierarchy", MLSys 2019.

    Examples
    --------
    >>> line = TransferLine(5e-6, 1e-6, 0.8)
    >>> up = CollectiveParameters(450e9, line, line, line, 1e4, 1e6)
    >>> out = with_bandwidth(up, 50e9)
    >>> inside = hierarchical_time("all_reduce", 8, 8, 1e8, up, out)
    >>> bool(np.isclose(inside, collective_time("all_reduce", 8, 1e8, up, algorithm="library")))
    True
    """
    n = np.asarray(ranks, float)
    local = np.maximum(np.minimum(np.asarray(ranks_per_domain, float), n), 1.0)
    domains = np.maximum(np.ceil(n / local), 1.0)
    s = np.asarray(size, float)
    inside = collective_time(operation, local, s, scale_up, algorithm="library")
    if operation == "all_to_all":
        # What stays in the domain and what leaves it use different links at the same time.
        between = _between_domains(operation, domains, s, s * (n - local) / n, scale_out)
        within = collective_time(operation, local, s * local / n, scale_up, algorithm="library")
        return np.asarray(np.where(domains > 1, np.maximum(between, within), inside))
    if operation == "point_to_point":
        between = _between_domains(operation, domains, s, s, scale_out)
        return np.asarray(np.where(domains > 1, between, inside))
    share = s / local
    between = _between_domains(operation, domains, share, wire_bytes(operation, n, share), scale_out)
    latency = collective_time(operation, local, 0.0 * s, scale_up, algorithm="library")
    both = np.maximum(between, inside) + latency
    return np.asarray(np.where(domains > 1, both, inside))


def _between_domains(
    operation: str,
    domains: FloatArray,
    share: FloatArray,
    moved: FloatArray,
    scale_out: CollectiveParameters,
) -> FloatArray:
    """Time of each rank's part between domains: a ring, or a tree if it has fewer steps."""
    p = scale_out
    steps = ring_steps(operation, domains)
    lines = (p.low_latency, p.middle, p.bulk)
    if operation == "all_reduce":
        steps = np.minimum(steps, _tree_steps(domains))
    times = [line.time(steps, moved, p.link_bandwidth, share) for line in lines]
    return np.asarray(np.minimum(np.minimum(times[0], times[1]), times[2]))

"""Laws that the kernel models keep, whatever their parameters."""

import doctest
from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from calc.physics import attention, collectives, dispatch, experts, gemm

H100 = gemm.GemmParameters(989e12, 3.35e12, 132, 0.8, 0.82, 2.5e-6, 0.9e-7, 2.7)
H100_FP8 = replace(H100, peak_flop_rate=1979e12, operand_size=1.0, quantise_time=8e-6, quantise_efficiency=0.6)
PREFILL = attention.AttentionParameters(989e12, 3.35e12, 132, 0.57, 0.4, 13e-6, 0.0, 1.4, 1.6e-11, 3.3e-6, 0.0, 2e12)
DECODE = attention.AttentionParameters(989e12, 3.35e12, 132, 0.1, 1.0, 5e-6, 9e-7, 1.5, 0.0, 3.5e-6, 5e-6)
LINE = collectives.TransferLine(5e-6, 1e-6, 0.8, 1.5, 1e12)
NVLINK = collectives.CollectiveParameters(
    450e9, LINE, LINE, replace(LINE, base_time=9e-6), 1e4, 1e6, in_switch=LINE, one_shot=LINE
)
NIC = collectives.with_bandwidth(replace(NVLINK, in_switch=None, one_shot=None), 50e9)

M, N, K = (
    np.array([1, 16, 300, 4096]),
    np.array([4096, 7168, 128, 8192]),
    np.array([4096, 2048, 1024, 8192]),
)


@pytest.mark.parametrize("module", [gemm, attention, collectives, dispatch, experts])
def test_examples_in_docstrings(module: ModuleType) -> None:
    assert doctest.testmod(module).failed == 0


def test_scalar_equals_array_element() -> None:
    array = gemm.gemm_time(M, N, K, H100_FP8, quantise=True)
    for i in range(len(M)):
        assert gemm.gemm_time(M[i], N[i], K[i], H100_FP8, quantise=True) == pytest.approx(array[i])
    sizes = np.array([1e3, 1e6, 1e9])
    array = collectives.collective_time("all_reduce", 8, sizes, NVLINK)
    for i, size in enumerate(sizes):
        assert collectives.collective_time("all_reduce", 8, size, NVLINK) == pytest.approx(array[i])
    lengths = np.array([128, 4096])
    array = attention.decode_attention_time(32, lengths, 32, 8, 128, DECODE)
    one = attention.decode_attention_time(32, 4096, 32, 8, 128, DECODE)
    assert one == pytest.approx(array[1])


def test_blocks_do_not_show() -> None:
    many = gemm.gemm_time(np.arange(1, 10_000), 4096, 4096, H100)
    assert many[8999] == pytest.approx(float(gemm.gemm_time(9000, 4096, 4096, H100)))


def test_parameters_broadcast_with_shapes() -> None:
    chips = replace(H100, memory_bandwidth=np.array([3.35e12, 4.8e12])[:, None])
    times = gemm.gemm_time(M[None, :], N[None, :], K[None, :], chips)
    assert times.shape == (2, 4)
    assert np.all(times[1] <= times[0])


def test_no_work_costs_the_launch_alone() -> None:
    assert gemm.gemm_time(0, 4096, 4096, H100) == pytest.approx(H100.launch_time)
    assert experts.expert_layer_time(0, 0, 4096, 1536, experts.ExpertParameters(H100, 2e-5, 0.5)) == pytest.approx(2e-5)
    assert attention.prefill_attention_time(0, 0, 32, 8, 128, PREFILL) == pytest.approx(13e-6)
    assert attention.decode_attention_time(0, 0, 32, 8, 128, DECODE) == pytest.approx(5e-6)


def test_double_bandwidth_halves_memory_bound_time() -> None:
    free = replace(H100, launch_time=0.0, k_step_latency=0.0)
    fast = replace(free, memory_bandwidth=2 * free.memory_bandwidth)
    ratio = gemm.gemm_time(1, 65536, 65536, free) / gemm.gemm_time(1, 65536, 65536, fast)
    assert 1.9 < ratio <= 2.0
    base = replace(DECODE, step_latency=0.0, compute_efficiency=0.8)
    long = attention.decode_attention_time(64, 131072, 32, 8, 128, base)
    wide = replace(base, memory_bandwidth=2 * 3.35e12)
    assert 1.6 < long / attention.decode_attention_time(64, 131072, 32, 8, 128, wide) <= 2.0


def test_double_rate_halves_compute_bound_time() -> None:
    free = replace(H100, launch_time=0.0, k_step_latency=0.0)
    fast = replace(free, peak_flop_rate=2 * free.peak_flop_rate)
    ratio = gemm.gemm_time(16384, 16384, 16384, free) / gemm.gemm_time(16384, 16384, 16384, fast)
    assert 1.9 < ratio <= 2.0


@pytest.mark.parametrize("name", ["peak_flop_rate", "memory_bandwidth", "compute_efficiency", "memory_efficiency"])
def test_more_of_a_resource_is_never_slower(name: str) -> None:
    more = replace(H100_FP8, **{name: 1.3 * getattr(H100_FP8, name)})
    before = gemm.gemm_time(M, N, K, H100_FP8, quantise=True)
    assert np.all(gemm.gemm_time(M, N, K, more, quantise=True) <= before * (1 + 1e-12))


def test_never_faster_than_the_roofline() -> None:
    compute = 2.0 * M * N * K / H100.peak_flop_rate
    memory = 2.0 * (M * K + N * K + M * N) / H100.memory_bandwidth
    assert np.all(gemm.gemm_time(M, N, K, H100) > np.maximum(compute, memory))


def test_groups_of_one_are_a_gemm_and_groups_cost_at_most_their_sum() -> None:
    one = gemm.gemm_time(64, 4096, 4096, H100)
    assert gemm.grouped_gemm_time(64, 4096, 4096, 1, H100) == pytest.approx(float(one))
    assert gemm.grouped_gemm_time(64, 4096, 4096, 32, H100) <= 32 * one


def test_quantising_is_left_out_unless_asked_for() -> None:
    assert np.all(gemm.gemm_time(M, N, K, H100_FP8) + 8e-6 <= gemm.gemm_time(M, N, K, H100_FP8, quantise=True))
    assert np.all(gemm.gemm_time(M, N, K, H100, quantise=True) == gemm.gemm_time(M, N, K, H100))


def test_visible_keys_match_a_count() -> None:
    for s, c, w in ((7, 0, 3), (5, 4, 6), (6, 9, 4), (4, 0, 99)):
        count = sum(min(c + i + 1, w) for i in range(s))
        assert attention.visible_keys(s, c, w) == pytest.approx(count)


def test_a_window_or_fewer_kv_heads_never_slow_attention_down() -> None:
    full = attention.decode_attention_time(8, 32768, 32, 8, 128, DECODE)
    assert attention.decode_attention_time(8, 32768, 32, 8, 128, DECODE, window=1024) <= full
    assert attention.decode_attention_time(8, 32768, 32, 4, 128, DECODE) <= full * 1.01
    long = attention.prefill_attention_time(1, 32768, 32, 8, 128, PREFILL)
    assert attention.prefill_attention_time(1, 32768, 32, 8, 128, PREFILL, window=1024) < long


def test_chunks_of_a_prompt_add_up() -> None:
    whole = attention.visible_keys(8192.0)
    chunks = sum(float(attention.visible_keys(2048.0, c)) for c in (0, 2048, 4096, 6144))
    assert chunks == pytest.approx(float(whole))


@pytest.mark.parametrize("operation", collectives.OPERATIONS)
def test_a_group_of_one_and_faster_links(operation: str) -> None:
    if operation != "point_to_point":
        assert collectives.collective_time(operation, 1, 1e8, NVLINK) == 0.0
    sizes = np.logspace(2, 10, 30)
    slow = collectives.collective_time(operation, 8, sizes, NVLINK)
    fast = collectives.collective_time(operation, 8, sizes, collectives.with_bandwidth(NVLINK, 900e9))
    assert np.all(fast <= slow)
    wire = collectives.wire_bytes(operation, 8, sizes) / 450e9
    if operation != "all_reduce":
        assert np.all(slow >= wire * (1 - 1e-12))


def test_the_cheapest_algorithm_is_at_most_each() -> None:
    sizes = np.logspace(2, 10, 30)
    best = collectives.collective_time("all_reduce", 8, sizes, NVLINK)
    for name in ("library", "ring", "tree", "in_switch", "custom"):
        assert np.all(best <= collectives.collective_time("all_reduce", 8, sizes, NVLINK, algorithm=name))


def test_two_levels_fall_back_to_one() -> None:
    for operation in collectives.OPERATIONS:
        inside = collectives.hierarchical_time(operation, 8, 8, 1e8, NVLINK, NIC)
        flat = collectives.collective_time(operation, 8, 1e8, NVLINK, algorithm="library")
        assert inside == pytest.approx(float(flat))
    small = collectives.hierarchical_time("all_reduce", 64, 8, 1e9, NVLINK, NIC)
    large = collectives.hierarchical_time("all_reduce", 64, 64, 1e9, NVLINK, NIC)
    assert large < small


def test_wrong_words_are_named() -> None:
    with pytest.raises(ValueError, match=r"no operation 'reduce'\. One of: all_reduce"):
        collectives.ring_steps("reduce", 8)
    with pytest.raises(ValueError, match=r"no algorithm 'magic'\. One of: auto"):
        collectives.collective_time("all_reduce", 8, 1e6, NVLINK, algorithm="magic")
    with pytest.raises(ValueError, match=r"no topology 'star'\. One of: switched"):
        collectives.usable_share("all_reduce", 8, 8, "star")


def test_distinct_destinations_and_experts() -> None:
    assert dispatch.distinct_destinations(8, 1) == pytest.approx(1.0)
    assert dispatch.distinct_destinations(8, 1e6) == pytest.approx(8.0, rel=1e-4)
    assert experts.distinct_experts(1, 8, 256, 256) == pytest.approx(8.0)
    assert experts.distinct_experts(1e5, 8, 256, 32) == pytest.approx(32.0)

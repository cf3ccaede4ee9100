# mypy: disable-error-code="union-attr, no-untyped-call"
"""Laws of the training model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calc.physics.attention import AttentionParameters
from calc.physics.gemm import GemmParameters, distinct, grouped_gemm_time
from calc.physics.reliability import checkpoint_interval, goodput, interruption_interval
from calc.physics.search import (
    SearchSpace,
    full_space,
    infeasible_message,
    search_mappings,
    smallest_that_fits,
)
from calc.physics.training import REASONS, Mapping, mapping_reason, training_step
from calc.physics.training_layer import SoftwareStack, TrainingChip, TrainingFabric
from calc.physics.transformer import (
    Architecture,
    active_parameters,
    kv_cache_bytes_per_token,
    total_parameters,
    training_flops_per_token,
)

LLAMA_8B = Architecture(32, 4096, 32, 8, 128, 14336, 128256)
LLAMA_70B = Architecture(80, 8192, 64, 8, 128, 28672, 128256)
LLAMA_405B = Architecture(126, 16384, 128, 8, 128, 53248, 128256)
GPT3 = Architecture(96, 12288, 96, 96, 128, 49152, 51200, gated=False, tied_embeddings=True)
QWEN3_30B = Architecture(48, 2048, 32, 4, 128, 0, 151936, experts=128, experts_per_token=8, expert_ffn=768)
QWEN3_235B = Architecture(94, 4096, 64, 4, 128, 0, 151936, experts=128, experts_per_token=8, expert_ffn=1536)
DEEPSEEK_V3 = Architecture(
    61,
    7168,
    128,
    128,
    56,
    18432,
    129280,
    experts=256,
    experts_per_token=8,
    shared_experts=1,
    expert_ffn=2048,
    dense_layers=3,
    query_rank=1536,
    kv_rank=512,
    nope_head_size=128,
    rope_head_size=64,
    value_head_size=128,
    prediction_layers=1,
)
KIMI_K2 = replace(
    DEEPSEEK_V3,
    heads=64,
    kv_heads=64,
    vocabulary=163840,
    experts=384,
    dense_layers=1,
    prediction_layers=0,
)
GEMM = GemmParameters(989e12, 3.35e12, 132, 0.81, 0.81, 2.2e-6, 9e-8, 2.8)
CORE = AttentionParameters(989e12, 3.35e12, 132, 0.55, 0.8, 5e-6, 3e-7, 3)
H100 = TrainingChip(GEMM, GEMM, CORE, 989e12, 80e9)
FABRIC = TrainingFabric(450e9, 8, 50e9)
SMALL: dict[str, Any] = {"chips": 64, "global_batch": 256, "sequence": 4096}


@pytest.mark.parametrize(
    ("architecture", "sequence", "published"),
    [
        (LLAMA_405B, 8192, 2.524e12),
        (LLAMA_70B, 8192, 0.449e12),
        (LLAMA_8B, 8192, 0.0515e12),
        (DEEPSEEK_V3, 4096, 0.260e12),
        (replace(DEEPSEEK_V3, prediction_layers=0), 4096, 0.2505e12),
        (QWEN3_235B, 4096, 0.148e12),
        (QWEN3_30B, 4096, 0.0231e12),
        (KIMI_K2, 4096, 0.2055e12),
    ],
)
def test_flops_per_token_equal_the_published_ones(architecture: Any, sequence: Any, published: Any) -> None:
    flops = float(training_flops_per_token(architecture, sequence))
    assert flops == pytest.approx(published, rel=4e-3)


@pytest.mark.parametrize(
    ("architecture", "total", "active"),
    [
        (LLAMA_8B, 8.03e9, 8.03e9),
        (LLAMA_70B, 70.6e9, 70.6e9),
        (LLAMA_405B, 405e9, 405e9),
        (DEEPSEEK_V3, 671e9, 37e9),
        (QWEN3_30B, 30.5e9, 3.3e9),
        (QWEN3_235B, 235e9, 22e9),
        (KIMI_K2, 1.03e12, 32e9),
        (GPT3, 175e9, 175e9),
    ],
)
def test_parameters_equal_the_published_totals(architecture: Any, total: Any, active: Any) -> None:
    assert total_parameters(architecture) == pytest.approx(total, rel=0.01)
    assert active_parameters(architecture) == pytest.approx(active, rel=0.03)


def test_latent_attention_caches_one_vector() -> None:
    assert float(kv_cache_bytes_per_token(DEEPSEEK_V3, 2)) == 2 * (512 + 64) * 61


def mappings(architecture: Architecture, number: int = 200) -> Mapping:
    draw = np.random.default_rng(1)
    pick = lambda values: draw.choice(values, number)  # noqa: E731
    tp, pp, cp = pick([1, 2, 4, 8]), pick([1, 2, 4]), pick([1, 2])
    return Mapping(
        tp=tp,
        pp=pp,
        vp=np.where(pp > 1, pick([1, 2]), 1),
        cp=cp,
        ep=pick([1, 2, 4, 8]) if architecture.experts else np.ones(number),
        dp=64 // (tp * pp * cp),
        micro_batch=pick([1, 2, 4]),
        recompute=pick([0, 1, 2, 3]),
        sharding=pick([0, 1, 2, 3]),
        zero_bubble=pick([0, 1]),
    )


def at(mapping: Mapping, i: int) -> Mapping:
    return Mapping(**{k: float(v[i]) if np.ndim(v) else v for k, v in vars(mapping).items()})


@pytest.mark.parametrize("architecture", [LLAMA_8B, QWEN3_30B, DEEPSEEK_V3])
def test_scalar_equals_array(architecture: Any) -> None:
    several = mappings(architecture)
    step = training_step(architecture, H100, FABRIC, several, **SMALL)
    for i in (0, 7, 111, 199):
        one = training_step(architecture, H100, FABRIC, at(several, i), **SMALL)
        assert float(one.step_time) == pytest.approx(float(step.step_time[i]), rel=1e-12)
        assert float(one.memory_total) == pytest.approx(float(step.memory_total[i]), rel=1e-12)
        assert int(one.reason) == int(step.reason[i])


@pytest.mark.parametrize("architecture", [LLAMA_8B, QWEN3_30B, DEEPSEEK_V3])
def test_breakdown_and_memory_add_up(architecture: Any) -> None:
    step = training_step(architecture, H100, FABRIC, mappings(architecture), **SMALL)
    assert np.allclose(sum(step.breakdown.values()), step.step_time, rtol=1e-9)
    assert np.allclose(sum(step.memory.values()), step.memory_total, rtol=1e-12)
    assert all(np.all(part >= 0) for part in step.breakdown.values())
    assert np.all(step.hfu >= step.mfu)
    assert np.all(step.mfu < 1)


def scaled(chip: TrainingChip, fabric: TrainingFabric, what: str, by: float) -> Any:
    if what == "memory_bandwidth":
        kernels = replace(GEMM, memory_bandwidth=GEMM.memory_bandwidth * by)
        return replace(chip, gemm=kernels, gemm_16=kernels), fabric
    if what == "peak":
        kernels = replace(GEMM, peak_flop_rate=GEMM.peak_flop_rate * by)
        core = replace(CORE, peak_flop_rate=CORE.peak_flop_rate * by)
        return replace(chip, gemm=kernels, gemm_16=kernels, attention=core), fabric
    if what == "memory_capacity":
        return replace(chip, memory_capacity=chip.memory_capacity * by), fabric
    return chip, replace(fabric, **{what: getattr(fabric, what) * by})


RESOURCES = [
    "memory_bandwidth",
    "peak",
    "memory_capacity",
    "scale_up_bandwidth",
    "scale_out_bandwidth",
    "scale_up_domain",
]


@pytest.mark.parametrize("what", RESOURCES[:-1])
@pytest.mark.parametrize("architecture", [LLAMA_8B, QWEN3_30B])
def test_more_of_a_resource_is_never_slower(architecture: Any, what: Any) -> None:
    several = mappings(architecture)
    before = training_step(architecture, H100, FABRIC, several, **SMALL).step_time
    chip, fabric = scaled(H100, FABRIC, what, 2.0)
    after = training_step(architecture, chip, fabric, several, **SMALL).step_time
    assert np.all(after <= before * (1 + 1e-9))


@pytest.mark.parametrize("what", RESOURCES)
@pytest.mark.parametrize("architecture", [LLAMA_70B, QWEN3_235B])
def test_more_of_a_resource_never_makes_the_best_mapping_slower(architecture: Any, what: Any) -> None:
    size: dict[str, Any] = {"chips": 128, "global_batch": 256, "sequence": 4096}
    before = search_mappings(architecture, H100, FABRIC, top=1, **size)
    chip, fabric = scaled(H100, FABRIC, what, 2.0)
    after = search_mappings(architecture, chip, fabric, top=1, **size)
    assert after.step.step_time[0] <= before.step.step_time[0] * (1 + 1e-9)


def chips_at(factors: Any) -> tuple[TrainingChip, TrainingFabric]:
    """A chip and its networks with every rate, size and domain times one of the factors, numbers or arrays."""
    rate, memory, capacity, up, out, domain = factors
    kernels = replace(GEMM, peak_flop_rate=GEMM.peak_flop_rate * rate, memory_bandwidth=GEMM.memory_bandwidth * memory)
    core = replace(CORE, peak_flop_rate=CORE.peak_flop_rate * rate, memory_bandwidth=CORE.memory_bandwidth * memory)
    half = replace(kernels, peak_flop_rate=kernels.peak_flop_rate / 2, operand_size=2.0)
    return (
        TrainingChip(replace(kernels, operand_size=1.0), half, core, 989e12 * rate, 80e9 * capacity),
        TrainingFabric(450e9 * up, 8 * np.round(domain), 50e9 * out),
    )


FACTOR = st.floats(0.25, 4.0)


@pytest.mark.parametrize("architecture", [LLAMA_8B, QWEN3_30B, DEEPSEEK_V3])
@settings(max_examples=15, deadline=None)
@given(
    factors=st.lists(st.tuples(FACTOR, FACTOR, FACTOR, FACTOR, FACTOR, st.floats(1.0, 9.0)), min_size=1, max_size=5),
    places=st.lists(st.integers(0, 199), min_size=1, max_size=6),
    outer=st.booleans(),
)
def test_arrays_of_chips_equal_one_chip_at_a_time(
    architecture: Any, factors: list[Any], places: list[int], outer: bool
) -> None:
    if not outer:
        length = min(len(factors), len(places))
        factors, places = factors[:length], places[:length]
    chip, fabric = chips_at(np.array(factors).T)
    every = mappings(architecture)
    chosen = Mapping(**{k: np.asarray(v)[places] for k, v in vars(every).items()})
    if outer:
        chosen = Mapping(**{k: np.asarray(v)[:, None] for k, v in vars(chosen).items()})
    step = training_step(architecture, chip, fabric, chosen, **SMALL)
    for i, place in enumerate(places):
        for j, factor in enumerate(factors) if outer else [(i, factors[i])]:
            one = training_step(architecture, *chips_at(factor), at(every, place), **SMALL)
            here = (i, j) if outer else i
            for name in ("step_time", "token_rate_per_chip", "mfu", "hfu"):
                assert float(getattr(step, name)[here]) == pytest.approx(float(getattr(one, name)), rel=1e-12)
            assert int(step.reason[here]) == int(one.reason)
            assert str(step.bound_by()[here]) == str(one.bound_by())


@settings(max_examples=40, deadline=None)
@given(
    shapes=st.lists(st.tuples(*[st.integers(1, 40000)] * 3, st.integers(1, 64)), min_size=1, max_size=6),
    factors=st.lists(st.tuples(st.floats(0.05, 20.0), st.floats(0.05, 20.0)), min_size=1, max_size=6),
    cache=st.sampled_from([0.0, 5e7]),
    latency=st.sampled_from([0.0, 9e-8, 3e-6]),
)
def test_products_on_many_chips_equal_those_on_one(
    shapes: list[Any], factors: list[Any], cache: float, latency: float
) -> None:
    """The menu is thinned out over many chips; the cheapest entry stays in it."""
    base = replace(GEMM, cache_size=cache, cache_bandwidth=9e12, k_step_latency=latency)
    rate, memory = np.array(factors).T
    several = replace(base, peak_flop_rate=989e12 * rate, memory_bandwidth=3.35e12 * memory)
    m, n, k, groups = (column[:, None] for column in np.array(shapes, float).T)
    times = grouped_gemm_time(m, n, k, groups, several)
    for j in range(len(factors)):
        one = replace(base, peak_flop_rate=989e12 * rate[j], memory_bandwidth=3.35e12 * memory[j])
        assert np.allclose(times[:, j], grouped_gemm_time(m, n, k, groups, one)[:, 0], rtol=1e-12, atol=0)
    paired = grouped_gemm_time(
        m[:, 0], n[:, 0], k[:, 0], 1.0, replace(base, memory_bandwidth=np.full(len(shapes), 3e12))
    )
    alone = grouped_gemm_time(m[:, 0], n[:, 0], k[:, 0], 1.0, replace(base, memory_bandwidth=3e12))
    assert np.allclose(paired, alone, rtol=1e-12, atol=0)


def test_distinct_combinations_give_the_arrays_back() -> None:
    draw = np.random.default_rng(1)
    for number in (10, 20000):
        whole, rates = draw.integers(1, 9, number).astype(float), draw.choice([0.1, 0.2, 0.3], number)
        other = rates * 3e12
        (first, second, third), place = distinct(whole, rates, other)
        assert np.array_equal(first[place], whole)
        assert np.array_equal(second[place], rates)
        assert np.array_equal(third[place], other)
        assert len(first) == len(set(zip(whole, rates, strict=True)))
    # Sums that cannot tell two combinations apart are found out.
    near = np.where(np.arange(10000) % 2 == 0, 1.0, 1.0 + 2**-52)
    (first, second), place = distinct(near, np.full(10000, 1e3) + draw.choice([0.0, 0.5], 10000))
    assert np.array_equal(first[place], near)
    assert len(first) == 4


def test_less_memory_is_served_by_the_lean_mappings() -> None:
    size: dict[str, Any] = {"chips": 64, "global_batch": 256, "sequence": 4096}
    for chunk in (2000, 1_000_000):
        found = search_mappings(LLAMA_70B, H100, FABRIC, lean=2, chunk=chunk, **size)
        lean = Mapping(**{k: np.array([getattr(one, k) for one in found.lean], float) for k in vars(found.lean[0])})
        step = training_step(LLAMA_70B, H100, FABRIC, lean, **size)
        assert found.step.step_time[0] == pytest.approx(step.step_time.min(), rel=1e-12)
        for capacity in (30e9, 45e9, 60e9):
            tight = search_mappings(LLAMA_70B, replace(H100, memory_capacity=capacity), FABRIC, top=1, **size)
            fits = step.memory_total <= capacity
            if tight.step is None:
                assert not fits.any()
            else:
                assert step.step_time[fits].min() == pytest.approx(tight.step.step_time[0], rel=1e-12)


def test_twice_the_batch_takes_less_than_twice_the_time() -> None:
    mapping = Mapping(tp=8, pp=4, dp=2)
    one = training_step(LLAMA_70B, H100, FABRIC, mapping, **SMALL).step_time
    twice = {**SMALL, "global_batch": 512}
    two = training_step(LLAMA_70B, H100, FABRIC, mapping, **twice).step_time
    assert one < two < 2 * one


def test_recomputation_trades_time_for_memory() -> None:
    step = training_step(LLAMA_70B, H100, FABRIC, Mapping(tp=8, pp=4, dp=2, recompute=[0, 1, 3]), **SMALL)
    assert np.all(np.diff(step.step_time) > 0)
    assert np.all(np.diff(step.memory_total) < 0)


def test_sharding_saves_memory() -> None:
    step = training_step(LLAMA_8B, H100, FABRIC, Mapping(dp=64, sharding=[0, 1, 2, 3]), **SMALL)
    assert np.all(np.diff(step.memory_total) < 0)


def test_graphs_and_overlap_never_slow_a_step_down() -> None:
    mapping = Mapping(ep=8, dp=64)
    base = training_step(QWEN3_30B, H100, FABRIC, mapping, **SMALL).step_time
    graphs = training_step(QWEN3_30B, H100, FABRIC, mapping, stack=SoftwareStack(graphs=1.0), **SMALL).step_time
    none = training_step(
        QWEN3_30B, H100, FABRIC, mapping, stack=SoftwareStack(fused_attention=False), **SMALL
    ).step_time
    assert graphs <= base < none


def test_search_equals_exhaustion_and_does_not_depend_on_the_chunk() -> None:
    space = SearchSpace(
        tp=(1, 2, 4, 8),
        pp=(1, 2, 4),
        vp=(1, 2),
        cp=(1, 2),
        ep=(1,),
        micro_batch=(1, 2),
        recompute=(0, 3),
        sharding=(1, 3),
        zero_bubble=(0, 1),
    )
    grid = np.array(
        np.meshgrid(
            space.tp,
            space.pp,
            space.vp,
            space.cp,
            space.micro_batch,
            space.recompute,
            space.sharding,
            space.zero_bubble,
            indexing="ij",
        )
    ).reshape(8, -1)
    tp, pp, vp, cp, micro_batch, recompute, sharding, zero_bubble = grid
    every = training_step(
        LLAMA_8B,
        H100,
        FABRIC,
        Mapping(tp, pp, vp, cp, 1, 64 // (tp * pp * cp), micro_batch, recompute, sharding, zero_bubble),
        **SMALL,
    )
    best = every.token_rate_per_chip[every.feasible].max()
    for chunk in (1, 50, 100000):
        found = search_mappings(LLAMA_8B, H100, FABRIC, space=space, top=3, chunk=chunk, **SMALL)
        assert found.step.token_rate_per_chip[0] == pytest.approx(best, rel=1e-12)
        assert found.candidates == space.size == grid.shape[1]
        assert found.feasible == int(every.feasible.sum())
        assert found.feasible + sum(found.reasons.values()) == found.candidates
        assert np.all(np.diff(found.step.token_rate_per_chip) <= 0)


def test_reasons_name_the_rule() -> None:
    mapping = Mapping(
        tp=[3, 1, 1, 1, 1, 1, 1],
        pp=[1, 64, 4, 1, 1, 1, 1],
        vp=[1, 1, 2, 1, 1, 1, 1],
        cp=[1, 1, 1, 1, 64, 1, 1],
        ep=[1, 1, 1, 1, 1, 3, 1],
        dp=[1, 1, 1, 3, 1, 1, 2],
    )
    chips = [3, 64, 4, 3, 64, 1, 1]
    found = mapping_reason(QWEN3_30B, mapping, chips=chips, global_batch=2, sequence=4096 + 2)
    words = ["heads", "layers", "interleaving", "batch", "sequence", "experts", "multiply"]
    assert all(word in REASONS[i] for word, i in zip(words, found, strict=True))


def test_what_fits_nowhere_says_what_would_be_enough() -> None:
    size: dict[str, Any] = {"global_batch": 64, "sequence": 8192}
    found = search_mappings(LLAMA_405B, H100, FABRIC, chips=8, **size)
    assert found.feasible == 0
    assert found.least_memory > H100.memory_capacity
    counts = (8, 16, 32, 64, 128, 256)
    enough = smallest_that_fits(LLAMA_405B, H100, FABRIC, counts=counts, **size)
    assert enough is not None
    assert enough > 8
    text = infeasible_message(found, H100.memory_capacity, enough)
    assert text.startswith("needs ")
    assert text.endswith(f"80 GB there; smallest that fits: {enough} chips")
    assert search_mappings(LLAMA_405B, H100, FABRIC, chips=enough, **size).feasible > 0
    nothing = search_mappings(
        LLAMA_8B,
        H100,
        FABRIC,
        chips=8,
        global_batch=3,
        sequence=8192,
        space=SearchSpace(tp=(3,), pp=(1,), cp=(1,), ep=(1,)),
    )
    assert "the heads do not divide by tp" in infeasible_message(nothing, 80e9, None) or (
        "multiply" in infeasible_message(nothing, 80e9, None)
    )


def test_the_whole_space_of_a_published_run() -> None:
    space = full_space(GPT3, 4096, 1536, 2048)
    found = search_mappings(GPT3, H100, FABRIC, chips=4096, global_batch=1536, sequence=2048)
    assert found.candidates == space.size > 100_000
    assert 0.2 < found.step.mfu[0] < 0.75


def test_goodput_is_best_at_the_interval_of_daly() -> None:
    failure = interruption_interval(16384, 5e9, 1e5, 5e10)
    best = float(checkpoint_interval(60.0, failure))
    around = best * np.linspace(0.5, 2.0, 301)
    share = goodput(around, 60.0, 600.0, failure)
    assert abs(around[np.argmax(share)] / best - 1) < 0.05
    assert np.all((share > 0) & (share < 1))


def test_more_parts_never_raise_goodput() -> None:
    chips = np.array([1e3, 1e4, 1e5])
    failure = interruption_interval(chips, 5e9)
    share = goodput(checkpoint_interval(60.0, failure), 60.0, 600.0, failure)
    assert np.all(np.diff(share) < 0)

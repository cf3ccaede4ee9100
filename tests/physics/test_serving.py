"""Laws of serving: what a step costs, what fits, and which choices are best."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calc.physics.serving import accepted_tokens, best_within, decode, frontier, prefill
from calc.physics.serving_chip import ServingChip, ServingMapping
from calc.physics.transformer import Architecture, total_parameters
from calc.spec.architecture import architecture
from calc.spec.library import open_library
from calc.studies.serving_runs import serving_chip

LENGTHS = st.integers(1, 30_000)


@pytest.fixture(scope="module")
def llama() -> Architecture:
    return architecture(open_library(()), "llama-3.1-70b")


@pytest.fixture(scope="module")
def chip() -> ServingChip:
    return serving_chip("h100-sxm", "fp8", "llama-3.1-70b", "decode", open_library(()))


def test_the_parts_of_a_step_add_up(llama: Architecture, chip: ServingChip) -> None:
    step = decode(llama, ServingMapping(8), chip, batch=[1, 16, 256], kv_len=2_000).step
    names = (
        "products", "attention", "experts", "passes", "head",
        "tensor_exchange", "expert_exchange", "stage_exchange", "host",
    )  # fmt: skip
    parts = sum(getattr(step, name) for name in names) - step.hidden
    np.testing.assert_allclose(parts, step.total)


def test_one_chip_exchanges_nothing(llama: Architecture, chip: ServingChip) -> None:
    step = decode(llama, ServingMapping(1), chip, batch=1, kv_len=10).step
    assert float(step.tensor_exchange) == float(step.expert_exchange) == float(step.stage_exchange) == 0


@settings(deadline=None, max_examples=40)
@given(batch=st.integers(1, 500), length=LENGTHS, longer=LENGTHS)
def test_a_longer_context_is_never_faster(
    llama: Architecture, chip: ServingChip, batch: int, length: int, longer: int
) -> None:
    step = decode(llama, ServingMapping(8), chip, batch=batch, kv_len=[length, length + longer]).step
    assert step.total[0] <= step.total[1]


@settings(deadline=None, max_examples=40)
@given(batch=st.integers(1, 2_000), length=LENGTHS)
def test_a_step_reads_the_weights_and_the_cache_at_least_once(
    llama: Architecture, chip: ServingChip, batch: int, length: int
) -> None:
    step = decode(llama, ServingMapping(8), chip, batch=batch, kv_len=length).step
    # Less the embedding table, of which a step reads a row a token; data sheet bandwidth.
    read = (total_parameters(llama) - llama.vocabulary * llama.hidden) / 8
    assert float(step.total) > read / 3.35e12


def test_what_does_not_fit_has_a_reason_and_no_rate(llama: Architecture, chip: ServingChip) -> None:
    found = decode(llama, ServingMapping([8, 7, 1]), chip, batch=[8, 8, 64], kv_len=8_000)
    assert found.reason.tolist() == [0, 1, 6]
    assert np.isfinite(found.token_rate_per_chip).tolist() == [True, False, False]


def test_prompts_of_one_length_scale_with_their_count(llama: Architecture, chip: ServingChip) -> None:
    found = prefill(llama, ServingMapping(8), chip, input_len=2_000, batch_tokens=[2_000, 8_000])
    assert 1.0 < found.token_rate_per_chip[1] / found.token_rate_per_chip[0] < 2.0


@given(drafts=st.integers(0, 8), acceptance=st.floats(0, 1))
def test_drafts_give_one_to_all_their_tokens(drafts: int, acceptance: float) -> None:
    assert 1 - 1e-9 <= float(accepted_tokens(drafts, acceptance)) <= drafts + 1 + 1e-9


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(1, 50)), min_size=1, max_size=30))
def test_nothing_is_better_than_the_frontier_in_both_ways(points: list[tuple[int, int]]) -> None:
    speeds, rates = np.array(points, float).T
    on = frontier(speeds, rates)
    assert on.any()
    for speed, rate, kept in zip(speeds, rates, on, strict=True):
        better = ((speeds >= speed) & (rates >= rate) & ((speeds > speed) | (rates > rate))).any()
        if kept:
            assert not better
        else:
            assert ((speeds[on] >= speed) & (rates[on] >= rate)).any()


def test_the_best_keeps_its_limit_or_is_absent() -> None:
    index, rate = best_within([5.0, 9.0, 20.0], [0.01, 0.02, 0.2], 0.05)
    assert (int(index), float(rate)) == (1, 9.0)
    assert np.isnan(best_within([5.0], [1.0], 0.05)[1])

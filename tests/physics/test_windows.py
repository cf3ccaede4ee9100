"""Laws of sliding windows: what they leave alone, what they save, and that they never cost anything."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calc.physics.serving import decode, prefill
from calc.physics.serving_chip import ServingChip, ServingMapping
from calc.physics.serving_memory import memory_needed
from calc.physics.transformer import Architecture, attention_flops_per_token, held_tokens, kv_cache_bytes_per_token
from calc.spec.architecture import architecture
from calc.spec.library import open_library
from calc.studies.serving_runs import serving_chip

LENGTHS = st.integers(1, 60_000)
WINDOWS = st.integers(1, 60_000)
TWO = ServingMapping(2)


@pytest.fixture(scope="module")
def gemma() -> Architecture:
    return architecture(open_library(()), "gemma-3-27b")


@pytest.fixture(scope="module")
def chip() -> ServingChip:
    return serving_chip("h100-sxm", "fp8", "gemma-3-27b", "decode", open_library(()))


def _without(network: Architecture) -> Architecture:
    return replace(network, window=0, window_layers=0)


@settings(deadline=None, max_examples=30)
@given(length=LENGTHS, batch=st.integers(1, 64))
def test_a_window_longer_than_the_sequence_changes_nothing(
    gemma: Architecture, chip: ServingChip, length: int, batch: int
) -> None:
    wide, plain = replace(gemma, window=2 * length), _without(gemma)
    assert float(held_tokens(wide, length)) == pytest.approx(length)
    assert float(attention_flops_per_token(wide, length)) == pytest.approx(
        float(attention_flops_per_token(plain, length))
    )
    for one, other in (
        [decode(network, TWO, chip, batch=batch, kv_len=length) for network in (wide, plain)],
        [prefill(network, TWO, chip, input_len=length, batch_tokens=length) for network in (wide, plain)],
    ):
        assert one.reason.tolist() == other.reason.tolist()
        np.testing.assert_allclose(one.step.total, other.step.total, rtol=1e-12)
        for part, size in one.memory.items():
            np.testing.assert_allclose(size, other.memory[part], rtol=1e-12)


@settings(deadline=None, max_examples=40)
@given(length=LENGTHS, window=WINDOWS, wider=WINDOWS, batch=st.integers(1, 256))
def test_a_narrower_window_is_never_slower_nor_larger(
    gemma: Architecture, chip: ServingChip, length: int, window: int, wider: int, batch: int
) -> None:
    narrow, wide = replace(gemma, window=window), replace(gemma, window=window + wider)
    for one, other in (
        [decode(network, TWO, chip, batch=batch, kv_len=length) for network in (narrow, wide)],
        [prefill(network, TWO, chip, input_len=length, batch_tokens=length) for network in (narrow, wide)],
    ):
        assert float(one.step.total) <= float(other.step.total) * (1 + 1e-12)
        assert float(one.memory["cache"]) <= float(other.memory["cache"])
        # What fits with the wider window fits with the narrower.
        assert int(one.reason) == 0 or int(other.reason) != 0


def test_layers_with_a_window_keep_no_more_than_it(gemma: Architecture, chip: ServingChip) -> None:
    assert (gemma.window, gemma.window_layers, gemma.layers) == (1024, 52, 62)
    cache = memory_needed(gemma, TWO, chip, sequences=3, context_len=131_072)["cache"]
    # 16 heads of 128 over two chips, keys and values of a byte, ten layers that keep everything.
    assert float(cache) == 3 * 2 * 8 * 128 * (10 * 131_072 + 52 * 1024)
    assert float(cache) < 0.17 * float(
        memory_needed(_without(gemma), TWO, chip, sequences=3, context_len=131_072)["cache"]
    )


def test_a_longer_sequence_costs_a_layer_with_a_window_nothing_more(gemma: Architecture, chip: ServingChip) -> None:
    narrow = replace(gemma, window_layers=gemma.layers)
    short, long = (decode(narrow, TWO, chip, batch=8, kv_len=length) for length in (1024, 65_536))
    assert float(short.step.total) == float(long.step.total)
    assert float(short.memory["cache"]) == float(long.memory["cache"])


@pytest.mark.parametrize("model", ["llama-3.1-70b", "deepseek-v3", "qwen3-32b"])
def test_a_network_without_a_window_keeps_every_token(model: str, chip: ServingChip) -> None:
    network = architecture(open_library(()), model)
    cache = memory_needed(network, TWO, chip, sequences=7, context_len=[100, 100_000])["cache"]
    each = float(kv_cache_bytes_per_token(network, chip.kv_size, 2))
    assert cache.tolist() == [7 * each * 100, 7 * each * 100_000]

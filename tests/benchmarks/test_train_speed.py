"""How fast a space of training mappings is searched."""

from __future__ import annotations

import time

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import calc
from calc.studies.train import train

pytestmark = pytest.mark.benchmark


def test_mappings_per_second(benchmark: BenchmarkFixture) -> None:
    """DeepSeek-V3 on 3,072 chips of CloudMatrix 384: a space of millions, on one core."""
    library = calc.library()
    system = calc.load("cloudmatrix-384", library=library)

    def search() -> float:
        started = time.perf_counter()
        found = train(library, "deepseek-v3", system, global_batch=4096, sequence=4096, chips=3072)
        benchmark.extra_info["candidates"] = found.candidates
        benchmark.extra_info["evaluated"] = found.evaluated
        return found.candidates / (time.perf_counter() - started)

    search()
    rate = benchmark.pedantic(search, rounds=3)  # type: ignore[no-untyped-call]
    benchmark.extra_info["mappings per second"] = round(rate)
    print(f"\n{benchmark.name}: {rate / 1e6:.1f} million mappings a second, of {benchmark.extra_info['candidates']:,}")


def test_gpt3_on_4096_a100(benchmark: BenchmarkFixture) -> None:
    """The whole space of GPT-3 175B on 4,096 A100."""
    library = calc.library()
    system = calc.load("dgx-a100", library=library)
    benchmark(lambda: train(library, "gpt3-175b", system, global_batch=1536, sequence=2048, chips=4096))

"""How fast a space of training mappings is searched, and how fast workloads are predicted at many points."""

from __future__ import annotations

import time
from itertools import product
from typing import Any

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import calc
from calc.studies.serve_points import serve_points
from calc.studies.train import train
from calc.studies.train_points import train_points

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


_SPACE = {
    "tp": [4, 8, 16], "pp": [1, 2, 4, 8, 16], "vp": [1, 2, 3], "cp": [1, 2], "ep": [1], "micro_batch": [1, 2],
    "recompute": [0, 1, 3], "sharding": [1, 3],
}  # fmt: skip
_SET = {
    "chip.flop_rate": 2.5e15,
    "chip.hbm.bandwidth": 8e12,
    "chip.hbm.capacity": 186e9,
    "scale_up.link.bandwidth_per_direction": 50e9,
    "scale_out.link.bandwidth_per_direction": 50e9,
    "power.all_in": 145e3,
}


def _drawn(count: int) -> dict[str, Any]:
    draw = np.random.default_rng(0)
    return {path: value * draw.uniform(0.7, 1.3, count) for path, value in _SET.items()}


@pytest.mark.parametrize("flat", [False, True], ids=["outer", "flat"])
def test_training_points_per_second(benchmark: BenchmarkFixture, flat: bool) -> None:
    """Llama 3.1 405B on GB200 NVL72: 400 mappings times 2,500 scenarios that move every figure, on one core."""
    library = calc.library()
    system = calc.load("gb200-nvl72", library=library)
    rows = np.array(list(product(*_SPACE.values())), float)[np.random.default_rng(0).permutation(1080)[:400]]
    mapping, drawn = dict(zip(_SPACE, rows.T[:, :, None], strict=True)), _drawn(2_500)
    if flat:
        mapping = {part: np.repeat(values[:, 0], 2_500) for part, values in mapping.items()}
        drawn = {path: np.tile(values, 400) for path, values in drawn.items()}

    def points() -> float:
        started = time.perf_counter()
        found = train_points(
            library, "llama-3.1-405b", system, calc.Scenario(set=drawn), global_batch=2048, sequence=8192, chips=2048,
            mapping=mapping,
        )  # fmt: skip
        return found["step_time"].size / (time.perf_counter() - started)

    points()
    rate = benchmark.pedantic(points, rounds=3)  # type: ignore[no-untyped-call]
    benchmark.extra_info["points per second"] = round(rate)
    print(f"\n{benchmark.name}: {rate / 1e6:.2f} million points a second")


def test_searched_training_points_per_second(benchmark: BenchmarkFixture) -> None:
    """The best mapping of each of 10,000 scenarios, on one core."""
    library = calc.library()
    system = calc.load("gb200-nvl72", library=library)
    scenario = calc.Scenario(set=_drawn(10_000))

    def points() -> float:
        started = time.perf_counter()
        train_points(library, "llama-3.1-405b", system, scenario, global_batch=2048, sequence=8192, chips=2048)
        return 10_000 / (time.perf_counter() - started)

    rate = benchmark.pedantic(points, rounds=2)  # type: ignore[no-untyped-call]
    benchmark.extra_info["points per second"] = round(rate)
    print(f"\n{benchmark.name}: {rate:,.0f} points a second")


@pytest.mark.parametrize("searched", [False, True], ids=["given", "searched"])
def test_serving_points_per_second(benchmark: BenchmarkFixture, searched: bool) -> None:
    """Llama 3.1 70B on GB200 NVL72: decode at as many scenarios that move every figure, on one core."""
    library = calc.library()
    system = calc.load("gb200-nvl72", library=library)
    count = 10_000 if searched else 200_000
    scenario = calc.Scenario(set=_drawn(count))
    given: dict[str, Any] = {} if searched else {"mapping": {"tp": 4, "dp": 1}, "batch_per_chip": 32.0}

    def points() -> float:
        started = time.perf_counter()
        serve_points(library, "llama-3.1-70b", system, scenario, limit=0.05, **given)
        return count / (time.perf_counter() - started)

    rate = benchmark.pedantic(points, rounds=2)  # type: ignore[no-untyped-call]
    benchmark.extra_info["points per second"] = round(rate)
    print(f"\n{benchmark.name}: {rate:,.0f} points a second")

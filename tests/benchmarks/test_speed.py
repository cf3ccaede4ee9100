"""How fast, as ratios measured in one run: ``pytest tests/benchmarks --benchmark-only``.

Nothing here asserts a time; each benchmark notes its ratio to something of known cost.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest
from conftest import ROOT
from pytest_benchmark.fixture import BenchmarkFixture

import calc
from calc.spec import library as catalogue

pytestmark = pytest.mark.benchmark

POINTS = 1_000_000


def _paired(ours: Callable[[], Any], other: Callable[[], Any], rounds: int) -> tuple[float, float]:
    """Median seconds of two calls made in turn, so that a drift of the machine is in both."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for call, kept in zip((ours, other), times, strict=True):
            started = time.perf_counter()
            call()
            kept.append(time.perf_counter() - started)
    return median(times[0]), median(times[1])


def _note(
    benchmark: BenchmarkFixture, ours: Callable[[], Any], other: Callable[[], Any], rounds: int, what: str
) -> None:
    mine, theirs = _paired(ours, other, rounds)
    benchmark.extra_info[what] = round(mine / theirs, 3)
    benchmark.pedantic(ours, rounds=3, warmup_rounds=1)  # type: ignore[no-untyped-call]
    print(f"\n{benchmark.name}: {mine * 1e3:.1f} ms, {mine / theirs:.2f} of {what} ({theirs * 1e3:.1f} ms)")


def test_a_million_scenarios(benchmark: BenchmarkFixture) -> None:
    """All quantities of CloudMatrix 384 over four swept inputs, against the bare numpy arithmetic."""
    system = calc.load("cloudmatrix-384")
    random = np.random.default_rng(0)
    rate, bandwidth, power, pue = (random.uniform(0.5, 1.5, POINTS) * size for size in (780e12, 3.2e12, 600e3, 1.2))
    scenario = calc.Scenario(
        set={"chip.flop_rate": rate, "chip.hbm.bandwidth": bandwidth, "power.all_in": power, "pue": pue}
    )
    result = calc.evaluate(system, scenario)
    swept = {
        name for name, value in result.values.items() if isinstance(value, np.ndarray) and name in result.graph.nodes
    }

    def bare() -> list[Any]:
        v = {name: value for name, value in result.values.items() if name not in swept}
        flops, memory = 384 * rate, 384 * bandwidth
        facility = power * pue
        cost = v["price"] / v["depreciation_period"] + facility * v["electricity_price"]
        computed = {
            "flop_rate": flops,
            "hbm.bandwidth": memory,
            "cost_rate": cost,
            "chip.cost_rate": cost / 384,
            "cost_per_flop": cost / flops,
            "emission_rate": facility * v["grid_carbon_intensity"],
            "equipment_electricity_rate": power * v["electricity_price"],
            "overhead_electricity_rate": power * (pue - 1.0) * v["electricity_price"],
            "hbm.read_time": v["chip.hbm.capacity"] / bandwidth,
            "flop_per_hbm_byte": rate / bandwidth,
            "flop_per_scale_up_byte": rate / v["chip.scale_up.bandwidth_per_direction"],
            "flop_per_scale_out_byte": rate / v["chip.scale_out.bandwidth_per_direction"],
            "power.unexplained": power - v["power.itemised"],
            "power.facility": facility,
            "power.overhead": power / v["power.chips"],
            "power.all_in_per_chip": power / 384,
            "power_per_flop_rate": power / flops,
            "power_per_hbm_bandwidth": power / memory,
            "power_per_hbm_capacity": power / v["hbm.capacity"],
            "chip.power_per_flop_rate": v["chip.power"] / rate,
            "price_per_flop_rate": v["price"] / flops,
        }
        assert computed.keys() == swept
        return list(computed.values())

    for name, value in zip(("flop_rate",), bare(), strict=False):
        assert np.array_equal(value, result.values[name])
    _note(benchmark, lambda: calc.evaluate(system, scenario), bare, 9, "bare numpy")


def _process(code: list[str], cache: Path) -> None:
    environment = {**os.environ, "PODCALC_CACHE": str(cache)}
    subprocess.run([sys.executable, *code], env=environment, cwd=ROOT, check=True, capture_output=True)


def test_a_comparison_as_a_whole_process(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """``podcalc compare`` from a shell, against the bare imports of numpy, pint and pydantic."""
    compare = ["-m", "calc", "compare", "cloudmatrix-384", "gb200-nvl72"]
    _process(compare, tmp_path)
    _note(
        benchmark,
        lambda: _process(compare, tmp_path),
        lambda: _process(["-c", "import numpy, pint, pydantic"], tmp_path),
        9,
        "importing numpy, pint and pydantic",
    )


def _layers() -> tuple[tuple[tuple[str, Any], ...], ...]:
    return (tuple(catalogue._files(catalogue.built_in())),)


def test_the_whole_catalogue_from_cold(benchmark: BenchmarkFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file parsed, checked and joined, with nothing kept."""
    monkeypatch.setenv("PODCALC_CACHE", "off")
    benchmark.extra_info["files"] = len(_layers()[0])

    def load() -> None:
        catalogue._build.cache_clear()
        catalogue._build(_layers(), keep=False)

    benchmark.pedantic(load, rounds=5, warmup_rounds=1)  # type: ignore[no-untyped-call]


def test_the_whole_catalogue_from_cold_in_a_new_process(benchmark: BenchmarkFixture) -> None:
    """Python started, everything imported, every file parsed and checked, against PyYAML's C loader alone."""
    bare = (
        "import yaml, pathlib\n"
        "for path in pathlib.Path('specs').rglob('*.yaml'):\n"
        "    'kernels' in path.parts or yaml.load(path.read_bytes(), yaml.CBaseLoader)"
    )
    _note(
        benchmark,
        lambda: _process(["-c", "import calc; calc.library()"], Path("off")),
        lambda: _process(["-c", bare], Path("off")),
        9,
        "parsing the same files and nothing else",
    )


def test_the_whole_catalogue_from_what_was_kept(
    benchmark: BenchmarkFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The same files, read back from the cache."""
    monkeypatch.setenv("PODCALC_CACHE", str(tmp_path))

    def load() -> None:
        catalogue._build.cache_clear()
        catalogue._build(_layers(), keep=True)

    benchmark.pedantic(load, rounds=5, warmup_rounds=1)  # type: ignore[no-untyped-call]


def test_what_a_ratio_hangs_on(benchmark: BenchmarkFixture) -> None:
    """Tornado and Sobol indices of a ratio from 16,384 draws, scipy imported, against the bare arithmetic of it."""
    library = calc.library()
    pair = [calc.load(one, library=library) for one in ("cloudmatrix-384", "gb200-nvl72")]
    found = calc.sensitivity(pair, "power_per_flop_rate", library=library)
    shares = np.random.default_rng(0).random((len(found.shares), found.draws))

    def bare() -> None:
        for _ in range(len(found.shares) + 2):
            ours = (500e3 + 150e3 * shares[0]) / (384 * (752e12 + 48e12 * shares[1]))
            theirs = (132e3 + 28e3 * shares[2]) / (72 * 2.5e15)
            np.var(ours / theirs)

    _note(
        benchmark,
        lambda: calc.sensitivity(pair, "power_per_flop_rate", library=library),
        bare,
        9,
        "bare numpy, without drawing",
    )


def test_one_what_if(benchmark: BenchmarkFixture) -> None:
    """One scenario of one system, after the first."""
    system = calc.load("cloudmatrix-384")
    scenario = calc.Scenario(set={"power.all_in": 559378.0})
    benchmark(lambda: calc.evaluate(system, scenario).get("power_per_flop_rate"))

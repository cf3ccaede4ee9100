"""How fast a study is written: what bounds it, what it holds in memory, and what workers bring.

Nothing here asserts a time; each prints what it measured, as ratios within one run.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from pytest_benchmark.fixture import BenchmarkFixture

import calc
from calc.studies import dataset
from calc.studies.points import Plan
from calc.studies.study import Study

pytestmark = pytest.mark.benchmark

STATIC = Study(
    ("cloudmatrix-384", "gb200-nvl72"),
    {
        "pue": {"from": 1.05, "to": 1.6, "steps": 2000},
        "chip.hbm.bandwidth": {"from": "2 TB/s", "to": "10 TB/s", "steps": 2500},
    },
    ("power_per_flop_rate", "power_per_hbm_bandwidth"),
)
TRAINING = Study(
    ("gb200-nvl72",),
    {
        "chip.hbm.bandwidth": {"from": "4 TB/s", "to": "12 TB/s", "steps": 225},
        "chip.scale_up.bandwidth_per_direction": {"from": "300 GB/s", "to": "1.8 TB/s", "steps": 25},
        "power.all_in": {"from": "100 kW", "to": "150 kW", "steps": 10},
        "tp": [4, 8, 16],
        "pp": [1, 2, 4, 8, 16],
        "micro_batch": [1, 2],
        "recompute": ["none", "selective", "full"],
        "sharding": ["zero1", "zero3"],
    },
    ("token_rate_per_chip", "energy_per_token", "memory", "feasible"),
    train={
        "model": "llama-3.1-405b", "chips": 2048, "global_batch": 2048, "sequence": 8192, "vp": 1, "cp": 1, "ep": 1,
    },
)  # fmt: skip


def _seconds(call: Any) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _run(study: Path, out: Path, *more: str) -> tuple[float, float]:
    """Seconds of a sweep's own process, and the most memory that it or a worker of it held [GB]."""
    code = (
        "import resource, sys; from calc.cli import main; status = main(sys.argv[1:]);"
        "print(max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)));"
        "sys.exit(status)"
    )
    command = [
        sys.executable,
        "-c",
        f"if __name__ == '__main__':\n exec({code!r})",
        "sweep",
        str(study),
        "-o",
        str(out),
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    started = time.perf_counter()
    done = subprocess.run([*command, *more], check=True, capture_output=True, text=True, env=environment, cwd=ROOT)
    return time.perf_counter() - started, float(done.stdout.splitlines()[-1]) / 1e6


def test_what_bounds_a_static_study(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """A chunk of a million points: its arithmetic, and making its table, hash and file."""
    plan = Plan(STATIC)
    chunk = plan.chunk(0)

    def write() -> None:
        table, _ = dataset.table_of(plan.columns, chunk)
        (tmp_path / "chunk.parquet").write_bytes(dataset.encoded(table))

    model = min(_seconds(lambda: plan.chunk(0)) for _ in range(5))
    writing = min(_seconds(write) for _ in range(5))
    benchmark.extra_info["writing over model"] = round(writing / model, 2)
    print(f"\n{benchmark.name}: model {model * 1e3:.0f} ms, writing {writing * 1e3:.0f} ms a chunk of {plan.rows(0):,}")
    benchmark.pedantic(lambda: plan.chunk(0), rounds=3)  # type: ignore[no-untyped-call]


def test_memory_of_ten_million_points(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """The memory that a static study holds does not grow with its points."""
    (tmp_path / "study.yaml").write_text(STATIC.yaml(), encoding="utf-8")
    took, held = benchmark.pedantic(  # type: ignore[no-untyped-call]
        lambda: _run(tmp_path / "study.yaml", tmp_path / f"out{time.time_ns()}", "--workers", "2"), rounds=1
    )
    benchmark.extra_info |= {"GB": held}
    print(
        f"\n{benchmark.name}: {STATIC.points / took / 1e6:.1f} million points a second, {held:.2f} GB at most a process"
    )


def test_workers_on_a_training_study(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """Ten million mappings times scenarios in this process, two, and a Dask cluster of two."""
    path = tmp_path / "study.yaml"
    path.write_text(TRAINING.yaml(), encoding="utf-8")
    library, took = calc.library(), {}
    for name, more in {
        "one": {"workers": 1}, "two": {"workers": 2}, "dask": {"workers": 2, "dask": "local"},
    }.items():  # fmt: skip
        took[name] = calc.sweep(TRAINING, tmp_path / name, library=library, **more).seconds  # type: ignore[arg-type]
    digests = {dataset.read_manifest(tmp_path / name)["dataset_sha256"] for name in took}  # type: ignore[index]
    assert len(digests) == 1
    said = {
        "million points a second, one process": TRAINING.points / took["one"] / 1e6,
        "two processes over one": took["one"] / took["two"],
        "Dask over the pool": took["dask"] / took["two"],
    }
    benchmark.extra_info |= {name: round(value, 2) for name, value in said.items()}
    print(f"\n{benchmark.name}: {TRAINING.points:,} points; " + "; ".join(f"{n} {v:.2f}" for n, v in said.items()))
    plan = Plan(TRAINING)
    benchmark.pedantic(lambda: plan.chunk(0), rounds=3)  # type: ignore[no-untyped-call]

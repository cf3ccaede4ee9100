"""Serving a network on a system: found, bounded, refused in words; and against a published deployment."""

from __future__ import annotations

from dataclasses import replace

import pytest

import calc
from calc.physics.serving_step import group_collective_time
from calc.studies.serve import Served, serve, served_chip

LIBRARY = calc.library()
INT8, FP8 = calc.Scenario(precision="int8"), calc.Scenario(precision="fp8")


def _system(name: str) -> calc.System:
    return calc.load(name, library=LIBRARY)


def _serve(model: str, system: str, **rest: object) -> Served:
    return serve(LIBRARY, model, _system(system), **rest)  # type: ignore[arg-type]


def test_the_parts_add_up_to_the_time_per_token() -> None:
    found = _serve("llama-3.1-70b", "dgx-h100", scenario=FP8)
    assert sum(found.breakdown.values()) == pytest.approx(found.latency[0])
    assert sum(found.memory.values()) <= found.memory_capacity
    assert found.token_rate_per_chip[0] == pytest.approx(found.batch_per_chip[0] / found.latency[0])
    assert found.token_rate_per_chip[0] == max(found.token_rate_per_chip)
    assert found.low[0] < found.token_rate_per_chip[0] < found.high[0]


def test_a_limit_is_kept_and_costs_throughput() -> None:
    free = _serve("llama-3.1-70b", "dgx-h100", scenario=FP8)
    held = _serve("llama-3.1-70b", "dgx-h100", scenario=FP8, limit=0.020)
    assert max(held.latency) <= 0.020 < free.latency[0]
    assert held.token_rate_per_chip[0] < free.token_rate_per_chip[0]


def test_what_is_given_is_kept() -> None:
    found = _serve("llama-3.1-70b", "dgx-h100", scenario=FP8, fixed={"tp": 8}, batch_per_chip=4.0)
    assert found.mappings[0] == {"tp": 8, "dp": 1, "ep": 1, "pp": 1, "ranks": 8}
    assert found.batch_per_chip == [4.0]


def test_more_memory_bandwidth_serves_more() -> None:
    faster = calc.Scenario(precision="fp8", set={"chip.hbm.bandwidth": "6 TB/s"})
    plain = _serve("llama-3.1-70b", "dgx-h100", scenario=FP8, limit=0.030)
    assert _serve("llama-3.1-70b", "dgx-h100", scenario=faster, limit=0.030).token_rate_per_chip[0] > (
        1.2 * plain.token_rate_per_chip[0]
    )


def test_a_published_deployment_lies_in_the_interval() -> None:
    """CloudMatrix-Infer: 1,943 tokens/s per chip, 96 sequences per chip, at most 50 ms a token."""
    found = _serve(
        "deepseek-r1", "cloudmatrix-384", scenario=INT8, input_len=4096, output_len=1024, kv_len=4096,
        batch_per_chip=96.0, acceptance=0.7, fixed={"tp": 1, "dp": 256, "ep": 256},
    )  # fmt: skip
    assert found.low[0] * 0.9 < 1943 < found.high[0] * 1.1
    assert found.latency[0] < 0.060
    assert found.confidence == "assumed"


@pytest.mark.parametrize(
    ("model", "system", "rest", "message"),
    [
        (
            "llama-3.1-405b",
            "dgx-h100",
            {},
            r"nothing fits: .* needs 109 GB per rank; 84\.9 GB there; smallest that fits: 16 ranks",
        ),
        ("llama-3.1-70b", "dgx-h100", {"limit": 0.001}, r"nothing keeps a time per output token of 1 ms; the shortest"),
        ("llama-3.1-70b", "dgx-h100", {"phase": "offlin"}, "no phase of serving 'offlin'"),
        ("llama-3.1-70b", "dgx-h100", {"fixed": {"tp": 16}}, "no split has tp=16"),
        ("llama-3.1-70b", "dgx-h100", {"fixed": {"tp": 3}}, "tensor does not divide the query heads"),
        ("llama-3.1-70b", "dgx-h100", {"input_len": 0}, "input-len is 0; give a number from 1"),
        ("llama-3.1-70b", "dgx-h100", {"acceptance": 0.5}, "has no layers that draft tokens"),
        ("deepseek-r1", "cloudmatrix-384", {"scenario": FP8}, "no fitted kernels in fp8; there are bf16, int8"),
    ],
)
def test_what_cannot_be_is_said(model: str, system: str, rest: dict[str, object], message: str) -> None:
    with pytest.raises(calc.CalcError, match=message):
        _serve(model, system, **rest)


def test_kernels_of_a_relative_widen_the_interval() -> None:
    own, relative = (_serve("llama-3.1-70b", name) for name in ("dgx-h100", "cloudmatrix-384"))
    assert relative.high[0] / relative.low[0] > 1.5 * own.high[0] / own.low[0]


def test_more_compute_reads_prompts_faster_and_hardly_moves_small_batches() -> None:
    faster = calc.Scenario(precision="fp8", set={"chip.flop_rate": "4 PFLOP/s"})
    prompts = [_serve("llama-3.1-70b", "dgx-h100", scenario=s, phase="prefill") for s in (FP8, faster)]
    assert prompts[1].token_rate_per_chip[0] > 1.3 * prompts[0].token_rate_per_chip[0]
    given = {"fixed": {"tp": 8}, "batch_per_chip": 0.125}
    one = [_serve("llama-3.1-70b", "dgx-h100", scenario=s, **given).token_rate_per_chip[0] for s in (FP8, faster)]
    assert 1.0 <= one[1] / one[0] < 1.1


def test_chips_joined_pairwise_send_to_few_over_few_links() -> None:
    """A pair on a full mesh has one link of seven; switches give it all."""
    chip = served_chip(LIBRARY, "mi300x", "llama-3.1-70b", "decode", _system("mi300x-platform"), calc.Scenario(), ())
    assert chip.topology == "full_mesh"
    pair = [float(group_collective_time("all_reduce", 2, 64e6, c)) for c in (chip, replace(chip, topology="switched"))]
    assert pair[0] > 2.0 * pair[1]


def test_stages_share_the_weights_and_the_sequences_in_flight() -> None:
    one, two = (
        calc.serve(
            "llama-3.1-70b", "dgx-h100", calc.Scenario("fp8"), fixed={"tp": 4, "pp": stages}, batch_per_chip=16, top=1
        )
        for stages in (1, 2)
    )
    assert one.mappings[0]["ranks"] == 4
    assert two.mappings[0]["ranks"] == 8
    assert two.memory["weights"] == pytest.approx(one.memory["weights"] / 2, rel=0.02)
    # Twice the sequences pass through half the layers at a time.
    assert two.batch_per_chip == one.batch_per_chip
    assert two.latency[0] > one.latency[0]

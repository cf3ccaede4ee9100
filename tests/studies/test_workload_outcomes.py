"""Training and serving at many points: equal to one point at a time, and what cannot be is data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import calc
from calc.physics.training import RECOMPUTE, SHARDING, Mapping, training_step
from calc.physics.training_layer import SoftwareStack
from calc.spec.architecture import architecture
from calc.studies.boxes import blocks, part_of, taken
from calc.studies.serve import serve
from calc.studies.serve_points import BOUNDS as SERVING_BOUNDS
from calc.studies.serve_points import REASONS as SERVING_REASONS
from calc.studies.train import train, training_chip, training_fabric
from calc.studies.train_points import BOUNDS as TRAINING_BOUNDS
from calc.studies.train_points import REASONS as TRAINING_REASONS
from calc.studies.training_runs import fitted
from calc.studies.workload_outcomes import (
    LACKING,
    RESULTS,
    WORKLOAD_OUTCOMES,
    serve_points,
    serving_outcome,
    train_points,
    training_outcome,
    workload_points,
)

LIBRARY = calc.library()
SIZE: dict[str, Any] = {"global_batch": 512, "sequence": 4096, "chips": 256}
ADOPTED = {
    "chip.flop_rate": 2.5e15,
    "chip.hbm.bandwidth": 8e12,
    "chip.hbm.capacity": 186e9,
    "scale_up.link.bandwidth_per_direction": 50e9,
    "scale_out.link.bandwidth_per_direction": 50e9,
    "scale_up.domain": 72.0,
}
GIVEN = {"tp": 4, "pp": 2, "vp": 1, "cp": 1, "ep": 1, "micro_batch": 1, "recompute": "none", "sharding": "zero1"}


def _system(name: str = "gb200-nvl72") -> calc.System:
    return calc.load(name, library=LIBRARY)


def _moved(factors: Any, precision: str = "bf16") -> calc.Scenario:
    """A scenario whose settings are the adopted ones times rows of factors."""
    values = {path: value * factors[i] for i, (path, value) in enumerate(ADOPTED.items())}
    return calc.Scenario(precision, set=values | {"scale_up.domain": np.round(values["scale_up.domain"])})


def _alone(scenario: calc.Scenario, place: Any) -> calc.Scenario:
    one = {path: float(values[place]) if np.ndim(values) else values for path, values in scenario.set.items()}
    return calc.Scenario(scenario.precision, set=one)


MAPPINGS = st.fixed_dictionaries(
    {
        "tp": st.sampled_from([1, 2, 4, 8]),
        "pp": st.sampled_from([1, 2, 4]),
        "vp": st.sampled_from([1, 2]),
        "cp": st.sampled_from([1, 2]),
        "ep": st.sampled_from([1, 8, 32]),
        "micro_batch": st.sampled_from([1, 2, 3]),
        "recompute": st.sampled_from(["none", "selective", "operations", "full"]),
        "sharding": st.sampled_from(["none", "zero1", "zero2", "zero3"]),
    }
)
FACTORS = st.lists(st.floats(0.3, 3.0), min_size=len(ADOPTED), max_size=len(ADOPTED))


@pytest.mark.parametrize("model", ["llama-3.1-70b", "deepseek-v3"])
@settings(max_examples=15, deadline=None)
@given(mappings=st.lists(MAPPINGS, min_size=1, max_size=4), factors=st.lists(FACTORS, min_size=1, max_size=4))
def test_training_at_many_points_equals_one_at_a_time(
    model: str, mappings: list[dict[str, Any]], factors: list[list[float]]
) -> None:
    system, scenario = _system(), _moved(np.array(factors).T)
    parts = {part: np.array([one[part] for one in mappings])[:, None] for part in GIVEN}
    found = train_points(LIBRARY, model, system, scenario, mapping=parts, **SIZE)
    assert {values.shape for values in found.values()} == {(len(mappings), len(factors))}
    network, shared = architecture(LIBRARY, model), fitted()
    for j in range(len(factors)):
        one = _alone(scenario, j)
        chip, fabric = training_chip(system, one)[0], training_fabric(system, one, shared)
        for i, said in enumerate(mappings):
            numbers = {**said, "recompute": RECOMPUTE[said["recompute"]], "sharding": SHARDING[said["sharding"]]}
            dp = max(SIZE["chips"] // (said["tp"] * said["pp"] * said["cp"]), 1)
            step = training_step(
                network,
                chip,
                fabric,
                Mapping(dp=dp, **numbers),
                stack=SoftwareStack(),
                constants=shared.constants,
                **SIZE,
            )
            assert int(found["reason"][i, j]) == int(step.reason)
            if step.feasible:
                for name in ("step_time", "token_rate_per_chip", "mfu", "hfu"):
                    assert found[name][i, j] == pytest.approx(float(getattr(step, name)), rel=1e-12)
                assert found["memory"][i, j] == pytest.approx(float(step.memory_total), rel=1e-12)
                assert str(step.bound_by()) == TRAINING_BOUNDS[found["bound_by"][i, j]]
            else:
                assert np.isnan(found["token_rate_per_chip"][i, j])


def test_flat_arrays_equal_outer_ones() -> None:
    draw = np.random.default_rng(2)
    scenario = _moved(draw.uniform(0.5, 2.0, (len(ADOPTED), 300)))
    parts: dict[str, Any] = {**GIVEN, "tp": np.array([1, 2, 4, 8])[:, None], "pp": np.array([1, 2, 4, 8])[:, None]}
    outer = train_points(LIBRARY, "llama-3.1-70b", _system(), scenario, mapping=parts, **SIZE)
    flat = train_points(
        LIBRARY,
        "llama-3.1-70b",
        _system(),
        calc.Scenario(set={path: np.tile(values, 4) for path, values in scenario.set.items()}),
        mapping={part: np.repeat(value, 300) if np.ndim(value) else value for part, value in parts.items()},
        **SIZE,
    )
    for name, values in outer.items():
        assert values.shape == (4, 300)
        assert np.array_equal(values.ravel(), flat[name], equal_nan=True), name
    assert 0 < outer["feasible"].mean() < 1


@settings(max_examples=20, deadline=None)
@given(
    said=MAPPINGS, path=st.sampled_from([one for one in ADOPTED if one != "scale_up.domain"]), by=st.floats(1.0, 4.0)
)
def test_more_of_a_resource_is_never_slower(said: dict[str, Any], path: str, by: float) -> None:
    scenario = calc.Scenario(set={path: ADOPTED[path] * np.array([1.0, by])})
    found = train_points(LIBRARY, "llama-3.1-70b", _system(), scenario, mapping=said, **SIZE)
    if found["feasible"][0]:
        assert found["feasible"][1]
        assert found["step_time"][1] <= found["step_time"][0] * (1 + 1e-9)


@pytest.mark.parametrize(
    ("model", "system", "precision", "given_parts", "chips"),
    [
        ("llama-3.1-70b", "gb200-nvl72", "bf16", {}, 512),
        ("llama-3.1-405b", "dgx-h100", "fp8", {"recompute": "full"}, 512),
        ("deepseek-v3", "cloudmatrix-384", "bf16", {"ep": 32}, 512),
        # So few chips that memory decides.
        ("llama-3.1-405b", "dgx-h100", "bf16", {}, 128),
        ("gpt3-175b", "cloudmatrix-384", "bf16", {}, 64),
    ],
)
def test_searched_mappings_are_as_fast_as_those_of_a_full_search(
    model: str, system: str, precision: str, given_parts: dict[str, Any], chips: int
) -> None:
    draw, one = np.random.default_rng(3), _system(system)
    base = calc.evaluate(one, calc.Scenario(precision))
    paths = [path for path in ADOPTED if path != "scale_up.domain" and base.get(path) is not None]
    points = {path: base.get(path) * np.exp(draw.uniform(-0.6, 0.6, 1500)) for path in paths}
    scenario = calc.Scenario(precision, set=points)
    found = train_points(LIBRARY, model, one, scenario, mapping=given_parts, **{**SIZE, "chips": chips})
    for place in draw.integers(0, 1500, 6):
        size = {**SIZE, "chips": chips}
        try:
            best = train(LIBRARY, model, one, scenario=_alone(scenario, place), fixed=given_parts, **size)
        except calc.InfeasibleError:
            assert not found["feasible"][place]
            continue
        assert found["token_rate_per_chip"][place] == pytest.approx(best.token_rate_per_chip[0], rel=1e-3)
        assert found["low"][place] / found["token_rate_per_chip"][place] == pytest.approx(
            best.low[0] / best.token_rate_per_chip[0]
        )
        if best.energy_per_token is not None:
            rate = found["token_rate_per_chip"][place] / best.token_rate_per_chip[0]
            assert found["energy_per_token"][place] * rate == pytest.approx(best.energy_per_token)


def test_sizes_may_be_arrays_where_the_mapping_is_searched() -> None:
    chips = np.array([8, 64, 128])
    found = train_points(
        LIBRARY, "llama-3.1-405b", _system(), chips=chips, global_batch=128, sequence=4096, tokens=1e12
    )
    assert found["feasible"].tolist() == [False, True, True]
    assert TRAINING_REASONS[found["reason"][0]] == "needs more memory than a chip has"
    for place in (1, 2):
        best = train(
            LIBRARY, "llama-3.1-405b", _system(), chips=int(chips[place]), global_batch=128, sequence=4096, tokens=1e12
        )
        assert best.run is not None
        assert found["step_time"][place] == pytest.approx(best.step_time[0], rel=1e-12)
        assert found["run_time"][place] == pytest.approx(best.run.time, rel=1e-12)
        assert found["tp"][place] == best.mappings[0]["tp"]
    assert np.isnan(found["tp"][0])


@pytest.mark.parametrize(
    ("model", "system", "precision", "rest"),
    [
        ("llama-3.1-70b", "dgx-h100", "fp8", {"limit": 0.05}),
        ("llama-3.1-405b", "dgx-h100", "fp8", {"limit": 0.03}),
        ("deepseek-r1", "cloudmatrix-384", "int8", {"limit": 0.05, "acceptance": 0.7}),
        ("deepseek-r1", "gb200-nvl72", "fp4", {"phase": "prefill"}),
        ("llama-3.1-70b", "dgx-h100", "fp8", {"mapping": {"tp": 4, "pp": 2}, "batch_per_chip": 8.0}),
    ],
)
def test_serving_at_many_points_equals_one_at_a_time(
    model: str, system: str, precision: str, rest: dict[str, Any]
) -> None:
    draw, one = np.random.default_rng(4), _system(system)
    base = calc.evaluate(one, calc.Scenario(precision))
    paths = [path for path in ADOPTED if path != "scale_up.domain" and base.get(path) is not None]
    points = {path: base.get(path) * np.exp(draw.uniform(-0.5, 0.5, 600)) for path in paths}
    scenario = calc.Scenario(precision, set=points)
    found = serve_points(LIBRARY, model, one, scenario, **rest)
    fixed = {name: value for name, value in rest.items() if name != "mapping"}
    for place in draw.integers(0, 600, 4):
        try:
            best = serve(
                LIBRARY, model, one, scenario=_alone(scenario, place), fixed=rest.get("mapping"), top=1, **fixed
            )
        except calc.InfeasibleError:
            assert not found["feasible"][place]
            continue
        assert found["feasible"][place]
        assert found["token_rate_per_chip"][place] == pytest.approx(best.token_rate_per_chip[0], rel=1e-3)
        if found["token_rate_per_chip"][place] == pytest.approx(best.token_rate_per_chip[0], rel=1e-12):
            assert found["latency"][place] == pytest.approx(best.latency[0], rel=1e-12)
            assert found["memory"][place] == pytest.approx(sum(best.memory.values()), rel=1e-12)
            assert SERVING_BOUNDS[found["bound_by"][place]] == best.bound_by
            assert found["tp"][place] == best.mappings[0]["tp"]


@pytest.mark.parametrize("phase", ["prefill", "decode"])
def test_lengths_batches_and_limits_may_be_arrays(phase: str) -> None:
    lengths, limits = np.array([1024, 4096, 20000])[:, None], np.array([1e-4, 0.03, 2.0])
    found = serve_points(
        LIBRARY,
        "llama-3.1-70b",
        _system("dgx-h100"),
        calc.Scenario("fp8"),
        phase=phase,
        input_len=lengths,
        limit=limits,
    )
    assert found["latency"].shape == (3, 3)
    assert not found["feasible"][:, 0].any()
    assert set(found["reason"][:, 0]) == {SERVING_REASONS.index("nothing keeps the limit")}
    for i, j in np.argwhere(found["feasible"]):
        best = serve(
            LIBRARY, "llama-3.1-70b", _system("dgx-h100"), phase=phase, input_len=int(lengths[i, 0]),
            limit=float(limits[j]), scenario=calc.Scenario("fp8"),
        )  # fmt: skip
        assert found["token_rate_per_chip"][i, j] == pytest.approx(best.token_rate_per_chip[0], rel=1e-9)
        assert found["latency"][i, j] <= limits[j]


def test_more_memory_bandwidth_never_decodes_slower() -> None:
    faster = calc.Scenario("fp8", set={"chip.hbm.bandwidth": np.linspace(2e12, 12e12, 40)})
    given_parts = {"tp": 8, "dp": 1, "ep": 1}
    found = serve_points(LIBRARY, "llama-3.1-70b", _system("dgx-h100"), faster, mapping=given_parts, batch_per_chip=16)
    assert np.all(np.diff(found["latency"]) <= 0)


def test_what_cannot_be_is_data() -> None:
    found = train_points(
        LIBRARY,
        "llama-3.1-70b",
        _system(),
        mapping={**GIVEN, "tp": [1, 3, 4, 256], "pp": [1, 2, 200, 2], "sharding": ["none", "zero1", "zero1", "zero1"]},
        **SIZE,
    )
    said = [TRAINING_REASONS[code] for code in found["reason"]]
    assert said[0] == "needs more memory than a chip has"
    assert said[1:] == ["the splits do not multiply to the number of chips"] * 3
    assert np.isnan(found["step_time"]).all()
    assert np.isnan(found["cost_per_token"]).all()
    assert (found["bound_by"] == -1).all()
    # How much is too much is worth knowing; of a mapping that is none there is no memory.
    assert found["memory"][0] > 186e9
    assert np.isnan(found["memory"][1:]).all()
    none = serve_points(
        LIBRARY, "llama-3.1-70b", _system("dgx-h100"), calc.Scenario("fp8"), mapping={"tp": [16, 8]}, limit=1.0
    )
    assert none["feasible"].tolist() == [False, True]
    assert SERVING_REASONS[none["reason"][0]] == "no split has what is given"


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        ({"mapping": {"xp": 2}}, "no part of a mapping 'xp'"),
        ({"mapping": {"tp": [2, 0]}}, "tp is 0; give a whole number from 1 up"),
        ({"mapping": {"tp": "two"}}, "tp is 'two'; give a whole number from 1 up"),
        ({"mapping": {"recompute": ["none", "ful"]}}, "no recompute: 'ful'. Did you mean 'full'"),
        ({"mapping": {"sharding": 4}}, "sharding is 4; give a whole number from 0 to 3"),
        ({"global_batch": [8, 1.5]}, r"batch is 1\.5; give a whole number from 1 to 1,000,000,000"),
        ({"scenario": calc.Scenario(sparse=True)}, "the kernels are dense; leave --sparse out"),
        ({"scenario": calc.Scenario("fp4"), "system": "dgx-h100"}, "no dense fp4: it has"),
        ({"tokens": 0}, "0 tokens; give a number from 1 to 1e18"),
        ({"global_batch": np.arange(1, 2000)}, "1,999 combinations of chips, batch, sequence and given parts"),
    ],
)
def test_what_makes_no_sense_in_training_is_said(ask: dict[str, Any], message: str) -> None:
    size = {**SIZE, **{name: value for name, value in ask.items() if name not in ("scenario", "system")}}
    with pytest.raises(calc.CalcError, match=message):
        train_points(LIBRARY, "llama-3.1-70b", _system(ask.get("system", "gb200-nvl72")), ask.get("scenario"), **size)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        ({"phase": "offline"}, "no phase of serving in arrays: 'offline'"),
        ({"mapping": {"cp": 2}}, "no part of a split 'cp'"),
        ({"limit": [0.05, 0.0]}, "the limit is 0 s; give a time above zero"),
        ({"batch_per_chip": [1.0, -1.0]}, "batch-per-chip is -1; give a number above 0, to 100,000,000"),
        ({"acceptance": 1.5}, r"acceptance is 1\.5; give a share from 0 to 1"),
        ({"acceptance": 0.5}, "llama-3.1-70b has no layers that draft tokens"),
        ({"input_len": [0, 1]}, "input-len is 0; give a number from 1 to 100,000,000"),
    ],
)
def test_what_makes_no_sense_in_serving_is_said(ask: dict[str, Any], message: str) -> None:
    with pytest.raises(calc.CalcError, match=message):
        serve_points(LIBRARY, "llama-3.1-70b", _system("dgx-h100"), calc.Scenario("fp8"), **ask)


def test_outcomes_answer_as_quantities_do() -> None:
    system = _system()
    faster = calc.Scenario(set={"chip.hbm.bandwidth": np.array([4e12, 8e12, 16e12])})
    for name in ("train.token_rate_per_chip", "mfu", "train.cost_per_token"):
        one = training_outcome(LIBRARY, name, model="llama-3.1-70b", chips=64, mapping=GIVEN)
        assert one.name == f"train.{name.removeprefix('train.')}"
        assert one(system, faster).shape == (3,)
        assert one(system, calc.Scenario()).shape == ()
        assert one.reason(system, faster) == ""
        assert {"chip.flop_rate", "chip.hbm.bandwidth", "chip.hbm.capacity", "scale_up.domain"} <= set(
            one.rests_on(system, faster)
        )
    assert "price" in one.rests_on(system, faster)
    decode = serving_outcome(LIBRARY, "serve.latency", model="llama-3.1-70b", limit=0.05)
    assert (decode.unit, decode.better) == ("s", "lower")
    assert np.all(decode(system, faster) <= 0.05)
    assert "price" not in decode.rests_on(system, faster)


def test_outcomes_say_why_there_is_none() -> None:
    fp4 = training_outcome(LIBRARY, "mfu", model="llama-3.1-70b")
    assert np.isnan(fp4(_system("dgx-h100"), calc.Scenario("fp4")))
    assert "no dense fp4: it has" in fp4.reason(_system("dgx-h100"), calc.Scenario("fp4"))
    large = training_outcome(LIBRARY, "mfu", model="llama-3.1-405b", chips=8)
    several = calc.Scenario(set={"chip.hbm.bandwidth": np.array([4e12, 8e12])})
    assert np.isnan(large(_system(), several)).all()
    assert large.reason(_system(), several) == "llama-3.1-405b on gb200-nvl72: needs more memory than a chip has"
    run = training_outcome(LIBRARY, "run_time", model="llama-3.1-70b", chips=64)
    assert run.reason(_system(), calc.Scenario()) == "no number of tokens was asked for"
    priced = serving_outcome(LIBRARY, "cost_per_token", model="llama-3.1-70b")
    unpriced = _system("dgx-h100")
    assert priced.reason(unpriced, calc.Scenario("fp8")) == calc.evaluate(unpriced).reason("cost_rate") != ""


def test_a_name_that_is_none_says_which_is_near() -> None:
    with pytest.raises(calc.CalcError, match=r"no result of training 'train\.mfuu'\. Did you mean 'train\.mfu'"):
        training_outcome(LIBRARY, "train.mfuu", model="llama-3.1-70b")
    with pytest.raises(calc.CalcError, match=r"no result of serving 'cost'\. Did you mean 'cost_per_token'"):
        serving_outcome(LIBRARY, "cost", model="llama-3.1-70b")
    with pytest.raises(calc.CalcError, match=r"no result of serving 'serve\.mfu'"):
        serving_outcome(LIBRARY, "serve.mfu", model="llama-3.1-70b")
    with pytest.raises(calc.CalcError, match=r"no model 'llama-3\.1-7b'\. Did you mean"):
        training_outcome(LIBRARY, "mfu", model="llama-3.1-7b")


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        ("train", {"model": "llama-3.1-70b", "chips": "64", "recompute": "none", "tp": np.array([4, 8])}),
        ("serve", {"model": "llama-3.1-70b", "limit": "50 ms", "tp": np.array([4, 8])}),
    ],
)
def test_points_of_a_workload_have_every_result(kind: str, asked: dict[str, Any]) -> None:
    found = workload_points(kind, LIBRARY, _system(), calc.Scenario(), asked)
    assert set(RESULTS[kind]) <= set(found)
    assert found["feasible"].shape == (2,)
    lacking = workload_points(kind, LIBRARY, _system("dgx-h100"), calc.Scenario("fp4"), asked)
    assert np.isnan(lacking["token_rate_per_chip"])
    assert lacking["reason"] == LACKING


def test_labels_are_in_both_languages() -> None:
    for row in WORKLOAD_OUTCOMES.values():
        assert row.en
        assert row.zh != row.en


@given(shape=st.lists(st.integers(1, 6), max_size=3), most=st.integers(1, 40), first=st.integers(-1, 2))
def test_boxes_cover_an_array_once(shape: list[int], most: int, first: int) -> None:
    seen = np.zeros(shape, int)
    for box in blocks(shape, most, first):
        whole: Any = (*box, ...)
        assert seen[whole].size <= most
        seen[whole] += 1
    assert np.all(seen == 1)


def test_parameters_are_cut_with_their_arrays() -> None:
    chip, _ = training_chip(_system(), calc.Scenario(set={"chip.hbm.bandwidth": np.array([1e12, 2e12, 3e12])}))
    assert part_of(chip, (slice(0, 4), slice(1, 3))).gemm.memory_bandwidth.tolist() == [2e12, 3e12]
    assert taken(chip, (2, 3), np.array([3, 5])).attention.memory_bandwidth.tolist() == [1e12, 3e12]
    assert part_of(chip, (slice(0, 4), slice(1, 3))).gemm.compute_units == chip.gemm.compute_units

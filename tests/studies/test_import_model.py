"""Spec files from published configurations: what they come to, what they say they leave out, what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from configurations import PUBLISHED
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import calc
from calc.cli import main
from calc.physics.transformer import active_parameters, total_parameters
from calc.spec.architecture import architecture
from calc.spec.library import check_files
from calc.spec.model_config import read_config
from calc.spec.template import SOURCES
from calc.studies.import_model import import_model

LIBRARY = calc.library()
LLAMA = PUBLISHED["llama-3.1-8b"]


def _save(folder: Path, values: object, name: str = "config.json") -> str:
    path = folder / name
    path.write_bytes(values if isinstance(values, bytes) else json.dumps(values).encode())
    return str(path)


def _filled(text: str) -> str:
    return text.replace("vendor:\n", "vendor: Maker\n").replace("country:\n", "country: CN\n")


# Totals of the published weights, in billions, those that predict further tokens and see pictures left out;
# what each token uses, as its maker says it.
@pytest.mark.parametrize(
    ("model", "total", "active"),
    [
        ("llama-3.1-8b", 8.030261248, None), ("llama-3.1-70b", 70.553706496, None), ("llama-3.1-405b", 405.853388800, None),
        ("mistral-7b", 7.241732096, None), ("mixtral-8x7b", 46.702792704, 12.9), ("mixtral-8x22b", 140.620634112, 39),
        ("qwen3-8b", 8.190735360, None), ("qwen3-14b", 14.768307200, None), ("qwen3-32b", 32.762123264, None), ("qwen3-30b-a3b", 30.532122624, 3.3),
        ("qwen3-235b-a22b", 235.093634560, 22), ("deepseek-v2", 235.741434880, 21), ("deepseek-v3", 671.026419200, 37),
        ("kimi-k2", 1026.408, 32), ("pangu-ultra-moe-718b", 719.09, 39), ("glm-4.5", 352.797, 32), ("gpt-oss-120b", 116.83, 5.1), ("gpt-oss-20b", 20.91, 3.6),
        ("llama-4-scout", 107.77, 17), ("llama-4-maverick", 400.71, 17), ("gemma-2-27b", 27.227128320, None),
        ("gemma-3-27b-it", 27.009, None), ("gemma-3-12b", 11.771, None), ("gemma-3-4b", 3.880, None), ("phi-3-mini", 3.821079552, None),
        ("glm-4-9b", 9.400, None), ("gpt2", 0.1236, None), ("gpt-neox-20b", 20.554567680, None), ("falcon-7b", 6.921720704, None),
        ("qwen2-57b-a14b", 57.409, 14),
    ],
)  # fmt: skip
def test_parameters_are_those_of_the_published_weights(model: str, total: float, active: float | None) -> None:
    network = read_config(json.dumps(PUBLISHED[model]).encode(), model).architecture
    assert total_parameters(network) == pytest.approx(total * 1e9, rel=5e-4)
    if active is not None:
        # Some makers count the embedding table, some do not.
        table = network.vocabulary * network.hidden
        assert min(abs((active_parameters(network) - table * n) / active / 1e9 - 1) for n in (0, 1, 2)) < 0.04


@pytest.mark.parametrize("model", sorted(set(PUBLISHED) & set(LIBRARY.ids("model"))))
def test_an_import_is_the_catalogues_own_spec(model: str) -> None:
    assert read_config(json.dumps(PUBLISHED[model]).encode(), model).architecture == architecture(LIBRARY, model)


@pytest.mark.parametrize("model", PUBLISHED)
def test_what_is_printed_is_a_spec_once_filled_in(model: str, tmp_path: Path) -> None:
    text = import_model(_save(tmp_path, PUBLISHED[model]), name=f"Maker {model}: the model")
    (tmp_path / f"{model}.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "sources.yaml").write_text(SOURCES, encoding="utf-8")
    assert [fault.path for fault in check_files([tmp_path])[1] if fault.file.endswith(f"{model}.yaml")] == [
        "vendor",
        "country",
    ]
    (tmp_path / f"{model}.yaml").write_text(_filled(text), encoding="utf-8")
    assert [fault.message for fault in check_files([tmp_path])[1]] == [
        "'https://example.org/model-1.pdf' only stands in for an address; give the one where it can be read"
    ]
    (tmp_path / "sources.yaml").write_text(SOURCES.replace("example.org", "maker.cn"), encoding="utf-8")
    assert check_files([tmp_path])[1] == []
    found = read_config(json.dumps(PUBLISHED[model]).encode(), model).architecture
    assert architecture(calc.library([tmp_path]), model) == found
    assert max(map(len, text.splitlines())) <= 120


def test_a_spec_says_where_each_number_comes_from_and_what_they_come_to(tmp_path: Path) -> None:
    text = import_model(_save(tmp_path, PUBLISHED["deepseek-v3"]))
    assert "layers: 61  # num_hidden_layers\n" in text
    assert "kv_rank: 512  # kv_lora_rank\n" in text
    flat = text.replace("\n# ", " ")
    assert (
        "computed from it: 671,026,404,352 (671B), of which each token uses 37,552,282,624 (37.6B); layers that predict"
        in flat
    )
    assert "# Published total, which no formula reads and a test compares.\n# total_parameters:\n" in text


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("gpt-oss-120b", "18 layers see everything, between the 18 with the window; a spec says how many, not which."),
        ("gpt-oss-120b", "Each head has a learned attention sink, which is not counted."),
        ("gpt-oss-120b", "Its matrices have biases, which are not counted."),
        ("gpt-oss-120b", "Weights are published as mxfp4 (quantization_config); a spec has no number format."),
        ("gemma-3-27b-it", "10 layers see everything, between the 52 with the window; a spec says how many, not which."),
        ("gemma-3-27b-it", "vocab_size is not in it: 262,208 is what gemma3_text takes unless said."),
        ("gemma-3-27b-it", "The language network stands under text_config; all else of the model is left out."),
        ("gemma-3-27b-it", "vision_config: a part for pictures or sound, whose weights and work are left out."),
        ("llama-4-maverick", "Attention in chunks of 8,192 tokens stands as a window: a token sees its own chunk only, half of one on average."),
        ("llama-4-maverick", "24 layers without experts stand between those with experts (interleave_moe_layer_step); a spec puts them first, which changes no total."),
        ("phi-3-mini", "sliding_window is 262,144, no shorter than the longest sequence: left out."),
        ("deepseek-v3", "Experts are chosen within 4 of 8 groups: counted as chosen among all."),
        ("gpt2", "Learned positions are a table of their own, which is not counted."),
        ("llama-3.1-8b", "The longest sequence is 131,072 tokens; a spec has no limit."),
    ],
)  # fmt: skip
def test_what_a_spec_cannot_say_is_said_in_a_comment(model: str, said: str, tmp_path: Path) -> None:
    text = import_model(_save(tmp_path, PUBLISHED[model]))
    comments = " ".join(line.lstrip("# ") for line in text.splitlines() if line.startswith("#"))
    assert said in comments


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"hyper_gate_rank": 12}, "Not read: hyper_gate_rank. See whether one of them changes a size."),
        ({"index_topk": 2048, "index_n_heads": 64}, "Attention reads 2048 chosen tokens (index_topk): counted as all of them."),
        ({"layer_types": ["linear_attention"] * 24 + ["full_attention"] * 8}, "24 layers are of type linear_attention, which a spec cannot say: counted as attention."),
        ({"model_type": "maker_x"}, "model_type maker_x is not known here: read by its keys, feed-forward layers taken to have a gate. Check them."),
        ({"model_type": None, "tie_word_embeddings": None}, "tie_word_embeddings is not in it: taken to be false."),
        ({"audio_config": {"a": 1}}, "audio_config: a part for pictures or sound, whose weights and work are left out."),
        ({"num_experts": 8, "num_experts_per_tok": 2, "shared_expert_intermediate_size": 20000}, "shared_expert_intermediate_size is 20,000, which is not a multiple of 14,336: rounded up to one."),
    ],
)  # fmt: skip
def test_nothing_is_dropped_without_a_word(changed: dict[str, Any], said: str) -> None:
    assert said in read_config(json.dumps({**LLAMA, **changed}).encode(), "config.json").remarks


@pytest.mark.parametrize(
    ("changed", "dense"),
    [
        ({"decoder_sparse_step": 2}, 16),
        ({"mlp_only_layers": [0, 5, 31]}, 3),
        ({"moe_layer_freq": [0] * 3 + [1] * 29}, 3),
        ({"moe_layer_freq": 2, "first_k_dense_replace": 1}, 17),
        ({"moe_layers": [1, 3]}, 30),
        ({"interleave_moe_layer_step": 4}, 24),
        ({"first_k_dense_replace": 3}, 3),
        ({}, 0),
    ],
)
def test_layers_without_experts_are_counted_wherever_they_stand(changed: dict[str, Any], dense: int) -> None:
    values = {**LLAMA, "num_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 1024, **changed}
    network = read_config(json.dumps(values).encode(), "config.json").architecture
    assert network.dense_layers == dense
    assert network.ffn == (14336 if dense else 0)


@pytest.mark.parametrize(
    ("changed", "window", "layers"),
    [
        ({"sliding_window": 4096}, 4096, 32),
        ({"sliding_window": 4096, "use_sliding_window": False}, 0, 0),
        ({"sliding_window": 4096, "use_sliding_window": True, "max_window_layers": 28}, 4096, 4),
        ({"sliding_window": 4096, "sliding_window_pattern": 4}, 4096, 24),
        ({"sliding_window": 4096, "sliding_window_pattern": "LLLG"}, 4096, 24),
        ({"sliding_window": 4096, "layer_types": ["full_attention"] * 32}, 0, 0),
        ({"sliding_window": None}, 0, 0),
        ({"model_type": "llama4_text", "attention_chunk_size": 512, "no_rope_layers": [1, 0] * 16}, 512, 16),
    ],
)
def test_windows(changed: dict[str, Any], window: int, layers: int) -> None:
    network = read_config(json.dumps({**LLAMA, **changed}).encode(), "config.json").architecture
    assert (network.window, network.window_layers) == (window, layers)


def _without(*keys: str) -> dict[str, Any]:
    return {key: value for key, value in LLAMA.items() if key not in keys}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (b"", ":1:1: is not JSON: Expecting value; give the config.json of a model"),
        (b'{"hidden_size": 4096,}', "is not JSON: "),
        (b"\x89PNG\r\n\x1a\n\x00\x00\xff", ": is not JSON text; give the config.json of a model"),
        (b"[" * 200_000, ": is not JSON"),
        (b"9" * 5000, ": is not JSON text; give the config.json of a model"),
        ([1, 2], ": is a list; the config.json of a model is one object, {...}"),
        ("llama", ": is a single value; the config.json of a model is one object, {...}"),
        ({}, ": has no key of a language network (num_hidden_layers, hidden_size, num_attention_heads, vocab_size); give the config.json of a model"),
        ({"temperature": 0.6}, ": has no key of a language network"),
        (_without("num_hidden_layers"), ": does not say how many layers: num_hidden_layers, n_layer, n_layers or num_layers"),
        (_without("vocab_size", "hidden_size"), ": does not say the width of the residual stream: hidden_size, n_embd or d_model; does not say the size of the vocabulary: vocab_size or padded_vocab_size"),
        (_without("intermediate_size"), ": does not say the width of the feed-forward layer: intermediate_size, n_inner, ffn_hidden_size or ffn_dim"),
        ({**LLAMA, "num_experts": 8}, ": does not say how many experts a token visits: num_experts_per_tok, "),
        ({**LLAMA, "kv_lora_rank": 512}, ": does not say the width of a latent-attention head without position: qk_nope_head_dim or attention_qk_dim; "),
        ({**LLAMA, "model_type": "t5", "is_encoder_decoder": True}, ": model_type 't5' is an encoder with a decoder; a spec is of a decoder-only language network"),
        ({**LLAMA, "model_type": "bert"}, ": model_type 'bert' is an encoder; a spec is of a decoder-only language network, such as llama"),
        ({"model_type": "vit", "hidden_size": 768}, ": model_type 'vit' is a vision model; a spec is of"),
        ({"hidden_size": 768, "image_size": 224, "patch_size": 16}, ": has image_size and patch_size and no vocab_size, so it is a vision model; a spec is of"),
        ({"model_type": "mamba", "hidden_size": 768}, ": model_type 'mamba' is a network without attention; a spec is of"),
        ({**LLAMA, "num_hidden_layers": 10**9}, ": num_hidden_layers is 1,000,000,000; it can be 1 to 10,000"),
        ({**LLAMA, "vocab_size": 10**30}, ": vocab_size is a number of more than fifteen digits; it can be 1 to 10,000,000"),
        ({**LLAMA, "hidden_size": -4096}, ": hidden_size is -4,096; it can be 1 to 10,000,000"),
        ({**LLAMA, "hidden_size": 0}, ": hidden_size is 0; it can be 1 to 10,000,000"),
        ({**LLAMA, "hidden_size": "4096"}, ": hidden_size is \"4096\", not a whole number"),
        ({**LLAMA, "hidden_size": 4096.5}, ": hidden_size is 4096.5, not a whole number"),
        ({**LLAMA, "hidden_size": float("inf")}, ": hidden_size is Infinity, not a whole number"),
        ({**LLAMA, "hidden_size": True}, ": hidden_size is true, not a whole number"),
        ({**LLAMA, "intermediate_size": [8192, 16384]}, ": intermediate_size is a list, one for each layer; a spec has one number for all layers"),
        ({**LLAMA, "num_key_value_heads": 5}, ": num_key_value_heads is 5, which does not divide the 32 query heads"),
        ({**LLAMA, "num_attention_heads": 33, "num_key_value_heads": 33}, ": has no head_dim, and 33 heads do not divide a width of 4,096"),
        ({**LLAMA, "num_experts": 4, "num_experts_per_tok": 8}, ": num_experts_per_tok is 8, of 4 experts"),
        ({**LLAMA, "num_experts": 8, "num_experts_per_tok": 2, "first_k_dense_replace": 32}, ": first_k_dense_replace is 32, of 32 layers"),
        ({**LLAMA, "num_experts": 8, "num_experts_per_tok": 2, "moe_layer_freq": [0] * 32}, ": moe_layer_freq leaves no layer with experts"),
        ({**LLAMA, "num_experts": 8, "num_experts_per_tok": 2, "mlp_only_layers": [40]}, ": mlp_only_layers is not a list of whole numbers below 32"),
    ],
)  # fmt: skip
def test_a_configuration_of_something_else_is_refused_in_words(
    values: object, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _save(tmp_path, values)
    assert main(["import-model", path]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"podcalc: {path}{message}" if message[1] == " " else f"podcalc: {path}:")
    assert message in err
    assert err.count("\n") == 1


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    large = _save(tmp_path, b" " * 10_000_000, "large.json")
    for path, said in (
        (str(tmp_path / "none.json"), "cannot be read: No such file or directory"),
        (str(tmp_path), "is not a file"),
        (large, "is 10,000,000 bytes; a config.json is at most 1,048,576"),
    ):
        assert main(["import-model", path]) == 2
        assert capsys.readouterr() == ("", f"{path}:1:1: {said}\n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--id", "My Model"), "podcalc: --id 'My Model' is not an id; an id is lower-case letters, digits, '-' and '.', and no path"),
        (("--name", " "), "podcalc: --name ' ' is not a name; write 1 to 120 letters, digits and signs"),
        (("--name", "a\nkind: chip"), "podcalc: --name 'a kind: chip' is not a name"),
    ],
)  # fmt: skip
def test_an_id_and_a_name_are_checked(
    options: tuple[str, ...], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import-model", _save(tmp_path, LLAMA), *options]) == 2
    assert capsys.readouterr().err.startswith(message)


def test_a_name_comes_from_what_is_at_hand(tmp_path: Path) -> None:
    def said(path: str, **rest: str) -> tuple[str, str]:
        text = import_model(path, **rest)
        return text.partition("\nname: ")[2].partition("\n")[0], text.partition("Save it as ")[2].partition(".yaml")[0]

    published = {**LLAMA, "_name_or_path": "meta-llama/Llama-3.1-8B"}
    (tmp_path / "Folder 1").mkdir()
    assert said(_save(tmp_path, published)) == ("Llama-3.1-8B", "llama-3.1-8b")
    assert said(_save(tmp_path, published, "My_Model_config.json")) == ("My_Model", "my-model")
    assert said(_save(tmp_path / "Folder 1", LLAMA)) == ("Folder 1", "folder-1")
    assert said(_save(tmp_path, LLAMA), name="Llama: 8B", id="mine") == ('"Llama: 8B"', "mine")
    assert said(_save(tmp_path, LLAMA, "华为.json"))[1] == "model"


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changed=st.dictionaries(
        st.sampled_from([*LLAMA, *PUBLISHED["deepseek-v3"], *PUBLISHED["gpt-oss-120b"], "text_config", "moe_layers", "no"]),
        st.recursive(
            st.none() | st.booleans() | st.integers(-5, 10**12) | st.floats() | st.text(max_size=5),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
            max_leaves=5,
        ),
        max_size=4,
    )
)  # fmt: skip
def test_whatever_a_configuration_holds_is_a_spec_or_a_message(changed: dict[str, Any], tmp_path: Path) -> None:
    path = _save(tmp_path, {**LLAMA, **changed}, "fuzzed.json")
    refused = ""
    try:
        text = import_model(path)
    except calc.CalcError as error:
        refused = str(error)
    if refused:
        assert refused.startswith(path)
        assert "\n" not in refused
        return
    text.encode()
    (tmp_path / "fuzzed.yaml").write_text(_filled(text), encoding="utf-8")
    (tmp_path / "sources.yaml").write_text(SOURCES.replace("example.org", "maker.cn"), encoding="utf-8")
    assert check_files([tmp_path])[1] == []

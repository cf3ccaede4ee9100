"""A network's architecture from the ``config.json`` that it is published with.

What a configuration says that an architecture cannot is kept as remarks, and so is every key that is
not read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from calc.errors import CalcError
from calc.physics.transformer import Architecture
from calc.spec import model_keys

__all__ = ["Configured", "plain", "read_config"]


@dataclass(frozen=True)
class Configured:
    """What a configuration says.

    Attributes
    ----------
    architecture : the network.
    kind : its ``model_type``; empty where it has none.
    called : the name that it was published under, where it says one.
    origins : where each field of the architecture comes from.
    remarks : what it says that an architecture cannot, a sentence each.
    """

    architecture: Architecture
    kind: str
    called: str
    origins: Mapping[str, str]
    remarks: Sequence[str]


def read_config(data: bytes, file: str) -> Configured:
    """The architecture that a configuration describes.

    Parameters
    ----------
    data : the file's content.
    file : its name, for messages.

    Raises
    ------
    CalcError : where it is not the configuration of a decoder-only language network, or lacks something.
    """
    try:
        values = json.loads(data)
    except json.JSONDecodeError as fault:
        raise CalcError(
            f"{file}:{fault.lineno}:{fault.colno}: is not JSON: {fault.msg}; give the config.json of a model"
        ) from None
    except (ValueError, RecursionError):
        raise CalcError(f"{file}: is not JSON text; give the config.json of a model") from None
    if not isinstance(values, dict):
        what = "a list" if isinstance(values, list) else "a single value"
        raise CalcError(f"{file}: is {what}; the config.json of a model is one object, {{...}}")
    reader = _Reader(values)
    try:
        return reader.read()
    except CalcError as fault:
        raise CalcError(f"{file}: {fault}") from None


def plain(text: object, most: int = 60) -> str:
    """A configuration's own word, fit to stand in a comment or a message."""
    shown = "".join(letter if letter.isprintable() else " " for letter in str(text))
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


@dataclass
class _Reader:
    """Reads one configuration, and keeps what it has read and what is wrong."""

    whole: dict[str, Any]
    text: dict[str, Any] = field(default_factory=dict)
    kind: str = ""
    used: set[str] = field(default_factory=set)
    origins: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def read(self) -> Configured:
        """All of it, or every fault of it in one message."""
        self.text, below = self.whole, ""
        while name := next((name for name in model_keys.NESTED if isinstance(self.text.get(name), dict)), None):
            self.text, below = self.text[name], f"{below}{name}."
        named = self.text.get("model_type") or self.whole.get("model_type") or ""
        self.kind = model_keys.ALIASES.get(named, named) if isinstance(named, str) else ""
        self._refuse_others()
        values = self._sizes()
        if self.faults:
            raise CalcError("; ".join(self.faults))
        network = Architecture(**values)
        self._remark(network, below)
        called = self.whole.get("_name_or_path")
        return Configured(
            network,
            plain(self.kind),
            called if isinstance(called, str) and re.fullmatch(r"[\w.-]+/[\w.-]+", called) else "",
            self.origins,
            self.remarks,
        )

    def _refuse_others(self) -> None:
        for what, kinds in model_keys.NO_DECODER.items():
            if self.kind in kinds:
                raise CalcError(
                    f"model_type '{self.kind}' is {what}; a spec is of a decoder-only language network, such as llama"
                )
        if self.whole.get("is_encoder_decoder") is True or "encoder_layers" in self.text:
            said = f"model_type '{plain(self.kind)}'" if self.kind else "it"
            raise CalcError(f"{said} is an encoder with a decoder; a spec is of a decoder-only language network")
        if not any(
            key in self.text for name in ("layers", "hidden", "heads", "vocabulary") for key in model_keys.KEYS[name]
        ):
            wanted = ", ".join(model_keys.KEYS[name][0] for name in ("layers", "hidden", "heads", "vocabulary"))
            raise CalcError(f"has no key of a language network ({wanted}); give the config.json of a model")
        pictures = [key for key in ("image_size", "patch_size", "num_channels") if key in self.text]
        if pictures and not any(key in self.text for key in model_keys.KEYS["vocabulary"]):
            raise CalcError(
                f"has {' and '.join(pictures)} and no vocab_size, so it is a vision model;"
                " a spec is of a decoder-only language network"
            )

    def _sized(self, name: str, default: int | None = None, least: int = 1) -> int | None:
        """One number of the architecture, with where it comes from."""
        for key in model_keys.KEYS[name]:
            if self.text.get(key) is not None:
                self.origins[name] = key
                return self._number(key, least, model_keys.MOST_LAYERS if name == "layers" else model_keys.MOST)
        usual = model_keys.DEFAULTS.get(self.kind, {})
        for key in (key for key in model_keys.KEYS[name] if key in usual):
            self.origins[name] = f"not said; what {self.kind} takes unless said"
            self.remarks.append(f"{key} is not in it: {usual[key]:,} is what {self.kind} takes unless said.")
            return usual[key]
        if default is None and name in model_keys.WORDS:
            self.faults.append(f"does not say {model_keys.WORDS[name]}: {_listed(model_keys.KEYS[name])}")
        return default

    def _number(self, key: str, least: int = 0, most: int = model_keys.MOST) -> int:
        """A whole number within what is taken; the least of it after a fault."""
        given = self.text.get(key)
        self.used.add(key)
        if isinstance(given, float) and given.is_integer():
            given = int(given)
        if isinstance(given, list):
            self.faults.append(f"{key} is a list, one for each layer; a spec has one number for all layers")
        elif isinstance(given, bool) or not isinstance(given, int):
            self.faults.append(f"{key} is {plain(json.dumps(given))}, not a whole number")
        elif not least <= given <= most:
            shown = f"{given:,}" if abs(given) < 10**15 else "a number of more than fifteen digits"
            self.faults.append(f"{key} is {shown}; it can be {least:,} to {most:,}")
        else:
            return given
        return least

    def _disagree(self, said: str) -> None:
        """Two numbers that cannot both be; nothing is said of those that stand in for a faulty one."""
        if not self.faults:
            self.faults.append(said)

    def _sizes(self) -> dict[str, Any]:
        """Fields of the architecture; `faults` holds what is wrong with them."""
        layers, hidden, heads = (self._sized(name) or 1 for name in ("layers", "hidden", "heads"))
        found: dict[str, Any] = {"layers": layers, "hidden": hidden, "heads": heads}
        found["vocabulary"] = self._sized("vocabulary") or 1
        found["kv_heads"] = self._kv_heads(heads)
        found["prediction_layers"] = self._sized("prediction_layers", 0, 0)
        found |= self._latent()
        found["head_size"] = self._head_size(hidden, heads, latent=found["kv_rank"] > 0)
        found |= self._feed_forward(layers, hidden)
        found["gated"] = self.kind not in model_keys.WITHOUT_GATE
        if self.kind not in model_keys.KNOWN:
            said = f"model_type {plain(self.kind)} is not known here" if self.kind else "There is no model_type"
            self.remarks.append(f"{said}: read by its keys, feed-forward layers taken to have a gate. Check them.")
        found["tied_embeddings"] = self._tied()
        found |= self._window(layers)
        return found

    def _kv_heads(self, heads: int) -> int:
        if self.text.get("multi_query") is True and not self.text.get("new_decoder_architecture"):
            self.used.update(("multi_query", *model_keys.KEYS["kv_heads"]))
            self.origins["kv_heads"] = "multi_query"
            return 1
        found = self._sized("kv_heads", heads) or heads
        self.origins.setdefault("kv_heads", "not said; as many as heads")
        if heads % found:
            self._disagree(f"{self.origins['kv_heads']} is {found:,}, which does not divide the {heads:,} query heads")
        return found

    def _latent(self) -> dict[str, int]:
        rank = self._sized("kv_rank", 0) or 0
        if not rank:
            return {"kv_rank": 0}
        return {
            "query_rank": self._sized("query_rank", 0, 0) or 0,
            "kv_rank": rank,
            **{name: self._sized(name) or 1 for name in ("nope_head_size", "rope_head_size", "value_head_size")},
        }

    def _head_size(self, hidden: int, heads: int, *, latent: bool) -> int:
        if not latent and (found := self._sized("head_size", 0)):
            return found
        # Latent attention has widths of its own; this one stands for the residual stream's share.
        self.used.update(model_keys.KEYS["head_size"])
        if hidden % heads and not latent:
            self._disagree(f"has no head_dim, and {heads:,} heads do not divide a width of {hidden:,}")
        self.origins["head_size"] = "hidden / heads"
        return max(hidden // heads, 1)

    def _feed_forward(self, layers: int, hidden: int) -> dict[str, int]:
        experts = self._sized("experts", 0, 0) or 0
        if not experts:
            if self.kind in model_keys.FOUR_TIMES and not any(self.text.get(key) for key in model_keys.KEYS["ffn"]):
                self.origins["ffn"] = "not said; 4 × hidden"
                return {"ffn": 4 * hidden}
            return {"ffn": self._sized("ffn") or 1}
        visits = self._sized("experts_per_token") or 1
        if visits > experts:
            self._disagree(f"{self.origins['experts_per_token']} is {visits:,}, of {experts:,} experts")
        dense = self._dense_layers(layers)
        width = self._sized("expert_ffn", 0)
        if not width:
            width = self._sized("ffn") or 1
            self.origins["expert_ffn"] = self.origins.pop("ffn", "")
        found = {"experts": experts, "experts_per_token": visits, "expert_ffn": width, "dense_layers": dense, "ffn": 0}
        if dense:
            found["ffn"] = self._dense_width()
        else:
            self.used.update((*model_keys.KEYS["ffn"], "intermediate_size_mlp"))
            self.origins["ffn"] = "no layer without experts"
        found["shared_experts"] = self._shared_experts(width)
        return found

    def _dense_width(self) -> int:
        if self.text.get("intermediate_size_mlp") is not None:
            self.origins["ffn"] = "intermediate_size_mlp"
            return self._number("intermediate_size_mlp", 1)
        return self._sized("ffn") or 1

    def _shared_experts(self, width: int) -> int:
        for key in ("shared_expert_intermediate_size", "shared_intermediate_size"):
            if self.text.get(key):
                given = self._number(key)
                self.origins["shared_experts"] = f"{key} / width of an expert"
                if given % width:
                    self.remarks.append(f"{key} is {given:,}, which is not a multiple of {width:,}: rounded up to one.")
                return -(-given // width)
        if self.kind == "llama4_text":
            self.origins["shared_experts"] = "one in every layer with experts"
            return 1
        return self._sized("shared_experts", 0, 0) or 0

    def _numbers(self, key: str, *, most: int) -> list[int]:
        """A list of whole numbers; empty after a fault."""
        given = self.text[key]
        self.used.add(key)
        fine = isinstance(given, list) and all(type(item) is int and 0 <= item < most for item in given)
        if not fine:
            self._disagree(f"{key} is not a list of whole numbers below {most:,}")
        return given if fine else []

    def _dense_layers(self, layers: int) -> int:
        """Layers without experts, wherever they stand."""
        sparse, origin = self._places(layers)
        if sparse is None:
            found = self._sized("dense_layers", 0, 0) or 0
            if found >= layers:
                self._disagree(f"{self.origins['dense_layers']} is {found:,}, of {layers:,} layers")
            return found
        dense = layers - len(sparse)
        if not sparse:
            self._disagree(f"{origin} leaves no layer with experts")
        self.origins["dense_layers"] = origin
        if dense and sparse != set(range(dense, layers)):
            self.remarks.append(
                f"{dense:,} layers without experts stand between those with experts ({origin});"
                " a spec puts them first, which changes no total."
            )
        return dense

    def _places(self, layers: int) -> tuple[set[int] | None, str]:
        """Layers with experts, where they are not simply all after the first few, and the key that says so."""
        everything = range(layers)
        first = next((key for key in model_keys.KEYS["dense_layers"] if self.text.get(key)), None)
        if isinstance(self.text.get("moe_layer_freq"), list):
            marks = self._numbers("moe_layer_freq", most=2)[:layers]
            return {layer for layer, mark in enumerate(marks) if mark}, "moe_layer_freq"
        if self.text.get("moe_layers"):
            return set(self._numbers("moe_layers", most=layers)), "moe_layers"
        for key in ("interleave_moe_layer_step", "decoder_sparse_step", "moe_layer_freq", "moe_layer_interval"):
            step = self._number(key, 1) if self.text.get(key) is not None else 1
            if step > 1:
                start = 0 if key == "moe_layer_freq" else step - 1
                begin = self._number(first) if first else 0
                return {layer for layer in everything if layer >= begin and layer % step == start}, key
        if self.text.get("mlp_only_layers"):
            return set(everything) - set(self._numbers("mlp_only_layers", most=layers)), "mlp_only_layers"
        return None, ""

    def _tied(self) -> bool:
        for values in (self.text, self.whole):
            given = values.get("tie_word_embeddings")
            if isinstance(given, bool):
                self.origins["tied_embeddings"] = "tie_word_embeddings"
                return given
        tied = self.kind in model_keys.TIED
        self.origins["tied_embeddings"] = "not said; usual for its type"
        if self.kind not in model_keys.KNOWN:
            self.remarks.append("tie_word_embeddings is not in it: taken to be false.")
        return tied

    def _window(self, layers: int) -> dict[str, int]:
        chunked = self.kind == "llama4_text"
        key = "attention_chunk_size" if chunked else "sliding_window"
        given = self.text.get(key, model_keys.DEFAULTS.get(self.kind, {}).get(key))
        self.used.update((key, "use_sliding_window", "sliding_window_pattern", "layer_types", "no_rope_layer_interval"))
        if given is None or self.text.get("use_sliding_window") is False:
            self._other_layers()
            return {}
        window = self._number(key, 1) if key in self.text else int(given)
        longest = self.text.get("max_position_embeddings")
        if isinstance(longest, int) and window >= longest:
            self.remarks.append(f"{key} is {window:,}, no shorter than the longest sequence: left out.")
            return {}
        narrow = self._narrow_layers(layers, chunked)
        if not narrow:
            return {}
        self.origins |= {"window": key, "window_layers": "layers that do not see everything"}
        if chunked:
            self.remarks.append(
                f"Attention in chunks of {window:,} tokens stands as a window: a token sees its own chunk only,"
                " half of one on average."
            )
        if narrow < layers:
            self.remarks.append(
                f"{layers - narrow:,} layers see everything, between the {narrow:,} with the window;"
                " a spec says how many, not which."
            )
        return {"window": window, "window_layers": narrow}

    def _other_layers(self) -> list[str]:
        """Kinds of the layers, where each is listed; what is no attention is remarked on."""
        kinds = self.text.get("layer_types")
        listed = [str(kind) for kind in kinds] if isinstance(kinds, list) else []
        for kind in dict.fromkeys(listed):
            if kind not in ("full_attention", "sliding_attention", "chunked_attention"):
                self.remarks.append(
                    f"{listed.count(kind):,} layers are of type {plain(kind)}, which a spec cannot say:"
                    " counted as attention."
                )
        return listed

    def _narrow_layers(self, layers: int, chunked: bool) -> int:
        """Layers that do not see everything."""
        if listed := self._other_layers()[:layers]:
            return sum(kind in ("sliding_attention", "chunked_attention") for kind in listed)
        if chunked:
            if self.text.get("no_rope_layers"):
                return sum(self._numbers("no_rope_layers", most=2)[:layers])
            return layers - layers // (
                self._number("no_rope_layer_interval", 1) if "no_rope_layer_interval" in self.text else 4
            )
        pattern = self.text.get("sliding_window_pattern", self.text.get("_sliding_window_pattern"))
        if isinstance(pattern, str) and pattern:
            return sum(pattern[layer % len(pattern)] == "L" for layer in range(layers))
        every = (
            self._number("sliding_window_pattern", 1) if pattern is not None else model_keys.GLOBAL_EVERY.get(self.kind)
        )
        if every:
            return layers - layers // every
        if self.text.get("use_sliding_window") and self.text.get("max_window_layers") is not None:
            return max(layers - self._number("max_window_layers"), 0)
        return layers

    def _remark(self, network: Architecture, below: str) -> None:
        """What the configuration says and the architecture does not."""
        say = self.remarks.append
        text = self.text
        if below:
            say(f"The language network stands under {below[:-1]}; all else of the model is left out.")
        for values in (self.whole, text):
            for key in values:
                if key.endswith(("vision_config", "audio_config", "visual")) or key in ("vit_config", "talker_config"):
                    self.used.add(key)
                    say(f"{plain(key)}: a part for pictures or sound, whose weights and work are left out.")
        if self.kind == "gpt_oss":
            say("Each head has a learned attention sink, which is not counted.")
        if text.get("index_topk"):
            self.used.update(key for key in text if key.startswith("index_"))
            say(f"Attention reads {plain(text['index_topk'])} chosen tokens (index_topk): counted as all of them.")
        if isinstance(text.get("n_group"), int) and text["n_group"] > 1:
            say(
                f"Experts are chosen within {plain(text.get('topk_group'))} of {text['n_group']:,} groups:"
                " counted as chosen among all."
            )
        if self.kind in model_keys.LEARNED_POSITIONS:
            say("Learned positions are a table of their own, which is not counted.")
        if any(text.get(key) is True for key in ("attention_bias", "qkv_bias", "bias", "mlp_bias", "use_bias")) or (
            self.kind in ("gpt2", "gpt_neox", "gpt_oss", "opt", "qwen2", "qwen2_moe")
        ):
            say("Its matrices have biases, which are not counted.")
        quantised = self.whole.get("quantization_config") or text.get("quantization_config")
        if isinstance(quantised, dict):
            method = plain(quantised.get("quant_method", "another number format"))
            say(f"Weights are published as {method} (quantization_config); a spec has no number format.")
        longest = next((text[key] for key in ("max_position_embeddings", "n_positions") if key in text), None)
        if isinstance(longest, int):
            say(f"The longest sequence is {longest:,} tokens; a spec has no limit.")
        self._unread()

    def _unread(self) -> None:
        """Keys that nothing above has to do with, so that none is dropped without a word."""
        known = {key for keys in model_keys.KEYS.values() for key in keys}
        known |= {*self.used, *model_keys.NESTED, *model_keys.ELSEWHERE}
        both = {**self.whole, **self.text}
        left = [
            plain(key, 40)
            for key, value in both.items()
            if key not in known
            and value not in (None, False, 0, "", [], {})
            and not model_keys.WITHOUT_EFFECT.fullmatch(key)
        ]
        if left:
            more = f" and {len(left) - 30:,} more" if len(left) > 30 else ""
            self.remarks.append(f"Not read: {', '.join(left[:30])}{more}. See whether one of them changes a size.")

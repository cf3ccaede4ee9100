"""Keys of the ``config.json`` files that models are published with, and what each type leaves unsaid.

Keys are those of Hugging Face's transformers, and of models that bring code of their own.
"""

from __future__ import annotations

import re

__all__ = [
    "ALIASES",
    "DEFAULTS",
    "ELSEWHERE",
    "FOUR_TIMES",
    "GLOBAL_EVERY",
    "KEYS",
    "KNOWN",
    "LEARNED_POSITIONS",
    "MOST",
    "MOST_LAYERS",
    "NESTED",
    "NO_DECODER",
    "TIED",
    "WITHOUT_EFFECT",
    "WITHOUT_GATE",
    "WORDS",
]

KEYS = {
    "layers": ("num_hidden_layers", "n_layer", "n_layers", "num_layers"),
    "hidden": ("hidden_size", "n_embd", "d_model"),
    "heads": ("num_attention_heads", "n_head", "n_heads"),
    "kv_heads": ("num_key_value_heads", "num_kv_heads", "n_head_kv", "multi_query_group_num"),
    "head_size": ("head_dim", "kv_channels"),
    "ffn": ("intermediate_size", "n_inner", "ffn_hidden_size", "ffn_dim"),
    "vocabulary": ("vocab_size", "padded_vocab_size"),
    "experts": ("n_routed_experts", "num_local_experts", "num_experts", "num_routed_experts", "moe_num_experts"),
    "experts_per_token": (
        "num_experts_per_tok", "experts_per_token", "num_experts_per_token", "top_k_experts", "moe_topk", "moe_k",
    ),
    "shared_experts": ("n_shared_experts", "num_shared_experts", "moe_num_shared_experts"),
    "expert_ffn": ("moe_intermediate_size",),
    "dense_layers": ("first_k_dense_replace", "num_dense_layers"),
    "query_rank": ("q_lora_rank", "attention_q_lora_dim"),
    "kv_rank": ("kv_lora_rank", "attention_kv_lora_dim"),
    "nope_head_size": ("qk_nope_head_dim", "attention_qk_dim"),
    "rope_head_size": ("qk_rope_head_dim", "attention_qk_rope_dim"),
    "value_head_size": ("v_head_dim", "attention_v_dim"),
    "prediction_layers": ("num_nextn_predict_layers", "num_mtp_layers", "mtp_num_layers"),
}  # fmt: skip
"""Keys of a configuration by field of `Architecture`, the usual one first."""

WORDS = {
    "layers": "how many layers",
    "hidden": "the width of the residual stream",
    "heads": "how many query heads",
    "ffn": "the width of the feed-forward layer",
    "vocabulary": "the size of the vocabulary",
    "experts_per_token": "how many experts a token visits",
    "nope_head_size": "the width of a latent-attention head without position",
    "rope_head_size": "the width of its part with position",
    "value_head_size": "the width of its value",
}
"""What is missing, in words."""

NESTED = ("text_config", "llm_config", "language_config", "thinker_config")
"""Where the language network of a model for pictures or sound stands."""

ALIASES = {"gemma3": "gemma3_text", "llama4": "llama4_text", "gpt-oss": "gpt_oss"}
"""Types by another name."""

# What transformers takes where a published configuration leaves a key out.
DEFAULTS: dict[str, dict[str, int]] = {
    "gemma3_text": {
        "vocab_size": 262208, "num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 256,
        "sliding_window": 4096, "max_position_embeddings": 131072,
    },
    "gemma2": {"head_dim": 256},
}  # fmt: skip
TIED = (
    "bloom", "cohere", "cohere2", "falcon", "gemma", "gemma2", "gemma3_text", "gpt2", "gpt_bigcode",
    "gpt_neo", "mpt", "opt", "starcoder2",
)  # fmt: skip
WITHOUT_GATE = (
    "bloom", "codegen", "falcon", "gpt2", "gpt_bigcode", "gpt_neo", "gpt_neox", "gptj", "mpt", "nemotron", "opt", "phi",
    "starcoder2",
)  # fmt: skip
FOUR_TIMES = ("bloom", "codegen", "falcon", "gpt2", "gpt_bigcode", "gpt_neo", "gptj")
"""Types whose feed-forward layer is four times as wide as the residual stream unless said."""
LEARNED_POSITIONS = ("gpt2", "gpt_bigcode", "gpt_neo", "opt")
GLOBAL_EVERY = {"gemma2": 2, "gpt_oss": 2, "gemma3_text": 6, "cohere2": 4}
"""Of how many layers one sees everything, unless said."""

KNOWN = (
    "llama", "llama4_text", "mistral", "mixtral", "qwen2", "qwen2_moe", "qwen3", "qwen3_moe", "deepseek_v2",
    "deepseek_v3", "deepseek_v32", "kimi_k2", "glm4", "glm4_moe", "gpt_oss", "pangu_ultra_moe", "phi3", *TIED,
    *WITHOUT_GATE,
)  # fmt: skip
NO_DECODER = {
    "an encoder": (
        "albert", "bert", "camembert", "deberta", "deberta-v2", "distilbert", "electra", "modernbert", "roberta",
        "xlm-roberta",
    ),
    "a vision model": (
        "beit", "chinese_clip", "clip", "clip_vision_model", "convnext", "deit", "detr", "dinov2", "resnet", "sam",
        "siglip", "siglip_vision_model", "swin", "vit", "vit_mae", "yolos",
    ),
    "a model of sound": ("hubert", "wav2vec2", "wavlm"),
    "a network without attention": ("falcon_mamba", "mamba", "mamba2", "rwkv"),
}  # fmt: skip

ELSEWHERE = (
    "tie_word_embeddings", "max_position_embeddings", "n_positions", "quantization_config", "n_group", "topk_group",
    "moe_layers", "moe_layer_freq", "interleave_moe_layer_step", "decoder_sparse_step", "moe_layer_interval",
    "mlp_only_layers", "new_decoder_architecture",
)  # fmt: skip
"""Keys that are read besides those of `KEYS`."""

# Keys that change neither a size nor an operation that an architecture counts.
WITHOUT_EFFECT = re.compile(
    r".*(_token_id|_token_index|_token_ids|dropout|_pdrop|initializer.*|_eps|_epsilon|eps|_version|softcapping|_coef|_loss|"
    r"_multiplier|dtype)|rope_.*|rotary_.*|.*_rotary.*|no_rope.*|initial_context_length|summary_.*|id2label|label2id|architectures|auto_map|model_type|"
    r"(hidden_)?act(ivation)?(_func(tion)?)?|hidden_activation|output_.*|use_cache|pretraining_tp|"
    r"attn_implementation|_.*|aux_loss_alpha|seq_aux|norm_topk_prob|scoring_func|topk_method|routed_scaling_factor|ep_size|"
    r"query_pre_attn_scalar|cache_implementation|use_qk_norm|qk_layernorm|sandwich_norm|swiglu_limit|task_specific_params|"
    r"is_decoder|is_encoder_decoder|use_parallel_residual|parallel_attn|scale_.*|reorder_and_upcast_attn|attn_scale|"
    r"floor_scale|attn_temperature_tuning|for_llm_compressor|embd_pdrop|n_ctx|seq_length|max_window_layers|apply_.*|"
    r"original_max_position_embeddings|mm_tokens_per_image|tokenizer_class|problem_type|chunk_size_feed_forward|"
    r"return_dict.*|pruned_heads|torchscript|gradient_checkpointing|vision_feature_.*|.*projector.*|alibi|bias|"
    r"image_seq_length|use_bidirectional_attention|moe_router.*|router_.*|use_.*bias.*|.*_bias"
)  # fmt: skip
MOST = 10**7
"""The largest number that a spec of a model takes."""
MOST_LAYERS = 10**4
"""Far more layers than any network has."""

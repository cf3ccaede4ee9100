"""Configurations as published models have them: what an architecture takes, and some of what it does not."""

from __future__ import annotations

from typing import Any

_LLAMA_3 = {
    "architectures": ["LlamaForCausalLM"], "attention_bias": False, "attention_dropout": 0.0, "bos_token_id": 128000,
    "eos_token_id": 128001, "hidden_act": "silu", "initializer_range": 0.02, "max_position_embeddings": 131072,
    "mlp_bias": False, "model_type": "llama", "num_key_value_heads": 8, "pretraining_tp": 1, "rms_norm_eps": 1e-05,
    "rope_scaling": {"factor": 8.0, "rope_type": "llama3"}, "rope_theta": 500000.0, "tie_word_embeddings": False,
    "torch_dtype": "bfloat16", "transformers_version": "4.43.0.dev0", "use_cache": True, "vocab_size": 128256,
}  # fmt: skip
_MIXTRAL = {
    "architectures": ["MixtralForCausalLM"], "model_type": "mixtral", "num_key_value_heads": 8, "num_local_experts": 8,
    "num_experts_per_tok": 2, "output_router_logits": False, "router_aux_loss_coef": 0.02, "sliding_window": None,
    "tie_word_embeddings": False, "vocab_size": 32000, "max_position_embeddings": 32768,
}  # fmt: skip
_QWEN_3 = {
    "attention_bias": False, "attention_dropout": 0.0, "head_dim": 128, "hidden_act": "silu", "max_position_embeddings": 40960,
    "max_window_layers": 36, "rope_scaling": None, "rope_theta": 1000000, "sliding_window": None, "tie_word_embeddings": False,
    "use_sliding_window": False, "vocab_size": 151936,
}  # fmt: skip
_QWEN_3_DENSE = {**_QWEN_3, "architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "num_key_value_heads": 8}
_QWEN_3_EXPERTS = {
    **_QWEN_3, "architectures": ["Qwen3MoeForCausalLM"], "model_type": "qwen3_moe", "num_key_value_heads": 4,
    "decoder_sparse_step": 1, "mlp_only_layers": [], "norm_topk_prob": True, "num_experts": 128, "num_experts_per_tok": 8,
    "output_router_logits": False, "router_aux_loss_coef": 0.001,
}  # fmt: skip
_DEEPSEEK_V3 = {
    "architectures": ["DeepseekV3ForCausalLM"], "attention_bias": False, "aux_loss_alpha": 0.001, "ep_size": 1,
    "first_k_dense_replace": 3, "hidden_size": 7168, "intermediate_size": 18432, "kv_lora_rank": 512,
    "max_position_embeddings": 163840, "model_type": "deepseek_v3", "moe_intermediate_size": 2048, "moe_layer_freq": 1,
    "n_group": 8, "n_routed_experts": 256, "n_shared_experts": 1, "norm_topk_prob": True, "num_attention_heads": 128,
    "num_experts_per_tok": 8, "num_hidden_layers": 61, "num_key_value_heads": 128, "num_nextn_predict_layers": 1,
    "q_lora_rank": 1536, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "quantization_config": {"quant_method": "fp8"},
    "routed_scaling_factor": 2.5, "scoring_func": "sigmoid", "seq_aux": True, "tie_word_embeddings": False, "topk_group": 4,
    "topk_method": "noaux_tc", "v_head_dim": 128, "vocab_size": 129280,
}  # fmt: skip
_GLM_4_5 = {
    "architectures": ["Glm4MoeForCausalLM"], "attention_bias": True, "head_dim": 128, "partial_rotary_factor": 0.5,
    "model_type": "glm4_moe", "n_group": 1, "topk_group": 1, "n_shared_experts": 1, "norm_topk_prob": True,
    "num_attention_heads": 96, "num_experts_per_tok": 8, "num_key_value_heads": 8, "num_nextn_predict_layers": 1,
    "tie_word_embeddings": False, "vocab_size": 151552, "max_position_embeddings": 131072,
}  # fmt: skip
_GPT_OSS = {
    "architectures": ["GptOssForCausalLM"], "attention_bias": True, "experts_per_token": 4, "head_dim": 64,
    "hidden_size": 2880, "initial_context_length": 4096, "intermediate_size": 2880, "max_position_embeddings": 131072,
    "model_type": "gpt_oss", "num_attention_heads": 64, "num_experts_per_tok": 4, "num_key_value_heads": 8,
    "quantization_config": {"quant_method": "mxfp4"}, "sliding_window": 128, "swiglu_limit": 7.0,
    "tie_word_embeddings": False, "vocab_size": 201088,
}  # fmt: skip
_LLAMA_4 = {
    "attention_bias": False, "attention_chunk_size": 8192, "head_dim": 128, "hidden_size": 5120, "intermediate_size": 8192,
    "intermediate_size_mlp": 16384, "max_position_embeddings": 1048576, "model_type": "llama4_text", "no_rope_layers": [],
    "num_attention_heads": 40, "num_experts_per_tok": 1, "num_hidden_layers": 48, "num_key_value_heads": 8,
    "router_jitter_noise": 0.0, "use_qk_norm": False, "vocab_size": 202048,
}  # fmt: skip
_SIGHT = {"hidden_size": 1408, "image_size": 336, "model_type": "llama4_vision_model", "num_hidden_layers": 34}
_GEMMA_3 = {
    "architectures": ["Gemma3ForConditionalGeneration"], "boi_token_index": 255999, "eoi_token_index": 256000,
    "mm_tokens_per_image": 256, "model_type": "gemma3", "vision_config": {"model_type": "siglip_vision_model"},
}  # fmt: skip


def _dense(before: dict[str, Any], hidden: int, layers: int, heads: int, ffn: int) -> dict[str, Any]:
    return {
        **before,
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": ffn,
    }


PUBLISHED: dict[str, dict[str, Any]] = {
    "llama-3.1-8b": _dense(_LLAMA_3, 4096, 32, 32, 14336),
    "llama-3.1-70b": _dense(_LLAMA_3, 8192, 80, 64, 28672),
    "llama-3.1-405b": _dense(_LLAMA_3, 16384, 126, 128, 53248),
    "mistral-7b": {
        **_dense({}, 4096, 32, 32, 14336), "model_type": "mistral", "num_key_value_heads": 8, "sliding_window": 4096,
        "tie_word_embeddings": False, "vocab_size": 32000, "max_position_embeddings": 32768,
    },
    "mixtral-8x7b": _dense(_MIXTRAL, 4096, 32, 32, 14336),
    "mixtral-8x22b": _dense(_MIXTRAL, 6144, 56, 48, 16384),
    "qwen3-8b": _dense(_QWEN_3_DENSE, 4096, 36, 32, 12288),
    "qwen3-14b": _dense(_QWEN_3_DENSE, 5120, 40, 40, 17408),
    "qwen3-32b": _dense(_QWEN_3_DENSE, 5120, 64, 64, 25600),
    "qwen3-30b-a3b": {**_dense(_QWEN_3_EXPERTS, 2048, 48, 32, 6144), "moe_intermediate_size": 768},
    "qwen3-235b-a22b": {**_dense(_QWEN_3_EXPERTS, 4096, 94, 64, 12288), "moe_intermediate_size": 1536},
    "deepseek-v2": {
        **_DEEPSEEK_V3, "model_type": "deepseek_v2", "first_k_dense_replace": 1, "hidden_size": 5120, "intermediate_size": 12288,
        "moe_intermediate_size": 1536, "n_group": 8, "topk_group": 3, "n_routed_experts": 160, "n_shared_experts": 2,
        "num_experts_per_tok": 6, "num_hidden_layers": 60, "num_nextn_predict_layers": None, "vocab_size": 102400,
    },
    "deepseek-v3": _DEEPSEEK_V3,
    "kimi-k2": {
        **_DEEPSEEK_V3, "model_type": "kimi_k2", "first_k_dense_replace": 1, "n_group": 1, "topk_group": 1,
        "n_routed_experts": 384, "num_attention_heads": 64, "num_key_value_heads": 64, "num_nextn_predict_layers": 0,
        "vocab_size": 163840,
    },
    "pangu-ultra-moe-718b": {
        **_dense({}, 7680, 61, 128, 18432), "architectures": ["PanguUltraMoEForCausalLM"], "attention_kv_lora_dim": 512,
        "attention_q_lora_dim": 1536, "attention_qk_dim": 128, "attention_qk_rope_dim": 64, "attention_v_dim": 128,
        "max_position_embeddings": 131072, "model_type": "pangu_ultra_moe", "moe_intermediate_size": 2048,
        "num_dense_layers": 3, "num_experts_per_tok": 8, "num_key_value_heads": 128, "num_mtp_layers": 1,
        "num_routed_experts": 256, "num_shared_experts": 1, "sandwich_norm": True, "tie_word_embeddings": False,
        "vocab_size": 153600,
    },
    "glm-4.5": {
        **_dense(_GLM_4_5, 5120, 92, 96, 12288), "first_k_dense_replace": 3, "moe_intermediate_size": 1536,
        "n_routed_experts": 160, "use_qk_norm": True,
    },
    "glm-4.5-air": {
        **_dense(_GLM_4_5, 4096, 46, 96, 10944), "first_k_dense_replace": 1, "moe_intermediate_size": 1408,
        "n_routed_experts": 128,
    },
    "gpt-oss-120b": {
        **_GPT_OSS, "num_hidden_layers": 36, "num_local_experts": 128,
        "layer_types": ["sliding_attention", "full_attention"] * 18,
    },
    "gpt-oss-20b": {**_GPT_OSS, "num_hidden_layers": 24, "num_local_experts": 32},
    "llama-4-scout": {
        "model_type": "llama4", "vision_config": _SIGHT,
        "text_config": {**_LLAMA_4, "interleave_moe_layer_step": 1, "num_local_experts": 16},
    },
    "llama-4-maverick": {
        "model_type": "llama4", "vision_config": _SIGHT,
        "text_config": {**_LLAMA_4, "interleave_moe_layer_step": 2, "num_local_experts": 128},
    },
    "gemma-2-27b": {
        **_dense({}, 4608, 46, 32, 36864), "attn_logit_softcapping": 50.0, "head_dim": 128, "model_type": "gemma2",
        "num_key_value_heads": 16, "query_pre_attn_scalar": 144, "sliding_window": 4096, "vocab_size": 256000,
        "max_position_embeddings": 8192,
    },
    "gemma-3-27b-it": {
        **_GEMMA_3,
        "text_config": {
            **_dense({}, 5376, 62, 32, 21504), "head_dim": 128, "model_type": "gemma3_text", "num_key_value_heads": 16,
            "query_pre_attn_scalar": 168, "rope_scaling": {"factor": 8.0, "rope_type": "linear"}, "sliding_window": 1024,
        },
    },
    "gemma-3-12b": {
        **_GEMMA_3,
        "text_config": {
            **_dense({}, 3840, 48, 16, 15360), "head_dim": 256, "max_position_embeddings": 131072, "model_type": "gemma3_text",
            "num_key_value_heads": 8, "sliding_window": 1024, "sliding_window_pattern": 6, "vocab_size": 262144,
        },
    },
    "gemma-3-27b": {
        **_dense({}, 5376, 62, 32, 21504), "head_dim": 128, "max_position_embeddings": 131072, "model_type": "gemma3_text",
        "num_key_value_heads": 16, "sliding_window": 1024, "vocab_size": 262144,
    },
    "gemma-3-4b": {
        **_GEMMA_3,
        "text_config": {
            "hidden_size": 2560, "intermediate_size": 10240, "model_type": "gemma3_text", "num_hidden_layers": 34,
            "sliding_window": 1024,
        },
    },
    "phi-3-mini": {
        **_dense({}, 3072, 32, 32, 8192), "model_type": "phi3", "num_key_value_heads": 32, "sliding_window": 262144,
        "max_position_embeddings": 131072, "tie_word_embeddings": False, "vocab_size": 32064,
    },
    "glm-4-9b": {
        **_dense({}, 4096, 40, 32, 13696), "attention_bias": False, "head_dim": 128, "model_type": "glm4",
        "num_key_value_heads": 2, "partial_rotary_factor": 0.5, "tie_word_embeddings": False, "vocab_size": 151552,
    },
    "gpt2": {
        "activation_function": "gelu_new", "architectures": ["GPT2LMHeadModel"], "embd_pdrop": 0.1, "model_type": "gpt2",
        "n_ctx": 1024, "n_embd": 768, "n_head": 12, "n_layer": 12, "n_positions": 1024, "vocab_size": 50257,
    },
    "gpt-neox-20b": {
        **_dense({}, 6144, 44, 64, 24576), "hidden_act": "gelu_fast", "model_type": "gpt_neox", "rotary_pct": 0.25,
        "tie_word_embeddings": False, "use_parallel_residual": True, "vocab_size": 50432,
    },
    "falcon-7b": {
        "alibi": False, "bias": False, "hidden_size": 4544, "model_type": "falcon", "multi_query": True,
        "new_decoder_architecture": False, "num_attention_heads": 71, "num_hidden_layers": 32, "parallel_attn": True,
        "vocab_size": 65024,
    },
    "qwen2-57b-a14b": {
        **_dense({}, 3584, 28, 28, 18944), "decoder_sparse_step": 1, "model_type": "qwen2_moe", "moe_intermediate_size": 2560,
        "num_experts": 64, "num_experts_per_tok": 8, "num_key_value_heads": 4, "shared_expert_intermediate_size": 20480,
        "sliding_window": 65536, "use_sliding_window": False, "tie_word_embeddings": False, "vocab_size": 151936,
    },
}  # fmt: skip
"""By id, which is the catalogue's where it has the model."""

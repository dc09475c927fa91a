"""A model and its vocabulary as one GGUF file, as llama.cpp reads gpt-oss."""

from __future__ import annotations

import json
from pathlib import Path

import gguf
import numpy as np
from tokenizers import Tokenizer

from tests.realmodel.net import Shape, Weights
from tests.realmodel.text import SPECIAL

STEEPNESS = 4.0  # the agent samples at temperature 1; a toy is to say what it holds most likely
QUANTISED = gguf.GGMLQuantizationType.Q8_0


def write_gguf(path: Path, weights: Weights, shape: Shape, tokenizer: Tokenizer, template: str, name: str) -> None:
    writer = gguf.GGUFWriter(path, gguf.MODEL_ARCH_NAMES[gguf.MODEL_ARCH.GPT_OSS])
    writer.add_name(name)
    writer.add_license("apache-2.0")
    writer.add_block_count(shape.layers)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.hidden)
    writer.add_feed_forward_length(shape.expert)
    writer.add_expert_feed_forward_length(shape.expert)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_key_length(shape.head)
    writer.add_value_length(shape.head)
    writer.add_rope_freq_base(shape.rope)
    writer.add_layer_norm_rms_eps(shape.epsilon)
    writer.add_sliding_window(shape.window)
    writer.add_expert_count(shape.experts)
    writer.add_expert_used_count(shape.used)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    _add_vocabulary(writer, tokenizer, template)
    for tensor, value in weights.items():
        _add_tensor(writer, tensor, value.detach().numpy().astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_tensor(writer: gguf.GGUFWriter, name: str, value: np.ndarray) -> None:
    if name == "output.weight":
        value = value * STEEPNESS
    if value.ndim > 1 and name.endswith(".weight") and "gate_inp" not in name:
        writer.add_tensor(name, gguf.quants.quantize(value, QUANTISED), raw_dtype=QUANTISED)
    else:
        writer.add_tensor(name, value)


def _add_vocabulary(writer: gguf.GGUFWriter, tokenizer: Tokenizer, template: str) -> None:
    data = json.loads(tokenizer.to_str())["model"]
    tokens = [token for token, _ in sorted(data["vocab"].items(), key=lambda row: row[1])]
    kinds = [gguf.TokenType.CONTROL if token in SPECIAL else gguf.TokenType.NORMAL for token in tokens]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-4o")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges([one if isinstance(one, str) else " ".join(one) for one in data["merges"]])
    writer.add_bos_token_id(tokens.index("<|startoftext|>"))
    writer.add_eos_token_id(tokens.index("<|return|>"))
    writer.add_pad_token_id(tokens.index("<|endoftext|>"))
    writer.add_chat_template(template)

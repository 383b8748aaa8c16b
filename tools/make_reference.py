#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tests/golden/families: tiny random checkpoints of each decoder family
with what `transformers` computes from them.

    make_reference.py [--out FOLDER] [--only CASE ...] [--check]

Needs torch, transformers >= 5 and safetensors. A case is a row of CASES, its
folder three files:

    config.json            the row, in the keys that published files have
    model.safetensors      float32, the names and layouts that published files
                           have; each weight is n / 64, |n| < 256, thus exact in
                           float16 and bfloat16 too
    reference.safetensors  of one text of T tokens, batch and cache left out:
      tokens int32 [T]
      hidden [layers + 1, T, D]: what enters each layer, and what leaves the
             last, before the final norm (output_hidden_states: after it)
      final  [T, D]: what the head's matrix is multiplied with: after the final
             norm, if any, and after OPT's project_out ([T, E] there)
      logits [T, V]: after the head's bias, scale or soft cap

The model is read back from its folder before it computes, so that the files are
what is tested. --check writes nothing: it makes each case anew and compares;
config and weights must be equal, references close (the last bits depend on the
machine). One core, about a second for each case.
"""

import argparse
import json
import os
import sys
import tempfile
import zlib

import numpy as np
import torch
import transformers
from safetensors.numpy import load_file, save_file
from transformers.models.auto import modeling_auto

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOKENS = 28  # more than each window, fewer than the learned positions
TOLERANCE = 1e-4  # between machines, of values up to about ten
MATRIX_STD, EMBEDDING_STD, BIAS_STD, NORM_STD = 0.25, 0.6, 0.3, 0.2

# --- The sizes, as each lineage spells them ---

VOCABULARY = dict(vocab_size=67, bos_token_id=0, eos_token_id=2)
GPT2 = dict(VOCABULARY, n_embd=24, n_head=3, n_layer=2, n_positions=32,
            layer_norm_epsilon=0.004)
NEOX = dict(VOCABULARY, hidden_size=32, intermediate_size=44,
            num_attention_heads=2, num_hidden_layers=2,
            max_position_embeddings=32, layer_norm_eps=0.004)
BART = dict(VOCABULARY, max_position_embeddings=32, pad_token_id=1)
FALCON = dict(VOCABULARY, hidden_size=24, num_hidden_layers=2,
              layer_norm_epsilon=0.004)
LLAMA = dict(VOCABULARY, hidden_size=24, intermediate_size=36,
             num_attention_heads=4, num_key_value_heads=2, num_hidden_layers=2,
             max_position_embeddings=64)
RMS = dict(LLAMA, rms_norm_eps=0.004, hidden_act="silu", rope_theta=500.0)
LAYER_NORM = dict(LLAMA, layer_norm_eps=0.004, rope_theta=500.0,
                  num_attention_heads=3, num_key_value_heads=1)
GEMMA = dict(LLAMA, head_dim=8, pad_token_id=0, rms_norm_eps=0.004)
GEMMA3 = dict(GEMMA, num_hidden_layers=3, query_pre_attn_scalar=12,
              hidden_activation="gelu_pytorch_tanh", sliding_window=10)
SOFT_CAPS = dict(attn_logit_softcapping=2.0, final_logit_softcapping=5.0)
PHI3 = dict(RMS, original_max_position_embeddings=64, num_attention_heads=3,
            num_key_value_heads=1, pad_token_id=0, tie_word_embeddings=False)
LONG_ROPE = dict(long_factor=[1.5, 2.25, 4.0, 7.5],
                 short_factor=[1.0, 1.25, 1.5, 2.5])


def case(model_type, sizes, *, rename=None, buffers=None, copy_head=False,
         attention="eager", saved=False, **keys):
    """A row: the config's keys, and how its file differs from `state_dict`.

    rename     {beginning of names: what published files have instead}
    buffers    {name with {} for the layer: array} that old files carry along
    copy_head  the file repeats a tied head
    attention  the implementation to trust
    saved      files as transformers 5 saves them, not in the older form
    """
    return dict(config=dict(sizes, model_type=model_type, **keys),
                rename=rename or {}, buffers=buffers or {},
                copy_head=copy_head, attention=attention, saved=saved)


NO_PREFIX = {"transformer.": ""}


def causal(dtype):
    return np.tril(np.ones((1, 1, 32, 32), dtype))


CASES = {
    "gpt2": case(
        "gpt2", GPT2, rename=NO_PREFIX, activation_function="gelu_new",
        buffers={"h.{}.attn.bias": causal(np.float32)}),
    "gpt2_inverse_layer": case(
        "gpt2", GPT2, activation_function="gelu", n_inner=52,
        scale_attn_by_inverse_layer_idx=True, reorder_and_upcast_attn=True,
        tie_word_embeddings=False),
    "openai_gpt": case(
        "openai-gpt", GPT2, rename=NO_PREFIX, afn="gelu"),
    "gpt_neox": case(
        "gpt_neox", NEOX, hidden_act="gelu", rotary_pct=0.25,
        rotary_emb_base=100, use_parallel_residual=True,
        tie_word_embeddings=False, rename={"lm_head.": "embed_out."},
        buffers={"gpt_neox.layers.{}.attention.bias": causal(np.uint8),
                 "gpt_neox.layers.{}.attention.masked_bias":
                     np.array(-1e9, np.float32),
                 "gpt_neox.layers.{}.attention.rotary_emb.inv_freq":
                     np.array([1, 0.1], np.float32)}),
    "gpt_neox_sequential": case(
        "gpt_neox", NEOX, hidden_act="gelu_fast", rotary_pct=0.5,
        rotary_emb_base=10000, use_parallel_residual=False,
        tie_word_embeddings=False),
    "gptj": case(
        "gptj", GPT2, rotary=True, rotary_dim=4, activation_function="gelu_new",
        tie_word_embeddings=False),
    "codegen": case(
        "codegen", dict(GPT2, n_head=4, n_embd=32), rotary_dim=4, n_ctx=32,
        n_inner=52, activation_function="gelu_new", tie_word_embeddings=False),
    "gpt_neo": case(
        "gpt_neo", VOCABULARY, hidden_size=24, num_heads=3, num_layers=2,
        intermediate_size=None, max_position_embeddings=32, window_size=10,
        attention_types=[[["global", "local"], 1]],
        activation_function="gelu_new", layer_norm_epsilon=0.004),
    "opt": case(
        "opt", BART, hidden_size=24, word_embed_proj_dim=24, ffn_dim=44,
        num_attention_heads=3, num_hidden_layers=2, activation_function="relu",
        do_layer_norm_before=True, copy_head=True),
    "opt_post_norm": case(
        "opt", BART, rename={"model.": ""}, hidden_size=24,
        word_embed_proj_dim=20, ffn_dim=44, num_attention_heads=3,
        num_hidden_layers=2, activation_function="relu",
        do_layer_norm_before=False),
    "biogpt": case(
        "biogpt", BART, hidden_size=24, intermediate_size=44, hidden_act="gelu",
        num_attention_heads=3, num_hidden_layers=2, layer_norm_eps=1e-12,
        scale_embedding=True),
    "bloom": case(
        "bloom", VOCABULARY, rename=NO_PREFIX, n_embed=24, n_head=6,
        n_layer=2, layer_norm_epsilon=0.004),
    "mpt": case(
        "mpt", VOCABULARY, d_model=24, n_heads=6, n_layers=2, max_seq_len=32,
        expansion_ratio=4, layer_norm_epsilon=0.004, no_bias=True,
        norm_type="low_precision_layernorm",
        attn_config=dict(alibi=True, alibi_bias_max=8, clip_qkv=1.0,
                         softmax_scale=None)),
    "falcon_7b": case(
        "falcon", FALCON, num_attention_heads=3, multi_query=True,
        parallel_attn=True, new_decoder_architecture=False, alibi=False,
        bias=False, copy_head=True),
    "falcon_40b": case(
        "falcon", FALCON, num_attention_heads=6, num_kv_heads=2,
        new_decoder_architecture=True, parallel_attn=True, alibi=False,
        bias=False),
    "falcon_11b": case(
        "falcon", FALCON, num_attention_heads=6, num_kv_heads=2,
        new_decoder_architecture=True, num_ln_in_parallel_attn=1,
        ffn_hidden_size=52, rope_theta=500.042, max_position_embeddings=64,
        tie_word_embeddings=False, alibi=False, bias=False),
    "falcon_rw": case(  # eager adds the bias of positions twice
        "falcon", FALCON, attention="sdpa", num_attention_heads=12, alibi=True,
        multi_query=False, parallel_attn=False, new_decoder_architecture=False,
        bias=True),
    "gpt_bigcode": case(
        "gpt_bigcode", GPT2, multi_query=True, n_inner=52,
        activation_function="gelu_pytorch_tanh"),
    "gpt_bigcode_multi_head": case(
        "gpt_bigcode", GPT2, multi_query=False, n_inner=52,
        activation_function="gelu"),
    "llama": case(
        "llama", RMS, num_attention_heads=3, num_key_value_heads=1,
        tie_word_embeddings=False,
        buffers={"model.layers.{}.self_attn.rotary_emb.inv_freq":
                     500.0 ** np.array([0, -1/4, -1/2, -3/4], np.float32)}),
    "llama_bias": case(
        "llama", RMS, head_dim=8, attention_bias=True, mlp_bias=True,
        tie_word_embeddings=True),
    "llama_llama3": case(
        "llama", RMS, head_dim=8, tie_word_embeddings=True,
        rope_scaling=dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0,
                          high_freq_factor=4.0,
                          original_max_position_embeddings=64)),
    "llama_linear": case(
        "llama", RMS, head_dim=8, tie_word_embeddings=False,
        rope_scaling=dict(type="linear", factor=2.5)),
    "llama_dynamic": case(
        "llama", dict(RMS, max_position_embeddings=16), head_dim=8,
        tie_word_embeddings=False,
        rope_scaling=dict(type="dynamic", factor=2.0)),
    "llama_v5": case(
        "llama", RMS, saved=True, head_dim=8, tie_word_embeddings=False,
        rope_scaling=dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0,
                          high_freq_factor=4.0,
                          original_max_position_embeddings=64)),
    "mistral": case(
        "mistral", RMS, head_dim=8, sliding_window=10,
        tie_word_embeddings=False),
    "qwen2": case(
        "qwen2", RMS, tie_word_embeddings=True, use_sliding_window=False,
        sliding_window=10, max_window_layers=0),
    "qwen2_window": case(
        "qwen2", RMS, tie_word_embeddings=False, use_sliding_window=True,
        sliding_window=10, max_window_layers=1),
    "qwen2_yarn": case(
        "qwen2", dict(RMS, num_attention_heads=3, num_key_value_heads=1),
        tie_word_embeddings=True,
        rope_scaling=dict(type="yarn", factor=4.0,
                          original_max_position_embeddings=32)),
    "qwen3": case(
        "qwen3", RMS, head_dim=10, tie_word_embeddings=True),
    "gemma": case(
        "gemma", dict(GEMMA, num_key_value_heads=1), hidden_act="gelu",
        rope_theta=500.0),
    "gemma2": case(
        "gemma2", GEMMA, query_pre_attn_scalar=12, sliding_window=10,
        hidden_activation="gelu_pytorch_tanh", rope_theta=500.0, **SOFT_CAPS),
    "gemma3_text": case(
        "gemma3_text", GEMMA3, sliding_window_pattern=3, rope_theta=5000.0,
        rope_local_base_freq=50.0,
        rope_scaling=dict(rope_type="linear", factor=4.0)),
    "gemma3_text_v5": case(
        "gemma3_text", GEMMA3, saved=True, rope_theta=5000.0,
        rope_local_base_freq=50.0,
        layer_types=["sliding_attention", "full_attention",
                     "sliding_attention"]),
    "phi": case(
        "phi", dict(LAYER_NORM, num_key_value_heads=3), hidden_act="gelu_new",
        partial_rotary_factor=0.5, tie_word_embeddings=False),
    "phi_qk_norm": case(
        "phi", LAYER_NORM, hidden_act="gelu_new", partial_rotary_factor=0.75,
        qk_layernorm=True, tie_word_embeddings=False),
    "phi3": case(
        "phi3", PHI3, sliding_window=10, rope_scaling=None),
    "phi3_long": case(
        "phi3", dict(PHI3, original_max_position_embeddings=16),
        rope_scaling=dict(LONG_ROPE, type="longrope")),
    "phi3_short": case(
        "phi3", dict(PHI3, original_max_position_embeddings=32),
        rope_scaling=dict(LONG_ROPE, rope_type="longrope")),
    "phi3_partial": case(
        "phi3", dict(PHI3, tie_word_embeddings=True),
        partial_rotary_factor=0.75),
    "stablelm": case(
        "stablelm", LAYER_NORM, hidden_act="silu", partial_rotary_factor=0.5,
        use_qkv_bias=True, tie_word_embeddings=False),
    "stablelm_parallel": case(
        "stablelm", LAYER_NORM, hidden_act="silu", partial_rotary_factor=0.75,
        use_parallel_residual=True, qk_layernorm=True,
        tie_word_embeddings=False),
    "persimmon": case(
        "persimmon", dict(LAYER_NORM, num_key_value_heads=3),
        hidden_act="relu2", partial_rotary_factor=0.75, qk_layernorm=True,
        tie_word_embeddings=False),
    "nemotron": case(
        "nemotron", LLAMA, norm_eps=0.004, rope_theta=500.0, head_dim=8,
        hidden_act="relu2", partial_rotary_factor=0.75,
        tie_word_embeddings=False),
    "starcoder2": case(
        "starcoder2", LLAMA, norm_epsilon=0.004, rope_theta=500.0,
        hidden_act="gelu_pytorch_tanh", use_bias=True, sliding_window=10),
    "olmo": case(
        "olmo", LLAMA, rope_theta=500.0, hidden_act="silu", clip_qkv=1.0,
        pad_token_id=1, tie_word_embeddings=False),
    "olmo2": case(
        "olmo2", RMS, pad_token_id=1, tie_word_embeddings=False),
    "olmo3": case(
        "olmo3", dict(RMS, num_hidden_layers=3, rope_theta=500000.0),
        pad_token_id=1, sliding_window=10, tie_word_embeddings=False,
        layer_types=["sliding_attention", "full_attention",
                     "sliding_attention"],
        rope_scaling=dict(rope_type="yarn", factor=4.0, beta_fast=8.0,
                          beta_slow=1.0, attention_factor=1.25,
                          original_max_position_embeddings=32)),
    "smollm3": case(
        "smollm3", dict(RMS, num_hidden_layers=3), no_rope_layers=[1, 0, 1],
        no_rope_layer_interval=4, pad_token_id=1, tie_word_embeddings=True),
    "granite": case(
        "granite", RMS, attention_multiplier=0.25, embedding_multiplier=1.5,
        logits_scaling=0.75, residual_multiplier=0.625,
        tie_word_embeddings=True),
    "cohere": case(
        "cohere", LAYER_NORM, hidden_act="silu", logit_scale=0.75,
        use_qk_norm=True, pad_token_id=0),
    "cohere2": case(
        "cohere2", dict(LAYER_NORM, num_hidden_layers=3), hidden_act="silu",
        logit_scale=1.25, sliding_window=10, sliding_window_pattern=2,
        pad_token_id=0),
    "glm": case(
        "glm", RMS, head_dim=8, attention_bias=True, partial_rotary_factor=0.75,
        pad_token_id=0, tie_word_embeddings=False),
    "glm4": case(
        "glm4", RMS, head_dim=8, attention_bias=False,
        partial_rotary_factor=0.5, pad_token_id=0, tie_word_embeddings=False),
    "exaone4": case(
        "exaone4", dict(RMS, num_hidden_layers=3), head_dim=8,
        sliding_window=10, sliding_window_pattern="LG",
        layer_types=["sliding_attention", "full_attention",
                     "sliding_attention"],
        tie_word_embeddings=False),
}


# --- Making a case ---

def draw(name, start, random):
    """A weight: norms scatter about the value that the family starts from."""
    parts = name.split(".")
    if parts[-1] == "bias":
        mean, std = 0, BIAS_STD
    elif any("norm" in part or part.startswith("ln_") for part in parts):
        mean, std = start.mean(), NORM_STD
    elif "embed" in name or parts[-2] in ("wte", "wpe", "lm_head",
                                          "output_projection"):
        mean, std = 0, EMBEDDING_STD
    else:
        mean, std = 0, MATRIX_STD
    values = mean + std * random.standard_normal(start.shape)
    return (np.clip(np.rint(values * 64), -255, 255) / 64).astype(np.float32)


def checkpoint(row, model, random):
    """The file's tensors by name."""
    head = next(name for name, module in model.named_modules()
                if module is model.get_output_embeddings()) + ".weight"
    tensors = {name: draw(name, tensor.numpy(), random)
               for name, tensor in model.state_dict().items()
               if name != head or not model.config.tie_word_embeddings}
    if row["copy_head"]:
        embedding = model.get_input_embeddings().weight
        tensors[head] = next(
            tensors[name] for name, tensor in model.state_dict().items()
            if name != head and tensor.data_ptr() == embedding.data_ptr())
    for old, new in row["rename"].items():
        tensors = {new + name[len(old):] if name.startswith(old) else name:
                   tensor for name, tensor in tensors.items()}
    for layer in range(model.config.num_hidden_layers):
        for name, values in row["buffers"].items():
            tensors[name.format(layer)] = values
    return tensors


def layers_of(model):
    lists = [module for module in model.modules()
             if isinstance(module, torch.nn.ModuleList)]
    return next(layers for layers in lists
                if len(layers) == model.config.num_hidden_layers)


def run(model, tokens):
    """Hooks see the same points in every family."""
    seen = []

    def entering(module, args, kwargs):
        seen.append(args[0] if args else kwargs["hidden_states"])

    def leaving(module, args, output):
        seen.append(output if torch.is_tensor(output) else output[0])

    layers = layers_of(model)
    for layer in layers:
        layer.register_forward_pre_hook(entering, with_kwargs=True)
    layers[-1].register_forward_hook(leaving)
    model.get_output_embeddings().register_forward_pre_hook(
        entering, with_kwargs=True)
    with torch.no_grad():
        logits = model(torch.from_numpy(tokens).long()[None],
                       use_cache=False).logits
    *hidden, final = [tensor[0].numpy().copy() for tensor in seen]
    return dict(tokens=tokens, hidden=np.stack(hidden), final=final,
                logits=logits[0].numpy())


def make(name, row, folder):
    """Writes the case's three files into `folder`."""
    random = np.random.RandomState(zlib.crc32(name.encode()))
    model_type = row["config"]["model_type"]
    architecture = modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES[model_type]
    os.makedirs(folder, exist_ok=True)
    config_path = os.path.join(folder, "config.json")
    with open(config_path, "w", encoding="utf-8") as file:
        json.dump(dict(row["config"], architectures=[architecture],
                       torch_dtype="float32"), file, indent=2, sort_keys=True)
        file.write("\n")
    model = transformers.AutoModelForCausalLM.from_config(
        transformers.AutoConfig.from_pretrained(folder))
    if row["saved"]:
        model.config.architectures = [architecture]
        model.config.save_pretrained(folder)
    tensors = checkpoint(row, model, random)
    save_file(tensors, os.path.join(folder, "model.safetensors"),
              metadata={"format": "pt"})
    model, report = transformers.AutoModelForCausalLM.from_pretrained(
        folder, attn_implementation=row["attention"], dtype=torch.float32,
        output_loading_info=True)
    lost = [key for key in report["unexpected_keys"]
            if not any(key.endswith(buffer.rpartition("{}")[2])
                       for buffer in row["buffers"])]
    if lost or report["missing_keys"] or report["mismatched_keys"]:
        raise SystemExit(f"{name}: not read back: {lost}, {report}")
    tokens = random.randint(0, row["config"]["vocab_size"], TOKENS)
    save_file(run(model.eval(), tokens.astype(np.int32)),
              os.path.join(folder, "reference.safetensors"))


def differences(made, stored):
    """What of `stored` is not as in `made`: lines."""
    for name, tolerance in (("config.json", None), ("model.safetensors", 0),
                            ("reference.safetensors", TOLERANCE)):
        paths = [os.path.join(folder, name) for folder in (made, stored)]
        if not os.path.exists(paths[1]):
            yield f"{name}: missing"
        elif tolerance is None:
            with open(paths[0], "rb") as new, open(paths[1], "rb") as old:
                if new.read() != old.read():
                    yield f"{name}: differs"
        else:
            new, old = map(load_file, paths)
            if new.keys() != old.keys():
                yield f"{name}: other tensors"
                continue
            for key in sorted(new):
                if new[key].shape != old[key].shape:
                    yield f"{name}: {key}: another shape"
                elif not np.allclose(new[key], old[key], tolerance, tolerance):
                    yield (f"{name}: {key}: differs by "
                           f"{np.abs(new[key] - old[key]).max():.2g}")


def main():
    parser = argparse.ArgumentParser(
        description="Writes tiny checkpoints of each decoder family with what "
        "transformers computes from them.")
    parser.add_argument("--out", metavar="FOLDER", default=os.path.join(
        ROOT, "tests", "golden", "families"))
    parser.add_argument("--only", metavar="CASE", nargs="+", choices=CASES,
                        default=list(CASES))
    parser.add_argument("--check", action="store_true",
                        help="compare with the files present; write nothing")
    args = parser.parse_args()
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    failed = 0
    for name in args.only:
        stored = os.path.join(args.out, name)
        if not args.check:
            make(name, CASES[name], stored)
            continue
        with tempfile.TemporaryDirectory() as made:
            make(name, CASES[name], made)
            lines = list(differences(made, stored))
        for line in lines:
            print(f"{name}/{line}")
        failed += bool(lines)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()

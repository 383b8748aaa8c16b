#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tiny random checkpoints of every family, with what transformers makes of them.

Each case becomes tests/golden/families/CASE with config.json and
model.safetensors as published checkpoints have them, and reference.safetensors:

  tokens  int32 [T]
  hidden  float32 [layers + 1, T, D]   what enters each layer; then what leaves
                                       the last, before the final norm
  final   float32 [T, D]               after the final norm, if there is one
  logits  float32 [T, V]

By hand; needs torch, transformers and safetensors:
  tools/make_reference.py [--only CASE]
"""

import argparse
import json
import pathlib
import zlib

import safetensors.torch
import torch
import transformers

OUT = pathlib.Path(__file__).resolve().parent.parent / "tests/golden/families"
VOCAB, WIDTH, TOKENS = 67, 32, 26

# Sizes by the names that most families use, and by GPT-2's and others'.
SIZES = dict(vocab_size=VOCAB, hidden_size=WIDTH, intermediate_size=52,
             num_hidden_layers=2, num_attention_heads=4,
             max_position_embeddings=64)
GROUPED = dict(SIZES, num_key_value_heads=2)
GPT2 = dict(vocab_size=VOCAB, n_embd=WIDTH, n_layer=2, n_head=4, n_positions=64)
OPT = dict(vocab_size=VOCAB, hidden_size=WIDTH, ffn_dim=52, num_hidden_layers=2,
           num_attention_heads=4, max_position_embeddings=64,
           word_embed_proj_dim=WIDTH, pad_token_id=1)
MPT = dict(vocab_size=VOCAB, d_model=WIDTH, n_heads=4, n_layers=2,
           max_seq_len=64)
BLOOM = dict(vocab_size=VOCAB, hidden_size=36, n_layer=2, n_head=6)
FALCON = dict(vocab_size=VOCAB, hidden_size=WIDTH, num_hidden_layers=2,
              num_attention_heads=4, ffn_hidden_size=52,
              max_position_embeddings=64)
LLAMA3 = {"rope_type": "llama3", "factor": 4.0, "low_freq_factor": 1.0,
          "high_freq_factor": 4.0, "original_max_position_embeddings": 32,
          "rope_theta": 500.0}
YARN = {"rope_type": "yarn", "factor": 4.0, "rope_theta": 10000.0,
        "original_max_position_embeddings": 16}
LONG = {"rope_type": "longrope", "rope_theta": 10000.0,
        "short_factor": [1.0, 1.1, 1.3, 1.6], "long_factor": [2.0, 2.5, 3, 4],
        "original_max_position_embeddings": 64, "factor": 2.0}
SHORT_CONTEXT = dict(LONG, original_max_position_embeddings=16)
GEMMA2 = dict(GROUPED, num_hidden_layers=3, head_dim=12,
              query_pre_attn_scalar=10, sliding_window=7)
GEMMA3_ROPE = {"full_attention": {"rope_type": "linear", "factor": 2.0,
                                  "rope_theta": 100000.0},
               "sliding_attention": {"rope_type": "default",
                                     "rope_theta": 1000.0}}

# Its eager attention adds the slopes twice.
SDPA = ("falcon_rw",)
# config.json in the form of transformers 5.
NEW_FORM = ("llama3_new_form", "gemma3_new_form")
# Names without their first part, and the buffers that files once had.
OLD_FORM = ("gpt2_old_form",)

# case: (model_type, what its configuration says)
CASES = {
    "gpt2": ("gpt2", GPT2),
    "gpt2_scaled": ("gpt2", dict(GPT2, scale_attn_by_inverse_layer_idx=True,
                                 n_inner=40)),
    "gpt2_old_form": ("gpt2", GPT2),
    "gpt_neox": ("gpt_neox", dict(SIZES, rotary_pct=0.5)),
    "gpt_neox_sequential": ("gpt_neox", dict(
        SIZES, use_parallel_residual=False, rotary_pct=0.25)),
    "gptj": ("gptj", dict(GPT2, rotary_dim=4)),
    "codegen": ("codegen", dict(GPT2, rotary_dim=4)),
    "opt": ("opt", OPT),
    "opt_350m": ("opt", dict(OPT, do_layer_norm_before=False,
                             word_embed_proj_dim=20)),
    "bloom": ("bloom", BLOOM),
    "falcon_7b": ("falcon", dict(FALCON, multi_query=True)),
    "falcon_40b": ("falcon", dict(FALCON, new_decoder_architecture=True,
                                  num_kv_heads=2)),
    "falcon_rw": ("falcon", dict(FALCON, alibi=True, multi_query=False,
                                 parallel_attn=False, bias=True)),
    "mpt": ("mpt", dict(MPT, n_heads=6, d_model=36)),
    "mpt_clip": ("mpt", dict(MPT, attn_config=dict(clip_qkv=0.7))),
    "llama": ("llama", GROUPED),
    "llama3": ("llama", dict(GROUPED, rope_parameters=LLAMA3, head_dim=12)),
    "llama3_new_form": ("llama", dict(GROUPED, rope_parameters=LLAMA3)),
    "llama_linear": ("llama", dict(
        GROUPED, attention_bias=True, mlp_bias=True, tie_word_embeddings=True,
        rope_parameters={"rope_type": "linear", "factor": 3.0,
                         "rope_theta": 2000.0})),
    "llama_yarn": ("llama", dict(GROUPED, rope_parameters=YARN)),
    "mistral": ("mistral", dict(GROUPED, sliding_window=9)),
    "qwen2": ("qwen2", GROUPED),
    "qwen2_window": ("qwen2", dict(GROUPED, use_sliding_window=True,
                                   sliding_window=6, max_window_layers=1)),
    "qwen3": ("qwen3", dict(GROUPED, head_dim=12)),
    "gemma": ("gemma", dict(GROUPED, head_dim=12)),
    "gemma2": ("gemma2", dict(GEMMA2, attn_logit_softcapping=2.0,
                              final_logit_softcapping=3.0)),
    "gemma3_text": ("gemma3_text", dict(
        GEMMA2, sliding_window_pattern=3, rope_parameters=GEMMA3_ROPE)),
    "gemma3_new_form": ("gemma3_text", dict(
        GEMMA2, rope_parameters=GEMMA3_ROPE, layer_types=[
            "sliding_attention", "full_attention", "sliding_attention"])),
    "phi": ("phi", dict(SIZES, partial_rotary_factor=0.5)),
    "phi_qk_norm": ("phi", dict(SIZES, qk_layernorm=True)),
    "phi3": ("phi3", dict(GROUPED, pad_token_id=0, sliding_window=9)),
    "phi3_short": ("phi3", dict(GROUPED, pad_token_id=0, rope_parameters=LONG,
                                original_max_position_embeddings=64)),
    "phi3_long": ("phi3", dict(GROUPED, pad_token_id=0,
                               rope_parameters=SHORT_CONTEXT,
                               original_max_position_embeddings=16)),
    "stablelm": ("stablelm", dict(GROUPED, use_qkv_bias=True)),
    "stablelm_parallel": ("stablelm", dict(
        GROUPED, use_parallel_residual=True, qk_layernorm=True)),
    "gpt_bigcode": ("gpt_bigcode", dict(GPT2, multi_query=True)),
    "gpt_bigcode_heads": ("gpt_bigcode", dict(GPT2, multi_query=False)),
    "starcoder2": ("starcoder2", dict(GROUPED, sliding_window=8)),
    "olmo": ("olmo", dict(GROUPED, clip_qkv=0.8)),
    "olmo2": ("olmo2", GROUPED),
    "smollm3": ("smollm3", dict(GROUPED, num_hidden_layers=4,
                                pad_token_id=0, no_rope_layer_interval=2)),
    "cohere": ("cohere", dict(GROUPED, logit_scale=0.3)),
    "cohere_qk_norm": ("cohere", dict(GROUPED, use_qk_norm=True)),
    "granite": ("granite", dict(
        GROUPED, embedding_multiplier=3.0, residual_multiplier=0.4,
        logits_scaling=2.0, attention_multiplier=0.3)),
    "nemotron": ("nemotron", GROUPED),
    "persimmon": ("persimmon", SIZES),
}


def make_random(model, seed):
    """Weights that make every part count."""
    generator = torch.Generator().manual_seed(seed)
    for name, tensor in model.named_parameters():
        noise = torch.randn(tensor.shape, generator=generator)
        if tensor.dim() >= 2:
            noise *= 0.3
        elif name.endswith("bias"):
            noise *= 0.2
        else:
            plus_one = any(word in type(model).__name__.lower()
                           for word in ("gemma", "nemotron"))
            noise = noise * 0.2 + (0.0 if plus_one else 1.0)
        tensor.data = noise.to(torch.float32)
    model.tie_weights()


def decoder_of(model):
    """The module with the layers, and the list of them."""
    for module in model.modules():
        for child in module.children():
            if isinstance(child, torch.nn.ModuleList) and len(child) > 0 and \
                    "norms" not in type(child[0]).__name__.lower() and \
                    any("attn" in n or "attention" in n
                        for n, _ in child[0].named_children()):
                return module, child
    raise ValueError("no layers")


FINAL_NORMS = ("final_layer_norm", "ln_f", "norm_f", "norm", "final_layernorm")


def run(model, tokens):
    hidden, final = [], []
    module, layers = decoder_of(model)
    hooks = []

    def first(args, kwargs):
        return args[0] if args else kwargs["hidden_states"]

    for layer in layers:
        hooks.append(layer.register_forward_pre_hook(
            lambda _, args, kwargs: hidden.append(first(args, kwargs)),
            with_kwargs=True))
    hooks.append(layers[-1].register_forward_hook(
        lambda _, args, out: hidden.append(
            out[0] if isinstance(out, tuple) else out)))
    norms = [getattr(module, name) for name in FINAL_NORMS
             if isinstance(getattr(module, name, None), torch.nn.Module)]
    for norm in norms[:1]:
        hooks.append(norm.register_forward_hook(
            lambda _, args, out: final.append(out)))
    with torch.no_grad():
        logits = model(tokens[None], use_cache=False).logits
    for hook in hooks:
        hook.remove()
    shape = (len(tokens), -1)
    hidden = torch.stack([h.reshape(shape) for h in hidden])
    last = final[0].reshape(shape) if final else hidden[-1].clone()
    return hidden, last, logits.reshape(shape)


def classic(config, model_type):
    """config.json as published checkpoints of the family have it."""
    for key in ("transformers_version", "architectures", "dtype", "torch_dtype",
                "_attn_implementation_autoset", "_name_or_path"):
        config.pop(key, None)
    rope = config.pop("rope_parameters", None)
    if model_type == "gemma3_text" and rope:
        full, local = rope["full_attention"], rope["sliding_attention"]
        config["rope_theta"] = full.pop("rope_theta")
        config["rope_local_base_freq"] = local["rope_theta"]
        config["rope_scaling"] = full
        config.pop("layer_types", None)
    elif rope:
        theta = rope.pop("rope_theta", None)
        partial = rope.pop("partial_rotary_factor", None)
        if model_type == "gpt_neox":
            config["rotary_emb_base"], config["rotary_pct"] = theta, partial
        else:
            config["rope_theta"] = theta
            if partial is not None:
                config["partial_rotary_factor"] = partial
        scaled = rope.get("rope_type", "default") != "default"
        config["rope_scaling"] = rope if scaled else None
        if model_type == "phi3" and scaled:
            config["rope_scaling"] = {
                "type": "longrope", "short_factor": rope["short_factor"],
                "long_factor": rope["long_factor"]}
            if "factor" in rope:
                # Phi-3's own configurations imply it by the two lengths.
                config["max_position_embeddings"] = int(
                    rope["factor"] * config["original_max_position_embeddings"])
    return config


def age(path):
    tensors = {key.removeprefix("transformer."): tensor for key, tensor in
               safetensors.torch.load_file(path).items()}
    for layer in range(2):
        tensors[f"h.{layer}.attn.bias"] = torch.ones(1, 1, 8, 8).tril()
        tensors[f"h.{layer}.attn.masked_bias"] = torch.tensor(-1e4)
    safetensors.torch.save_file(tensors, path)


def make(name):
    model_type, settings = CASES[name]
    attention = "sdpa" if name in SDPA else "eager"
    config = transformers.AutoConfig.for_model(
        model_type, attn_implementation=attention, **settings)
    model = transformers.AutoModelForCausalLM.from_config(
        config, attn_implementation=attention).eval().to(torch.float32)
    seed = zlib.crc32(name.encode())
    make_random(model, seed)
    tokens = torch.randint(0, VOCAB, (TOKENS,),
                           generator=torch.Generator().manual_seed(seed + 1))
    hidden, final, logits = run(model, tokens)
    folder = OUT / name
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    for path in folder.iterdir():
        if path.name not in ("model.safetensors", "config.json"):
            path.unlink()
    config = json.loads((folder / "config.json").read_text())
    if name not in NEW_FORM:
        config = classic(config, model_type)
    if name in OLD_FORM:
        age(folder / "model.safetensors")
    (folder / "config.json").write_text(
        json.dumps(config, indent=1, sort_keys=True) + "\n")
    safetensors.torch.save_file(
        {"tokens": tokens.to(torch.int32), "hidden": hidden.contiguous(),
         "final": final.contiguous(), "logits": logits.contiguous()},
        folder / "reference.safetensors")
    size = sum(p.stat().st_size for p in folder.iterdir())
    print(f"{name}: {size} bytes, largest logit {logits.abs().max():.1f}",
          flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=CASES)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for name in [arguments.only] if arguments.only else CASES:
        try:
            make(name)
        except Exception as error:  # the next case may work
            print(f"{name}: FAILED {type(error).__name__}: {error}")


if __name__ == "__main__":
    main()

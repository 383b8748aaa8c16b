#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains, evaluates and exports lentil models in PyTorch (lentil_torch.py).

A second trainer beside `lentil train`, with the same checkpoints: the oracle
for its gradients, and much faster where an NVIDIA GPU is at hand.

  train_torch.py train --data DIR[:WEIGHT] ... --preset small --out CHECKPOINT
  train_torch.py eval --model CHECKPOINT_OR_NATIVE FILE ...
  train_torch.py export --model CHECKPOINT --out NATIVE
  train_torch.py grad --preset tiny --seed 1 --out GOLDEN

The gradients in tests/golden come from

  train_torch.py grad --preset tiny --seed 1 --out gradients.safetensors
  train_torch.py grad --preset tiny-grouped --seed 2 \\
      --out gradients_grouped.safetensors
"""

import argparse
import json
import lzma
import math
import os
import sys
import time

import numpy as np
import torch
from torch.nn import functional as F

from lentil_torch import (FLOAT, INT8, PRESETS, Decoder, load_model, mean_nats,
                          read_safetensors, save_checkpoint, save_native,
                          write_safetensors)


# --- data ---

def read_bytes(path):
    with (lzma.open if path.endswith(".xz") else open)(path, "rb") as file:
        return np.frombuffer(file.read(), np.uint8)


class Data:
    """Files in memory. A source "PATH:WEIGHT" is a file or folder; without a
    weight it counts by its bytes in MB. The last 1/64 of each file, at most
    64 KiB, is never trained on: the validation part."""

    def __init__(self, sources):
        self.parts, self.validation, odds = [], [], []
        for source in sources:
            path, _, weight = source.partition(":")
            paths = [path] if os.path.isfile(path) else sorted(
                os.path.join(folder, name)
                for folder, _, names in os.walk(path) for name in names)
            files = [read_bytes(p) for p in paths]
            total = sum(map(len, files))
            for data in files:
                kept = len(data) - min(len(data) // 64, 65536)
                self.parts.append(data[:kept])
                self.validation.append(data[kept:])
                odds.append(float(weight or total / 1e6) * len(data) / total)
        self.odds = np.array(odds) / sum(odds)

    def batch(self, rng, count, length):
        rows = []
        for part in rng.choice(len(self.parts), count, p=self.odds):
            data = self.parts[part]
            begin = rng.integers(0, max(1, len(data) - length + 1))
            row = data[begin:begin + length]
            rows.append(np.pad(row, (0, length - len(row)), mode="wrap"))
        return torch.from_numpy(np.stack(rows).astype(np.int64))


@torch.no_grad()
def total_bits(model, mode, data, length, stride, device, batch=8):
    """Bits of `data` in sequences of `length`; with stride < length each
    starts `stride` after the one before and counts only what is new."""
    windows = {}  # sequence length -> [(begin, first position that counts)]
    for begin in range(0, max(1, len(data) - length + stride), stride):
        row = min(length, len(data) - begin)
        windows.setdefault(row, []).append(
            (begin, 0 if begin == 0 else length - stride))
    bits = 0.0
    for row, items in windows.items():
        for i in range(0, len(items), batch):
            some = items[i:i + batch]
            tokens = torch.from_numpy(np.stack(
                [data[begin:begin + row] for begin, _ in some]
            ).astype(np.int64)).to(device)
            nats = F.cross_entropy(model(tokens, mode).flatten(0, 1),
                                   tokens.flatten(), reduction="none")
            nats = nats.view_as(tokens)
            bits += sum(nats[j, first:].double().sum().item()
                        for j, (_, first) in enumerate(some))
    return bits / math.log(2)


# --- optimiser ---

def orthogonalised(m):
    """Newton-Schulz, 5 steps: singular values to about 1."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = m.bfloat16() if m.is_cuda else m
    tall = x.shape[0] > x.shape[1]
    x = (x.T if tall else x) / (x.norm() + 1e-7)
    for _ in range(5):
        s = x @ x.T
        x = a * x + (b * s + c * s @ s) @ x
    return (x.T if tall else x).to(m.dtype)


class Muon(torch.optim.Optimizer):
    """Momentum, orthogonalised; the q, k and v rows each by themselves."""

    def __init__(self, params, lr, split, momentum=0.95):
        super().__init__(params, dict(lr=lr, momentum=momentum))
        self.row_split = split

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                moment = self.state[p].setdefault("m", torch.zeros_like(p))
                moment.lerp_(p.grad, 1 - group["momentum"])
                update = p.grad.lerp(moment, group["momentum"])
                for rows, target in zip(update.split(self.row_split[p]),
                                        p.split(self.row_split[p])):
                    scale = max(1.0, rows.shape[0] / rows.shape[1]) ** 0.5
                    target.sub_(orthogonalised(rows),
                                alpha=group["lr"] * scale)


def make_optimisers(model, options):
    matrices, split, small = [], {}, []
    for name, p in model.named_parameters():
        if name.startswith("blocks.") and p.dim() == 2:
            matrices.append(p)
            split[p] = (model.blocks[0].attn.split if ".qkv." in name
                        else [len(p)])
        elif p.dim() == 1:
            small.append(p)
    adam = torch.optim.Adam([
        dict(params=[model.embed.weight], lr=options.table_rate),
        dict(params=[model.unembed.weight], lr=options.unembed_rate),
        dict(params=small, lr=options.scalar_rate),
    ], betas=(0.9, 0.95), eps=1e-10)
    return [Muon(matrices, options.matrix_rate, split), adam]


# --- sub-commands ---

def run_train(options):
    cuda = options.device.startswith("cuda")
    torch.manual_seed(options.seed)
    torch.backends.cuda.matmul.allow_tf32 = True
    rng = np.random.default_rng(options.seed)
    data = Data(options.data)
    if options.init:
        model, _ = load_model(options.init, options.device)
    else:
        model = Decoder(PRESETS[options.preset]).initialise(
            torch.Generator().manual_seed(options.seed)).to(options.device)
    step_model = (torch.compile(model)
                  if options.compile and hasattr(torch, "compile") else model)
    optimisers = make_optimisers(model, options)
    rates = [(g, g["lr"]) for o in optimisers for g in o.param_groups]
    began = time.time()
    running = 0.0
    for step in range(options.steps):
        left = (options.steps - step) / options.steps
        factor = min(1, (step + 1) / options.warmup, left / options.decay)
        for group, rate in rates:
            group["lr"] = rate * factor
        mode = INT8 if left <= options.int8 else FLOAT
        tokens = data.batch(rng, options.batch, options.length)
        with torch.autocast("cuda" if cuda else "cpu", torch.bfloat16,
                            enabled=cuda and mode == FLOAT):
            loss = mean_nats(step_model, tokens.to(options.device), mode)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimiser in optimisers:
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        running += loss.detach() / math.log(2)
        done = step + 1
        if done % options.log_every and done != options.steps:
            continue
        record = dict(step=done, tokens=done * tokens.numel(),
                      bits_per_byte=round(float(running) / (
                          done % options.log_every or options.log_every), 4),
                      rate=round(factor, 4), seconds=round(time.time() - began))
        running = 0.0
        if done % options.eval_every == 0 or done == options.steps:
            bits = sum(total_bits(model, mode, v, options.length,
                                  options.length, options.device)
                       for v in data.validation if len(v))
            record["validation"] = round(
                bits / max(1, sum(map(len, data.validation))), 4)
            save_checkpoint(options.out, model)
        print(json.dumps(record), flush=True)


def run_eval(options):
    model, mode = load_model(options.model, options.device)
    if options.int8 and mode == FLOAT:
        mode = INT8
    for path in options.files:
        data = read_bytes(path)[:options.limit]
        bits = total_bits(model, mode, data, options.length,
                          options.stride or options.length, options.device)
        print(json.dumps(dict(file=path, bytes=len(data), bits_per_byte=round(
            bits / max(1, len(data)), 5))), flush=True)


def run_export(options):
    save_native(options.out, load_model(options.model)[0])


def run_grad(options):
    """Loss and gradients in float64; without --model a random one, in which no
    tensor is zero and temperatures and sinks differ."""
    generator = torch.Generator().manual_seed(options.seed)
    if options.model:
        model, _ = load_model(options.model)
    else:
        model = Decoder(PRESETS[options.preset])
        for name, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=generator)
            scale = p.shape[-1] ** -0.5 if p.dim() == 2 else 0.4
            p.data = noise * scale + (1.3 if "temperature" in name else 0.0)
    if options.tokens:
        tokens = read_safetensors(options.tokens)[0]["tokens"].astype("<i8")
    else:  # few symbols, so that repeats occur, and both ends of the range
        tokens = torch.randint(250, 262, (2, 24),
                               generator=generator).numpy() % 256
    model.double()
    loss = mean_nats(model, torch.from_numpy(tokens))
    loss.backward()
    tensors = {"tokens": tokens.astype("|u1"),
               "loss": np.array([loss.item()], "<f4")}
    for name, p in model.named_parameters():
        tensors[name] = p.detach().numpy().astype("<f4")
        tensors["grad." + name] = p.grad.numpy().astype("<f4")
    write_safetensors(options.out, tensors, {
        "lentil.format": "checkpoint",
        "lentil.config": json.dumps(model.config)})
    print(json.dumps(dict(loss=loss.item())))


def parse(argv):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available()
                        else "cpu")
    verbs = parser.add_subparsers(dest="verb", required=True)

    train = verbs.add_parser("train")
    train.set_defaults(run=run_train)
    train.add_argument("--data", nargs="+", required=True, metavar="PATH[:W]")
    train.add_argument("--out", required=True)
    train.add_argument("--preset", choices=PRESETS, default="nano")
    train.add_argument("--init", help="start from this checkpoint")
    train.add_argument("--compile", action="store_true")
    for name, value in dict(seed=1, steps=2000, batch=4, length=256, warmup=20,
                            log_every=50, eval_every=500).items():
        train.add_argument("--" + name.replace("_", "-"), type=int,
                           default=value)
    for name, value in dict(matrix_rate=0.02, table_rate=0.02,
                            unembed_rate=0.01, scalar_rate=0.01, decay=0.2,
                            int8=0.1).items():
        train.add_argument("--" + name.replace("_", "-"), type=float,
                           default=value)

    evaluate = verbs.add_parser("eval")
    evaluate.set_defaults(run=run_eval)
    evaluate.add_argument("--model", required=True)
    evaluate.add_argument("--length", type=int, default=2048)
    evaluate.add_argument("--stride", type=int, help="default: the length")
    evaluate.add_argument("--limit", type=int, help="bytes of each file")
    evaluate.add_argument("--int8", action="store_true",
                          help="fake-quantise a checkpoint")
    evaluate.add_argument("files", nargs="+")

    export = verbs.add_parser("export")
    export.set_defaults(run=run_export)
    export.add_argument("--model", required=True)
    export.add_argument("--out", required=True)

    grad = verbs.add_parser("grad")
    grad.set_defaults(run=run_grad)
    grad.add_argument("--model")
    grad.add_argument("--preset", choices=PRESETS, default="tiny")
    grad.add_argument("--seed", type=int, default=1)
    grad.add_argument("--tokens", help="safetensors file with U8 `tokens`")
    grad.add_argument("--out", required=True)
    return parser.parse_args(argv)


def main(argv):
    options = parse(argv)
    torch.set_num_threads(options.threads)
    options.run(options)


if __name__ == "__main__":
    main(sys.argv[1:])

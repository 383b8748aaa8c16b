# SPDX-License-Identifier: Apache-2.0
"""The lentil decoder in plain PyTorch, and its files.

Needs torch >= 1.13 and numpy. Floats here; docs/numerics.md says what the
integer form computes, and the modes INT8... imitate it with straight-through
gradients, for training that knows of the rounding to come.

Letters: B sequences, T positions, N offsets, D width, H heads, G KV heads,
K head width, F MLP width.
"""

import json
import math
import os
import struct

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

START = 256       # the symbol before the first byte
SYMBOLS = 257     # rows of each embedding table
EPSILON = 1e-12   # under the root of every RMS norm
HEAD_STEPS = 32   # int8 steps per unit in q, k and v
MATRIX_STEPS = 31  # integers to each side of zero in matrices
FLOAT, INT8_ACTIVATIONS, INT8 = 0, 1, 2  # what is fake-quantised (INT8: all)


def preset(d_model, heads, kv_heads, head_dim, d_mlp, offsets, windows):
    return dict(family="lentil", d_model=d_model, heads=heads,
                kv_heads=kv_heads, head_dim=head_dim, d_mlp=d_mlp,
                offsets=offsets, windows=windows, rotary_base=10000)


PRESETS = {
    "nano": preset(64, 2, 1, 32, 256, 5, [64, 64, 128, 256]),
    "small": preset(128, 4, 1, 32, 512, 7, [64, 64, 256, 128]),
    "base": preset(256, 8, 2, 32, 1024, 8, [64, 128, 256, 512]),
    "tiny": preset(16, 2, 1, 16, 32, 3, [8, 16]),
    "tiny-grouped": preset(16, 4, 2, 16, 48, 2, [4, 12, 7]),
}

# --- safetensors: u64 header length, JSON header, raw little-endian tensors ---

DTYPES = {"F32": "<f4", "F16": "<f2", "I8": "|i1", "U8": "|u1", "I32": "<i4",
          "U32": "<u4", "I64": "<i8", "U64": "<u8"}


def read_safetensors(path):
    """Returns ({name: numpy array}, {metadata key: string})."""
    with open(path, "rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(size))
        body = file.read()
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        flat = np.frombuffer(body[begin:end], DTYPES[entry["dtype"]])
        tensors[name] = flat.reshape(entry["shape"])
    return tensors, metadata


def write_safetensors(path, tensors, metadata):
    """Writes under a temporary name, then renames."""
    names = {np.dtype(numpy): name for name, numpy in DTYPES.items()}
    header, body = {"__metadata__": metadata}, []
    offset = 0
    for name in sorted(tensors):
        array = np.asarray(tensors[name], order="C")  # keeps 0-d shapes
        header[name] = {"dtype": names[array.dtype],
                        "shape": list(array.shape),
                        "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
        body.append(array.tobytes())
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path + ".tmp", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(body))
    os.replace(path + ".tmp", path)


# --- the model ---

def through(x, quantised):
    """The value of `quantised` with the gradient of `x`."""
    return x + (quantised - x).detach()


def row_scale(x, steps=127):
    return x.detach().abs().amax(-1, keepdim=True).clamp_min(1e-30) / steps


def quantised_rows(x, steps=127):
    scale = row_scale(x, steps)
    return through(x, torch.round(x / scale) * scale)


def rms_norm(x, mode=FLOAT):
    y = x * torch.rsqrt(x.square().mean(-1, keepdim=True) + EPSILON)
    if mode == FLOAT:
        return y
    q = torch.round(x / row_scale(x))
    return through(y, q * torch.rsqrt(q.square().mean(-1, keepdim=True)
                                      + EPSILON))


def quantised_heads(x):
    limit = 127 / HEAD_STEPS
    x = x.clamp(-limit, limit)
    return through(x, torch.round(x * HEAD_STEPS) / HEAD_STEPS)


def linear(x, weight, mode):
    return F.linear(x, quantised_rows(weight, MATRIX_STEPS)
                    if mode == INT8 else weight)


def rotate(x, cos, sin):
    a, b = x.chunk(2, -1)
    return torch.cat((a * cos - b * sin, a * sin + b * cos), -1)


def attend(q, k, v, sink, window):
    """Attention over the last `window` positions, and the sink.

    q [B,G,H/G,T,K], already times temperature / sqrt(K); k, v [B,G,T,K];
    sink [H]. Queries of a block as long as the window see their own block and
    the one before, so the cost is T * 2 * window.
    """
    b, g, per_group, t, width = q.shape
    block = min(window, t)
    n = -(-t // block)
    q = F.pad(q, (0, 0, 0, n * block - t))
    q = q.view(b, g, per_group, n, block, width)
    k, v = (F.pad(y, (0, 0, block, n * block - t)) for y in (k, v))
    k, v = (y.unfold(2, 2 * block, block) for y in (k, v))  # [B,G,n,K,2*block]
    scores = torch.einsum("bghnqk,bgnks->bghnqs", q, k).to(sink.dtype)
    query = torch.arange(n * block, device=q.device).view(n, block, 1) + block
    key = (torch.arange(2 * block, device=q.device)
           + block * torch.arange(n, device=q.device).view(n, 1, 1))
    seen = (key >= block) & (key <= query) & (key > query - window)
    scores = scores.masked_fill(~seen, -math.inf)
    sink = sink.view(1, g, per_group, 1, 1, 1).expand(*scores.shape[:-1], 1)
    p = torch.softmax(torch.cat((scores, sink), -1), -1)[..., :-1]
    o = torch.einsum("bghnqs,bgnks->bghnqk", p.to(v.dtype), v)
    return o.reshape(b, g, per_group, n * block, width)[..., :t, :]


class Attention(nn.Module):
    def __init__(self, c):
        super().__init__()
        h, g, self.width = c["heads"], c["kv_heads"], c["head_dim"]
        self.split = [h * self.width, g * self.width, g * self.width]
        self.qkv = nn.Linear(c["d_model"], sum(self.split), bias=False)
        self.out = nn.Linear(h * self.width, c["d_model"], bias=False)
        self.temperature = nn.Parameter(torch.ones(h))
        self.sink = nn.Parameter(torch.zeros(h))

    def forward(self, x, cos, sin, window, mode):
        b, t, _ = x.shape
        qkv = linear(x, self.qkv.weight, mode)
        q, k, v = (rms_norm(y.float() if y.dtype != torch.float64 else y)
                   for y in (z.view(b, t, -1, self.width).transpose(1, 2)
                             for z in qkv.split(self.split, -1)))
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        if mode != FLOAT:
            q, k, v = map(quantised_heads, (q, k, v))
        heads, groups = q.shape[1], k.shape[1]
        q = q * (self.temperature / math.sqrt(self.width)).view(-1, 1, 1)
        q = q.view(b, groups, heads // groups, t, self.width)
        o = attend(q, k, v, self.sink, window)
        o = o.reshape(b, heads, t, self.width).transpose(1, 2).reshape(b, t, -1)
        if mode != FLOAT:
            o = quantised_rows(o)
        return linear(o, self.out.weight, mode)


class Mlp(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.up = nn.Linear(c["d_model"], c["d_mlp"], bias=False)
        self.down = nn.Linear(c["d_mlp"], c["d_model"], bias=False)

    def forward(self, x, mode):
        z = torch.relu(linear(x, self.up.weight, mode)).square()
        return linear(z if mode == FLOAT else quantised_rows(z),
                      self.down.weight, mode)


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.attn = Attention(c)
        self.mlp = Mlp(c)

    def forward(self, h, cos, sin, window, mode):
        h = h + self.attn(rms_norm(h, mode), cos, sin, window, mode)
        return h + self.mlp(rms_norm(h, mode), mode)


def inputs_of(c):
    """Lists of signed distances; a number N stands for the last N bytes."""
    offsets = c["offsets"]
    return [[k + 1] for k in range(offsets)] if isinstance(offsets, int) \
        else offsets


def input_symbols(terms, tokens):
    """tokens [B,T] -> the sums before each, START where a byte is missing."""
    t, reach = tokens.shape[1], max(abs(d) for d in terms)
    padded = F.pad(tokens, (reach, 0), value=START)
    total = torch.zeros_like(tokens)
    for d in terms:
        part = padded[:, reach - abs(d):reach - abs(d) + t]
        total = total + (part if d > 0 else -part)
    missing = torch.arange(t, device=tokens.device) < reach
    return torch.where(missing, START, total % 256)


class Tables(nn.Module):
    """A table of rows for each of N bytes or sums of bytes, summed."""

    def __init__(self, c):
        super().__init__()
        self.inputs = inputs_of(c)
        self.weight = nn.Parameter(
            torch.empty(len(self.inputs), SYMBOLS, c["d_model"]))

    def forward(self, tokens, mode):
        weight = self.weight
        if mode == INT8:  # one scale per table
            weight = quantised_rows(weight.flatten(1)).view_as(weight)
        return sum(F.embedding(input_symbols(terms, tokens), table)
                   for terms, table in zip(self.inputs, weight))


class Decoder(nn.Module):
    """Parameter names are those of the checkpoint."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.embed = Tables(config)
        self.blocks = nn.ModuleList(Block(config) for _ in config["windows"])
        self.unembed = nn.Linear(config["d_model"], 256, bias=False)

    def initialise(self, generator):
        for name, p in self.named_parameters():
            if p.dim() == 1:
                continue  # temperature 1, sink 0
            std = p.shape[-1] ** -0.5
            if name == "embed.weight":
                std = len(p) ** -0.5
            elif name.endswith(("out.weight", "down.weight", "unembed.weight")):
                std = 0.0
            p.data = torch.randn(p.shape, generator=generator) * std
        return self

    def rotary_frequencies(self):  # [K/2], float64
        width = self.config["head_dim"]
        exponents = torch.arange(0, width, 2, dtype=torch.float64) / width
        return self.config["rotary_base"] ** -exponents

    def forward(self, tokens, mode=FLOAT):
        """tokens [B,T] int64 -> logits [B,T,256], row t for tokens[:, t]."""
        weight = self.embed.weight
        t = tokens.shape[1]
        angles = (torch.arange(t, dtype=torch.float64).unsqueeze(1)
                  * self.rotary_frequencies()).to(weight.device)
        cos, sin = angles.cos().to(weight.dtype), angles.sin().to(weight.dtype)
        h = self.embed(tokens, mode)
        for block, window in zip(self.blocks, self.config["windows"]):
            h = block(h, cos, sin, window, mode)
        return linear(rms_norm(h, mode), self.unembed.weight, mode)


def mean_nats(model, tokens, mode=FLOAT):
    logits = model(tokens, mode)
    if logits.dtype != torch.float64:
        logits = logits.float()
    return F.cross_entropy(logits.flatten(0, 1), tokens.flatten())


# --- checkpoints and native models ---

def save_checkpoint(path, model):
    tensors = {name: p.detach().cpu().numpy().astype("<f4")
               for name, p in model.named_parameters()}
    write_safetensors(path, tensors, {
        "lentil.format": "checkpoint",
        "lentil.config": json.dumps(model.config)})


def native_temperature_factor(head_dim):
    return math.log2(math.e) / (math.sqrt(head_dim) * HEAD_STEPS ** 2)


def native_tensors(model):
    """The int8 tensors of a native model (docs/format.md)."""
    tensors = {}
    factor = native_temperature_factor(model.config["head_dim"])
    state = {n: p.detach().cpu().float() for n, p in model.named_parameters()}
    for name, p in state.items():
        if p.dim() > 1:
            rows = p.flatten(1)
            table = name == "embed.weight"
            scale = row_scale(rows, 127 if table else MATRIX_STEPS)
            tensors[name] = torch.round(rows / scale).view_as(p).to(
                torch.int8).numpy()
            if name == "unembed.weight":
                scale = scale * math.log2(math.e)
            tensors[name.replace(".weight", ".scale")] = (
                scale.squeeze(-1).numpy().astype("<f4"))
        elif name.endswith(".temperature"):
            if p.min() <= 0:
                raise SystemExit(f"{name} must be positive to be exported")
            tensors[name] = (p.double() * factor).numpy().astype("<f4")
    for name, p in state.items():
        if name.endswith(".sink"):
            c = tensors[name.replace(".sink", ".temperature")].astype("<f8")
            steps = np.rint(p.double().numpy() * math.log2(math.e) / c)
            tensors[name] = np.clip(steps, -2**30, 2**30).astype("<i4")
    tensors["rotary.step"] = torch.round(
        model.rotary_frequencies() * (2**32 / (2 * math.pi))
    ).numpy().astype("<u4")
    return tensors


def save_native(path, model, card="{}"):
    name = os.path.splitext(os.path.basename(path))[0]
    write_safetensors(path, native_tensors(model), {
        "lentil.format": "native", "lentil.numerics": "1",
        "lentil.config": json.dumps(model.config),
        "lentil.name": name, "lentil.card": card})


def float_from_native(name, tensors, head_dim):
    value = torch.from_numpy(tensors[name].astype("<f8"))
    if name.endswith(".weight"):
        scale = tensors[name.replace(".weight", ".scale")].astype("<f8")
        if name == "unembed.weight":
            scale = scale / math.log2(math.e)
        return (value.flatten(1) * torch.from_numpy(scale).unsqueeze(1)
                ).view_as(value)
    if name.endswith(".temperature"):
        return value / native_temperature_factor(head_dim)
    c = tensors[name.replace(".sink", ".temperature")].astype("<f8")
    return value * torch.from_numpy(c) / math.log2(math.e)


def load_model(path, device="cpu"):
    """A checkpoint or native model -> (Decoder, mode it is evaluated in)."""
    tensors, metadata = read_safetensors(path)
    model = Decoder(json.loads(metadata["lentil.config"]))
    native = metadata["lentil.format"] == "native"
    for name, p in model.named_parameters():
        value = (float_from_native(name, tensors, model.config["head_dim"])
                 if native else torch.from_numpy(tensors[name].copy()))
        if value.shape != p.shape:
            raise SystemExit(f"{path}: {name} has the wrong shape")
        p.data = value.float()
    return model.to(device), INT8_ACTIVATIONS if native else FLOAT

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of the PyTorch program. Exit status 77 (skipped) without torch."""

import json
import math
import os
import sys
import tempfile
import unittest

try:
    import numpy as np
    import torch
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lentil_torch  # noqa: E402
import train_torch  # noqa: E402

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                      "../tests/golden")


def slow_loss(w, c, tokens):
    """The model of docs/numerics.md, one position at a time, by the text."""
    norm = lambda x: x / math.sqrt(np.mean(x * x) + 1e-12)
    heads, groups, width = c["heads"], c["kv_heads"], c["head_dim"]
    half = width // 2

    def rotated(x, t):
        angle = t * c["rotary_base"] ** (-2 * np.arange(half) / width)
        cos, sin, a, b = np.cos(angle), np.sin(angle), x[:half], x[half:]
        return np.concatenate((a * cos - b * sin, a * sin + b * cos))

    nats = 0.0
    for text in tokens:
        keys = [[] for _ in c["windows"]]
        values = [[] for _ in c["windows"]]
        for t in range(len(text)):
            h = np.zeros(c["d_model"])
            inputs = lentil_torch.inputs_of(c)
            for table, terms in zip(w["embed.weight"], inputs):
                reach = max(abs(d) for d in terms)
                before = 256 if reach > t else sum(
                    int(text[t - abs(d)]) * (1 if d > 0 else -1)
                    for d in terms) % 256
                h = h + table[before]
            for layer, window in enumerate(c["windows"]):
                p = f"blocks.{layer}."
                parts = (w[p + "attn.qkv.weight"] @ norm(h)).reshape(-1, width)
                q = [rotated(norm(x), t) for x in parts[:heads]]
                keys[layer].append(
                    [rotated(norm(x), t) for x in parts[heads:heads + groups]])
                values[layer].append(
                    [norm(x) for x in parts[heads + groups:]])
                out = []
                for head in range(heads):
                    g = head // (heads // groups)
                    scale = (w[p + "attn.temperature"][head]
                             / math.sqrt(width))
                    top = math.exp(w[p + "attn.sink"][head])
                    below, above = top, np.zeros(width)
                    for j in range(max(0, t - window + 1), t + 1):
                        e = math.exp(scale * (q[head] @ keys[layer][j][g]))
                        below += e
                        above = above + e * values[layer][j][g]
                    out.append(above / below)
                h = h + w[p + "attn.out.weight"] @ np.concatenate(out)
                z = np.maximum(w[p + "mlp.up.weight"] @ norm(h), 0) ** 2
                h = h + w[p + "mlp.down.weight"] @ z
            logits = w["unembed.weight"] @ norm(h)
            nats += math.log(np.exp(logits).sum()) - logits[text[t]]
    return nats / tokens.size


def golden(name):
    tensors, metadata = lentil_torch.read_safetensors(
        os.path.join(GOLDEN, name))
    weights = {n: t.astype("<f8") for n, t in tensors.items()
               if n.endswith(("weight", "temperature", "sink"))
               and not n.startswith("grad.")}
    return tensors, weights, json.loads(metadata["lentil.config"])


def random_model(config, seed=3):
    model = lentil_torch.Decoder(config)
    generator = torch.Generator().manual_seed(seed)
    for name, p in model.named_parameters():
        p.data = torch.randn(p.shape, generator=generator) * 0.3
        if "temperature" in name:
            p.data = p.data.abs() + 0.5
    return model


class GoldenTest(unittest.TestCase):
    NAMES = ("gradients.safetensors", "gradients_grouped.safetensors")

    def test_loss_equals_the_slow_form(self):
        for name in self.NAMES:
            tensors, weights, config = golden(name)
            loss = slow_loss(weights, config, tensors["tokens"])
            self.assertAlmostEqual(loss, float(tensors["loss"][0]), delta=1e-6)

    def test_gradients_equal_finite_differences(self):
        for name in self.NAMES:
            tensors, weights, config = golden(name)
            rng = np.random.default_rng(1)
            for parameter in sorted(weights):
                direction = rng.standard_normal(weights[parameter].shape)
                expected = np.sum(
                    tensors["grad." + parameter].astype("<f8") * direction)
                losses = [slow_loss(
                    {**weights, parameter: weights[parameter] + s * direction},
                    config, tensors["tokens"]) for s in (1e-5, -1e-5)]
                found = (losses[0] - losses[1]) / 2e-5
                self.assertAlmostEqual(found, expected, delta=2e-6 + 1e-4 *
                                       abs(expected), msg=parameter)

    def test_this_torch_gives_the_stored_gradients(self):
        for name in self.NAMES:
            tensors, weights, config = golden(name)
            model = lentil_torch.Decoder(config).double()
            for n, p in model.named_parameters():
                p.data = torch.from_numpy(weights[n])
            tokens = torch.from_numpy(tensors["tokens"].astype("<i8"))
            lentil_torch.mean_nats(model, tokens).backward()
            for n, p in model.named_parameters():
                np.testing.assert_allclose(p.grad.numpy(),
                                           tensors["grad." + n],
                                           rtol=1e-5, atol=1e-8, err_msg=n)


class FilesTest(unittest.TestCase):
    def test_checkpoint_round_trip_is_exact(self):
        model = random_model(lentil_torch.PRESETS["tiny"])
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "m.safetensors")
            lentil_torch.save_checkpoint(path, model)
            again, mode = lentil_torch.load_model(path)
        self.assertEqual(mode, lentil_torch.FLOAT)
        for (n, p), q in zip(model.named_parameters(), again.parameters()):
            self.assertTrue(torch.equal(p, q), n)

    def test_sums_of_bytes_enter_as_written(self):
        config = {**lentil_torch.PRESETS["tiny"],
                  "offsets": [[1], [5, 1, -6], [-2]]}
        model = random_model(config).double()
        tokens = torch.randint(0, 256, (2, 20),
                               generator=torch.Generator().manual_seed(6))
        weights = {n: p.detach().numpy() for n, p in model.named_parameters()}
        self.assertAlmostEqual(float(lentil_torch.mean_nats(model, tokens)),
                               slow_loss(weights, config, tokens.numpy()),
                               delta=1e-6)

    def test_native_model_equals_the_int8_mode_of_its_checkpoint(self):
        model = random_model(lentil_torch.PRESETS["tiny-grouped"])
        tokens = torch.randint(0, 256, (2, 40),
                               generator=torch.Generator().manual_seed(5))
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "m.safetensors")
            lentil_torch.save_native(path, model)
            native, mode = lentil_torch.load_model(path)
        self.assertEqual(mode, lentil_torch.INT8_ACTIVATIONS)
        with torch.no_grad():
            a = lentil_torch.mean_nats(model, tokens, lentil_torch.INT8)
            b = lentil_torch.mean_nats(native, tokens, mode)
        self.assertAlmostEqual(float(a), float(b), delta=2e-3)


class TrainingTest(unittest.TestCase):
    def test_total_bits_counts_every_byte_once(self):
        model = lentil_torch.Decoder(lentil_torch.PRESETS["tiny"]).initialise(
            torch.Generator().manual_seed(1))  # unembed 0: 8 bits per byte
        rng = np.random.default_rng(1)
        for size in (1, 9, 10, 11, 64, 101):
            data = rng.integers(0, 256, size).astype(np.uint8)
            for stride in (3, 5, 10):
                bits = train_torch.total_bits(
                    model, lentil_torch.FLOAT, data, 10, stride, "cpu")
                self.assertAlmostEqual(bits, 8 * size, delta=1e-3)

    def test_a_short_run_learns_and_exports(self):
        with tempfile.TemporaryDirectory() as folder:
            text = os.path.join(folder, "text")
            line = b"the quick brown fox jumps over the lazy dog. "
            with open(text, "wb") as file:
                file.write(line * 99)
            out = os.path.join(folder, "m")
            train_torch.main(["train", "--data", text, "--out", out,
                              "--preset", "tiny", "--steps", "60",
                              "--batch", "4", "--length", "64"])
            train_torch.main(["export", "--model", out, "--out", out + ".n"])
            bits = []
            for path in (out, out + ".n"):
                model, mode = lentil_torch.load_model(path)
                bits.append(train_torch.total_bits(
                    model, mode, train_torch.read_bytes(text)[:512], 128, 128,
                    "cpu") / 512)
        self.assertLess(bits[0], 1.5)
        self.assertAlmostEqual(bits[0], bits[1], delta=0.05)


if __name__ == "__main__":
    unittest.main()

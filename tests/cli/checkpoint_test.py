# SPDX-License-Identifier: Apache-2.0
"""-m with a checkpoint of other origin: ../shared/models beside the checkout."""

import hashlib
import json
import os
import random
import shutil
import string
import sys
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from harness import (CANNOT, CORRUPT, FAILED, USAGE, CliTest,
                     english)  # noqa: E402

MODELS = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                      "../../../shared/models")
STORIES = os.path.join(MODELS, "stories260K", "stories260K.gguf")

STORY = (b"Once upon a time, there was a little girl named Lily. She loved to "
         b"play outside in the park with her mom. One day, she saw a big dog "
         b"and wanted to pet it. The dog was very happy and ran to her. ")


GOLDENS = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                       "../golden/families")


def letters(count):
    """A tokenizer.json of so many byte-level tokens: characters and a merge."""
    tokens = list((string.ascii_lowercase + string.digits + ",.!?" +
                   string.ascii_uppercase)[:count - 3])
    tokens += ["\u0120", "th", "<|end|>"]
    return json.dumps({
        "added_tokens": [{"id": count - 1, "content": "<|end|>",
                          "special": True}],
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False,
                          "use_regex": True},
        "model": {"type": "BPE", "merges": ["t h"],
                  "vocab": {token: i for i, token in enumerate(tokens)}},
    }).encode()


class ConvertTest(CliTest):
    """model convert, of the repository's own tiny checkpoints."""

    def family(self, name):
        """A golden's folder with a tokenizer in it, here."""
        folder = self.path(name)
        os.mkdir(folder)
        for file in ("config.json", "model.safetensors"):
            shutil.copyfile(os.path.join(GOLDENS, name, file),
                            os.path.join(folder, file))
        self.write(name + "/tokenizer.json", letters(67))
        return folder

    def code(self, model):
        """What the model makes of the file f, without the name of the model."""
        self.lentil("compress", "-q", "-f", "-k", "-m", model, "f")
        frame, = json.loads(self.lentil("list", "--json",
                                        "f.ltl").stdout)[0]["frames"]
        self.assertEqual(frame["kind"], "model")  # or nothing is compared
        code = self.read("f.ltl")[frame["stored_offset"]:]
        return hashlib.sha256(code).hexdigest()

    def test_the_same_model(self):
        draw = random.Random(1)  # what context models learn and zstd does not see
        self.write("f", "".join(draw.choice("tnsrhldm") + draw.choice("aei")
                                for _ in range(4000)).encode())
        for name in ("llama", "gemma3_text", "gpt2", "gpt_neox", "phi3_long",
                     "stablelm_parallel"):
            folder = self.family(name)
            self.lentil("model", "convert", folder, name + ".gguf")
            verified = self.lentil("model", "verify", name + ".gguf").stderr
            self.assertIn("the tokenizer restores", verified)
            self.assertEqual(self.code(name + ".gguf"), self.code(folder))
        # Other weights would have been seen.
        before = self.code("llama")
        weights = self.read("llama/model.safetensors")
        self.write("llama/model.safetensors", weights[:-400] + bytes(400))
        self.assertNotEqual(self.code("llama"), before)

    def test_types(self):
        folder = self.family("gpt_neox")
        sizes = {}
        for kind in ("f32", "f16", "bf16", "q8_0", "q4_0", "q4_1"):
            self.lentil("model", "convert", "--type", kind, folder, kind)
            self.lentil("model", "verify", "-q", kind)
            sizes[kind] = os.path.getsize(self.path(kind))
        self.assertLess(sizes["f16"], sizes["f32"])
        self.assertLess(sizes["q4_0"], sizes["q8_0"])
        # At once, or the GGUF file again: the same file.
        self.lentil("model", "quantize", "--type", "q8_0", "f32", "again")
        self.assertEqual(self.read("again"), self.read("q8_0"))

    def test_what_is_refused(self):
        unknown = self.lentil("model", "convert", self.family("opt"), "x",
                              expect=CANNOT)
        self.assertIn("opt", unknown.stderr)
        feature = self.lentil("model", "convert", self.family("qwen2_window"),
                              "x", expect=CANNOT)
        self.assertIn("window", feature.stderr)
        folder = self.family("llama")
        os.remove(os.path.join(folder, "tokenizer.json"))
        lacking = self.lentil("model", "convert", folder, "x", expect=CORRUPT)
        self.assertIn("no tokenizer", lacking.stderr)
        weights = os.path.join(folder, "model.safetensors")
        os.remove(weights)
        os.mkfifo(weights)
        for words in (["convert", folder, "x"], ["info", folder],
                      ["info", weights], ["verify", folder],
                      ["verify", weights], ["verify", "/dev/zero"],
                      ["quantize", "--type", "q8_0", weights, "x"]):
            pipe = self.lentil("model", *words, expect=FAILED)
            self.assertIn("not a regular file", pipe.stderr)
        pipe = self.lentil("generate", "-m", weights, "--prompt", "x",
                           expect=FAILED)
        self.assertIn("not a regular file", pipe.stderr)
        self.assertFalse(os.path.exists(self.path("x")))


class CheckpointTest(CliTest):

    def setUp(self):
        super().setUp()
        if not os.path.exists(STORIES):
            self.skipTest("no shared models beside the checkout")
        self.text = STORY + b"\xff\x00 \xe2\x96\x81 The end.\n"
        self.write("f", self.text)

    def compress(self, *flags, model=STORIES, **kwargs):
        self.lentil("compress", "-q", "-f", "-m", model, *flags, "f", **kwargs)
        return self.read("f.ltl")

    def test_comes_back_and_names_its_model(self):
        coded = self.compress()
        self.assertLess(len(coded), len(self.text) * 2 // 3)
        frames = json.loads(self.lentil("list", "--json", "-v",
                                        "f.ltl").stdout)
        self.assertIn("model", json.dumps(frames))
        os.remove(self.path("f"))
        refused = self.lentil("decompress", "f.ltl", expect=CANNOT)
        self.assertIn("needs model", refused.stderr)
        self.assertFalse(os.path.exists(self.path("f")))
        self.lentil("decompress", "-q", "-m", STORIES, "f.ltl")
        self.assertEqual(self.read("f"), self.text)

    def test_one_file_from_any_machine(self):
        self.write("f", english()[:6000])
        coded = self.compress("-T1")
        self.assertEqual(self.compress("-T3", "--no-verify"), coded)
        self.assertEqual(
            self.compress("--no-verify", env={"LENTIL_KERNELS": "scalar"}),
            coded)

    def test_what_is_wrong_is_said(self):
        folder = self.path("model")
        shutil.copytree(os.path.join(MODELS, "stories260K"), folder)
        for root, _, files in os.walk(folder):
            for name in files:
                os.chmod(os.path.join(root, name), 0o644)
        os.chmod(folder, 0o755)
        lacking = self.lentil("compress", "-m", folder, "f", expect=CORRUPT)
        self.assertIn("tokenizer", lacking.stderr)
        gguf = os.path.join(folder, "stories260K.gguf")
        with open(gguf, "r+b") as file:
            file.truncate(500000)
        cut = self.lentil("compress", "-m", gguf, "f", expect=CORRUPT)
        self.assertIn("stories260K.gguf", cut.stderr)
        config = os.path.join(folder, "config.json")
        with open(config, "w", encoding="utf-8") as file:
            json.dump({"model_type": "elephant"}, file)
        with open(os.path.join(folder, "tokenizer.model"), "wb") as file:
            with open(os.path.join(folder, "tok512.model"), "rb") as source:
                file.write(source.read())
        unknown = self.lentil("compress", "-m", folder, "f", expect=CANNOT)
        self.assertIn("elephant", unknown.stderr)
        self.assertFalse(os.path.exists(self.path("f.ltl")))

    def test_records_want_a_native_model(self):
        refused = self.lentil("compress", "--records=lines", "-m", STORIES,
                              "f", expect=CANNOT)
        self.assertIn("records", refused.stderr)

    def test_info(self):
        shown = self.lentil("model", "info", STORIES).stdout.decode()
        self.assertIn("5 layers, width 64", shown)
        self.assertIn("512 of 512", shown)
        folder = os.path.join(MODELS, "stories260K")
        told = json.loads(self.lentil("model", "info", "--json",
                                      folder).stdout)[0]
        self.assertEqual(told["family"], "llama")
        self.assertIn("no tokenizer", told["no_tokenizer"])

    def test_quantised_copy(self):
        small = self.path("small.gguf")
        usage = self.lentil("model", "quantize", STORIES, small, expect=USAGE)
        self.assertIn("--type", usage.stderr)
        said = self.lentil("model", "quantize", "--type", "q4_0", STORIES,
                           small).stderr
        self.assertIn("1.17 MB", said)
        self.assertIn("ffn_down", said)  # 172 wide: no whole blocks
        self.assertLess(os.path.getsize(small), 280000)
        there = self.lentil("model", "quantize", "--type", "q4_0", STORIES,
                            small, expect=FAILED)
        self.assertIn("exists", there.stderr)
        again = self.lentil("model", "quantize", "--type", "q8_0", small,
                            self.path("again.gguf"), expect=USAGE)
        self.assertIn("--requantize", again.stderr)
        self.assertFalse(os.path.exists(self.path("again.gguf")))
        coded = self.compress(model=small)
        self.assertLess(len(coded), len(self.text) * 3 // 4)
        self.lentil("decompress", "-q", "-f", "-m", small, "f.ltl")
        self.assertEqual(self.read("f"), self.text)

    def test_converted_folder(self):
        folder = self.path("stories")
        os.mkdir(folder)
        source = os.path.join(MODELS, "stories260K")
        for name, to in (("config.json", "config.json"),
                         ("model.safetensors", "model.safetensors"),
                         ("tok512.model", "tokenizer.model")):
            shutil.copy(os.path.join(source, name), os.path.join(folder, to))
        one = self.path("one.gguf")
        self.lentil("model", "convert", folder, one)
        self.lentil("compress", "-q", "-f", "-m", folder, "-o", "folder.ltl",
                    "f")
        self.lentil("compress", "-q", "-f", "-m", one, "-o", "file.ltl", "f")
        self.assertEqual(len(self.read("file.ltl")),
                         len(self.read("folder.ltl")))
        self.lentil("model", "convert", "--type", "q8_0", folder, "-f", one)
        self.assertLess(os.path.getsize(one), 400000)
        already = self.lentil("model", "convert", one, self.path("two.gguf"),
                              expect=USAGE)
        self.assertIn("is GGUF already", already.stderr)

    def test_verify(self):
        said = self.lentil("model", "verify", STORIES, "nano").stderr
        self.assertIn("token by token, on scalar", said)
        self.assertIn("nano: the same frequencies at once", said)
        self.assertIn("nano: ok", said)
        with open(STORIES, "rb") as file:
            damaged = bytearray(file.read())
        damaged[-4:] = b"\x00\x00\x80\x7f"  # infinity
        self.write("bad.gguf", bytes(damaged))
        bad = self.lentil("model", "verify", "bad.gguf", expect=CORRUPT)
        self.assertIn("is not finite", bad.stderr)

    def test_eval(self):
        figures = json.loads(self.lentil("eval", "--json", "-m", STORIES,
                                         "f").stdout)
        self.assertGreater(figures["model"]["weights"], 200000)
        self.assertLess(figures["total"]["bits_per_byte"], 5)

    def test_pieces_are_coded_by_the_model_alone(self):
        size = len(STORY)
        self.write("f", STORY * 8)
        total = json.loads(self.lentil("eval", "--json", "-m", STORIES,
                                       "--chunk", str(size),
                                       "f").stdout)["total"]
        # A record for each, none of which has learnt from another.
        self.assertEqual(total["pieces"], 8)
        self.assertEqual(total["compressed_bytes"] % 8, 0)
        self.assertLess(total["bits_per_byte"], 3)


if __name__ == "__main__":
    unittest.main()

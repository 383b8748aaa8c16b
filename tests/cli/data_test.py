# SPDX-License-Identifier: Apache-2.0
"""Data files that unpack, in bounded memory; files that cannot be used."""

import json
import lzma
import os
import struct
import unittest
import wave
import zlib

from harness import (CANNOT, CORRUPT, FAILED, OK, USAGE, CliTest, LENTIL,
                     embedded_models, noise, prose)

MIB = 1 << 20
CEILING = 512 * MIB  # docs/cli.md, "Data that unpack"
KIND = {"text": "zstd", "gray": "png", "audio16": "gzip", "audio8": "gzip"}


def zeros_zst(size, window=0x38):
    """A .zst of zeros, 4 bytes for 128 KiB of them: blocks that repeat one."""
    blocks = [(131072, 0)] * (size // 131072)
    code = b"\x28\xb5\x2f\xfd\0" + bytes([window])
    for i, (length, byte) in enumerate(blocks):
        last = i + 1 == len(blocks)
        code += (length << 3 | 1 << 1 | last).to_bytes(3, "little")
        code += bytes([byte])
    return code


def zeros_xz(size):
    packer = lzma.LZMACompressor(preset=0)
    piece = bytes(16 * MIB)
    code = b"".join(packer.compress(piece) for _ in range(size // len(piece)))
    return code + packer.flush()


def with_dictionary(code, bits):
    """An .xz that claims another dictionary size (40: 4 GiB)."""
    code = bytearray(code)
    end = 12 + (code[12] + 1) * 4
    assert code[14:16] == b"\x21\x01"
    code[16] = bits
    code[end - 4:end] = zlib.crc32(code[12:end - 4]).to_bytes(4, "little")
    return bytes(code)


def zeros_png(width, height):
    """Of black pixels in colour."""
    def chunk(kind, data):
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check
    packer = zlib.compressobj(1)
    row = bytes(1 + 3 * width)
    rows = b"".join(packer.compress(row) for _ in range(height))
    rows += packer.flush()
    # A text that unpacks to 4 MiB, twenty times.
    text = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(4 * MIB)))
    return (b"\x89PNG\r\n\x1a\n" +
            chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0,
                                       0)) +
            20 * text + chunk(b"IDAT", rows) + chunk(b"IEND", b""))


class DataTest(CliTest):
    def peak(self, *args, expect=OK, below=CEILING):
        """Runs lentil; demands the exit code and so little memory, in bytes.
        Returns standard error."""
        with open(self.path("errors"), "wb") as errors, \
                open(os.devnull, "wb") as nothing:
            process = self.start(*args, stdout=nothing, stderr=errors)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        said = self.read("errors").decode()
        self.assertEqual(process.returncode, expect, said)
        print(f"{' '.join(map(str, args))}: {usage.ru_maxrss >> 10} MiB")
        self.assertLess(usage.ru_maxrss << 10, below)
        return said

    def assert_one_message(self, said, *parts):
        lines = said.splitlines()
        self.assertEqual(len(lines), 1, said)
        for part in parts:
            self.assertIn(part, lines[0])


class BombTest(DataTest):
    SIZE = 1024 * MIB

    def setUp(self):
        super().setUp()
        self.write("bomb.zst", zeros_zst(self.SIZE))

    def test_a_limit_bounds_what_is_unpacked(self):
        self.peak("eval", "--set", "text", "--limit", "2", "--subjects",
                  "gzip", "bomb.zst", below=256 * MIB)
        self.peak("mdl", "--presets", "tiny", "--epochs", "2", "--limit",
                  "4KiB", "bomb.zst", below=256 * MIB)

    @unittest.skipUnless(embedded_models(), "no model is embedded")
    def test_contamination_reads_the_beginnings(self):
        self.write("a", prose(2000))
        self.write("references/b.zst", zeros_zst(self.SIZE))
        self.peak("contamination", "-m", embedded_models()[0], "--limit",
                  "1KiB", "--reference", "references", "a", "bomb.zst",
                  below=128 * MIB)

    def test_without_a_limit_they_are_refused_below_the_ceiling(self):
        self.write("bomb.xz", zeros_xz(400 * MIB))
        for name in ("bomb.zst", "bomb.xz"):
            self.assert_one_message(
                self.peak("eval", "--set", "text", "--subjects", "gzip", name,
                          expect=FAILED),
                f"{name}: ", "128 MiB", "--limit", "-M")
            self.assert_one_message(
                self.peak("mdl", "--presets", "tiny", name, expect=FAILED,
                          below=128 * MIB),
                f"{name}: ", "32 MiB", "--limit", "-M")
            self.assert_one_message(
                self.peak("train", "--preset", "tiny", "--bytes", "4k",
                          "--data", name, "--out", "m", expect=FAILED),
                f"{name}: ", "192 MiB", "-M")
            self.assert_one_message(
                self.peak("repro", "lmic-tokenization", "--text", name,
                          "--quick", expect=FAILED),
                f"{name}: ", "32 MiB", "-M")

    def test_a_memory_limit_is_obeyed_and_raises_the_ceiling(self):
        for args in (("eval", "--set", "text"), ("mdl",),
                     ("train", "--bytes", "4k", "--out", "m", "--data")):
            self.assert_one_message(
                self.peak(*args, "bomb.zst", "-M", "10MiB", expect=FAILED,
                          below=100 * MIB),
                "bomb.zst: ", "10 MiB")
        self.write("plain", bytes(3 * MIB))
        for args in (("eval",), ("eval", "--chunk", "2k"),
                     ("eval", "--set", "text"), ("mdl",),
                     ("train", "--bytes", "4k", "--out", "m", "--data")):
            said = self.lentil(*args, "plain", "-M", "2MiB",
                               expect=FAILED).stderr
            self.assertIn("plain: ", said)
            self.assertIn("2 MiB", said)
        self.write("150.zst", zeros_zst(150 * MIB))
        self.peak("eval", "--set", "text", "--chunk", "1MiB", "--subjects",
                  "gzip", "150.zst", "-M", "1GiB", below=1024 * MIB)

    def test_unpacking_itself_is_bounded(self):
        self.write("dictionary.xz", with_dictionary(zeros_xz(16 * MIB), 40))
        self.write("window.zst", zeros_zst(MIB, window=21 << 3))
        for name, hint in (("dictionary.xz", "xz -9"),
                           ("window.zst", "--long=27")):
            said = self.peak("eval", "--set", "text", "--limit", "2", name,
                             expect=FAILED, below=256 * MIB)
            self.assert_one_message(said, f"{name}: ", hint)

    def test_pictures(self):
        self.write("a.png", zeros_png(16384, 8192))
        for flags in (("--limit", "2"), ()):
            self.peak("eval", "--set", "gray", "--subjects", "gzip", *flags,
                      "a.png", below=448 * MIB)

    def test_noise(self):
        self.assert_one_message(
            self.peak("eval", "--set", "random", "--limit", str(10**15),
                      "--subjects", "gzip", expect=FAILED, below=64 * MIB),
            "random: ")


class SameChunksTest(DataTest):
    """What is read twice gives the chunks that it gives at once."""

    def figures(self, *args):
        args = ("--positions", "p.csv", "-f", "--json", *args)
        done = self.lentil("eval", *args)
        return json.loads(done.stdout)["subjects"][0]["total"], done.stderr

    def check(self, kind, *names):
        for seed in ("1", "2"):
            flags = ("--set", kind, "--limit", "9", "--seed", seed,
                     "--subjects", KIND[kind], *names)
            once, _ = self.figures(*flags)
            twice, _ = self.figures("-M", "20KiB", *flags)
            for figure in ("bytes", "compressed_bytes", "pieces",
                           "interval_95"):
                self.assertEqual(once[figure], twice[figure], kind)
            self.assertEqual(once["pieces"], 9)
        self.assertIn("-M", self.lentil("eval", "-M", "10KiB", *flags,
                                        expect=FAILED).stderr)

    def test_text(self):
        # Every chunk has another size.
        chunks = [noise(20 * i, seed=i) + bytes(2048 - 20 * i)
                  for i in range(100)]
        self.write("a", b"".join(chunks[:37]) + b"rest")
        self.write("b.xz", lzma.compress(b"".join(chunks[37:80]) + b"more"))
        self.write("c.zst", zeros_zst(4 * 131072))
        self.write("cut.xz", self.read("b.xz")[:-30])
        self.check("text", "a", "b.xz", "c.zst")
        # What fails counts in neither reading.
        flags = ("--set", "text", "--limit", "9", "--json", "--subjects",
                 "zstd", "a", "cut.xz", "b.xz")
        both = [json.loads(self.lentil("eval", *memory, *flags,
                                       expect=CORRUPT).stdout)
                for memory in ((), ("-M", "20KiB"))]
        self.assertEqual(both[0]["subjects"][0]["total"]["compressed_bytes"],
                         both[1]["subjects"][0]["total"]["compressed_bytes"])

    def test_pictures(self):
        for i, height in enumerate((100, 320)):
            pixels = b"".join(noise(130, seed=i + y)[:y % 130].ljust(130, b"a")
                              for y in range(height))
            self.write(f"{i}.pgm", b"P5 130 %d 255\n" % height + pixels)
        self.check("gray", "0.pgm", "1.pgm")

    def test_sound(self):
        for i in range(2):
            with wave.open(self.path(f"{i}.wav"), "wb") as file:
                file.setparams((1, 2, 16000, 0, "NONE", ""))
                file.writeframes(b"".join(
                    noise(x, seed=x) + bytes(5000 - x)
                    for x in range(i, 5000, 501)))
        self.check("audio16", "0.wav", "1.wav")
        self.check("audio8", "0.wav", "1.wav")

    def test_files_without_a_set(self):
        chunks = [noise(20 * i, seed=i) + bytes(2048 - 20 * i)
                  for i in range(100)]
        data = b"".join(chunks) + b"rest"
        self.write("a", data)
        flags = ("eval", "--json", "--subjects", "zstd", "--chunk", "2048",
                 "--limit", "9")
        found = [json.loads(self.lentil(*flags, name, stdin=data).stdout)
                 ["subjects"][0]["total"]["compressed_bytes"]
                 for name in ("a", "-")]
        self.assertEqual(found[0], found[1])
        whole = self.lentil("eval", "--json", "--subjects", "zstd", "--chunk",
                            "2048", "--limit", "100", "a")
        self.assertEqual(json.loads(whole.stdout)["subjects"][0]["total"]
                         ["bytes"], len(data))

    def test_a_pipe_cannot_be_read_twice(self):
        done = self.lentil("eval", "--set", "text", "--limit", "2", "-M",
                           "20KiB", "--subjects", "zstd", "-",
                           stdin=noise(100_000), expect=FAILED)
        self.assert_message(done, "standard input", "-M")


class ExitCodeTest(DataTest):
    """The true error's, said once."""

    def setUp(self):
        super().setUp()
        self.write("cut.png", zeros_png(64, 32)[:-40])
        self.write("cut.xz", lzma.compress(prose(5000))[:-9])
        self.write("photo.jpg", b"\xff\xd8\xff\xe0" + noise(100))
        self.write("good.pgm", b"P5 64 32 255\n" + noise(2048))
        self.write("good", prose(20000))

    def refuse(self, *args, expect, part):
        done = self.lentil(*args, expect=expect)
        self.assert_one_message(done.stderr, part, f"(exit {expect})")

    def test_eval(self):
        gray = ("eval", "--subjects", "gzip", "--set", "gray")
        self.refuse(*gray, "cut.png", expect=CORRUPT, part="cut.png: damaged")
        self.refuse(*gray, "missing.png", expect=FAILED, part="missing.png: ")
        self.refuse(*gray, "photo.jpg", expect=CANNOT, part="is JPEG; gray")
        self.refuse("eval", "--subjects", "gzip", "--set", "text", "cut.xz",
                    expect=CORRUPT, part="cut.xz: damaged")
        self.refuse("eval", "--subjects", "gzip", "--set", "audio8", "good",
                    expect=CANNOT, part="16-bit PCM")
        # Nothing is wrong but that there is too little.
        self.write("small", b"a")
        self.refuse("eval", "--set", "text", "small", expect=USAGE,
                    part="no chunk of 2048 bytes")
        # The others count, and the highest code does.
        done = self.lentil(*gray, "--json", "missing.png", "cut.png",
                           "good.pgm", expect=CORRUPT)
        total = json.loads(done.stdout)["subjects"][0]["total"]
        self.assertEqual(total["bytes"], 2048)
        self.assertEqual(len(done.stderr.splitlines()), 2)

    def test_mdl(self):
        self.refuse("mdl", "missing", expect=FAILED, part="missing: cannot")
        self.refuse("mdl", "cut.xz", expect=CORRUPT, part="cut.xz: damaged")
        self.write("few", prose(2000))
        done = self.lentil("mdl", "--presets", "tiny", "--epochs", "2", "few",
                           "cut.xz", expect=CORRUPT)
        self.assertIn(b"tiny", done.stdout)

    @unittest.skipUnless(embedded_models(), "no model is embedded")
    def test_contamination(self):
        model = ("contamination", "-m", embedded_models()[0])
        self.refuse(*model, "missing", expect=FAILED, part="missing: cannot")
        self.refuse(*model, "cut.xz", expect=CORRUPT, part="cut.xz: damaged")
        self.refuse(*model, "--reference", "cut.xz", "good", expect=CORRUPT,
                    part="cut.xz: damaged")

    def test_train(self):
        train = ("train", "--preset", "tiny", "--bytes", "4k", "--out", "m")
        self.refuse(*train, "--data", "cut.xz", expect=CORRUPT,
                    part="cut.xz: damaged")
        self.refuse(*train, "--set", "gray", "--data", "cut.png",
                    expect=CORRUPT, part="cut.png: damaged")
        self.refuse(*train, "--set", "gray", "--data", "missing.png",
                    expect=FAILED, part="missing.png: cannot")

    @unittest.skipUnless(embedded_models(), "no model is embedded")
    def test_repro(self):
        window = ("repro", "lmic-context", "--quick", "--models",
                  embedded_models()[0])
        self.refuse(*window, "--images", "cut.png", expect=CORRUPT,
                    part="cut.png: damaged")
        self.refuse(*window, "--text", "missing", expect=FAILED,
                    part="missing: cannot")
        # What else there is data for is shown.
        done = self.lentil(*window, "--chunks", "2", "--text", "good",
                           "--images", "cut.png", expect=CORRUPT)
        self.assertIn(b"lmic-context: text", done.stdout)

    def test_bench(self):
        bench = ("bench", "--levels", "0", "--peers", "none")
        self.refuse(*bench, "missing", expect=FAILED, part="missing: cannot")


if __name__ == "__main__":
    unittest.main()

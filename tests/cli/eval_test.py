# SPDX-License-Identifier: Apache-2.0
"""lentil eval: subjects, data sets, and what it writes.

LENTIL_DATA may name a folder with images/ and audio/ for the tests of real data.
"""

import csv
import json
import os
import struct
import unittest
import wave
import zlib

from harness import (CANNOT, FAILED, OK, USAGE, CliTest, embedded_models,
                     noise, prose, run)

BASELINES = "gzip,lzma,zstd,brotli,png,png32,flac"


def png(width, height, pixels):
    """An 8-bit gray PNG."""
    def chunk(kind, data):
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = b"".join(b"\0" + pixels[y * width:(y + 1) * width]
                    for y in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def slope(width, height):
    grain = noise(width * height)
    return bytes((x + 2 * y + grain[y * width + x] % 4) % 256
                 for y in range(height) for x in range(width))


class EvalTest(CliTest):
    def figures(self, *args, **kwargs):
        return json.loads(self.lentil("eval", "--json", *args,
                                      **kwargs).stdout)

    def by_name(self, *args, **kwargs):
        """Totals by subject."""
        result = self.figures(*args, **kwargs)
        self.assertTrue(result["decoded_and_compared"])
        return {s["model"]["name"]: s["total"] for s in result["subjects"]}

    def table(self, name):
        with open(self.path(name), newline="") as file:
            return list(csv.DictReader(file))

    def write_sound(self, name, samples):
        with wave.open(self.path(name), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(16000)
            file.writeframes(struct.pack(f"<{len(samples)}h", *samples))

    def test_baselines_whole_and_in_pieces(self):
        self.write("a", prose(20000))
        whole = self.by_name("--subjects", BASELINES, "a")
        pieces = self.by_name("--subjects", BASELINES, "--chunk", "2048", "a")
        self.assertEqual(list(whole), BASELINES.split(","))
        for name in ("gzip", "lzma", "zstd", "brotli"):
            self.assertEqual(whole[name]["pieces"], 1)
            self.assertEqual(pieces[name]["pieces"], 10)
            self.assertLess(whole[name]["rate"], pieces[name]["rate"])
            self.assertLess(pieces[name]["rate_one_header"],
                            pieces[name]["rate"])
            self.assertGreater(pieces[name]["interval_95"], 0)
            self.assertEqual(pieces[name]["adjusted_rate"],
                             pieces[name]["rate"])
        # What Python's zlib makes of the same pieces, and gzip's 18 bytes.
        text = self.read("a")
        size = 0
        for at in range(0, len(text), 2048):
            packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
            size += 18 + len(packer.compress(text[at:at + 2048]) +
                             packer.flush())
        self.assertEqual(pieces["gzip"]["compressed_bytes"], size)

    def test_subjects_are_levels_and_models_too(self):
        self.write("a", prose(8000))
        names = ["level0", "level1"] + embedded_models()[:1]
        result = self.by_name("--subjects", ",".join(names), "--chunk",
                              "2048", "a")
        self.assertEqual(list(result), names)
        alone = self.figures("-0", "a")["total"]["compressed_bytes"]
        level = self.by_name("--subjects", "level0", "a")["level0"]
        self.assertEqual(level["compressed_bytes"], alone)
        for name in embedded_models()[:1]:
            pieces = self.figures("-m", name, "--chunk", "2048", "a")
            self.assertEqual(result[name]["compressed_bytes"],
                             pieces["total"]["compressed_bytes"])
            weights = pieces["model"]["weights"]
            self.assertAlmostEqual(result[name]["adjusted_rate_float16"],
                                   result[name]["rate"] + 2 * weights / 1e9)

    def test_gray_patches_have_a_width(self):
        self.write("a.png", png(200, 70, slope(200, 70)))
        self.write("notes.txt", b"no image")
        result = self.figures("--subjects", "gzip,png,png32,flac", "--set",
                              "gray", "-r", ".")
        self.assertEqual(result["set"], "gray")
        total = {s["model"]["name"]: s["total"] for s in result["subjects"]}
        self.assertEqual(total["png"]["bytes"], 6 * 2048)
        self.assertEqual(total["png"]["pieces"], 6)
        self.assertLess(total["png"]["rate"], total["gzip"]["rate"])
        self.assertLess(total["png"]["rate"], total["png32"]["rate"])
        done = self.lentil("eval", "--subjects", "png", "--set", "gray",
                           "a.png", "notes.txt", expect=CANNOT)
        self.assertIn("notes.txt", done.stderr)
        self.assertIn(b"png", done.stdout)

    def test_image_libraries_that_may_be_missing(self):
        self.write("a.png", png(64, 64, slope(64, 64)))
        for name in ("webp", "jxl"):
            done = run("eval", "--json", "--subjects", f"{name},gzip", "--set",
                       "gray", "a.png", cwd=self.dir)
            self.assertIn(done.returncode, (OK, CANNOT), done.stderr)
            if done.returncode == CANNOT:
                self.assert_message(done, "lacks")
                continue
            subjects = json.loads(done.stdout)["subjects"]
            self.assertLess(subjects[0]["total"]["rate"],
                            subjects[1]["total"]["rate"])

    def test_sound_of_eight_and_sixteen_bits(self):
        samples = [int(9000 * ((i % 97) / 97 - 0.5)) for i in range(5000)]
        self.write_sound("a.wav", samples)
        eight = self.by_name("--subjects", "flac,gzip", "--set", "audio8",
                             "a.wav")
        sixteen = self.by_name("--subjects", "flac,gzip", "--set", "audio16",
                               "a.wav")
        self.assertEqual(eight["flac"]["bytes"], 2 * 2048)
        self.assertEqual(sixteen["flac"]["bytes"], 4 * 2048)
        self.lentil("eval", "--set", "audio16", "--chunk", "3", "a.wav",
                    expect=USAGE)

    def test_noise_comes_from_the_seed(self):
        def sizes(*flags):
            return self.by_name("--subjects", "gzip,zstd", "--set", "random",
                                "--limit", "4", *flags)
        self.assertEqual(sizes()["gzip"]["bytes"], 4 * 2048)
        self.assertGreater(sizes()["zstd"]["rate"], 1)
        for subject in ("gzip", "zstd"):
            self.assertEqual(sizes()[subject]["compressed_bytes"],
                             sizes("--seed=1")[subject]["compressed_bytes"])
        self.write("a", b"a")
        self.lentil("eval", "--set", "random", "a", expect=USAGE)

    def test_samples_of_chunks_depend_on_the_seed_alone(self):
        self.write("a", prose(100000) + noise(50000))
        args = ("--subjects", "gzip", "--set", "text", "--limit", "8", "a")
        one = self.by_name(*args)["gzip"]
        self.assertEqual(one["pieces"], 8)
        again = self.by_name("-T2", *args)["gzip"]
        self.assertEqual(one["compressed_bytes"], again["compressed_bytes"])
        other = self.by_name("--seed", "7", *args)["gzip"]
        self.assertNotEqual(one["compressed_bytes"], other["compressed_bytes"])
        whole = self.by_name("--chunk", "0", *args)["gzip"]
        self.assertEqual(whole["pieces"], 1)
        self.assertEqual(whole["bytes"], one["bytes"])

    def test_masking_is_another_figure(self):
        self.write("a", noise(2048))
        masked = self.figures("-0", "--set", "text", "--paper-masking",
                              "a")["files"][0]
        plain = self.figures("-0", "--set", "text", "a")["files"][0]
        self.assertEqual(masked["rate"], plain["rate"])
        self.assertIn("by_code", masked["paper_masked_rate"])
        self.assertNotIn("paper_masked_rate", plain)
        self.lentil("eval", "-0", "--paper-masking", "a", expect=USAGE)

    def test_positions_add_up_to_the_code(self):
        for name in embedded_models()[:1]:
            self.write("a", prose(1024) + b"a" * 1024)
            result = self.figures("-m", name, "--chunk", "1024", "--positions",
                                  "p.csv", "a")["files"][0]
            bits = result["position_bits"]
            self.assertEqual(len(bits), 1024)
            code = 8 * result["compressed_bytes"] / 2
            self.assertLess(abs(sum(bits) - code), 48)  # records' heads, ends
            rows = self.table("p.csv")
            self.assertEqual([float(row["bits"]) for row in rows], bits)
            self.assertEqual(rows[0]["subject"], name)
            self.write("a", b"a" * 1024)  # what repeats costs less and less
            bits = self.figures("-m", name, "--chunk", "1024", "--positions",
                                "p.csv", "-f", "a")["files"][0]["position_bits"]
            self.assertGreater(sum(bits[:8]), 2 * sum(bits[-8:]))
        self.write("b", b"b")
        self.lentil("eval", "-0", "--positions", "q.csv", "b", expect=USAGE)

    def test_csv_and_html_files(self):
        self.write("a,b", prose(3000))
        self.write("c", prose(3000, seed=2))
        args = ("eval", "--subjects", "gzip,level0", "--csv", "t.csv",
                "--html", "t.html", "a,b", "c")
        text = self.lentil(*args).stdout.decode()
        for word in ("gzip", "level0", "total", "a,b"):
            self.assertIn(word, text)
        rows = self.table("t.csv")
        self.assertEqual([row["file"] for row in rows],
                         ["a,b", "a,b", "c", "c", "total", "total"])
        self.assertEqual(float(rows[0]["bytes"]), 3000)
        self.assertIn(b"<svg", self.read("t.html"))
        self.assert_message(self.lentil(*args, expect=FAILED), "-f")
        self.lentil(*args, "-f")

    def test_wrong_command_lines(self):
        self.write("a", b"a")
        for args in (("--subjects", "nonsense"), ("--subjects", "gzip,,png"),
                     ("--subjects", "level10"), ("--set", "video"),
                     ("--limit", "0"), ("--seed", "x"),
                     ("--subjects", "gzip", "-m", "nano")):
            self.lentil("eval", *args, "a", expect=USAGE)
        done = self.lentil("eval", "--subjects", "nonsense", "a", expect=USAGE)
        self.assertIn("gzip", done.stderr)
        done = self.lentil("eval", "--set", "text", "missing", expect=FAILED)
        self.assertEqual(done.stderr.splitlines()[0].count("missing"), 1)


@unittest.skipUnless(os.environ.get("LENTIL_DATA"), "LENTIL_DATA is not set")
class RealDataTest(CliTest):
    def totals(self, folder, kind, subjects):
        data = os.path.join(os.environ["LENTIL_DATA"], folder)
        if not os.path.isdir(data):
            self.skipTest(f"no {data}")
        done = self.lentil("eval", "--json", "--set", kind, "--limit", "200",
                           "--subjects", subjects, "-r", data)
        return {s["model"]["name"]: s["total"]["rate"]
                for s in json.loads(done.stdout)["subjects"]}

    def test_images(self):
        rates = self.totals("images/dev-test", "gray", "gzip,png,png32")
        self.assertLess(rates["png"], rates["png32"])
        self.assertLess(rates["png"], rates["gzip"])

    def test_audio(self):
        rates = self.totals("audio/dev-test", "audio16", "gzip,flac")
        self.assertLess(rates["flac"], rates["gzip"])


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""Names, flags, messages and exit codes: what docs/cli.md promises."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import time
import unittest

from harness import (CANNOT, CliTest, CORRUPT, FAILED, LENTIL, OK, USAGE,
                     embedded_models, english, levels, prose, run)


class Names(CliTest):
    def test_file_becomes_ltl_and_back(self):
        text = prose(5000)
        self.write("notes.txt", text)
        self.lentil("compress", "-0", "notes.txt")
        self.assertEqual(self.files(), ["notes.txt", "notes.txt.ltl"])
        os.remove(self.path("notes.txt"))
        self.lentil("decompress", "notes.txt.ltl")
        self.assertEqual(self.read("notes.txt"), text)
        self.assertEqual(self.files(), ["notes.txt", "notes.txt.ltl"])

    def test_output_flag(self):
        self.write("a", b"hello")
        self.lentil("compress", "-0", "a", "-o", "b")
        self.lentil("decompress", "b", "-o", "c")
        self.assertEqual(self.read("c"), b"hello")

    def test_names_without_suffix_need_an_output(self):
        self.write("a", b"hello")
        self.lentil("compress", "-0", "a", "-o", "b")
        done = self.lentil("decompress", "b", expect=USAGE)
        self.assert_message(done, "b: ", "-o FILE")
        self.lentil("cat", "b")
        self.write("d/.ltl", self.read("b"))
        done = self.lentil("decompress", "d/.ltl", expect=USAGE)
        self.assert_message(done, "d/.ltl: name is no NAME.ltl")

    def test_stdout_keeps_the_input_and_is_silent(self):
        self.write("a", b"hello")
        done = self.lentil("compress", "-0", "-c", "--rm", "a")
        self.assertEqual(done.stderr, "")
        self.assertEqual(self.files(), ["a"])
        self.write("a.ltl", done.stdout)
        self.assertEqual(self.lentil("decompress", "-c", "a.ltl").stdout,
                         b"hello")
        self.assertEqual(self.lentil("cat", "a.ltl").stdout, b"hello")

    def test_the_last_of_stdout_and_output_wins(self):
        self.write("a", b"hello")
        self.assertNotEqual(
            self.lentil("compress", "-0", "-o", "b", "-c", "a").stdout, b"")
        self.assertEqual(self.files(), ["a"])
        self.assertEqual(
            self.lentil("compress", "-0", "-c", "-o", "b", "a").stdout, b"")
        self.assertEqual(self.files(), ["a", "b"])

    def test_pipes(self):
        code = self.lentil("compress", "-0", stdin=b"hello").stdout
        self.assertEqual(self.lentil("decompress", stdin=code).stdout,
                         b"hello")
        code = self.lentil("compress", "-0", "-", stdin=b"hello").stdout
        self.assertEqual(self.lentil("cat", "-", stdin=code).stdout, b"hello")
        self.lentil("compress", "-0", "-o", "x", stdin=b"hello")
        self.assertEqual(self.read("x"), code)

    def test_double_dash_ends_the_flags(self):
        self.write("-k", b"hello")
        self.lentil("compress", "-0", "--", "-k")
        self.assertEqual(self.files(), ["-k", "-k.ltl"])

    def test_remove(self):
        self.write("a", b"hello")
        self.lentil("compress", "-0", "--rm", "a")
        self.assertEqual(self.files(), ["a.ltl"])
        self.lentil("decompress", "--rm", "-k", "a.ltl")
        self.assertEqual(self.files(), ["a", "a.ltl"])

    def test_a_range_goes_with_neither_rm_nor_salvage(self):
        self.write("a", b"hello")
        self.lentil("compress", "-0", "--rm", "a")
        for part in (("--offset", "1"), ("--length", "2")):
            for flag in ("--rm", "--salvage"):
                done = self.lentil("decompress", flag, *part, "a.ltl",
                                   expect=USAGE)
                self.assert_message(done, flag)
        self.assertEqual(self.files(), ["a.ltl"])

    def test_remove_keeps_the_input_of_a_failure(self):
        self.write("a.ltl", b"hello")
        self.lentil("decompress", "--rm", "a.ltl", expect=CORRUPT)
        self.assertEqual(self.files(), ["a.ltl"])

    def test_the_input_is_never_overwritten(self):
        self.write("a", b"hello")
        os.symlink("a", self.path("link"))
        for output in ("a", "./a", "link"):
            done = self.lentil("compress", "-0", "-f", "--rm", "a", "-o",
                               output, expect=USAGE)
            self.assert_message(done, f"{output}: is the input")
        self.assertEqual(self.read("a"), b"hello")

    def test_names_in_brackets(self):
        names = ["[a]", "[a,b]", "[]"]
        for name in names:
            self.write(name, name.encode())
        self.write("a", b"another")
        self.lentil("compress", "-0", *names)
        for name in names:
            self.assertEqual(self.lentil("cat", name + ".ltl").stdout,
                             name.encode())
        self.lentil("compress", "-0", "[a]", "-o", "[b]")
        self.assertEqual(self.lentil("cat", "[b]").stdout, b"[a]")

    def test_longest_names(self):
        name = "n" * 251
        self.write(name, b"hello")
        self.lentil("compress", "-0", name)
        self.lentil("decompress", "-f", name + ".ltl")
        self.assertEqual(self.files(), [name, name + ".ltl"])


class ManyFiles(CliTest):
    def test_goes_on_and_returns_the_highest_code(self):
        self.write("a", b"one")
        self.write("b", b"two")
        done = self.lentil("compress", "-0", "a", "missing", "b",
                           expect=FAILED)
        self.assertIn("lentil: missing: cannot open", done.stderr)
        self.assertEqual(self.files(), ["a", "a.ltl", "b", "b.ltl"])
        self.write("bad.ltl", b"no container")
        done = self.lentil("test", "missing", "bad.ltl", "a.ltl",
                           expect=CORRUPT)
        self.assertIn("a.ltl: ok", done.stderr)

    def test_directories_need_r(self):
        self.write("d/a", b"one")
        self.write("d/e/b", b"two")
        done = self.lentil("compress", "-0", "d", expect=FAILED)
        self.assert_message(done, "d: is a directory", "-r")
        self.lentil("compress", "-0", "-r", "d")
        both = ["d/a", "d/a.ltl", "d/e/b", "d/e/b.ltl"]
        self.assertEqual(self.files(), both)
        # Again: what ends in .ltl is left alone.
        self.lentil("compress", "-0", "-r", "-f", "d")
        self.assertEqual(self.files(), both)
        os.remove(self.path("d/e/b"))
        self.lentil("decompress", "-r", "-f", "d")
        self.assertEqual(self.files(), both)
        self.assertEqual(self.read("d/e/b"), b"two")

    def test_one_output_for_several_is_refused(self):
        self.write("a", b"one")
        self.write("b", b"two")
        self.lentil("compress", "-0", "a", "b", "-o", "c", expect=USAGE)
        code = self.lentil("compress", "-0", "a", "b", "-c").stdout
        self.assertEqual(self.lentil("cat", stdin=code).stdout, b"onetwo")


class Existing(CliTest):
    def test_output_that_exists_is_refused_and_kept(self):
        self.write("a", b"hello")
        self.write("a.ltl", b"precious")
        done = self.lentil("compress", "-0", "a", expect=FAILED)
        self.assert_message(done, "a.ltl: already exists", "-f")
        self.assertEqual(self.read("a.ltl"), b"precious")
        self.lentil("compress", "-0", "-f", "a")
        self.assertEqual(self.lentil("cat", "a.ltl").stdout, b"hello")

    def test_force_keeps_the_old_file_if_the_new_one_fails(self):
        self.write("a", b"precious")
        self.write("a.ltl", b"no container")
        self.lentil("decompress", "-f", "a.ltl", expect=CORRUPT)
        self.assertEqual(self.read("a"), b"precious")
        self.assertEqual(self.files(), ["a", "a.ltl"])

    def test_asks_on_a_terminal(self):
        for answer, expect in ((b"n\n", FAILED), (b"y\n", OK)):
            self.write("a", b"hello")
            self.write("a.ltl", b"precious")
            terminal = Terminal(self, "compress", "-0", "a")
            terminal.wait_for(b"overwrite it? [y/N]")
            terminal.type(answer)
            self.assertEqual(terminal.wait(), expect)
            self.assertEqual(self.read("a.ltl") == b"precious",
                             expect == FAILED)


class Usage(CliTest):
    def test_unknown_flag_is_named_with_the_nearest(self):
        done = self.lentil("compress", "--frame-sise", "1M", expect=USAGE)
        self.assert_message(done, "--frame-sise", "--frame-size")
        done = self.lentil("compress", "--zzzzzzzz=3", expect=USAGE)
        self.assert_message(done, "unknown flag --zzzzzzzz")
        done = self.lentil("compress", "-Z", expect=USAGE)
        self.assert_message(done, "unknown flag -Z")
        self.assertLess(len(done.stderr), 200)

    def test_flags_of_other_compressors_name_the_verb(self):
        self.write("a", b"hello")
        for flag, verb in (("-d", "decompress"), ("-t", "test"),
                           ("-l", "list"), ("-z", "compress")):
            done = self.lentil("compress", flag, "a", expect=USAGE)
            self.assert_message(done, f"unknown flag {flag}", f"lentil {verb}")

    def test_digits_that_are_no_level(self):
        self.write("a", b"hello")
        for flag in ("-10", "-12", "-1c9"):
            done = self.lentil("compress", flag, "a", expect=USAGE)
            self.assert_message(done, flag)
        self.lentil("compress", "-0", "a")
        done = self.lentil("decompress", "-f", "-0", "a.ltl", expect=USAGE)
        self.assert_message(done, "unknown flag -0")
        self.assertEqual(self.files(), ["a", "a.ltl"])
        self.lentil("compress", "-0fT12", "a")
        self.lentil("compress", "-0", "a", "-o", "-12")
        self.assertEqual(self.files(), ["-12", "a", "a.ltl"])

    def test_flags_without_values_take_none(self):
        self.write("a", b"hello")
        for flag in ("--rm=false", "--rm=0", "--rm=true", "--force=1",
                     "--no-progress=false", "--help=false", "--stdout="):
            done = self.lentil("compress", "-0", flag, "a", expect=USAGE)
            self.assert_message(done, flag.split("=")[0], "no value")
        self.assertEqual(self.files(), ["a"])

    def test_values_that_are_missing(self):
        self.write("a", b"hello")
        for flag in ("-o", "-m", "-T", "--frame-size"):
            done = self.lentil("compress", "-0", "a", flag, expect=USAGE)
            self.assert_message(done, f"{flag} needs a value")
        for flag in ("--output", "--model", "--memory"):
            done = self.lentil("compress", "-0", "a", flag, "", expect=USAGE)
            self.assert_message(done, flag, "empty")
        done = self.lentil("compress", "-0", "a", "", expect=USAGE)
        self.assert_message(done, "'' is no file name")
        self.assertEqual(self.files(), ["a"])

    def test_unknown_verb_is_named_with_the_nearest(self):
        self.assert_message(self.lentil("comprss", expect=USAGE), "'comprss'",
                            "'compress'")

    def test_bad_values(self):
        self.write("a", b"hello")
        for flags in (["--frame-size", "7Q"], ["--frame-size", "1"],
                      ["-T", "x"], ["-T", "-5"], ["-M", "lots"], ["-o"]):
            self.assert_message(
                self.lentil("compress", "-0", "a", *flags, expect=USAGE))
        self.assertEqual(self.files(), ["a"])

    def test_version_and_help(self):
        for flag in ("-V", "--version"):
            self.assertRegex(self.lentil(flag).stdout,
                             rb"^lentil \d+\.\d+\.\d+\n$")
            self.assertEqual(self.lentil("test", flag).stdout,
                             self.lentil(flag).stdout)
        self.assertIn(b"compress", self.lentil("--help").stdout)
        self.assertEqual(self.lentil("help", "test").stdout,
                         self.lentil("test", "--help").stdout)
        self.assertIn(b"--salvage", self.lentil("decompress", "-h").stdout)
        done = self.lentil(expect=USAGE)
        self.assertEqual(done.stdout, b"")
        self.assertIn("usage", done.stderr)

    def test_every_verb_of_the_help_has_help(self):
        verbs = re.findall(r"^  (\w+) ", run("--help").stdout.decode(), re.M)
        self.assertGreaterEqual(len(verbs), 8)
        for verb in verbs:
            page = self.lentil(verb, "--help").stdout
            self.assertIn(b"usage: lentil " + verb.encode(), page)
            self.assertNotIn(b"{", page)
            self.assertNotIn(b":INT", page)

    def test_levels(self):
        self.write("a", prose(3000))
        first = self.lentil("compress", "-0", "-c", "a").stdout
        self.assertEqual(self.lentil("compress", "-1", "-0c", "a").stdout,
                         first)
        self.assertEqual(self.lentil("compress", "-6", "-0", "-c", "a").stdout,
                         first)
        for flag, name in (("-3", "nano"), ("-6", "small")):
            if name not in embedded_models():
                done = self.lentil("compress", flag, "a", expect=CANNOT)
                self.assert_message(done, f"level {flag[1]}", name, "-0")
        self.assertEqual(self.files(), ["a"])

    def test_unknown_model(self):
        self.write("a", b"hello")
        done = self.lentil("compress", "-m", "gigantic", "a", expect=CANNOT)
        self.assert_message(done, "gigantic", "embedded")

    def test_a_file_that_is_no_model(self):
        self.write("a.txt", prose(300))
        for verb in ("compress", "eval"):
            done = self.lentil(verb, "-m", "a.txt", "a.txt", expect=CORRUPT)
            self.assertRegex(done.stderr,
                             r"^lentil: a\.txt: [ -~]{10,200} \(exit 3\)\n$")

    def test_unknown_kernels(self):
        done = self.lentil("selftest", expect=USAGE,
                           env={"LENTIL_KERNELS": "abacus"})
        self.assert_message(done, "abacus")
        self.assertEqual(done.stderr.count("LENTIL_KERNELS"), 1)
        for name in embedded_models():
            code = self.lentil("compress", "-m", name, stdin=english()).stdout
            self.write("a.ltl", code)
            listed = self.lentil("list", "--json", "a.ltl")
            if b'"model"' in listed.stdout:
                done = self.lentil("cat", "a.ltl", expect=USAGE,
                                   env={"LENTIL_KERNELS": "abacus"})
                self.assert_message(done, "abacus")


class Talk(CliTest):
    def test_summary_is_one_line_on_stderr(self):
        self.write("a", prose(100000))
        done = self.lentil("compress", "-0", "a")
        self.assertRegex(done.stderr,
                         r"^a: 100 kB → \S+ k?B \([\d.]+ %, [\d.]+ bits/byte, "
                         r"[\d.]+ s\)\n$")
        self.assertEqual(done.stdout, b"")
        self.assertEqual(self.lentil("decompress", "-f", "a.ltl").stderr[:3],
                         "a.l")

    def test_quiet(self):
        self.write("a", b"hello")
        self.assertEqual(self.lentil("compress", "-1q", "a").stderr, "")
        done = self.lentil("compress", "-0", "-q", "a", expect=FAILED)
        self.assertIn("exists", done.stderr)
        done = self.lentil("compress", "-0", "-qq", "a", expect=FAILED)
        self.assertEqual(done.stderr, "")
        terminal = Terminal(self, "compress", "-0", "-qq", "a")
        self.assertEqual(terminal.wait(), FAILED)  # without a question
        self.assertEqual(terminal.seen, b"")

    def test_verbose(self):
        self.write("a", b"hello")
        done = self.lentil("compress", "-1v", "-T2", "a")
        self.assertRegex(done.stderr,
                         r"(?s)^lentil: threads: 2, model: none, "
                         r"frames of 4.19 MB\na: .*\nlentil: peak memory: ")
        done = self.lentil("test", "-v", "a.ltl")
        self.assertIn("lentil: threads: ", done.stderr)

    def test_standard_input_has_one_name(self):
        done = self.lentil("compress", "-0", "-o", "a.ltl", stdin=b"hello")
        self.assertTrue(done.stderr.startswith("standard input: "))
        done = self.lentil("cat", stdin=b"hello", expect=CORRUPT)
        self.assert_message(done, "lentil: standard input: ")
        done = self.lentil("eval", "-0", "-", stdin=b"hello")
        self.assertIn(b"standard input", done.stdout)

    def test_a_limit_of_bytes(self):
        done = self.lentil("compress", "-0", "-M", "1", expect=FAILED,
                           stdin=b"hello")
        self.assert_message(done, "the limit is 1 bytes")

    def test_progress_only_on_a_terminal_unless_forced(self):
        self.write("a", prose(300_000))
        self.assertNotIn("KB/s", self.lentil("compress", "-1", "a").stderr)
        done = self.lentil("compress", "-2f", "--frame-size", "64k",
                           "--progress", "a")
        self.assertRegex(done.stderr, r"\ra: \S+ [kM]?B of 300 kB, .* KB/s")
        terminal = Terminal(self, "compress", "-2f", "--frame-size", "64k",
                            "a")
        self.assertEqual(terminal.wait(), OK)
        self.assertRegex(terminal.seen, rb"KB/s.* left")
        terminal = Terminal(self, "compress", "-2f", "--no-progress", "a")
        self.assertEqual(terminal.wait(), OK)
        self.assertNotIn(b"KB/s", terminal.seen)

    def test_no_progress_over_output_on_the_terminal(self):
        self.write("a", prose(1_500_000))
        self.lentil("compress", "-0", "--frame-size", "64k", "a")
        for args in (("cat", "a.ltl"), ("compress", "-0c", "a")):
            terminal = Terminal(self, *args)
            self.assertEqual(terminal.wait(), OK)
            self.assertNotIn(b"KB/s", terminal.seen)
            self.assertNotIn(b"\x1b[K", terminal.seen)

    def test_terminals_are_refused(self):
        terminal = Terminal(self, "compress", "-0")
        self.assertEqual(terminal.wait(), USAGE)
        self.assertIn(b"terminal", terminal.seen)
        terminal = Terminal(self, "decompress")
        self.assertEqual(terminal.wait(), USAGE)
        self.write("a", b"hello")
        with open(self.path("a"), "rb") as file:
            terminal = Terminal(self, "compress", "-0", stdin=file)
            self.assertEqual(terminal.wait(), USAGE)


class Machine(CliTest):
    def test_list(self):
        self.write("a", prose(20000))
        self.lentil("compress", "-0", "--frame-size", "8KiB", "a")
        self.assertIn(b"a.ltl", self.lentil("list", "a.ltl").stdout)
        listing = json.loads(self.lentil("list", "--json", "a.ltl").stdout)[0]
        self.assertEqual(listing["bytes"], 20000)
        self.assertEqual(listing["model"], "-")
        self.assertEqual(listing["compressed_bytes"],
                         os.path.getsize(self.path("a.ltl")))
        self.assertEqual([f["bytes"] for f in listing["frames"]],
                         [8192, 8192, 3616])
        self.assertEqual([f["source_offset"] for f in listing["frames"]],
                         [0, 8192, 16384])
        self.assertIn(b"frame 2", self.lentil("list", "-v", "a.ltl").stdout)
        self.lentil("list", expect=USAGE)
        self.lentil("list", "missing", expect=FAILED)
        done = self.lentil("list", "a", expect=CORRUPT)
        self.assert_message(done, "a: ")

    def test_eval(self):
        self.write("a", prose(20000))
        self.write("b", prose(10000, seed=2))
        result = json.loads(self.lentil("eval", "-0", "--json", "a",
                                        "b").stdout)
        code = [len(self.lentil("compress", "-0", "-c", name).stdout)
                for name in ("a", "b")]
        self.assertEqual([f["compressed_bytes"] for f in result["files"]],
                         code)
        self.assertEqual([f["bytes"] for f in result["files"]], [20000, 10000])
        self.assertEqual(result["total"]["bytes"], 30000)
        self.assertAlmostEqual(result["total"]["bits_per_byte"],
                               8 * sum(code) / 30000)
        table = self.lentil("eval", "-0", "a", "b").stdout.decode()
        self.assertIn("total", table)
        self.lentil("eval", expect=USAGE)
        self.lentil("eval", "-0", "missing", "a", expect=FAILED)

    def test_eval_of_pieces(self):
        self.write("a", prose(20000))
        whole = json.loads(self.lentil("eval", "-0", "--json", "a").stdout)
        pieces = json.loads(self.lentil("eval", "-0", "--json", "--chunk",
                                        "2048", "a").stdout)
        self.assertEqual(pieces["total"]["bytes"], 20000)
        self.assertGreater(pieces["total"]["compressed_bytes"],
                           whole["total"]["compressed_bytes"])
        self.assertLess(pieces["total"]["rate"], 1)

    def test_eval_charges_the_model(self):
        self.write("a", prose(20000))
        for name in embedded_models():
            result = json.loads(self.lentil("eval", "--json", "-m", name,
                                            "a").stdout)
            bytes_of_model = result["model"]["bytes"]
            self.assertGreater(bytes_of_model, 1000)
            self.assertAlmostEqual(
                result["files"][0]["adjusted_rate"],
                result["files"][0]["rate"] + bytes_of_model / 1e9)

    def test_model(self):
        self.lentil("model")
        self.lentil("model", "list")
        self.lentil("model", "forget", expect=USAGE)
        self.lentil("model", "info", expect=USAGE)
        done = self.lentil("model", "info", "bogus", expect=CANNOT)
        self.assert_message(done, "bogus", "embedded")
        self.write("a", b"no model")
        self.assert_message(self.lentil("model", "info", "a", expect=CORRUPT),
                            "a: ")
        for name in embedded_models():
            info = json.loads(self.lentil("model", "info", "--json",
                                          name).stdout)[0]
            self.assertEqual(info["name"], name)
            self.assertEqual(len(info["hash"]), 16)
            self.assertGreater(info["config"]["d_model"], 0)

    def test_memory_limit_of_pieces_is_that_of_data(self):
        self.write("a", b"hello")
        self.lentil("eval", "-0", "--chunk", "2k", "-M", "5", "a")
        done = self.lentil("eval", "-0", "--chunk", "2k", "-M", "4", "a",
                           expect=FAILED)
        self.assert_message(done, "a: ", "4 bytes")

    def test_selftest(self):
        report = self.lentil("selftest").stdout
        for flag in levels():
            self.assertIn(b"round trip, level " + flag[1:].encode(), report)
        self.assertNotIn(b"FAIL", report)
        self.assertIn(b"scalar (in use)",
                      self.lentil("selftest",
                                  env={"LENTIL_KERNELS": "scalar"}).stdout)


class Train(CliTest):
    FLAGS = ("train", "--preset", "nano", "--bytes", "4k", "-T1")

    def setUp(self):
        super().setUp()
        self.write("text", prose(5000))

    def refuse(self, *flags, expect, parts):
        done = self.lentil(*self.FLAGS, *flags, expect=expect)
        self.assert_message(done, *parts)
        self.assertEqual(self.files(), ["m", "text"])

    def test_bad_command_lines(self):
        self.write("m", b"precious")
        self.refuse("--data", "text", "--out", "m2", "stray", expect=USAGE,
                    parts=["'stray'", "--data"])
        self.refuse("--data", "text", "--out", "m2", "-9", expect=USAGE,
                    parts=["unknown flag -9"])
        done = self.lentil("train", "--data", "text", "--out", "m2",
                           "--minutes", "inf", expect=USAGE)
        self.assert_message(done, "--minutes", "inf")

    def test_what_cannot_be_read_is_named(self):
        self.write("m", b"precious")
        self.refuse("--data", "nodata", "--out", "m2", expect=FAILED,
                    parts=["nodata: cannot open"])
        self.refuse("--data", "@nolist", "--out", "m2", expect=FAILED,
                    parts=["nolist: cannot open"])

    def test_what_cannot_be_written_is_said_before(self):
        self.write("m", b"precious")
        self.refuse("--data", "text", "--out", "m", expect=FAILED,
                    parts=["m: already exists", "-f"])
        self.assertEqual(self.read("m"), b"precious")
        self.refuse("--data", "text", "-f", "--out", ".", expect=FAILED,
                    parts=[".: is a directory"])
        self.refuse("--data", "text", "--out", "no/where", expect=FAILED,
                    parts=["no/where: "])

    def test_a_model_of_tokens_is_a_folder(self):
        self.write("text", prose(40_000))
        flags = ("train", "--preset", "tiny", "--bytes", "30k", "--data",
                 "text", "--out", "m/")
        done = self.lentil(*flags, "--tokens", "400")
        self.assertNotIn("before rounding", done.stderr)
        self.assertEqual(sorted(os.listdir(self.path("m"))),
                         ["config.json", "model.safetensors",
                          "tokenizer.json"])
        self.lentil("compress", "-q", "-m", "m", "text")
        self.assertLess(len(self.read("text.ltl")), 16_000)
        self.lentil("decompress", "-q", "-f", "-m", "m", "text.ltl")
        self.assertEqual(self.read("text"), prose(40_000))
        # With its tokenizer, another model; with other tokens, none goes on.
        refused = self.lentil(*flags, "--tokens", "400", expect=FAILED)
        self.assert_message(refused, "m/model.safetensors: already", "-f")
        self.lentil(*flags[:-1], "n", "--tokens", "m/tokenizer.json", "--seed",
                    "2")
        self.assertEqual(self.read("m/tokenizer.json"),
                         self.read("n/tokenizer.json"))
        refused = self.lentil(*flags, "-f", "--tokens", "300", "--resume",
                              "n.checkpoint", expect=USAGE)
        self.assert_message(refused, "n.checkpoint", "other tokens")
        for wrong in (("--tokens", "100"), ("--tokens", "400", "--grow", "x")):
            self.lentil(*flags, *wrong, expect=USAGE)

    def test_a_signal_stops_it_with_a_checkpoint(self):
        self.write("text", prose(200_000))
        for number in (signal.SIGTERM, signal.SIGXCPU):
            out = f"m{number}"
            process = self.start("train", "--preset", "nano", "--minutes",
                                 "99", "--data", "text", "--out", out,
                                 stderr=subprocess.PIPE)
            end = time.monotonic() + 60
            while (f"{out}.log.jsonl" not in self.files() and
                   time.monotonic() < end):
                time.sleep(0.01)
            process.send_signal(number)
            message = process.communicate(timeout=60)[1]
            self.assertEqual(process.returncode, FAILED, message)
            self.assertIn(f"--resume goes on from {out}.checkpoint".encode(),
                          message)
            self.assertIn(f"{out}.checkpoint", self.files())


class Terminal:
    """lentil with a pseudo terminal as its standard streams."""

    def __init__(self, test, *args, stdin=None):
        self.master, slave = pty.openpty()
        test.addCleanup(os.close, self.master)
        self.process = subprocess.Popen(
            [LENTIL, *args], cwd=test.dir, stdin=stdin or slave, stdout=slave,
            stderr=slave, start_new_session=True)
        os.close(slave)
        self.seen = b""

    def _read(self, seconds):
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            part = os.read(self.master, 65536)
        except OSError:  # the other side is closed
            return False
        self.seen += part
        return bool(part)

    def wait_for(self, text, seconds=60):
        end = time.monotonic() + seconds
        while text not in self.seen:
            if time.monotonic() > end or (not self._read(1) and
                                          self.process.poll() is not None):
                raise AssertionError(f"{text} not in {self.seen}")

    def type(self, text):
        os.write(self.master, text)

    def wait(self):
        while self.process.poll() is None:
            self._read(0.05)
        while self._read(0):
            pass
        return self.process.returncode


if __name__ == "__main__":
    unittest.main()

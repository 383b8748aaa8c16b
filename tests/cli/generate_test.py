# SPDX-License-Identifier: Apache-2.0
"""lentil generate: the same bytes again, from every source, in good manners."""

import signal
import subprocess
import unittest

from harness import (CANNOT, CliTest, CORRUPT, FAILED, USAGE,
                     embedded_models, prose)

MODELS = embedded_models()
LANES = [("contexts",)] + [(source, "-m", "nano") for source in ("model", "mix")
                          if "nano" in MODELS]
COMPRESSORS = ("gzip", "deflate", "lzma", "zstd")


class Draws(CliTest):
    def draw(self, source, *flags, prompt=None, **kwargs):
        return self.lentil("generate", "--from", *source, *flags,
                           stdin=prose(500) if prompt is None else prompt,
                           **kwargs).stdout

    def test_the_same_again(self):
        for source in LANES:
            first = self.draw(source, "--bytes", "24")
            self.assertEqual(len(first), 24)
            self.assertEqual(self.draw(source, "--bytes", "24"), first)
            self.assertEqual(self.draw(source, "--bytes", "9"), first[:9])
            self.assertNotEqual(self.draw(source, "--seed", "2", "--bytes",
                                          "24"), first)

    def test_kernels_and_threads_change_nothing(self):
        for source in LANES:
            first = self.draw(source, "--bytes", "24")
            self.assertEqual(
                self.draw(source, "--bytes", "24", "-T3",
                          env={"LENTIL_KERNELS": "scalar"}), first)
        for source in COMPRESSORS:
            flags = ("--bytes", "3", "--horizon", "2", "--beam", "1",
                     "--context", "200")
            first = self.draw((source,), *flags, "-T1")
            self.assertEqual(len(first), 3)
            self.assertEqual(self.draw((source,), *flags, "-T2"), first)

    def test_temperature_zero_knows_no_seed(self):
        for source in LANES + [("deflate",)]:
            flags = ("--temperature", "0", "--bytes", "12", "--seed")
            first = self.draw(source, *flags, "1")
            self.assertEqual(self.draw(source, *flags, "9"), first)
            self.assertEqual(
                self.draw(source, "--top-k", "1", "--bytes", "12"), first)

    def test_what_repeats_goes_on(self):
        text = b"Behold, a sower went forth to sow. " * 3
        for source in (("contexts",),
                       ("deflate", "--horizon", "2", "--beam", "2")):
            drawn = self.draw(source, "--temperature", "0", "--bytes", "6",
                              prompt=text + b"Behold, a so")
            self.assertEqual(drawn, b"wer we", source)

    def test_prompts(self):
        self.write("a", b"The seed ")
        from_file = self.lentil("generate", "--from", "contexts", "a").stdout
        self.assertEqual(self.draw(("contexts",), prompt=b"The seed "),
                         from_file)
        self.assertEqual(self.draw(("contexts",), "-", prompt=b"The seed "),
                         from_file)
        self.assertEqual(
            self.draw(("contexts",), "--prompt", "The seed ", prompt=b"x"),
            from_file)
        self.assertEqual(
            self.draw(("contexts",), "--context", "9",
                      prompt=prose(600_000) + b"The seed "), from_file)
        self.assertEqual(len(self.draw(("contexts",), prompt=b"")), 256)
        self.assertEqual(self.draw(("contexts",), "--bytes", "0"), b"")

    def test_models(self):
        for name in MODELS:
            drawn = self.draw(("model", "-m", name), "--bytes", "10")
            self.assertEqual(len(drawn), 10)
            if name == "small":
                self.assertEqual(self.draw(("model",), "--bytes", "10"), drawn)


class Manners(CliTest):
    FLAGS = ("generate", "--from", "contexts", "--prompt", "a b a b")

    def test_usage(self):
        for flags, parts in (
                (("--from", "rar"), ("'rar'", "gzip")),
                (("--temperature", "-1"), ("--temperature", "'-1'")),
                (("--temperature", "101"), ("--temperature", "100")),
                (("--top-p", "0"), ("--top-p", "nothing")),
                (("--top-p", "1.1"), ("--top-p",)),
                (("--top-k", "x"), ("--top-k", "'x'")),
                (("--seed", "-1"), ("--seed",)),
                (("--bytes", "65MiB"), ("--bytes", "64MiB")),
                (("--horizon", "0", "--from", "gzip"), ("--horizon",)),
                (("--context", "65M"), ("--context", "64MiB")),
                (("--horizon", "2"), ("--horizon", "compressors")),
                (("--from", "zstd", "--context", "2M"), ("--context", "1MiB")),
                (("-m", "nano"), ("-m", "contexts")),
                (("a",), ("--prompt", "FILE")),
                (("-M", "1G"), ("unknown flag -M",)),
                (("--tempature", "1"), ("--temperature",))):
            done = self.lentil(*self.FLAGS, *flags, expect=USAGE)
            self.assert_message(done, *parts)
            self.assertEqual(done.stdout, b"")
        self.assert_message(self.lentil("generate", "a", "b", expect=USAGE),
                            "one FILE")

    def test_what_is_not_there(self):
        self.assert_message(self.lentil("generate", "missing", expect=FAILED),
                            "missing: cannot open")
        self.assert_message(self.lentil("generate", "-m", "bogus",
                                        expect=CANNOT), "bogus")
        with open("/dev/zero", "rb") as endless:
            done = self.lentil("generate", "--from", "contexts", expect=FAILED,
                               stdin_file=endless)
        self.assert_message(done, "standard input: ", "--context")
        self.assert_message(self.lentil("generate", ".", expect=FAILED),
                            ".: is a directory")
        self.write("a", b"no model")
        self.assert_message(self.lentil("generate", "-m", "a",
                                        expect=CORRUPT), "a: ")
        self.assert_message(self.lentil(*self.FLAGS, "-o", "no/where",
                                        expect=FAILED), "no/where: ")

    def test_output(self):
        drawn = self.lentil(*self.FLAGS)
        self.assertEqual(drawn.stderr, "")
        done = self.lentil(*self.FLAGS, "-o", "x")
        self.assertEqual(done.stdout, b"")
        self.assertIn("x: 256 B", done.stderr)
        self.assertEqual(self.read("x"), drawn.stdout)
        done = self.lentil(*self.FLAGS, "-o", "x", expect=FAILED)
        self.assert_message(done, "x: already exists", "-f")
        self.lentil(*self.FLAGS, "-f", "--seed", "2", "-q", "-o", "x")
        self.assertNotEqual(self.read("x"), drawn.stdout)
        self.assertEqual(self.lentil(*self.FLAGS, "-o", "-").stdout,
                         drawn.stdout)
        done = self.lentil("generate", "--from", "contexts", "x", "-f", "-o",
                           "./x", expect=USAGE)
        self.assert_message(done, "is the input")
        self.assertEqual(self.files(), ["x"])

    def test_progress(self):
        done = self.lentil(*self.FLAGS, "--progress", "--bytes", "500")
        self.assertIn("generate: ", done.stderr)

    def test_a_closed_pipe_ends_it(self):
        process = self.start(*self.FLAGS, "--bytes", "1M",
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(len(process.stdout.read(1)), 1)
        process.stdout.close()
        self.assertEqual(process.wait(timeout=60), FAILED)
        self.assertEqual(process.stderr.read(), b"")

    def test_a_signal_ends_it_at_once(self):
        process = self.start(*self.FLAGS, "--bytes", "1M", "-o", "x",
                             stderr=subprocess.DEVNULL)
        self.wait_for_output(process)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=60), -signal.SIGINT)
        self.assertEqual(self.files(), [])

    def test_help(self):
        for flag in (b"--from", b"--temperature", b"--top-p", b"--output"):
            self.assertIn(flag, self.lentil("generate", "--help").stdout)


if __name__ == "__main__":
    unittest.main()

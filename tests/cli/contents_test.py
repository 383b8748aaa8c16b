# SPDX-License-Identifier: Apache-2.0
"""Every kind of content comes back, and always the same way."""

import json
import os
import unittest

from harness import CliTest, USAGE, english, levels, noise, prose

LEVELS = levels()


class Contents(CliTest):
    def round_trip(self, data, *flags):
        """Compresses and restores through files; returns the compressed size."""
        self.write("in", data)
        self.lentil("compress", *flags, "-f", "in", "-o", "code")
        self.lentil("test", "code")
        self.lentil("decompress", "code", "-f", "-o", "out")
        self.assertEqual(self.read("out"), data)
        return os.path.getsize(self.path("code"))

    def test_small_and_odd_inputs(self):
        for level in LEVELS:
            for data in (b"", b"x", b"\0", b"\xff" * 3, bytes(range(256)),
                         b"a\0b\0c\0" * 1000, prose(1000)):
                with self.subTest(level=level, size=len(data)):
                    self.round_trip(data, level)

    def test_three_megabytes_of_zeros(self):
        for level in LEVELS:
            self.assertLessEqual(self.round_trip(bytes(3_000_000), level),
                                 3000)

    def test_noise_grows_by_next_to_nothing(self):
        for level in LEVELS:
            size = self.round_trip(noise(1_000_000), level)
            self.assertLessEqual(size, 1_000_000 * 1.0001 + 64)

    def test_kinds_that_change_within_a_file(self):
        data = (english() + noise(30_000) + bytes(50_000) +
                bytes(range(256)) * 100 + prose(20_000))
        for level in LEVELS:
            self.round_trip(data, level)
            self.round_trip(data, level, "--frame-size", "16KiB")

    def test_frames_of_every_size(self):
        data = prose(40_000)
        for size in ("4KiB", "4097", "39999", "40000", "40001", "64MiB"):
            self.round_trip(data, "-0", "--frame-size", size)

    def test_without_verification_the_same_bytes(self):
        self.write("in", english())
        for level in LEVELS:
            self.assertEqual(
                self.lentil("compress", level, "-c", "in").stdout,
                self.lentil("compress", level, "-c", "--no-verify",
                            "in").stdout)


class SameBytes(CliTest):
    def test_any_number_of_threads(self):
        self.write("in", english() + prose(20_000))
        for level in LEVELS:
            codes = {self.lentil("compress", level, "--frame-size", "8KiB",
                                 f"-T{threads}", "-c", "in").stdout
                     for threads in (0, 1, 2, 5)}
            self.assertEqual(len(codes), 1)
            for threads in (1, 4):
                out = self.lentil("cat", f"-T{threads}", stdin=min(codes))
                self.assertEqual(out.stdout, self.read("in"))

    def test_a_pipe_and_a_file(self):
        data = english() + prose(20_000)
        self.write("in", data)
        for level in LEVELS:
            self.assertEqual(
                self.lentil("compress", level, stdin=data).stdout,
                self.lentil("compress", level, "-c", "in").stdout)

    def test_any_kernels(self):
        data = english()[:6000]
        for level in LEVELS:
            self.assertEqual(
                self.lentil("compress", level, stdin=data).stdout,
                self.lentil("compress", level, stdin=data,
                            env={"LENTIL_KERNELS": "scalar"}).stdout)


class Parts(CliTest):
    def setUp(self):
        super().setUp()
        self.data = prose(100_000)
        self.write("in", self.data)
        self.lentil("compress", "-0", "--frame-size", "16KiB", "in")

    def test_ranges(self):
        for offset, length in ((0, 10), (5, 0), (16384, 16384), (16383, 2),
                               (40_000, 30_000), (99_990, 100),
                               (100_000, 5), (10**15, 5)):
            out = self.lentil("cat", "--offset", offset, "--length", length,
                              "in.ltl").stdout
            self.assertEqual(out, self.data[offset:offset + length])
        self.assertEqual(
            self.lentil("cat", "--offset", "90000", "in.ltl").stdout,
            self.data[90000:])
        self.assertEqual(
            self.lentil("cat", "--length", "1KiB", "in.ltl").stdout,
            self.data[:1024])

    def test_a_range_of_a_pipe_is_refused(self):
        done = self.lentil("cat", "--offset", "5", expect=USAGE,
                           stdin=self.read("in.ltl"))
        self.assert_message(done, "--offset", "regular file")

    def test_containers_in_a_row(self):
        self.write("b", b"second")
        self.lentil("compress", "-0", "b")
        self.lentil("compress", "-0", "-o", "empty.ltl", stdin=b"")
        both = (self.read("in.ltl") + self.read("empty.ltl") +
                self.read("b.ltl"))
        self.write("both.ltl", both)
        self.assertEqual(self.lentil("cat", "both.ltl").stdout,
                         self.data + b"second")
        self.assertEqual(self.lentil("cat", stdin=both).stdout,
                         self.data + b"second")
        self.assertEqual(
            self.lentil("cat", "--offset", "99998", "--length", "5",
                        "both.ltl").stdout, self.data[-2:] + b"sec")
        listing = json.loads(self.lentil("list", "--json", "both.ltl").stdout)
        self.assertEqual(listing[0]["containers"], 3)
        self.assertEqual(listing[0]["bytes"], 100_006)


if __name__ == "__main__":
    unittest.main()

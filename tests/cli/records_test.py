# SPDX-License-Identifier: Apache-2.0
"""lentil compress --records: files of records, each to be restored alone."""

import os
import struct
import sys
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from harness import CANNOT, CORRUPT, USAGE, CliTest, levels  # noqa: E402


def log(begin, end):
    return [b'{"user":%d,"event":"login","host":"node-%d"}'
            % (i * 37 % 101, i % 7) for i in range(begin, end)]


def lines(records):
    return b"".join(record + b"\n" for record in records)


def prefixed(records):
    return b"".join(struct.pack("<I", len(r)) + r for r in records)


class RecordsTest(CliTest):

    def setUp(self):
        super().setUp()
        self.write("sample", lines(log(0, 120)))
        self.level = levels()[-1]

    def compress(self, data, *flags, form="lines"):
        self.write("f", data)
        self.lentil("compress", "-q", "-f", f"--records={form}", *flags, "f")
        return self.read("f.ltl")

    def test_lines_come_back_at_every_level(self):
        wild = [b"", b"\r", b"a\x00b\xff", b"x" * 500] + log(400, 420)
        for level in [flag for flag in levels() if flag != "-0"]:
            for data in (lines(wild), lines(wild)[:-1], b"\n", b"a", b""):
                self.compress(data, level, "--sample=sample")
                os.remove(self.path("f"))
                self.lentil("decompress", "-q", "--sample", "sample", "f.ltl")
                self.assertEqual(self.read("f"), data)
                self.lentil("test", "-q", "--sample", "sample", "f.ltl")

    def test_a_sample_makes_it_small(self):
        data = lines(log(500, 560))
        with_it = self.compress(data, self.level, "--sample=sample")
        self.assertLess(len(with_it), len(data) // 4)
        if self.level not in ("-0", "-1"):
            self.assertLess(len(with_it),
                            len(self.compress(data, self.level)))

    def test_one_record_or_a_range(self):
        records = [b"", b"first\r"] + log(400, 430) + [b"", b"no newline"]
        data = lines(records)[:-1]
        self.compress(data, "-1", "--sample=sample", "--frame-size=4KiB")
        for first, last in ((1, 1), (2, 2), (3, 30), (34, 34), (1, 34)):
            wanted = lines(records[first - 1:last])
            if last == len(records):
                wanted = wanted[:-1]
            flag = f"{first}" if first == last else f"{first}-{last}"
            done = self.lentil("cat", "--sample", "sample", "--record", flag,
                               "f.ltl")
            self.assertEqual(done.stdout, wanted, flag)
        done = self.lentil("cat", "--sample=sample", "--record=35", "f.ltl",
                           expect=USAGE)
        self.assert_message(done, "34 records")
        for bad in ("0", "x", "3-2", "1-", "-1"):
            self.lentil("cat", f"--record={bad}", "f.ltl", expect=USAGE)
        self.lentil("cat", "--record=1", "--offset=1", "f.ltl", expect=USAGE)

    def test_length_prefixed(self):
        records = [b"", b"\x00\n\xff"] + log(1, 40) + [b"z" * 3000]
        data = prefixed(records)
        self.write("sample.bin", prefixed(log(0, 120)))
        self.compress(data, "-1", "--sample=sample.bin", form="u32le")
        done = self.lentil("cat", "--sample=sample.bin", "f.ltl")
        self.assertEqual(done.stdout, data)
        done = self.lentil("cat", "--sample=sample.bin", "--record=2-3",
                           "f.ltl")
        self.assertEqual(done.stdout, prefixed(records[1:3]))
        self.write("bad", data[:-1])
        done = self.lentil("compress", "-1", "--sample=sample.bin",
                           "--records=u32le", "bad", expect=USAGE)
        self.assert_message(done, "passes the end")
        self.assertNotIn("bad.ltl", self.files())

    def test_threads_pieces_and_kernels_make_no_difference(self):
        data = lines(log(300, 380))
        flags = (self.level, "--sample=sample", "--records=lines", "-c")
        self.write("f", data)
        file = self.lentil("compress", "-T1", *flags, "f").stdout
        self.assertEqual(
            self.lentil("compress", "-T2", *flags, stdin=data).stdout, file)
        scalar = self.lentil("compress", "--no-verify", *flags, "f",
                             env={"LENTIL_KERNELS": "scalar"}).stdout
        self.assertEqual(scalar, file)

    def test_wrong_missing_and_large_samples(self):
        self.compress(lines(log(1, 50)), "-1", "--sample=sample")
        for flags in ((), ("--record=1",)):
            done = self.lentil("cat", *flags, "f.ltl", expect=CANNOT)
            self.assert_message(done, "needs the sample", "--sample FILE")
        self.write("other", b"something else\n")
        done = self.lentil("cat", "--sample=other", "f.ltl", expect=CANNOT)
        self.assert_message(done, "needs the sample", ", not ")
        self.write("large", b"x" * (4 << 20) + b"\n")
        for verb in ("compress", "cat"):
            flags = ("--records=lines",) if verb == "compress" else ()
            done = self.lentil(verb, *flags, "--sample=large", "f.ltl",
                               expect=USAGE)
            self.assert_message(done, "large", "at most 4 MiB")
        self.lentil("compress", "--sample=sample", "f", expect=USAGE)
        self.lentil("compress", "--records=words", "f", expect=USAGE)
        done = self.lentil("compress", "-0", "-c", "--records=lines", "f",
                           expect=USAGE)
        self.assert_message(done, "without a sample")

    def test_files_without_records_say_so(self):
        self.write("g", b"plain\n" * 100)
        self.lentil("compress", "-q", "-0", "g")
        done = self.lentil("cat", "--record=1", "g.ltl", expect=USAGE)
        self.assert_message(done, "--records")

    def test_listed_and_damaged(self):
        file = self.compress(lines(log(1, 200)), "-1", "--sample=sample")
        listed = self.lentil("list", "-v", "f.ltl").stdout
        self.assertIn(b"records", listed)
        damaged = bytearray(file)
        damaged[len(file) // 2] ^= 1
        self.write("f.ltl", bytes(damaged))
        for flags in ((), ("--record=3",)):
            done = self.lentil("cat", "--sample=sample", *flags, "f.ltl",
                               expect=CORRUPT)
            self.assertEqual(done.stdout, b"")


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that the training text shares nothing with the test text.

usage: overlap_test.py [FOLDER]        default: ../shared/data by the repository

Compares every run of ten words of FOLDER/text/dev-test with those of
FOLDER/text/train. A word is a longest sequence of letters, lower case (bytes
from 128 count as letters); a run with fewer than six different words is markup
or a table and is ignored. Of what remains, a test file may share a few runs
with training text: page headers, licences, alphabets (MAX_SHARED).

One core, about 60 s for 300 MB, under 500 MB of memory. Without the folder the
test says so and exits with status 77; its self-check runs in any case.
"""

import collections
import lzma
import os
import sys
import tempfile
import unittest

RUN = 10                # words
MIN_DIFFERENT = 6       # words of a run that must differ
MAX_SHARED = 1 / 5000   # of a test file's runs; other limits stand here:
MAX_SHARED_OF = {"enwik6.xz": 1 / 500}  # headers and infoboxes of wiki pages
CHUNK = 1 << 20         # bytes read at a time

LETTERS = bytes(
    c + 32 if 65 <= c <= 90 else c if 97 <= c <= 122 or c >= 128 else 32
    for c in range(256))


def word_lists(path):
    """Yields lists of words; each starts with the last nine of the one before,
    so that every run of the file lies in exactly one list."""
    words, rest = [], b""
    with (lzma.open if path.endswith(".xz") else open)(path, "rb") as file:
        while True:
            chunk = file.read(CHUNK)
            text = rest + chunk.translate(LETTERS)
            # A word that ends with the chunk may go on in the next one.
            cut = text.rfind(b" ") + 1 if chunk else len(text)
            rest = text[cut:]
            words = words[-(RUN - 1):] + text[:cut].split()
            yield words
            if not chunk:
                return


def runs(words):
    """All runs of ten words; makes no copies of the words."""
    return zip(*(words[i:] for i in range(RUN)))


def files_of(folder):
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder))]


def test_hashes(path):
    """64-bit hashes of a test file's runs (the chance that two runs of all
    these files agree by accident is about one in 100,000)."""
    return {hash(run) for words in word_lists(path) for run in runs(words)
            if len(set(run)) >= MIN_DIFFERENT}


def shared_runs(train, test):
    """{test file: (runs, shared runs, an example)} and {train file: shared}."""
    wanted = set()
    for path in files_of(test):
        wanted |= test_hashes(path)
    found, by_train = set(), collections.Counter()
    for path in files_of(train):
        here = set()
        for words in word_lists(path):
            here.update(wanted.intersection(map(hash, runs(words))))
        by_train[os.path.basename(path)] = len(here)
        found |= here
    del wanted
    by_test = {}
    for path in files_of(test):
        hashes = test_hashes(path)
        shared = hashes & found
        example = next((b" ".join(run) for words in word_lists(path)
                        for run in runs(words) if hash(run) in shared), b""
                       ) if shared else b""
        by_test[os.path.basename(path)] = (len(hashes), len(shared),
                                           example.decode("utf-8", "replace"))
    return by_test, by_train


class SelfCheck(unittest.TestCase):
    def count(self, train, test):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (("train", train), ("dev-test", test)):
                os.mkdir(os.path.join(folder, name))
                with lzma.open(f"{folder}/{name}/text.xz", "wb") as file:
                    file.write(text)
            by_test, _ = shared_runs(f"{folder}/train", f"{folder}/dev-test")
            return by_test["text.xz"][1]

    def words(self, begin, end):
        """Different words without digits."""
        letters = str.maketrans("0123456789", "abcdefghij")
        return " ".join(str(i).translate(letters)
                        for i in range(begin, end)).encode()

    def test_finds_a_copied_run_and_only_from_ten_words(self):
        test = self.words(10000, 20000)
        other = self.words(20000, 30000)
        self.assertEqual(self.count(other, test), 0)
        nine, ten = self.words(12000, 12009), self.words(12000, 12010)
        self.assertEqual(self.count(other + b" " + nine + b" x", test), 0)
        self.assertEqual(self.count(other + b" " + ten + b" x", test), 1)
        self.assertEqual(self.count(ten.upper().replace(b" ", b",\n"), test), 1)

    def test_finds_runs_across_chunks(self):
        filler = self.words(200000, 200000 + CHUNK // 4)
        for shift in range(0, 80, 7):
            train = filler[:CHUNK - shift] + b" " + self.words(12000, 12012)
            self.assertEqual(self.count(train, self.words(11000, 13000)), 3)


class DataTest(unittest.TestCase):
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                          "../../../shared/data")

    def test_training_text_shares_nothing_with_test_text(self):
        by_test, by_train = shared_runs(
            os.path.join(self.folder, "text/train"),
            os.path.join(self.folder, "text/dev-test"))
        self.assertTrue(by_test and by_train)
        for name, (total, shared, example) in by_test.items():
            print(f"{name}: {shared} of {total} runs of {RUN} words shared"
                  + (f", first: {example}" if shared else ""))
        print("in training files:",
              {name: n for name, n in by_train.items() if n})
        for name, (total, shared, example) in by_test.items():
            limit = MAX_SHARED_OF.get(name, MAX_SHARED)
            self.assertLessEqual(shared, total * limit,
                                 f"{name} shares, for example: {example}")


def main():
    if len(sys.argv) > 1:
        DataTest.folder = sys.argv.pop(1)
    present = os.path.isdir(os.path.join(DataTest.folder, "text/dev-test"))
    tests = unittest.TestSuite()
    for case in (SelfCheck, DataTest) if present else (SelfCheck,):
        tests.addTests(unittest.defaultTestLoader.loadTestsFromTestCase(case))
    if not unittest.TextTestRunner().run(tests).wasSuccessful():
        return 1
    if not present:
        print(f"skipped: no {os.path.normpath(DataTest.folder)}")
        return 77
    return 0


if __name__ == "__main__":
    sys.exit(main())

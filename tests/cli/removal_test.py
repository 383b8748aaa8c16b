# SPDX-License-Identifier: Apache-2.0
"""What --rm removes: the file that was read, and never anything else.

LENTIL_REMOVAL_TRIES=1000 makes the races longer.
"""

import os
import random
import time
import unittest

from harness import CliTest, FAILED, LENTIL, OK, noise

TRIES = int(os.environ.get("LENTIL_REMOVAL_TRIES", "30"))


class Kept(CliTest):
    def test_a_file_that_is_open_for_writing(self):
        self.write("a", b"hello")
        with open(self.path("a"), "ab") as writer:
            done = self.lentil("compress", "-0", "--rm", "a", expect=FAILED)
            self.assert_message(done, "a: not removed: ", "open for writing")
            writer.write(b" and more")
        self.assertEqual(self.read("a"), b"hello and more")
        self.assertEqual(self.lentil("cat", "a.ltl").stdout, b"hello")
        self.lentil("compress", "-0", "-f", "--rm", "a")
        self.assertEqual(self.files(), ["a.ltl"])

    def test_a_link_and_what_it_names(self):
        self.write("a", b"hello")
        os.symlink("a", self.path("link"))
        done = self.lentil("compress", "-0", "--rm", "link", expect=FAILED)
        self.assert_message(done, "link: not removed: it is a symbolic link")
        self.assertEqual(self.files(), ["a", "link", "link.ltl"])

    def test_what_is_no_file(self):
        os.mkfifo(self.path("pipe"))
        process = self.start("compress", "-0", "--rm", "pipe", "-o", "out")
        with open(self.path("pipe"), "wb") as pipe:
            pipe.write(b"hello")
        self.assertEqual(process.wait(), FAILED)
        self.assertEqual(self.files(), ["out", "pipe"])

    def test_other_names_of_the_file(self):
        self.write("a", b"hello")
        os.link(self.path("a"), self.path("b"))
        self.lentil("compress", "-0", "--rm", "a")
        self.assertEqual(self.files(), ["a.ltl", "b"])

    def test_a_damaged_archive(self):
        self.write("a", noise(300_000))
        self.lentil("compress", "-0", "--frame-size", "64k", "--rm", "a")
        code = bytearray(self.read("a.ltl"))
        code[100_000] ^= 1
        self.write("a.ltl", bytes(code))
        self.lentil("decompress", "--salvage", "--rm", "a.ltl", expect=3)
        self.assertEqual(self.files(), ["a", "a.ltl"])


class Races(CliTest):
    """Something happens to the input at a random moment; no byte is lost."""

    OLD = noise(150_000, seed=3)
    NEW = noise(5_000, seed=4)

    def setUp(self):
        super().setUp()
        self.random = random.Random(5)
        self.write("a", self.OLD)
        start = time.monotonic()
        self.assertEqual(self.compress().wait(), OK)
        self.seconds = time.monotonic() - start
        os.remove(self.path("a.ltl"))

    def compress(self):
        return self.start("compress", "-qq", "-0", "--rm", "a")

    def found(self):
        """The contents of every file here, archives restored."""
        contents = []
        for name in self.files():
            contents.append(self.lentil("cat", name).stdout
                            if name.endswith(".ltl") else self.read(name))
        return contents

    def race(self, act, check):
        """Returns how often the input was removed."""
        removed = 0
        for _ in range(TRIES):
            for name in self.files():
                os.remove(self.path(name))
            self.write("a", self.OLD)
            process = self.compress()
            time.sleep(self.random.uniform(0, 1.3 * self.seconds))
            told = act()
            code = process.wait()
            self.assertIn(code, (OK, FAILED))
            contents = self.found()
            if told:
                self.assertTrue(check(contents), (code, self.files()))
            removed += code == OK
        return removed

    def test_append(self):
        def act():
            try:
                fd = os.open(self.path("a"), os.O_WRONLY | os.O_APPEND)
            except FileNotFoundError:
                return False  # whoever appends knows
            with open(fd, "wb") as file:
                file.write(self.NEW)
            return True

        self.race(act, lambda all: any(c == self.OLD + self.NEW for c in all))

    def test_append_by_a_program_that_holds_it_open(self):
        for _ in range(TRIES):
            for name in self.files():
                os.remove(self.path(name))
            self.write("a", self.OLD)
            with open(self.path("a"), "ab", buffering=0) as log:
                process = self.compress()
                for _ in range(4):
                    time.sleep(self.random.uniform(0, 0.3 * self.seconds))
                    log.write(self.NEW)
                process.wait()
            self.assertIn(self.OLD + 4 * self.NEW, self.found())

    def test_a_new_file_takes_the_name(self):
        def act():
            try:
                os.rename(self.path("a"), self.path("a.1"))
            except FileNotFoundError:
                pass
            self.write("a", self.NEW)
            return True

        self.race(act, lambda all: self.OLD in all and self.NEW in all)

    def test_replaced(self):
        self.write("b", self.NEW)

        def act():
            self.write("b", self.NEW)
            os.replace(self.path("b"), self.path("a"))
            return True

        self.race(act, lambda all: self.NEW in all)

    def test_truncated_and_written_anew(self):
        def act():
            try:
                fd = os.open(self.path("a"), os.O_WRONLY | os.O_TRUNC)
            except FileNotFoundError:
                return False
            with open(fd, "wb") as file:
                file.write(self.NEW)
            return True

        self.race(act, lambda all: self.NEW in all)

    def test_alone_it_is_removed(self):
        self.assertEqual(self.race(lambda: False, lambda _: True), TRIES)


if __name__ == "__main__":
    unittest.main()

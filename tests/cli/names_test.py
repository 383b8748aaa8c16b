# SPDX-License-Identifier: Apache-2.0
"""Names from outside reach no terminal raw: files, verbs, flags, models."""

import json
import os
import re
import struct
import unittest

from harness import (CANNOT, CliTest, CORRUPT, FAILED, OK, USAGE, prose, run)

HOSTILE = "\x1b]0;mine\x07\x1b[2J\nlentil: all is well (exit 0)\u202etxt.\u009b1m"
NOT_UTF8 = b"bad\xff\xfename"
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e"
                    "\u2066-\u2069\ufeff]")


class Hostile(CliTest):
    def check(self, *args, expect, lines=None, **kwargs):
        """What the program says has nothing in it that terminals obey."""
        done = run(*args, cwd=self.dir, **kwargs)
        self.assertEqual(done.returncode, expect, done.stderr)
        for text in (done.stdout.decode(), done.stderr):
            found = OBEYED.search(text)
            self.assertIsNone(found, (args, found))
        if lines is not None:
            self.assertEqual(done.stderr.count("\n"), lines, done.stderr)
        return done

    def test_files(self):
        self.write(HOSTILE, prose(3000))
        done = self.check("compress", "-0", HOSTILE, expect=OK, lines=1)
        self.assertIn("\\x1b]0;mine\\x07\\x1b[2J\\nlentil: all is well",
                      done.stderr)
        self.assertIn("\\u202etxt.\\u009b1m: 3.00 kB", done.stderr)
        self.check("compress", "-0", HOSTILE, expect=FAILED, lines=1)
        done = self.check("list", "-v", HOSTILE + ".ltl", expect=OK)
        self.assertEqual(done.stdout.count(b"\n"), 3)
        self.check("test", HOSTILE + ".ltl", expect=OK, lines=1)
        self.check("test", HOSTILE, expect=CORRUPT, lines=1)
        self.check("cat", HOSTILE + "?", expect=FAILED, lines=1)
        self.check("compress", "-0", HOSTILE, "-o", HOSTILE, expect=USAGE,
                   lines=1)

    def test_reports(self):
        self.write(HOSTILE, prose(3000))
        done = self.check("eval", "-0", HOSTILE, "--html", "page.html",
                          expect=OK)
        rows = [line for line in done.stdout.splitlines() if b"mine" in line]
        self.assertEqual(len(rows), 1)
        page = self.read("page.html").decode()
        self.assertIn("\\x1b]0;mine", page)
        self.assertIsNone(OBEYED.search(page))
        self.check("bench", "--peers", "none", "--levels", "0", HOSTILE,
                   expect=OK)

    def test_machines_get_names_as_they_are(self):
        self.write(HOSTILE, prose(3000))
        self.lentil("compress", "-0", HOSTILE)
        listed = json.loads(self.lentil("list", "--json",
                                        HOSTILE + ".ltl").stdout)
        self.assertEqual(listed[0]["file"], HOSTILE + ".ltl")
        self.lentil("eval", "-0", HOSTILE, "--csv", "t.csv")
        self.assertIn("\x1b]0;mine", self.read("t.csv").decode())

    def test_progress(self):
        self.write(HOSTILE, prose(300_000))
        done = run("compress", "-1", "--progress", HOSTILE, cwd=self.dir)
        self.assertEqual(done.returncode, OK)
        ours = done.stderr.replace("\x1b[K", "").replace("\r", "")
        self.assertIsNone(OBEYED.search(ours), ours)

    def test_bytes_that_are_no_text(self):
        path = os.path.join(os.fsencode(self.dir), NOT_UTF8)
        with open(path, "wb") as file:
            file.write(b"hello")
        done = self.check("compress", "-0", os.fsdecode(NOT_UTF8), expect=OK)
        self.assertIn("bad\\xff\\xfename: ", done.stderr)
        self.assertTrue(os.path.exists(path + b".ltl"))

    def test_words_of_the_command_line(self):
        self.check(HOSTILE, expect=USAGE, lines=1)
        self.check("compress", "--" + HOSTILE, expect=USAGE, lines=1)
        self.check("compress", "--frame-size", HOSTILE, expect=USAGE, lines=1)
        self.check("compress", "-m", HOSTILE, expect=CANNOT, lines=1)
        self.check("eval", "--subjects", HOSTILE, "x", expect=USAGE, lines=1)

    def test_models(self):
        name = HOSTILE.encode()
        key = b"general.architecture"
        gguf = (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) +
                struct.pack("<Q", len(key)) + key + struct.pack("<I", 8) +
                struct.pack("<Q", len(name)) + name)
        self.write("m.gguf", gguf + b"\0" * 64)
        header = b"{}".ljust(8)
        self.write("folder/model.safetensors",
                   struct.pack("<Q", len(header)) + header)
        self.write("folder/config.json",
                   json.dumps({"model_type": HOSTILE}).encode())
        for model in ("m.gguf", "folder"):
            for verb in ("info", "verify"):
                done = run("model", verb, model, cwd=self.dir)
                self.assertIn(done.returncode, (CORRUPT, CANNOT))
                self.assertNotIn("\nlentil: all is well", done.stderr)
                self.assertIsNone(OBEYED.search(done.stderr), done.stderr)
                self.assertIn("mine", done.stderr)


if __name__ == "__main__":
    unittest.main()

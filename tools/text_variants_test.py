#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of text_variants.py."""

import os
import random
import re
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import text_variants  # noqa: E402

TEXT = "\n\n".join(
    f"The {i}th day — it rained. “Shall we go?”\nasked Anne; nobody’s answer "
    "came.  She waited\nuntil the évening, and then went home alone."
    for i in range(4000))


def letters(text):
    return re.findall(r"\w", text)


class TextVariants(unittest.TestCase):
    def pieces(self, seed=1):
        return list(text_variants.variants(TEXT, random.Random(seed)))

    def test_keeps_every_letter_in_order(self):
        self.assertEqual(letters("".join(self.pieces())), letters(TEXT))

    def test_is_deterministic_and_depends_on_the_seed(self):
        self.assertEqual(self.pieces(1), self.pieces(1))
        self.assertNotEqual(self.pieces(1), self.pieces(2))

    def test_makes_every_kind_of_layout(self):
        pieces = sum((self.pieces(seed) for seed in range(5)), [])
        for sign in ("\r\n", "--", '"', "“", "`", ".  ", "\n  "):
            having = sum(sign in piece for piece in pieces)
            self.assertTrue(0 < having < len(pieces), repr(sign))

    def test_one_piece_has_one_kind_of_line_end(self):
        for piece in self.pieces():
            self.assertIn(piece.count("\r\n"), (0, piece.count("\n")))

    def test_lines_fit_the_width(self):
        rng = random.Random(3)
        for width in (20, 55, 79):
            words = [("x" * rng.randint(1, 9)) for _ in range(500)]
            words += ["", "y"] * 100  # gaps of two spaces
            lines = text_variants.wrapped(" ".join(words), width, "  ")
            self.assertLessEqual(max(len(x.rstrip()) for x in lines), width)
            self.assertEqual(" ".join(lines).split(), " ".join(words).split())
            self.assertFalse([x for x in lines[1:] if x.startswith(" ")])


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lays out prose in the many ways that plain-text files use.

usage: text_variants.py [--seed N] IN[.xz] ... OUT.xz

A corpus has one typography: one line width, curly quotes, LF. The world's text
files have many. This rewrites training text in pieces of about 32 KB, each in
a style of its own: line ends (LF or CR LF), line width or none, blank lines or
indents between paragraphs, curly, straight or `single' quotes, one or two
spaces after a sentence, dashes. The words stay. One piece in ten is tokenised
as language-model corpora are: marks stand alone, rare words become <unk>.
Deterministic for a seed.
"""

import argparse
import collections
import lzma
import random
import re

PIECE = 32 << 10  # characters of one style
TOKENISED = 0.1  # share of the pieces
VOCABULARY = 20000  # words that a tokenised piece keeps

STRAIGHT = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
                          "‘": "'", "’": "'", "…": "...", "\u00a0": " "})
BRITISH = str.maketrans({"“": "'", "”": "'", "‘": "'", "’": "'",
                         "…": "...", "\u00a0": " "})
BACKQUOTE = str.maketrans({"“": "`", "”": "'", "‘": "`", "’": "'",
                           "…": "...", "\u00a0": " "})
# (translation, weight); None keeps the typography of the source
QUOTES = [(None, 15), (STRAIGHT, 60), (BRITISH, 12), (BACKQUOTE, 13)]
DASHES = ["--", " -- ", " - ", "---"]


def read_text(path):
    with (lzma.open if path.endswith(".xz") else open)(path, "rb") as file:
        return file.read().decode("utf-8", "surrogateescape")


def paragraphs(text):
    """Paragraphs without line breaks: one ends where a blank line or an
    indented line follows."""
    for part in re.split(r"\n(?=[ \t]*\n|[ \t])", text.replace("\r", "")):
        words = part.split()
        if words:
            yield " ".join(words)


def wrapped(paragraph, width, indent):
    lines, line, room = [], [indent], width - len(indent)
    first = True
    for word in paragraph.split(" "):
        if room < len(word) + (not first) and not first:
            lines.append("".join(line))
            line, room, first = [], width, True
            if not word:  # the second space of a gap
                continue
        if not first:
            line.append(" ")
            room -= 1
        line.append(word)
        room -= len(word)
        first = False
    return lines + ["".join(line)]


def vocabulary(text):
    counts = collections.Counter(re.findall(r"\w+", text))
    return {word for word, _ in counts.most_common(VOCABULARY)}


class Tokenised:
    """A space between any two tokens, marks inside words as @-@ and @,@."""

    def __init__(self, known):
        self.known = known

    def lay_out(self, paragraph):
        text = paragraph.translate(STRAIGHT)
        text = re.sub(r" ?—+ ?", " – ", text)
        text = re.sub(r"(?<=\w)-(?=\w)", " @-@ ", text)
        text = re.sub(r"(?<=\d)([.,])(?=\d)", r" @\1@ ", text)
        text = re.sub(r"(?<!@)([,;:!?()\[\]\"])(?!@)", r" \1 ", text)
        text = re.sub(r"(?<=\w\w)\.(?=\s|$)", " .", text)
        text = re.sub(r"(?<=\w)'(?=\w)", " '", text)
        text = re.sub(r"\w+", lambda word: word[0] if word[0] in self.known
                      else "<unk>", text)
        return " " + " ".join(text.split()) + " \n"


class Style:
    """Typography of a plain-text file."""

    def __init__(self, rng):
        self.quotes = rng.choices(*zip(*QUOTES))[0]
        self.dash = rng.choice(DASHES) if self.quotes else "—"
        self.width = rng.choice([0, 65, 70, 72] + list(range(55, 80)))
        self.indent = " " * rng.choice([0, 0, 0, 0, 2, 3, 4, 5])
        self.blank = not self.indent or rng.random() < 0.3
        self.sentence_gap = rng.random() < 0.35
        self.line_end = rng.choice(["\n", "\n", "\r\n"])

    def lay_out(self, paragraph):
        if self.quotes:
            paragraph = paragraph.translate(self.quotes)
            paragraph = re.sub(" ?—+ ?", self.dash, paragraph)
        if self.sentence_gap:  # wrapped() drops the gap at the end of a line
            paragraph = re.sub(r"([.!?][\"'”’]?) (?=[\"'`“‘]?[A-Z])", r"\1  ",
                               paragraph)
        lines = (wrapped(paragraph, self.width, self.indent) if self.width
                 else [self.indent + paragraph])
        if self.blank:
            lines.append("")
        return "".join(line.rstrip(" ") + self.line_end for line in lines)


def variants(text, rng):
    """Yields pieces of the text, each in a style drawn from `rng`."""
    known = vocabulary(text)

    def draw():
        return Tokenised(known) if rng.random() < TOKENISED else Style(rng)

    style, pieces, size = draw(), [], 0
    for paragraph in paragraphs(text):
        pieces.append(style.lay_out(paragraph))
        size += len(paragraph)
        if size >= PIECE:
            yield "".join(pieces)
            style, pieces, size = draw(), [], 0
    yield "".join(pieces)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("inputs", nargs="+")
    parser.add_argument("out")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    with lzma.open(options.out, "wb", preset=1) as out:
        for path in options.inputs:
            for piece in variants(read_text(path), rng):
                out.write(piece.encode("utf-8", "surrogateescape"))


if __name__ == "__main__":
    main()

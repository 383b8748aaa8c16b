#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks who may include whom, and a few other rules of the layout.

A folder of src/ includes base/ and folders of lower levels only, never a
neighbour on its own level. (So train/ may use model/, weights/ and data/, and
codec/ may use model/; train/ and codec/ do not know each other.) Headers
include the standard library and our own headers only. Only cli/ prints or
exits. coder/ has no floating type. Every file opens with its licence.

Usage: check_layers.py [ROOT]. Exit code 1 and one line per breach.
"""

import pathlib
import re
import sys

LEVELS = {
    "base": 0,
    "coder": 1, "format": 1, "kernels": 1, "weights": 1,
    "tokenize": 1, "data": 1, "report": 1,
    "model": 2, "mixing": 2,
    "codec": 3, "train": 3, "microscope": 3,
    "bench": 4,
    "capi": 5,
    "cli": 6,
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
# Standard headers have neither a dot nor a slash; these are the exceptions.
INTRINSICS = {"immintrin.h", "arm_neon.h"}  # in kernels/ and train/
POSIX = {"sys/stat.h", "sys/types.h", "signal.h"}  # in cli/
PRINTS = re.compile(
    r"\b(?:std::)?(?:cout|cerr|clog)\b|\b(?:f|v|vf)?printf\s*\(|\bf?puts\s*\(|"
    r"\bfmt::print\b|\bperror\s*\(|\b(?:_exit|exit|abort|terminate)\s*\(")
FLOATS = re.compile(r"\b(?:float|double)\b|\b\d+\.\d|<cmath>")
SPDX = "SPDX-License-Identifier: Apache-2.0"


def without_comments(text):
    """Blanks comments and strings, keeping line numbers."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    pattern = r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"'
    return re.sub(pattern, blank, text, flags=re.S)


def include_breaches(folder, path, lines):
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        bracket, target = match.groups()
        if target.endswith(".inc"):  # written by the build
            continue
        if bracket == '"' and not target.startswith("lentil/"):
            other = target.split("/")[0]
            if other not in LEVELS:
                yield number, f'"{target}" is not written from src/'
            elif other != folder and other != "base" and (
                    LEVELS[other] >= LEVELS[folder]):
                yield number, f"{folder}/ may not include {other}/"
        elif bracket == "<" and path.suffix == ".h" and re.search(r"[./]", target):
            allowed = POSIX if folder == "cli" else (
                INTRINSICS if folder in ("kernels", "train") else set())
            if target not in allowed:
                yield number, f"<{target}> belongs in a .cc file"


def code_breaches(folder, path, code):
    is_test = path.stem.endswith(("_test", "_bench"))
    for number, line in enumerate(code.splitlines(), 1):
        if folder != "cli" and not is_test and PRINTS.search(line):
            yield number, "only cli/ prints or exits"
        if folder == "coder" and not is_test and FLOATS.search(line):
            yield number, "coder/ knows integers only"


def breaches(src):
    for path in sorted(src.rglob("*")):
        if path.suffix not in (".h", ".cc"):
            continue
        folder = path.relative_to(src).parts[0]
        text = path.read_text(encoding="utf-8")
        if folder not in LEVELS:
            yield path, 1, f"{folder}/ has no level in tools/check_layers.py"
            continue
        if SPDX not in text.split("\n", 1)[0]:
            yield path, 1, f"first line must be {SPDX}"
        for number, what in include_breaches(folder, path, text.splitlines()):
            yield path, number, what
        for number, what in code_breaches(folder, path, without_comments(text)):
            yield path, number, what


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1
                        else pathlib.Path(__file__).resolve().parent.parent)
    found = 0
    for path, number, what in breaches(root / "src"):
        print(f"{path.relative_to(root)}:{number}: {what}")
        found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

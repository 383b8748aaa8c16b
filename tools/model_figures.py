#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The table of a model's card: a model against xz, zstd and gzip on test texts.

usage: model_figures.py [--program P] [--limit BYTES] --model MODEL FILE[.xz] ...

Whole files as .ltl containers beside xz -9e and zstd --ultra -22; independent
pieces of 2048 bytes beside gzip -9 of the same pieces. Every lentil figure comes
from bytes that were decoded and compared (`lentil eval`). Prints Markdown.
"""

import argparse
import json
import lzma
import os
import subprocess
import sys
import tempfile
import zlib

PIECE = 2048


def read(path, limit):
    with (lzma.open if path.endswith(".xz") else open)(path, "rb") as file:
        return file.read(limit) if limit else file.read()


def evaluate(options, path, *flags):
    out = subprocess.run([options.program, "eval", "--json", "--no-progress",
                          "-m", options.model, *flags, path],
                         check=True, stdout=subprocess.PIPE).stdout
    return json.loads(out)


def xz_size(data):
    return len(lzma.compress(data, preset=9 | lzma.PRESET_EXTREME))


def zstd_size(path):
    out = subprocess.run(["zstd", "--ultra", "-22", "-q", "-c", path],
                         check=True, stdout=subprocess.PIPE).stdout
    return len(out)


def gzip_pieces(data):
    """Sum over pieces; a gzip file is a deflate stream and 18 bytes."""
    total = 0
    for at in range(0, len(data), PIECE):
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        total += len(packer.compress(data[at:at + PIECE]) + packer.flush()) + 18
    return total


def main(argv):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--program", default="build/release/lentil")
    parser.add_argument("--model", required=True)
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("files", nargs="+")
    options = parser.parse_args(argv)

    print("| file | bytes | lentil | bits/byte | xz -9e | zstd -22 | of the "
          "smaller | 2 KB pieces | of gzip -9 |")
    print("|---|---|---|---|---|---|---|---|---|")
    shares, piece_shares = [], []
    for path in options.files:
        name = os.path.basename(path).removesuffix(".xz")
        data = read(path, options.limit)
        with tempfile.TemporaryDirectory() as folder:
            plain = os.path.join(folder, name)
            with open(plain, "wb") as file:
                file.write(data)
            whole = evaluate(options, plain)["files"][0]["compressed_bytes"]
            pieces = evaluate(options, plain, "--chunk",
                              str(PIECE))["files"][0]["compressed_bytes"]
            xz, zstd, gzip = xz_size(data), zstd_size(plain), gzip_pieces(data)
        shares.append(whole / min(xz, zstd))
        piece_shares.append(pieces / gzip)
        print(f"| {name} | {len(data)} | {whole} | {8 * whole / len(data):.3f} |"
              f" {xz} | {zstd} | {shares[-1]:.3f} | {pieces} |"
              f" {piece_shares[-1]:.3f} |", flush=True)
    print(f"| mean | | | | | | {sum(shares) / len(shares):.3f} | |"
          f" {sum(piece_shares) / len(piece_shares):.3f} |")


if __name__ == "__main__":
    main(sys.argv[1:])

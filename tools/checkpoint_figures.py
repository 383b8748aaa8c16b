#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""lentil beside llama.cpp with the same checkpoint, in turns: speed of reading
a text at once and of one token after the other, and bits per token.

Needs the Python package llama-cpp-python; both sides use the same threads.

  tools/checkpoint_figures.py --lentil build/release/lentil MODEL.gguf TEXT
"""

import argparse
import math
import os
import statistics
import subprocess
import tempfile
import time

import numpy
from llama_cpp import Llama

CHUNK = 512


def timed(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def lentil(arguments, *words):
    subprocess.run([arguments.lentil, *words, "-qf", "-T", str(arguments.threads),
                    "-m", arguments.model], check=True)


def bits_per_token(model, tokens):
    """Mean over chunks that each begin with the start token."""
    total = 0.0
    for begin in range(0, len(tokens), CHUNK):
        target = tokens[begin:begin + CHUNK]
        model.reset()
        model.eval([model.token_bos()] + target[:-1])
        logits = model.scores[:len(target)].astype(numpy.float64)
        top = logits.max(axis=1)
        log_sum = top + numpy.log(numpy.exp(logits - top[:, None]).sum(axis=1))
        total += (log_sum - logits[numpy.arange(len(target)), target]).sum()
    return total / len(tokens) / math.log(2)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("text")
    parser.add_argument("--lentil", default="build/release/lentil")
    parser.add_argument("--bytes", type=int, default=20000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with open(arguments.text, "rb") as file:
        text = file.read(arguments.bytes)

    def llama(**more):
        return Llama(arguments.model, n_ctx=2 * CHUNK, n_batch=CHUNK,
                     n_threads=arguments.threads,
                     n_threads_batch=arguments.threads, verbose=False, **more)

    exact = llama(logits_all=True)
    tokens = exact.tokenize(text, add_bos=False, special=False)
    bits = bits_per_token(exact, tokens)
    del exact
    print(f"{len(text)} bytes, {len(tokens)} tokens; llama.cpp, chunks of "
          f"{CHUNK}: {bits:.4f} bits/token, "
          f"{bits * len(tokens) / len(text):.4f} bits/byte")

    fast = llama()
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "text")
        with open(source, "wb") as file:
            file.write(text)
        empty = os.path.join(folder, "empty")
        with open(empty, "wb") as file:
            file.write(text[:64])
        figures = {"read at once": ([], []), "one by one": ([], [])}
        for _ in range(arguments.rounds):
            chunk = tokens[:CHUNK]

            def prefill():
                fast.reset()
                fast.eval(chunk)

            def step():
                for token in tokens[:48]:
                    fast.eval([token])

            load = timed(lambda: lentil(arguments, "compress", "--no-verify",
                                        "-o", empty + ".ltl", empty))
            both = figures["read at once"]
            both[0].append(len(chunk) / timed(prefill))
            seconds = timed(lambda: lentil(arguments, "compress", "--no-verify",
                                           "-o", source + ".ltl", source))
            both[1].append(len(tokens) / (seconds - load))
            both = figures["one by one"]
            both[0].append(48 / timed(step))
            seconds = timed(lambda: lentil(arguments, "decompress", "-o",
                                           source + ".out", source + ".ltl"))
            both[1].append(len(tokens) / (seconds - load))
        with open(source + ".out", "rb") as file:
            assert file.read() == text, "not restored"
        size = os.path.getsize(source + ".ltl")
    print(f"lentil: {size} bytes, {8 * size / len(text):.4f} bits/byte, restored")
    for name, (theirs, ours) in figures.items():
        ratio = statistics.median(o / t for o, t in zip(ours, theirs))
        print(f"{name}: llama.cpp {statistics.median(theirs):.0f} tokens/s, "
              f"lentil {statistics.median(ours):.0f}, ratio {ratio:.2f}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How well `lentil contamination` finds texts that were planted.

    contamination_figures.py --lentil PROGRAM --preset nano TEXT

Cuts TEXT (plain or .xz) into pieces and deals them out by --seed: a group to
plant for each number of --passes, as many held out, --references pieces that
the scores are calibrated with, and the rest, which is trained on at most once.
A model is trained so that each piece of a group is seen that many times on
average; then all groups and the held-out pieces are scored. Prints for each
group the area under the ROC against the held-out pieces, of the score and of
each signal, and how many have p <= 0.05; the last line is of the held-out
pieces, of which one in twenty may.
"""

import argparse
import json
import lzma
import os
import random
import subprocess
import tempfile

SIGNALS = ("score", "rate_signal", "order_signal", "tail_signal")
HELD_OUT_BY_TRAINER = 4096  # no less than the end that the trainer sets apart


def read(path):
    opener = lzma.open if path.endswith(".xz") else open
    with opener(path, "rb") as file:
        return file.read()


def area(positives, negatives):
    """Mann-Whitney: the share of pairs in the right order."""
    wins = sum((p > n) + (p == n) / 2 for p in positives for n in negatives)
    return wins / (len(positives) * len(negatives))


def deal(text, args):
    """Groups by name: lists of pieces."""
    pieces = [text[at:at + args.piece]
              for at in range(0, len(text) - args.piece + 1, args.piece)]
    random.Random(args.seed).shuffle(pieces)
    groups = {}
    for passes in args.passes:
        groups[f"planted{passes}"] = [pieces.pop() for _ in range(args.count)]
    groups["held"] = [pieces.pop() for _ in range(args.count)]
    groups["reference"] = [pieces.pop() for _ in range(args.references)]
    groups["rest"] = pieces
    return groups


def write(folder, groups):
    for name, pieces in groups.items():
        os.mkdir(os.path.join(folder, name))
        for number, piece in enumerate(pieces):
            path = os.path.join(folder, name, f"{number:03}.txt")
            with open(path, "wb") as file:
                file.write(piece)


def train(folder, groups, args):
    rest = b"".join(groups["rest"])
    background = min(args.background, len(rest))
    data = []
    for name, passes, text, weight in [
            ("rest", 1, rest, background)] + [
            (f"planted{p}", p, b"".join(groups[f"planted{p}"]), None)
            for p in args.passes]:
        path = os.path.join(folder, name + ".data")
        with open(path, "wb") as file:
            file.write(text + rest[:HELD_OUT_BY_TRAINER])
        data += [f"--data={path}={weight or passes * len(text)}"]
    planted = args.count * args.piece * sum(args.passes)
    model = os.path.join(folder, "model.lentil")
    subprocess.run([args.lentil, "train", "--preset", args.preset, "-q",
                    "--bytes", str(planted + background), "--seed",
                    str(args.seed), f"-T{args.threads}", "--out", model, *data],
                   check=True)
    return model


def judge(folder, model, groups, args):
    files = [os.path.join(folder, group, name) for group in groups
             if group not in ("rest", "reference")
             for name in sorted(os.listdir(os.path.join(folder, group)))]
    done = subprocess.run(
        [args.lentil, "contamination", "--json", "-m", model,
         f"-T{args.threads}", "--reference", os.path.join(folder, "reference"),
         *files], check=True, stdout=subprocess.PIPE)
    rows = {}
    for row in json.loads(done.stdout)["tables"][0]["rows"]:
        group = os.path.basename(os.path.dirname(row["file"]))
        rows.setdefault(group, []).append(row)
    return rows


def show(rows):
    held = rows.pop("held")
    print("| group | pieces | model bits/byte | " + " | ".join(
        "AUC " + s.removesuffix("_signal") for s in SIGNALS) + " | p <= 0.05 |")
    print("|---" * (len(SIGNALS) + 4) + "|")
    planted = sorted(rows.items(), key=lambda r: int(r[0].strip("planted")))
    for name, group in planted + [("held", held)]:
        rate = sum(r["model_bits_per_byte"] for r in group) / len(group)
        areas = ["" if name == "held" else
                 f"{area([r[s] for r in group], [r[s] for r in held]):.3f}"
                 for s in SIGNALS]
        found = sum(r["p_value"] <= 0.05 for r in group)
        print(f"| {name} | {len(group)} | {rate:.3f} | " + " | ".join(areas) +
              f" | {found} |")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--lentil", required=True)
    parser.add_argument("--preset", default="nano")
    parser.add_argument("--passes", default="1,3,10,30",
                        type=lambda s: [int(n) for n in s.split(",")])
    parser.add_argument("--count", type=int, default=16, help="of a group")
    parser.add_argument("--piece", type=int, default=4096, help="bytes")
    parser.add_argument("--references", type=int, default=40)
    parser.add_argument("--background", type=int, default=1500000,
                        help="bytes of the rest to train on, at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("text")
    args = parser.parse_args()
    groups = deal(read(args.text), args)
    with tempfile.TemporaryDirectory() as folder:
        write(folder, groups)
        model = train(folder, groups, args)
        show(judge(folder, model, groups, args))


if __name__ == "__main__":
    main()

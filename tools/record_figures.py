#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Small records: lentil with a sample, zstd with a trained dictionary, PPMd.

    record_figures.py --lentil PROGRAM [--models small,nano,none] FILE...

The first half of each FILE is the sample, records are spread over the second
half: lines with --lines, else pieces of --size bytes. Every record is coded by
itself, decoded by itself and compared. Sizes are of coded records alone: lentil's
as the table of a records frame states them, and the whole file beside; zstd's
frames without magic, dictionary number, size and checksum; PPMd's (order 6) as
what the record adds to the code of the sample. Needs the module zstandard, and
pyppmd for PPMd.
"""

import argparse
import os
import struct
import subprocess
import tempfile

import zstandard


def records_of(data, by_line, size):
    if by_line:
        return [line for line in data.split(b"\n") if line]
    return [data[i:i + size] for i in range(0, len(data) - size + 1, size)]


def spread(records, count):
    return records[::max(1, len(records) // count)][:count]


def prefixed(records):
    return b"".join(struct.pack("<I", len(r)) + r for r in records)


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def record_bytes(file):
    """Bytes of the coded records in a file of records frames."""
    flags = file[5]
    at = 10 + 12 * (flags & 1) + (flags >> 1 & 1) + 8 * (flags >> 2 & 1)
    total = 0
    while file[at] != 0:
        assert file[at] == 5, "not a records frame"
        _, at = varint(file, at + 1)
        payload, at = varint(file, at)
        begin = at = at + 12
        for _ in range(3):
            _, at = varint(file, at)
        table, at = varint(file, at)
        total += begin + payload - (at + table)
        at = begin + payload
    return total


def lentil(program, flags, sample, records):
    """Bytes of the records, and of the whole file."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "sample")
        with open(path, "wb") as file:
            file.write(prefixed(sample))
        source = os.path.join(folder, "records")
        with open(source, "wb") as file:
            file.write(prefixed(records))
        coded = source + ".ltl"
        subprocess.run([program, "compress", "-q", "--records=u32le",
                        "--no-verify", f"--sample={path}", *flags, source],
                       check=True)

        def restore(*args):
            return subprocess.run([program, "cat", f"--sample={path}", *args,
                                   *[f for f in flags if f != "-2"], coded],
                                  check=True, stdout=subprocess.PIPE).stdout

        assert restore() == prefixed(records)
        number = len(records) // 2
        assert restore(f"--record={number}") == prefixed([records[number - 1]])
        with open(coded, "rb") as file:
            whole = file.read()
        return record_bytes(whole), len(whole)


def zstd(dictionary_size, sample, records):
    dictionary = zstandard.train_dictionary(dictionary_size, sample, level=19)
    parameters = zstandard.ZstdCompressionParameters.from_level(
        19, format=zstandard.FORMAT_ZSTD1_MAGICLESS, write_content_size=False,
        write_dict_id=False, write_checksum=False)
    coder = zstandard.ZstdCompressor(dict_data=dictionary,
                                     compression_params=parameters)
    decoder = zstandard.ZstdDecompressor(
        dict_data=dictionary, format=zstandard.FORMAT_ZSTD1_MAGICLESS)
    total = 0
    for record in records:
        coded = coder.compress(record)
        assert decoder.decompress(coded, max(1, len(record))) == record
        total += len(coded)
    return total


def ppmd(sample, records):
    import pyppmd
    start = b"".join(sample)

    def code(data):
        coder = pyppmd.Ppmd7Encoder(6, 192 << 20)
        return coder.encode(data) + coder.flush()

    total = 0
    alone = len(code(start))
    for record in records:
        coded = code(start + record)
        decoder = pyppmd.Ppmd7Decoder(6, 192 << 20)
        assert decoder.decode(coded, len(start) + len(record)) == start + record
        total += len(coded) - alone
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lentil", required=True)
    parser.add_argument("--models", default="small,nano,none")
    parser.add_argument("--lines", action="store_true")
    parser.add_argument("--size", type=int, default=200)
    parser.add_argument("--count", type=int, default=250)
    parser.add_argument("--ppmd-count", type=int, default=40)
    parser.add_argument("files", nargs="+")
    args = parser.parse_args()
    models = args.models.split(",")
    print("| records | bytes each | zstd, 16 KiB | zstd, 112 KiB | PPMd | "
          + " | ".join(f"lentil, {m} (file)" for m in models) + " |")
    print("|" + "---|" * (5 + len(models)))
    for path in args.files:
        with open(path, "rb") as file:
            data = file.read()
        half = data[:len(data) // 2]
        sample = records_of(half[:4_000_000], args.lines, args.size)
        records = spread(records_of(data[len(half):], args.lines, args.size),
                         args.count)
        size = sum(map(len, records))
        row = [os.path.basename(path), f"{size / len(records):.0f}"]
        for dictionary in (16 << 10, 112 << 10):
            row.append(f"{zstd(dictionary, sample, records) / size:.2%}")
        some = spread(records, args.ppmd_count)
        try:
            row.append(f"{ppmd(sample, some) / sum(map(len, some)):.2%}")
        except ImportError:
            row.append("")
        for model in models:
            flags = ["-2"] if model == "none" else ["-m", model]
            coded, whole = lentil(args.lentil, flags, sample, records)
            row.append(f"{coded / size:.2%} ({whole / size:.2%})")
        print("| " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    main()

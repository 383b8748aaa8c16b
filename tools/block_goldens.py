#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tests/golden/blocks.gguf with the Python package gguf and NumPy.

usage: block_goldens.py OUT.gguf

For every block type, blocks ("Q4_K") and the floats that the package reads from
them ("Q4_K.floats"); where it can write a type, the blocks come from "source",
else they are random. And a metadata value of every type.
"""

import sys

import gguf
import numpy as np

SHAPE = (2, 512)
RANDOM = np.random.RandomState(1)
WRITTEN = ["Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1"]
# Types that are only read, with the offsets of their float16 scales.
READ = {"Q2_K": [80, 82], "Q3_K": [108], "Q4_K": [0, 2], "Q5_K": [0, 2],
        "Q6_K": [208], "IQ4_NL": [0], "IQ4_XS": [0]}


def source():
    """Rows with blocks of many sizes; some of them awkward."""
    rows = RANDOM.standard_normal(SHAPE).astype(np.float32)
    blocks = rows.reshape(-1, 32)
    blocks *= (10.0 ** RANDOM.randint(-6, 4, (len(blocks), 1))).astype(np.float32)
    blocks[1] = 0
    blocks[2] = 1.5  # no spread
    blocks[3] = np.arange(32) - 16  # ends differ
    blocks[4] = np.tile([7.5, -7.5], 16)  # both are the largest
    blocks[5] = (np.arange(32) - 15.5) / 127 * 8  # halves
    blocks[6] = -np.abs(blocks[6])
    return rows


def random_blocks(kind, scale_offsets):
    block, size = gguf.GGML_QUANT_SIZES[kind]
    rows = RANDOM.randint(0, 256, (SHAPE[0], SHAPE[1] // block, size))
    rows = rows.astype(np.uint8)
    for at in scale_offsets:
        scales = RANDOM.standard_normal(rows.shape[:2] + (1,)) / 32
        rows[..., at:at + 2] = scales.astype(np.float16).view(np.uint8)
    return rows.reshape(SHAPE[0], -1)


def add_metadata(writer):
    writer.add_uint8("a.uint8", 200)
    writer.add_int8("a.int8", -100)
    writer.add_uint16("a.uint16", 60000)
    writer.add_int16("a.int16", -30000)
    writer.add_uint32("a.uint32", 4000000000)
    writer.add_int32("a.int32", -2000000000)
    writer.add_uint64("a.uint64", 2**64 - 1)
    writer.add_int64("a.int64", -2**63)
    writer.add_float32("a.float32", 0.1)
    writer.add_float64("a.float64", 0.1)
    writer.add_bool("a.bool", True)
    writer.add_string("a.string", "h\u00e9")
    writer.add_array("a.ints", [1, -2, 3])
    writer.add_array("a.floats", [0.5, -0.25])
    writer.add_array("a.bools", [True, False])
    writer.add_array("a.strings", ["", "b", "cc"])


def main():
    writer = gguf.GGUFWriter(sys.argv[1], "golden")
    add_metadata(writer)
    rows = source()
    writer.add_tensor("source", rows)
    for name in [*WRITTEN, *READ]:
        kind = gguf.GGMLQuantizationType[name]
        blocks = (gguf.quants.quantize(rows, kind) if name in WRITTEN
                  else random_blocks(kind, READ[name]))
        writer.add_tensor(name, blocks, raw_dtype=kind)
        writer.add_tensor(name + ".floats", gguf.quants.dequantize(blocks, kind))
    half = rows.astype(np.float16)
    writer.add_tensor("F16", half)
    writer.add_tensor("F16.floats", half.astype(np.float32))
    kind = gguf.GGMLQuantizationType.BF16
    brain = gguf.quants.quantize(rows, kind)
    writer.add_tensor("BF16", brain, raw_dtype=kind)
    writer.add_tensor("BF16.floats", gguf.quants.dequantize(brain, kind))
    wide = RANDOM.standard_normal(SHAPE[1])
    writer.add_tensor("F64", wide)
    writer.add_tensor("F64.floats", wide.astype(np.float32))
    writer.add_tensor("I32", np.arange(-3, 3, dtype=np.int32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main()

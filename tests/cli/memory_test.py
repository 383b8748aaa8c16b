# SPDX-License-Identifier: Apache-2.0
"""Much through a pipe: restored exactly, in bounded memory. Slow."""

import hashlib
import os
import subprocess
import threading
import unittest

from harness import CliTest, LENTIL, noise, prose

THREADS = 2
LIMIT_KIB = (96 + 16 * THREADS) << 10  # docs/cli.md, "Levels": -0, -1


def source(size):
    """Bytes that are neither trivial nor slow, in pieces."""
    text, random = prose(3_000_000), noise(1_000_000)
    sent, turn = 0, 0
    while sent < size:
        turn += 1
        piece = turn.to_bytes(4, "big") + (random if turn % 8 == 0 else text)
        piece = piece[:size - sent]
        sent += len(piece)
        yield piece


class Memory(CliTest):
    def pipe(self, args, pieces, take):
        """Feeds pieces, hands output to take; returns the peak in KiB."""
        process = self.start(*args, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE)

        def feed():
            for piece in pieces:
                process.stdin.write(piece)
            process.stdin.close()

        feeder = threading.Thread(target=feed)
        feeder.start()
        while part := process.stdout.read(1 << 20):
            take(part)
        feeder.join()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, 0)
        return usage.ru_maxrss

    def test_300_megabytes_through_zstd(self):
        self.check_pipe("-0", 300_000_000)

    def test_20_megabytes_through_context_models(self):
        self.check_pipe("-1", 20_000_000)

    def check_pipe(self, level, total):
        threads = f"-T{THREADS}"
        with open(self.path("code"), "wb") as code:
            peak = self.pipe(("compress", level, threads), source(total),
                             code.write)
        print(f"compress: {peak >> 10} MiB, limit {LIMIT_KIB >> 10} MiB, "
              f"{os.path.getsize(self.path('code'))} bytes")
        self.assertLessEqual(peak, LIMIT_KIB)
        restored, size = hashlib.sha256(), 0

        def take(part):
            nonlocal size
            restored.update(part)
            size += len(part)

        def stored():
            with open(self.path("code"), "rb") as code:
                while part := code.read(1 << 20):
                    yield part

        peak = self.pipe(("decompress", threads), stored(), take)
        print(f"decompress: {peak >> 10} MiB")
        self.assertLessEqual(peak, LIMIT_KIB)
        self.assertEqual(size, total)
        expected = hashlib.sha256()
        for piece in source(total):
            expected.update(piece)
        self.assertEqual(restored.digest(), expected.digest())


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""Damaged files, hostile places, signals: a message, an exit code, no debris."""

import os
import resource
import signal
import subprocess
import threading
import time
import unittest

from harness import (CANNOT, CliTest, CORRUPT, FAILED, LENTIL, OK, english,
                     levels, noise, prose, run)

LEVELS = levels()
MAGIC = b"\xecLTL"


class Damage(CliTest):
    """Every damaged container is refused, with nothing left behind."""

    def refuse(self, code, *parts, expect=(CORRUPT,)):
        """Both ways of decoding refuse `code`; returns the message."""
        self.write("x.ltl", code)
        done = self.lentil_any(expect, "decompress", "x.ltl")
        self.assert_message(done, "x.ltl: ", *parts)
        self.assertIn("nothing was written", done.stderr)
        self.assertEqual(self.files(), ["x.ltl"])
        return done.stderr

    def lentil_any(self, expect, *args, **kwargs):
        done = run(*args, cwd=self.dir, **kwargs)
        self.assertIn(done.returncode, expect, done.stderr)
        return done

    def sample(self, level):
        return self.lentil("compress", level, stdin=prose(150)).stdout

    def test_truncated_at_every_byte(self):
        for level in LEVELS:
            code = self.sample(level)
            for size in range(len(code)):
                self.refuse(code[:size], "byte" if size else "empty")

    def test_truncation_names_the_place(self):
        code = self.sample("-0")
        size = len(code) // 2
        self.assertIn(f"truncated at byte {size}", self.refuse(code[:size]))

    def test_every_bit_flipped(self):
        for level in LEVELS:
            code = self.sample(level)
            for bit in range(8 * len(code)):
                bad = bytearray(code)
                bad[bit // 8] ^= 1 << bit % 8
                # A flipped version or model is one we cannot decode.
                self.refuse(bytes(bad), expect=(CORRUPT, CANNOT))

    def test_bytes_after_the_end(self):
        code = self.sample("-0")
        for tail in (b"\0", b"junk", MAGIC, code[:9]):
            self.write("x.ltl", code + tail)
            self.lentil("decompress", "x.ltl", expect=CORRUPT)
            self.assertEqual(self.files(), ["x.ltl"])

    def test_wrong_magic(self):
        for data in (b"", b"PK\3\4 some zip", noise(1000), prose(1000)):
            self.assertNotIn("--salvage",
                             self.refuse(data, "not a lentil container"))

    def test_unknown_version(self):
        code = bytearray(self.sample("-0"))
        self.assertEqual(code[:4], MAGIC)
        code[4] += 100
        message = self.refuse(bytes(code), "version", expect=(CANNOT,))
        self.assertIn("(exit 4)", message)

    def test_unknown_model(self):
        for level in LEVELS[1:]:
            code = bytearray(self.sample(level))
            message = None
            for at in range(5, 24):  # the header names the model by its hash
                bad = bytearray(code)
                bad[at] ^= 0x55
                self.write("x.ltl", bytes(bad))
                done = self.lentil_any((CORRUPT, CANNOT), "decompress",
                                       "x.ltl")
                if done.returncode == CANNOT and "model" in done.stderr:
                    message = done.stderr
                self.assertEqual(self.files(), ["x.ltl"])
            if message is not None:
                self.assertIn("-m FILE", message)

    def test_list_and_ranges_of_damaged_files(self):
        code = self.lentil("compress", "-0", "--frame-size", "4KiB",
                           stdin=prose(20_000)).stdout
        for size in range(0, len(code), 17):
            self.write("x.ltl", code[:size])
            for args in (("list", "x.ltl"),
                         ("cat", "--offset", "5000", "x.ltl")):
                done = self.lentil(*args, expect=CORRUPT)
                self.assert_message(done, "x.ltl: ")
        footer = code.rindex(b"\0END")
        for at in range(footer, len(code)):  # lying lengths and indexes
            for value in (0, 1, 0x7f, 0xff):
                bad = bytearray(code)
                if bad[at] == value:
                    continue
                bad[at] = value
                self.write("x.ltl", bytes(bad))
                for args in (("list", "x.ltl"), ("test", "x.ltl"),
                             ("cat", "--offset", "5000", "x.ltl")):
                    self.lentil_any((CORRUPT, CANNOT), *args)

    def test_list_needs_no_frames(self):
        code = bytearray(self.lentil("compress", "-0", "--frame-size", "4KiB",
                                     stdin=prose(20_000)).stdout)
        code[10] ^= 0x10  # the first frame's header
        self.write("x.ltl", bytes(code))
        self.lentil("list", "x.ltl")
        for flag in ("-v", "--json"):
            self.lentil("list", flag, "x.ltl", expect=CORRUPT)

    def test_lying_lengths_do_not_allocate(self):
        code = bytearray(self.sample("-0"))
        for at in range(5, min(len(code), 40)):
            for value in (0x7f, 0xff):
                bad = bytearray(code)
                bad[at] = value
                self.write("x.ltl", bytes(bad))
                process = self.start("test", "x.ltl",
                                     stderr=subprocess.DEVNULL)
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
                self.assertIn(process.returncode, (OK, CORRUPT, CANNOT))
                self.assertLess(usage.ru_maxrss, 96 << 10)  # KiB

    def test_stdout_received_whole_frames_only(self):
        data = prose(30_000)
        code = self.lentil("compress", "-0", "--frame-size", "4KiB",
                           stdin=data).stdout
        for size in (len(code) // 2, len(code) - 40):
            done = self.lentil("cat", expect=CORRUPT, stdin=code[:size])
            self.assertEqual(done.stdout, data[:len(done.stdout)])
            self.assertTrue(len(done.stdout) % 4096 == 0 or
                            len(done.stdout) == len(data))
            self.assertIn(f"{len(done.stdout)} bytes were written",
                          done.stderr)

    def test_salvage(self):
        data = prose(40_000)
        code = bytearray(self.lentil("compress", "-0", "--frame-size", "4KiB",
                                     stdin=data).stdout)
        code[len(code) // 2] ^= 1
        self.write("x.ltl", bytes(code))
        message = self.lentil("decompress", "x.ltl", expect=CORRUPT).stderr
        self.assertIn("--salvage", message)
        done = self.lentil("decompress", "--salvage", "x.ltl", expect=CORRUPT)
        self.assertIn("left out", done.stderr)
        self.assertRegex(done.stderr.splitlines()[-1],
                         r"^x.ltl: .*, 1 damaged part left out\)$")
        saved = self.read("x")
        self.assertGreaterEqual(len(saved), 40_000 - 2 * 4096)
        self.assertLess(len(saved), 40_000)
        frames = [data[i:i + 4096] for i in range(0, 40_000, 4096)]
        kept = [frame for frame in frames if frame in saved]
        self.assertEqual(b"".join(kept), saved)


    def test_salvage_without_the_header(self):
        data = english()
        for level in LEVELS:
            code = self.lentil("compress", level, "--frame-size", "8KiB",
                               stdin=data).stdout
            for at in (0, 4, 5, 7, 9):
                bad = bytearray(code)
                bad[at] ^= 1
                self.write("x.ltl", bytes(bad))
                self.lentil("decompress", "-f", "--salvage", "x.ltl",
                            expect=CORRUPT)
                self.assertEqual(self.read("x"), data)


class Places(CliTest):
    """Inputs that cannot be read, outputs that cannot be written."""

    def test_directory_as_output(self):
        self.write("a", b"hello")
        os.mkdir(self.path("d"))
        done = self.lentil("compress", "-0", "a", "-f", "-o", "d",
                           expect=FAILED)
        self.assert_message(done, "d: ", "directory")

    def test_missing_folder(self):
        self.write("a", b"hello")
        done = self.lentil("compress", "-0", "a", "-o", "no/where",
                           expect=FAILED)
        self.assert_message(done, "no/where: ")

    def as_nobody(self, *args):
        """Runs lentil in self.dir as one who may not read everything."""
        os.chmod(self.dir, 0o777)
        program, user = LENTIL, {}
        if os.geteuid() == 0:
            user = {"user": 65534}
            # Nobody may not enter the build folder.
            program = self.path("lentil")
            with open(LENTIL, "rb") as source:
                self.write("lentil", source.read())
            os.chmod(program, 0o755)
        return subprocess.run([program, *args], cwd=self.dir,
                              stderr=subprocess.PIPE, **user)

    def test_unreadable_folder(self):
        for name in ("d/a", "d/e/b", "d/f/c"):
            self.write(name, b"hello")
        for folder in ("d", "d/f"):
            os.chmod(self.path(folder), 0o777)
        os.chmod(self.path("d/e"), 0)
        self.addCleanup(os.chmod, self.path("d/e"), 0o777)
        done = self.as_nobody("compress", "-0", "-r", "d")
        self.assertEqual(done.returncode, FAILED)
        self.assertIn(b"lentil: d/e: cannot read directory: permission",
                      done.stderr)
        self.assertTrue({"d/a.ltl", "d/f/c.ltl"} <= set(self.files()))

    def test_unreadable_input(self):
        self.write("a", b"hello")
        os.chmod(self.path("a"), 0)
        done = self.as_nobody("compress", "-0", "a")
        self.assertEqual(done.returncode, FAILED)
        self.assertIn(b"lentil: a: cannot open: permission denied",
                      done.stderr.lower())
        self.assertNotIn("a.ltl", self.files())

    def test_full_device(self):
        self.write("a", prose(100_000))
        with open("/dev/full", "wb") as full:
            done = subprocess.run([LENTIL, "compress", "-0", "-c", "a"],
                                  cwd=self.dir, stdout=full,
                                  stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, FAILED)
        self.assertIn(b"no space left", done.stderr.lower())

    def test_full_disk(self):
        disk = self.small_disk()
        self.write("a", noise(3_000_000))
        done = self.lentil("compress", "-0", "a", "-o", "disk/a.ltl",
                           expect=FAILED)
        self.assert_message(done, "disk/a.ltl: ")
        self.assertIn("no space left", done.stderr.lower())
        self.assertEqual(os.listdir(disk), [])
        self.lentil("compress", "-0", "a")
        done = self.lentil("decompress", "a.ltl", "-o", "disk/a",
                           expect=FAILED)
        self.assertEqual(os.listdir(disk), [])

    def test_file_size_limit(self):
        self.write("a", noise(3_000_000))
        process = self.start(
            "compress", "-0", "a", stderr=subprocess.PIPE,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE,
                                                  (1 << 20, 1 << 20)))
        self.assertIn(b"a.ltl: ", process.communicate()[1])
        self.assertEqual(process.returncode, FAILED)
        self.assertEqual(self.files(), ["a"])

    def test_messages_on_a_full_device(self):
        self.write("a", b"hello")
        self.lentil("compress", "-0", "a")
        for args in (("list", "a.ltl"), ("model", "list"), ("selftest", "-h"),
                     ("eval", "-0", "a"), ("-V",), ("--help",)):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([LENTIL, *args], cwd=self.dir,
                                      stdout=full, stderr=subprocess.PIPE)
            self.assertEqual(done.returncode, FAILED)
            self.assertIn(b"lentil: standard output: cannot write: no space",
                          done.stderr)

    def test_closed_pipe_is_quiet_while_listing(self):
        self.write("a", prose(500_000))
        self.lentil("compress", "-0", "--frame-size", "4KiB", "a")
        for args in (("list", "-v", "a.ltl"), ("--help",)):
            ours, theirs = os.pipe()
            os.close(ours)
            done = subprocess.run([LENTIL, *args], cwd=self.dir,
                                  stdout=theirs, stderr=subprocess.PIPE)
            os.close(theirs)
            self.assertEqual(done.stderr, b"")
            self.assertEqual(done.returncode, FAILED)

    def test_closed_standard_streams(self):
        # The lowest free descriptor is the first file opened: what goes to a
        # stream must not end up in it.
        self.write("a", prose(100_000))
        code = self.lentil("compress", "-0", "-c", "a").stdout

        def close(*streams):
            return {"preexec_fn": lambda: [os.close(fd) for fd in streams]}

        for streams in ((0, 2), (2,), (0, 1, 2)):
            self.lentil("compress", "-0", "-f", "a", stdin_file=None,
                        **close(*streams))
            self.assertEqual(self.read("a.ltl"), code)
        self.lentil("compress", "-0", "-c", "a", expect=FAILED, **close(1))
        self.lentil("compress", "-0", "-o", "b", expect=FAILED, **close(0))
        self.assertEqual(self.files(), ["a", "a.ltl"])

    def test_closed_pipe_is_quiet(self):
        self.write("a", prose(3_000_000))
        self.lentil("compress", "-0", "a")
        process = self.start("cat", "a.ltl", stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
        process.stdout.read(10)
        process.stdout.close()
        self.assertEqual(process.stderr.read(), b"")
        self.assertEqual(process.wait(), FAILED)

    def test_memory_limit(self):
        self.write("a", prose(3_000_000))
        done = self.lentil("compress", "-0", "-M", "1MiB", "a", expect=FAILED)
        self.assert_message(done, "a: ")
        self.assertEqual(self.files(), ["a"])
        self.lentil("compress", "-0", "-M", "1GiB", "a")
        done = self.lentil("decompress", "-f", "-M", "64KiB", "a.ltl",
                           expect=FAILED)
        self.assert_message(done, "a.ltl: ")
        self.lentil("decompress", "-f", "-M", "1GiB", "a.ltl")


class Signals(CliTest):
    """Ctrl-C in the middle: gone within 200 ms, and nothing left."""

    def interrupt(self, number, source, *args):
        """Starts, waits for an output, interrupts; returns seconds."""
        before = self.files()
        process = self.start(*args, stdin=subprocess.PIPE,
                             stderr=subprocess.DEVNULL)
        # The pipe stays open, so that the job cannot end before the signal.
        writer = threading.Thread(target=self.feed, args=(process, source))
        writer.start()
        self.wait_for_output(process)
        time.sleep(0.1)
        start = time.monotonic()
        process.send_signal(number)
        self.assertEqual(process.wait(), -number)
        seconds = time.monotonic() - start
        self.assertEqual(self.files(), before)
        writer.join()
        return seconds

    @staticmethod
    def feed(process, source):
        try:
            process.stdin.write(source)
        except BrokenPipeError:
            pass

    def best(self, number, *args):
        # A busy machine may be late once; a program that does not listen is
        # late each time.
        return min(self.interrupt(number, *args) for _ in range(3))

    def test_compress(self):
        source = prose(16_000_000)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP,
                       signal.SIGQUIT, signal.SIGXCPU):
            for level in LEVELS:
                self.assertLess(self.best(number, source, "compress", level,
                                          "-o", "out"), 0.2)

    def test_decompress(self):
        # The pipe stays open, so that the job cannot end before the signal.
        code = self.lentil("compress", LEVELS[-1], "--frame-size", "16KiB",
                           stdin=english()).stdout
        times = []
        for _ in range(3):
            process = self.start("decompress", "-o", "out",
                                 stdin=subprocess.PIPE)
            process.stdin.write(code[:-20])
            process.stdin.flush()
            time.sleep(0.1)
            start = time.monotonic()
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(), -signal.SIGINT)
            times.append(time.monotonic() - start)
            self.assertEqual(self.files(), [])
        self.assertLess(min(times), 0.2)

    def test_waiting_for_a_pipe(self):
        process = self.start("compress", "-0", "-o", "out",
                             stdin=subprocess.PIPE)
        process.stdin.write(b"some")
        process.stdin.flush()
        time.sleep(0.3)
        start = time.monotonic()
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(), -signal.SIGINT)
        self.assertLess(time.monotonic() - start, 0.5)
        self.assertEqual(self.files(), [])


if __name__ == "__main__":
    unittest.main()

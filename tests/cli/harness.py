# SPDX-License-Identifier: Apache-2.0
"""What the command line tests share: run the program, make inputs.

LENTIL names the program under test.
"""

import json
import os
import random
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import time
import unittest

LENTIL = os.path.abspath(os.environ["LENTIL"])

OK, FAILED, USAGE, CORRUPT, CANNOT = range(5)


def run(*args, stdin=b"", cwd=None, env=None, **kwargs):
    """Runs lentil; the result has returncode, stdout, stderr (as text)."""
    environment = dict(os.environ, **(env or {}))
    if "stdin_file" in kwargs:
        feed = {"stdin": kwargs.pop("stdin_file")}
    else:
        feed = {"input": stdin}
    done = subprocess.run([LENTIL, *map(str, args)], cwd=cwd, env=environment,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=600, **feed, **kwargs)
    done.stderr = done.stderr.decode(errors="replace")
    return done


def embedded_models():
    """Names of the models this build carries."""
    listed = run("model", "list", "--json")
    return [model["name"] for model in json.loads(listed.stdout)]


def levels():
    """Flags of the levels this build can compress with, fastest first."""
    models = embedded_models()
    named = (("-3", "nano"), ("-6", "small"))
    return ["-0", "-1"] + [flag for flag, name in named if name in models]


def noise(size, seed=1):
    return random.Random(seed).randbytes(size)


def prose(size, seed=1):
    """Something like English: words by a skewed law, sentences, paragraphs."""
    source = random.Random(seed)
    words = ("the of and to in a is that for it was on as with his he be at by "
             "had not are but from they you were seed lens which field could "
             "one light again small round water stone morning letter").split()
    sentences = []
    for _ in range(min(400, 8 + size // 40)):
        line = [words[min(int(source.expovariate(0.12)), len(words) - 1)]
                for _ in range(source.randint(4, 14))]
        sentences.append((" ".join(line).capitalize() +
                          source.choice([". ", ". ", ".\n"])).encode())
    parts = source.choices(sentences, k=size // 20 + 1)
    return b"".join(parts)[:size]


def english():
    """Real text: the repository's own pages, about 30 KB."""
    root = os.path.join(os.path.dirname(__file__), "..", "..")
    pages = ["LICENSE", "docs/cli.md", "docs/format.md", "docs/numerics.md"]
    text = b""
    for page in pages:
        with open(os.path.join(root, page), "rb") as file:
            text += file.read()
    return text


class CliTest(unittest.TestCase):
    """A test with a folder of its own, `self.dir`, where lentil runs."""

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="lentil-test-")
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, data):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "wb") as file:
            file.write(data)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def files(self):
        """Every file below self.dir, hidden ones too."""
        found = []
        for folder, _, names in os.walk(self.dir):
            found += [os.path.relpath(os.path.join(folder, name), self.dir)
                      for name in names]
        return sorted(found)

    def small_disk(self):
        """A folder "disk" of 1 MiB, until the test ends; skips it without."""
        if os.geteuid() != 0:
            self.skipTest("mounting a tmpfs needs root")
        disk = self.path("disk")
        os.mkdir(disk)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m",
                                  "tmpfs", disk], stderr=subprocess.PIPE)
        if mounted.returncode != 0:
            self.skipTest("no tmpfs can be mounted here")
        self.addCleanup(subprocess.run, ["umount", disk], check=True)
        return disk

    def outputs_under_way(self, process):
        """os.stat of the files in self.dir that a process writes; until they
        are whole they have no name there."""
        found = []
        folder = f"/proc/{process.pid}"
        here = os.path.realpath(self.dir) + "/"
        try:
            for fd in os.listdir(f"{folder}/fd"):
                info = os.stat(f"{folder}/fd/{fd}")
                with open(f"{folder}/fdinfo/{fd}") as file:
                    flags = re.search(r"flags:\s*(\d+)", file.read()).group(1)
                writes = int(flags, 8) & (os.O_WRONLY | os.O_RDWR) != 0
                name = os.readlink(f"{folder}/fd/{fd}")
                if (writes and stat.S_ISREG(info.st_mode) and
                        name.startswith(here)):
                    found.append(info)
        except OSError:
            pass  # the process has ended, or closed a file
        return found

    def wait_for_output(self, process, seconds=60):
        """Until the process writes a file in self.dir."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.outputs_under_way(process):
                return
            time.sleep(0.005)
        self.fail("no output is under way")

    def lentil(self, *args, expect=OK, **kwargs):
        """Runs lentil in self.dir and demands this exit code."""
        done = run(*args, cwd=self.dir, **kwargs)
        self.assertEqual(done.returncode, expect,
                         f"lentil {' '.join(map(str, args))}: {done.stderr}")
        return done

    def assert_message(self, done, *parts):
        """The last line of stderr is one of ours and has these parts."""
        lines = done.stderr.strip().splitlines()
        self.assertTrue(lines, "no message")
        self.assertTrue(lines[-1].startswith("lentil: "), lines[-1])
        for part in (*parts, f"(exit {done.returncode})"):
            self.assertIn(part, lines[-1])

    def start(self, *args, **kwargs):
        """Starts lentil in self.dir, to be waited for by the caller."""
        process = subprocess.Popen([LENTIL, *map(str, args)], cwd=self.dir,
                                   **kwargs)
        self.addCleanup(self._end, process)
        return process

    @staticmethod
    def _end(process):
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe:
                try:
                    pipe.close()
                except BrokenPipeError:
                    pass

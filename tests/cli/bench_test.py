# SPDX-License-Identifier: Apache-2.0
"""lentil bench: figures that agree with real sizes, failures that show."""

import json
import os
import shutil
import signal
import stat
import subprocess
import time
import unittest

from harness import (CORRUPT, CliTest, FAILED, OK, USAGE, embedded_models,
                     english)

COPY = "copy: cp {in} {out} : cp {in} {out}"
LIAR = "liar: cp {in} {out} : head -c 7 < {in} > {out}"
FAILS = "fails: ls /nowhere/at-all {in} {out} : cp {in} {out}"


class Bench(CliTest):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("tmp"))

    def bench(self, *args, **kwargs):
        return self.lentil("bench", *args, env={"TMPDIR": self.path("tmp")},
                           **kwargs)

    def rows(self, done, table=0):
        rows = json.loads(done.stdout)["tables"][table]["rows"]
        return {row["contender"]: row for row in rows}

    def assert_nothing_left(self):
        self.assertEqual(os.listdir(self.path("tmp")), [])

    def test_figures_are_those_of_real_files(self):
        text = english()
        self.write("text", text)
        peers = [name for name in ("gzip", "xz") if shutil.which(name)]
        done = self.bench("--peers", ",".join(peers) or "none", "--levels",
                          "0,1", "--runs", "2", "--json", "text")
        report = json.loads(done.stdout)
        self.assertEqual(report["runs"], 2)
        self.assertEqual(report["threads"], 1)
        self.assertEqual(report["tables"][0]["name"], "text")
        self.assertEqual(report["tables"][0]["bytes"], len(text))
        rows = self.rows(done)
        sizes = {}
        for level in ("-0", "-1"):
            code = self.lentil("compress", level, "-c", "text").stdout
            sizes[f"lentil {level}"] = len(code)
        # Without the name of the file, which is another one.
        for title, extra in (("gzip -9", ["-n"]), ("xz -9e", [])):
            if title.split()[0] in peers:
                code = subprocess.run(
                    [*title.split(), *extra, "-c", self.path("text")],
                    capture_output=True, check=True).stdout
                sizes[title] = len(code)
        self.assertEqual({name: row["compressed_bytes"]
                          for name, row in rows.items()}, sizes)
        self.assertEqual(list(rows), sorted(sizes, key=sizes.get))
        for name, row in rows.items():
            self.assertTrue(row["ok"])
            self.assertIsNone(row["error"])
            self.assertEqual(row["model_bytes"], 0)
            self.assertAlmostEqual(row["bits_per_byte"],
                                   sizes[name] * 8 / len(text))
            self.assertEqual(row["bits_per_byte"],
                             row["adjusted_bits_per_byte"])
            for direction in ("compress", "decompress"):
                seconds = row[f"{direction}_seconds"]
                self.assertGreater(seconds, 0)
                self.assertLessEqual(row[f"{direction}_min_seconds"], seconds)
                self.assertGreaterEqual(row[f"{direction}_max_seconds"],
                                        seconds)
                self.assertAlmostEqual(row[f"{direction}_kb_per_s"],
                                       len(text) / 1000 / seconds)
                self.assertGreater(row[f"{direction}_peak_bytes"], 0)
        smallest = min(rows.values(), key=lambda row: row["compressed_bytes"])
        self.assertTrue(smallest["pareto_compress"])
        self.assertTrue(smallest["pareto_decompress"])
        self.assert_nothing_left()

    def test_versions_are_told(self):
        for name, says in (("xz", "echo 'my xz v5.9.1, new'"),
                           ("gzip", "exit 1")):
            script = self.write(name, f"""#!/bin/sh
                case "$*" in
                  --version) {says} ;;
                  -d*) cat ;;
                  *) while [ $# -gt 1 ]; do shift; done; cat "$1" ;;
                esac
                """.encode())
            os.chmod(script, stat.S_IRWXU)
        self.write("text", b"hello")
        peers = ",".join(f"{name}={self.path(name)}" for name in ("xz", "gzip"))
        args = ("--peers", peers, "--peer", COPY, "--levels", "1", "--html",
                "page.html", "text")
        xz = f"xz -9e ({self.path('xz')})"
        done = self.bench("--json", *args)
        rows = self.rows(done)
        self.assertEqual({name: row["version"] for name, row in rows.items()},
                         {xz: "5.9.1", f"gzip -9 ({self.path('gzip')})": "",
                          "copy": "", "lentil -1": json.loads(done.stdout)["lentil"]})
        self.assertIn("<td class=\"words\">5.9.1</td>",
                      self.read("page.html").decode())
        text = self.bench("-f", *args).stdout.decode()
        line = next(line for line in text.splitlines() if line.startswith(xz))
        self.assertEqual(line[len(xz):].split()[0], "5.9.1")

    def test_a_model_is_charged(self):
        if "nano" not in embedded_models():
            self.skipTest("this build does not embed nano")
        self.write("text", english()[:3000])
        done = self.bench("--peers", "none", "--levels", "3", "--json", "text")
        row = self.rows(done)["lentil -3"]
        info = json.loads(self.lentil("model", "info", "nano",
                                      "--json").stdout)[0]
        self.assertEqual(row["model_bytes"], info["bytes"])
        self.assertAlmostEqual(
            row["adjusted_bits_per_byte"],
            (row["compressed_bytes"] + info["bytes"]) * 8 / 3000)

    def test_when_models_pay_off(self):
        if not embedded_models():
            self.skipTest("this build embeds no model")
        size = 3000
        self.write("text", english()[:size])
        args = ("--peers", "none", "--peer", COPY, "--html", "page.html",
                "text")
        done = self.bench("--json", *args)
        rows = self.rows(done).values()
        rival = min(row["compressed_bytes"] for row in rows
                    if row["model_bytes"] == 0)
        for row in rows:
            saved = rival - row["compressed_bytes"]
            if row["model_bytes"] == 0 or saved <= 0:
                self.assertIsNone(row["pay_off_bytes"])
            else:
                self.assertEqual(row["pay_off_bytes"],
                                 -(-row["model_bytes"] * size // saved))
        told = [row["pay_off_bytes"] for row in rows if row["pay_off_bytes"]]
        self.assertTrue(told)
        text = self.bench("-f", *args).stdout.decode()
        page = self.read("page.html").decode()
        for form in (text, page):
            self.assertIn("pays off at: bytes of sources like this", form)
            for count in told:
                self.assertIn(f"{int(count):,}", form)

    def test_what_restores_other_bytes_has_failed(self):
        self.write("text", english())
        done = self.bench("--peers", "none", "--levels", "0", "--peer", LIAR,
                          "--json", "text", expect=CORRUPT)
        self.assert_message(done, "text: liar: ", "differs from byte 7 on")
        rows = self.rows(done)
        self.assertFalse(rows["liar"]["ok"])
        self.assertIn("differs", rows["liar"]["error"])
        self.assertIsNone(rows["liar"]["compressed_bytes"])
        self.assertTrue(rows["lentil -0"]["ok"])
        self.assertEqual(list(rows)[-1], "liar")
        self.assert_nothing_left()

    def test_what_a_failing_peer_says_is_shown(self):
        self.write("text", b"hello")
        done = self.bench("--peers", "none", "--levels", "none", "--peer",
                          FAILS, "--peer", COPY, "text", expect=FAILED)
        self.assert_message(done, "text: fails: compressing: exit code 2: ",
                            "/nowhere/at-all")
        table = done.stdout.decode()
        self.assertIn("fails: failed: compressing", table)
        self.assertIn("copy", table)

    def test_who_passes_the_time_limit_is_killed_and_the_others_go_on(self):
        pids = self.path("pids")
        script = self.write("slow.sh", b"#!/bin/sh\necho $$ > \"$PIDS\"\n"
                                       b"sleep 1000 & wait\n")
        os.chmod(script, stat.S_IRWXU)
        self.write("text", b"hello")
        slow = f"slow: cp {{in}} {{out}} : {script} {{in}} {{out}}"
        limit = "killed after 3 s, the time limit"
        args = ("bench", "--peers", "none", "--levels", "none", "--peer", slow,
                "--peer", COPY, "--html", "page.html", "text")
        env = {"TMPDIR": self.path("tmp"), "PIDS": pids}
        done = self.lentil(*args, "--time-limit", "3", "--json", env=env,
                           expect=FAILED)
        self.wait_until_gone(self.wait_for_number(pids))
        self.assert_message(done, "text: slow: restoring: ", limit)
        report = json.loads(done.stdout)
        self.assertEqual(report["time_limit_seconds"], 3)
        rows = self.rows(done)
        self.assertTrue(rows["slow"]["timed_out"])
        self.assertFalse(rows["slow"]["ok"])
        self.assertEqual(rows["slow"]["error"], "restoring: " + limit)
        self.assertIsNone(rows["slow"]["decompress_seconds"])
        self.assertTrue(rows["copy"]["ok"])
        self.assertFalse(rows["copy"]["timed_out"])
        self.assertIn("slow: failed: restoring: " + limit,
                      self.read("page.html").decode())
        self.assert_nothing_left()
        # Too short a time for certainty about anything else.
        done = self.lentil(*args, "--time-limit", "0.1", "-f", env=env,
                           expect=FAILED)
        self.assertRegex(done.stdout.decode(), r"slow: failed: \w+: killed "
                         r"after 0\.1 s, the time limit")

    def test_several_files_add_up(self):
        self.write("a", b"a" * 1000)
        self.write("b", b"b" * 500)
        done = self.bench("--peers", "none", "--levels", "0", "--peer", COPY,
                          "--json", "a", "b", "nowhere", expect=FAILED)
        self.assert_message(done, "nowhere: cannot open")
        tables = json.loads(done.stdout)["tables"]
        self.assertEqual([table["name"] for table in tables],
                         ["a", "b", "total"])
        self.assertEqual(tables[2]["bytes"], 1500)
        self.assertEqual(self.rows(done, 2)["copy"]["compressed_bytes"], 1500)
        parts = [self.rows(done, i)["lentil -0"]["compressed_bytes"]
                 for i in range(3)]
        self.assertEqual(parts[2], parts[0] + parts[1])

    def test_limit_and_standard_input(self):
        done = self.bench("--peers", "none", "--levels", "none", "--peer",
                          COPY, "--limit", "1k", "--json", "-",
                          stdin=bytes(5000))
        self.assertEqual(self.rows(done)["copy"]["compressed_bytes"], 1024)

    def test_a_page(self):
        self.write("a<b>&.txt", english())
        args = ("--peers", "none", "--levels", "0,1", "--html", "page.html",
                "a<b>&.txt")
        self.bench(*args)
        page = self.read("page.html").decode()
        self.assertIn("a&lt;b&gt;&amp;.txt", page)
        self.assertEqual(page.count("<svg"), 2)
        self.assertNotIn("http", page)
        done = self.bench(*args, expect=FAILED)
        self.assert_message(done, "page.html: already exists", "-f")
        self.bench("-f", *args)
        self.assertEqual(self.files(), ["a<b>&.txt", "page.html"])

    def test_usage(self):
        self.write("text", b"hello")
        for args, parts in (
                ((), ["which FILE?"]),
                (("--peers", "gzap", "text"),
                 ["no peer 'gzap'; known are gzip, bzip2, xz", "--peer"]),
                (("--levels", "x", "text"), ["--levels", "'x'"]),
                (("--levels", "1,,2", "text"), ["--levels"]),
                (("--levels", "12", "text"), ["--levels"]),
                (("--runs", "0", "text"), ["--runs", "from 1 to"]),
                (("--time-limit", "0", "text"), ["--time-limit", "seconds"]),
                (("--time-limit", "nan", "text"), ["--time-limit", "'nan'"]),
                (("--time-limit", "1x", "text"), ["--time-limit", "'1x'"]),
                (("--peer", "copy", "text"), ["NAME: COMPRESS : RESTORE"]),
                (("--peer", "a: cp {in} : cp {in} {out}", "text"),
                 ["lacks {out}"]),
                (("--levels", "none", "--peers", "none", "text"),
                 ["no level and no peer"])):
            with self.subTest(args=args):
                done = self.bench(*args, expect=USAGE)
                self.assert_message(done, *parts)
        done = self.bench("--peers", "xz=/nowhere/xz", "text", expect=FAILED)
        self.assert_message(done, "peer xz: there is no program /nowhere/xz")

    def test_progress_says_who_runs(self):
        self.write("text", b"hello")
        done = self.bench("--peers", "none", "--levels", "none", "--peer",
                          COPY, "--runs", "2", "--progress", "text")
        for part in ("text: copy compresses  (1 of 1, run 1 of 2)",
                     "text: copy restores  (1 of 1, run 2 of 2)"):
            self.assertIn(part, done.stderr)

    def test_a_signal_ends_the_children_and_leaves_nothing(self):
        script = self.write("slow.sh", b"#!/bin/sh\necho $$ > \"$2.pid\"\n"
                                       b"cp \"$2.pid\" \"$PIDS\"\n"
                                       b"sleep 1000 & wait\n")
        os.chmod(script, stat.S_IRWXU)
        self.write("text", b"hello")
        for number in (signal.SIGINT, signal.SIGTERM):
            pids = self.path(f"pids{number}")
            process = self.start(
                "bench", "--peers", "none", "--levels", "none", "--peer",
                f"slow: {script} {{in}} {{out}} : cp {{in}} {{out}}",
                "--html", "page.html", "text", stderr=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=dict(os.environ, TMPDIR=self.path("tmp"), PIDS=pids))
            child = self.wait_for_number(pids)
            process.send_signal(number)
            out, err = process.communicate(timeout=60)
            self.assertEqual(process.returncode, -number)
            self.assertEqual((out, err), (b"", b""))
            self.assert_nothing_left()
            self.assertEqual([name for name in self.files()
                              if "page" in name or ".tmp" in name], [])
            self.wait_until_gone(child)

    def wait_for_number(self, path):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if os.path.exists(path):
                text = self.read(path)
                if text.endswith(b"\n"):
                    return int(text)
            time.sleep(0.01)
        self.fail(f"{path} did not appear")

    def wait_until_gone(self, group):
        """No process of this group is left but as a corpse."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            states = self.states_of_group(group)
            if all(state == "Z" for state in states):
                return
            time.sleep(0.05)
        self.fail(f"processes of group {group} are left")

    @staticmethod
    def states_of_group(group):
        """States of its processes, as /proc tells them."""
        states = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/stat", encoding="latin-1") as file:
                    fields = file.read().rpartition(")")[2].split()
            except OSError:
                continue  # it ended just now
            if fields[2] == str(group):
                states.append(fields[0])
        return states


if __name__ == "__main__":
    unittest.main()

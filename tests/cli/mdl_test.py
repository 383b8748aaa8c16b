# SPDX-License-Identifier: Apache-2.0
"""lentil mdl: description lengths by size of model."""

import csv
import json
import lzma
import unittest

from harness import FAILED, USAGE, CliTest, noise, prose


class MdlTest(CliTest):
    def report(self, *args, **kwargs):
        return json.loads(self.lentil("mdl", "--json", *args, **kwargs).stdout)

    def sizes(self, *args, **kwargs):
        rows = self.report(*args, **kwargs)["tables"][0]["rows"]
        return {row["size"]: row for row in rows}

    def test_lengths_are_those_of_real_files(self):
        data = prose(20000)
        self.write("a", data)
        report = self.report("--presets", "nano,tiny", "--epochs", "2", "a")
        rows = {row["size"]: row for row in report["tables"][0]["rows"]}
        self.assertEqual(list(rows), ["nano", "tiny", "lentil -1", "xz -9e"])
        self.assertEqual(report["bytes"], 20000)
        for name in ("tiny", "nano"):
            row = rows[name]
            self.assertEqual(row["two_part_bytes"],
                             row["model_bytes"] + row["data_bytes"])
            self.assertEqual(row["mixed_two_part_bytes"],
                             row["model_bytes"] + row["mixed_bytes"])
            self.assertAlmostEqual(row["prequential_bits_per_byte"],
                                   row["prequential_bytes"] * 8 / 20000)
            # Two epochs know more than the first did on its way.
            self.assertLess(row["data_bytes"], row["prequential_bytes"])
            self.assertLess(row["prequential_bits_per_byte"], 6)
            self.assertGreater(row["prequential_bits_per_byte"], 0.5)
            self.assertLessEqual(row["model_xz_bytes"],
                                 row["model_bytes"] + 200)
        self.assertLess(rows["tiny"]["model_bytes"],
                        rows["nano"]["model_bytes"])
        # What the verbs say of the same.
        level1 = json.loads(self.lentil("eval", "-1", "--json", "--subjects",
                                        "level1,lzma", "a").stdout)
        for subject, name in zip(level1["subjects"], ("lentil -1", "xz -9e")):
            self.assertEqual(rows[name]["mixed_bytes"],
                             subject["total"]["compressed_bytes"])
        facts = report["tables"][0]
        for key, column in (("best_prequential", "prequential_bytes"),
                            ("best_two_part", "two_part_bytes"),
                            ("best_mixed_two_part", "mixed_two_part_bytes")):
            best = min(("tiny", "nano"), key=lambda n: rows[n][column])
            self.assertEqual(facts[key], best)

    def test_little_data_deserve_a_little_model(self):
        self.write("a", prose(6000))
        facts = self.report("--presets", "tiny,nano", "--epochs", "2",
                            "a")["tables"][0]
        self.assertEqual(facts["best_two_part"], "tiny")
        text = self.lentil("mdl", "--presets", "tiny", "--epochs", "2",
                           "a").stdout.decode()
        self.assertIn("do not pay for a model", text)

    def test_noise_cannot_be_learned(self):
        self.write("a", noise(20000))
        tiny = self.sizes("--presets", "tiny", "--epochs", "2", "a")["tiny"]
        self.assertGreaterEqual(tiny["prequential_bits_per_byte"], 8)
        # Weights can learn noise by heart, but not for less than it takes.
        self.assertGreater(tiny["two_part_bytes"], 20000)
        self.assertGreater(tiny["mixed_two_part_bytes"], 20000)

    def test_the_curve_falls_to_the_total(self):
        self.write("a", prose(30000))
        self.lentil("mdl", "--presets", "tiny", "--epochs", "2", "--curve",
                    "c.csv", "--csv", "t.csv", "--html", "t.html", "a")
        with open(self.path("c.csv"), newline="") as file:
            curve = list(csv.DictReader(file))
        with open(self.path("t.csv"), newline="") as file:
            table = list(csv.DictReader(file))
        self.assertEqual(int(curve[-1]["bytes"]), 30000)
        self.assertAlmostEqual(float(curve[-1]["bits"]) / 8,
                               float(table[0]["prequential_bytes"]), places=3)
        rates = [float(row["stretch_bits_per_byte"]) for row in curve]
        self.assertGreater(rates[0], 7)
        self.assertLess(rates[-1], rates[0] / 2)
        self.assertIn(b"<svg", self.read("t.html"))

    def test_threads_files_and_packing_do_not_change_figures(self):
        data = prose(9000)
        self.write("a", data)
        self.write("1", data[:4000])
        self.write("2", data[4000:])
        with lzma.open(self.path("a.xz"), "wb") as file:
            file.write(data + b"more")
        args = ("--presets", "tiny", "--epochs", "2")
        one = self.report("-T1", *args, "a")
        self.assertEqual(one, self.report("-T3", *args, "1", "2"))
        self.assertEqual(one, self.report("--limit", "9000", *args, "a.xz"))
        self.assertEqual(one, self.report(*args, "-", stdin=data))
        other = self.report("--seed", "2", *args, "a")
        self.assertNotEqual(one["tables"][0]["rows"][0]["prequential_bytes"],
                            other["tables"][0]["rows"][0]["prequential_bytes"])

    def test_wrong_command_lines(self):
        self.write("a", b"abc")
        for args in ((), ("--presets", "huge", "a"), ("--presets", ",", "a"),
                     ("--epochs", "1", "a"), ("--limit", "0", "a"),
                     ("--seed", "-1", "a")):
            self.lentil("mdl", *args, expect=USAGE)
        self.write("empty", b"")
        self.assert_message(self.lentil("mdl", "empty", expect=USAGE),
                            "no data")
        self.assert_message(self.lentil("mdl", "missing", expect=FAILED),
                            "missing: cannot open")
        self.write("t.csv", b"mine")
        done = self.lentil("mdl", "--csv", "t.csv", "a", expect=FAILED)
        self.assert_message(done, "t.csv", "-f")
        self.assertEqual(self.read("t.csv"), b"mine")

    def test_nothing_stays_behind(self):
        self.write("a", prose(2000))
        self.lentil("mdl", "--presets", "tiny", "--epochs", "2", "a",
                    env={"TMPDIR": self.dir})
        self.assertEqual(self.files(), ["a"])


if __name__ == "__main__":
    unittest.main()

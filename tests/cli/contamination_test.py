# SPDX-License-Identifier: Apache-2.0
"""lentil contamination: planted texts are found again; manners."""

import csv
import json
import lzma
import random
import unittest

from harness import (FAILED, USAGE, CliTest, embedded_models, english, noise,
                     prose)

PIECE = 2048
PASSES = 40  # of planted pieces in training


def area(positives, negatives):
    """Mann-Whitney: the share of pairs in the right order."""
    wins = sum((p > n) + (p == n) / 2 for p in positives for n in negatives)
    return wins / (len(positives) * len(negatives))


class PlantedTest(CliTest):
    """A third of the pieces of a text is trained on, the others are not."""

    def setUp(self):
        super().setUp()
        text = english()
        pieces = [text[at:at + PIECE]
                  for at in range(0, len(text) - PIECE + 1, PIECE)]
        random.Random(1).shuffle(pieces)
        third = len(pieces) // 3
        self.planted = [f"planted/{i}" for i in range(third)]
        self.held = [f"held/{i}" for i in range(third)]
        self.references = [f"references/{i}" for i in range(third)]
        for name, piece in zip(self.planted + self.held + self.references,
                               pieces):
            self.write(name, piece)
        # The trainer sets the end apart.
        self.write("train", b"".join(pieces[:third]) + bytes(2 * PIECE))
        self.lentil("train", "--preset", "tiny", "--data", "train", "--bytes",
                    PASSES * third * PIECE, "--out", "m.lentil", "-q")

    def test_planted_texts_are_found_again(self):
        self.write("known", "\n".join(self.planted).encode())
        done = self.lentil("contamination", "-m", "m.lentil", "--json",
                           "--known", "known", "--reference", "references",
                           "--csv", "t.csv", "--html", "t.html", *self.held,
                           *self.planted)
        report = json.loads(done.stdout)
        table, roc = report["tables"]
        rows = table["rows"]
        scores = {known: [r["score"] for r in rows if r["known"] == known]
                  for known in (True, False)}
        auc = area(scores[True], scores[False])
        points = [(p["false_positives"], p["true_positives"])
                  for p in roc["rows"]]
        print(f"planted {len(scores[True])}, held out {len(scores[False])}: "
              f"AUC {auc:.3f} (rate {roc['auc_rate']:.3f}, "
              f"order {roc['auc_order']:.3f}, tail {roc['auc_tail']:.3f})")
        self.assertEqual(len(scores[True]), len(self.planted))
        self.assertGreaterEqual(auc, 0.9)
        self.assertAlmostEqual(roc["auc_score"], auc)
        self.assertEqual(points, sorted(points))
        self.assertEqual((points[0], points[-1]), ((0, 0), (1, 1)))
        self.assertEqual([r["rank"] for r in rows],
                         list(range(1, len(rows) + 1)))
        self.assertEqual([r["score"] for r in rows],
                         sorted((r["score"] for r in rows), reverse=True))
        # p-values: planted low, held out as by chance.
        least = 1 / (1 + len(self.references))
        for row in rows:
            self.assertGreaterEqual(row["p_value"], least - 1e-12)
        median = {known: sorted(r["p_value"] for r in rows
                                if r["known"] == known)[len(self.held) // 2]
                  for known in (True, False)}
        self.assertLess(median[True], 0.2)
        self.assertGreater(median[False], 0.2)
        with open(self.path("t.csv"), newline="") as file:
            self.assertEqual([float(r["score"]) for r in csv.DictReader(file)],
                             [r["score"] for r in rows])
        self.assertIn(b"<svg", self.read("t.html"))
        self.assertIn(b"lies below", self.read("t.html"))

    def test_shuffled_copies_are_not_found(self):
        """The wording is what the model knows, not the words."""
        words = [self.read(name).split(b" ") for name in self.planted]
        for i, piece in enumerate(words):
            random.Random(i).shuffle(piece)
            self.write(f"shuffled/{i}", b" ".join(piece))
        done = self.lentil("contamination", "-m", "m.lentil", "--json", "-r",
                           "planted", "shuffled")
        rows = json.loads(done.stdout)["tables"][0]["rows"]
        order = {folder: [r["order_signal"] for r in rows
                          if r["file"].startswith(folder)]
                 for folder in ("planted", "shuffled")}
        self.assertGreaterEqual(area(order["planted"], order["shuffled"]), 0.9)
        self.assertIsNone(rows[0]["p_value"])


@unittest.skipUnless(embedded_models(), "no model is embedded")
class MannersTest(CliTest):
    def rows(self, *args, **kwargs):
        done = self.lentil("contamination", "-m", embedded_models()[0],
                           "--json", *args, **kwargs)
        return json.loads(done.stdout)["tables"][0]["rows"]

    def test_threads_and_packing_do_not_change_figures(self):
        for i in range(3):
            self.write(f"{i}.txt", prose(5000, seed=i))
        with lzma.open(self.path("3.txt.xz"), "wb") as file:
            file.write(prose(5000, seed=0))
        names = ("0.txt", "1.txt", "2.txt", "3.txt.xz")
        one = self.rows("-T1", *names)
        self.assertEqual(one, self.rows("-T3", *names))
        by_name = {r["file"]: r for r in one}
        self.assertEqual(by_name["0.txt"]["rate_signal"],
                         by_name["3.txt.xz"]["rate_signal"])
        self.assertNotEqual(
            by_name["0.txt"]["model_words_bits_per_byte"],
            {r["file"]: r for r in self.rows("--seed", "2", *names)}["0.txt"]
            ["model_words_bits_per_byte"])

    def test_rates_are_those_of_eval(self):
        self.write("a", prose(3000))
        row = self.rows("a")[0]
        done = self.lentil("eval", "--json", "--subjects",
                           "level1," + embedded_models()[0], "--chunk", "0",
                           "a")
        level1 = json.loads(done.stdout)["subjects"][0]["total"]
        self.assertEqual(row["reference_bits_per_byte"],
                         level1["bits_per_byte"])
        done = self.lentil("eval", "--json", "-m", embedded_models()[0],
                           "--chunk", "4096", "a")
        alone = json.loads(done.stdout)["total"]
        self.assertAlmostEqual(row["model_bits_per_byte"],
                               alone["bits_per_byte"], delta=0.02)

    def test_limit_and_standard_input(self):
        text = prose(6000)
        self.write("a", text)
        self.write("b", text[:2048])
        whole, part, piped = (
            self.rows("a")[0], self.rows("--limit", "2k", "a")[0],
            self.rows("--limit", "2k", "-", stdin=text)[0])
        self.assertEqual((whole["bytes"], part["bytes"]), (6000, 2048))
        self.assertEqual(part["rate_signal"], self.rows("b")[0]["rate_signal"])
        self.assertEqual(part["rate_signal"], piped["rate_signal"])

    def test_text_says_what_it_cannot_show(self):
        self.write("a", prose(2000))
        text = self.lentil("contamination", "-m", embedded_models()[0],
                           "a").stdout.decode()
        for words in ("no p-value", "shows no absence"):
            self.assertIn(words, text)

    def test_what_cannot_be_read_is_reported(self):
        self.write("a", prose(2000))
        self.write("short", b"short")
        model = embedded_models()[0]
        for bad in ("short", "missing"):
            done = self.lentil("contamination", "-m", model, "a", bad,
                               expect=USAGE if bad == "short" else FAILED)
            self.assert_message(done, bad)
            self.assertIn(b"texts", done.stdout)
        self.write("known", b"b\n")
        done = self.lentil("contamination", "-m", model, "--known", "known",
                           "a", expect=USAGE)
        self.assert_message(done, "known", "0 of 1")
        self.write("t.csv", b"mine")
        done = self.lentil("contamination", "-m", model, "--csv", "t.csv",
                           "a", expect=FAILED)
        self.assert_message(done, "t.csv", "-f")
        self.assertEqual(self.read("t.csv"), b"mine")

    def test_wrong_command_lines(self):
        self.write("a", noise(2000))
        for args in ((), ("--limit", "1", "a"), ("--seed", "x", "a"),
                     ("--reference=", "a"), ("--no-such", "a")):
            self.lentil("contamination", *args, expect=USAGE)


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""lentil repro: the experiments on small data, their figures and files."""

import json
import struct
import unittest
import wave

from eval_test import png, slope
from harness import CANNOT, USAGE, CliTest, embedded_models, prose, run

MODEL = embedded_models()[:1]  # the smallest, so that a test takes a moment


@unittest.skipUnless(MODEL, "no embedded model")
class ReproTest(CliTest):
    def tables(self, *args, **kwargs):
        done = self.lentil("repro", "--json", "--models", MODEL[0],
                           "--chunks", "2", *args, **kwargs)
        report = json.loads(done.stdout)
        self.assertTrue(report["decoded_and_compared"])
        return report["tables"]

    def write_data(self):
        self.write("text", prose(20000))
        self.write("a.png", png(140, 70, slope(140, 70)))
        with wave.open(self.path("a.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(16000)
            samples = [int(9000 * ((i % 97) / 97 - 0.5)) for i in range(5000)]
            file.writeframes(struct.pack("<5000h", *samples))
        return ("--text", "text", "--images", "a.png", "--audio", "a.wav")

    def test_table1_has_the_papers_figures_beside_ours(self):
        tables = self.tables("lmic-table1", *self.write_data())
        self.assertEqual([t["set"] for t in tables],
                         ["text", "gray", "audio8", "audio16", "random"])
        for table in tables:
            rows = {(r["chunk"], r["subject"]): r for r in table["rows"]}
            gzip = rows[2048, "gzip"]
            self.assertEqual("paper_raw_percent" in gzip and
                             gzip["paper_raw_percent"] is not None,
                             table["set"] != "audio16")
            self.assertGreater(gzip["raw_percent"], 0)
            model = rows[2048, MODEL[0]]
            self.assertGreater(model["adjusted_percent"],
                               model["raw_percent"])
            self.assertIn(("whole", "lzma"), rows)
            self.assertEqual((2048, "Chinchilla 70B (paper)") in rows,
                             table["set"] != "audio16")
        text, noise = tables[0], tables[-1]
        rows = {(r["chunk"], r["subject"]): r for r in text["rows"]}
        self.assertEqual(rows[2048, "gzip"]["paper_raw_percent"], 48.1)
        self.assertLess(rows["whole", "gzip"]["raw_percent"],
                        rows[2048, "gzip"]["raw_percent"])
        rows = {(r["chunk"], r["subject"]): r for r in noise["rows"]}
        self.assertLessEqual(rows[2048, MODEL[0]]["raw_percent"], 100.01)

    def test_scaling_names_the_best_size(self):
        (table,) = self.tables("lmic-scaling", *self.write_data())
        *rows, least = table["rows"]
        for key, name in least.items():
            if not key.startswith("adjusted_percent"):
                continue
            best = min(rows, key=lambda row: row[key])
            self.assertEqual(best["subject"], name)

    def test_tokenization_trains_what_it_judges(self):
        self.write("text", prose(40000))
        (table,) = self.tables("lmic-tokenization", "--quick",
                               "--train-bytes", "12k", "--text", "text")
        self.assertEqual(table["train_bytes"], 12 << 10)
        rows = table["rows"]
        self.assertEqual([r["body"] for r in rows],
                         3 * ["tiny"] + 3 * ["nano"])
        for of_bytes, of_tokens in ((rows[0], rows[1]), (rows[3], rows[4])):
            self.assertEqual(of_bytes["vocabulary"], "bytes")
            self.assertGreater(of_tokens["vocabulary"], 256)
            self.assertEqual(of_bytes["bytes_per_token"], 1)
            self.assertGreater(of_tokens["bytes_per_token"], 1.5)
            self.assertEqual(of_bytes["body_weights"],
                             of_tokens["body_weights"])
            self.assertLess(of_bytes["weights"], of_tokens["weights"])
            self.assertAlmostEqual(of_bytes["bits_per_byte"],
                                   of_bytes["raw_percent"] * 8 / 100)
            self.assertLess(of_bytes["raw_percent"], 100)
        self.assertEqual(of_bytes["paper_unverified_6.4M_percent"], 13.6)
        # The same again; and text of its own to train on.
        self.write("other", prose(30000))
        (again,) = self.tables("lmic-tokenization", "--quick",
                               "--train-bytes", "12k", "--text", "text",
                               "--train-text", "other")
        self.assertNotEqual(again["rows"][0]["raw_percent"],
                            table["rows"][0]["raw_percent"])

    def test_context_of_a_whole_chunk_is_the_rate_of_the_code(self):
        data = self.write_data()
        table = self.tables("lmic-context", *data)[0]
        rows = {(r["subject"], r["measure"]): r for r in table["rows"]}
        sequence = rows[MODEL[0], "sequence"]["percent_2048"]
        coded = {(r["chunk"], r["subject"]): r
                 for r in self.tables("lmic-table1", *data)[0]["rows"]}
        self.assertLess(abs(coded[2048, MODEL[0]]["raw_percent"] - sequence),
                        0.2)

    def test_window_slides_over_the_whole_text(self):
        (table,) = self.tables("lmic-window", *self.write_data())
        (row,) = table["rows"]
        self.assertLess(row["percent_sliding"], row["percent_256"])

    def test_generation_writes_pictures_and_sound(self):
        tables = self.tables("lmic-generation", "--quick", "--out", "made/here",
                             *self.write_data())
        self.assertEqual(len(tables), 3)
        text = {(r["source"], r["horizon"]): r["text"]
                for r in tables[0]["rows"]}
        self.assertEqual(len(text[MODEL[0], 1]), 100)
        self.assertNotEqual(text["gzip", 1], text["gzip", 4])
        self.assertEqual(self.read(f"made/here/gray-{MODEL[0]}-1.png")[:4],
                         b"\x89PNG")
        with wave.open(self.path(f"made/here/audio8-{MODEL[0]}-1.wav")) as w:
            drawn = w.readframes(w.getnframes())
        with wave.open(self.path("made/here/audio8-original.wav")) as w:
            original = w.readframes(w.getnframes())
        self.assertEqual(drawn[:1024], original[:1024])
        self.assertEqual(len(drawn), len(original))

    def test_a_page_of_all_that_was_asked(self):
        self.write("text", prose(20000))
        self.lentil("repro", "lmic-scaling", "lmic-window", "--models",
                    MODEL[0], "--chunks", "2", "--text", "text", "--html",
                    "page.html")
        page = self.read("page.html").decode()
        self.assertIn("lmic-scaling", page)
        self.assertIn("lmic-window", page)

    def test_manners(self):
        listing = self.lentil("repro").stdout.decode()
        for name in ("lmic-table1", "lmic-generation"):
            self.assertIn(name, listing)
        done = self.lentil("repro", "lmic-table2", expect=USAGE)
        self.assertIn("lmic-table1", done.stderr)
        done = run("repro", "lmic-scaling", cwd=self.dir)
        self.assertEqual(done.returncode, CANNOT)
        self.assert_message(done, "--text")


if __name__ == "__main__":
    unittest.main()

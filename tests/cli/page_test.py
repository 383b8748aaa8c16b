# SPDX-License-Identifier: Apache-2.0
"""Pages of --html in a browser: elements, console, sorting, a screenshot.

Skipped without Chromium. LENTIL_SCREENSHOTS may name a folder to keep them in.
"""

import html.parser
import os
import shutil
import subprocess
import unittest

from harness import CliTest, noise, prose

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")


class Rows(html.parser.HTMLParser):
    """Texts of the body's rows, and which elements there are."""

    def __init__(self, page):
        super().__init__()
        self.rows, self.tags = [], []
        self.in_cell = False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag == "td":
            self.rows[-1].append("")
            self.in_cell = True

    def handle_endtag(self, tag):
        if tag == "td":
            self.in_cell = False

    def handle_data(self, data):
        if self.in_cell:
            self.rows[-1][-1] += data

    def column(self, i):
        return [row[i] for row in self.rows if row]


@unittest.skipUnless(BROWSER, "no Chromium")
class PageTest(CliTest):
    def browse(self, name, *flags):
        """What a browser makes of a page; its console stays silent."""
        done = subprocess.run(
            [BROWSER, "--headless", "--no-sandbox", "--disable-gpu",
             "--disable-dev-shm-usage", "--enable-logging=stderr",
             f"--user-data-dir={self.path('profile')}",
             "--virtual-time-budget=2000", *flags,
             "file://" + self.path(name)],
            capture_output=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        console = [line for line in done.stderr.decode().splitlines()
                   if "CONSOLE" in line]
        self.assertEqual(console, [])
        return done.stdout.decode()

    def setUp(self):
        super().setUp()
        self.write("a", prose(9000))
        self.write("b", noise(3000))
        self.lentil("eval", "--subjects", "zstd,gzip,lzma", "--html",
                    "page.html", "a", "b")

    def test_elements(self):
        page = Rows(self.browse("page.html", "--dump-dom"))
        for tag in ("h1", "table", "thead", "svg", "circle", "button"):
            self.assertIn(tag, page.tags)
        self.assertEqual(page.column(1)[:3], ["zstd", "gzip", "lzma"])

    def test_headings_sort(self):
        clicked = self.read("page.html").decode()
        for clicks, reverse in ((1, False), (2, True)):
            script = ("<script>const b = [...document.querySelectorAll("
                      "'button')].find(b => b.textContent === 'compressed');"
                      + "b.click();" * clicks + "</script></body>")
            self.write("sorted.html",
                       clicked.replace("</body>", script).encode())
            page = Rows(self.browse("sorted.html", "--dump-dom"))
            sizes = [int(text.replace(",", "")) for text in page.column(3)]
            self.assertEqual(sizes, sorted(sizes, reverse=reverse))
            self.assertGreater(len(set(sizes)), 3)

    def test_contamination(self):
        self.write("known", prose(8000)[:4000])
        self.write("unseen", prose(8000)[4000:])
        self.lentil("contamination", "-m", "nano", "--reference", "unseen",
                    "--html", "suspects.html", "known", "a")
        page = Rows(self.browse("suspects.html", "--dump-dom"))
        self.assertIn("svg", page.tags)
        self.assertEqual(page.column(0)[:2], ["1", "2"])
        self.assertEqual(sorted(page.column(1)[:2]), ["a", "known"])

    def test_screenshot(self):
        self.browse("page.html", "--window-size=1200,900",
                    "--screenshot=" + self.path("page.png"))
        picture = self.read("page.png")
        self.assertEqual(picture[:4], b"\x89PNG")
        self.assertGreater(len(picture), 10000)  # not an empty page
        kept = os.environ.get("LENTIL_SCREENSHOTS")
        if kept:
            os.makedirs(kept, exist_ok=True)
            shutil.copy(self.path("page.png"), kept)


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: MIT
"""Shows that `compare` measures and tells, and what it does with a wrong option or output.

usage: compare_test.py COMPARE
"""

import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import unittest
import xml.dom.minidom

COMPARE = os.path.abspath(sys.argv.pop(1))
FILE_BYTES_MAX = 1 << 20  # 20,000 lines are more


def limit_files():
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES_MAX, FILE_BYTES_MAX))


class CompareTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lathe-compare-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def compare(self, *arguments, **settings):
        return subprocess.run([COMPARE, "--quick", "--dir", self.folder, *arguments], timeout=120,
                              capture_output=True, text=True, check=False, **settings)

    def assert_refused(self, arguments, words):
        result = self.compare(*arguments)
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertEqual(result.stdout, "")
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)

    def test_tables_have_what_was_asked_for(self):
        result = self.compare("--contenders", "write,lathe,lathe-rotated", "--markdown")
        self.assertEqual(result.returncode, 0, result.stderr)
        for words in ("compare --quick", "| lathe, formatted |", "| bare write(2), 256 KiB |",
                      "times 'lathe, formatted'", "**Throughput.**", "at rest", "flat out"):
            self.assertIn(words, result.stdout)
        self.assertNotIn("deferred", result.stdout)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_the_page_is_well_formed_and_needs_no_network(self):
        page = self.folder / "page.html"
        result = self.compare("--contenders", "write,nothing,lathe,lathe-deferred", "--plot", page)
        self.assertEqual(result.returncode, 0, result.stderr)
        text = page.read_text(encoding="utf-8")
        document = xml.dom.minidom.parseString(text)
        charts = [one for one in document.getElementsByTagName("svg") if one.hasAttribute("role")]
        self.assertEqual([chart.getAttribute("aria-label") for chart in charts],
                         ["Throughput", "Latency at rest", "Latency flat out"])
        for word in ("src=", "href=", "url(", "<script"):
            self.assertNotIn(word, text)

    def test_a_part_alone(self):
        result = self.compare("--contenders", "lathe", "--throughput")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("Throughput", result.stdout)
        self.assertNotIn("Latency", result.stdout)

    # As if the disk were full: what is missing in the file is a failed run, not a fast one.
    def test_an_output_that_is_not_whole_fails_the_run(self):
        result = self.compare("--contenders", "lathe,write", "--baseline", "write",
                              preexec_fn=limit_files)
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertEqual(result.stdout, "")
        self.assertIn("the run 'compare --one write --kind throughput ", result.stderr)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_wrong_options_are_one_line(self):
        self.assert_refused(["--rounds", "0"], ["--rounds", "'0'"])
        self.assert_refused(["--records", "many"], ["--records", "'many'"])
        self.assert_refused(["--contenders", "lathe,printf"], ["--contenders", "'printf'"])
        self.assert_refused(["--contenders", "lathe", "--baseline", "write"],
                            ["--baseline", "'write'"])
        self.assert_refused(["--fast"], ["--fast"])

    def test_a_page_that_cannot_be_made_is_told_before_the_work(self):
        result = self.compare("--plot", self.folder / "no" / "page.html")
        self.assertEqual(result.returncode, 1)
        self.assertIn("page.html", result.stderr)
        self.assertEqual(result.stdout, "")


if __name__ == "__main__":
    unittest.main()

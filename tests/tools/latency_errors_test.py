# SPDX-License-Identifier: MIT
"""What `lathe latency` refuses, and that it does not believe in an output that is not whole."""

import os
import subprocess
import unittest

import pipe_support
from latency_support import LatencyCase
from pipe_support import wait_for


class OptionTest(LatencyCase):
    def test_names_the_option_and_the_value(self):
        cases = [
            (["--threads", "0"], "--threads: '0' is not a number of threads"),
            (["--threads", "1,,2"], "--threads: '' is not a number of threads"),
            (["--threads", "4-1"], "--threads: '4-1' is not a number of threads"),
            (["--threads", "1-"], "--threads: '1-' is not a number of threads"),
            (["--threads", "257"], "--threads: '257' is not a number of threads"),
            (["--form", "macro"], "--form: 'macro' is not a form"),
            (["--form", "formatted,"], "--form: '' is not a form"),
            (["--overflow", "drop"], "--overflow: 'drop' is not an overflow policy"),
            (["--sync", "soon"], "--sync: 'soon' is not a sync policy"),
            (["--sync", ""], "--sync: '' is not a sync policy"),
            (["--sync", "1"], "--sync: '1' is not a duration"),
            (["--sync", "bytes=0"], "--sync: '0' is not a size"),
            (["--size", "1X"], "--size: '1X' is not a size"),
            (["--size", "4095"], "--size: '4095' is too small"),
            (["--rate", "1e6"], "--rate: '1e6' is not a rate"),
            (["--rate=-1"], "--rate: '-1' is not a rate"),
            (["--rate", "1000000001"], "--rate: '1000000001' is not a rate"),
            (["--message", "words"], "--message: 'words' is not a message"),
            (["--message", "text=65K"], "--message: 'text=65K' is not a message"),
            (["--message", "text="], "--message: '' is not a size"),
            (["--for", "2"], "--for: '2' is not a duration"),
            (["--for", "0s"], "--for: '0s' is not a duration"),
            (["--records", "0"], "--records: '0' is not a count"),
            (["--queue", "5000"], "--queue: '5000' is not a power of two"),
            (["--cpu", "zero"], "--cpu: 'zero' is not a list of CPUs"),
            (["--cpu", "99999"], "--cpu: '99999' is not a list of CPUs"),
            (["--threads", "1-256", "--form", "deferred,function"],
             "combinations: '502 and more' are too many"),
        ]
        for arguments, want in cases:
            with self.subTest(arguments):
                out, said = self.run_latency("--records", "1", *arguments, status=2) \
                    if "--records" not in arguments else self.run_latency(*arguments, status=2)
                self.assertEqual(out, "")
                self.assertTrue(said.startswith(f"lathe latency: {want}"), said)
                self.assertEqual(said.count("\n"), 1)

    def test_refuses_what_it_does_not_know(self):
        for arguments in [["--colour"], ["app.log"], ["--rate"]]:
            with self.subTest(arguments):
                _, said = self.run_latency(*arguments, status=2)
                self.assertRegex(said, r"^lathe latency: [^\n]+\n$")

    def test_explains_itself(self):
        result = subprocess.run([pipe_support.options.lathe, "latency", "--help"],
                                capture_output=True, text=True, timeout=60)
        self.assertEqual(result.returncode, 0)
        for word in ["--threads", "--form", "--overflow", "--sync", "--size", "--rate",
                     "--message", "--for", "--records", "--queue", "--cpu", "--dir", "--json",
                     "--plot", "Exit status"]:
            self.assertIn(word, result.stdout)
        self.assertTrue(all(len(line) <= 100 for line in result.stdout.splitlines()))


class FileTest(LatencyCase):
    def test_tells_before_measuring_that_a_result_cannot_be_written(self):
        missing = self.results / "nowhere" / "out"
        for option in ["--json", "--plot"]:
            out, said = self.run_latency(option, missing, "--for", "1000s", status=1)
            self.assertEqual(out, "")
            self.assertRegex(said, rf"^lathe latency: {missing}: [^\n]+\n$")

    def test_tells_that_a_full_disk_has_no_room_for_a_result(self):
        for option in ["--json", "--plot"]:
            _, said = self.run_latency(option, "/dev/full", "--records", "20", "--rate", "0",
                                       status=1)
            self.assertRegex(said, r"^lathe latency: /dev/full: [^\n]+\n$")

    def test_tells_that_its_folder_is_missing(self):
        result = subprocess.run(
            [pipe_support.options.lathe, "latency", "--dir", self.results / "nowhere"],
            capture_output=True, text=True, timeout=60)
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, r"^lathe latency: cannot make a folder in [^\n]+nowhere: ")

    def test_uses_tmpdir_unless_told(self):
        result = subprocess.run(
            [pipe_support.options.lathe, "latency", "--records", "20"],
            capture_output=True, text=True, timeout=60,
            env={**os.environ, "TMPDIR": str(self.results / "missing")})
        self.assertEqual(result.returncode, 1)
        self.assertIn(str(self.results / "missing"), result.stderr)


class WrongOutputTest(LatencyCase):
    """Somebody meddles with the files while they are written."""

    def measure_with(self, meddle, *arguments):
        """Runs for some seconds at a slow rate; meddle(active file) is called meanwhile. Returns
        what was said on stderr."""
        child = subprocess.Popen(
            self.command("--form", "formatted", "--rate", "20000", "--for", "1500ms", *arguments),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)

        def active():
            found = list(self.folder.glob("*/latency.log"))
            return found[0] if found and found[0].stat().st_size > 10_000 else None

        wait_for(active, "the active file")
        meddle(active())
        out, said = child.communicate(timeout=120)
        self.assertEqual(child.returncode, 1, said)
        self.assertIn("Counts", out)  # what was measured is shown all the same
        self.assert_nothing_left()
        return said

    def test_a_foreign_line_is_found(self):
        def meddle(path):
            with open(path, "ab") as file:
                file.write(b"hello\n")
        said = self.measure_with(meddle)
        self.assertRegex(said, r"^lathe latency: formatted, calls: latency\.log, line \d+: "
                               r"no line of a record: 'hello'\n$")

    def test_a_missing_backup_is_found(self):
        def meddle(path):
            wait_for(lambda: list(path.parent.glob("latency.log.2*")), "a backup")
            next(path.parent.glob("latency.log.2*")).unlink()
        said = self.measure_with(meddle, "--size", "64K")
        self.assertRegex(said, r"^lathe latency: formatted, calls: \d+ records are missing, "
                               r"and 0 were dropped\n$")


if __name__ == "__main__":
    pipe_support.main()

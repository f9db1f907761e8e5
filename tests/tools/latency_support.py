# SPDX-License-Identifier: MIT
"""What the tests of `lathe latency` share. They judge counts and shapes, never times."""

import json
import pathlib
import subprocess
import tempfile
import unittest

import pipe_support

WARM_UP_CALLS = 20  # of each thread, before its clock starts
BATCH_CALLS = 20
PERCENTS = ["min", "p50", "p90", "p99", "p99.9", "p99.99", "max"]


class LatencyCase(unittest.TestCase):
    """A fresh directory for each test, in which `lathe latency` works and leaves nothing."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lathe-latency-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name) / "work"
        self.folder.mkdir()
        self.results = pathlib.Path(folder.name)

    def command(self, *arguments):
        return [pipe_support.options.lathe, "latency", "--dir", self.folder, *arguments]

    def run_latency(self, *arguments, status=0):
        """Returns what was said on stdout and on stderr."""
        result = subprocess.run(self.command(*arguments), capture_output=True, text=True,
                                timeout=200)
        self.assertEqual(result.returncode, status, result.stderr)
        self.assert_nothing_left()
        return result.stdout, result.stderr

    def measure(self, *arguments):
        """Returns the report."""
        out, said = self.run_latency("--json", "-", *arguments)
        self.assertEqual(said, "")
        return json.loads(out)

    def assert_nothing_left(self):
        self.assertEqual(list(self.folder.iterdir()), [])

    def assert_samples(self, samples, count):
        """Percentiles and the curve rise, and stop where there are too few samples."""
        self.assertEqual(samples["samples"], count)
        told = [samples[name] for name in PERCENTS if samples[name] is not None]
        self.assertEqual(told, sorted(told))
        for name, least in [("p99", 100), ("p99.9", 1000), ("p99.99", 10_000)]:
            self.assertEqual(samples[name] is None, count < least, name)
        nines = [point[0] for point in samples["curve"]]
        self.assertEqual(nines, sorted(nines))
        durations = [point[1] for point in samples["curve"]]
        self.assertEqual(durations, sorted(durations))
        self.assertEqual((durations[0], durations[-1]), (samples["min"], samples["max"]))

    def assert_complete(self, measurement):
        """Every call is in the files, or was dropped as the policy says."""
        self.assertIsNone(measurement["failure"])
        self.assertEqual(measurement["lost"], 0)
        self.assertEqual(measurement["written"] + measurement["dropped"], measurement["calls"])

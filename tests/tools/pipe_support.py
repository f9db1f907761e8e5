# SPDX-License-Identifier: MIT
"""What the tests of `lathe pipe` share: running it, and reading back what it wrote."""

import argparse
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

BACKUP = re.compile(r"\.(\d{8}_\d{6})(?:\.(\d+))?$")
WAIT_S = 100  # only ends what hangs: things that take milliseconds, on a machine that may be busy

# What a process that is killed leaves behind; gone with this one.
spool = tempfile.TemporaryDirectory(prefix="lathe-spool-")
os.environ["LATHE_SPOOL"] = spool.name

options = argparse.Namespace(lathe="lathe", gib=0)


def backups_of(path):
    """The backups of `path` in the order in which they were written."""
    found = []
    for file in path.parent.iterdir():
        match = BACKUP.fullmatch(file.name[len(path.name) :])
        if file.name.startswith(path.name) and match:
            found.append((match[1], int(match[2] or 0), file))
    return [file for _, _, file in sorted(found)]


def files_of(path):
    return [*backups_of(path), path]


def content_of(path):
    return b"".join(file.read_bytes() for file in files_of(path))


def wait_for(condition, what):
    deadline = time.monotonic() + WAIT_S
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {WAIT_S} s for {what}")
        time.sleep(0.005)


class PipeCase(unittest.TestCase):
    """A fresh directory for each test; `self.path` is the active file in it."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lathe-pipe-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.path = self.folder / "app.log"

    def run_pipe(self, *arguments, data=b"", status=0, path=None):
        """Runs to the end of `data`; returns what was said on stderr."""
        result = subprocess.run(
            [options.lathe, "pipe", *arguments, path or self.path],
            input=data, capture_output=True, timeout=200)
        self.assertEqual(result.returncode, status, result.stderr.decode())
        self.assertEqual(result.stdout, b"")
        return result.stderr.decode()

    def start_pipe(self, *arguments, path=None):
        """Starts it and waits until it listens to signals: then its file is there."""
        path = path or self.path
        child = subprocess.Popen(
            [options.lathe, "pipe", *arguments, path],
            stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(child.stdin.close)
        self.addCleanup(child.stderr.close)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        wait_for(lambda: path.exists() or child.poll() is not None, "the active file")
        return child

    def stop_pipe(self, child, number=signal.SIGTERM, status=0):
        child.send_signal(number)
        self.assertEqual(child.wait(WAIT_S), status)
        return child.stderr.read().decode()

    def assert_same_bytes(self, got, want):
        """assertEqual would print megabytes."""
        if got != want:
            at = len(os.path.commonprefix([got, want]))
            self.fail(f"{len(got)} bytes instead of {len(want)}; the first difference is at {at}: "
                      f"{got[at:at + 40]!r} instead of {want[at:at + 40]!r}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lathe", required=True, help="the command to test")
    parser.add_argument("--gib", type=int, default=0, help="also send this many GiB through it")
    _, rest = parser.parse_known_args(namespace=options)
    options.lathe = str(pathlib.Path(options.lathe).resolve())
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)

# SPDX-License-Identifier: MIT
"""`lathe recover`: what a killed `lathe pipe` had read and not written."""

import pathlib
import resource
import subprocess
import unittest

import pipe_support
from pipe_support import PipeCase, content_of, wait_for


class RecoverTest(PipeCase):
    def setUp(self):
        super().setUp()
        self.spool = self.folder / "spool"
        self.spool.mkdir()

    def recover(self, folder, status=0):
        """Returns what was said on standard output, and on stderr."""
        result = subprocess.run([pipe_support.options.lathe, "recover", folder],
                                capture_output=True, text=True, timeout=60)
        self.assertEqual(result.returncode, status, result.stderr)
        return result.stdout, result.stderr

    def kill_with_lines_queued(self):
        child = self.start_pipe("--spool", str(self.spool))
        self.feed(child, b"written\n")
        wait_for(lambda: self.path.read_bytes() == b"written\n", "the first line")
        # From here on its files cannot grow; it may go on to a new one, which cannot either.
        resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (0, 0))
        self.feed(child, b"one\ntwo\n")
        self.assertIn(b"File too large", child.stderr.readline())
        child.kill()
        child.wait()
        self.assertEqual(content_of(self.path), b"written\n")

    def feed(self, child, data):
        child.stdin.write(data)
        child.stdin.flush()

    def test_writes_what_was_queued_and_leaves_nothing(self):
        self.kill_with_lines_queued()
        said, errors = self.recover(self.spool)
        self.assertRegex(said, r"^[12] records of 1 files written; 0 spools left\n$")
        self.assertEqual(errors, "")
        self.assertEqual(content_of(self.path), b"written\none\ntwo\n")
        self.assertEqual(list(self.spool.iterdir()), [])
        self.assertEqual(self.recover(self.spool)[0],
                         "0 records of 0 files written; 0 spools left\n")

    def test_the_next_pipe_does_it_as_well(self):
        self.kill_with_lines_queued()
        said = self.run_pipe("--spool", str(self.spool), data=b"next\n")
        self.assertIn("had left in its queues", said)
        self.assertEqual(content_of(self.path), b"written\none\ntwo\nnext\n")

    def test_a_damaged_spool_is_told_and_kept(self):
        self.kill_with_lines_queued()
        (spool,) = self.spool.iterdir()
        whole = spool.read_bytes()
        spool.write_bytes(whole[:1000])
        said, errors = self.recover(self.spool, status=1)
        self.assertEqual(said, "0 records of 0 files written; 1 spools left\n")
        self.assertRegex(errors, r"^lathe recover: [^\n]+ is too short for a spool\n$")
        self.assertIn(str(spool), errors)
        spool.write_bytes(whole)
        self.recover(self.spool)
        self.assertEqual(content_of(self.path), b"written\none\ntwo\n")

    def test_a_running_process_is_left_alone(self):
        child = self.start_pipe("--spool", str(self.spool))
        self.assertEqual(self.recover(self.spool)[0],
                         "0 records of 0 files written; 0 spools left\n")
        self.assertEqual(len(list(self.spool.iterdir())), 1)
        self.assertEqual(self.stop_pipe(child), "")

    def test_a_directory_that_cannot_be_read_is_told(self):
        _, errors = self.recover(pathlib.Path(self.folder) / "missing", status=1)
        self.assertIn("missing", errors)


if __name__ == "__main__":
    pipe_support.main()

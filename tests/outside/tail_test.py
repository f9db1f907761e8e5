# SPDX-License-Identifier: MIT
"""`tail -F` of coreutils on a file that rotates: it sees each line once, and in order."""

import subprocess
import threading

import outside_support
from outside_support import OutsideCase, backup_files, find_tool, lines, need_tools
from pipe_support import wait_for

ROTATIONS = 200
LINES_PER_FILE = 4
LINE_BYTES = 50


class Follower:
    """`tail -F` from the first line on, and what it has printed."""

    def __init__(self, path):
        self.printed = bytearray()
        # Where there is no inotify it looks ten times a second.
        self.process = subprocess.Popen([find_tool("tail"), "-F", "-n", "+1", "-s", "0.1", path],
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        while data := self.process.stdout.read1(65536):
            self.printed += data

    def end(self):
        self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stdout.close()


class TailTest(OutsideCase):
    def test_sees_each_line_once_and_in_order(self):
        child = self.start_pipe("--size", str(LINES_PER_FILE * LINE_BYTES), "--keep", "all")
        follower = Follower(self.path)
        self.addCleanup(follower.end)
        sent = lines((ROTATIONS + 1) * LINES_PER_FILE, bytes_min=LINE_BYTES)
        for at in range(0, len(sent), LINES_PER_FILE):
            self.feed(child, b"".join(sent[at:at + LINES_PER_FILE]))
            want = (at + LINES_PER_FILE) * LINE_BYTES
            # Paced by it: two rotations between two of its looks hide a file from any follower.
            wait_for(lambda: len(follower.printed) >= want, f"line {at} in what tail prints")
        self.assertEqual(self.finish(child), "")
        self.assertEqual(len(backup_files(self.path)), ROTATIONS)
        self.assert_lines(bytes(follower.printed), sent)


if __name__ == "__main__":
    need_tools("tail")
    outside_support.main()

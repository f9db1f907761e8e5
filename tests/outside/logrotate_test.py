# SPDX-License-Identifier: MIT
"""Debian's logrotate beside `lathe pipe`: both of its ways, and no line lost or doubled."""

import os
import threading

import outside_support
from outside_support import OutsideCase, lines, need_tools, run_tool
from pipe_support import wait_for

RUNS = 10


class LogrotateCase(OutsideCase):
    def setUp(self):
        super().setUp()
        # Beside the folder of the log, which then holds nothing but the log.
        self.state = self.folder / "state"
        self.config = self.folder / "logrotate.conf"
        self.logs = self.folder / "logs"
        self.path = self.logs / "app.log"

    def write_config(self, *directives):
        text = "\n".join(f"    {directive}" for directive in ("rotate 100", *directives))
        self.config.write_text(f'"{self.path}" {{\n{text}\n}}\n', encoding="utf-8")
        self.config.chmod(0o644)

    def logrotate(self):
        run_tool("logrotate", "-f", "-s", self.state, self.config)

    def files(self):
        """All but lathe's hidden ones: those that logrotate made, and perhaps some of lathe."""
        return [file for file in self.logs.iterdir() if not file.name.startswith(".")]

    def made_by_logrotate(self):
        return [self.logs / f"app.log.{number}" for number in range(RUNS, 0, -1)]


class CreateTest(LogrotateCase):
    def test_loses_nothing_under_a_running_writer(self):
        child = self.start_pipe("--keep", "all")
        self.write_config("create 0640", "postrotate", f"    kill -HUP {child.pid}", "endscript")
        sent = []
        has_ended = threading.Event()

        def write():
            while not has_ended.is_set():
                chunk = lines(50, first=50 * len(sent))
                sent.append(b"".join(chunk))
                self.feed(child, sent[-1])
                has_ended.wait(0.001)  # a steady trickle

        writer = threading.Thread(target=write)
        writer.start()
        try:
            for _ in range(RUNS):
                # What logrotate has created is in use: lathe has followed.
                wait_for(lambda: self.path.stat().st_size > 0, "lines in the new file")
                self.logrotate()
        finally:
            has_ended.set()
            writer.join()
        self.finish(child)
        for file in self.made_by_logrotate():
            self.assertTrue(file.exists(), f"logrotate has not made {file.name}")
        # A signal that comes when lathe has already noticed the new file rotates that one, so its
        # own backups may lie between. Each file is one piece of the whole, in order.
        pieces = sorted(content for file in self.files() if (content := file.read_bytes()))
        self.assert_same_bytes(b"".join(pieces), b"".join(sent))

    def test_each_file_ends_where_the_next_begins(self):
        child = self.start_pipe("--keep", "all")
        self.write_config("create 0640", "postrotate", f"    kill -HUP {child.pid}", "endscript")
        sent = []
        for run in range(RUNS):
            sent.append(b"".join(lines(20, first=20 * run)))
            self.feed_and_wait(child, sent[-1])
            self.logrotate()
            wait_for(lambda: is_open_by(child.pid, self.path), "lathe on the new file")
        self.finish(child)
        self.assertEqual([file.read_bytes() for file in self.made_by_logrotate()], sent)
        self.assertEqual(self.path.read_bytes(), b"")
        self.assertEqual(len(self.files()), RUNS + 1, "lathe has rotated an empty file")


class CopyTruncateTest(LogrotateCase):
    def test_goes_on_at_the_beginning_of_the_file(self):
        child = self.start_pipe("--keep", "all")
        self.write_config("copytruncate")
        sent = []
        for run in range(RUNS):
            # Only what came between copy and truncation could be lost, so nothing does.
            sent.append(b"".join(lines(20, first=20 * run)))
            self.feed_and_wait(child, sent[-1])
            self.logrotate()
            self.assertEqual(self.path.stat().st_size, 0)
        last = b"".join(lines(20, first=20 * RUNS))
        self.feed_and_wait(child, last)
        with open(self.path, "rb") as file:
            self.assertEqual(os.lseek(file.fileno(), 0, os.SEEK_HOLE), len(last), "a sparse file")
        self.finish(child)
        self.assertEqual([file.read_bytes() for file in self.made_by_logrotate()], sent)
        self.assertEqual(self.path.read_bytes(), last)

    def test_takes_the_file_for_as_large_as_it_is(self):
        # 30 lines of 100 bytes: two such parts fill a file of 6000 bytes, and five times as much
        # goes through it.
        child = self.start_pipe("--keep", "all", "--size", "6000")
        self.write_config("copytruncate")
        sent = []
        for run in range(RUNS):
            sent.append(b"".join(lines(30, bytes_min=100, first=30 * run)))
            self.feed_and_wait(child, sent[-1])
            self.logrotate()
        self.finish(child)
        self.assertEqual([file.read_bytes() for file in self.made_by_logrotate()], sent)


def is_open_by(process, path):
    for descriptor in os.listdir(f"/proc/{process}/fd"):
        try:
            if os.path.samefile(f"/proc/{process}/fd/{descriptor}", path):
                return True
        except FileNotFoundError:  # closed meanwhile
            pass
    return False


if __name__ == "__main__":
    need_tools("logrotate")
    outside_support.main()

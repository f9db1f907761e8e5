# SPDX-License-Identifier: MIT
"""`lathe latency` and the person at the terminal: the progress line, and being told to stop."""

import json
import os
import pty
import select
import signal
import subprocess
import time
import unittest

import pipe_support
from latency_support import LatencyCase
from pipe_support import WAIT_S, wait_for


class Terminal:
    """The other end of the terminal that a command has as its standard error."""

    def __init__(self, test, *arguments):
        self.shown = b""
        self.descriptor, theirs = pty.openpty()
        test.addCleanup(os.close, self.descriptor)
        self.child = subprocess.Popen(test.command(*arguments), stdout=subprocess.PIPE,
                                      stderr=theirs)
        os.close(theirs)
        test.addCleanup(self.child.stdout.close)
        test.addCleanup(self.child.wait)
        test.addCleanup(self.child.kill)

    def read_until(self, wanted):
        """Reads until `wanted` was shown, or to the end if that is None. Returns whether it was."""
        while wanted is None or wanted not in self.shown:
            if not select.select([self.descriptor], [], [], WAIT_S)[0]:
                raise AssertionError(f"nothing new on the terminal for {WAIT_S} s")
            try:
                some = os.read(self.descriptor, 4096)
            except OSError:  # so a terminal tells that nobody writes to it any more
                return False
            if not some:
                return False
            self.shown += some
        return True


class StopTest(LatencyCase):
    def test_ends_soon_and_leaves_nothing_behind(self):
        for number in [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]:
            with self.subTest(number):
                child = subprocess.Popen(
                    self.command("--form", "formatted,deferred", "--rate", "1000", "--for", "1h"),
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                self.addCleanup(child.wait)
                self.addCleanup(child.kill)
                wait_for(lambda: list(self.folder.iterdir()), "its folder")
                child.send_signal(number)
                out, said = child.communicate(timeout=WAIT_S)
                self.assertEqual(child.returncode, 1)
                self.assertEqual(out, "")
                self.assertEqual(said, "lathe latency: stopped after 0 of 2 combinations\n")
                self.assert_nothing_left()

    def test_shows_the_combinations_that_are_complete(self):
        # The second one, at a call a second, would take half an hour.
        terminal = Terminal(self, "--form", "formatted", "--rate", "0,1", "--records", "2000")
        self.assertTrue(terminal.read_until(b"[3/4]"))
        terminal.child.send_signal(signal.SIGINT)
        terminal.read_until(None)
        out = terminal.child.stdout.read().decode()
        self.assertEqual(terminal.child.wait(WAIT_S), 1)
        self.assertIn(b"stopped after 1 of 2 combinations", terminal.shown)
        self.assertRegex(out, r"(?m)^  formatted, flat out, calls +2020 +2020 ")
        self.assertNotIn("1 calls/s", out)
        self.assert_nothing_left()

    def test_gives_up_when_asked_to_stop_while_the_disk_is_full(self):
        mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(self.folder)]
        if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
            self.skipTest("may not mount a small disk")
        self.addCleanup(subprocess.run, ["umount", "--lazy", str(self.folder)], check=True)
        child = subprocess.Popen(
            self.command("--form", "formatted", "--rate", "0", "--records", "100000"),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        wait_for(lambda: os.statvfs(self.folder).f_bfree == 0, "a full disk")
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=60)
        self.assertEqual(child.returncode, 1)
        self.assertIn("lathe latency: gave up after 10 s without progress\n", said)
        self.assert_nothing_left()


class WaitingTest(LatencyCase):
    def test_calls_that_were_due_while_nothing_ran_are_late(self):
        """Without a plan of due moments, one call would be slow and the others never made."""
        stop_s, run_s = 2.5, 5
        child = subprocess.Popen(
            self.command("--form", "deferred", "--rate", "5000", "--for", f"{run_s}s", "--json",
                         "-"),
            stdout=subprocess.PIPE, text=True)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        # Calls are being timed: those before that write less.
        wait_for(lambda: any(file.stat().st_size > 30_000
                             for file in self.folder.glob("*/latency.log")), "some records")
        child.send_signal(signal.SIGSTOP)
        time.sleep(stop_s)
        child.send_signal(signal.SIGCONT)
        out, _ = child.communicate(timeout=120)
        self.assertEqual(child.returncode, 0)
        # Half of the calls of one measurement were due meanwhile; a tenth of all of them waited for
        # more than half of that time.
        case = json.loads(out)["cases"][0]
        waited_ns = max(case[part]["from_due_ns"]["p90"] for part in ["calls", "batches"])
        self.assertGreater(waited_ns, stop_s / 2 * 1e9)
        self.assertLess(max(case[part]["call_ns"]["p50"] for part in ["calls", "batches"]),
                        waited_ns)


class ProgressTest(LatencyCase):
    def test_shows_on_a_terminal_how_far_it_is_and_clears_the_line(self):
        terminal = Terminal(self, "--form", "formatted", "--rate", "1000", "--for", "700ms")
        terminal.read_until(None)
        self.assertEqual(terminal.child.wait(WAIT_S), 0)
        self.assertRegex(terminal.shown, rb"\r\x1b\[K\[1/2\] empty measurement, calls: \d+ %")
        self.assertRegex(terminal.shown, rb"\r\x1b\[K\[2/2\] formatted, batches: \d+ %")
        self.assertTrue(terminal.shown.endswith(b"\r\x1b[K"), terminal.shown[-40:])


if __name__ == "__main__":
    pipe_support.main()

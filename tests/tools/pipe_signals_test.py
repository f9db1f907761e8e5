# SPDX-License-Identifier: MIT
"""What signals do to `lathe pipe`: none of them costs a byte that was in the pipe."""

import fcntl
import os
import signal
import threading
import time

import pipe_support
from pipe_support import PipeCase, backups_of, content_of, wait_for


class StopTest(PipeCase):
    def test_writes_what_is_in_the_pipe(self):
        for number in [signal.SIGTERM, signal.SIGINT]:
            with self.subTest(number.name):
                path = self.folder / number.name
                child = self.start_pipe(path=path)
                data = b"".join(b"line %d\n" % i for i in range(9000)) + b"half a li"
                child.stdin.write(data)
                child.stdin.flush()
                said = self.stop_pipe(child, number)
                self.assertEqual(said, "")
                self.assert_same_bytes(content_of(path), data)

    def test_stops_at_once_when_nothing_comes(self):
        child = self.start_pipe()
        started = time.monotonic()
        self.stop_pipe(child)
        self.assertLess(time.monotonic() - started, 5)
        self.assertEqual(self.path.read_bytes(), b"")

    def test_writes_all_of_a_full_pipe(self):
        # Stopped while it sleeps, so that the pipe really fills up.
        child = self.start_pipe()
        child.send_signal(signal.SIGSTOP)
        pipe_bytes = fcntl.fcntl(child.stdin, fcntl.F_GETPIPE_SZ)
        data = (b"x" * 99 + b"\n") * (pipe_bytes // 100)
        os.write(child.stdin.fileno(), data)
        child.send_signal(signal.SIGTERM)
        child.send_signal(signal.SIGCONT)
        self.assertEqual(child.wait(pipe_support.WAIT_S), 0)
        self.assert_same_bytes(content_of(self.path), data)

    def test_stops_under_a_writer_that_never_does(self):
        child = self.start_pipe("--size", "1M", "--keep", "all", "--sync", "never")
        sent = []

        def write_for_ever():
            try:
                for number in range(1 << 62):
                    block = b"".join(b"%d.%d\n" % (number, i) for i in range(500))
                    os.write(child.stdin.fileno(), block)
                    sent.append(block)
            except (BrokenPipeError, ValueError):
                sent.append(block)  # perhaps in part; ValueError if the test has ended

        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        writer = threading.Thread(target=write_for_ever)
        writer.start()
        wait_for(lambda: len(backups_of(self.path)) > 2, "three backups")
        self.stop_pipe(child)
        writer.join()
        got = content_of(self.path)
        self.assert_same_bytes(got, b"".join(sent)[: len(got)])

    def test_many_signals_are_as_one(self):
        child = self.start_pipe()
        data = b"line\n" * 10_000
        child.stdin.write(data)
        child.stdin.flush()
        for _ in range(5):
            child.send_signal(signal.SIGTERM)
            child.send_signal(signal.SIGINT)
        self.assertEqual(child.wait(pipe_support.WAIT_S), 0)
        self.assert_same_bytes(content_of(self.path), data)

    def test_does_not_make_the_pipe_non_blocking(self):
        child = self.start_pipe()
        flags = fcntl.fcntl(child.stdin, fcntl.F_GETFL)
        self.assertFalse(flags & os.O_NONBLOCK)
        self.stop_pipe(child)


class RotateTest(PipeCase):
    def test_hangup_rotates(self):
        child = self.start_pipe()
        child.stdin.write(b"before\n")
        child.stdin.flush()
        wait_for(lambda: self.path.read_bytes() == b"before\n", "the first line")
        child.send_signal(signal.SIGHUP)
        wait_for(lambda: backups_of(self.path), "a backup")
        child.stdin.write(b"after\n")
        child.stdin.close()
        self.assertEqual(child.wait(pipe_support.WAIT_S), 0)
        self.assertEqual([file.read_bytes() for file in backups_of(self.path)], [b"before\n"])
        self.assertEqual(self.path.read_bytes(), b"after\n")

    def test_hangup_tears_no_line(self):
        child = self.start_pipe()
        child.stdin.write(b"whole\nhalf ")
        child.stdin.flush()
        wait_for(lambda: self.path.read_bytes() == b"whole\n", "the first line")
        child.send_signal(signal.SIGHUP)
        wait_for(lambda: backups_of(self.path), "a backup")
        child.stdin.write(b"and half\n")
        child.stdin.close()
        self.assertEqual(child.wait(pipe_support.WAIT_S), 0)
        self.assertEqual(self.path.read_bytes(), b"half and half\n")

    def test_many_hangups_lose_nothing(self):
        child = self.start_pipe("--size", "256K", "--keep", "all", "--sync", "never")
        data = b"".join(b"line %d\n" % i for i in range(400_000))
        step = len(data) // 100
        for at in range(0, len(data), step):
            child.stdin.write(data[at : at + step])
            child.stdin.flush()
            child.send_signal(signal.SIGHUP)
        child.stdin.close()
        self.assertEqual(child.wait(pipe_support.WAIT_S), 0)
        self.assert_same_bytes(content_of(self.path), data)
        for file in backups_of(self.path):
            self.assertTrue(file.read_bytes().endswith(b"\n"), f"{file} ends inside a line")


if __name__ == "__main__":
    pipe_support.main()

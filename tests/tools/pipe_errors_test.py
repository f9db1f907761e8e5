# SPDX-License-Identifier: MIT
"""What `lathe` says and leaves behind when it cannot do what it was told."""

import os
import pathlib
import signal
import subprocess
import threading
import time
import unittest

import pipe_support
from pipe_support import PipeCase, content_of, wait_for

MIB = 1024 * 1024


def run_lathe(*arguments, **keywords):
    return subprocess.run([pipe_support.options.lathe, *arguments], capture_output=True,
                          text=True, timeout=60, **keywords)


class CommandTest(unittest.TestCase):
    def test_prints_its_version(self):
        result = run_lathe("--version")
        self.assertEqual(result.returncode, 0)
        self.assertRegex(result.stdout, r"^lathe \d+\.\d+\.\d+\n$")

    def test_explains_itself(self):
        for arguments, words in [
                (["--help"], ["pipe", "prune", "latency"]), (["-h"], ["pipe", "prune"]),
                (["pipe", "--help"], ["--size", "--every", "--gzip", "--keep", "--sync", "SIGHUP"]),
                (["prune", "--help"], ["--dry-run", "--keep", "--max-age"])]:
            result = run_lathe(*arguments)
            self.assertEqual(result.returncode, 0)
            for word in words:
                self.assertIn(word, result.stdout)
            self.assertTrue(all(len(line) <= 100 for line in result.stdout.splitlines()))

    def test_needs_a_verb(self):
        for arguments in [[], ["plumb"], ["--colour"]]:
            result = run_lathe(*arguments)
            self.assertEqual(result.returncode, 2)
            self.assertRegex(result.stderr, r"^lathe: [^\n]+\n$")


class OptionTest(PipeCase):
    def test_names_the_option_and_the_value(self):
        size = "is not a size: give bytes, or a number with K, M or G, at least 1"
        count = "is not a count: give a number, at least 1"
        duration = "is not a duration: give a number with ms, s, m, h or d, such as 1s"
        mode = "is not a mode: give up to four octal digits, such as 0640"
        power = "is not a power of two from 4K to 1G"
        cases = [
            (["--size", "10X"], f"--size: '10X' {size}"),
            (["--size", "0"], f"--size: '0' {size}"),
            (["--size=-5"], f"--size: '-5' {size}"),
            (["--size", ""], f"--size: '' {size}"),
            (["--size", "1.5G"], f"--size: '1.5G' {size}"),
            (["--size", "9999999999G"], "--size: '9999999999G' is larger than any file can be"),
            (["--keep", "0"], f"--keep: '0' {count}"),
            (["--keep", "many"], f"--keep: 'many' {count}"),
            (["--sync", "soon"], f"--sync: 'soon' {duration}"),
            (["--sync", "0s"], f"--sync: '0s' {duration}"),
            (["--sync=-1s"], f"--sync: '-1s' {duration}"),
            (["--every", "often"], f"--every: 'often' {duration}"),
            (["--every", ""], f"--every: '' {duration}"),
            (["--daily", ""], "--daily: '' has no time in it"),
            (["--daily", "25:00"],
             '--daily: "25:00" is no time of day, as in "06:30"'),
            (["--weekly", "mon 06:00,06:00"],
             '--weekly: "06:00" is no day and time, as in "mon 06:30"'),
            (["--keep", ""], f"--keep: '' {count}"),
            (["--total", "much"], f"--total: 'much' {size}"),
            (["--total", ""], f"--total: '' {size}"),
            (["--max-age", "7"], f"--max-age: '7' {duration}"),
            (["--min-free", "-1"], f"--min-free: '-1' {size}"),
            (["--gzip", "--keep-plain", "none"], f"--keep-plain: 'none' {count}"),
            (["--mode", "rw"], f"--mode: 'rw' {mode}"),
            (["--mode", "00640"], f"--mode: '00640' {mode}"),
            (["--queue", "5000"], f"--queue: '5000' {power}"),
            (["--queue", "2K"], f"--queue: '2K' {power}"),
            (["--queue", "2G"], f"--queue: '2G' {power}"),
        ]
        for arguments, want in cases:
            with self.subTest(arguments):
                said = self.run_pipe(*arguments, data=b"x\n", status=2)
                self.assertEqual(said, f"lathe pipe: {want}\n")
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_names_the_option_of_a_field_that_the_library_refuses(self):
        cases = [
            (["--every", "7s"], "--every"),
            (["--every", "1500ms"], "--every"),
            (["--size", "63"], "--size"),
            (["--total", "63"], "--total"),
            (["--name", "{name}.{time:%Y}"], "--name"),
            (["--local", "--name", "{name}.{time:%Y%m%d_%H%M%S}"], "--name"),
            (["--keep-plain", "3"], "--keep-plain"),
            (["--mode", "0400"], "--mode"),
            (["--shared", "--name", "{name}.{index}"], "--shared"),
        ]
        for arguments, option in cases:
            with self.subTest(arguments):
                said = self.run_pipe(*arguments, data=b"x\n", status=2)
                self.assertRegex(said, rf"^lathe pipe: {option}: [^\n]+\n$")
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_refuses_what_does_not_fit_together(self):
        cases = [
            (["--raw", "--stamp"], ["--raw", "--stamp"]),
            (["--gzip", "--zstd"], ["--gzip", "--zstd"]),
            (["--pattern", "{message}"], ["--pattern", "--stamp"]),
            (["--colour"], ["--colour"]),
            (["extra.log"], ["app.log"]),
        ]
        for arguments, words in cases:
            with self.subTest(arguments):
                said = self.run_pipe(*arguments, data=b"x\n", status=2)
                self.assertRegex(said, r"^lathe pipe: [^\n]+\n$")
                for word in words:
                    self.assertIn(word, said)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_needs_a_path(self):
        for arguments in [["pipe"], ["pipe", ""]]:
            result = run_lathe(*arguments, cwd=self.folder, stdin=subprocess.DEVNULL)
            self.assertEqual(result.returncode, 2)
            self.assertRegex(result.stderr, r"^lathe pipe: [^\n]*PATH[^\n]*\n$")

    def test_needs_the_value_of_an_option(self):
        result = run_lathe("pipe", "app.log", "--size", cwd=self.folder)
        self.assertEqual(result.returncode, 2)
        self.assertRegex(result.stderr, r"^lathe pipe: [^\n]*--size[^\n]*\n$")

    def test_tells_where_a_pattern_is_wrong(self):
        said = self.run_pipe("--stamp", "--pattern", "{time} {nonsense}", data=b"x\n", status=2)
        self.assertRegex(said, r"^lathe pipe: --pattern: [^\n]*nonsense[^\n]*\n$")
        self.assertEqual(list(self.folder.iterdir()), [])


class PathTest(PipeCase):
    def assert_fails(self, path):
        said = self.run_pipe(data=b"x\n", status=1, path=path)
        self.assertRegex(said, r"^lathe pipe: [^\n]+\n$")
        self.assertIn(str(path), said)

    def test_refuses_what_is_no_regular_file(self):
        folder, fifo, link = (self.folder / name for name in ["folder", "fifo", "link"])
        folder.mkdir()
        os.mkfifo(fifo)
        (self.folder / "target").touch()
        link.symlink_to("target")
        for path in [folder, fifo, link, pathlib.Path("/dev/null")]:
            with self.subTest(path.name):
                self.assert_fails(path)
        self.assertEqual((self.folder / "target").read_bytes(), b"")

    def test_refuses_a_directory_whose_parent_is_missing(self):
        self.assert_fails(self.folder / "a" / "b" / "app.log")
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_makes_the_directory_when_its_parent_is_there(self):
        path = self.folder / "logs" / "app.log"
        self.run_pipe(data=b"x\n", path=path)
        self.assertEqual(path.read_bytes(), b"x\n")

    def test_refuses_a_directory_that_is_not_writable(self):
        if os.geteuid() == 0:
            self.assert_fails(pathlib.Path("/proc/app.log"))
            return
        self.folder.chmod(0o555)
        self.addCleanup(self.folder.chmod, 0o755)
        self.assert_fails(self.path)

    def test_refuses_a_path_that_another_process_uses(self):
        first = self.start_pipe()
        said = self.run_pipe(data=b"intruder\n", status=1)
        self.assertIn(str(self.path), said)
        self.assertIn(f"process {first.pid}", said)
        first.stdin.write(b"owner\n")
        first.stdin.close()
        self.assertEqual(first.wait(pipe_support.WAIT_S), 0)
        self.assertEqual(content_of(self.path), b"owner\n")


class InputTest(PipeCase):
    def test_refuses_a_closed_standard_input(self):
        result = run_lathe("pipe", self.path, preexec_fn=lambda: os.close(0))
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, r"^lathe pipe: standard input: [^\n]+\n$")
        self.assertFalse(self.path.exists())

    def test_tells_that_input_cannot_be_read(self):
        folder = os.open(self.folder, os.O_RDONLY)
        self.addCleanup(os.close, folder)
        result = run_lathe("pipe", self.path, stdin=folder)
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, r"^lathe pipe: standard input: [^\n]+\n$")

    def test_keeps_messages_out_of_the_log_when_stderr_is_closed(self):
        result = subprocess.run([pipe_support.options.lathe, "pipe", self.path], input=b"x\n",
                                preexec_fn=lambda: os.closerange(1, 3))
        self.assertEqual(result.returncode, 0)
        self.assertEqual(self.path.read_bytes(), b"x\n")


class FullDiskTest(PipeCase):
    def setUp(self):
        super().setUp()
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", self.disk],
                                 capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("a small file system cannot be mounted here (needs root)")
        self.addCleanup(subprocess.run, ["umount", "-l", self.disk], check=True)
        self.path = self.disk / "app.log"

    def fill(self, child, data):
        """Sends data until the disk is full; returns the thread that goes on with it."""
        def send():
            try:
                child.stdin.write(data)
                child.stdin.close()
            except (BrokenPipeError, ValueError):
                pass  # the child has ended; ValueError if the test has, too

        writer = threading.Thread(target=send)
        writer.start()
        wait_for(lambda: os.statvfs(self.disk).f_bavail == 0, "a full disk")
        return writer

    def test_goes_on_when_there_is_room_again(self):
        ballast = self.disk / "ballast"
        ballast.write_bytes(b"\0" * (MIB // 2))
        child = self.start_pipe("--size", "never")
        data = b"".join(b"line %d\n" % i for i in range(70_000))  # about 770 KB
        writer = self.fill(child, data)
        time.sleep(0.2)
        self.assertIsNone(child.poll(), "it ended although the disk was full")
        ballast.unlink()
        status = child.wait(pipe_support.WAIT_S)
        self.assertEqual(status, 0, child.stderr.read().decode())
        writer.join()
        self.assert_same_bytes(content_of(self.path), data)

    def test_gives_up_when_it_is_asked_to_stop(self):
        child = self.start_pipe("--size", "never")
        data = b"".join(b"line %d\n" % i for i in range(500_000))
        writer = self.fill(child, data)
        child.send_signal(signal.SIGTERM)
        self.assertEqual(child.wait(30), 1)
        writer.join()
        self.assertIn(str(self.path), child.stderr.read().decode())
        got = content_of(self.path)
        self.assert_same_bytes(got, data[: len(got)])


if __name__ == "__main__":
    pipe_support.main()

# SPDX-License-Identifier: MIT
"""The options of `lathe pipe` about files: when they rotate, how they are named and packed."""

import gzip
import os
import re
import shutil
import subprocess
import unittest
import unittest.mock

import pipe_support
from pipe_support import PipeCase, backups_of, content_of, wait_for

LINES = b"".join(b"line %d of what is written\n" % number for number in range(20_000))


class RotateByTimeTest(PipeCase):
    def test_every_second_rotates_without_traffic(self):
        child = self.start_pipe("--every", "1s")
        child.stdin.write(b"one\n")
        child.stdin.flush()
        wait_for(lambda: backups_of(self.path), "a backup")
        self.assertEqual(backups_of(self.path)[0].read_bytes(), b"one\n")
        child.stdin.write(b"two\n")
        child.stdin.close()
        self.assertEqual(child.wait(pipe_support.WAIT_S), 0)
        self.assertEqual(content_of(self.path), b"one\ntwo\n")

    def test_a_file_of_a_day_that_is_over_is_rotated_at_the_start(self):
        for number, option in enumerate([("--daily", "00:00"), ("--every", "24h"),
                                         ("--weekly", "mon 00:00"), ("--daily", "06:30,18:00:05")]):
            with self.subTest(option):
                path = self.folder / f"case{number}.log"
                path.write_bytes(b"old\n")
                os.utime(path, (1_700_000_000, 1_700_000_000))
                self.run_pipe(*option, data=b"new\n", path=path)
                self.assertEqual([file.read_bytes() for file in backups_of(path)], [b"old\n"])
                self.assertEqual(path.read_bytes(), b"new\n")


class PackTest(PipeCase):
    def pack(self, *arguments):
        """Skips where that kind of packing is not built in; returns what lies there afterwards."""
        tried = subprocess.run([pipe_support.options.lathe, "pipe", *arguments, self.path],
                               input=LINES, capture_output=True, timeout=200)
        if tried.returncode == 2 and b"compression: " in tried.stderr:
            self.skipTest(tried.stderr.decode().strip())
        self.assertEqual((tried.returncode, tried.stderr), (0, b""))
        return sorted(file for file in self.folder.iterdir() if file.name.startswith("app.log."))

    def test_gzip_packs_all_before_the_end(self):
        files = self.pack("--size", "64K", "--keep", "all", "--gzip")
        self.assertGreater(len(files), 3)
        self.assertEqual({file.suffix for file in files}, {".gz"})
        # By stamp, then by number, which the text's order does not respect.
        files.sort(key=lambda file: [int(part) for part in re.findall(r"\d+", file.name)])
        got = b"".join(gzip.decompress(file.read_bytes()) for file in files)
        self.assert_same_bytes(got + self.path.read_bytes(), LINES)

    def test_zstd_packs_all_before_the_end(self):
        files = self.pack("--size", "64K", "--keep", "all", "--zstd")
        self.assertEqual({file.suffix for file in files}, {".zst"})
        if shutil.which("zstdcat") is None:
            self.skipTest("no zstdcat to read them with")
        files.sort(key=lambda file: [int(part) for part in re.findall(r"\d+", file.name)])
        got = subprocess.run(["zstdcat", *files], capture_output=True, check=True).stdout
        self.assert_same_bytes(got + self.path.read_bytes(), LINES)

    def test_keep_plain_leaves_the_newest(self):
        files = self.pack("--size", "64K", "--keep", "all", "--gzip", "--keep-plain", "2")
        plain = [file for file in files if file.suffix != ".gz"]
        self.assertEqual(len(plain), 2)
        self.assertTrue(LINES.endswith(content_of(self.path)))


class FileTest(PipeCase):
    def test_total_bounds_the_bytes_of_all_backups(self):
        self.run_pipe("--size", "64K", "--keep", "all", "--total", "200K", data=LINES)
        sizes = [file.stat().st_size for file in backups_of(self.path)]
        self.assertGreater(len(sizes), 1)
        self.assertLessEqual(sum(sizes), 200 * 1024)
        self.assertTrue(LINES.endswith(content_of(self.path)))

    def test_mode_is_that_of_all_files(self):
        self.run_pipe("--size", "64K", "--keep", "all", "--mode", "0600", data=LINES)
        for file in [self.path, *backups_of(self.path)]:
            self.assertEqual(file.stat().st_mode & 0o7777, 0o600, file.name)

    def test_name_is_that_of_the_backups(self):
        self.run_pipe("--size", "64K", "--keep", "all", "--name",
                      "{stem}.{time:%Y%m%d_%H%M%S}{extension}", data=LINES)
        names = {file.name for file in self.folder.glob("[!.]*")} - {"app.log"}
        self.assertTrue(names)
        for name in names:
            self.assertRegex(name, r"^app\.\d{8}_\d{6}(\.\d+)?\.log$")

    def test_local_puts_the_offset_into_names(self):
        with unittest.mock.patch.dict(os.environ, TZ="XYZ-05:30"):  # POSIX: ahead of UTC
            self.run_pipe("--size", "64K", "--keep", "all", "--local", data=LINES)
        names = {file.name for file in self.folder.glob("[!.]*")} - {"app.log"}
        self.assertTrue(names)
        for name in names:
            self.assertRegex(name, r"^app\.log\.\d{8}_\d{6}\+0530(\.\d+)?$")

    def test_shared_lets_two_write_one_file(self):
        arguments = ["--shared", "--size", "64K", "--keep", "all"]
        children = [self.start_pipe(*arguments) for _ in range(2)]
        want = []
        for number in range(2_000):
            for name, child in zip(b"ab", children):
                want.append(b"%c %d of a line that is shared" % (name, number))
                child.stdin.write(want[-1] + b"\n")
        for child in children:
            child.stdin.close()
        for child in children:
            self.assertEqual(child.wait(pipe_support.WAIT_S), 0)
        got = content_of(self.path).splitlines()
        self.assertEqual(len(got), len(want))
        self.assertEqual(sorted(got), sorted(want))
        for name in b"ab":
            first = b"%c" % name
            self.assertEqual([line for line in got if line.startswith(first)],
                             [line for line in want if line.startswith(first)])


if __name__ == "__main__":
    pipe_support.main()

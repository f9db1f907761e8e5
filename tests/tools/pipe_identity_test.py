# SPDX-License-Identifier: MIT
"""`lathe pipe` adds nothing, loses nothing, and tears no line.

    pipe_identity_test.py --lathe build/src/tools/lathe [--gib 1] [TEST...]
"""

import hashlib
import pathlib
import random
import re
import subprocess
import unittest

import pipe_support
from pipe_support import PipeCase, backups_of, content_of, files_of

SEED = 20261122
MIB = 1024 * 1024


def random_lines(generator, bytes_wanted, line_bytes_max):
    """Lines of random length and bytes; the last one has no line end."""
    noise = generator.randbytes(2 * line_bytes_max).replace(b"\n", b"\0")
    lines = []
    while bytes_wanted > 0:
        # Half of the lines are short, as real ones are.
        limit = line_bytes_max if generator.random() < 0.5 else 120
        length = generator.randint(1, limit)
        start = generator.randrange(line_bytes_max)
        lines.append(noise[start : start + length - 1])
        bytes_wanted -= length
    return b"\n".join(lines) + b"\nthe end"


class RawTest(PipeCase):
    def test_copies_every_kind_of_line(self):
        cases = {
            "nothing": b"",
            "one line": b"hello\n",
            "no final line end": b"one\ntwo",
            "a single byte": b"x",
            "a single line end": b"\n",
            "empty lines": b"\n\n\n\nx\n\n",
            "NUL bytes": b"\0\0\n\0a\0\n\0",
            "carriage returns": b"dos\r\nmac\runix\n\r",
            "control characters": bytes(range(256)) + b"\n\x1b[31mred\x1b[0m\n",
            "bytes that are no UTF-8": b"\xff\xfe\xc3\n\xed\xa0\x80\n",
            "braces and percents": b"{} {message} {0} %s %n {{}}\n",
            "a line of 5 MB": b"x" * 5_000_000 + b"\nshort\n",
            "5 MB without a line end": b"\0" * 5_000_000,
            "lines around the stack buffer": b"".join(
                b"y" * length + b"\n" for length in range(980, 1060)),
            "lines around the bundle": b"".join(
                b"z" * length + b"\n" for length in range(4080, 4110)),
        }
        for number, (name, data) in enumerate(cases.items()):
            with self.subTest(name):
                path = self.folder / f"case{number}.log"
                said = self.run_pipe("--size", "64K", "--keep", "all", data=data, path=path)
                self.assertEqual(said, "")
                self.assert_same_bytes(content_of(path), data)

    def test_copies_random_lines(self):
        print(f"seed {SEED}")
        data = random_lines(random.Random(SEED), 64 * MIB, 100 * 1024)
        self.run_pipe("--size", "4M", "--keep", "all", "--sync", "never", data=data)
        self.assert_same_bytes(content_of(self.path), data)
        self.assertGreater(len(backups_of(self.path)), 15)
        for file in files_of(self.path):
            self.assertLessEqual(file.stat().st_size, 4 * MIB)
        for file in backups_of(self.path):
            self.assertTrue(file.read_bytes().endswith(b"\n"), f"{file} ends inside a line")

    def test_copies_a_real_log(self):
        log = pathlib.Path("/var/log/dpkg.log")
        if not log.exists() or log.stat().st_size == 0:
            self.skipTest("there is no dpkg.log here")
        data = log.read_bytes()
        self.run_pipe("--size", "16K", "--keep", "1000", data=data)
        # Newest 1,000 backups: all of it, unless the log is larger than that.
        self.assert_same_bytes(content_of(self.path), data[-len(content_of(self.path)) :])
        if len(data) < 15 * MIB:
            self.assert_same_bytes(content_of(self.path), data)

    def test_copies_a_line_longer_than_the_longest_record(self):
        data = b"before\n" + b"w" * (64 * MIB + 5) + b"\nafter\n"
        self.run_pipe("--size", "never", data=data)
        self.assert_same_bytes(content_of(self.path), data)

    def test_reads_a_file_as_it_reads_a_pipe(self):
        data = random_lines(random.Random(SEED + 1), 3 * MIB, 5000)
        source = self.folder / "source"
        source.write_bytes(data)
        with open(source, "rb") as stdin:
            subprocess.run([pipe_support.options.lathe, "pipe", "--size", "100K", "--keep", "all",
                            self.path], stdin=stdin, check=True)
        self.assert_same_bytes(content_of(self.path), data)

    def test_joins_lines_that_arrive_in_pieces(self):
        data = random_lines(random.Random(SEED + 2), 200_000, 3000)
        child = self.start_pipe("--size", "16K", "--keep", "all")
        for at in range(0, len(data), 777):
            child.stdin.write(data[at : at + 777])
            child.stdin.flush()
        child.stdin.close()
        self.assertEqual(child.wait(pipe_support.WAIT_S), 0)
        self.assert_same_bytes(content_of(self.path), data)

    def test_continues_an_existing_file(self):
        for text in [b"first\n", b"second without a line end", b"third\n"]:
            self.run_pipe(data=text)
        self.assert_same_bytes(content_of(self.path), b"first\nsecond without a line endthird\n")

    @unittest.skipUnless("--gib" in __import__("sys").argv, "runs with --gib N only")
    def test_copies_gibibytes(self):
        generator = random.Random(SEED + 3)
        child = self.start_pipe("--size", "64M", "--keep", "all", "--sync", "never")
        sent = hashlib.sha256()
        for _ in range(16 * pipe_support.options.gib):
            part = random_lines(generator, 64 * MIB, 100 * 1024)
            sent.update(part)
            child.stdin.write(part)
        child.stdin.close()
        self.assertEqual(child.wait(200), 0, child.stderr.read())
        got = hashlib.sha256()
        for file in files_of(self.path):
            got.update(file.read_bytes())
            self.assertLessEqual(file.stat().st_size, 64 * MIB)
        self.assertEqual(got.hexdigest(), sent.hexdigest())


class LimitTest(PipeCase):
    def test_no_file_exceeds_the_size(self):
        data = b"".join(b"%0*d\n" % (i % 90 + 1, i) for i in range(20_000))
        for size in [100, 1000, 4096, 16384]:
            with self.subTest(size=size):
                path = self.folder / f"size{size}.log"
                self.run_pipe("--size", str(size), "--keep", "all", "--sync", "never",
                              data=data[: 500 * size], path=path)
                self.assert_same_bytes(content_of(path), data[: 500 * size])
                for file in files_of(path):
                    self.assertLessEqual(file.stat().st_size, size)

    def test_a_line_over_the_size_is_alone_in_its_file(self):
        long = b"L" * 5000 + b"\n"
        data = b"short\n" * 10 + long + b"short\n" * 10 + long + long + b"end\n"
        self.run_pipe("--size", "1000", "--keep", "all", data=data)
        self.assert_same_bytes(content_of(self.path), data)
        for file in files_of(self.path):
            content = file.read_bytes()
            self.assertTrue(len(content) <= 1000 or content == long)

    def test_keeps_the_newest_backups(self):
        data = b"".join(b"line %d\n" % i for i in range(5000))
        self.run_pipe("--size", "1K", "--keep", "3", data=data)
        self.assertEqual(len(backups_of(self.path)), 3)
        kept = content_of(self.path)
        self.assert_same_bytes(kept, data[-len(kept) :])

    def test_small_files_are_nearly_full(self):
        self.run_pipe("--size", "16K", "--keep", "all", data=b"seventy bytes or so\n" * 20_000)
        for file in backups_of(self.path):
            self.assertGreater(file.stat().st_size, 16384 * 7 // 8)


class StampTest(PipeCase):
    def test_puts_a_time_before_each_line(self):
        lines = [b"one", b"", b"tab\there \x1b[1m", b"carriage\r", b"nul\0", b"last"]
        self.run_pipe("--stamp", data=b"\n".join(lines))
        stamped = self.path.read_bytes().split(b"\n")
        self.assertEqual(stamped.pop(), b"")
        self.assertEqual(len(stamped), len(lines))
        for got, want in zip(stamped, lines):
            time, text = got[:26], got[27:]
            self.assertRegex(time, re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}"))
            self.assertEqual(text, want)

    def test_takes_a_pattern(self):
        self.run_pipe("--stamp", "--pattern", "<{message}> {level}", data=b"a\nb\n")
        self.assertEqual(self.path.read_bytes(), b"<a> info\n<b> info\n")

    def test_rotates_between_records(self):
        self.run_pipe("--stamp", "--pattern", "{message}", "--size", "100", "--keep", "all",
                      data=b"0123456789\n" * 100)
        for file in backups_of(self.path):
            self.assertEqual(file.read_bytes(), b"0123456789\n" * 9)


if __name__ == "__main__":
    pipe_support.main()

# SPDX-License-Identifier: MIT
"""All limits of `lathe pipe` at once, under a writer that is as fast as it can be: it ends with the
promised files, all readable, and with the newest lines without a gap."""

import itertools
import random
import time

import outside_support
import pipe_support
from outside_support import OutsideCase, backups_by_age, lines, need_tools, read_log, unpacked

SIZE = 64 << 10
LINE_BYTES = 100
CHUNK = 500  # lines


class LimitsTest(OutsideCase):
    def setUp(self):
        super().setUp()
        # Numbers that no compressor makes much of, so that sizes matter.
        noise = random.Random(1)
        self.noise = [b"%064x" % noise.getrandbits(256) for _ in range(997)]

    def chunk(self, first):
        return b"".join(b"%012d %s\n" % (number, self.noise[number % 997])
                        for number in range(first, first + CHUNK))

    def feed_at_full_speed(self, child, seconds):
        """Returns how many lines."""
        end = time.monotonic() + seconds
        for first in itertools.count(0, CHUNK):
            if time.monotonic() > end:
                return first
            self.feed(child, self.chunk(first))

    def check(self, ending, keep, total, *arguments, seconds=1.5):
        for option in arguments:
            self.need_packing(option)
        child = self.start_pipe("--size", "64K", "--every", "1s", "--keep", str(keep),
                                "--total", str(total), *arguments)
        sent = self.feed_at_full_speed(child, seconds)
        child.stdin.close()
        self.assertEqual(child.wait(90), 0)  # it waits a minute for what is being packed
        self.assertEqual(child.stderr.read(), b"")

        backups = backups_by_age(self.path)
        # One form each. A second that began when all was packed and lathe about to end may have
        # made one more backup; an empty active file tells, since nobody writes to it any more.
        endings = [list(forms) for _, forms in backups]
        want = [[ending]] * len(backups)
        if endings[-1:] == [[None]] and self.path.stat().st_size == 0:
            want[-1] = [None]
        self.assertEqual(endings, want)
        files = [file for _, forms in backups for file in forms.values()]
        # Nothing but that: no file that was being made or prepared.
        self.assertEqual(set(self.folder.iterdir()),
                         {self.path, self.folder / ".app.log.lock", *files})
        sizes = [file.stat().st_size for file in files]
        self.assertLessEqual(len(sizes), keep)
        self.assertLessEqual(sum(sizes), total)
        plain_sizes = [len(unpacked(file)) for file in files]
        self.assertLessEqual(max(plain_sizes), SIZE)
        # As many as the limits allow, which count what is not packed yet as it is.
        self.assertTrue(len(sizes) == keep or sum(plain_sizes) + 2 * SIZE > total,
                        f"only {len(sizes)} backups, of {sizes} bytes")

        self.assertLessEqual(self.path.stat().st_size, SIZE)
        got = read_log(self.path).splitlines()
        numbers = [int(text.split()[0]) for text in got]
        self.assertEqual(numbers, list(range(sent - len(numbers), sent)))
        self.assertEqual(got, [b"%012d %s" % (number, self.noise[number % 997])
                               for number in numbers])

    def test_gzip_by_count(self):
        self.check(".gz", 5, 200 << 10, "--gzip", seconds=3)

    def test_gzip_by_total(self):
        self.check(".gz", 50, 200 << 10, "--gzip")

    def test_plain_by_total(self):
        self.check(None, 5, 200 << 10)

    def test_zstd(self):
        self.check(".zst", 5, 200 << 10, "--zstd")


class AgeAndTimeTest(OutsideCase):
    def test_every_second_gets_its_file_without_traffic(self):
        self.need_packing("--gzip")
        child = self.start_pipe("--every", "1s", "--keep", "all", "--gzip", "--keep-plain", "1")
        sent = lines(3)
        for count, text in enumerate(sent, 1):
            self.feed(child, text)
            # No other line comes: it is time alone that makes the next file.
            pipe_support.wait_for(lambda: len(backups_by_age(self.path)) == count, "a backup")
        self.finish(child)
        self.assertEqual([list(forms) for _, forms in backups_by_age(self.path)],
                         [[".gz"], [".gz"], [None]])
        self.assert_lines(read_log(self.path), sent)
        self.assertEqual(self.path.read_bytes(), b"")


if __name__ == "__main__":
    need_tools("zstd")
    outside_support.main()

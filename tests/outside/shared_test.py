# SPDX-License-Identifier: MIT
"""Several processes on one file, as `lathe pipe --shared` makes it, and those that may not."""

import threading

import outside_support
from outside_support import OutsideCase, backups_by_age, lines, read_log

LINE_BYTES = 50
LINES = 6000  # from each of two processes: some 146 files of 4 KiB
LINES_PACKED = 1500  # some 36 of them: each file that is packed takes two syncs


class SharedTest(OutsideCase):
    def write_from_two(self, count, *arguments):
        children = [self.start_pipe("--shared", "--size", "4K", "--keep", "all", *arguments)
                    for _ in range(2)]
        sent = [lines(count, mark, LINE_BYTES) for mark in ("one", "two")]

        def write(child, own):
            for at in range(0, count, 20):  # in small pieces, so that the two are interleaved
                self.feed(child, b"".join(own[at:at + 20]))
            child.stdin.close()

        writers = [threading.Thread(target=write, args=pair) for pair in zip(children, sent)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        for child in children:
            self.assertEqual(self.wait(child), "")
        return sent

    def assert_holds(self, sent):
        """Each line of each process once, and in its order."""
        got = read_log(self.path).splitlines(keepends=True)
        for own in sent:
            mark = own[0].split()[0]
            self.assert_lines(b"".join(text for text in got if text.startswith(mark)), own)
        self.assertEqual(len(got), sum(map(len, sent)))

    def test_two_processes_rotate_one_file(self):
        sent = self.write_from_two(LINES)
        self.assertGreaterEqual(len(backups_by_age(self.path)), 100)
        self.assert_holds(sent)
        for _, forms in backups_by_age(self.path):
            self.assertLessEqual(forms[None].stat().st_size, 4096)

    def test_one_of_them_packs_at_a_time(self):
        self.need_packing("--gzip")
        sent = self.write_from_two(LINES_PACKED, "--gzip")
        self.assertGreaterEqual(len(backups_by_age(self.path)), 25)
        self.assert_holds(sent)
        # The last one to end has waited until all was packed.
        self.assertEqual({ending for _, forms in backups_by_age(self.path) for ending in forms},
                         {".gz"})
        self.assertEqual(list(self.folder.glob(".*.tmp")), [])

    def test_the_other_goes_on_when_one_is_killed(self):
        first, second = (self.start_pipe("--shared", "--size", "4K", "--keep", "all")
                         for _ in range(2))
        sent = [lines(500, "one", LINE_BYTES), lines(500, "two", LINE_BYTES)]
        self.feed_and_wait(first, b"".join(sent[0]), last=sent[0][-1])
        first.kill()
        first.wait()
        self.feed(second, b"".join(sent[1]))
        self.assertEqual(self.finish(second), "")
        self.assert_holds(sent)


class ExclusiveTest(OutsideCase):
    def assert_refuses(self, child, *arguments):
        said = self.run_pipe(*arguments, data=b"intruder\n", status=1)
        self.assertRegex(said, r"^lathe pipe: [^\n]+ is in use by [^\n]+\n$")
        self.assertIn(str(self.path), said)
        self.feed(child, b"owner\n")
        self.finish(child)
        self.assertEqual(read_log(self.path), b"owner\n")
        return said

    def test_an_exclusive_process_is_refused_beside_shared_ones(self):
        self.assert_refuses(self.start_pipe("--shared"))

    def test_a_shared_process_is_refused_beside_an_exclusive_one(self):
        owner = self.start_pipe()
        said = self.assert_refuses(owner, "--shared")
        self.assertIn(f"process {owner.pid}", said)


if __name__ == "__main__":
    outside_support.main()

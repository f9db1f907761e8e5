# SPDX-License-Identifier: MIT
"""The kernel takes a write and cannot bring it to the device: an ext4 whose own device is full.

usage: write_back_test.py WRITER

The file system lies in a file with holes, on a tmpfs that is smaller. So write() succeeds, and it
is the sync that fails, once, and forgets the pages. The logger has to live, tell it, claim nothing
for durable that is not, and to go on when there is room.
"""

import os
import pathlib
import re
import sys

from kernel_support import Disk, Writer, need_mount, need_root, need_tools, working_folder
from outside_support import run_tool
from record_oracle import TOLD_AGAIN, Failure, Log, log_files, require

BLOCK_BYTES = 4096
IMAGE_BYTES = 128 << 20  # enough for what is logged while lathe pauses between attempts
ROOM_BYTES = 3 << 20  # on the device, for data
RECORDS_MORE = 2000
SUSPECT = re.compile(rb"sync of ([^:]+) failed")
FREE_BLOCKS = re.compile(r"^  Free blocks: (.+)$", re.MULTILINE)


class ThinDisk:
    """An ext4 in a file with holes, on a tmpfs that cannot fill them all. Only free blocks are
    holes: the file system's own ones are there, so that only data get lost."""

    def __init__(self, folder):
        self.under = folder / "under"
        self.under.mkdir(exist_ok=True)
        run_tool("mount", "-t", "tmpfs", "none", self.under)
        image = self.under / "image"
        self.disk = Disk(folder, image=image, size_bytes=IMAGE_BYTES, options=("-E", "nodiscard"))
        self.disk.mount()
        self.logs = self.disk.place / "logs"
        self.logs.mkdir()
        self.disk.unmount()
        self.make_holes(image)
        taken = image.stat().st_blocks * 512
        run_tool("mount", "-o", f"remount,size={taken + ROOM_BYTES}", self.under)
        self.mount()

    def mount(self):
        self.disk.mount()
        self.disk.limit_requests(BLOCK_BYTES)

    def make_holes(self, image):
        image.write_bytes(image.read_bytes())  # no holes at all
        free = run_tool("dumpe2fs", image).decode()
        for blocks in ", ".join(FREE_BLOCKS.findall(free)).split(", "):
            first, _, last = blocks.partition("-")
            count = int(last or first) - int(first) + 1
            run_tool("fallocate", "--punch-hole", "--offset", int(first) * BLOCK_BYTES, "--length",
                     count * BLOCK_BYTES, image)

    def heal(self):
        run_tool("mount", "-o", f"remount,size={2 * IMAGE_BYTES}", self.under)

    def remount(self):
        self.disk.unmount()
        self.mount()

    def remove(self):
        self.disk.unmount()
        run_tool("umount", self.under)


def forget_clean_pages(path):
    """What the kernel may do at any time: a page that it could not write is clean, too."""
    for file in log_files(path):
        with open(file, "rb") as opened:
            os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def check_torn(path, log):
    """Only files whose sync has failed have lost anything, and the log names them."""
    suspect = {name for text in log.told for names in SUSPECT.findall(text)
               for name in names.decode().split(", ")}
    names = {file.stat().st_ino: file.name for file in log_files(path)}
    for piece in log.torn:
        require(names[piece.file] in suspect,
                f"{names[piece.file]} has lost something at {piece.offset}, and no sync of it was "
                f"said to have failed: {suspect}")


def check(program, folder, thin, retain):
    path = thin.logs / "app.log"
    writer = Writer(program, folder, path, policy="interval", size=1 << 20, retain=retain,
                    burst=50, pause_us=2000)
    writer.wait_open()
    failed = writer.wait_until(lambda now: now.sync_errors > 0, "a sync that fails")
    # It is alive, and looks at itself.
    writer.wait_until(lambda now: now.looks > failed.looks + 10, "its further life")
    thin.heal()
    healed = writer.counters()
    writer.wait_until(
        lambda now: now.durable > healed.accepted + RECORDS_MORE, "durable records after that")
    told = writer.finish()
    require(told.lost == told.dropped == 0, f"lost {told.lost}, dropped {told.dropped}")
    forget_clean_pages(path)
    if told.at_risk == 0:
        Log(path, is_after_cut=True).check_complete(0, told)
    thin.remount()
    log = Log(path, is_after_cut=True)
    there = sum(map(len, log.found.values()))
    missing = told.accepted - there
    # Not the first ones: what was written again stands elsewhere.
    require(there >= healed.durable, f"{healed.durable} are durable, {there} are there")
    require(missing <= told.at_risk,
            f"{missing} records are missing, {told.at_risk} were said to be at risk")
    require(b"sync" in b"".join(log.told) + writer.said().encode(), "nothing was told")
    if told.at_risk == 0:
        log.check_complete(0, told)
        check_torn(path, log)
        require(any(TOLD_AGAIN[1] in text for text in log.told), "nothing was written again")
    print(f"retain {retain}: {told.accepted} records, {told.sync_errors} syncs failed, "
          f"{log.repeated} records are there twice, {told.at_risk} were said to be at risk, "
          f"{missing} of them are gone", flush=True)
    return told


def run(program):
    with working_folder() as folder:
        for retain in (64 << 20, 0):
            thin = ThinDisk(folder)
            told = check(program, folder, thin, retain)
            thin.remove()
            require((told.at_risk > 0) == (retain == 0), f"{told.at_risk} at risk")


def main():
    need_root()
    need_tools("dumpe2fs", "fallocate", "mkfs.ext4", "mount", "umount")
    need_mount(lambda place: Disk(place.parent, place).mount())
    try:
        run(pathlib.Path(sys.argv[1]))
    except Failure as failure:
        print(failure)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

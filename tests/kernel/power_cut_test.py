# SPDX-License-Identifier: MIT
"""What was acknowledged as durable survives a power cut, whatever acknowledged it.

usage: power_cut_test.py WRITER POLICY

A writer logs to an ext4 of its own, with rotation. At a random moment that file system is shut
down, so that its device holds what a power cut would leave; then it is mounted again, and the log
is read; the next writer goes on with it, ends, and the power is cut again. Mostly the spool goes
with the power, too, as one in memory does; at times it stays, as when only a disk was unplugged.
"""

import pathlib
import random
import shutil
import sys
import time

from kernel_support import (CUT_AT_ONCE, CUT_FLUSHED, CUT_JOURNAL_KEPT, Disk, Failure, Writer,
                            clear_spools, is_long, need_power_cuts, working_folder)
from record_oracle import IS_OPEN, Log, require

CUTS = 500 if is_long() else 8
CUTS_OF_ONE_LOG = 5  # then a new one begins: its first file and directory are new, too
RECORDS_AFTER = 60
THREADS = 3
RUN_S_MAX = 0.06
LIVES_S_MAX = 0.01  # after the cut


class PowerCut:
    def __init__(self, program, policy, folder):
        self.program, self.policy, self.folder = program, policy, folder
        self.disk = Disk(folder)
        self.disk.mount()
        self.cuts = self.durable = self.records = self.round = self.repeated = 0

    def begin_log(self):
        if self.cuts > 0:
            shutil.rmtree(self.path.parent, ignore_errors=True)  # may be lost
        self.path = self.disk.place / f"log-{self.cuts}" / "app.log"
        self.torn = set()
        self.told = []  # (round, its counters) of all that was cut
        self.before = None

    def writer(self, **settings):
        self.round += 1
        return Writer(self.program, self.folder, self.path, policy=self.policy, round=self.round,
                      threads=THREADS, seed=random.randrange(1 << 30), **settings)

    def cut(self, how):
        self.how = how
        self.disk.cut(how)
        self.cuts += 1

    def remount(self, is_after_cut=False):
        """As after a reboot. Returns what the log holds then."""
        self.disk.unmount()
        self.disk.mount()
        log = Log(self.path, self.torn, is_after_cut)
        if self.before is not None:
            log.check_grown_from(self.before)
        self.torn = log.torn_places()
        return log

    def cut_one(self):
        """A writer that is cut off at any time, and one that goes on after it."""
        keeps_spool = random.random() < 0.25
        writer = self.writer()
        if random.random() < 0.9:
            writer.wait_open()
        time.sleep(random.uniform(0, RUN_S_MAX))
        writer.require_alive()
        # Acknowledged before the cut: what this kernel says of a sync that it shuts down may be
        # wrong (ext4 forgets that it could not convert the extent), and no machine without power
        # says anything.
        told = writer.counters()
        self.cut(random.choice([CUT_AT_ONCE] * 6 + [CUT_JOURNAL_KEPT, CUT_FLUSHED]))
        at_cut = writer.counters()
        time.sleep(random.uniform(0, LIVES_S_MAX))
        at_end = writer.kill(may_not_have_opened=at_cut.state != IS_OPEN)
        log = self.remount(is_after_cut=True)
        log.check_acknowledged(self.round, told, at_end)
        self.told.append((self.round, told, at_end))
        self.durable += max(told.durable, sum(told.acknowledged))
        # What is there now has been read from the device: it has to stay.
        self.before = log
        if not keeps_spool:
            clear_spools(self.folder)
        self.go_on(at_cut if keeps_spool and at_cut.state == IS_OPEN else None, at_end)

    def go_on(self, at_cut, at_end):
        cut_round = self.round
        told_after = self.writer(records=RECORDS_AFTER).wait()
        require(told_after.lost == told_after.dropped == told_after.sync_error == 0, "losses")
        self.cut(CUT_AT_ONCE)
        log = self.remount()
        log.check_complete(self.round, told_after)
        for number, told, end in self.told:
            log.check_acknowledged(number, told, end)
        if at_cut is None:
            require(log.repeated == 0, "records are repeated")
        else:
            self.check_recovered(log, cut_round, at_cut, at_end)
        self.before = log
        self.records += len(log.order)
        self.repeated += log.repeated

    def check_recovered(self, log, cut_round, at_cut, at_end):
        """The kernel takes nothing after the cut, so what was logged then is in the spool. What it
        took before may be lost with its memory, unless it was synced. (One call of each thread may
        have been under way.)"""
        for thread in range(THREADS):
            found = set(log.found.get((cut_round, thread), ()))
            missing = [n for n in range(at_cut.returned[thread] + 1, at_end.returned[thread])
                       if n not in found]
            require(not missing, f"round {cut_round} thread {thread}: {missing[:5]} had returned "
                                 "and were not recovered")

    def run(self):
        while self.cuts < CUTS:
            self.begin_log()
            while self.cuts < CUTS:
                self.cut_one()
                if len(self.told) == CUTS_OF_ONE_LOG:
                    break


def main():
    program, policy = pathlib.Path(sys.argv[1]), sys.argv[2]
    need_power_cuts()
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 32)
    random.seed(seed)
    with working_folder() as folder:
        test = PowerCut(program, policy, folder)
        try:
            test.run()
        except Failure as failure:
            print(f"seed {seed}, after {test.cuts} cuts, the last one {test.how}: {failure}")
            return 1
    print(f"{test.cuts} power cuts, {test.durable} records were acknowledged by then and all are "
          f"there; {test.repeated} of all are there twice, as announced")
    return 0


if __name__ == "__main__":
    sys.exit(main())

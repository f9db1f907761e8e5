# SPDX-License-Identifier: MIT
"""A log call takes no more instructions than it should, and the same number with crash-safe queues
as without: counted, since times differ from run to run.

    instructions_test.py CALL_PATHS VALGRIND
"""

import re
import subprocess
import sys

# Instructions a call: counted with g++ 12 -O3 and glibc 2.36, and a tenth more, since the C library
# chooses its copies by the processor.
MOST = {
    "level off": 4,
    "deferred": 75,
    "deferred text": 106,
    "formatted": 354,
    "formatted text": 137,
    "function": 518,
    "with a width": 493,
}
# On top of what reading a clock takes, where the kernel does not trust the processor's counter: the
# call that reads it, instead of one instruction.
CLOCK_CALL = 32
FEW, MANY = 200, 600  # calls; the difference leaves out what only the first ones do


def instructions(program, valgrind, *arguments):
    """Counted, and what the program printed."""
    result = subprocess.run(
        [valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null",
         "--toggle-collect=lathe::bench::make_calls*", program, *arguments],
        capture_output=True, text=True, check=True, timeout=300)
    return int(re.search(r"Collected : (\d+)", result.stderr).group(1)), result.stdout.split()


def a_call(program, valgrind, path, *more):
    counts = [instructions(program, valgrind, path, str(calls), *more)[0] for calls in (FEW, MANY)]
    return (counts[1] - counts[0]) / (MANY - FEW)


def clock_instructions(program, valgrind, loop):
    """Those of a call's stamp where it is not the processor's counter."""
    source = instructions(program, valgrind, "deferred", str(FEW))[1]
    if source == ["counter"]:
        return 0
    if source != ["clock"]:
        sys.exit(f"{program} says that stamps come from {source}, not from a counter or a clock")
    return a_call(program, valgrind, "clock read") - loop + CLOCK_CALL


def main():
    program, valgrind = sys.argv[1:]
    loop = a_call(program, valgrind, "nothing")
    clock = clock_instructions(program, valgrind, loop)
    if clock > 0:
        print(f"stamps are read from a clock here, for {clock:.1f} instructions more")
    errors = []
    for path, most in MOST.items():
        most += clock if path != "level off" else 0
        count = a_call(program, valgrind, path) - loop
        without = a_call(program, valgrind, path, "no-spool") - loop
        print(f"{path:16} {count:8.1f} instructions, {without:8.1f} without crash_safe, "
              f"at most {most:.0f}")
        if count > most:
            errors.append(f"{path}: {count:.1f} instructions a call, {most:.0f} allowed")
        if abs(count - without) > 2:
            errors.append(f"{path}: {count:.1f} instructions a call, but {without:.1f} without "
                          "crash_safe")
    if errors:
        sys.exit("\n".join(errors))


if __name__ == "__main__":
    main()

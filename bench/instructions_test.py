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
    "level off": 5,
    "deferred": 62,
    "deferred text": 88,
    "formatted": 294,
    "formatted text": 86,
    "function": 615,
    "with a width": 477,
}
FEW, MANY = 200, 600  # calls; the difference leaves out what only the first ones do


def instructions(program, valgrind, *arguments):
    result = subprocess.run(
        [valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null",
         "--toggle-collect=lathe::bench::make_calls*", program, *arguments],
        capture_output=True, text=True, check=True, timeout=300)
    return int(re.search(r"Collected : (\d+)", result.stderr).group(1))


def a_call(program, valgrind, path, *more):
    counts = [instructions(program, valgrind, path, str(calls), *more) for calls in (FEW, MANY)]
    return (counts[1] - counts[0]) / (MANY - FEW)


def main():
    program, valgrind = sys.argv[1:]
    loop = a_call(program, valgrind, "nothing")
    errors = []
    for path, most in MOST.items():
        count = a_call(program, valgrind, path) - loop
        without = a_call(program, valgrind, path, "no-spool") - loop
        print(f"{path:16} {count:8.1f} instructions, {without:8.1f} without crash_safe, "
              f"at most {most}")
        if count > most:
            errors.append(f"{path}: {count:.1f} instructions a call, {most} allowed")
        if abs(count - without) > 2:
            errors.append(f"{path}: {count:.1f} instructions a call, but {without:.1f} without "
                          "crash_safe")
    if errors:
        sys.exit("\n".join(errors))


if __name__ == "__main__":
    main()

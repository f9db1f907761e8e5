# SPDX-License-Identifier: MIT
"""Counts the results in a testlog.json of `meson test`: suites, failures with their output's end,
and a last line "N passed, N failed". Exit status 1 if a test failed or none passed."""

import collections
import json
import sys

PASSED = ("OK", "EXPECTEDFAIL")
SKIPPED = ("SKIP", "IGNORED")
TAIL_LINES = 40


def read(path):
    try:
        with open(path, encoding="utf-8") as log:
            return [json.loads(line) for line in log if line.strip()]
    except FileNotFoundError:
        return []


def kind(test):
    result = test["result"]
    return "passed" if result in PASSED else "skipped" if result in SKIPPED else "failed"


def show_failure(test):
    print(f"\nFAILED ({test['result']}): {test['name']}")
    output = (test.get("stdout") or "") + (test.get("stderr") or "")
    for line in output.splitlines()[-TAIL_LINES:]:
        print(f"  {line}")


def main():
    tests = read(sys.argv[1])
    suites = collections.defaultdict(collections.Counter)
    for test in tests:
        suite, _, _ = test["name"].rpartition(" / ")  # "lathe:os / clock_test"
        suites[suite.split(":")[-1].split("+")[0] or "(none)"][kind(test)] += 1
        if kind(test) == "failed":
            show_failure(test)
    print()
    for suite, counts in sorted(suites.items()):
        print(f"  {suite:<14}" + ", ".join(f"{n} {what}" for what, n in sorted(counts.items())))
    counts = collections.Counter(kind(test) for test in tests)
    line = f"{counts['passed']} passed, {counts['failed']} failed"
    if counts["skipped"]:
        line += f", {counts['skipped']} skipped"
    print(line, flush=True)
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())

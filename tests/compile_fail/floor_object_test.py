# SPDX-License-Identifier: MIT
"""A call below LATHE_LEVEL_FLOOR leaves nothing in the object file: no reference to lathe, none to
what its arguments call, no text. The same call at the floor leaves all three.

usage: floor_object_test.py COMPILER [ARGUMENT...]
"""

import pathlib
import subprocess
import sys
import tempfile

PROGRAM = """#include <lathe/lathe.hpp>
int expensive();
void use(const lathe::Logger& log) { %s(log, "a telling text {}", expensive()); }
void use_deferred(const lathe::Logger& log) {
  %s(log.deferred(), "a telling text {}", expensive());
}
"""
# Of the text a part, since the compiler may write it by instructions that hold pieces of it.
TRACES = ("lathe", "expensive", "tell")


def traces(compiler, macro, optimisation):
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "program.cpp"
        source.write_text(PROGRAM % (macro, macro))
        unit = source.with_suffix(".o")
        subprocess.run(
            [*compiler, "-std=c++20", optimisation, "-g0", "-DLATHE_LEVEL_FLOOR=warn",
             "-c", source, "-o", unit], check=True, timeout=240)
        symbols = subprocess.run(["nm", "--demangle", unit], capture_output=True, text=True,
                                 check=True).stdout
        # Our own two functions have lathe::Logger in their signatures.
        symbols = "\n".join(line for line in symbols.splitlines() if " T use" not in line)
        data = unit.read_bytes()
        return {text for text in TRACES if text in symbols or text.encode() in data
                and text != "lathe"}


def main():
    compiler = sys.argv[1:]
    errors = []
    for optimisation in ("-O0", "-O2"):
        below = traces(compiler, "LATHE_INFO", optimisation)
        at = traces(compiler, "LATHE_WARN", optimisation)
        if below:
            errors.append(f"{optimisation}: LATHE_INFO below the floor leaves {sorted(below)}")
        if at != set(TRACES):
            errors.append(f"{optimisation}: LATHE_WARN at the floor leaves only {sorted(at)}")
    print("\n".join(errors) or "nothing is left below the floor")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())

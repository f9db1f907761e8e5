# SPDX-License-Identifier: MIT
"""Every rule of tidy.py finds its bad example, and nothing in the good one.

usage: tidy_test.py PATH_OF_TIDY
"""

import pathlib
import subprocess
import sys
import tempfile

HEAD = "// SPDX-License-Identifier: MIT\n//\n// An example.\n\n"
HEADER = HEAD + "#pragma once\n\n"

# A tree without a fault; the cases below put one file in or over it.
GOOD = {
    "README.md": "See [the file](src/queue/ring.cpp), `src/queue` and `RingTest.KeepsOrder`.\n",
    "include/lathe/level.hpp": HEADER + "#include <cstdint>\n",
    "include/lathe/macros.hpp": HEADER + "#ifndef LATHE_LEVEL_FLOOR\n"
                                         "#define LATHE_LEVEL_FLOOR trace\n#endif\n",
    "src/core/text.hpp": HEADER + "#include <fmt/format.h>\n\n#include <lathe/level.hpp>\n",
    "src/os/files.cpp": HEAD + "#include <unistd.h>\n\n#ifdef X\n#endif\n"
                               "int f() { return ::close(1) == 0 ? 0 : errno; }\n",
    "src/os/meson.build": "sources = files('files.cpp')\n",
    "src/queue/ring.cpp": HEAD + """#include <lathe/queue_front.hpp>

#include "os/memory.hpp"

// Tested by: RingTest
thread_local int mine = 10'000;
const char* kText = "errno, ::write(), std::thread: words in a text are no code";

bool ring() {
  count_.store(1, std::memory_order_relaxed);  // statistics
  const int now = count_.load(
      std::memory_order_relaxed);  // as above
  // R:T what follows is visible to whoever sees true
  done_.store(true, std::memory_order_release);
  std::exchange(mine, now);
  return state_.compare_exchange_strong(expected, 1, std::memory_order_acq_rel,  // R:W A:W
                                        std::memory_order_acquire);              // A:T
}
""",
    "src/queue/meson.build": "sources = files('ring.cpp')\n",
    "tests/ring_test.cpp": HEAD + "TEST(RingTest, KeepsOrder) { check(); }\n",
    "tests/meson.build": "sources = files('ring_test.cpp')\n",
}

LONG_FUNCTION = "int f(int a,\n      int b) {\n" + "  a += b;\n" * 70 + "}\n"
LONG_CLASS = "class C {\n" + "  int f() {\n    return 1;\n  }\n" * 30 + "};\n"
RELAXED_ROW = "".join(f"  {name}_.store(1, std::memory_order_relaxed);\n" for name in "abc")

# (what, file, text, a part of the error; an empty one where there must be none)
CASES = [
    ("core knows no system", "src/core/text.hpp", HEADER + "#include <unistd.h>\n",
     "7: may not include unistd.h"),
    ("core knows no sinks", "src/core/text.hpp", HEADER + "#include <lathe/sink.hpp>\n",
     "may not include lathe/sink.hpp"),
    ("core knows no upper layer", "src/core/text.hpp", HEADER + '#include "sink/x.hpp"\n',
     "may not include sink/x.hpp"),
    ("os knows nothing of logs", "src/os/a.hpp", HEADER + "#include <lathe/level.hpp>\n",
     "may not include lathe/level.hpp"),
    ("a sink knows no queue", "src/sink/a.hpp", HEADER + '#include "queue/ring.hpp"\n',
     "may not include queue/ring.hpp"),
    ("a sink knows no Boost", "src/sink/a.hpp", HEADER + "#include <boost/config.hpp>\n",
     "may not include boost/config.hpp"),
    ("the engine knows no files", "src/engine/a.hpp", HEADER + '#include "os/file_system.hpp"\n',
     "may not include os/file_system.hpp"),
    ("the contract knows no layer", "include/lathe/a.hpp", HEADER + '#include "os/clock.hpp"\n',
     "may not include os/clock.hpp"),
    ("an example is a user", "examples/a.hpp", HEADER + '#include "core/text.hpp"\n',
     "may not include core/text.hpp"),
    ("a header without a guard", "src/core/a.hpp", HEAD, "no #pragma once"),

    ("a long line", "src/core/a.hpp", HEADER + "// " + "x" * 98 + "\n", "7: 101 columns"),
    ("columns are characters", "src/core/a.hpp", HEADER + "// " + "\u00e9" * 97 + "\n", ""),
    ("blanks at an end", "src/core/a.hpp", HEADER + "int a; \n", "7: white space at the end"),
    ("no line end", "src/core/a.hpp", HEADER + "int a;", "no line end"),
    ("unfinished", "src/core/a.hpp", HEADER + "// TO" + "DO: more\n", "unfinished"),
    ("no licence", "src/core/a.hpp", "#pragma once\n", "no SPDX line"),
    ("a vague name", "src/core/string_utils.hpp", HEADER, "a file name that says nothing"),
    ("a long file", "src/core/a.hpp", HEADER + "int a;\n" * 295, "301 lines, at most 300"),
    ("a test may be longer", "tests/a.hpp", HEADER + "int a;\n" * 295, ""),
    ("a long function", "src/core/a.hpp", HEADER + LONG_FUNCTION, "7: a function of 73 lines"),
    ("a long class is no function", "src/core/a.hpp", HEADER + LONG_CLASS, ""),
    ("an unlisted file", "src/core/a.cpp", HEAD, "named in no meson.build"),

    ("thread-local", "src/engine/a.hpp", HEADER + "thread_local int a;\n", "thread-local state"),
    ("a thread", "src/sink/a.hpp", HEADER + "std::thread t;\n", "a thread: only in src/engine/"),
    ("a thread's id is none", "src/sink/a.hpp", HEADER + "std::thread::id t;\n", ""),
    ("a system call", "src/sink/a.hpp", HEADER + "int a = ::renameat2(1);\n", "a system call"),
    ("errno", "src/sink/a.hpp", HEADER + "int a = errno;\n", "errno: only in"),
    ("the time", "src/core/a.hpp", HEADER + "auto t = steady_clock::now();\n", "the time: only"),
    ("#if", "src/core/a.hpp", HEADER + "#ifdef A\n#endif\n", "#if: only in"),
    ("detail", "src/core/a.hpp", HEADER + "namespace detail {}\n", "a namespace for secrets"),
    ("a macro", "src/core/a.hpp", HEADER + "#define LATHE_INFO 1\n", "a macro of its own"),
    ("an eighth macro", "include/lathe/macros.hpp", HEADER + "#define LATHE_NOTE 1\n",
     "a macro of its own: LATHE_NOTE"),

    ("a bare release", "src/queue/a.hpp", HEADER + "a_.store(1, std::memory_order_release);\n",
     "release without its edge, R:letter"),
    ("half an acq_rel", "src/queue/a.hpp",
     HEADER + "a_.exchange(1, std::memory_order_acq_rel);  // R:T\n",
     "acq_rel without its edge, A:letter"),
    ("a lonely edge", "src/queue/a.hpp",
     HEADER + "a_.store(1, std::memory_order_release);  // R:Z\n", "edge Z has no side A:Z"),
    ("relaxed", "src/queue/a.hpp", HEADER + "\na_.store(1, std::memory_order_relaxed);\n",
     "relaxed without a reason"),
    ("a row of relaxed", "src/queue/a.hpp", HEADER + "  // statistics\n" + RELAXED_ROW, ""),
    ("sequential", "src/queue/a.hpp", HEADER + "// why\na_.store(1, std::memory_order_seq_cst);\n",
     "seq_cst without a paragraph"),
    ("a default load", "src/queue/a.hpp", HEADER + "int a = a_.load();\n",
     "load with the default memory order"),
    ("a default store", "src/queue/a.hpp", HEADER + "a->store(f(1),\n  2);\n",
     "store with the default memory order"),
    ("an increment", "src/queue/a.hpp", HEADER + "std::atomic<int> a_{0};\nint b = ++a_;\n",
     "an operator on an atomic"),
    ("an assignment", "src/queue/a.hpp", HEADER + "std::atomic<int> a_{0};\nvoid f() { a_ = 1; }\n",
     "an operator on an atomic"),
    ("a fence", "src/queue/a.hpp", HEADER + "std::atomic_thread_fence(x);\n",
     "a stand-alone fence"),

    ("a test that is none", "src/queue/a.hpp", HEADER + "// Tested by: SpringTest\n",
     "7: no such test: SpringTest"),
    ("a README test that is none", "README.md", "`RingTest.Sings`\n", "1: no such test"),
    ("a README link that is none", "README.md", "[x](src/none.cpp)\n", "1: no such file"),
    ("a README path that is none", "README.md", "`src/none.cpp`\n", "1: no such file"),
    ("a README link elsewhere", "README.md", "[x](https://example.org/) [y](#top)\n", ""),
]


def run_tidy(tidy, files):
    with tempfile.TemporaryDirectory() as root:
        for name, text in files.items():
            path = pathlib.Path(root) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        run = subprocess.run([sys.executable, tidy, root], capture_output=True, text=True,
                             check=False)
        return run.returncode, run.stdout + run.stderr


def main():
    tidy = sys.argv[1]
    failures = []
    for what, name, text, want in [("a good tree", "README.md", GOOD["README.md"], ""), *CASES]:
        status, output = run_tidy(tidy, {**GOOD, name: text})
        found = [line for line in output.splitlines() if line.startswith(f"{name}:")]
        if want and not (status == 1 and any(want in line for line in found)):
            failures.append(f"{what}: wanted {want!r}, got status {status}:\n{output}")
        if not want and status != 0:
            failures.append(f"{what}: wanted nothing, got status {status}:\n{output}")
    print("\n".join(failures) or f"{len(CASES) + 1} cases")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

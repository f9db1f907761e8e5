# SPDX-License-Identifier: MIT
"""The headers that are installed are those in the folder, and lathe.hpp includes what users need.

usage: listed_test.py FOLDER HEADER...
"""

import pathlib
import re
import sys

# global.hpp is for programs that want it; the others are reached through these.
NOT_IN_UMBRELLA = {"lathe.hpp", "global.hpp", "deferred.hpp", "fast_format.hpp", "format.hpp",
                   "format_fields.hpp", "format_pieces.hpp",
                   "text_argument.hpp", "file_options.hpp", "queue_front.hpp", "site.hpp",
                   "stamp_counter.hpp", "units.hpp"}


def main():
    folder, listed = pathlib.Path(sys.argv[1]), set(sys.argv[2:])
    present = {path.name for path in folder.glob("*.hpp")}
    umbrella = set(re.findall(r"<lathe/(\w+\.hpp)>", (folder / "lathe.hpp").read_text()))
    errors = [f"{name}: in the folder, not in meson.build" for name in present - listed]
    errors += [f"{name}: in meson.build, not in the folder" for name in listed - present]
    errors += [f"{name}: not in lathe.hpp" for name in present - umbrella - NOT_IN_UMBRELLA]
    print("\n".join(sorted(errors)) or f"{len(present)} headers")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())

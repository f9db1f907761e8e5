# SPDX-License-Identifier: MIT
"""Installs the build into a temporary folder and builds a user's program against it.

usage: packaging_test.py KIND SOURCE BUILD shared|static|both COMPILER...
KIND: exports, pkgconfig, cmake or subproject.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
CONSUMER = pathlib.Path(__file__).parent / "consumer"


def run(command, folder, **variables):
    environment = {name: value for name, value in os.environ.items() if name != "DESTDIR"}
    environment.update({name: str(value) for name, value in variables.items()})
    done = subprocess.run([str(part) for part in command], cwd=folder, env=environment, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=550,
                          check=False)
    if done.returncode != 0:
        print(f"{command}: exit status {done.returncode}\n{done.stdout[-5000:]}")
        sys.exit(1)
    return done.stdout


def require(program):
    if not shutil.which(program):
        print(f"skipped: no {program}")
        sys.exit(SKIPPED)


def install(build, folder):
    """Returns the installed pkg-config folder, and the root that it was installed under."""
    root = folder / "root"
    run(["meson", "install", "-C", build, "--no-rebuild", "--destdir", root], folder)
    found = list(root.rglob("lathe.pc"))
    if len(found) != 1:
        print(f"not one lathe.pc: {found}")
        sys.exit(1)
    return found[0].parent, root


def exports(build, kind, folder):
    """The shared library exports lathe's names and no other's. (libstdc++ marks its templates as
    visible whatever a library says.)"""
    if kind == "static":
        print("skipped: no shared library")
        sys.exit(SKIPPED)
    symbols = run(["nm", "-D", "--defined-only", "--demangle", build / "src/liblathe.so"], folder)
    names = [line.split(" ", 2)[2] for line in symbols.splitlines()]
    foreign = [name for name in names if "lathe::" not in name and "std::" not in name
               and "__gnu_cxx::" not in name and not name.startswith("operator ")]
    own = [name for name in names if name.startswith("lathe::")]
    print(f"{len(own)} names of lathe", *foreign, sep="\n")
    sys.exit(1 if foreign or not own else 0)


def pkgconfig(build, kind, compiler, folder):
    require("pkg-config")
    pc_folder, root = install(build, folder)
    static = ["--static"] if kind == "static" else []
    flags = run(["pkg-config", *static, "--cflags", "--libs", "lathe"], folder,
                PKG_CONFIG_PATH=pc_folder, PKG_CONFIG_SYSROOT_DIR=root).split()
    run([*compiler, "-std=c++20", CONSUMER / "consumer.cpp", "-o", "consumer", *flags], folder)
    print(run(["./consumer"], folder, LD_LIBRARY_PATH=pc_folder.parent))


def cmake(build, compiler, folder):
    require("cmake")
    pc_folder, root = install(build, folder)
    found = list(root.rglob("include/lathe/lathe.hpp"))
    prefix = found[0].parent.parent.parent
    generator = ["-G", "Ninja"] if shutil.which("ninja") else []
    run(["cmake", *generator, "-S", CONSUMER, "-B", "cmake", f"-DCMAKE_PREFIX_PATH={prefix}",
         f"-DCMAKE_CXX_COMPILER={shutil.which(compiler[-1])}"], folder)
    run(["cmake", "--build", "cmake"], folder)
    print(run(["cmake/consumer"], folder, LD_LIBRARY_PATH=pc_folder.parent))


def subproject(source, kind, compiler, folder):
    project = folder / "project"
    shutil.copytree(CONSUMER, project)
    lathe = project / "subprojects/lathe"
    lathe.mkdir(parents=True)
    # All that a user of the library needs of this tree.
    for name in ("include", "src"):
        shutil.copytree(source / name, lathe / name)
    for name in ("meson.build", "meson_options.txt"):
        shutil.copy(source / name, lathe / name)
    run(["meson", "setup", "build", f"-Ddefault_library={kind}", "-Dbuildtype=plain"], project,
        CXX=" ".join(compiler))
    run(["ninja", "-C", "build"], project)
    print(run([project / "build/consumer"], folder))


def main():
    what, source, build, kind = sys.argv[1:5]
    source, build, compiler = pathlib.Path(source), pathlib.Path(build), sys.argv[5:]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if what == "exports":
            exports(build, kind, folder)
        elif what == "pkgconfig":
            pkgconfig(build, kind, compiler, folder)
        elif what == "cmake":
            cmake(build, compiler, folder)
        else:
            subproject(source, kind, compiler, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())

# Sourced by run.sh and examples/quickstart.sh: installs what a build needs and this machine lacks.
# Debian and Ubuntu packages; anywhere else it names what is missing. The caller sets `root`.
# shellcheck shell=sh disable=SC2154

have() { command -v "$1" >/dev/null 2>&1; }
have_header() {
  [ -e "/usr/include/$1" ] || echo "#include <$1>" | g++ -E -x c++ - >/dev/null 2>&1
}

# need PACKAGE CHECK...: notes PACKAGE as missing unless the command CHECK... succeeds.
missing=
need() {
  package=$1
  shift
  "$@" || missing="$missing $package"
}

# What the library and its examples need.
need_library() {
  need g++ have g++
  need meson have meson
  need ninja-build have ninja
  need pkg-config have pkg-config
  need libfmt-dev have_header fmt/format.h
  need zlib1g-dev have_header zlib.h
  need libzstd-dev have_header zstd.h
}

# What the tests, the benchmarks and the command need beyond that.
need_tests() {
  need binutils have nm
  need cmake have cmake
  need python3 have python3
  need tzdata test -e /usr/share/zoneinfo/tzdata.zi
  need strace have strace
  need logrotate test -x /usr/sbin/logrotate
  need e2fsprogs test -x /usr/bin/chattr
  need mount test -x /bin/mount
  need zstd have zstd
  need libgtest-dev have_header gtest/gtest.h
  need libbenchmark-dev have_header benchmark/benchmark.h
  need libspdlog-dev have_header spdlog/spdlog.h
  need libcli11-dev have_header CLI/CLI.hpp
}

# Installs what was noted. Quiet, and without the network, when nothing was.
install_missing() {
  [ -n "$missing" ] || return 0
  if ! have apt-get; then
    echo "missing, by their Debian names:$missing" >&2
    return 1
  fi
  as_root=
  if [ "$(id -u)" != 0 ]; then
    if ! have sudo; then
      echo "missing; install as root: apt-get install$missing" >&2
      return 1
    fi
    as_root=sudo
  fi
  echo "installing:$missing"
  # An index that cannot be refreshed may still do.
  $as_root apt-get update -qq || true
  # shellcheck disable=SC2086
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    -o DPkg::Lock::Timeout=300 $missing >/dev/null </dev/null || {
    echo "could not install:$missing" >&2
    return 1
  }
  missing=
}

# configure FOLDER OPTION...: sets up a build folder, or brings an existing one up to date.
configure() {
  folder=$1
  shift
  if [ -e "$folder/build.ninja" ] &&
    meson setup --reconfigure "$folder" "$root" "$@" >"$folder/setup.log" 2>&1; then
    return 0
  fi
  rm -rf "$folder"
  mkdir -p "$folder"
  meson setup "$folder" "$root" "$@" >"$folder/setup.log" 2>&1 || {
    tail -n 30 "$folder/setup.log" >&2
    return 1
  }
}

# build FOLDER TARGET...: compiles; shows the log's end if that fails.
build() {
  folder=$1
  shift
  ninja -C "$folder" -j "$(nproc)" "$@" >"$folder/build.log" 2>&1 || {
    # The first error, if the compiler says so; else the end.
    if grep -qE '(error|FAILED):' "$folder/build.log"; then
      grep -E -A 12 '(error|FAILED):' "$folder/build.log" | head -n 60 >&2
    else
      tail -n 30 "$folder/build.log" >&2
    fi
    return 1
  }
}

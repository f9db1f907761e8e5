#!/bin/sh
# Installs what is missing, builds into build/, and runs every test.
#
#   sh tests/run.sh                    everything
#   sh tests/run.sh --suite os         arguments are passed on to `meson test`
#   sh tests/run.sh --long             some tests do a hundred times as much, and tests/mutants.sh
#                                      runs: 40 minutes or so
#
# Works from any directory, as root or with sudo, and again. The last line is the result:
# "N passed, N failed"; the exit status is not zero if a test failed or none ran.
set -u
root=$(cd "$(dirname "$0")/.." && pwd) || exit 1
folder=${LATHE_BUILD:-$root/build}
setup=
. "$root/tests/install.sh"

if [ "${1-}" = --long ]; then
  shift
  export LATHE_LONG=1
  set -- --setup long "$@"
  setup=-long  # in the name that meson gives to its log
fi

no_result() {
  echo "$1"
  echo "0 passed, 1 failed"
  exit 1
}

need_library
need_tests
install_missing || no_result "packages are missing"

echo "configuring ${folder#"$root"/}"
# Benchmarks are none of the tests; -O1 and line numbers take half the time of -O2 -g.
configure "$folder" -Dbench=disabled -Dbuildtype=plain -Doptimization=1 -Dcpp_args=-g1 ||
  no_result "meson setup failed"
echo "building (log: ${folder#"$root"/}/build.log)"
build "$folder" || no_result "the build failed"

log=$folder/meson-logs/testlog$setup.json
echo "testing (log: ${log#"$root"/})"
rm -f "$log"
# What failed is told by summary.py, which also counts.
meson test -C "$folder" --no-rebuild "$@" >"$folder/test.log" 2>&1
[ -s "$log" ] || tail -n 20 "$folder/test.log"
exec python3 "$root/tests/summary.py" "$log"

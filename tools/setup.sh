#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# From a fresh Debian 12 (root, git) to a program that has compressed and
# restored a file: installs packages, builds build/release, tries it.
#
# Usage: tools/setup.sh [FILE]      FILE: what to compress (default: README.md)
set -eu
cd "$(dirname "$0")/.."
file=${1:-README.md}

tools/install_packages.sh
cmake --preset release
cmake --build --preset release

program=build/release/lentil
level=-6
if ! ls models/*.lentil >/dev/null 2>&1; then
  level=-1  # a build without models
elif ! [ -e models/small.lentil ]; then
  level=-3
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$program" compress $level -o "$work/file.ltl" "$file"
"$program" decompress -o "$work/file" "$work/file.ltl"
cmp "$file" "$work/file"
echo "$file: compressed to $(stat -c %s "$work/file.ltl") of" \
  "$(stat -c %s "$file") bytes and restored; the program is $program"

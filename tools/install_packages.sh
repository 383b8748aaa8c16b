#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what building the program needs on Debian 12, if it is not there yet;
# with "tests" also what only tests and benchmarks need.
#
# Usage: tools/install_packages.sh [tests]
set -eu

packages="g++ cmake ninja-build libzstd-dev liblzma-dev libxxhash-dev
  libcli11-dev libfmt-dev nlohmann-json3-dev libpcre2-dev zlib1g-dev
  libbrotli-dev libpng-dev libflac-dev libwebp-dev libjxl-dev"
[ "${1:-}" != tests ] || packages="$packages python3 libgtest-dev
  libbenchmark-dev libsimde-dev"

missing=
for package in $packages; do
  dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package"
done
[ -z "$missing" ] && exit 0

sudo=
[ "$(id -u)" -eq 0 ] || sudo=sudo
export DEBIAN_FRONTEND=noninteractive
echo "installing:$missing"
$sudo apt-get update -q
# shellcheck disable=SC2086  # a list of words
$sudo apt-get install -q -y --no-install-recommends $missing

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# One hash from every compiler, optimisation level and processor at hand:
# g++ and clang++ at -O0, -O2, -O3; aarch64 by cross compiler under qemu-user.
# A compiler that is not installed is skipped and named.
#
# Usage: tests/numerics/check_numerics.sh [WORK_DIR [quick]]: quick takes half a
# minute, and g++ -O0 alone.
set -eu
cd "$(dirname "$0")/../.."
work=${1:-$(mktemp -d)}
mkdir -p "$work"

# Everything that computes, and what only reads and writes models.
arithmetic="src/base/fp_mode.cc src/kernels/kernels.cc src/kernels/scalar.cc
src/kernels/avx2.cc src/kernels/avx512.cc src/kernels/neon.cc
src/kernels/avx512_emulated_test.cc src/model/model.cc src/model/decoder.cc
src/model/selftest.cc src/kernels/floats.cc src/kernels/scalar_floats.cc
src/model/imported/alibi.cc src/model/imported/linear.cc
src/model/imported/rotary.cc src/model/imported/spec.cc
src/model/imported/token_decoder.cc src/model/imported/transformer.cc
src/model/imported/transformer_selftest.cc src/weights/block_format.cc
src/weights/code_rows.cc src/weights/float_tensor.cc $(ls src/mixing/*.cc | grep -v _test.cc)"
support="tests/numerics/selftest_main.cc
$(ls src/base/*.cc | grep -v -e _test.cc -e fp_mode.cc)
src/kernels/aligned.cc src/weights/messages.cc src/weights/safetensors.cc
src/weights/tensor.cc src/model/config.cc src/model/native.cc
src/model/imported/tensor_finder.cc src/model/imported/plan.cc"

# Flags of one source file on one processor; "skip" if it does not belong there.
flags_of() {
  case "$1:$2" in
    x86:*/avx2.cc) echo "-mavx2 -mfma -mbmi" ;;
    x86:*/avx512.cc)
      echo "-mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni" ;;
    x86:*/avx512_emulated_test.cc) echo "-mavx2 -mfma -Wno-psabi" ;;
    arm:*/neon.cc) echo "-march=armv8.2-a+dotprod" ;;
    x86:*/neon.cc | arm:*/avx2.cc | arm:*/avx512.cc) echo skip ;;
  esac
}

# compile PREFIX PROCESSOR SOURCES COMPILER OPTIONS...: sets $objects.
compile() {
  prefix=$1 processor=$2 sources=$3
  shift 3
  objects=
  for source in $sources; do
    flags=$(flags_of "$processor" "$source")
    [ "$flags" != skip ] || continue
    object=$work/$prefix.$(echo "${source%.cc}" | tr / .).o
    # shellcheck disable=SC2086
    "$@" -std=c++20 -ffp-contract=off -w -Isrc $flags -c "$source" -o "$object"
    objects="$objects $object"
  done
}

# check NAME PROCESSOR RUNNER LEVELS COMPILER OPTIONS...
check() {
  name=$1 kind=$2 runner=$3 levels=$4
  shift 4
  for tool in "$1" $runner; do
    command -v "$tool" >/dev/null && continue
    echo "$name: skipped, no $tool"
    return
  done
  compile "$name" "$kind" "$support" "$@" -O0
  common=$objects
  for level in $levels; do
    echo "$name $level:"
    compile "$name$level" "$kind" "$arithmetic" "$@" "$level"
    # shellcheck disable=SC2086
    "$@" $common $objects -o "$work/$name$level" -lpthread
    $runner "$work/$name$level" || failed="$failed $name$level"
  done
}

failed=
if [ "${2-}" = quick ] && [ "$(uname -m)" = x86_64 ]; then
  check g++ x86 "" "-O0" g++
elif [ "$(uname -m)" = x86_64 ]; then
  check g++ x86 "" "-O0 -O2 -O3" g++
  check clang++ x86 "" "-O0 -O2 -O3" clang++
  headers=$work/include  # header-only libraries, without the host's own headers
  mkdir -p "$headers"
  ln -sfn /usr/include/nlohmann "$headers/nlohmann"
  ln -sf /usr/include/xxhash.h /usr/include/xxh3.h "$headers/"
  check aarch64 arm qemu-aarch64 "-O2" aarch64-linux-gnu-g++ -static \
    "-I$headers"
fi
[ -z "$failed" ] || { echo "another hash from:$failed"; exit 1; }

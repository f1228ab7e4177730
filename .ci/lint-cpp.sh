#!/usr/bin/env bash
# clang-format 14, whose idea of our .clang-format is the one that counts. `--fix` formats instead of complaining.
set -euo pipefail
cd "$(dirname "$0")/.."
mode=(--dry-run --Werror)
if [[ "${1:-}" == --fix ]]; then mode=(-i); fi
find native test bench \( -name '*.h' -o -name '*.cpp' -o -name '*.c' \) -print0 | xargs -0 clang-format-14 "${mode[@]}"

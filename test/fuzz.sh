#!/usr/bin/env bash
# Runs every fuzz target of the module for a while, one after the other.
set -euo pipefail
cd "$(dirname "$0")/.."
for_each=${1:-20s}
grep -rlE '^func Fuzz' --include='*_test.go' . | while read -r file; do
	package=./$(dirname "${file#./}")
	grep -oE '^func Fuzz[A-Za-z0-9]+' "$file" | awk '{print $2}' | while read -r target; do
		echo "fuzz: $package $target for $for_each"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$for_each" "$package"
	done
done

#!/usr/bin/env bash
# What the tests and the demo need besides Go: a C compiler for the race detector, and
# an Asterisk. Takes no time when both are there.
set -euo pipefail
cd "$(dirname "$0")"

if ! command -v cc >/dev/null && ! command -v gcc >/dev/null; then
	if [ "$(id -u)" != 0 ]; then
		echo "setup: the race detector needs a C compiler: sudo apt-get install gcc libc6-dev" >&2
		exit 1
	fi
	echo "setup: installing a C compiler for the race detector" >&2
	apt-get update -q >&2
	DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends gcc libc6-dev >&2
fi

asterisk/install.sh >/dev/null

#!/usr/bin/env bash
# Every test, in two runs of go test. Fails if one of them fails or was skipped: a test that
# did not run proves nothing. The last line says how many there were.
set -uo pipefail
cd "$(dirname "$0")/.."
go=${GO:-go}
good=true

run() { # NAME ARGUMENTS
	"$go" tool gotestsum --format pkgname --jsonfile "build/tests-$1.json" -- -count=1 -timeout 14m "${@:2}" || good=false
}

# Every test has databases of its own, and a commit waits for the disk. In memory it does not,
# and a database that is killed finds the same bytes again. 4 GiB are enough.
memory=/dev/shm
if [ -w "$memory" ] && [ "$(df --output=avail -BG "$memory" | tail -1 | tr -dc 0-9)" -ge 4 ]; then
	TMPDIR=$(mktemp -d "$memory/cccp-tests.XXXXXX")
	export TMPDIR
	trap 'rm -rf "$TMPDIR"' EXIT
fi

# ended counts the tests that ended in one way; a package without tests is none.
ended() { cat build/tests-*.json | grep "\"Action\":\"$1\"" | grep -c '"Test":"'; }

mkdir -p build
rm -f build/tests-*.json
run rooms -race -p 2 -parallel 4 $("$go" list ./... | grep -Ev '/test/(e2e|ear|house)$')
# Recognising speech takes the race detector many times as long, and callers do not wait: so
# the ears, and the calls through the real Asterisk, come without it. The rooms those go
# through were tested with it.
run ears -p 1 ./test/ear ./test/house
# Real calls want the machine to themselves, and wait most of the time, so several at once
# do no harm.
run calls -parallel 16 ./test/e2e

skipped=$(ended skip)
echo "tests: $(ended pass) passed, $(ended fail) failed, $skipped skipped"
$good && [ "$skipped" = 0 ]

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

# ended counts the tests that ended in one way; a package without tests is none.
ended() { cat build/tests-*.json | grep "\"Action\":\"$1\"" | grep -c '"Test":"'; }

mkdir -p build
rm -f build/tests-*.json
# One package after the other: real calls want the machine to themselves, and wait most of
# the time, so several at once do no harm.
run rooms -race -p 1 -parallel 4 $("$go" list ./... | grep -v '/test/e2e$')
# The calls through the real Asterisk come last and without the race detector, which the
# rooms they go through were tested with: recognising speech takes it many times as long,
# and callers do not wait.
run calls -parallel 16 ./test/e2e

skipped=$(ended skip)
echo "tests: $(ended pass) passed, $(ended fail) failed, $skipped skipped"
$good && [ "$skipped" = 0 ]

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
run rooms -race -p 1 -parallel 4 $("$go" list ./... | grep -Ev '/test/(e2e|ear|house)$')
# Recognising speech takes the race detector many times as long, and callers do not wait: so
# the ears, and the calls through the real Asterisk, come without it. The rooms those go
# through were tested with it.
run ears -p 1 ./test/ear ./test/house
run calls -parallel 16 ./test/e2e

skipped=$(ended skip)
echo "tests: $(ended pass) passed, $(ended fail) failed, $skipped skipped"
$good && [ "$skipped" = 0 ]

# The two commands of the README are demo and test; both do their own set-up.
GO ?= go

.PHONY: demo test run bench build prompts lint fuzz setup

demo: setup ## real phones call through a real Asterisk, and pay for it
	$(GO) run ./test/demo

# One package after the other: real calls want the machine to themselves, and wait most of
# the time, so several at once do no harm.
# The calls through the real Asterisk come last and without the race detector, which the
# rooms they go through were tested with: recognising speech takes it many times as long,
# and callers do not wait.
test: setup ## every test, the ones against the real Asterisk included
	$(GO) run ./test/count \
		-race -count=1 -p 1 -parallel 4 -timeout 14m $$($(GO) list ./... | grep -v /test/e2e$$) -- \
		-count=1 -parallel 4 -timeout 14m ./test/e2e

run: setup ## the demo's system in the foreground until Ctrl-C
	$(GO) run ./test/run

bench: setup ## what it costs and how fast it is, beside what it is measured against
	$(GO) run ./test/bench -json build/bench.json

build: ## bin/ccd and bin/ccctl
	$(GO) build -trimpath -o bin/ ./cmd/ccd ./cmd/ccctl

prompts: ## all that is said to callers, in every language, rendered into build/prompts
	$(GO) run ./prompts/build -out build/prompts

lint:
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	test -z "$$(gofmt -l .)"

FUZZ_FOR ?= 20s
fuzz: ## every fuzz target for FUZZ_FOR
	./test/fuzz.sh $(FUZZ_FOR)

setup:
	@./test/setup.sh

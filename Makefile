# The two commands of the README are demo and test; both do their own set-up.
GO ?= go

.PHONY: demo test run bench build prompts lint fuzz setup

demo: setup ## real phones call through a real Asterisk, and pay for it
	$(GO) run ./test/demo

test: setup ## every test, the ones against the real Asterisk included
	GO="$(GO)" ./test/all.sh

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

# Everything that one does with this repository. The scripts in scripts/ do the work.

SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
# Go asks git for the commit, and fails where a clone belongs to somebody else.
COMMIT := $(shell git rev-parse HEAD >/dev/null 2>&1 && echo auto || echo false)

.PHONY: help
help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: build ## Build and start a demonstration on SQLite, in ./tmp
	@mkdir -p tmp
	@cd tmp && exec ../bin/rollcall serve --demo

.PHONY: trial
trial: ## Start gateway, PostgreSQL, LDAP, OIDC and mail with Docker
	@scripts/trial

.PHONY: build
build: ## Build bin/rollcall, one static binary
	@CGO_ENABLED=0 go build -trimpath -buildvcs=$(COMMIT) -ldflags '-s -w -X main.version=$(VERSION)' -o bin/rollcall ./cmd/rollcall

.PHONY: test
test: ## Check everything, as CI does: form, lint, tests on both databases, fuzzing
	@scripts/setup
	@scripts/with-postgres --volatile scripts/check

.PHONY: lint
lint: bin/golangci-lint ## Lint, imports between packages included
	@bin/golangci-lint run

.PHONY: fmt
fmt: bin/golangci-lint ## Format every Go file
	@bin/golangci-lint fmt

.PHONY: fuzz
fuzz: ## Fuzz each target for a minute
	@scripts/fuzz 1m

.PHONY: bench
bench: ## Measure on both databases, floors included
	@scripts/setup
	@scripts/with-postgres go test -run '^$$' -bench . -benchmem -timeout 2h ./...

.PHONY: clean
clean: ## Remove what was built and the demonstration's data
	@rm -rf bin tmp

# The linter has a module of its own, so that its requirements do not become ours.
bin/golangci-lint: tools/go.mod tools/go.sum
	@echo "building golangci-lint; the first time takes minutes"
	@go build -C tools -buildvcs=false -o ../bin/golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	@touch $@

.PHONY: generate
generate: bin/templ ## Make Go of the console's markup
	@bin/templ generate -path console -log-level warn

bin/templ: tools/go.mod tools/go.sum
	@go build -C tools -buildvcs=false -o ../bin/templ github.com/a-h/templ/cmd/templ
	@touch $@

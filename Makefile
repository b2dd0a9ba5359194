# Two commands are all a fresh machine needs: `make demo` and `make test`. Each installs what it lacks.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
DEMO := build/demo

.PHONY: demo demo-live demo-replay eval-nano test test-ray test-long bench screenshots lint types engine clean help
.DEFAULT_GOAL := help

help: ## what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 13

NANO := $(wildcard model_runtime/nano/checkpoint/model.safetensors)

demo: $(if $(NANO),demo-live,demo-replay) ## a model that runs here fixes a bug it has never seen, in a sandbox (SEED=N: the same again)

demo-live: $(VENV)/installed engine
	@$(BIN)/python demo/live.py $(DEMO)-live $(if $(SEED),--seed $(SEED))

demo-replay: $(VENV)/installed engine ## a recorded session fixes a real bug of a real package (MIMOSA_BASE_URL: that model does)
	@$(BIN)/python demo/fetch.py $(DEMO)
	@$(BIN)/python demo/run.py $(DEMO)

# Most tests wait for an engine, a server or a screen: three processes of them fill two cores. Each gets more time then.
TEST_PROCESSES ?= 3

test: $(VENV)/installed-dev engine browser sshd tmux ## lint, types and all tests, the Docker ones included (TEST_PROCESSES=1: one by one)
	$(MAKE) --no-print-directory lint types
	$(BIN)/pytest -n $(TEST_PROCESSES) --dist loadfile --timeout 180

.PHONY: test-sglang
test-sglang: $(VENV)/installed-dev ## the real SGLang 0.5.23 on this machine's CPU: needs 4 GB of disk, once, and minutes
	@$(BIN)/python tests/real_sglang/environment.py >/dev/null
	$(BIN)/pytest -m sglang tests/real_sglang

.PHONY: test-gpu
test-gpu: ## the tiny MiMo-V2-Flash on a GPU, measured into docs/benchmarks-gpu.md (SERVE_PYTHON=a Python with SGLang)
	@$(PYTHON) tests/real_sglang/gpu_here.py >/dev/null
	@$(MAKE) --no-print-directory $(VENV)/installed-dev
	@$(BIN)/python tests/real_sglang/gpu_run.py $(if $(SERVE_PYTHON),--python $(SERVE_PYTHON))

test-ray: $(VENV)/installed-dev ## eval runs on a Ray cluster of two nodes (installs Ray, 284 MB)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev,ray]'
	$(BIN)/pytest tests/evals/test_run_cluster.py

test-long: $(VENV)/installed-dev engine ## what takes many minutes: 200 instances, killed twenty times
	$(BIN)/pytest -m long

lint: $(VENV)/installed-dev ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/installed-dev ## mypy, strict
	$(BIN)/mypy

bench: $(VENV)/installed-dev engine ## measure, and write docs/benchmarks.md (MINI=a Python with mini-swe-agent)
	$(BIN)/python tests/benchmarks/run.py $(if $(MINI),--mini $(MINI))

.PHONY: bench-hours
bench-hours: $(VENV)/installed-dev engine ## a chat kept busy by the clock: its memory and its echo, into docs/benchmarks.md (MINUTES=115)
	$(BIN)/python tests/benchmarks/two_hours.py --update $(if $(MINUTES),--minutes $(MINUTES))

HELD_OUT ?= evals/lessons/heldout.jsonl
eval-nano: $(VENV)/installed-dev engine ## what mimosa-nano solves of the bugs kept from its training, by kind (HELD_OUT=ROWS)
	$(BIN)/mimosa eval run $(HELD_OUT) --model nano --steps 40 $(EVAL_FLAGS)
	@$(BIN)/mimosa eval report last --md

LESSONS := build/nano/lessons
TRAIN_NANO = $(BIN)/python -m model_runtime.nano.train $(LESSONS)/sessions.jsonl --repairs $(LESSONS)/repairs.jsonl \
	--head $(LESSONS)/head.json --unseen $(LESSONS)/unseen.jsonl --bfloat16 $(if $(shell command -v g++),--compile)
.PHONY: train-nano
train-nano: $(VENV)/installed-dev engine ## weights for mimosa-nano from seeds, into build/nano/checkpoint: two hours on two cores
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev,train]'
	@mkdir -p $(LESSONS)
	$(BIN)/python -m evals.lessons --count 6000 --seed 4100000 --out $(LESSONS)/sessions.jsonl --head $(LESSONS)/head.json
	$(BIN)/python -m evals.lessons --count 24000 --seed 7000000 --repairs --out $(LESSONS)/repairs.jsonl
	$(BIN)/python -m evals.lessons --count 200 --seed 900000 --held-out --out $(LESSONS)/unseen.jsonl
	$(TRAIN_NANO) --out build/nano/first --steps 1250 --cut 0.2
	$(TRAIN_NANO) --begin-with build/nano/first/checkpoint --out build/nano --average --seed 2 --steps 300 --tokens 4608 \
		--drafts-from 0 --muon-rate 0.007 --adam-rate 0.0015 --rest 0.03 --drilled 0.05 --cut 0.1 --decisive 6

screenshots: $(VENV)/installed-dev engine ## draw the pictures of docs/chat.md from a real chat
	$(BIN)/python tests/chat/screenshots.py

engine: $(VENV)/installed ## see to a Docker engine and the sandbox's base image
	@$(BIN)/python -m sandbox.images.engine
	@$(BIN)/python -m sandbox.images.base_image

# $(call for_tests,PROGRAM,TESTS): Debian's package of that name, where the program is missing.
for_tests = command -v $(1) >/dev/null || { \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qqy --no-install-recommends $(1) >/dev/null; \
	else echo "no $(1): $(2) will be skipped (apt-get install $(1))"; fi; }

.PHONY: browser
browser: # the session viewer is tested in a real browser
	@$(call for_tests,chromium,the tests of the session viewer)

.PHONY: sshd
sshd: # a dropped connection is tested over a real one; the one that is installed for it is not started
	@[ -x /usr/sbin/sshd ] || command -v sshd >/dev/null || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			mkdir -p /etc/ssh && touch /etc/ssh/sshd_not_to_be_run && \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qqy --no-install-recommends openssh-server >/dev/null && \
			echo "openssh-server was installed for the tests; /etc/ssh/sshd_not_to_be_run keeps it from being started"; \
		else echo "no sshd: the tests over ssh will be skipped (apt-get install openssh-server)"; fi; }

.PHONY: tmux
tmux: # the chat is tested in a real one, which breaks lines anew when it is resized
	@$(call for_tests,tmux,the tests of the chat in it)

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Mimosa needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3"; exit 2; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qqy python3-venv >/dev/null; \
		else echo "Python's venv module is missing: apt-get install python3-venv"; exit 2; fi; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml | $(BIN)/pip
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/installed-dev: pyproject.toml | $(BIN)/pip
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/installed

clean: ## remove what was built here; images and sessions stay
	rm -rf $(VENV) build .mypy_cache .pytest_cache .ruff_cache .hypothesis

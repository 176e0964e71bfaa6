# Everything a developer types. `make` alone lists it. The virtual environment makes itself.

VENV := .venv
BIN := $(VENV)/bin
HAS_PIP := $(BIN)/python -m pip --version >/dev/null 2>&1
READY := $(VENV)/requirements-are-installed
PYTHON ?= $(shell for python in python3 python3.11 python3.12 python3.13 python3.14; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
# Demo and tests talk to this machine alone; a proxy from the environment would be asked for loopback addresses, too.
DIRECT := env -u HTTP_PROXY -u HTTPS_PROXY -u ALL_PROXY -u http_proxy -u https_proxy -u all_proxy
CODE := app.py doctor.py bot handlers jobs playground tests $(if $(wildcard benchmarks/*.py),benchmarks)
COMPILE := CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --allow-unsafe --generate-hashes --strip-extras \
	--no-emit-find-links --no-emit-index-url --no-emit-trusted-host

.DEFAULT_GOAL := help
.PHONY: help demo test kill fuzz check format golden bench soak backtest synthetic telling screenshots run agent lock venv

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: $(READY) ## the whole bot in a page of your browser, on a simulated cluster: no account, no token
	@$(DIRECT) $(BIN)/python -m playground.demo $(ARGS)

screenshots: $(READY) ## take the pictures of README and docs anew (needs Chromium)
	@$(DIRECT) $(BIN)/python -m playground.screenshots $(ARGS)

test: $(READY) ## all tests; those on a real Nomad run when there is one (see `make agent`)
	@$(DIRECT) $(BIN)/python -m pytest --numprocesses=auto --dist=loadgroup $(ARGS)

fuzz: $(READY) ## try new bad input for 10 minutes, or as long as ARGS="--fuzz-minutes=60" says
	@$(DIRECT) $(BIN)/python -m pytest tests/fuzz --hypothesis-profile=long --timeout=0 --fuzz-minutes=10 $(ARGS)

kill: $(READY) ## kill the bot at every step and 1,000 times at random, and write docs/kill-test.md (half an hour)
	@$(DIRECT) $(BIN)/python -m tests.kill.run $(ARGS)

check: $(READY) ## lint, format, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports

format: $(READY) ## format the code and mend what can be mended mechanically
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

golden: $(READY) ## rewrite the golden files; the difference is yours to review
	@$(DIRECT) $(BIN)/python -m pytest --golden $(or $(ARGS),tests/views)

bench: $(READY) ## measure everything but a day's memory, and write docs/performance.md (needs a real Nomad; 10 minutes)
	@$(DIRECT) $(BIN)/python -m benchmarks.list_deployments
	@$(DIRECT) $(BIN)/python -m benchmarks.acks
	@$(DIRECT) $(BIN)/python -m benchmarks.hanging
	@$(DIRECT) $(BIN)/python -m benchmarks.deploying
	@$(DIRECT) $(BIN)/python -m benchmarks.measuring
	@$(DIRECT) $(BIN)/python -m benchmarks.start
	@$(DIRECT) $(BIN)/python -m benchmarks.memory
	@$(DIRECT) $(BIN)/python -m benchmarks.growth
	@$(DIRECT) $(BIN)/python -m benchmarks.time_lapse

soak: $(READY) ## let 500 people use the bot for a simulated day, and write its memory into docs/performance.md (5 minutes)
	@$(DIRECT) $(BIN)/python -m benchmarks.soak

backtest: $(READY) ## replay a recorded trace of GPU use: TRACE=file.csv[.gz] WINDOWS="4 6 8 12 20"
	@$(BIN)/python -m benchmarks.backtest $(if $(WINDOWS),--windows "$(WINDOWS)") $(ARGS) $(or $(TRACE),$(error Name a trace: make backtest TRACE=file.csv.gz))

synthetic: $(READY) ## judge invented lives with known truth, 10,000 days of work (15 minutes): ARGS="--seed=5 --write"
	@$(BIN)/python -m benchmarks.synthetic $(ARGS)

telling: $(READY) ## tell invented owners for weeks while everything fails, and count what must not be (5 minutes)
	@$(BIN)/python -m benchmarks.telling $(ARGS)

run: $(READY) ## run the bot with the settings of the environment and .env
	@$(BIN)/python app.py

agent: $(READY) ## build a real Nomad for the tests (needs Go 1.25 or newer; minutes the first time)
	@$(BIN)/python tests/agent/build.py

lock: $(READY) ## pin the newest allowed versions in requirements.txt and requirements-dev.txt
	$(COMPILE) --upgrade --output-file=requirements.txt requirements.in
	$(COMPILE) --upgrade --output-file=requirements-dev.txt requirements-dev.in

venv: $(READY) ## make the virtual environment and nothing else

$(READY): requirements.txt requirements-dev.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed. Install it, or name one: make PYTHON=/path/to/python3"; exit 1; }
	@$(HAS_PIP) || $(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
		echo "$(PYTHON) cannot make virtual environments: its module ensurepip is missing."; \
		echo "On Debian and Ubuntu: apt-get install python3-venv. Then run make again."; exit 1; }
	@$(HAS_PIP) || { echo "Making $(VENV) with $$($(PYTHON) --version) ..."; $(PYTHON) -m venv --clear $(VENV); }
	@echo "Installing what requirements-dev.txt pins ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

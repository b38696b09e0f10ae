# Everything installed lives in .venv; `make demo` and `make test` need nothing set up before.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: install demo serve test check format lint contracts types drift bench lock clean

install: $(READY)

# uv itself is taken from the lock too, hash-checked by pip, and then installs the rest.
$(READY): requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	sed -n '/^uv==/,/^[^ ]/{/^uv==/p;/^ .*--hash/p;}' requirements.lock > .venv/uv.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .venv/uv.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	touch $(READY)

demo: $(READY)
	$(BIN)/tributary demo

serve: $(READY)
	$(BIN)/tributary up

# A process for each core, with a cluster of its own; more than four gain nothing over the longest test.
test: $(READY)
	$(BIN)/pytest -q -n auto --maxprocesses 4 --dist worksteal

check: format lint contracts types drift test

format: $(READY)
	$(BIN)/ruff format --check .

lint: $(READY)
	$(BIN)/ruff check .

contracts: $(READY)
	$(BIN)/lint-imports

types: $(READY)
	$(BIN)/mypy

# Tables against migrations, and the application against openapi/openapi.json.
drift: $(READY)
	$(BIN)/python -m domain.migrations.check
	$(BIN)/python -m app.openapi --check

bench: $(READY)
	for script in tests/benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

lock: $(READY)
	$(BIN)/uv pip compile --universal --generate-hashes --no-header --no-emit-index-url --upgrade --extra dev \
	  pyproject.toml -o requirements.lock

clean:
	rm -rf .venv .data .mypy_cache .ruff_cache .pytest_cache .hypothesis

# `make demo` and `make test` set everything up by themselves: see scripts/setup_env.py.

PYTHON ?= python3
BIN := .venv/bin

# A UTF-8 locale where there is none at all, as in a bare container.
ifeq ($(LC_ALL)$(LC_CTYPE)$(LANG),)
export LC_ALL := C.UTF-8
endif
export QT_API := pyqt6
export NO_MKDOCS_2_WARNING := 1
export PYTHONNOUSERSITE := 1
unexport PYTHONPATH PYTHONHOME

# Linux without X11 and Wayland gets a virtual display.
ifeq ($(shell uname)$(DISPLAY)$(WAYLAND_DISPLAY),Linux)
ON_DISPLAY := xvfb-run -a -s "-screen 0 1600x1000x24"
endif

.NOTPARALLEL:
.PHONY: setup demo test lint types docs docs-serve unit thorough fuzz guests format pictures constraints guest-pins clean

demo: setup
	$(BIN)/cellbench demo

# The quick checks first.
test: lint types docs unit

setup:
	$(PYTHON) scripts/setup_env.py

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/npe2 validate napari_cellbench

types: setup
	$(BIN)/mypy

docs: setup
	$(BIN)/mkdocs build --strict --quiet

docs-serve: setup
	$(BIN)/mkdocs serve

unit: setup
	$(BIN)/python scripts/run_tests.py $(PYTEST_ARGS)

# Properties only, at random, with ten times as many examples; what it finds is kept in .hypothesis.
thorough: setup
	$(BIN)/python scripts/run_tests.py -m hypothesis --hypothesis-profile=thorough --timeout=0 \
		$(PYTEST_ARGS)

# Damages files at random and reads them; what breaks goes into tests/corpus, which `unit` replays.
fuzz: export OPENBLAS_NUM_THREADS := 1
fuzz: setup
	$(BIN)/python scripts/fuzz.py $(FUZZ_ARGS)

# The guests' environments (30 GB in all, which share files), and whether each gives what its own
# package gives. Without them `unit` skips these tests, and says so.
GUESTS ?= cellpose3 instanseg omnipose samcell micro_sam
guests: export CELLBENCH_CACHE := $(CURDIR)/.guests
guests: export CELLBENCH_GUESTS := $(CURDIR)/.guests
guests: setup
	$(BIN)/cellbench environments create $(GUESTS)
	$(BIN)/python -m pytest tests/methods/guests

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

pictures: setup  ## the windows that README and docs show
	$(BIN)/cellbench demo --headless --overwrite --output demo_output
	cp demo_output/demo.png docs/images/demo.png
	$(ON_DISPLAY) $(BIN)/python scripts/make_compare_picture.py
	$(ON_DISPLAY) $(BIN)/python scripts/make_score_picture.py
	$(ON_DISPLAY) $(BIN)/python scripts/make_adjust_picture.py
	$(ON_DISPLAY) $(BIN)/python scripts/make_correct_picture.py
	$(ON_DISPLAY) $(BIN)/python scripts/make_first_minute.py
	$(ON_DISPLAY) $(BIN)/python scripts/make_panel_pictures.py
	$(ON_DISPLAY) $(BIN)/python scripts/make_example_pictures.py
	$(BIN)/python scripts/make_terminal_pictures.py

# Keeps the versions that are pinned; UPGRADE=--upgrade takes the newest that go together.
constraints: setup
	$(BIN)/uv pip compile pyproject.toml --output-file constraints.txt --quiet --universal \
		--all-extras --group dev --no-emit-package napari-cellbench --no-annotate \
		--custom-compile-command "make constraints" $(UPGRADE)

# The versions of all that the guests' packages need; UPGRADE=--upgrade takes the newest.
guest-pins: setup
	$(BIN)/python scripts/pin_guests.py $(UPGRADE)

clean:
	rm -rf .venv site build dist

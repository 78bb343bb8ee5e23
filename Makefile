# The front door. Everything it does is one cmake, ctest or tools/ command that can be typed by hand.
BUILD  ?= build/release
PREFIX ?= /usr/local
JOBS   ?= $(shell nproc)

.DEFAULT_GOAL := build
.PHONY: help build study test openvino onnxruntime check format-check format layers sanitize asan tsan tidy install clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build the program, build/release/deepgap, installing what is missing first
	@tools/install_dependencies.sh
	@tools/fetch_openvino.sh || echo "make: building without OpenVINO; 'make openvino' shows why" >&2
	@tools/fetch_onnxruntime.sh || echo "make: building without ONNX Runtime; 'make onnxruntime' shows why" >&2
	@! command -v nvcc > /dev/null || tools/fetch_cudnn_frontend.sh || \
	  echo "make: building without the cudnn engine; tools/fetch_cudnn_frontend.sh shows why" >&2
	@cmake --preset release -B $(BUILD) -Wno-dev --log-level=WARNING
	@cmake --build $(BUILD) --parallel $(JOBS) --target program

study: build ## measure this machine's CPU in five minutes; run again to resume
	@mkdir -p results
	$(BUILD)/deepgap run studies/quick.toml -o results/quick.db

test: build ## build and run all tests that need no GPU
	@cmake --build $(BUILD) --parallel $(JOBS)
	@ctest --test-dir $(BUILD) --output-on-failure --no-tests=error --parallel 2 --label-exclude gpu

openvino: ## fetch the OpenVINO runtime into .deps/
	@tools/install_dependencies.sh
	@tools/fetch_openvino.sh

onnxruntime: ## fetch the ONNX Runtime library and header into .deps/
	@tools/install_dependencies.sh
	@tools/fetch_onnxruntime.sh

check: format-check layers sanitize tidy ## format, layers, sanitizers, clang-tidy: what CI does besides the tests

format-check: ## is every file as clang-format leaves it?
	@tools/install_dependencies.sh --check
	@tools/check_format.sh

format: ## format every file
	@tools/check_format.sh --fix

layers: ## does every include keep to tools/layers.txt?
	@tools/check_layers.py --selftest
	@tools/check_layers.py

sanitize: asan tsan ## unit tests under AddressSanitizer + UBSan, then under ThreadSanitizer

asan tsan:
	@tools/install_dependencies.sh
	@tools/run_sanitized.sh $@ $(JOBS)

tidy: build ## clang-tidy on the project's sources
	@tools/install_dependencies.sh --check
	@tools/run_tidy.sh $(BUILD) $(JOBS)

install: build ## install the program, its engines and data under PREFIX
	@cmake --install $(BUILD) --prefix $(PREFIX)

clean: ## remove everything that was built, but not .deps/ or results/
	@rm -rf build

# One door for people and for CI: everything is a target here.
.DEFAULT_GOAL := help
.PHONY: help run test test-long test-asan test-tsan build dist examples example-cpp example-go example-rust cross-arm64 docs bench image lint format fuzz clean

WWS := build/release/wws
# The port of `make run`. Empty: 8080, or the next free one.
PORT ?=
# What `make dist` packs, and the suites that it passes as the release build does.
DIST_WWS = $(firstword $(wildcard build/static/package/*/wws))
DIST_SUITES := run_cases streaming module_cache log_output public_folder kv kv_redis fetch examples mounts hardening
TSAN_TESTS := wws_base_test wws_link_test wws_fetch_test wws_folders_test wws_egress_test wws_http_test wws_kv_test wws_config_test wws_router_test wws_assets_test wws_store_test wws_supervisor_test

# Those that need no system call which QEMU does not know. Those left out read what a dying process says, to which QEMU
# adds a line of its own.
CROSS_TESTS := wws_base_test wws_http_test wws_fetch_test wws_config_test wws_router_test wws_assets_test
CROSS_LEFT_OUT := *Long*:BufferedStreams.WriteWhatTheyHoldWhenTheProcessDies:BufferedStreams.AnotherSinkHasItsLastWordsToo

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: ## Set up, build, and serve the examples (the first time about 10 minutes; then seconds)
	@scripts/setup examples
	@$(MAKE) --no-print-directory $(WWS)
	@scripts/build_examples
	@port=$(PORT); port=$${port:-$$(scripts/free_port 8080)}; \
	  echo "Open http://127.0.0.1:$$port/  (Ctrl-C stops)"; \
	  exec $(WWS) --port $$port examples/dist

build: ## Build the server: build/release/wws
	@scripts/setup server
	@$(MAKE) --no-print-directory $(WWS)

.PHONY: $(WWS)
$(WWS):
	@mkdir -p build
	@[ -f $@ ] || echo "building the server: about 3 minutes on two cores, and 6 more the first time for this user"
	@scripts/with_cargo cmake --preset release >build/configure.log 2>&1 || { cat build/configure.log; exit 1; }
	@scripts/with_cargo cmake --build --preset release --target wws

test: ## Set up what tests need, build, and run them all
	@scripts/setup tests
	@$(MAKE) --no-print-directory $(WWS)
	@scripts/with_cargo cmake --build --preset release
	@scripts/build_examples
	@tests/guests/build
	@kits/build
	@kits/test --build || true  # ctest tells of it again
	@tests/new_project.py --wws $(WWS) --build || true
	@tests/linearizability/build >/dev/null || true
	@ctest --test-dir build/release --output-on-failure -j2

test-asan: ## The whole suite with AddressSanitizer and UndefinedBehaviorSanitizer
	@scripts/setup tests
	@scripts/with_cargo cmake --preset asan >/dev/null
	@scripts/with_cargo cmake --build --preset asan
	@scripts/build_examples
	@tests/guests/build
	@kits/build
	@kits/test --build || true  # ctest tells of it again
	@tests/new_project.py --wws build/asan/wws --build || true
	@tests/linearizability/build >/dev/null || true
	@ASAN_OPTIONS=detect_stack_use_after_return=0 ctest --test-dir build/asan --output-on-failure -j2

test-tsan: ## ThreadSanitizer, for what does not enter a guest
	@scripts/setup tests
	@scripts/with_cargo cmake --preset tsan >/dev/null
	@scripts/with_cargo cmake --build --preset tsan --target $(TSAN_TESTS)
	@for test in $(TSAN_TESTS); do build/tsan/$$test --gtest_brief=1 --gtest_filter='-*Long*' || exit 1; done

test-long: ## Checks that take longer: a million runs under compaction and pressure, a thousand killed writers, 10,000 flipped bits, every system call failed, 1,000 kills of the server and of its store, machines behind a balancer killed under load, a million concurrent operations checked one by one, 100,000 requests of scripts, 1 GiB through each kit, packages in clean systems, the release
	@$(MAKE) --no-print-directory test
	@build/release/wws_wasm_test --gtest_filter='*Long*'
	@build/release/wws_kv_test --gtest_filter='*Long*'
	@build/release/tests/wws_native_sequences_test --gtest_filter='*Long*'
	@tests/kv.py --wws $(WWS) --requests 640000 --cycles 1000
	@tests/kv_redis.py --wws $(WWS) --requests 640000
	@tests/cluster.py --wws $(WWS) --requests 40000 --rounds 5 || [ $$? -eq 77 ]
	@tests/linearizability.py --wws $(WWS) --operations 1000000
	@tests/javascript.py --wws $(WWS) --requests 100000
	@tests/hostile.py --wws $(WWS) --long
	@tests/fault_sweep.py --wws $(WWS) --wat-guests build/release/guests/wat --all
	@for kit in c cpp go rust zig; do \
	  kits/conformance/streams.py --wws $(WWS) --guests build/kits/$$kit --mebibytes 1024 a_large_body_passes_through_in_little_memory || exit 1; \
	done
	@scripts/setup_deploy
	@tests/packaging/kubernetes.py --wws $(WWS) --rendered
	@scripts/setup_roots
	@tests/packaging/install.py --all
	@tests/packaging/kits.py --rust
	@scripts/setup browser
	@tests/packaging/site_browser.py --wws $(WWS)
	@tests/packaging/live_browser.py --wws $(WWS)
	@tests/packaging/panel_browser.py --wws $(WWS)
	@$(MAKE) --no-print-directory test-dist
	@tests/packaging/deb.py --stage $(dir $(DIST_WWS)) || [ $$? -eq 77 ]
	@tests/packaging/install_roots || [ $$? -eq 77 ]
	@tests/packaging/image.py || [ $$? -eq 77 ]

.PHONY: test-dist
test-dist: dist
	@tests/packaging/archive
	@tests/packaging/binary --wws $(DIST_WWS) --build build/static
	@for suite in $(DIST_SUITES); do echo $$suite; tests/$$suite.py --wws $(DIST_WWS) || exit 1; done
	@tests/packaging/reproducible --work build/reproducible

dist: ## Make the release folder build/dist: archive, Debian package, bill of materials, checksums, debug symbols
	@scripts/make_dist

cross-arm64: ## Compile everything for arm64 by Debian's cross compiler, and run the unit tests that run under QEMU
	@scripts/setup cross
	@scripts/make_arm64_root
	@cmake --preset arm64 >/dev/null
	@cmake --build --preset arm64 --target wws $(CROSS_TESTS)
	@for test in $(CROSS_TESTS); do qemu-aarch64-static build/arm64/$$test --gtest_brief=1 --gtest_filter='-$(CROSS_LEFT_OUT)' || exit 1; done
	@qemu-aarch64-static build/arm64/wws version --verbose

examples: ## Build the examples into examples/dist
	@scripts/setup examples
	@scripts/build_examples

example-cpp example-go example-rust: ## One example more, with what its language needs
	@scripts/setup $@
	@scripts/build_examples

docs: ## Build the documentation site into build/site
	@scripts/setup docs
	@scripts/make_site
	@echo "build/site/index.html"

bench: ## Compare with nginx, workerd and wasmtime serve (bench/setup gets them)
	@$(MAKE) --no-print-directory build
	@bench/build_workers
	@bench/compare

image: ## Build the container image, from source, with Docker or (WWS_ENGINE=podman) Podman: wws
	@packaging/build_image --tag wws

lint: ## Check format and clang-tidy (clang 19), clippy where it is installed, shellcheck, workflows (scripts/setup_linters)
	@scripts/lint

format: ## Format the C++ sources (clang-format 19)
	@clang-format-19 -i $$(git ls-files 'src/*.h' 'src/*.cc' 'fuzz/*.cc' 'bench/*.cc')

fuzz: ## Build the fuzz targets for libFuzzer into build/fuzz (clang 19)
	@cmake --preset fuzz -DCMAKE_C_COMPILER=clang-19 -DCMAKE_CXX_COMPILER=clang++-19 >/dev/null
	@cmake --build --preset fuzz --target http_head_fuzz json_output_fuzz cgi_output_fuzz module_outline_fuzz crypto_fuzz

clean: ## Remove what was built here; the caches in ~/.cache/wws-build stay
	rm -rf build examples/dist

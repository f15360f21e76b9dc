# Every target does its own set-up, which is scripts/set-up.sh; done once, it costs a blink.
BIN := .venv/bin
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard survey/translations/*/LC_MESSAGES/*.po))
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-header $(ARGS)
MAKEFLAGS += --no-print-directory
export GOAL := $(or $(firstword $(MAKECMDGOALS)),demo)# what a message tells people to type again

.DELETE_ON_ERROR:
.PHONY: help demo serve test check lock screenshots webkit bench \
	release-check set-up set-up-tests browser machines

help: ## danh sách này · this list
	@awk -F ': .*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile

demo: set-up $(CATALOGUES) ## chạy thử với dữ liệu mẫu · try it out on demo data
	@$(BIN)/flask --app survey demo $(ARGS)

serve: set-up $(CATALOGUES) ## chạy thật trên instance/ · the real server, on instance/
	@$(BIN)/flask --app survey serve $(ARGS)

test: browser machines $(CATALOGUES) ## mọi kiểm thử, cả trình duyệt · all tests, in the browser too
	@$(BIN)/pytest $(ARGS)

screenshots: browser $(CATALOGUES) ## ảnh của mọi trang điện thoại · pictures of the pages
	@$(BIN)/pytest tests/browser/screenshots.py $(ARGS)

webkit: set-up-tests $(CATALOGUES) ## trang điện thoại trên WebKit · the page in an iPhone's engine
	@lacks=; \
	command -v WebKitWebDriver >/dev/null || lacks=webkit2gtk-driver; \
	command -v Xvfb >/dev/null || lacks="$$lacks xvfb"; \
	[ -z "$$lacks" ] || sh scripts/debian.sh $$lacks
	@$(BIN)/pytest tests/browser/webkit.py $(ARGS)

bench: set-up $(CATALOGUES) ## đo sức chịu tải, ba phút · measure what this machine bears
	@$(BIN)/python -m bench storm $(ARGS)
	@$(BIN)/python -m bench hall

# The bound is the program's own: three hours in all.
release-check: browser machines $(CATALOGUES) ## các cam kết, cỡ bản phát hành · prove the promises at full size
	@$(BIN)/python -m tests.promises.release --write $(ARGS)

check: set-up-tests ## kiểm tra mã nguồn · lint and types
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/djlint survey/templates --lint --quiet

lock: set-up ## ghim lại thư viện · pin the libraries anew (ARGS=--upgrade)
	@$(BIN)/pip install --quiet uv==0.13.9
	@$(COMPILE) --output-file requirements.lock requirements.txt
	@$(COMPILE) --output-file tests/requirements.lock --constraint requirements.lock tests/requirements.txt

set-up:
	@sh scripts/set-up.sh requirements.lock

set-up-tests: set-up
	@sh scripts/set-up.sh tests/requirements.lock

# A bare Debian lacks the browser, a library which the program that drives it is linked to, and the
# compiler for the library that stands in for a disk.
browser: set-up-tests
	@lacks=; \
	command -v chromium >/dev/null || lacks=chromium; \
	command -v cc >/dev/null || lacks="$$lacks gcc libc6-dev"; \
	.venv/lib/python*/site-packages/playwright/driver/node --version >/dev/null 2>&1 || \
		lacks="$$lacks libatomic1"; \
	[ -z "$$lacks" ] || sh scripts/debian.sh $$lacks

# What stands for several machines: networks of their own, a proxy, its certificate.
machines: set-up-tests
	@lacks=; PATH=$$PATH:/usr/sbin:/sbin; \
	for need in nginx:nginx ip:iproute2 openssl:openssl; do \
		command -v $${need%%:*} >/dev/null || lacks="$$lacks $${need##*:}"; done; \
	[ -z "$$lacks" ] || sh scripts/debian.sh $$lacks

$(CATALOGUES): %.mo: %.po | set-up
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@

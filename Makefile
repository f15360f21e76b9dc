# Every target does its own set-up, which is scripts/set-up.sh; done once, it costs a blink.
BIN := .venv/bin
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard survey/translations/*/LC_MESSAGES/*.po))
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-header $(ARGS)
MAKEFLAGS += --no-print-directory
export GOAL := $(or $(firstword $(MAKECMDGOALS)),demo)# what a message tells people to type again

.DELETE_ON_ERROR:
.PHONY: help demo serve test check lock screenshots bench set-up set-up-tests browser

help: ## danh sách này · this list
	@awk -F ': .*## ' '/^[a-z]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

demo: set-up $(CATALOGUES) ## chạy thử với dữ liệu mẫu · try it out on demo data
	@$(BIN)/flask --app survey demo $(ARGS)

serve: set-up $(CATALOGUES) ## chạy thật trên instance/ · the real server, on instance/
	@$(BIN)/flask --app survey serve $(ARGS)

test: browser $(CATALOGUES) ## mọi kiểm thử, cả trình duyệt · all tests, in the browser too
	@$(BIN)/pytest $(ARGS)

screenshots: browser $(CATALOGUES) ## ảnh của mọi trang điện thoại · pictures of the pages
	@$(BIN)/pytest tests/browser/screenshots.py $(ARGS)

bench: set-up $(CATALOGUES) ## đo sức chịu tải, hai phút · measure what this machine bears
	@$(BIN)/python -m bench storm $(ARGS)
	@$(BIN)/python -m bench hall

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

# A bare Debian lacks the browser, and a library which the program that drives it is linked to.
browser: set-up-tests
	@lacks=; \
	command -v chromium >/dev/null || lacks=chromium; \
	.venv/lib/python*/site-packages/playwright/driver/node --version >/dev/null 2>&1 || \
		lacks="$$lacks libatomic1"; \
	[ -z "$$lacks" ] || sh scripts/debian.sh $$lacks

$(CATALOGUES): %.mo: %.po | set-up
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@

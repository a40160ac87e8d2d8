# Freeloader: `make demo` and `make test` are all that a newcomer needs.
PY := .venv/bin/python
UV := .venv/bin/uv pip
# Neither of its two pieces of advice is for the first minute; errors are shown. An older pip ignores what it does not know.
QUIET_PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
PORT ?= 8000
unexport PYTHONDONTWRITEBYTECODE # without bytecode every start compiles Django anew
N ?= 200
DB ?= postgres
.PHONY: demo demo-check test offline live lint testbed testbed-down lock messages screenshots chaos bench-upload bench-engine bench-scan bench-preempt bench-results accuracy

demo: .venv/.demo ## the whole of it on this machine, without root
	@$(PY) -m deploy.demo --port $(PORT)

demo-check: .venv/.demo ## the same, headless: send, wait, download, compare
	@$(PY) -m deploy.demo --check

test: .venv/.test ## install what is missing, then check and test everything
	@$(PY) -m deploy.lanes

offline: .venv/.test ## the tests that need nothing outside
	@$(PY) -m pytest -m "not live" -q -n 2

live: .venv/.test testbed ## the tests on real parts; the test bed stays up
	@$(PY) -m pytest -m live -q

lint: .venv/.test
	@.venv/bin/ruff format --check . && .venv/bin/ruff check . && .venv/bin/lint-imports && .venv/bin/mypy .

testbed testbed-down: .venv/.test ## real Swift, Slurm, sshd, clamd, PostgreSQL, mail on loopback
	@$(PY) -m deploy.testbed $(if $(filter testbed,$@),up,down)

screenshots: .venv/.test ## docs/images, by a real browser on a demonstration of its own
	@$(PY) -m deploy.screenshots

chaos: .venv/.test ## lose, double or falsely finish a job, if it can: make chaos N=200 DB=sqlite SEED=7
	@$(PY) -m deploy.chaos --jobs $(N) --database $(DB) $(if $(SEED),--seed $(SEED)) $(CHAOS)

bench-upload: .venv/.test ## the upload page beside curl, in ten minutes: make bench-upload SCALE=--quick MIB=2048
	@$(PY) -m deploy.bench.upload $(SCALE) $(if $(MIB),--mib $(MIB))

bench-engine: .venv/.test testbed ## what a job and a look at a cluster cost: make bench-engine SCALE=--quick
	@$(PY) -m deploy.bench.engine $(SCALE)

bench-preempt: .venv/.test testbed ## what preemption costs, by what keeps progress: make bench-preempt SCALE=--quick
	@$(PY) -m deploy.bench.preempt $(SCALE)

bench-results: .venv/.test ## how results arrive, beside curl, in five minutes: make bench-results SCALE=--quick
	@$(PY) -m deploy.bench.results $(SCALE)

accuracy: .venv/.test ## what the scan for personal data finds, and flags wrongly: make accuracy HALF=tune
	@$(PY) -m deploy.accuracy $(if $(HALF),--half $(HALF))

bench-scan: .venv/.test ## what a scan costs, beside naive Presidio and clamd: make bench-scan SCALE=--quick
	@$(PY) -m deploy.bench.scan $(SCALE)

messages: .venv/.test ## after a change of a text: find what is to be translated, compile what is
	@export DJANGO_SETTINGS_MODULE=tests.settings; $(PY) manage.py makemessages -a && $(PY) manage.py compilemessages -i .venv

lock: ## after a change of the dependencies in pyproject.toml
	@sh deploy/lock.sh

.venv/.uv: requirements/uv.txt
	@test -x $(PY) || python3 -m venv .venv
	@$(QUIET_PIP) $(PY) -m pip install --quiet --require-hashes -r $< && touch $@

.venv/.%: requirements/%.txt .venv/.uv
	@$(UV) install --quiet --python $(PY) --require-hashes -r $< && touch $@

#!/bin/sh
# All of the tests: style and types, the offline suite, the live suite on the test bed.
# Without root, what can run runs; the last lines name what did not, and how to run it.
set -u
cd "$(dirname "$0")/.."
bin=.venv/bin
failed=""
step() {
    name=$1
    shift
    echo "== $name"
    "$@" || failed="$failed $name"
}
stop() {
    $bin/python -m deploy.testbed down >/dev/null 2>&1
}
on_postgres() {
    url=$($bin/python -c 'from deploy.testbed import load; print(load().postgres.url)') || return 0
    FREELOADER_DATABASE_URL=$url $bin/python -m pytest -q -n 2 -m "not live" \
        tests/jobs tests/pipelines tests/uploads
}
logged() { # what it prints is kept, too: the last lines are made of it
    log=build/$1
    shift
    { "$@"; echo $? >"$log.code"; } 2>&1 | tee "$log.log"
    return "$(cat "$log.code")"
}
browsers="tests/live/browser tests/live/uploads"
# What works the processors rather than waits has both of them to itself.
scanner="tests/scanning tests/live/clamd tests/live/test_accuracy.py tests/deploy/test_bench_scan.py
    tests/backends/test_presidio.py tests/backends/test_scanner.py tests/jobs/test_no_value_stays.py"
of_scanner() {
    # shellcheck disable=SC2086 # one word for each folder
    logged scanner $bin/python -m pytest -q -n 2 -m live $scanner
}
on_test_bed() {
    others=$(printf -- '--ignore=%s ' $browsers $scanner)
    # shellcheck disable=SC2086 # one word for each folder
    logged live $bin/python -m pytest -q -m live $others
}
# Browsers have a store of their own and mostly wait: they run beside the tests on the test bed.
start_browsers() {
    # shellcheck disable=SC2086 # one word for each folder
    $bin/python -m pytest -q -m live $browsers >build/browsers.log 2>&1 &
    in_browsers=$!
}
end_browsers() {
    wait "$in_browsers"
    code=$?
    in_browsers=
    cat build/browsers.log
    return $code
}
in_browsers=
trap '[ -z "$in_browsers" ] || kill "$in_browsers"; stop' EXIT
trap 'exit 130' INT TERM

step packages sh deploy/install_packages.sh
step format $bin/ruff format --check --quiet .
step ruff $bin/ruff check --quiet .
step layers $bin/lint-imports --no-cache
step types $bin/mypy .
step offline $bin/python -m pytest -q -n 3 -m "not live"
step testbed $bin/python -m deploy.testbed up
mkdir -p build
step scanner of_scanner
start_browsers
step postgres on_postgres
step live on_test_bed
step browsers end_browsers
grep -h "^NOT RUN" build/scanner.log build/live.log build/browsers.log
if [ -n "$failed" ]; then
    echo "FAILED:$failed" >&2
    exit 1
fi

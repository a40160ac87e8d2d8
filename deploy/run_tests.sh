#!/bin/sh
# All of the tests: style and types, the offline suite, the live suite on the test bed.
# Without root, what can run runs; the last lines name what did not, and how to run it.
set -u
cd "$(dirname "$0")/.."
bin=.venv/bin
bed=$($bin/python -c 'from deploy.testbed.place import find_bed; print(find_bed().state)')
failed=""
step() {
    name=$1
    shift
    echo "== $name"
    "$@" || failed="$failed $name"
}
stop() {
    $bin/python -m deploy.testbed down >/dev/null 2>&1
    on_second_bed $bin/python -m deploy.testbed down >/dev/null 2>&1
}
on_postgres() {
    url=$($bin/python -c 'from deploy.testbed import load; print(load().postgres.url)') || return 0
    FREELOADER_DATABASE_URL=$url $bin/python -m pytest -q -n 2 -m "not live or postgres" \
        tests/jobs tests/pipelines tests/uploads --ignore=tests/jobs/node
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
# Processes and servers of their own, without a test bed.
processes="tests/jobs/node tests/jobs/rehearsal tests/rehearsal tests/backends/test_planted_files.py
    tests/backends/test_store_errors.py tests/backends/test_s3.py tests/examples
    tests/jobs/test_ports.py tests/jobs/test_races.py tests/jobs/steps/test_stages_on_local.py"
# What takes computers away mostly waits for Slurm: it has a bed of its own, beside all the others.
preempted="tests/live/test_preemption.py tests/live/test_arrays.py tests/live/test_dmtcp.py
    tests/live/test_rehearsal.py tests/live/test_only_idle.py tests/live/test_grace.py
    tests/deploy/test_bench_preempt.py"
# shellcheck disable=SC2086 # one word for each folder
live() { # live LOG FOLDERS OPTION…
    log=$1 folders=$2
    shift 2
    logged "$log" $bin/python -m pytest -q -m live "$@" $folders
}
others() {
    # shellcheck disable=SC2086 # one word for each folder
    ignored=$(printf -- '--ignore=%s ' $browsers $scanner $processes $preempted)
    # shellcheck disable=SC2086
    logged live $bin/python -m pytest -q -m live $ignored
}
on_second_bed() (
    export FREELOADER_TESTBED="$bed-2" FREELOADER_TESTBED_PORT=17300
    "$@"
)
# Beside others: browsers have a store of their own, and those who wait for Slurm a bed.
case ${1:-} in
browsers)
    live browsers "$browsers"
    exit
    ;;
preemption)
    on_second_bed $bin/python -m deploy.testbed up
    on_second_bed live preempted "$preempted"
    exit
    ;;
esac
start_browsers() { # in a process group of its own, to be ended as a whole; so the next
    setsid sh deploy/run_tests.sh browsers >/dev/null 2>&1 &
    in_browsers=$!
}
start_preemption() {
    setsid sh deploy/run_tests.sh preemption >/dev/null 2>&1 &
    in_preemption=$!
}
end_beside() { # end_beside PID LOG
    wait "$1"
    cat "build/$2.log"
    [ "$(cat "build/$2.code")" = 0 ] # no code: it was never begun
}
in_browsers=
in_preemption=
end_early() {
    for group in $in_browsers $in_preemption; do
        kill -- "-$group"
    done
}
trap 'end_early; stop' EXIT
trap 'exit 130' INT TERM

step packages sh deploy/install_packages.sh
step format $bin/ruff format --check --quiet .
step ruff $bin/ruff check --quiet .
step layers $bin/lint-imports --no-cache
step types $bin/mypy .
step offline $bin/python -m pytest -q -n 3 -m "not live"
mkdir -p build
rm -f build/*.code build/*.log
step testbed $bin/python -m deploy.testbed up
step scanner live scanner "$scanner" -n 2
start_preemption
step postgres on_postgres
step processes live processes "$processes" -n 2
start_browsers # not before: Chromium has been seen to hang on processors that four were after
step live others
step browsers end_beside "$in_browsers" browsers
in_browsers=
step preemption end_beside "$in_preemption" preempted
in_preemption=
grep -h "^NOT RUN" build/*.log
if [ -n "$failed" ]; then
    echo "FAILED:$failed" >&2
    exit 1
fi

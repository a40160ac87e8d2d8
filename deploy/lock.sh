#!/bin/sh
# Lock the dependencies of pyproject.toml, with hashes and without any registry's address.
set -eu
cd "$(dirname "$0")/.."
lock() {
    .venv/bin/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
        --no-emit-index-url --no-emit-find-links --no-header "$@"
}
lock pyproject.toml -o requirements/run.txt
lock pyproject.toml --extra demo -o requirements/demo.txt
lock pyproject.toml --extra demo --extra test -o requirements/test.txt
lock --no-deps --group accuracy -o requirements/accuracy.txt
echo uv | lock - -o requirements/uv.txt

"""What the process loads from which the parts are forked."""

from __future__ import annotations

import ast

import pytest

from jobs.node.zygote import first_imports


@pytest.mark.parametrize(
    ("source", "names"),
    [
        (
            '"""Counts."""\nimport a, b.c\nfrom d.e import f\ndef run(): import g',
            ["a", "b.c", "d.e"],
        ),
        ("from __future__ import annotations\nimport a as b", ["__future__", "a"]),
        ("import os\nos.environ['OMP_NUM_THREADS'] = '1'\nimport numpy", ["os"]),
        ("import a\nif True:\n    import b\nimport c", ["a"]),
        ("from . import a\nimport b", []),
        ("", []),
    ],
)
def test_only_what_the_file_imports_first_is_loaded_once(source: str, names: list[str]) -> None:
    """What comes later may load otherwise after what is done before it."""
    assert first_imports(source.encode()) == names


def test_a_docstring_is_known_also_where_ast_has_no_str(monkeypatch: pytest.MonkeyPatch) -> None:
    """From Python 3.14 on."""
    monkeypatch.delattr(ast, "Str", raising=False)

    assert first_imports(b'"""Counts."""\nimport a') == ["a"]

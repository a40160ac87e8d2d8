"""The node's program must run where nothing is installed but Python 3.6."""

from __future__ import annotations

import ast
import importlib
import io
import sys
import zipfile
from pathlib import Path

import pytest

from jobs import node

HERE = Path(node.__file__).parent
MODULES = {path.relative_to(HERE).as_posix(): path for path in HERE.rglob("*.py")}
NEWER_THAN_3_6 = {"contextvars", "dataclasses", "graphlib", "tomllib", "zoneinfo", "compression"}


def imported_by(tree: ast.Module) -> set[str]:
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = [alias.name for node in found for alias in node.names if isinstance(node, ast.Import)]
    names += [
        str(node.module) for node in found if isinstance(node, ast.ImportFrom) and not node.level
    ]
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize("path", MODULES.values(), ids=MODULES)
def test_every_module_is_python_3_6(path: Path) -> None:
    ast.parse(path.read_text(), feature_version=(3, 6))


@pytest.mark.parametrize("path", MODULES.values(), ids=MODULES)
def test_every_module_imports_the_standard_library_of_3_6_only(path: Path) -> None:
    names = imported_by(ast.parse(path.read_text()))

    assert names <= sys.stdlib_module_names - NEWER_THAN_3_6


@pytest.mark.parametrize("name", MODULES)
def test_every_module_finds_what_it_imports(name: str) -> None:
    if name != "__main__.py":  # it would start
        importlib.import_module("jobs.node." + name[: -len(".py")].replace("/", "."))


def test_the_program_is_one_file_with_every_module() -> None:
    with zipfile.ZipFile(io.BytesIO(node.program())) as archive:
        names = set(archive.namelist())

    assert names == {"__main__.py", *(f"node/{name}" for name in MODULES)}


def test_the_batch_script_is_constant_text_of_plain_sh() -> None:
    script = Path(node.__file__).with_name("job.sh").read_text()

    assert script.startswith("#!/bin/sh\n")
    assert script.isascii()

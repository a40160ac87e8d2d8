"""A PI's one Python file, read without running it."""

from __future__ import annotations

import ast
import hashlib
from dataclasses import dataclass

from django.core.exceptions import ValidationError

MAX_SOURCE_BYTES = 1_000_000
PARAMETERS = {"inputs", "output", "progress", "checkpoint"}  # what jobs/node/research.py can give


@dataclass(frozen=True)
class Code:
    """What the file says of itself: its text, its docstring, the names of its functions."""

    source: str
    sha256: str
    docstring: str
    functions: frozenset[str]


def read_code(data: bytes) -> Code:
    """Check a pipeline's file; `ValidationError` says what to change and where.

    The file is parsed, never imported: nothing of it runs on the web host.
    """
    source = _decode(data)
    tree = _parse(source)
    functions = frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))
    _require_run(tree)
    if functions & {"split", "merge"}:
        raise ValidationError(
            "split() and merge() are not supported yet; let run() work on all inputs."
        )
    sha256 = hashlib.sha256(source.encode()).hexdigest()
    return Code(source, sha256, ast.get_docstring(tree) or "", functions)


def _decode(data: bytes) -> str:
    if len(data) > MAX_SOURCE_BYTES:
        raise ValidationError("The file is over 1 MB; a pipeline is one Python file, without data.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValidationError(
            "The file is not UTF-8 text. Save it as UTF-8 in your editor and choose it again."
        ) from error


def _parse(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError) as error:
        what = f" in line {error.lineno}: {error.msg}" if isinstance(error, SyntaxError) else "."
        raise ValidationError(f"Python cannot read the file{what}") from error


def _require_run(tree: ast.Module) -> None:
    run = next((n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "run"), None)
    if run is None:
        raise ValidationError("The file has no function run(inputs, output) at its top level.")
    names = [argument.arg for argument in (*run.args.args, *run.args.kwonlyargs)]
    unknown = set(names) - PARAMETERS
    if not {"inputs", "output"} <= set(names) or unknown:
        raise ValidationError(
            f"run() has the parameters ({', '.join(names)}); it must take inputs and output, "
            "and may ask for progress and checkpoint by name."
        )

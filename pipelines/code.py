"""A PI's one Python file, read without running it."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError

MAX_SOURCE_BYTES = 1_000_000
# What each function must take, and what it may ask for besides: what jobs/node can give.
PARAMETERS = {
    "run": (("inputs", "output"), ("progress", "checkpoint")),
    "split": (("inputs",), ("output",)),
    "merge": (("outputs", "output"), ("inputs", "progress", "checkpoint")),
    "compare": (("first", "second"), ()),
}


@dataclass(frozen=True)
class Code:
    """What the file says of itself: its text, its docstring, the names of its functions."""

    source: str
    sha256: str
    docstring: str
    functions: frozenset[str]

    @property
    def splits(self) -> bool:
        """Whether its jobs are divided into parts."""
        return _splits(self.functions)


def read_code(data: bytes) -> Code:
    """Check a pipeline's file; `ValidationError` says what to change and where.

    The file is parsed, never imported: nothing of it runs on the web host.
    """
    source = _decode(data)
    tree = _parse(source)
    functions = _functions(tree)
    _require_run(functions)
    for name in PARAMETERS.keys() & functions.keys():
        _check_parameters(functions[name])
    _require_both(functions)
    sha256 = hashlib.sha256(source.encode()).hexdigest()
    return Code(source, sha256, ast.get_docstring(tree) or "", frozenset(functions))


def splits(source: str) -> bool:
    """Whether a file that `read_code` has accepted divides its work into parts."""
    return _splits(_functions(ast.parse(source)))


def asks_for_checkpoint(source: str) -> bool:
    """Whether the run() of a file that `read_code` has accepted saves its own state."""
    asked = _functions(ast.parse(source))["run"].args
    return "checkpoint" in {argument.arg for argument in (*asked.args, *asked.kwonlyargs)}


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


def _functions(tree: ast.Module) -> dict[str, ast.FunctionDef]:
    """Those at the top level, by name; of two with one name Python calls the last."""
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def _splits(functions: Collection[str]) -> bool:
    return "split" in functions and "merge" in functions


def _require_run(functions: Collection[str]) -> None:
    if "run" not in functions:
        raise ValidationError("The file has no function run(inputs, output) at its top level.")


def _require_both(functions: Collection[str]) -> None:
    pair = {"split": "split(inputs)", "merge": "merge(outputs, output)"}
    found = [name for name in pair if name in functions]
    if len(found) == 1:
        missing = next(signature for name, signature in pair.items() if name not in functions)
        raise ValidationError(
            f"The file has {found[0]}() but no {missing}. To compute in parts it needs both; if "
            f"{found[0]}() is a function of your own, give it another name."
        )


def _check_parameters(function: ast.FunctionDef) -> None:
    required, optional = PARAMETERS[function.name]
    arguments = function.args
    names = [argument.arg for argument in (*arguments.args, *arguments.kwonlyargs)]
    if set(required) <= set(names) <= {*required, *optional}:
        return
    may = f", and may ask for {_listed(optional)} by name" if optional else ""
    raise ValidationError(
        f"{function.name}() has the parameters ({', '.join(names)}); "
        f"it must take {_listed(required)}{may}."
    )


def _listed(names: Sequence[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last

"""What a file of research code defines, without running it."""

import ast
from pathlib import Path
from typing import Dict


def functions_in(code: Path) -> Dict[str, ast.FunctionDef]:
    """Its functions at the top level, by name; of two that are called alike the last.

    None of what cannot be parsed: that fails when it is run.
    """
    try:
        body = ast.parse(code.read_bytes()).body
    except (SyntaxError, ValueError, RecursionError):
        return {}
    return {each.name: each for each in body if isinstance(each, ast.FunctionDef)}

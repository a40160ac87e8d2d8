"""What the readers' libraries cost those who need none of them."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
import scanning.zygote, scanning.personal, scanning.readers
print([name for name in ("PIL", "numpy", "pydicom", "pypdfium2", "spacy") if name in sys.modules])
"""


def test_libraries_are_imported_when_a_file_needs_them() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True
    )

    assert ran.stdout == "[]\n"

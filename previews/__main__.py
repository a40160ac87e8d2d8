"""`python -m previews FORM [cut]`: a file on stdin; on stdout its preview, or nothing.

`python -m previews packed ENTRY`: the same of a file in a ZIP; on stdin what the ZIP has from its
offset on. The preview is one line of JSON with its kind and facts, then its data.
"""

from __future__ import annotations

import json
import os
import sys

from backends.confinement import confine, confine_child
from previews.forms import Form
from previews.kinds import MAX_PREVIEW_BYTES, Unshowable
from previews.make import make
from previews.packed import make_packed
from previews.zip_directory import Entry

MEMORY_BYTES = 3 * 2**29  # of address space; a picture of 100 megapixels takes a third
CPU_S = 10


def main(form: str, *told: str) -> None:
    """Make it, with nothing at hand but the file and little of anything."""
    answers = os.dup(1)
    os.dup2(2, 1)  # what a library prints is no answer
    confine(MEMORY_BYTES)
    confine_child(CPU_S, parent=os.getppid(), file_bytes=2 * MAX_PREVIEW_BYTES)
    try:
        if form == "packed":
            preview = make_packed(sys.stdin.buffer.read(), Entry(**json.loads(*told)))
        else:
            preview = make(Form(form), sys.stdin.buffer.read(), is_cut=bool(told))
    except Unshowable:
        return
    about = {"kind": preview.kind.value, **preview.facts}
    with os.fdopen(answers, "wb") as file:
        file.write(json.dumps(about).encode() + b"\n" + preview.data)


if __name__ == "__main__":
    main(*sys.argv[1:])

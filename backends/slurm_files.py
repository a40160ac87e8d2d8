"""How files of a job directory are read over SSH: one command each, and nothing planted is opened.

A pipe or a link in the place of a file is the work of research code: there is no such file.
"""

from __future__ import annotations

import io
import tarfile

from backends.jobdir import MAX_FILES_BYTES, MAX_NAMES_BYTES, is_plain

# sh -c … sh PATH BYTES
TAIL = '[ ! -f "$1" ] || [ -L "$1" ] || tail -c "$2" -- "$1"'

# A directory that is not there has no files; a scratch that is not there is no answer.
_ENTER = '[ -d "${1%/*}" ] || exit 1; [ ! -L "$1" ] && cd "$1" 2>/dev/null || exit 0; '
# sh -c … sh DIRECTORY PREFIX
NAMES = f'{_ENTER}find . -maxdepth 1 -name "$2*" -print0 | head -c {MAX_NAMES_BYTES}'
# sh -c … sh SCRATCH KEY…; what is being removed has been renamed to KEY.gone.*
DIRECTORIES = """
cd -- "$1" || exit
shift
for key; do
  for found in "$key" "$key".gone.*; do
    if [ -e "$found" ] || [ -L "$found" ]; then echo "$key"; break; fi
  done
done
"""
# sh -c … sh DIRECTORY PREFIX BYTES. tar stores links as links, and opens no pipe.
CONTENTS = (
    f'{_ENTER}find . -maxdepth 1 -type f -name "$2*" -size "-$(($3 + 1))c" -print0'
    f" | tar -cf - --null --no-recursion -T - | head -c {MAX_FILES_BYTES}"
)


def parse_names(told: bytes) -> set[str]:
    """The plain names that NAMES told; a last one that was cut off is left out."""
    paths = told.decode(errors="replace").split("\0")[:-1]
    names = {path.removeprefix("./") for path in paths}
    return {name for name in names if is_plain(name)}


def parse_contents(told: bytes) -> dict[str, bytes]:
    """The files of the tar that CONTENTS told, as far as it goes."""
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(told), mode="r|") as tar:
            for member in tar:
                file = tar.extractfile(member) if member.isreg() else None
                name = member.name.removeprefix("./")
                if file and is_plain(name):
                    files[name] = file.read()
    except tarfile.TarError:  # it was cut off, or is empty
        pass
    return files

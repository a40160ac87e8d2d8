"""A directory becomes what counts: durable first, then in its place, by one rename."""

import os
from pathlib import Path

from ..checkpoint import sync, sync_directory

READ_ONLY = 0o444


def settle(directory: Path, target: Path) -> bool:
    """Sync all of `directory`, then rename it; False if `target` is there already.

    Of two that settle the same, one succeeds: a directory that is not empty is never replaced
    (rename(2)), so `directory` must hold something. Its files can only be read from now on.
    """
    for folder, _, names in os.walk(str(directory)):
        for path in [Path(folder) / name for name in names]:
            if not path.is_symlink():
                path.chmod(READ_ONLY)
                sync(path)
        sync_directory(Path(folder))
    try:
        os.rename(str(directory), str(target))
    except OSError:
        if target.is_dir():
            return False
        raise
    sync_directory(target.parent)
    return True

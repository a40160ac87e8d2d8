"""The account that owns the jobs: key-only, with a home that sshd's StrictModes accepts."""

import os
import pwd
import threading
from pathlib import Path

from deploy.testbed.processes import run

ACCOUNT = "freeloader"
_making = threading.Lock()  # two parts come up at once and both need the account


def ensure_account() -> pwd.struct_passwd:
    """The account's entry; it is made (without a password, unlocked) if it is not there."""
    with _making:
        try:
            return pwd.getpwnam(ACCOUNT)
        except KeyError:
            # Password "*": none fits. useradd's own "!" means locked, and sshd then refuses keys.
            home = ["--create-home", "--home-dir", f"/home/{ACCOUNT}", "--shell", "/bin/bash"]
            run(["/usr/sbin/useradd", *home, "--password", "*", ACCOUNT])
            return pwd.getpwnam(ACCOUNT)


def let_in(public_key: str) -> None:
    """Add `public_key` to the account's keys, good for loopback only; never drop another."""
    entry = ensure_account()
    folder = Path(entry.pw_dir) / ".ssh"
    _own(folder.parent, entry, 0o755)
    _own(folder, entry, 0o700)
    file = folder / "authorized_keys"
    line = f'from="127.0.0.1" {public_key.strip()}'
    kept = file.read_text() if file.exists() else ""
    if line not in kept.splitlines():
        with file.open("a") as keys:
            keys.write(("\n" if kept and not kept.endswith("\n") else "") + line + "\n")
    os.chown(file, entry.pw_uid, entry.pw_gid)
    file.chmod(0o600)


def make_scratch(folder: Path) -> None:
    """Make a folder that belongs to the account."""
    _own(folder, ensure_account(), 0o750)


def _own(folder: Path, entry: pwd.struct_passwd, mode: int) -> None:
    if not folder.exists():
        folder.mkdir(mode=mode)
        os.chown(folder, entry.pw_uid, entry.pw_gid)

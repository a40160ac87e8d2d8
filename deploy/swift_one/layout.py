"""Where one store keeps its things, and the key that opens it."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

USER = "demo"
REGION = "us-east-1"


@dataclass(frozen=True)
class Layout:
    """The folders and files of one store below `root` (an absolute path)."""

    root: Path

    @property
    def etc(self) -> Path:
        return self.root / "etc"

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def key_file(self) -> Path:
        return self.root / "key"

    def make_folders(self) -> None:
        """Make what is missing; `etc` holds a copy of the key, so it is closed to others."""
        for folder in (self.data / "d1", self.run):
            folder.mkdir(parents=True, exist_ok=True)
        self.etc.mkdir(mode=0o700, exist_ok=True)


@dataclass(frozen=True)
class Credentials:
    """How to reach the store: the native API by `auth_url`, `user` and `key`; S3 by the rest."""

    auth_url: str
    storage_url: str
    account: str
    user: str
    key: str
    s3_endpoint: str
    s3_access_key: str
    s3_secret_key: str
    region: str


def credentials(root: Path, port: int) -> Credentials:
    """The credentials of the store below `root`, served on 127.0.0.1:`port`.

    The key is drawn at the first call and kept in `root/key` (mode 0600), printed nowhere.
    """
    url = f"http://127.0.0.1:{port}"
    name, key = f"{USER}:{USER}", kept_secret(root / "key")
    return Credentials(
        auth_url=f"{url}/auth/v1.0",
        storage_url=f"{url}/v1/AUTH_{USER}",
        account=f"AUTH_{USER}",
        user=name,
        key=key,
        s3_endpoint=url,
        s3_access_key=name,
        s3_secret_key=key,
        region=REGION,
    )


def kept_secret(path: Path, size_bytes: int = 32) -> str:
    """The secret in `path`, two letters a byte; drawn, written (0600) if there is no file yet."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        write_private(draft, secrets.token_hex(size_bytes) + "\n")
        _link_if_first(draft, path)
    return path.read_text().strip()


def write_private(path: Path, text: str) -> None:
    """Write `text` to `path` so that nobody but the owner can ever read it."""
    path.unlink(missing_ok=True)  # an older file keeps its mode: make a new one
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)


def _link_if_first(draft: Path, path: Path) -> None:
    # Two starts at once must agree on one secret: link() fails where rename() would replace.
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()

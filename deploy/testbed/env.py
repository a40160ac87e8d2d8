"""What a running test bed offers, as values: one class for each part."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class SwiftEnv:
    """A real Swift: `auth_url`, `user`, `key` for the native API, the `s3_` fields for S3."""

    url: str
    auth_url: str
    storage_url: str
    account: str
    user: str
    key: str
    s3_endpoint: str
    s3_access_key: str
    s3_secret_key: str
    region: str


@dataclass(frozen=True)
class SlurmEnv:
    """A real Slurm; `account` is who may submit, from `ssh` or on this machine."""

    conf: Path
    restart_partition: str
    grace_partition: str
    campus_partition: str
    nodes: tuple[str, ...]
    has_accounting: bool
    account: str


@dataclass(frozen=True)
class SshEnv:
    """The cluster's door. `host_key` is "type base64", as in a .pub file."""

    host: str
    port: int
    user: str
    key_file: Path
    host_key: str
    known_hosts: Path
    scratch: Path


@dataclass(frozen=True)
class ClamdEnv:
    """A real clamd that knows the EICAR test file and nothing else."""

    host: str
    port: int
    socket: Path


@dataclass(frozen=True)
class PostgresEnv:
    """A private PostgreSQL; `url` has the password in it."""

    url: str


@dataclass(frozen=True)
class MailEnv:
    """An SMTP server that writes each message to `folder` as one .eml file."""

    host: str
    port: int
    folder: Path


@dataclass(frozen=True)
class TestbedEnv:
    """What is up; None for a part that is not."""

    __test__ = False  # pytest, this is no test

    state: Path
    swift: SwiftEnv | None = None
    slurm: SlurmEnv | None = None
    sshd: SshEnv | None = None
    clamd: ClamdEnv | None = None
    postgres: PostgresEnv | None = None
    mail: MailEnv | None = None

    def to_json(self) -> str:
        """The same for programs that cannot import this: paths as text, null for None."""
        return json.dumps(asdict(self), indent=2, default=str) + "\n"


PartEnv = SwiftEnv | SlurmEnv | SshEnv | ClamdEnv | PostgresEnv | MailEnv

"""Real Swift, Slurm, sshd, clamd, PostgreSQL and SMTP on loopback, for the tests and the curious.

    python -m deploy.testbed up|down|status [PART ...]

State is kept in `.testbed` of the checkout (FREELOADER_TESTBED names another folder), the ports
begin at 16800 (FREELOADER_TESTBED_PORT). `env.json` there says how to reach what is up.
"""

from typing import Any

from deploy.testbed.env import (
    ClamdEnv,
    MailEnv,
    PostgresEnv,
    SlurmEnv,
    SshEnv,
    SwiftEnv,
    TestbedEnv,
)
from deploy.testbed.parts import all_parts
from deploy.testbed.place import Bed, PartError, find_bed

__all__ = [
    "Bed",
    "ClamdEnv",
    "MailEnv",
    "PartError",
    "PostgresEnv",
    "SlurmEnv",
    "SshEnv",
    "SwiftEnv",
    "TestbedEnv",
    "find_bed",
    "load",
]


def load(bed: Bed | None = None) -> TestbedEnv:
    """What is up now, by a look at the processes themselves; None for a part that is not."""
    bed = bed or find_bed()
    up: dict[str, Any] = {
        name: part.describe()
        for name, part in all_parts(bed).items()
        if bed.state.is_dir() and part.is_up()
    }
    return TestbedEnv(state=bed.state, **up)

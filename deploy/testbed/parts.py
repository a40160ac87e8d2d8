"""All parts of the test bed, by name."""

from deploy.testbed.clamd import Clamd
from deploy.testbed.mail import Mail
from deploy.testbed.part import Part
from deploy.testbed.place import Bed
from deploy.testbed.postgres import Postgres
from deploy.testbed.slurm import Slurm
from deploy.testbed.ssh import Sshd
from deploy.testbed.swift import Swift

NAMES = ("swift", "slurm", "sshd", "clamd", "postgres", "mail")


def all_parts(bed: Bed, *, accounting: bool | None = None) -> dict[str, Part]:
    """Every part, up or not, in the order of NAMES; `accounting` is for Slurm."""
    plain = [Sshd(bed), Clamd(bed), Postgres(bed), Mail(bed)]
    parts: list[Part] = [Swift(bed), Slurm(bed, accounting=accounting), *plain]
    return {part.name: part for part in parts}

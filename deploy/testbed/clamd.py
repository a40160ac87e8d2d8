"""The virus scanner: a real clamd with a signature folder of our own and no downloads."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from deploy.demo.site import free_port
from deploy.testbed.env import ClamdEnv
from deploy.testbed.part import Part
from deploy.testbed.place import HOST, OFFSETS, Bed
from deploy.testbed.processes import Daemon, answers, find_program, run, write_whole

# The EICAR test file, https://www.eicar.org/download-anti-malware-testfile/. In hexadecimal, for
# a scanner on a developer's machine would put this very file into quarantine.
EICAR = bytes.fromhex(
    "58354f2150254041505b345c505a58353428505e2937434329377d2445494341"
    "522d5354414e444152442d414e544956495255532d544553542d46494c452124482b482a"
)
LIMITS: Mapping[str, str] = MappingProxyType(  # as docs/operations.md has them
    {
        "StreamMaxLength": "2000M",
        "MaxFileSize": "2000M",
        "MaxScanSize": "4000M",
        "MaxScanTime": "500000",
        "ReadTimeout": "300",
        "AlertExceedsMax": "yes",
        "AlertEncrypted": "yes",
    }
)


class Clamd(Part):
    """`limits` are lines of its configuration that are other than in `LIMITS`."""

    name = "clamd"
    programs = ("clamd",)

    def __init__(self, bed: Bed, limits: Mapping[str, str] | None = None) -> None:
        super().__init__(bed)
        self.limits = {**LIMITS, **(limits or {})}

    @property
    def conf(self) -> str:
        spool = self.folder / "tmp"
        limits = "\n".join(f"{name} {value}" for name, value in self.limits.items())
        return f"""\
DatabaseDirectory {self.folder}/signatures
LocalSocket {self.folder}/clamd.sock
LocalSocketMode 660
FixStaleSocket yes
TCPSocket {self.bed.port("clamd")}
TCPAddr {HOST}
TemporaryDirectory {spool}
Foreground yes
{limits}
"""

    def prepare(self) -> bool:
        for name in ("signatures", "tmp"):
            (self.folder / name).mkdir(mode=0o755, parents=True, exist_ok=True)
        self._copy_program()
        changed = write_whole(self.folder / "clamd.conf", self.conf)
        for name, text in signatures().items():
            changed |= write_whole(self.folder / "signatures" / name, text)
        return changed

    def stages(self) -> Sequence[Sequence[Daemon]]:
        port = self.bed.port("clamd")
        argv = [str(self.folder / "clamd"), "-c", str(self.folder / "clamd.conf")]
        return [[Daemon("clamd", argv, lambda: answers(port), port=port)]]

    def _copy_program(self) -> None:
        # Ubuntu's AppArmor profile ties /usr/sbin/clamd to /var/lib/clamav; a copy is free of it.
        packaged = find_program("clamd")
        if packaged and not self.has_daemons():
            # By another process: while this one has the copy open to write, what its other threads
            # are just starting has it open too, and the kernel runs no such file (ETXTBSY).
            run([find_program("cp") or "cp", packaged, str(self.folder / "clamd")])

    def describe(self) -> ClamdEnv:
        return ClamdEnv(HOST, self.bed.port("clamd"), self.folder / "clamd.sock")


@contextmanager
def own_clamd(state: Path, **limits: str) -> Iterator[Clamd]:
    """A clamd beside the test bed's, with its files below `state`, for the length of the block.

    `limits` are lines of clamd.conf.
    """
    part = Clamd(Bed(state, free_port() - OFFSETS["clamd"]), limits)
    part.bed.make_folders()
    try:
        part.up()
        yield part
    finally:
        part.down()


def signatures() -> dict[str, str]:
    """The database: EICAR as a whole file (.hdb) and as bytes anywhere in one (.ndb)."""
    digest = hashlib.md5(EICAR, usedforsecurity=False).hexdigest()
    return {
        "eicar.hdb": f"{digest}:{len(EICAR)}:Freeloader.Test.EICAR-hash\n",
        "eicar.ndb": f"Freeloader.Test.EICAR:0:*:{EICAR.hex()}\n",
    }

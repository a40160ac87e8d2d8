"""The cluster's door: an sshd of our own on a port of our own, for one account and one key."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from deploy.testbed.account import ACCOUNT, let_in, make_scratch
from deploy.testbed.env import SshEnv
from deploy.testbed.part import Part
from deploy.testbed.place import HOST
from deploy.testbed.processes import (
    Daemon,
    answers,
    children,
    end,
    find_program,
    run,
    running,
    write_whole,
)
from deploy.testbed.slurm_config import slurm_conf_path


class Sshd(Part):
    name = "sshd"
    programs = ("sshd", "ssh-keygen")
    needs_root = True
    uses_accounts = True

    @property
    def conf(self) -> str:
        return f"""\
ListenAddress {HOST}
Port {self.bed.port("sshd")}
HostKey {self.folder}/host_key
PidFile none
AllowUsers {ACCOUNT}
PermitRootLogin no
PubkeyAuthentication yes
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes yes
AuthorizedKeysFile .ssh/authorized_keys
SetEnv SLURM_CONF={slurm_conf_path(self.bed)}
Subsystem sftp internal-sftp
MaxStartups 100:30:200
MaxSessions 20
PrintMotd no
UseDNS no
X11Forwarding no
AllowTcpForwarding no
"""

    def prepare(self) -> bool:
        self.folder.mkdir(mode=0o755, exist_ok=True)
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd's empty jail, lost at a reboot
        for name in ("host_key", "client_key"):
            self._ensure_key(name)
        let_in((self.folder / "client_key.pub").read_text())
        make_scratch(self.bed.folder("scratch"))
        write_whole(self.folder / "known_hosts", f"[{HOST}]:{self.bed.port('sshd')} {self._host}\n")
        return write_whole(self.folder / "sshd_config", self.conf)

    def stages(self) -> Sequence[Sequence[Daemon]]:
        port = self.bed.port("sshd")
        # An absolute path: sshd runs itself again for each connection, from the folder "/".
        argv = [find_program("sshd") or "sshd", "-D", "-e", "-f", str(self.folder / "sshd_config")]
        return [[Daemon("sshd", argv, lambda: answers(port, b"SSH-2.0"), port=port)]]

    def down(self) -> None:
        """Stop sshd and the connections that it would leave open."""
        listener = running(self.bed.pid_file("sshd"))
        connections = children(listener.pid) if listener else []
        super().down()
        for connection in connections:
            end(connection, within_s=0)

    def describe(self) -> SshEnv:
        return SshEnv(
            host=HOST,
            port=self.bed.port("sshd"),
            user=ACCOUNT,
            key_file=self.folder / "client_key",
            host_key=self._host,
            known_hosts=self.folder / "known_hosts",
            scratch=self.bed.folder("scratch"),
        )

    @property
    def _host(self) -> str:
        return " ".join((self.folder / "host_key.pub").read_text().split()[:2])

    def _ensure_key(self, name: str) -> None:
        if not (self.folder / f"{name}.pub").exists():
            draft = self.folder / "making"
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(mode=0o700)
            comment = f"freeloader test bed in {self.bed.state}"  # so that one can tell them apart
            key = str(draft / name)
            run(["/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", key])
            for path in (draft / name, draft / f"{name}.pub"):
                path.replace(self.folder / path.name)
            draft.rmdir()

"""A `Remote` without a network: the same command lines, carried out by a shell on this machine."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from backends.base import ClusterError
from backends.remote import Answer, Remote, after_mark, command_line
from backends.slurm import SlurmSite

MARK = "begin-1234"
SITE = SlurmSite("login", 22, "freeloader", "", Path("key"), partition="restart", scratch="")

# A Slurm of files: `queue` and `accounting` hold lines "ID NAME", `mode` how sbatch behaves,
# `preempt` and `preempt_type` what scontrol tells.
_SBATCH = """#!/bin/sh
for word in "$@"; do case $word in --job-name=*) name=${word#*=} ;; esac; done
printf '%s\\n' "$*" >>"$SLURM_HOME/calls"
mode=$(cat "$SLURM_HOME/mode" 2>/dev/null)
say() { echo "sbatch: error: Batch job submission failed: $1" >&2; exit 1; }
case $mode in
invalid) say 'Invalid account or account/partition combination specified' ;;
full) echo 'sbatch: error: QOSMaxSubmitJobPerUserLimit' >&2; say 'Job violates accounting' ;;
large) say 'Requested node configuration is not available' ;;
lame) echo 'sbatch: fatal: Could not establish a configuration source' >&2; exit 1 ;;
dead) say 'Unable to contact slurm controller (connect failure)' ;;
killed) exit 137 ;;
lost) echo 'sbatch: not found' >&2; exit 127 ;;
disk) say 'I/O error writing script/environment to file' ;;
esac
echo >>"$SLURM_HOME/ids"
id=$(wc -l <"$SLURM_HOME/ids")
echo "$id $name" >>"$SLURM_HOME/queue"
[ "$mode" = unheard ] && say 'Socket timed out on send/recv operation'
echo "$id;campus"
"""
_SQUEUE = """#!/bin/sh
[ -e "$SLURM_HOME/mute" ] && { echo 'slurm_load_jobs error: Unable to contact' >&2; exit 1; }
for word in "$@"; do case $word in --name=*) name=${word#*=} ;; esac; done
sed -n "s/ $name$//p" "$SLURM_HOME/queue" 2>/dev/null
exit 0
"""
_SCONTROL = """#!/bin/sh
case $* in
*partition*) echo "PartitionName=$5 PreemptMode=$(cat "$SLURM_HOME/preempt")"; exit ;;
esac
echo "PreemptType             = $(cat "$SLURM_HOME/preempt_type")"
echo "BOOT_TIME               = $(date -d "$(cat "$SLURM_HOME/began")" +%Y-%m-%dT%H:%M:%S)"
"""
_SACCT = _SQUEUE.replace("/queue", "/accounting").replace("/mute", "/disabled")


class ShellRemote(Remote):
    """Runs commands here, with the three-file Slurm below `home` first in the PATH."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.bin = home / "bin"
        self.bin.mkdir(parents=True)
        (home / "preempt").write_text("REQUEUE")
        (home / "preempt_type").write_text("preempt/partition_prio")
        (home / "began").write_text("2 days ago")  # slurmctld's start, as date(1) reads it
        programs = {"sbatch": _SBATCH, "squeue": _SQUEUE, "sacct": _SACCT, "scontrol": _SCONTROL}
        for name, text in programs.items():
            (self.bin / name).write_text(text)
            (self.bin / name).chmod(stat.S_IRWXU)

    def set_mode(self, mode: str) -> None:
        """How sbatch behaves from now on: "", unheard, dead, invalid, large, full, …"""
        (self.home / "mode").write_text(mode)

    def lines(self, name: str) -> list[str]:
        """The lines of one of its files."""
        path = self.home / name
        return path.read_text().splitlines() if path.exists() else []

    def run(
        self,
        argv: Sequence[str],
        stdin: bytes = b"",
        *,
        timeout_s: float = 60,
        max_bytes: int = 2**20,
    ) -> Answer:
        done = subprocess.run(
            ["/bin/sh", "-c", command_line(argv, MARK)],
            input=stdin,
            capture_output=True,
            timeout=timeout_s,
            check=False,
            env={"PATH": f"{self.bin}:{os.environ['PATH']}", "SLURM_HOME": str(self.home)},
        )
        answer = after_mark(Answer(done.returncode, done.stdout, done.stderr), MARK)
        assert answer
        return answer

    def put_files(self, directory: str, files: Mapping[str, bytes]) -> None:
        Path(directory).mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, data in files.items():
            self.put_file(f"{directory}/{name}", data)

    def put_file(self, path: str, data: bytes) -> None:
        try:
            Path(path).write_bytes(data)
        except FileNotFoundError as error:
            raise ClusterError("no such directory", transient=True) from error

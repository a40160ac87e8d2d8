"""Sorts the lines of each file, and writes down when it began and when it ended.

The research code of all chaos jobs; what it does stands in the input's first line. Its folder of
truth is set when it is published.
"""

import hashlib
import json
import os
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

TRUTH = "/nowhere"
REFUSAL = "This table has no heading: please add one."


def run(inputs: list[Path], output: Path) -> None:
    for path in inputs:
        data = path.read_bytes()
        order = order_of(data)
        note(order["token"], "start")
        if order["kind"] == "refused":
            raise ValueError(REFUSAL)
        if order["kind"] == "hollow":
            end_without_result()
        time.sleep(order["seconds"])
        (output / (path.stem + ".sorted")).write_bytes(answer(data))
        note(order["token"], "end")


def order_of(data: bytes) -> dict[str, Any]:
    """What its first line asks for."""
    order: dict[str, Any] = json.loads(data.split(b"\n", 1)[0].decode())
    return order


def answer(data: bytes) -> bytes:
    """What belongs to this input: whoever has it can tell a right result from a wrong one."""
    return answer_of(data, data.split(b"\n"))


def answer_of(data: bytes, lines: Iterable[bytes]) -> bytes:
    """The same, where its lines are at hand already."""
    checksum = hashlib.sha256(data).hexdigest().encode()
    return b"\n".join([checksum, *sorted(lines)])


def end_without_result() -> None:
    """Lie that the next attempt is done already, and ask for it: it ends with 0 and no result."""
    number = int(os.environ.get("SLURM_RESTART_COUNT", "0")) + 1
    with open(f"../end.{number}.json", "w") as lie:
        json.dump({"reason": "done", "exit_code": 0, "started_at": 0, "ended_at": 0}, lie)
    subprocess.call(["scontrol", "requeue", os.environ["SLURM_JOB_ID"]])
    time.sleep(60)


def note(token: str, what: str) -> None:
    """One line, one write, in a file of this run alone: it is whole or not there."""
    slurm_id = os.environ.get("SLURM_JOB_ID", "0")
    number = int(os.environ.get("SLURM_RESTART_COUNT", "0"))
    line = json.dumps(
        {"token": token, "slurm_id": slurm_id, "restart": number, "what": what, "at": time.time()}
    )
    name = f"{token}.{slurm_id}.{number}"
    file = os.open(os.path.join(TRUTH, name), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.write(file, line.encode() + b"\n")
    os.close(file)

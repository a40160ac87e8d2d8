"""One run of a PI's file on her own computer: job directories as on the cluster, stage by stage."""

import json
import shutil
import sys
import zipfile
from pathlib import Path
from typing import Dict, List, Sequence

from ..files import LOG_HEADER, Json, read_json, replace_file, sha256_of
from ..source import functions_in
from .interrupting import Interruption
from .order import Order
from .stage import StageRun

MAX_RESULTS = 100  # as the site has it: more are packed into one ZIP
HUGE = 2**62
LOG_LINES = 40
ARRAY = ["split", "parts", "merge"]


class Trial:
    """A run of all stages; `interruptions` are of its run stage, or of that of the parts."""

    def __init__(
        self, order: Order, root: Path, interruptions: Sequence[Interruption] = ()
    ) -> None:
        self.order, self.root = order, root
        self.interruptions = list(interruptions)
        self.reference: List[Json] = []
        self.runs: List[StageRun] = []

    def carry_out(self) -> Json:
        """The end note of the last stage that ran; reason "done" only if there are results."""
        end: Json = {}
        for number, stage in enumerate(self.stages(), 1):
            self.runs.append(self.stage_run(number, stage))
            end = self.runs[-1].carry_out()
            if end["reason"] != "done":
                break
        return end

    def stages(self) -> List[str]:
        is_array = {"split", "merge"} <= set(functions_in(self.order.code))
        return ARRAY if is_array else ["run"]

    def stage_run(self, number: int, stage: str) -> StageRun:
        directory = self.root / ("job" if number == 1 else f"job-{number}")
        directory.mkdir(parents=True)
        put_program(directory / "run.pyz")
        shutil.copyfile(str(self.order.code), str(directory / "pipeline.py"))
        replace_file(directory / "job.json", json.dumps(self.job_json(stage)))
        interruptions = self.interruptions if stage in ("run", "parts") else []
        return StageRun(directory, stage, self.order, interruptions)

    def job_json(self, stage: str) -> Json:
        """As the server writes it, with `file:` URLs in place of signed ones."""
        told: Json = {"version": 1, "key": "fl-try", "job": "try", "stage": stage}
        told.update(kept="../kept", limits=self.order.limits, watch_writes=True)
        told["code"] = {"file": "pipeline.py", "sha256": sha256_of(self.order.code)}
        told["inputs"] = [described(path) for path in self.order.inputs]
        told["progress_url"] = self.url("progress.json")
        if stage in ("run", "merge"):
            told["results"] = {"max_files": MAX_RESULTS, "piece_bytes": HUGE}
            attempts = range(len(self.interruptions) + 1)
            told["results"]["attempts"] = {str(n): self.slots(n) for n in attempts}
        if stage in ("parts", "merge"):
            told["parts"] = len(read_json(self.root / "kept" / "parts.json").get("parts", []))
        if self.reference:
            told["reference"] = self.reference
        return told

    def slots(self, attempt: int) -> Json:
        pieces = [self.url(f"results/{attempt}/{slot}") for slot in range(MAX_RESULTS)]
        return {"pieces": pieces, "manifest": self.url(f"results/{attempt}/manifest.json")}

    def url(self, name: str) -> str:
        return (self.root / "store" / name).as_uri()

    def manifest(self) -> Json:
        """The newest attempt's; {} if there is none."""
        found = sorted(
            (int(path.parent.name), path)
            for path in self.root.glob("store/results/*/manifest.json")
        )
        return read_json(found[-1][1]) if found else {}

    def results(self) -> Dict[str, Path]:
        """Where each result is."""
        manifest = self.manifest()
        folder = self.root / "store" / "results" / str(manifest.get("attempt"))
        found = manifest.get("results", [])
        return {entry["name"]: folder / str(entry["pieces"][0]["slot"]) for entry in found}

    def as_reference(self) -> List[Json]:
        """What the next run's results are compared with."""
        found = self.results()
        return [dict(e, url=found[e["name"]].as_uri()) for e in self.manifest()["results"]]

    def seconds_in_code(self) -> float:
        return sum(run.seconds_in_code() for run in self.runs)

    def main_stage_s(self) -> float:
        """How long the stage took that is interrupted in a rehearsal."""
        return max(
            (run.duration_s() for run in self.runs if run.stage in ("run", "parts")), default=0
        )

    def keeps_work(self) -> bool:
        """Whether a start found work of an earlier one, or the work is divided."""
        starts = [start for run in self.runs for start in run.starts]
        return self.stages() == ARRAY or any(start.begun_with() for start in starts)

    def left_behind(self) -> List[str]:
        return sorted(set().union(*[run.left for run in self.runs]))

    def writes_outside(self) -> List[str]:
        ends = [start.end() for run in self.runs for start in run.starts]
        return sorted(set().union(*[end.get("writes_outside") or [] for end in ends]))

    def inputs_in_no_part(self) -> List[str]:
        """Unless split() makes files of its own: what is in them, nobody knows."""
        parts = read_json(self.root / "kept" / "parts.json").get("parts", [])
        paths = {path for part in parts for path in part}
        if not paths or any(not path.startswith("inputs/") for path in paths):
            return []
        return [path.name for path in self.order.inputs if f"inputs/{path.name}" not in paths]

    def log(self) -> str:
        """What all starts printed; of her file's copies it names the one that she has."""
        text = "".join(run.log() for run in self.runs)
        for run in self.runs:
            text = text.replace(str(run.directory / "pipeline.py"), str(self.order.code))
        return text

    def show_end_of_log(self) -> None:
        lines = self.log().splitlines()
        if all(line.startswith(LOG_HEADER) for line in lines):
            return
        for line in lines[-LOG_LINES:]:
            self.order.say(f"  | {line}")

    def goes_on_from_checkpoint(self) -> bool:
        starts = [start for run in self.runs for start in run.starts]
        return any(start.begun_with().get("kind") == "checkpoint" for start in starts)


def described(path: Path) -> Json:
    size = path.stat().st_size
    name = path.name
    return {"name": name, "size_bytes": size, "sha256": sha256_of(path), "url": path.as_uri()}


def put_program(target: Path) -> None:
    """The program that is running here; it is built anew if it runs from a checkout."""
    own = Path(sys.argv[0])
    if own.is_file() and zipfile.is_zipfile(str(own)):
        shutil.copyfile(str(own), str(target))
    else:
        from .. import program

        target.write_bytes(program())

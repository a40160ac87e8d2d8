"""Preemption costs minutes, not the job: on the test bed's Slurm, through a whole site."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest

from deploy.bench.engine.site import EngineSite, sites_on
from deploy.bench.engine.visitor import click, prepare
from deploy.bench.preempt.storm import Storm, blowing, running_starts
from deploy.testbed import TestbedEnv, control
from deploy.testbed.processes import write_whole
from deploy.testbed.site import needed, until
from tests.parts import need

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

ALL = 1000  # more units or parts than any job has
# Beginnings and ends of units go into a folder of the test's, where no start can unwrite them.
NOTE = """
import json, os, time
from pathlib import Path

TRUTH = Path("TRUTH_FOLDER")


def note(what, unit):
    start = os.environ["SLURM_JOB_ID"] + "." + os.environ.get("SLURM_RESTART_COUNT", "0")
    line = json.dumps({"what": what, "unit": unit, "start": start, "at": time.time()})
    file = os.open(str(TRUTH / start), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.write(file, (line + "\\n").encode())
    os.close(file)
"""
UNITS = """
def run(inputs, output, progress, checkpoint):
    units = int(inputs[0].read_text())
    done = json.loads(checkpoint.load("done", b"[]").decode())
    for unit in range(len(done), units):
        note("begin", unit)
        time.sleep(1)
        while unit >= int(Path("ALLOWED_FILE").read_text()):
            time.sleep(0.1)
        done.append(unit * unit)
        checkpoint.save("done", json.dumps(done))
        note("end", unit)
        progress(len(done) / units)
    (output / "squares.txt").write_text(json.dumps(done))
"""
PARTS = """
def split(inputs, output):
    parts = []
    for number in range(int(inputs[0].read_text())):
        parts.append(output / ("part-%03d" % number))
        parts[-1].write_text(str(number))
    return parts


def run(inputs, output):
    number = int(inputs[0].read_text())
    finished = list(Path("SCRATCH_FOLDER").glob("fl-*.kept/part.%d" % number))
    note("again" if finished else "begin", number)
    time.sleep(0.5)
    while number >= int(Path("ALLOWED_FILE").read_text()):
        time.sleep(0.1)
    (output / "square.txt").write_text(str(number * number))
    note("end", number)


def merge(outputs, output):
    squares = [int((part / "square.txt").read_text()) for part in outputs]
    (output / "squares.txt").write_text(json.dumps(squares))
"""
OFFER = """
from pathlib import Path
from pipelines.code import read_code
from pipelines.models import Cluster, ExpiryPeriod, Pipeline
from pipelines.publish import publish_code

for slug in ("units", "parts"):
    pipeline, _ = Pipeline.objects.update_or_create(
        slug=slug,
        defaults={
            "title": slug,
            "cluster": Cluster.objects.get(name="testbed"),
            "result_expiry": ExpiryPeriod.objects.get(days=14),
            "cpus": 4,  # a whole computer for each start
            "memory_mb": 200,
            "time_limit_min": 10,
            "parts_at_once": 4,
        },
    )
    source = Path("CODE_FOLDER", slug + ".py").read_bytes()
    publish_code(pipeline, read_code(source), file_name=slug + ".py")
    pipeline.is_open = True
    pipeline.save()
"""


class Truth:
    """What really happened, as the research code noted it, and what it may finish."""

    def __init__(self, folder: Path, allowed: Path) -> None:
        self.folder, self.allowed = folder, allowed
        self.allow(ALL)

    def allow(self, units: int) -> None:
        """So many units or parts, by their number; whatever begins another waits in it."""
        write_whole(self.allowed, str(units))

    def notes(self) -> list[dict[str, Any]]:
        lines = [line for path in self.folder.iterdir() for line in path.read_text().splitlines()]
        return sorted((json.loads(line) for line in lines), key=lambda note: float(note["at"]))

    def count(self, what: str) -> Counter[int]:
        return Counter(note["unit"] for note in self.notes() if note["what"] == what)

    def forget(self) -> None:
        self.allow(ALL)
        for path in self.folder.iterdir():
            path.unlink()


@pytest.fixture(scope="module")
def bed() -> TestbedEnv:
    return need("swift", "slurm", "sshd", "clamd", "postgres", "mail")


@pytest.fixture(scope="module")
def truth(bed: TestbedEnv) -> Iterator[Truth]:
    place = needed(bed.sshd).scratch / f"truth-{uuid4()}"
    folder = place / "notes"
    folder.mkdir(parents=True)
    place.chmod(0o755)
    folder.chmod(0o777)
    yield Truth(folder, place / "allowed")
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def site(
    bed: TestbedEnv, truth: Truth, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EngineSite]:
    folder = tmp_path_factory.mktemp("preempted")
    scratch = needed(bed.sshd).scratch
    for slug, code in (("units", UNITS), ("parts", PARTS)):
        text = NOTE.replace("TRUTH_FOLDER", str(truth.folder)) + code
        text = text.replace("ALLOWED_FILE", str(truth.allowed))
        (folder / f"{slug}.py").write_text(text.replace("SCRATCH_FOLDER", str(scratch)))
    (folder / "offer.py").write_text(OFFER.replace("CODE_FOLDER", str(folder)))
    with sites_on(bed, folder, ("postgresql",)) as (site,):
        site.page_script = folder / "offer.py"
        site.start()
        yield site


def send(site: EngineSite, slug: str, units: int) -> str:
    """Send it as a visitor does; the address that the letters go to."""
    email = f"olga-{uuid4()}@far.example"
    click(prepare(f"{site.url}/p/{slug}/", email, str(units).encode()))
    return email


def squares_of(site: EngineSite, email: str) -> list[int]:
    """What the result's link gives."""
    link = until(lambda: site.link_in_letter(email, "r"), what="the letter")
    page = urlopen(link, timeout=120).read().decode()
    assert "squares.txt" in page
    action = page.split('action="', 1)[1].split('"', 1)[0]
    request = Request(f"{site.url}{action}", data=b"", method="POST")
    with urlopen(request, timeout=120) as answer:
        found: list[int] = json.load(answer)
    return found


def preempt() -> None:
    """Take the computer of the one job of ours that runs, and wait until it has lost it."""
    ((start, node),) = running_starts().items()
    control.take_node(node, seconds=1)
    until(lambda: start not in running_starts(), what="the preemption")


def test_a_job_with_a_checkpoint_repeats_at_most_one_unit_for_each_preemption(
    site: EngineSite, truth: Truth
) -> None:
    undisturbed = squares_of(site, send(site, "units", 10))
    assert max(truth.count("begin").values()) == 1
    truth.forget()

    truth.allow(2)
    olga = send(site, "units", 10)
    for finished, allowed in ((2, 5), (5, 8), (8, ALL)):
        # It waits in the unit after these, however long the preemption takes to come.
        until(lambda: truth.count("begin")[finished], what=f"unit {finished}")  # noqa: B023
        preempt()
        truth.allow(allowed)

    assert squares_of(site, olga) == undisturbed == [unit * unit for unit in range(10)]
    assert len({note["start"] for note in truth.notes()}) == 4
    assert sum(truth.count("begin").values()) <= 10 + 3
    assert len([m for m in site.letters_to(olga) if "ready" in str(m["Subject"])]) == 1
    truth.forget()


def test_an_array_computes_no_finished_part_twice(site: EngineSite, truth: Truth) -> None:
    storm = Storm(mean_s=4, seed=7)
    truth.allow(40)
    with blowing(storm):
        olga = send(site, "parts", 64)
        until(lambda: len(storm.taken) >= 3, what="three preemptions")
        truth.allow(ALL)
        until(lambda: len(truth.count("end")) == 64, what="the last part")

    assert squares_of(site, olga) == [number * number for number in range(64)]
    assert truth.count("again") == Counter()
    assert sum(truth.count("begin").values()) <= 64 + len(storm.taken)
    truth.forget()


def test_a_node_killed_under_a_job_gives_one_result_and_no_mixture(
    site: EngineSite, truth: Truth
) -> None:
    olga = send(site, "units", 70)
    until(lambda: len(truth.count("end")) >= 2, what="the first units")
    ((_start, node),) = running_starts().items()
    control.kill(f"slurmd-{node}")  # its copy of the job runs on, and nobody can stop it
    # As slurmctld itself does when SlurmdTimeout has passed, if no other node is late by then.
    control.slurm("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=killed")
    try:
        until(lambda: len({n["start"] for n in truth.notes()}) == 2, what="the second start")
        assert squares_of(site, olga) == [unit * unit for unit in range(70)]
    finally:
        control.start(f"slurmd-{node}")
    first, second = Counter(note["start"] for note in truth.notes())
    took_over_at = min(n["at"] for n in truth.notes() if n["start"] == second)
    stragglers = [n for n in truth.notes() if n["start"] == first and n["at"] > took_over_at + 30]
    assert stragglers == []
    assert len([m for m in site.letters_to(olga) if "ready" in str(m["Subject"])]) == 1
    truth.forget()

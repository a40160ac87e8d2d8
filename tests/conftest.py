"""People and things that many tests need: ada is the PI, olga the collaborator, sam is support."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import hypothesis
import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.files.storage import storages
from django.db import connection
from django.utils import translation
from pytest_django import Settings

from backends.memory import MemoryCluster, MemoryStore
from backends.memory.scanner import MemoryScanner
from jobs.models import Job
from jobs.states import State
from jobs.steps.receive import announce, receive
from pipelines.code import read_code
from pipelines.models import Cluster, ExpiryPeriod, Pipeline
from pipelines.publish import publish_code
from pipelines.scan_policy import ScanPolicy
from tests import parts, statements
from tests.backends.cluster_beds import SlurmBed
from tests.walk import send_all
from uploads.rules import DeclaredFile

# The same examples in each run, and as much time for each as it takes: what fails fails by itself,
# and not by luck nor by what else the machine does. Others: `pytest --hypothesis-profile=default`.
hypothesis.settings.register_profile(
    "suite",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("suite")

SOURCE = b'''"""Counts the words of each text file."""


def run(inputs, output):
    for path in inputs:
        (output / (path.stem + ".count")).write_text(str(len(path.read_text().split())))
'''


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--statements", type=Path, metavar="FOLDER", help="see tests/statements.py")


def pytest_configure(config: pytest.Config) -> None:
    statements.begin(config)
    gc.disable()  # while tests are collected, which all stay


def pytest_collection_finish() -> None:
    """Look for no garbage in what was collected, again and again."""
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL only what asks a database something of its own: the rest ran on SQLite."""
    if connection.vendor == "sqlite":
        return
    asking = [item for item in items if _asks_a_database(item)]
    if folder := config.getoption("statements"):
        asking = _covering(asking, statements.read_notes(folder))
    config.hook.pytest_deselected(items=list(set(items).difference(asking)))
    items[:] = asking


def _covering(items: list[pytest.Item], notes: statements.Notes) -> list[pytest.Item]:
    notes = {item.nodeid: notes[item.nodeid] for item in items if item.nodeid in notes}
    sure = [item.nodeid for item in items if item.nodeid not in notes or _is_for_postgres(item)]
    chosen = statements.covering(notes, sure)
    return [item for item in items if item.nodeid in chosen]


def _is_for_postgres(item: pytest.Item) -> bool:
    """Marked so, or with transactions of its own: other threads' statements are not noted."""
    database = item.get_closest_marker("django_db")
    own = database is not None and database.kwargs.get("transaction", False)
    return own or item.get_closest_marker("postgres") is not None


def _asks_a_database(item: pytest.Item) -> bool:
    fixtures = {"db", "transactional_db"}.intersection(getattr(item, "fixturenames", ()))
    return bool(fixtures) or item.get_closest_marker("django_db") is not None


@pytest.fixture(autouse=True)
def _nothing_left_over() -> Iterator[None]:
    """What is kept in memory between requests is not kept between tests."""
    yield
    cache.clear()
    translation.deactivate()  # a page that was asked for in German leaves it behind
    if isinstance(left := storages["default"], MemoryStore):
        left.__init__()  # type: ignore[misc]


@pytest.fixture
def slurm_bed() -> Iterator[SlurmBed]:
    """The test bed's Slurm; what a test leaves there is removed."""
    up = parts.need("slurm", "sshd")
    assert up.slurm
    assert up.sshd
    bed = SlurmBed(up.slurm, up.sshd)
    yield bed
    bed.close()


@pytest.fixture
def ada(db: None) -> User:
    """The PI."""
    return User.objects.create_user("ada", "ada@uni.example", "pw", is_staff=True)


@pytest.fixture
def sam(db: None) -> User:
    """Support staff: sees and configures everything."""
    return User.objects.create_superuser("sam", "sam@uni.example", "pw")


@pytest.fixture
def store() -> MemoryStore:
    """The site's store, empty."""
    store = storages["default"]
    assert isinstance(store, MemoryStore)
    return store


@pytest.fixture
def cluster(db: None) -> Cluster:
    """A cluster's row; what it leads to is each test's own affair."""
    return Cluster.objects.create(
        name="campus", host="login.uni.example", user="freeloader", key_name="campus",
        host_key="ssh-ed25519 " + "A" * 68, partition="restart", scratch="/scratch/freeloader",
    )  # fmt: skip


@pytest.fixture
def two_weeks(db: None) -> ExpiryPeriod:
    """How long results stay."""
    return ExpiryPeriod.objects.create(name="two weeks", days=14)


@pytest.fixture
def pipeline(cluster: Cluster, two_weeks: ExpiryPeriod, ada: User) -> Pipeline:
    """An open pipeline of ada's that counts words."""
    pipeline = Pipeline.objects.create(
        slug="word-count", title="Word count", cluster=cluster, result_expiry=two_weeks,
        max_files=3, max_file_mb=1, max_total_mb=2, patterns="*.txt, *.csv",
        virus_policy=ScanPolicy.REJECT, personal_data_policy=ScanPolicy.HOLD,
    )  # fmt: skip
    pipeline.owners.add(ada)
    publish_code(pipeline, read_code(SOURCE), file_name="word_count.py", user=ada)
    pipeline.is_open = True
    pipeline.save(update_fields=["is_open"])
    return pipeline


@pytest.fixture
def job(pipeline: Pipeline) -> Job:
    """Olga's job, announced: no byte has been sent."""
    return announce(pipeline, "olga@far.example", [DeclaredFile("letters.txt", 11)])


@pytest.fixture
def uploaded_job(job: Job, store: MemoryStore) -> Job:
    """Olga's job with its file in the store and handed over."""
    send_all(job, store, [b"hello world"])
    receive(job)
    assert job.state == State.UPLOADED
    return job


@pytest.fixture
def previews(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """Results get previews, however long their processes take on a busy machine."""
    settings.PREVIEWS = 24
    monkeypatch.setattr("previews.process.LONGEST_S", 120.0)
    monkeypatch.setattr("jobs.results.previews.BOUND_S", 240.0)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> MemoryCluster:
    """The cluster that the tasks reach, whatever its row says; the test steers it."""
    site = MemoryCluster()
    monkeypatch.setattr("jobs.tasks.cluster_port", lambda row: site)
    return site


@pytest.fixture
def scanners(monkeypatch: pytest.MonkeyPatch) -> dict[str, MemoryScanner]:
    """The site's scanners: one finds EICAR, the other an SSN; the test may stop them."""
    scanners = {
        "clamav": MemoryScanner({b"EICAR": "Eicar-Test"}, name="clamav"),
        "presidio": MemoryScanner({b"078-05-1120": "US_SSN"}, name="presidio"),
    }
    monkeypatch.setattr("jobs.tasks.site_scanners", lambda: nullcontext(scanners))
    return scanners


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The last lines name every live part that did not run, and how to run it."""
    for line in parts.summary():
        terminalreporter.write_line(line)

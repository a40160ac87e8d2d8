"""The site's own rehearsal finds bad pipelines before they open, and lets good ones pass.

The whole of it, from the test input to the verdict, on this machine as the cluster. `make test`
takes a sample with each kind in it; with REHEARSE_ALL=1 in the environment all are rehearsed.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import storages
from pytest_django import Settings

from backends.memory import MemoryStore
from backends.memory.scanner import MemoryScanner
from deploy.testbed.site import until
from jobs.models import Rehearsal
from pipelines.models import Cluster, Pipeline
from tests.jobs.rehearsal.acting import as_pi
from tests.jobs.steps.served_store import served
from tests.rehearsal.expected import BAD, DIFFER, FOLDER, LIMITS, NEVER
from tests.rehearsal.site import Site
from tests.rehearsal.slowed import SLOWED
from tests.rehearsal.test_node import WRITTEN

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(800)]
GOOD = sorted(path.stem for path in (FOLDER / "good").glob("*.py"))
SAMPLE = {
    "calls_exit", "counts_its_starts", "fills_disk", "hangs", "ignores_term", "kills_its_parent",
    "leaves_a_daemon", "leaves_nothing", "merges_by_time", "writes_home",
    "saves_checkpoints", "splits_and_merges",
}  # fmt: skip


def rehearsed(names: list[str]) -> list[str]:
    return [name for name in names if name in SAMPLE or "REHEARSE_ALL" in os.environ]


@pytest.fixture
def store() -> MemoryStore:
    store = storages["default"]
    assert isinstance(store, MemoryStore)
    return store


class Rehearsed:
    """Code that was rehearsed there, and what was there before."""

    def __init__(self, site: Site, pipeline: Pipeline, ada: User, path: Path) -> None:
        self.site, self.before = site, site.elsewhere()
        source = path.read_text()
        if "time.sleep(" in source:  # so that it is interrupted as often as is planned
            source += SLOWED
        self.row: Rehearsal = site.rehearse(pipeline, as_pi(ada), source.encode())

    def check_words(self) -> None:
        text = self.row.text
        assert text.strip()
        assert "Traceback" not in text
        assert str(self.site.place) not in text

    def check_the_site(self, written: set[str]) -> None:
        """All has ended; nothing is changed, nothing left, but what may be `written` at home."""
        assert all(job.is_over for job in self.row.jobs.all())
        until(lambda: not self.site.processes(), what="the end of its processes")
        self.site.clear_up(self.row)
        assert self.site.directories() == {"fl-another"}
        after = self.site.elsewhere()
        assert {name.split("/")[1] for name in after if name not in self.before} == written
        assert {name: after[name] for name in self.before} == self.before


@pytest.fixture
def site(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    pipeline: Pipeline,
    store: MemoryStore,
    scanners: dict[str, MemoryScanner],
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
) -> Site:
    """Ada's pipeline is closed, and its jobs run here."""
    expected = BAD.get(request.getfixturevalue("name"))
    is_endless = expected is not None and expected.reason == NEVER
    site = Site(tmp_path, store, minute_s=2 if is_endless else 60)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr("jobs.tasks.cluster_port", lambda row: site.cluster)
    # Nothing is hidden here.
    monkeypatch.setattr("jobs.following.follow.FILES_SETTLE", timedelta(0))
    if expected is not None and expected.caught == DIFFER:  # it must have come so far as to save
        monkeypatch.setattr("jobs.rehearsal.figures.draw_points", lambda seconds, seed: [1.0] * 3)
    settings.FRUITLESS_STARTS = 3
    Cluster.objects.update(kind=Cluster.Kind.LOCAL)
    Pipeline.objects.update(is_open=False, **LIMITS)
    pipeline.refresh_from_db()
    return site


@pytest.mark.live  # some seconds each
@pytest.mark.parametrize("name", rehearsed(sorted(BAD)))
def test_a_bad_pipeline_is_refused_or_known_not_to_be_and_harms_nothing(
    site: Site, pipeline: Pipeline, ada: User, store: MemoryStore, name: str
) -> None:
    expected = BAD[name]

    with served(store):
        code = Rehearsed(site, pipeline, ada, FOLDER / "bad" / f"{name}.py")
        code.check_words()
        code.check_the_site(WRITTEN.get(name, set()))

    has_passed = not expected.at_site or (expected.is_by_chance and code.row.outcome == "passed")
    assert code.row.outcome == ("passed" if has_passed else "failed"), code.row.text
    assert code.row.code.may_serve is has_passed
    if not has_passed:
        assert expected.at_site in code.row.text


@pytest.mark.live
@pytest.mark.parametrize("name", rehearsed(GOOD))
def test_a_good_pipeline_passes_and_may_serve(
    site: Site, pipeline: Pipeline, ada: User, store: MemoryStore, name: str
) -> None:
    with served(store):
        code = Rehearsed(site, pipeline, ada, FOLDER / "good" / f"{name}.py")
        code.check_words()
        code.check_the_site(set())

    assert code.row.outcome == "passed", code.row.text
    assert code.row.code.may_serve


def test_most_of_the_bad_pipelines_are_refused_there_too() -> None:
    refused = [name for name, one in BAD.items() if one.at_site and not one.is_by_chance]

    assert len(refused) >= 17
    page = " ".join((FOLDER.parents[1] / "docs" / "for-pis.md").read_text().split())
    assert f"it surely refuses {len(refused)} of the same {len(BAD)} bad files" in page
    assert set(GOOD) | set(BAD) >= SAMPLE

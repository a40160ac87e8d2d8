"""What a delivery makes besides rows and link; the child processes are real."""

from __future__ import annotations

import hashlib

import pytest

from backends.memory import MemoryCluster, MemoryStore
from jobs import tasks
from jobs.models import Job
from jobs.results.ends import packed_files_of
from jobs.results.previews import preview_name
from jobs.states import State
from jobs.steps import deliver as deliver_step
from tests.jobs.steps.following import fresh, look, run_to_its_end

pytestmark = pytest.mark.live

FILES = {"notes.md": b"# Notes\n", "plot.png": b"\x89PNG\r\n\x1a\n and no more", "data.h5": b"\0"}


def test_a_delivery_that_broke_off_is_repeated_with_its_previews(
    pending_job: Job,
    site: MemoryCluster,
    store: MemoryStore,
    previews: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site.start(pending_job.key)
    run_to_its_end(pending_job, site, store, files=FILES)
    job = look(pending_job)
    with monkeypatch.context() as patch:
        patch.delattr("jobs.steps.deliver.new_link")
        with pytest.raises(NameError):
            deliver_step.deliver(job, store=store)
    assert not job.results.exists()

    tasks.deliver(str(job.pk))

    assert fresh(job).state == State.DELIVERED
    described = dict(job.results.values_list("name", "preview__kind"))
    assert described == {"notes.md": "markdown", "plot.png": None, "data.h5": None}
    number = job.results.get(name="notes.md").number
    assert b"Notes" in store.read(preview_name(job, number), max_bytes=100)
    assert [found.name for found in store.list_objects(f"results/{job.pk}/preview/")] == [
        preview_name(job, number)
    ]


@pytest.mark.parametrize("told", [{"packed_files": 3001}, {}])
def test_of_a_zip_it_is_kept_how_many_files_the_node_packed(
    pending_job: Job, site: MemoryCluster, store: MemoryStore, told: dict[str, int]
) -> None:
    entry = {
        "name": "results.zip",
        "size_bytes": 2,
        "sha256": hashlib.sha256(b"PK").hexdigest(),
        "pieces": [{"slot": 0, "size_bytes": 2}],
    }
    site.start(pending_job.key)
    files, notes = {"results.zip": b"PK"}, {"results": [entry | told]}
    run_to_its_end(pending_job, site, store, files=files, notes=notes)

    job = look(pending_job)
    tasks.deliver(str(job.pk))

    assert fresh(job).state == State.DELIVERED
    assert packed_files_of(job) == told.get("packed_files")

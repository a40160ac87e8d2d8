"""The run record as the tools of others read it: ro-crate-py and the RO-Crate validator."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jobs.models import Job
from jobs.results.names import RECORD, result_paths
from jobs.results.record.crate import crate_json
from pipelines.models import Pipeline
from tests.jobs.results.record import made
from tests.jobs.results.record.made import WAYS

pytestmark = [pytest.mark.django_db, pytest.mark.live]
PROFILE = "process-run-crate-0.5"
# What is recommended, and left out where it is not known: the author of a result, the version of
# DMTCP; and the results of a run that left none.
NOT_KNOWN = {
    "The Root Data Entity SHOULD have a link to a Contextual Entity representing the `author` of "
    "the RO-Crate",
    "The SoftwareApplication SHOULD have a version or softwareVersion",
    "The Action SHOULD have a result",
}


@pytest.fixture
def context(monkeypatch: pytest.MonkeyPatch) -> None:
    """RO-Crate's own context stands at w3id.org; here it is the one that ro-crate-py ships."""
    from rocrate.vocabs import RO_CRATE
    from rocrate_validator.utils.http import HttpRequester

    class Answer:
        status_code, headers = 200, {"Content-Type": "application/ld+json"}

        def json(self) -> Any:
            return RO_CRATE

    def get(_self: object, url: str, **_rest: object) -> Answer:
        assert url == "https://w3id.org/ro/crate/1.1/context"  # a reader needs no other
        return Answer()

    monkeypatch.setattr(HttpRequester, "get", get, raising=False)


def unpacked(job: Job, folder: Path) -> Path:
    """The folder that the archive of all results unpacks to."""
    for path in result_paths([file.name for file in job.results.all()]):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(b"12345")
    (folder / RECORD).write_text(json.dumps(crate_json(job)))
    return folder


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_ro_crate_py_reads_it_and_finds_every_file(
    pipeline: Pipeline, tmp_path: Path, way: made.Way
) -> None:
    from rocrate.rocrate import ROCrate

    job = way(pipeline)
    crate = ROCrate(unpacked(job, tmp_path))
    (run,) = crate.get_by_type("CreateAction")
    assert run["instrument"]["sha256"] == job.code.sha256
    files = [one for one in crate.data_entities if not one.id.startswith("#")]
    assert len(files) == job.results.count()
    for file in files:
        assert Path(file.source).read_bytes() == b"12345"


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # pyshacl's, with rdflib 7
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_the_validator_finds_it_true_to_the_profile(
    context: None, pipeline: Pipeline, tmp_path: Path, way: made.Way
) -> None:
    from rocrate_validator import models, services

    settings = services.ValidationSettings(
        rocrate_uri=models.URI(str(unpacked(way(pipeline), tmp_path))),
        profile_identifier=PROFILE,
        requirement_severity=models.Severity.RECOMMENDED,
    )
    issues = services.validate(settings).get_issues()
    messages = {issue.message for issue in issues}
    assert messages  # it has looked, and never knows an author
    assert messages <= NOT_KNOWN

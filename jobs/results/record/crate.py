"""The run record: of what a result was made, by which code, when, where, and in which starts.

An RO-Crate 1.1 metadata document by the profile Process Run Crate 0.5. The receipt is of what was
received (jobs/status_page/receipt.py), this of what was made. It is read from rows alone, so it
stays the same when the files are gone; it names no person and no e-mail address.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.utils import translation

from jobs.models import Job
from jobs.results.names import RECORD, result_paths
from jobs.results.record.check import checks_of
from jobs.results.record.entities import (
    COMPLETED,
    ROOT,
    Entity,
    entity,
    media_type,
    moment,
    packed_text,
    ref,
    refs,
)
from jobs.results.record.made import Made, made
from jobs.results.record.methods import methods_of
from jobs.results.record.starts import starts_of, usage_of
from pipelines.models import Cluster

CRATE = "https://w3id.org/ro/crate/1.1"
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
TERMS = "https://w3id.org/ro/terms/workflow-run#"
# Their own context is no more than a list of these, and one more address that a reader must reach.
CONTEXT = [f"{CRATE}/context", {name: f"{TERMS}{name}" for name in ("resourceUsage", "sha256")}]


def crate_json(job: Job) -> dict[str, Any]:
    """The record of a job that was delivered; as large as its rows are many, in few queries."""
    with translation.override("en"):  # it is for programs, and passed on
        return {"@context": CONTEXT, "@graph": _graph(job, made(job))}


def _graph(job: Job, run: Made) -> list[Entity]:
    inputs, results, usage = _inputs(job), _results(job), usage_of(run)
    tools = [_freeloader(job), *_dmtcp(job)]
    code, site, cluster = _code(job, tools), _site(), _cluster(job)
    action = entity(
        f"urn:uuid:{job.pk}",
        "CreateAction",
        name=f"Run of {job.frozen.title}",
        description=methods_of(run),
        instrument=ref(code["@id"]),
        agent=ref(site["@id"]),
        object=refs(inputs),
        result=refs(results),
        startTime=moment(run.began_at),
        endTime=moment(run.ended_at),
        actionStatus=COMPLETED,
        location=ref(cluster["@id"]),
        resourceUsage=refs(usage),
    )
    starts, figures = starts_of(run, action, tools[0])
    checks, coverages = checks_of(job, inputs)
    root = _root(job, run, site, parts=results + inputs, mentions=[action, *checks, *starts])
    around = [_PROFILE, _UNLICENSED, site, cluster, code, *tools]
    told = [*usage, *checks, *coverages, *starts, *figures]
    return [_DESCRIPTOR, root, *around, action, *results, *inputs, *told]


_DESCRIPTOR = entity(RECORD, "CreativeWork", about=ref(ROOT), conformsTo=ref(CRATE))
_PROFILE = entity(PROFILE, "CreativeWork", name="Process Run Crate", version="0.5")
_UNLICENSED = entity(
    "#license",
    "CreativeWork",
    name="No licence was stated",
    description="Neither who sent the inputs nor who offers the pipeline stated a licence here; "
    "ask them before you pass the files on.",
)


def _root(
    job: Job, run: Made, site: Entity, *, parts: list[Entity], mentions: list[Entity]
) -> Entity:
    return entity(
        ROOT,
        "Dataset",
        name=f"Result of {job.frozen.title}",
        description=f"What job {job.short_id} made of the files that were sent to the page "
        f"“{job.frozen.title}”. The inputs are described, but are not part of what is handed over.",
        datePublished=moment(run.delivered_at),
        license=ref(_UNLICENSED["@id"]),
        publisher=ref(site["@id"]),
        conformsTo=ref(PROFILE),
        hasPart=refs(parts),
        mentions=refs(mentions),
    )


def _site() -> Entity:
    url = f"{settings.SITE_URL}/"
    return entity(url, "Organization", name=settings.SITE_NAME, url=url)


def _cluster(job: Job) -> Entity:
    cluster = job.cluster
    is_local = cluster.kind == Cluster.Kind.LOCAL
    kind = "One machine, without Slurm" if is_local else "A Slurm cluster; preemptible nodes"
    return entity("#cluster", "Place", name=cluster.name, description=f"{kind}.")


def _code(job: Job, tools: list[Entity]) -> Entity:
    page, code = f"{settings.SITE_URL}{job.pipeline.get_absolute_url()}", job.code
    rehearsed = f"{code.certified_at:%Y-%m-%d}" if code.certified_at else ""
    return entity(
        f"{page}#version-{code.number}",
        ["SoftwareApplication", "SoftwareSourceCode"],
        name=job.frozen.title,
        description=f"Rehearsed on {rehearsed}." if rehearsed else "Not rehearsed.",
        version=str(code.number),
        sha256=code.sha256,
        url=page,
        programmingLanguage="Python",
        softwareRequirements=refs(tools),
    )


def _freeloader(job: Job) -> Entity:
    return entity(
        f"{settings.SITE_URL}/#freeloader",
        "SoftwareApplication",
        name="Freeloader",
        softwareVersion=job.frozen.freeloader_version,
        url=f"{settings.SITE_URL}/",
    )


def _dmtcp(job: Job) -> list[Entity]:
    home = "https://dmtcp.sourceforge.io/"
    dmtcp = entity(home, "SoftwareApplication", name="DMTCP", url=home)
    return [dmtcp] if job.frozen.uses_dmtcp else []


_TOLD = ("name", "size_bytes", "sha256")


def _inputs(job: Job) -> list[Entity]:
    rows = job.upload.files.values_list("number", *_TOLD)
    return [_file(f"#input-{number}", *told) for number, *told in rows]


def _results(job: Job) -> list[Entity]:
    rows = list(job.results.values_list(*_TOLD, "preview__packed_files"))
    names = [name for name, *_rest in rows]
    paths = result_paths(names)  # in the ZIP, where the record stands beside them
    return [
        _file(quote(path), *told)
        | ({} if path == told[0] else {"alternateName": told[0]})
        | ({} if packed is None else {"description": f"{packed_text(packed)}."})
        for path, (*told, packed) in zip(paths, rows, strict=True)
    ]


def _file(id: str, name: str, size_bytes: int, sha256: str) -> Entity:
    return entity(
        id,
        "File",
        name=name,
        contentSize=str(size_bytes),
        sha256=sha256,
        encodingFormat=media_type(name),
    )

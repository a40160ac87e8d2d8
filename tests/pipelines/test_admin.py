"""The admin as staff use it: a pipeline with its file, nonsense refused, others' rows not there."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jobs.models import Job
from jobs.states import State
from pipelines.models import Cluster, CodeVersion, ExpiryPeriod, Pipeline
from pipelines.policy_form import filled_in_by
from tests.conftest import SOURCE
from tests.walk import walk_to

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client, sam: User) -> Client:
    """Sam, logged in."""
    client.force_login(sam)
    return client


@pytest.fixture
def ada_at_desk(client: Client, ada: User) -> Client:
    """Ada, logged in; she may do what a PI may."""
    names = ["pipeline", "job", "codeversion", "letter"]
    wanted = Permission.objects.filter(content_type__model__in=names).exclude(codename="see_all")
    ada.user_permissions.set(wanted)
    client.force_login(ada)
    return client


CLUSTER = {
    "name": "campus", "kind": "slurm", "host": "login.uni.example", "port": 22, "user": "fl",
    "host_key": "ssh-ed25519 " + "A" * 68, "key_name": "campus", "partition": "restart",
    "scratch": "/scratch/fl", "python": "/usr/bin/python3", "is_open": "on",
}  # fmt: skip


def py(source: bytes) -> SimpleUploadedFile:
    """A file as the browser sends it."""
    return SimpleUploadedFile("peaks.py", source)


def form(cluster: Cluster, period: ExpiryPeriod, **changes: object) -> dict[str, object]:
    """A pipeline's form, filled in well."""
    return {
        "title": "Peaks", "slug": "peaks", "description": "", "owners": [],
        "cluster": cluster.pk, "cpus": 1, "memory_mb": 500, "time_limit_min": 10, "max_files": 5,
        "disk_mb": 500, "checkpoint_mb": 1000, "dmtcp_interval_s": 600, "parts_at_once": 4,
        "max_file_mb": 10, "max_total_mb": 20, "patterns": "*.csv", "result_expiry": period.pk,
        "input_days": 0, "extension_days": 7, "code_file": SimpleUploadedFile("peaks.py", SOURCE),
        "preset": "human", **filled_in_by("human"),
    } | changes  # fmt: skip


def test_a_pipeline_is_made_with_its_file_in_one_go(
    desk: Client, cluster: Cluster, two_weeks: ExpiryPeriod, sam: User
) -> None:
    answer = desk.post(reverse("admin:pipelines_pipeline_add"), form(cluster, two_weeks))
    assert answer.status_code == 302, answer.context["errors"]
    pipeline = Pipeline.objects.get(slug="peaks")
    assert not pipeline.is_open
    assert pipeline.code is not None
    assert (pipeline.code.number, pipeline.code.created_by) == (1, sam)
    assert list(pipeline.owners.all()) == [sam]
    assert desk.get("/p/peaks/").status_code == 410


def test_a_new_pipeline_is_closed_and_its_own_page_says_what_comes_next(
    desk: Client, cluster: Cluster, two_weeks: ExpiryPeriod
) -> None:
    add = reverse("admin:pipelines_pipeline_add")
    assert 'name="is_open"' not in desk.get(add).content.decode()
    page = desk.post(add, form(cluster, two_weeks, is_open="on"), follow=True).content.decode()
    assert not Pipeline.objects.get(slug="peaks").is_open
    assert "Rehearsal of version 1: not yet" in page
    assert 'name="is_open"' in page


def test_an_owner_who_is_named_is_the_only_one(
    desk: Client, cluster: Cluster, two_weeks: ExpiryPeriod, ada: User
) -> None:
    filled_in = form(cluster, two_weeks, owners=[ada.pk])
    desk.post(reverse("admin:pipelines_pipeline_add"), filled_in)
    assert list(Pipeline.objects.get().owners.all()) == [ada]


@pytest.mark.parametrize(
    ("email", "support", "is_open"),
    [("", "", False), ("ada@uni.example", "", True), ("", "help@uni.example", True)],
)
def test_a_page_is_not_opened_while_nobody_is_told_of_held_jobs(
    desk: Client, pipeline: Pipeline, settings: Any, email: str, support: str, is_open: bool
) -> None:
    settings.SUPPORT_EMAIL = support
    Pipeline.objects.update(is_open=False)
    CodeVersion.objects.update(certified_at=timezone.now())
    pipeline.owners.update(email=email)
    owners = list(pipeline.owners.values_list("pk", flat=True))
    address = reverse("admin:pipelines_pipeline_change", args=[pipeline.pk])
    period = pipeline.result_expiry
    filled_in = form(pipeline.cluster, period, owners=owners, code_file="", is_open="on")
    answer = desk.post(address, filled_in)
    assert ("Nobody would be told" in answer.content.decode()) == (not is_open)
    assert Pipeline.objects.get().is_open == is_open


@pytest.mark.parametrize(
    ("changes", "message"),
    [({}, "Choose the Python file before you open"), ({"code_file": py(SOURCE)}, "not rehearsed")],
)
def test_a_page_is_not_opened_without_rehearsed_code(
    desk: Client,
    cluster: Cluster,
    two_weeks: ExpiryPeriod,
    changes: dict[str, object],
    message: str,
) -> None:
    desk.post(reverse("admin:pipelines_pipeline_add"), form(cluster, two_weeks, code_file=""))
    address = reverse("admin:pipelines_pipeline_change", args=[Pipeline.objects.get().pk])
    filled_in = form(cluster, two_weeks, **{"code_file": "", "is_open": "on"} | changes)
    assert message in desk.post(address, filled_in).content.decode()
    assert not Pipeline.objects.get().is_open


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"code_file": py(b"def run(inputs")}, "cannot read the file in line 1"),
        ({"code_file": py(b"x = 1")}, "no function run(inputs, output)"),
        ({"code_file": py(b"def run(a, b): 0")}, "must take inputs and output"),
        ({"code_file": py(b"\xff\xfe")}, "not UTF-8"),
        ({"cpus": 0}, "greater than or equal to 1"),
        ({"memory_mb": 1}, "greater than or equal to 100"),
        ({"max_file_mb": 30}, "larger than all files together"),
        ({"patterns": "data/*.csv"}, "without folders"),
        ({"slug": "not a slug"}, "valid “slug”"),
        ({"result_expiry": ""}, "This field is required"),
    ],
)  # fmt: skip
def test_nonsense_is_refused_with_what_to_do(
    desk: Client,
    cluster: Cluster,
    two_weeks: ExpiryPeriod,
    changes: dict[str, object],
    message: str,
) -> None:
    answer = desk.post(reverse("admin:pipelines_pipeline_add"), form(cluster, two_weeks, **changes))
    assert answer.status_code == 200
    assert message in answer.content.decode().replace("&quot;", '"')
    assert not Pipeline.objects.exists()


SPLITS = SOURCE + b"\ndef split(inputs): 0\ndef merge(outputs, output): 0\n"


@pytest.mark.parametrize(
    ("source", "seen", "message"),
    [
        (SOURCE, {"dmtcp_version": ""}, "DMTCP is not there on the cluster “"),
        (SOURCE, {"kind": "local"}, "for clusters with Slurm, not for this machine"),
        (SPLITS, {}, "divides its work by split() and merge()"),
        (b"def run(inputs, output, checkpoint): 0", {}, "run() asks for checkpoint"),
    ],
)
def test_dmtcp_is_refused_where_it_cannot_work(
    desk: Client,
    cluster: Cluster,
    two_weeks: ExpiryPeriod,
    source: bytes,
    seen: dict[str, str],
    message: str,
) -> None:
    looked_at = {"partition_seen_at": timezone.now(), "dmtcp_version": "5.0"}
    Cluster.objects.update(**{**looked_at, **seen})
    wanted = form(cluster, two_weeks, uses_dmtcp="on", code_file=py(source))
    answer = desk.post(reverse("admin:pipelines_pipeline_add"), wanted)
    assert message in answer.content.decode()
    assert not Pipeline.objects.exists()


def test_dmtcp_needs_room_for_two_images(
    desk: Client, cluster: Cluster, two_weeks: ExpiryPeriod
) -> None:
    wanted = form(cluster, two_weeks, uses_dmtcp="on", memory_mb=501)
    answer = desk.post(reverse("admin:pipelines_pipeline_add"), wanted)
    assert "allow at least 1002 MB here" in answer.content.decode()
    assert not Pipeline.objects.exists()


@pytest.mark.parametrize(
    "seen", [{"partition_seen_at": timezone.now(), "dmtcp_version": "5.0"}, {"dmtcp_version": ""}]
)
def test_dmtcp_may_be_asked_for_where_it_is_or_nobody_has_looked(
    desk: Client, cluster: Cluster, two_weeks: ExpiryPeriod, seen: dict[str, Any]
) -> None:
    Cluster.objects.update(kind="slurm", **seen)
    wanted = form(cluster, two_weeks, uses_dmtcp="on", dmtcp_interval_s=60)
    answer = desk.post(reverse("admin:pipelines_pipeline_add"), wanted)
    assert answer.status_code == 302, answer.context["errors"]
    pipeline = Pipeline.objects.get()
    assert (pipeline.uses_dmtcp, pipeline.dmtcp_interval_s) == (True, 60)


def test_viruses_cannot_be_looked_for_where_no_scanner_is_set_up(
    desk: Client, cluster: Cluster, two_weeks: ExpiryPeriod, settings: Any
) -> None:
    settings.CLAMD = ""
    add = reverse("admin:pipelines_pipeline_add")
    wanted = form(cluster, two_weeks, virus_policy="reject")
    assert "No virus scanner" in desk.post(add, wanted).content.decode()
    assert desk.post(add, form(cluster, two_weeks)).status_code == 302
    assert Pipeline.objects.get().preset == "human"
    assert desk.get(add).context["adminform"].form["virus_policy"].value() == "off"


def test_a_new_file_of_a_closed_page_is_a_new_version_and_old_jobs_keep_theirs(
    desk: Client, pipeline: Pipeline, job: Job
) -> None:
    newer = SimpleUploadedFile("word_count.py", SOURCE + b"\n# better\n")
    data = form(pipeline.cluster, pipeline.result_expiry, slug=pipeline.slug, code_file=newer)
    url = reverse("admin:pipelines_pipeline_change", args=[pipeline.pk])
    assert desk.post(url, data).status_code == 302
    pipeline.refresh_from_db()
    job.refresh_from_db()
    assert pipeline.code is not None
    assert (pipeline.code.number, job.code.number) == (2, 1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"host": ""}, "Needed for Slurm over SSH"),
        ({"host_key": "AAAAB3"}, "not a key line"),
        ({"scratch": "relative/path"}, "absolute path"),
        ({"partition": "restart; rm -rf /"}, "Letters, digits"),
        ({"port": 99999}, "less than or equal to 65535"),
    ],
)
def test_a_clusters_nonsense_is_refused(
    desk: Client, changes: dict[str, object], message: str
) -> None:
    add = reverse("admin:pipelines_cluster_add")
    assert message in desk.post(add, CLUSTER | changes).content.decode()
    assert not Cluster.objects.exists()
    assert desk.post(add, CLUSTER).status_code == 302


def test_the_clusters_pages_say_what_is_idle_and_why_no_job_is_handed_in(
    desk: Client, cluster: Cluster
) -> None:
    pages = [
        reverse("admin:pipelines_cluster_changelist"),
        reverse("admin:pipelines_cluster_change", args=[cluster.pk]),
    ]
    for url in pages:
        assert "not looked at yet" in desk.get(url).content.decode()
    now = timezone.now()
    Cluster.objects.update(
        idle_nodes=3, idle_cpus=14, idle_seen_at=now, partition_seen_at=now, dmtcp_version="3.0.0"
    )
    for url in pages:
        assert "nodes: 3, CPUs: 14" in desk.get(url).content.decode()
    assert "3.0.0" in desk.get(pages[1]).content.decode()
    Cluster.objects.update(expected_start_at=datetime(2026, 11, 26, 14, 30, tzinfo=UTC))
    assert "26 Nov 2026, 14:30" in desk.get(pages[1]).content.decode()
    Cluster.objects.update(partition_fault="Jobs in restart do not give way.")
    for url in pages:
        assert "No: Jobs in restart do not give way." in desk.get(url).content.decode()


def test_a_verdict_does_not_outlive_the_partition_that_it_is_about(
    desk: Client, cluster: Cluster
) -> None:
    change = reverse("admin:pipelines_cluster_change", args=[cluster.pk])
    told = {name: getattr(cluster, name) for name in CLUSTER} | {"is_open": "on"}
    now = timezone.now()
    Cluster.objects.update(partition_seen_at=now, idle_nodes=3, expected_start_at=now)
    assert desk.post(change, told | {"python": "/usr/bin/python3.11"}).status_code == 302
    assert Cluster.objects.get().partition_seen_at
    assert desk.post(change, told | {"partition": "scavenge"}).status_code == 302
    row = Cluster.objects.get()
    assert (row.partition_seen_at, row.idle_nodes, row.expected_start_at) == (None, None, None)


def test_a_job_page_tells_its_story_and_changes_nothing(desk: Client, uploaded_job: Job) -> None:
    walk_to(uploaded_job, State.RUNNING)
    url = reverse("admin:jobs_job_change", args=[uploaded_job.pk])
    page = desk.get(url).content.decode()
    assert "Walked to scanning." in page
    assert uploaded_job.status_token not in page
    assert desk.post(url, {"state": "delivered"}).status_code == 403
    uploaded_job.refresh_from_db()
    assert uploaded_job.state == State.RUNNING


def test_nothing_is_released_in_the_list_without_a_look_and_a_reason(
    desk: Client, uploaded_job: Job
) -> None:
    walk_to(uploaded_job, State.HELD)
    data = {"action": "release", "_selected_action": uploaded_job.pk}
    desk.post(reverse("admin:jobs_job_changelist"), data)
    uploaded_job.refresh_from_db()
    assert uploaded_job.state == State.HELD


def test_a_pi_sees_her_own_and_nobody_elses(
    ada_at_desk: Client, pipeline: Pipeline, job: Job, two_weeks: ExpiryPeriod
) -> None:
    theirs = Pipeline.objects.create(
        slug="bobs", title="Bob’s secret", cluster=pipeline.cluster, result_expiry=two_weeks
    )
    lists = [reverse(f"admin:{name}_changelist") for name in ("pipelines_pipeline", "jobs_job")]
    for url in lists:
        page = ada_at_desk.get(url).content.decode()
        assert "Word count" in page
        assert "Bob’s secret" not in page
    change = reverse("admin:pipelines_pipeline_change", args=[theirs.pk])
    assert ada_at_desk.get(change).status_code == 302
    own = reverse("admin:pipelines_pipeline_change", args=[pipeline.pk])
    assert ada_at_desk.get(own).status_code == 200


def test_django_q2s_own_admin_is_for_nobody(desk: Client) -> None:
    assert desk.get("/admin/django_q/schedule/").status_code == 404


@pytest.mark.parametrize(
    "name",
    [
        "pipelines_pipeline", "pipelines_cluster", "pipelines_codeversion",
        "pipelines_expiryperiod", "jobs_job", "jobs_letter",
    ],
)  # fmt: skip
def test_every_list_shows_and_every_row_opens(desk: Client, job: Job, name: str) -> None:
    job.move_to(State.FAILED, "for a letter")
    assert desk.get(reverse(f"admin:{name}_changelist")).status_code == 200
    assert desk.get(reverse(f"admin:{name}_changelist"), {"q": "x"}).status_code == 200


def test_no_page_is_opened_for_a_cluster_that_is_gone_for_good(
    desk: Client, cluster: Cluster, pipeline: Pipeline, two_weeks: ExpiryPeriod
) -> None:
    Pipeline.objects.update(is_open=False)
    CodeVersion.objects.update(certified_at=timezone.now())
    change = reverse("admin:pipelines_pipeline_change", args=[pipeline.pk])
    data = form(cluster, two_weeks, owners=[pipeline.owners.get().pk], is_open="on")
    data |= {"slug": "word-count", "code_file": ""}
    Cluster.objects.update(is_open=False, gone_at=timezone.now())
    answer = desk.post(change, data)
    assert list(answer.context["adminform"].errors) == ["cluster"]
    assert not Pipeline.objects.get().is_open
    Cluster.objects.update(gone_at=None)
    assert desk.post(change, data).status_code == 302
    assert Pipeline.objects.get().is_open

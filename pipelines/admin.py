"""The admin of pipelines, clusters and expiry periods."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.files.uploadedfile import UploadedFile
from django.forms.widgets import Script
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pipelines import dmtcp
from pipelines.address import WHERE_JOBS_GO
from pipelines.code import Code, read_code
from pipelines.models import Cluster, CodeVersion, ExpiryPeriod, Pipeline
from pipelines.policy_form import POLICY_FIELDS, ScanPolicyForm, described_presets
from pipelines.publish import propose_code
from pipelines.scan_policy import ScanPolicy
from pipelines.scope import ScopedAdmin, sees_all
from pipelines.told import addresses_told


@admin.register(ExpiryPeriod)
class ExpiryPeriodAdmin(admin.ModelAdmin[ExpiryPeriod]):
    """How long results may stay."""

    list_display = ["name", "days"]


@admin.register(Cluster)
class ClusterAdmin(admin.ModelAdmin[Cluster]):
    """Where jobs run."""

    list_display = [
        "name", "kind", "host", "partition", "is_open", "gives_way", "idle", "idle_seen_at",
        "polled_at", "poll_error",
    ]  # fmt: skip
    readonly_fields = [
        "gives_way", "partition_seen_at", "idle", "expected_start_at", "idle_seen_at", "dmtcp",
        "polled_at", "poll_error",
    ]  # fmt: skip
    fieldsets = [
        (None, {"fields": ["name", "kind", "is_open"]}),
        (_("SSH"), {"fields": ["host", "port", "user", "host_key", "key_name"]}),
        (_("Slurm"), {"fields": ["partition", "qos", "account", "slurm_bin"]}),
        (_("On the nodes"), {"fields": ["scratch", "python", "dmtcp_bin"]}),
        (_("Only idle computers"), {"fields": ["gives_way", "partition_seen_at"]}),
        (
            _("Last look"),
            {
                "fields": [
                    "idle",
                    "expected_start_at",
                    "idle_seen_at",
                    "dmtcp",
                    "polled_at",
                    "poll_error",
                ]
            },
        ),
    ]

    @admin.display(description=_("gives way to others"))
    def gives_way(self, cluster: Cluster) -> str:
        """Whether jobs are handed in; if not, what is wrong and what to ask for."""
        if cluster.kind == Cluster.Kind.LOCAL:
            return gettext("not asked: jobs here are niced")
        if cluster.partition_fault:
            return gettext("No: %(fault)s Jobs wait until then.") % {
                "fault": cluster.partition_fault
            }
        return gettext("yes") if cluster.partition_seen_at else gettext("not looked at yet")

    @admin.display(description=_("idle"))
    def idle(self, cluster: Cluster) -> str:
        """Nodes and CPUs of the partition that nobody uses."""
        if cluster.idle_nodes is None:
            return "-"
        words = gettext("nodes: %(nodes)d, CPUs: %(cpus)d")
        return words % {"nodes": cluster.idle_nodes, "cpus": cluster.idle_cpus or 0}

    @admin.display(description=_("DMTCP"))
    def dmtcp(self, cluster: Cluster) -> str:
        """Its version on the login node, as the last survey saw it."""
        return cluster.dmtcp_version or gettext("not there, or not looked for yet")

    def save_model(
        self, request: HttpRequest, obj: Cluster, form: forms.ModelForm[Cluster], change: bool
    ) -> None:
        """Of another partition or QOS nothing is known yet."""
        if WHERE_JOBS_GO & set(form.changed_data):
            obj.forget_looks()
        super().save_model(request, obj, form, change)


UNREHEARSED = _(
    "This version of the code was not rehearsed yet. Save the page closed; then rehearse the code, "
    "by the buttons at the top of this form, and open the page when that has passed. Support staff "
    "may let it serve without, with a reason."
)

NOBODY_TOLD = _(
    "Nobody would be told when a job of this page waits for a decision: name an owner who is "
    "active and has an e-mail address, or set FREELOADER_SUPPORT_EMAIL. Until then the page stays "
    "closed."
)


class PipelineForm(ScanPolicyForm, forms.ModelForm[Pipeline]):
    """A pipeline with its Python file; the file is read, never run, on this host."""

    code_file = forms.FileField(
        label=_("Python file"),
        required=False,
        help_text=_(
            "One .py file with a function run(inputs, output); a new file is a new version, "
            "and jobs that were accepted keep the version they came with. While the page is open, "
            "the version before it serves until the new one was rehearsed."
        ),
    )

    class Meta:
        model = Pipeline
        fields = "__all__"  # noqa: DJ007 - the admin's fieldsets name the fields

    def clean_code_file(self) -> Code | None:
        """The file as code; what is wrong with it is said here, not by the first job."""
        file = self.cleaned_data["code_file"]
        if not isinstance(file, UploadedFile):
            return None
        self.file_name = str(file.name)
        return read_code(file.read())

    def clean(self) -> dict[str, Any]:
        """An open pipeline has a file: this one, or one from before."""
        data = super().clean() or self.cleaned_data
        if data.get("is_open") and not (data.get("code_file") or self.instance.code_id):
            if "code_file" not in self.errors:
                words = gettext("Choose the Python file before you open the pipeline.")
                self.add_error("code_file", words)
            data["is_open"] = False
        elif data.get("is_open") and not self.instance.is_open and not self._may_open(data):
            self.add_error("is_open", UNREHEARSED)
        if data.get("is_open") and data.get("cluster") and data["cluster"].gone_at:
            words = gettext("This cluster is gone for good. Choose another one.")
            self.add_error("cluster", words)
        if data.get("is_open") and self._begins_to_tell_nobody(data):
            self.add_error("is_open", NOBODY_TOLD)
        self._clean_dmtcp(data)
        return self.clean_policy(data)

    def _begins_to_tell_nobody(self, data: dict[str, Any]) -> bool:
        is_asked = not self.instance.is_open or "owners" in self.changed_data
        return is_asked and not addresses_told(data.get("owners", ()))

    def _may_open(self, data: dict[str, Any]) -> bool:
        """The version that would serve was rehearsed, or need not be."""
        version = self.instance.code
        if code := data.get("code_file"):
            same = CodeVersion.objects.filter(pipeline=self.instance.pk, sha256=code.sha256)
            version = same.first()
        return version is not None and version.may_serve

    def _clean_dmtcp(self, data: dict[str, Any]) -> None:
        if not data.get("uses_dmtcp") or not data.get("cluster"):
            return
        code = data.get("code_file") or self.instance.candidate or self.instance.code
        for words in dmtcp.faults(data["cluster"], code.source if code else ""):
            self.add_error("uses_dmtcp", words)
        if {"memory_mb", "checkpoint_mb"} <= data.keys():
            words = dmtcp.too_little_room(data["memory_mb"], data["checkpoint_mb"])
            if words:
                self.add_error("checkpoint_mb", words)

    def _get_validation_exclusions(self) -> set[str]:
        # Whether an open pipeline has code is checked in clean(): its file comes with this form.
        return {*super()._get_validation_exclusions(), "code"}  # type: ignore[misc]


@admin.register(Pipeline)
class PipelineAdmin(ScopedAdmin[Pipeline]):
    """A PI's offer."""

    owner_path = "owners"
    form = PipelineForm
    list_display = ["title", "page", "cluster", "code", "standing", "is_open"]
    list_select_related = ["cluster", "code__waived_by", "candidate"]
    list_filter = ["is_open"]
    search_fields = ["title", "slug"]
    readonly_fields = ["page", "code", "trial", "standing", "candidate", "created_at"]
    filter_horizontal = ["owners"]
    prepopulated_fields = {"slug": ["title"]}
    fieldsets = [
        (
            _("The page"),
            {
                "fields": [
                    "title",
                    "slug",
                    "is_open",
                    "page",
                    "description",
                    "owners",
                    "contact_email",
                ]
            },
        ),
        (
            _("The code"),
            {"fields": ["trial", "code_file", "code", "standing", "candidate", "cluster"]},
        ),
        (_("What a job may use"), {"fields": ["cpus", "memory_mb", "time_limit_min", "disk_mb"]}),
        (
            _("When its computer is taken away"),
            {"fields": ["checkpoint_mb", "uses_dmtcp", "dmtcp_interval_s", "parts_at_once"]},
        ),
        (
            _("What visitors may send"),
            {
                "fields": [
                    "max_files",
                    "max_file_mb",
                    "max_total_mb",
                    "patterns",
                    "accept_empty_files",
                    "confirm_email",
                ]
            },
        ),
        (
            _("The check of the files"),
            {
                "fields": [*POLICY_FIELDS],
                "description": lazy(described_presets, SafeString)(),
                "classes": ["check-of-files"],
            },
        ),
        (_("How long files stay"), {"fields": ["result_expiry", "extension_days", "input_days"]}),
    ]

    class Media:
        """What fills the form in."""

        css = {"all": ["css/admin.css"]}
        js = [Script("js/presets.js", type="module")]

    def get_fieldsets(self, request: HttpRequest, obj: Pipeline | None = None) -> Any:
        """A new one can neither be opened nor looked at yet."""
        if obj:
            return super().get_fieldsets(request, obj)
        (name, options), *more = super().get_fieldsets(request, obj)
        fields = [field for field in options["fields"] if field not in ("is_open", "page")]
        return [(name, {**options, "fields": fields}), *more]

    @admin.display(description=_("page"))
    def page(self, pipeline: Pipeline) -> str:
        """A link to the pipeline's page."""
        url = reverse("pipeline", args=[pipeline.slug])
        return format_html('<a href="{}">{}</a>', url, url)

    @admin.display(description=_("before you choose it"))
    def trial(self, pipeline: Pipeline) -> str:
        """How to run the file on one's own computer first."""
        words = gettext(
            'Try it on your own computer: download <a href="{program}">freeloader.pyz</a>, then '
            "run <code>python freeloader.pyz try pipeline.py FILES --preempt</code>. How to write "
            'it: <a href="{guide}">the guide for PIs</a>.'
        )
        return format_html(words, program=reverse("laptop-program"), guide=reverse("guide"))

    @admin.display(description=_("rehearsal"), ordering="code__certified_at")
    def standing(self, pipeline: Pipeline) -> str:
        """Whether the version that serves was rehearsed, and whether a newer one waits."""
        words = pipeline.code.standing if pipeline.code else gettext("no code yet")
        waiting = pipeline.candidate
        if not waiting:
            return words
        more = gettext("version %(number)d waits for its own") % {"number": waiting.number}
        return f"{words}; {more}"

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A site without a virus scanner does not begin with asking for one."""
        usual = {} if settings.CLAMD else {"virus_policy": ScanPolicy.OFF.value}
        return {**usual, **super().get_changeform_initial_data(request)}

    def save_model(
        self, request: HttpRequest, obj: Pipeline, form: PipelineForm, change: bool
    ) -> None:
        """Save the row as open as it was, then its code, then open it: only what may serves."""
        wants_open, was_open = obj.is_open, False
        if change:  # since the form was read a rehearsal may have passed, or another file come
            stored = Pipeline.objects.select_for_update().get(pk=obj.pk)
            obj.code, obj.candidate, was_open = stored.code, stored.candidate, stored.is_open
        obj.is_open = wants_open and was_open
        super().save_model(request, obj, form, change)
        if code := form.cleaned_data.get("code_file"):
            propose_code(obj, code, file_name=form.file_name, user=request.user)  # type: ignore[arg-type]
        if wants_open and not obj.is_open:
            self._open(request, obj)

    def _open(self, request: HttpRequest, pipeline: Pipeline) -> None:
        if pipeline.code and pipeline.code.may_serve:
            pipeline.is_open = True
            pipeline.save(update_fields=["is_open"])
        else:
            self.message_user(request, str(UNREHEARSED), messages.WARNING)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Who makes a pipeline owns it, or she could not see it again.

        So do support staff who name nobody, or nobody would be told of jobs that are held.
        """
        super().save_related(request, form, formsets, change)
        is_named = sees_all(request.user) and form.instance.owners.exists()
        if not change and not is_named:
            form.instance.owners.add(request.user)


@admin.register(CodeVersion)
class CodeVersionAdmin(ScopedAdmin[CodeVersion]):
    """Versions to read; they are made by the pipeline's form and never change."""

    owner_path = "pipeline__owners"
    list_display = ["pipeline", "number", "file_name", "sha256", "created_at", "created_by"]
    list_select_related = ["pipeline", "created_by"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Made by the pipeline's form."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: CodeVersion | None = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: CodeVersion | None = None) -> bool:
        """Never."""
        return False

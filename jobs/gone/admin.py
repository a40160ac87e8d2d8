"""The admin of a cluster, with the door for saying that it is gone for good."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jobs.gone.acts import InUse, give_up, use_of
from jobs.models import Job
from pipelines.admin import ClusterAdmin
from pipelines.models import Cluster

IN_USE = _("It is still used, so nothing was changed.")


class GoneForm(forms.Form):
    """Why it is gone."""

    reason = forms.CharField(max_length=500)


class GivenUpClusterAdmin(ClusterAdmin):
    """Where jobs run, or ran."""

    change_form_template = "admin/cluster.html"

    def get_urls(self) -> list[URLPattern]:
        """One more: the question, and the answer to it."""
        view = self.admin_site.admin_view(self.gone_view)
        own = path("<int:pk>/gone/", view, name="pipelines_cluster_gone")
        return [own, *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The page tells what is owed there, or that it is gone."""
        cluster: Cluster | None = context.get("original")
        if cluster:
            context |= _left(cluster)
            context["may_give_up"] = self.has_change_permission(request, cluster)
        return super().render_change_form(request, context, *args, **kwargs)

    def gone_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET asks, with what follows and what is in the way; POST with a reason does it."""
        cluster = self.get_object(request, str(pk))
        if cluster is None:
            raise Http404
        if not self.has_change_permission(request, cluster):
            raise PermissionDenied
        if request.method != "POST":
            return self._question(request, cluster)
        self.message_user(request, *self._gone(request, cluster))
        return HttpResponseRedirect(reverse("admin:pipelines_cluster_change", args=[pk]))

    def _question(self, request: HttpRequest, cluster: Cluster) -> HttpResponse:
        title = gettext("Is %(cluster)s gone for good?") % {"cluster": cluster}
        context = {"title": title, "original": cluster}
        context |= {"use": use_of(cluster), **_left(cluster)}
        return TemplateResponse(
            request, "admin/cluster_gone.html", self.admin_site.each_context(request) | context
        )

    def _gone(self, request: HttpRequest, cluster: Cluster) -> tuple[str, int]:
        form = GoneForm(request.POST)
        if not form.is_valid():
            return gettext("Please write the reason; nothing was changed."), messages.ERROR
        try:
            give_up(cluster, actor=request.user.get_username(), why=form.cleaned_data["reason"])
        except InUse:
            return str(IN_USE), messages.ERROR
        words = gettext(
            "%(cluster)s is gone for good: what is owed there is closed within minutes."
        )
        return words % {"cluster": cluster}, messages.SUCCESS


def _left(cluster: Cluster) -> dict[str, int]:
    """Of how many jobs that are over something is left there, as far as is known."""
    return {"left": Job.objects.left_on_cluster().filter(cluster=cluster).count()}

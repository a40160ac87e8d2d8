"""Who sees what in the admin: a PI her own pipelines and what belongs to them, support all."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from django.contrib import admin
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, PermissionsMixin, User
from django.db.models import ForeignKey, ManyToManyField, Model, QuerySet
from django.forms import ModelChoiceField, ModelMultipleChoiceField
from django.http import HttpRequest

from pipelines.models import Pipeline

M = TypeVar("M", bound=Model)
SEE_ALL = "pipelines.see_all"


def sees_all(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Support staff and superusers."""
    return isinstance(user, PermissionsMixin) and user.has_perm(SEE_ALL)


def may_change(user: User, pipeline: Pipeline) -> bool:
    """Who may change this pipeline: its PIs, and whoever may change all."""
    is_hers = sees_all(user) or pipeline.owners.filter(pk=user.pk).exists()
    return is_hers and user.is_active and user.has_perm("pipelines.change_pipeline")


def own_pipelines(user: User) -> QuerySet[Pipeline]:
    """A PI's own; for support staff all."""
    rows = Pipeline.objects.order_by("title")
    return rows if sees_all(user) else rows.filter(owners=user)


class ScopedAdmin(admin.ModelAdmin[M]):
    """Rows of other people's pipelines are not there: not listed, not opened, not chosen.

    `owner_path` is the way from a row to the users who own it.
    """

    owner_path: ClassVar[str] = ""
    view_on_site = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[M]:
        """The rows that this person may see."""
        rows = super().get_queryset(request)
        if sees_all(request.user) or not self.owner_path:
            return rows
        return rows.filter(**{self.owner_path: request.user}).distinct()

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        """A foreign row can be chosen only if its own admin shows it to this person."""
        kwargs.setdefault("queryset", self._visible(db_field.related_model, request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(
        self, db_field: ManyToManyField[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelMultipleChoiceField[Any] | None:
        """As for foreign keys."""
        kwargs.setdefault("queryset", self._visible(db_field.related_model, request))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def _visible(self, model: Any, request: HttpRequest) -> QuerySet[Any] | None:
        remote = self.admin_site._registry.get(model)
        return remote.get_queryset(request) if remote else None

"""What the admin calls rows and their fields: the names that Django derives, in other languages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, override
from django.utils.translation import gettext_noop as _

OUR_APPS = ("pipelines", "uploads", "jobs")
# Those that the admin shows, for the catalogues; a test finds one that is missing.
SHOWN = (
    _("accept empty files"), _("accepted at"), _("account"), _("actor"), _("again of"), _("alarm"),
    _("alarms"), _("bounced at"), _("candidate"), _("changed at"), _("cluster"), _("clusters"),
    _("code"), _("code version"), _("code versions"), _("confirmed at"), _("created at"),
    _("created by"), _("days"), _("description"), _("docstring"), _("due at"), _("email"),
    _("error"), _("expires at"), _("expiry period"), _("expiry periods"), _("file name"),
    _("host"), _("host key"), _("id"), _("idle seen at"), _("inputs deleted at"), _("job"),
    _("jobs"), _("key name"), _("kind"), _("lease until"), _("letter"), _("letters"),
    _("max files"), _("message id"), _("name"), _("number"), _("outages"), _("owners"),
    _("partition"), _("partition seen at"), _("pipeline"), _("pipelines"), _("port"), _("python"),
    _("quota"), _("quotas"), _("recipient"), _("refused at"), _("removal"), _("removals"),
    _("restart count"), _("result expiry"), _("result file"), _("result files"),
    _("results deleted at"), _("scope"), _("scratch removed at"), _("sent at"),
    _("service id"), _("size bytes"), _("slug"), _("source"), _("state"), _("submission"),
    _("title"), _("transition"), _("transitions"), _("tries"), _("unseen since"), _("user"),
    _("what"),
)  # fmt: skip


def translate_derived_names() -> None:
    """Let each be looked up in the reader's language.

    Written into the models they would be one more line for each field, and a migration that
    changes nothing. Names that a model gives itself are left alone.
    """
    for label in OUR_APPS:
        for model in models_of(label):
            _translate(model)


def models_of(label: str) -> Iterable[type[Model]]:
    """The models of one of our apps."""
    return apps.get_app_config(label).get_models()


def _translate(model: type[Model]) -> None:
    options: Any = model._meta
    with override(None):  # in no language: what is looked up already is not to stay in this one
        options.verbose_name = gettext_lazy(str(options.verbose_name))
        options.verbose_name_plural = gettext_lazy(str(options.verbose_name_plural))
    for field in options.get_fields():
        name = getattr(field, "verbose_name", None)
        if name and not isinstance(name, Promise):
            field.verbose_name = gettext_lazy(name)

"""Sam reads the admin in his language: names, helps, actions, filters, answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils.translation import override, trans_real

from jobs import row_names
from jobs.models import Job
from pipelines.models import Cluster, Pipeline
from tests.jobs import scenes
from tests.jobs.test_language import GERMAN, LETTER, Brackets, all_kinds_of_jobs, html_of, unmarked

pytestmark = pytest.mark.django_db
OURS = [
    model
    for model in admin.site._registry
    if model._meta.app_label in ("jobs", "pipelines", "uploads")
]
# What people, clusters, mail servers and our history say is theirs in every language.
THEIRS = re.compile(
    r"\w+ → \w+|\b(ada|sam|freeloader|collaborator|received|review|held|restart|node7)\b"
    r"|two weeks|True|Search"
    r"|\S+@\S+|\S*[0-9a-f]{4}-[0-9a-f]{4}-\S*|\b[0-9a-f]{4,64}\b|ssh-ed25519 \S+|login\.\S+"
    r"|@uni\.example|BeginTime|JobHeldUser|Priority"
    r"|clamav [\d.]+, signatures \d+ of [\d-]+"
    r"|rules 3|model en_core_web_md 3\.8\.0|word_count\.py|/p/word-count/"
    r"|def run\(.*\)\)\)|The result is ready\.|The cluster does not answer\."
    r"|The e-mail address has to be confirmed before they are used\."
)  # fmt: skip


class OfOurCatalogue(Brackets):
    """In brackets is what has a translation into German, ours or Django's."""

    known: Any = None

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧" if self.known.get(message) is not None else message


@pytest.fixture
def brackets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is German stands in brackets; what is not, as it is."""
    OfOurCatalogue.known = trans_real.translation("de")._catalog  # type: ignore[attr-defined]
    monkeypatch.setitem(vars(trans_real)["_translations"], "de", OfOurCatalogue())
    with override("de"):
        yield


@pytest.fixture
def visitor(sam: User) -> Client:
    """Sam's browser; he reads German."""
    client = Client(headers=GERMAN)
    client.force_login(sam)
    return client


def english_of(visitor: Client, address: str) -> list[str]:
    answer = visitor.get(address)
    assert answer.status_code == 200, address
    html = html_of(answer)
    assert "⟦" in html
    body = html[html.index("<body") : html.index("</body>")]
    spaced = re.sub("</(td|th|p|div|a|option|dd|dt)>", r" </\1>", body)
    left = (THEIRS.sub(" ", text) for text in unmarked(spaced))
    return [text for words in left for text in words.split() if LETTER.search(text)]


def address(model: type[Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_lists_and_forms_have_no_english_word(
    brackets: None, visitor: Client, pipeline: Pipeline, model: type[Model]
) -> None:
    all_kinds_of_jobs(pipeline)
    assert english_of(visitor, address(model, "changelist")) == []
    if row := model._default_manager.first():
        assert english_of(visitor, address(model, "change", row.pk)) == []
    if model in (Pipeline, Cluster):
        assert english_of(visitor, address(model, "add")) == []


@pytest.mark.parametrize("name", ["held", "released", "restored", "delivered", "unconfirmed"])
def test_the_page_of_a_job_has_no_english_word(
    brackets: None, visitor: Client, pipeline: Pipeline, name: str
) -> None:
    job = scenes.SCENES[name](pipeline)
    assert english_of(visitor, address(Job, "change", job.pk)) == []


@pytest.mark.parametrize("page", ["admin:index", "doctor"])
def test_the_first_page_and_the_doctors_have_no_english_word(
    brackets: None, visitor: Client, pipeline: Pipeline, page: str
) -> None:
    assert english_of(visitor, reverse(page)) == []


def test_a_cluster_is_given_up_in_german(
    brackets: None, visitor: Client, cluster: Cluster, pipeline: Pipeline
) -> None:
    gone = reverse("admin:pipelines_cluster_gone", args=[cluster.pk])
    assert english_of(visitor, gone) == []
    Pipeline.objects.update(is_open=False)
    assert english_of(visitor, gone) == []


def test_answers_are_german(visitor: Client, pipeline: Pipeline) -> None:
    job = scenes.held(pipeline)
    data = {"decision": "release", "reason": "Das sind Testdaten."}
    answer = visitor.post(reverse("admin:jobs_job_decide", args=[job.pk]), data, follow=True)
    assert f"Auftrag {job} ist jetzt „angenommen“." in html_of(answer)


def test_each_derived_name_in_the_catalogue_is_one() -> None:
    """Without the names that went, translators translate nothing for nobody."""
    names = set()
    for model in (model for app in row_names.OUR_APPS for model in row_names.models_of(app)):
        options = model._meta
        names |= {str(options.verbose_name), str(options.verbose_name_plural)}
        names |= {str(getattr(field, "verbose_name", "")) for field in options.get_fields()}
    assert set(row_names.SHOWN) - names == set()


def test_names_that_are_looked_up_already_stay_so_whoever_starts_in_german() -> None:
    with override("de"):
        row_names.translate_derived_names()
        assert str(Job._meta.verbose_name_plural) == "Aufträge"
    with override("en"):
        assert str(Job._meta.verbose_name_plural) == "jobs"

"""Sam reads the admin in his language: names, helps, actions, filters, answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override, trans_real

from jobs import reasons, row_names
from jobs.models import Job
from jobs.results import acts
from jobs.states import State
from pipelines.models import Cluster, CodeVersion, Pipeline
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
    r"\w+ → \w+|\b(ada|sam|freeloader|received|review|held|restart|node7)\b"
    r"|two weeks|True|Search"
    r"|\S+@\S+|\S*[0-9a-f]{4}-[0-9a-f]{4}-\S*|\b[0-9a-f]{4,64}\b|ssh-ed25519 \S+|login\.\S+"
    r"|@uni\.example|BeginTime|JobHeldUser|Priority"
    r"|clamav [\d.]+, signatures \d+ of [\d-]+"
    r"|rules 3|model en_core_web_md 3\.8\.0|word_count\.py|/p/word-count/"
    r"|def run\(.*\)\)\)|The cluster does not answer\."
)  # fmt: skip


class OfOurCatalogue(Brackets):
    """In brackets is what has a translation into German, ours or Django's."""

    known: Any = None

    def gettext(self, message: str) -> str:
        text = message.rpartition(trans_real.CONTEXT_SEPARATOR)[2]
        return f"⟦{text}⟧" if self.known.get(message) is not None else message


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


def test_what_became_of_a_job_is_told_in_german(visitor: Client, pipeline: Pipeline) -> None:
    job = scenes.arrived(pipeline, State.CLEAN)
    job.move_to(State.SUBMITTING, reasons.HANDED_OVER)
    row = html_of(visitor.get(address(Job, "changelist")))
    page = html_of(visitor.get(address(Job, "change", job.pk)))
    assert "Der Auftrag wird dem Cluster übergeben." in row
    assert page.count("Der Auftrag wird dem Cluster übergeben.") == 2  # its head, its timeline
    assert reasons.HANDED_OVER not in page


def test_what_was_done_with_a_link_is_told_in_german(visitor: Client, pipeline: Pipeline) -> None:
    job = scenes.delivered(pipeline)
    link = scenes.link_of(job)
    link.acts.create(kind="extended", actor="collaborator", detail="until 10 Dec 2026, 17:28")
    link.acts.create(kind="revoked", actor="ada", detail=f"{reasons.LINK_REPLACED} It was lost.")
    page = html_of(visitor.get(address(Job, "change", job.pk)))
    assert "<td>Partner</td><td><bdi>bis 10. Dez. 2026, 17:28</bdi></td>" in page
    assert "<td>ada</td><td><bdi>Durch einen neueren Link ersetzt. It was lost.</bdi>" in page


def test_ends_of_links_are_kept_in_english_whoever_sets_them(pipeline: Pipeline) -> None:
    link = scenes.link_of(scenes.delivered(pipeline))
    with override("de"):
        assert acts.extend(link, datetime(2099, 12, 10, 11, tzinfo=UTC), actor="ada")
    assert link.acts.get(kind="extended").detail.startswith("until 10 Dec 2099")


def test_how_a_rehearsal_went_is_told_in_german(visitor: Client, pipeline: Pipeline) -> None:
    now = timezone.now()
    figures = {
        "undisturbed_s": 6.6, "interrupted_s": 9.1, "again_s": 2.5, "interruptions": 3,
        "planned": 3, "starts": 4,
    }  # fmt: skip
    text = f"{reasons.SAME_RESULTS} {reasons.INTERRUPTED % {'done': 3}}"
    told = {"text": text, "figures": figures, "outcome": "passed", "ended_at": now}
    scenes.of_rehearsal(scenes.arrived(pipeline, State.COMPLETED), **told)
    CodeVersion.objects.update(certified_at=now)
    page = html_of(visitor.get(address(Pipeline, "change", pipeline.pk)))
    paragraph = (
        "Beide Läufe haben dieselben Dateien hinterlassen. Der zweite Lauf wurde 3-mal "
        "unterbrochen. Ungestört 6,6 s; 3 von 3 Malen unterbrochen: 9,1 s in 4 Starts, 2,5 s mehr "
        "(38 %) für neue Anfänge und doppelte Arbeit."
    )
    assert paragraph in page


def test_a_time_and_an_addressee_have_words_of_their_own(
    visitor: Client, pipeline: Pipeline
) -> None:
    page = html_of(visitor.get(address(Job, "change", scenes.restored(pipeline).pk)))
    letters = page[page.index('id="letters"') :]
    assert '<th scope="col">An</th>' in letters
    assert '<th scope="col">Bis</th>' not in letters
    assert '<th scope="col">Bis</th>' in page

"""What the documentation says is so: settings, links, snippets."""

from __future__ import annotations

import ast
import json
import pkgutil
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import anymail.backends
import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from deploy.testbed.clamd import LIMITS
from freeloader_site.mail_setting import ARE_TOLD_NOT_TO_TRACK, mail_settings
from freeloader_site.mail_webhooks import webhook_routes
from jobs.models import Job
from jobs.states import State
from pipelines.code import read_code
from tests.walk import walk_to

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|srcset|href)=\"([^\"]+)\"")
FENCE = re.compile(r"^```.*?^```", re.M | re.S)


def read_settings() -> dict[str, ast.expr | None]:
    """Every variable that settings.py reads, with its default's expression."""
    tree = ast.parse((ROOT / "freeloader_site" / "settings.py").read_text())
    found: dict[str, ast.expr | None] = {}
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else ""
        if str(name).startswith("FREELOADER_"):
            defaults = [word.value for word in call.keywords if word.arg == "default"]
            found[str(name)] = defaults[0] if defaults else None
    return found


def described_settings() -> dict[str, str]:
    """The rows of the table in operations.md: variable and default."""
    return dict(re.findall(r"^\| `(FREELOADER_\w+)` \| ([^|]+) \|", OPERATIONS, re.M))


def as_words(default: object) -> str:
    """A default as the table shows it."""
    if default in ("", None, []):
        return "none"
    return f"`{','.join(default) if isinstance(default, list) else default}`"


def snippet(page: str, language: str, number: int = 0) -> str:
    text = (ROOT / page).read_text()
    return str(re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)[number])


def test_every_setting_is_described_and_nothing_else() -> None:
    assert sorted(described_settings()) == sorted(read_settings())


def test_the_described_defaults_are_those_of_the_settings() -> None:
    table = described_settings()
    for name, default in read_settings().items():
        if default is None:
            assert table[name] == "required", name
        elif isinstance(default, ast.Constant | ast.List | ast.Dict):
            assert table[name] == as_words(ast.literal_eval(default)), name


def test_the_example_environment_has_known_names_and_readable_options() -> None:
    text = next(s for s in FENCE.findall(OPERATIONS) if "\nFREELOADER_SECRET_KEY=" in s)
    lines = text.split("\n")[1:-1]
    values = dict(shlex.split(line)[0].split("=", 1) for line in lines)
    assert set(values) <= set(read_settings())
    assert json.loads(values["FREELOADER_STORE_OPTIONS"])["container"] == "freeloader"


def test_the_test_beds_clamd_is_set_as_the_page_says() -> None:
    text = next(s for s in FENCE.findall(OPERATIONS) if "\nStreamMaxLength " in s)
    lines = dict(line.split(" ") for line in text.split("\n")[1:-1])
    assert lines == LIMITS
    taken_out = re.search(r"sed -Ei '/\^\((\S+)\) /d' /etc/clamav/clamd.conf", OPERATIONS)
    assert taken_out is not None
    assert set(taken_out[1].split("|")) == set(lines)


def test_the_address_to_enter_at_a_mail_service_is_there() -> None:
    section = OPERATIONS.partition("### Letters that come back")[2].partition("\n## ")[0]
    path = re.search(r"https://freeloader:SECRET@[^/]+/(anymail/postmark/tracking/)", section)
    assert path is not None
    listed = section.partition("In place of")[2].partition("Only the address")[0]
    for service in re.findall(r"`([a-z_]+)`", listed):
        mail = mail_settings(f"anymail+{service}:", "freeloader:SECRET")
        assert [*routes(webhook_routes(mail))] == [path[1].replace("postmark", service)]


def test_services_that_track_unless_switched_off_are_named() -> None:
    text = OPERATIONS.partition("Nobody is tracked:")[2].partition("cannot be told")[0]
    without = {*re.findall(r"`([a-z_]+)`", text)}
    known = {module.name for module in pkgutil.iter_modules(anymail.backends.__path__)}
    older = {"base", "base_requests", "sendinblue"}
    assert without == known - older - ARE_TOLD_NOT_TO_TRACK


def test_every_test_that_a_page_names_is_there() -> None:
    sources = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    named = {name for page in PAGES for name in re.findall(r"`(test_\w+)`", page.read_text())}
    assert named
    assert [name for name in named if f"def {name}(" not in sources] == []


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150


def links() -> Iterator[tuple[Path, str]]:
    for page in PAGES:
        for found in LINK.findall(FENCE.sub("", page.read_text())):
            target = found[0] or found[1]
            if "://" not in target:
                yield page, target


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as forges make them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text()), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in headings}


def test_every_relative_link_leads_somewhere() -> None:
    for page, target in links():
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        assert path.exists(), f"{page.name}: {target}"
        assert ROOT in path.parents, f"{page.name}: {target} leads out of the checkout"
        if anchor:
            assert anchor in anchors(path), f"{page.name}: {target}"


def test_the_pipeline_in_the_readme_would_be_accepted() -> None:
    code = read_code(snippet("README.md", "python").encode())
    assert code.docstring == "Counts the words of each text file."


def test_the_client_shown_is_the_client_shipped() -> None:
    program = (ROOT / "examples" / "send_files.py").read_text()
    for line in snippet("docs/uploads.md", "python").splitlines():
        assert line in program


def routes(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for entry in patterns:
        if isinstance(entry, URLResolver):
            yield from routes(entry.url_patterns, before + str(entry.pattern))
        else:
            yield before + str(entry.pattern)


def test_nginx_writes_down_no_path_that_holds_a_token() -> None:
    conf = (ROOT / "deploy" / "nginx" / "freeloader.conf").read_text()
    secret = [r for r in routes(get_resolver().url_patterns) if "token>" in r or "handle>" in r]
    assert secret
    for route in secret:
        room = route.split("/")[0]
        assert f"~^/{room}/ " in conf, route
    logged = next(text for text in conf.split(";") if "log_format" in text)
    assert not re.search(r"\$(request|request_uri|uri|http_referer|args)\b", logged)


@pytest.fixture
def groups(db: None) -> None:
    call_command("make_groups", verbosity=0)


def member(name: str, group: str, client: Client) -> User:
    user = User.objects.create_user(name, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client.force_login(user)
    return user


def test_a_member_of_pis_sees_the_history_of_her_own_jobs_only(
    groups: None, job: Job, client: Client
) -> None:
    walk_to(job, State.UPLOADED)
    page = reverse("admin:jobs_job_change", args=[job.pk])
    eve = member("eve", "PIs", client)
    assert client.get(page).status_code == 404
    job.pipeline.owners.add(eve)
    shown = client.get(page)
    assert shown.status_code == 200
    for part in ("Timeline", "Result files", "Removals"):
        assert part in shown.content.decode()
    assert client.get(reverse("admin:pipelines_pipeline_add")).status_code == 200


def test_support_sees_all_jobs_and_may_close_a_cluster(
    groups: None, job: Job, client: Client
) -> None:
    member("sue", "Support", client)
    assert client.get(reverse("admin:jobs_job_change", args=[job.pk])).status_code == 200
    row = reverse("admin:pipelines_cluster_change", args=[job.cluster_id])
    assert 'name="is_open"' in client.get(row).content.decode()
    assert client.get(reverse("admin:jobs_alarm_changelist")).status_code == 200

"""Quotas in the admin: for those who see all, and only to change."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User
from django.db import transaction
from django.test import Client
from django.urls import reverse

from uploads import quotas
from uploads.quotas import Quota

pytestmark = pytest.mark.django_db
LIST = reverse("admin:uploads_quota_changelist")


def row(scope: str) -> str:
    return reverse("admin:uploads_quota_change", args=[Quota.objects.get(scope=scope).pk])


def test_sam_sees_what_is_spent_and_changes_a_quota(client: Client, sam: User) -> None:
    with transaction.atomic():
        quotas.spend(5 * 10**9, email="olga@far.example", network="", count_open_jobs=lambda: 0)
    client.force_login(sam)
    shown = client.get(LIST).content.decode()
    assert "one e-mail address" in shown
    assert "1 upload, 5 GB" in shown
    assert "olga" not in shown
    client.post(row("site"), {"max_uploads": "", "max_mb": "500", "max_open_jobs": "3"})
    site = Quota.objects.get(scope="site")
    assert (site.max_uploads, site.max_mb, site.max_open_jobs) == (None, 500, 3)


def test_open_jobs_are_asked_for_where_they_count(client: Client, sam: User) -> None:
    client.force_login(sam)
    assert 'name="max_open_jobs"' in client.get(row("site")).content.decode()
    assert 'name="max_open_jobs"' not in client.get(row("email")).content.decode()


def test_there_is_always_one_row_for_each_scope(client: Client, sam: User) -> None:
    client.force_login(sam)
    assert client.get(reverse("admin:uploads_quota_add")).status_code == 403
    pk = Quota.objects.get(scope="site").pk
    assert client.post(reverse("admin:uploads_quota_delete", args=[pk])).status_code == 403
    assert Quota.objects.count() == 3


def test_ada_may_not_even_look(client: Client, ada: User) -> None:
    ada.user_permissions.set(Permission.objects.filter(content_type__app_label="uploads"))
    client.force_login(ada)
    assert client.get(LIST).status_code == 403
    assert client.post(row("site"), {"max_mb": "1"}).status_code == 403
    ada.user_permissions.add(Permission.objects.get(codename="see_all"))
    assert client.get(LIST).status_code == 200

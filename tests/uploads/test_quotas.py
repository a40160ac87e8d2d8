"""Quotas: exact to the last one, whoever asks, and nothing is spent by what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from uploads import quotas
from uploads.apps import _ensure_quotas
from uploads.quotas import MB, OverQuota, Quota, QuotaUse, Scope

pytestmark = pytest.mark.django_db
OLGA, AT_HOME = "olga@far.example", "192.0.2.7"


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """No day ends while a test counts what is spent in it."""
    noon = datetime(2026, 11, 26, 12, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: noon)


def limit(scope: Scope, **limits: int | None) -> None:
    none = {"max_uploads": None, "max_mb": None, "max_open_jobs": None}
    Quota.objects.update(**none)
    Quota.objects.filter(scope=scope).update(**limits)


def spend(size_bytes: int = 1, email: str = OLGA, network: str = AT_HOME, jobs: int = 0) -> None:
    with transaction.atomic():
        quotas.spend(size_bytes, email=email, network=network, count_open_jobs=lambda: jobs)


def refusal(size_bytes: int = 1, email: str = OLGA, jobs: int = 0) -> OverQuota:
    with pytest.raises(OverQuota) as caught:
        spend(size_bytes, email, jobs=jobs)
    return caught.value


def spent() -> dict[str, tuple[int, int]]:
    return {use.scope: (use.uploads, use.size_bytes) for use in QuotaUse.objects.all()}


@pytest.mark.parametrize("scope", Scope)
def test_so_many_uploads_are_let_in_and_not_one_more(scope: Scope) -> None:
    limit(scope, max_uploads=2)
    spend()
    spend()
    assert (refusal().scope, refusal().of, refusal().most) == (scope, "uploads", 2)
    assert set(spent().values()) == {(2, 2)}


@pytest.mark.parametrize("scope", Scope)
def test_so_many_bytes_are_let_in_and_not_one_more(scope: Scope) -> None:
    limit(scope, max_mb=2)
    spend(MB)
    assert (refusal(MB + 1).scope, refusal(MB + 1).of) == (scope, "bytes")
    spend(MB)
    assert refusal(1).until is not None
    assert set(spent().values()) == {(2, 2 * MB)}


def test_what_is_more_than_a_day_takes_is_not_put_off_to_the_next_day() -> None:
    limit(Scope.EMAIL, max_mb=2)
    assert refusal(2 * MB + 1).until is None
    limit(Scope.EMAIL, max_uploads=0)
    assert refusal().until is None


def test_what_is_empty_is_not_limited() -> None:
    limit(Scope.SITE)
    spend(10**15, jobs=10**6)
    assert spent()["site"] == (1, 10**15)


def test_open_jobs_are_limited_for_the_whole_site() -> None:
    limit(Scope.SITE, max_open_jobs=3)
    spend(jobs=2)
    assert (refusal(jobs=3).of, refusal(jobs=3).until) == ("open jobs", None)


def test_each_address_has_a_quota_of_its_own() -> None:
    limit(Scope.EMAIL, max_uploads=1)
    spend()
    refusal()
    spend(email="eve@far.example")


def test_what_one_scope_refuses_is_not_counted_in_another() -> None:
    limit(Scope.NETWORK, max_uploads=0)
    refusal()
    assert not QuotaUse.objects.exists()


def test_no_network_is_not_counted() -> None:
    spend(network="")
    assert set(spent()) == {"site", "email"}


def test_the_next_day_counts_anew_in_the_sites_own_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    limit(Scope.SITE, max_uploads=1)
    berlin = ZoneInfo("Europe/Berlin")
    late = datetime(2026, 12, 31, 23, 59, tzinfo=berlin)
    monkeypatch.setattr(timezone, "now", lambda: late)
    with timezone.override(berlin):
        spend()
        until = refusal().until
        assert until == datetime(2027, 1, 1, tzinfo=berlin)
        monkeypatch.setattr(timezone, "now", lambda: until)
        spend()


def test_no_row_tells_an_address_nor_that_it_is_the_one_of_yesterday() -> None:
    spend()
    keys = dict(QuotaUse.objects.values_list("scope", "key"))
    assert keys["site"] == ""
    assert len(keys["email"]) == len(keys["network"]) == 64
    today, tomorrow = (quotas._key(Scope.EMAIL, OLGA, date(2026, 1, n)) for n in (1, 2))
    assert len({today, tomorrow, quotas._key(Scope.NETWORK, OLGA, date(2026, 1, 1))}) == 3


def test_days_that_are_past_are_forgotten() -> None:
    spend()
    QuotaUse.objects.filter(scope="email").update(day=timezone.localdate() - timedelta(days=4))
    quotas.forget_old()
    assert set(spent()) == {"site", "network"}


def test_a_migrate_brings_back_what_is_missing_and_changes_nothing_else() -> None:
    Quota.objects.filter(scope="email").delete()
    Quota.objects.filter(scope="site").update(max_uploads=7)
    _ensure_quotas(using="default")
    assert dict(Quota.objects.values_list("scope", "max_uploads")) == {
        "site": 7, "email": 100, "network": 200,
    }  # fmt: skip


def test_the_database_limits_open_jobs_of_the_whole_site_only() -> None:
    with pytest.raises(IntegrityError, match="open_jobs_are_limited"), transaction.atomic():
        Quota.objects.filter(scope="email").update(max_open_jobs=1)


def test_nobody_may_be_allowed_nothing_by_a_slip() -> None:
    quota = Quota.objects.get(scope="site")
    quota.max_mb = 0
    with pytest.raises(ValidationError):
        quota.full_clean()

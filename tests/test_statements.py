"""PostgreSQL is asked all that SQLite was asked: what is noted, and which tests are chosen."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from jobs.models import Job
from tests.statements import Statements, covering, kind_of, noted, read_notes


def test_as_few_tests_as_ask_everything_are_chosen() -> None:
    notes = {"a": {"1", "2"}, "b": {"2", "3"}, "c": {"1", "2", "3", "4"}, "d": {"4", "5"}}

    assert covering(notes) == {"c", "d"}
    assert covering(notes, ["b", "new"]) == {"b", "c", "d", "new"}


def test_all_tests_run_of_which_each_asks_something_of_its_own() -> None:
    assert covering({"a": {"1", "2"}, "b": {"2", "3"}}) == {"a", "b"}


@pytest.mark.django_db
def test_another_question_is_another_statement_and_more_rows_are_not() -> None:
    def asked(*names: str, active: bool = True) -> set[str]:
        with noted() as statements:
            list(User.objects.filter(username__in=names, is_active=active))
        return set(statements)

    assert asked("ada") == asked("sam", "eve") == asked("ada", "sam", "eve")
    with noted() as statements:
        list(User.objects.filter(username__in=["ada"]).order_by("email"))
    assert asked("ada").isdisjoint(statements)


@pytest.mark.django_db
def test_a_statement_that_is_refused_is_another_one() -> None:
    def made() -> set[str]:
        with noted() as statements:
            User.objects.bulk_create([User(username="ada")])
        return set(statements)

    first = made()
    with noted() as refused, pytest.raises(IntegrityError), transaction.atomic():
        User.objects.bulk_create([User(username="ada")])
    assert first.isdisjoint(refused)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a" * 255, "a" * 256),
        ("a", "\0"),
        (2**31 - 1, 2**32),
        (1, True),
        ("1", 1),
        (None, ""),
    ],
)
def test_what_postgres_may_tell_apart_is_of_another_kind(one: object, other: object) -> None:
    assert kind_of(one) != kind_of(other)


@pytest.mark.django_db
def test_what_one_process_noted_is_read_by_another(tmp_path: Path, job: Job) -> None:
    noting = Statements(tmp_path)
    noting._notes["a"] = {"SELECT 1"}
    noting.pytest_sessionfinish()

    assert read_notes(tmp_path) == {"a": {"SELECT 1"}}
    assert read_notes(tmp_path / "never ran") == {}

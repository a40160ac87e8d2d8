"""No robot spends a download or changes a row, however it comes; a person's click does."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import Model
from django.test import Client

from backends.base import SignedRequest
from backends.memory import MemoryStore
from jobs.models import Job, Letter, LinkAct, ResultLink
from tests.jobs.results.robots import ROBOTS, Robot
from tests.jobs.scenes import link_of

# Each comes some thirty times: seconds in all.
pytestmark = [pytest.mark.django_db, pytest.mark.live, pytest.mark.postgres]
ROWS: tuple[type[Model], ...] = (Job, ResultLink, LinkAct, Letter)
CONTENT = b"hello world"


@pytest.fixture
def offered(told: Job, store: MemoryStore) -> Job:
    """Its files are in the store, it can be kept longer, and some of it can be looked at."""
    told.settings |= {"extension_days": 7}
    told.save()
    for file in told.results.all():
        store.write(file.object_name, CONTENT)
    return told


def rows() -> list[list[dict[str, Any]]]:
    """All that is kept of jobs, their links, and what was done with these."""
    return [list(model._default_manager.order_by("pk").values()) for model in ROWS]


def test_there_are_twenty_of_them_at_least() -> None:
    assert len({robot.name for robot in ROBOTS}) >= 20


@pytest.mark.parametrize("robot", ROBOTS, ids=lambda robot: robot.name)
def test_a_robot_spends_nothing(client: Client, offered: Job, robot: Robot) -> None:
    client.raise_request_exception = False
    before = rows()
    for address in (f"/r/{link_of(offered).token}/", f"/j/{offered.status_token}/"):
        answers = robot.visit(client, address)
        assert answers
        assert not [answer for answer in answers if answer.status_code >= 500]
        assert not [answer for answer in answers if "store" in answer.get("Location", "")]
    assert rows() == before


def test_robots_come_to_every_button_of_the_page(client: Client, offered: Job) -> None:
    page = f"/r/{link_of(offered).token}/"
    asked: list[str] = []

    class Watched(Client):
        def request(self, **request: Any) -> Any:
            asked.append(request["PATH_INFO"])
            return super().request(**request)

    next(robot for robot in ROBOTS if robot.name == "Googlebot").visit(Watched(), page)
    assert {f"{page}1", f"{page}2", f"{page}3", f"{page}extend"} <= set(asked)


def test_after_all_of_them_a_persons_click_gets_the_file(
    client: Client, offered: Job, store: MemoryStore
) -> None:
    link = link_of(offered)
    for robot in ROBOTS:
        robot.visit(client, f"/r/{link.token}/")
    assert LinkAct.objects.filter(kind="downloaded").count() == 0
    answer = client.post(f"/r/{link.token}/2")
    assert answer.status_code == 303
    assert store.send(SignedRequest("GET", answer["Location"])) == CONTENT
    link.refresh_from_db()
    assert link.downloads == LinkAct.objects.filter(kind="downloaded").count() == 1

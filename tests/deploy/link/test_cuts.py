"""What a link breaks, holds back and stalls."""

from __future__ import annotations

import socket
import threading
from contextlib import closing
from urllib.request import urlopen

import pytest

from deploy.link import Link
from tests.deploy.link.server import (
    PUT_FIVE,
    STORED,
    WITHIN_S,
    Server,
    Talk,
    answering,
    calling,
    linked,
    put,
    read_all,
)


def test_a_cut_resets_what_is_under_way_and_refuses_until_it_is_mended() -> None:
    broken = threading.Event()

    def script(talk: Talk) -> None:
        if talk.hear(b"hello"):
            talk.say(STORED)
        else:
            broken.set()

    with linked(script) as (link, _), calling(link) as client:
        client.sendall(PUT_FIVE[:-2])
        link.ledger.wait_for(lambda ledger: ledger.sent_bytes == 3)
        link.cut()
        with pytest.raises(ConnectionResetError):
            client.recv(1)
        assert broken.wait(WITHIN_S)  # the server does not take it for a whole body
        with pytest.raises(ConnectionRefusedError):
            calling(link)
        link.mend()
        assert put(link) == 201
        assert [row.status for row in link.ledger.exchanges] == [None, 201]


def test_nobody_else_gets_the_port_of_a_link_that_is_cut() -> None:
    with linked(answering(STORED)) as (link, _):
        link.cut()
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", link.port))


def test_an_answer_that_is_cut_off_from_its_client_was_given_all_the_same() -> None:
    with linked(answering(STORED, b"hello")) as (link, _):
        with link.holding("PUT") as held, calling(link) as client:
            client.sendall(PUT_FIVE)
            held.wait(1)
            link.cut()
            with pytest.raises(ConnectionResetError):
                client.recv(1)
        link.mend()
        assert held.paths == ["/a"]
        row = link.ledger.exchanges[0]
        assert (row.status, row.was_heard, row.has_stored) == (201, False, True)
        assert put(link, "/a") == 201
        assert link.ledger.stored_twice() == {"/a": 2}
        assert link.ledger.bytes_sent_twice() == 5


def test_an_answer_that_is_given_after_the_cut_is_in_the_ledger() -> None:
    may_answer = threading.Event()

    def script(talk: Talk) -> None:
        talk.hear(b"hello")
        may_answer.wait(WITHIN_S)
        talk.say(STORED)

    with linked(script) as (link, _), calling(link) as client:
        client.sendall(PUT_FIVE)
        link.ledger.wait_for(lambda ledger: ledger.sent_bytes == 5)
        link.cut()
        assert link.ledger.exchanges[0].status is None
        may_answer.set()
        link.ledger.wait_for(lambda ledger: ledger.exchanges[0].status == 201)
        assert not link.ledger.exchanges[0].was_heard


def test_only_the_answers_of_one_method_are_held() -> None:
    with linked(answering(STORED)) as (link, _), link.holding("PUT") as held:
        with calling(link) as client:
            client.sendall(b"PUT /a HTTP/1.1\r\n\r\n")
            held.wait(1)
            with urlopen(link.url, timeout=WITHIN_S) as answer:
                assert answer.status == 201
        link.ledger.wait_for(lambda ledger: ledger.exchanges[1].was_heard)
        assert not link.ledger.exchanges[0].was_heard
        assert held.paths == ["/a"]


def test_a_released_answer_reaches_its_client() -> None:
    with linked(answering(STORED)) as (link, _), calling(link) as client:
        with link.holding("PUT") as held:
            client.sendall(b"PUT /a HTTP/1.1\r\n\r\n")
            held.wait(1)
        assert read_all(client, len(STORED)) == STORED
        link.ledger.wait_for(lambda ledger: ledger.exchanges[0].was_heard)


def test_a_client_that_has_left_does_not_hear_the_answer() -> None:
    is_over = threading.Event()

    def script(talk: Talk) -> None:
        answering(STORED)(talk)
        talk.hear(b"never")  # returns when the link has dealt with the answer
        is_over.set()

    with linked(script) as (link, _):
        with link.holding("PUT") as held:
            with calling(link) as client:
                client.sendall(b"PUT /a HTTP/1.1\r\n\r\n")
                held.wait(1)
            with calling(link) as second:  # it is seen after the first one has left
                second.sendall(b"PUT /b HTTP/1.1\r\n\r\n")
                held.wait(2)
        assert is_over.wait(WITHIN_S)
        assert [row.was_heard for row in link.ledger.exchanges] == [False, False]


def test_a_server_that_is_down_looks_like_a_reset() -> None:
    with closing(Server(answering(STORED))) as server:
        url = server.url
    with Link(url) as link, calling(link) as client:
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            client.recv(1)
        assert link.ledger.exchanges[0].status is None


def test_a_server_that_breaks_off_its_answer_looks_like_a_reset() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"
    with linked(answering(answer)) as (link, _), calling(link) as client:
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            read_all(client, -1)
        assert (link.ledger.exchanges[0].status, link.ledger.exchanges[0].was_heard) == (200, False)


def test_nothing_passes_a_stalled_link_until_it_is_mended() -> None:
    with linked(answering(STORED)) as (link, _):
        link.stall()
        with calling(link) as client:
            client.sendall(b"GET / HTTP/1.1\r\n\r\n")
            with pytest.raises(TimeoutError):
                link.ledger.wait_for(lambda ledger: bool(ledger.exchanges), timeout_s=0.1)
            link.mend()
            assert read_all(client, len(STORED)) == STORED


def test_a_stalled_link_can_be_cut() -> None:
    with linked(answering(STORED)) as (link, _):
        link.stall()
        with calling(link) as client:
            client.sendall(b"GET / HTTP/1.1\r\n\r\n")
            link.cut()
            with pytest.raises(ConnectionResetError):
                client.recv(1)

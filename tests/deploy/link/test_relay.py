"""What a link passes on, as it is."""

from __future__ import annotations

from urllib.request import Request, urlopen

import pytest

from tests.deploy.link.server import (
    PUT_FIVE,
    STORED,
    WITHIN_S,
    Talk,
    answering,
    calling,
    linked,
    read_all,
)


@pytest.mark.parametrize(
    ("method", "answer", "body_bytes"),
    [
        ("GET", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 5),
        ("GET", b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
                b"3;x=1\r\nabc\r\nA\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\n", 13),
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 0),
        ("PUT", b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", 0),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 0),
        ("OPTIONS", b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\n"
                    b"Content-Length: 0\r\n\r\n", 0),
        ("GET", b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n"
                b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n!", 1),
    ],
)  # fmt: skip
def test_a_request_and_its_answer_pass_unchanged_and_another_may_follow(
    method: str, answer: bytes, body_bytes: int
) -> None:
    asked = f"{method} /a?b=1 HTTP/1.1\r\nhOST: here.example:1\r\nX-B:  two\r\n\r\n".encode()
    with linked(answering(answer)) as (link, server), calling(link) as client:
        for _ in range(2):
            client.sendall(asked)
            assert read_all(client, len(answer)) == answer
        assert [talk.heard for talk in server.talks] == [asked, asked]
        link.ledger.wait_for(lambda ledger: all(row.was_heard for row in ledger.exchanges))
        row = link.ledger.exchanges[1]
        assert (row.method, row.path, row.answer_bytes) == (method, "/a?b=1", body_bytes)


def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    answer = b"HTTP/1.1 200 OK\r\n\r\nall of it"
    with linked(answering(answer)) as (link, _), calling(link) as client:
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert read_all(client, -1) == answer
        assert link.ledger.exchanges[0].was_heard


def test_a_client_or_a_server_that_wants_to_close_is_let() -> None:
    closing_answer = STORED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    for asked, answer in (
        (b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", STORED),
        (b"GET / HTTP/1.0\r\n\r\n", STORED),
        (b"GET / HTTP/1.1\r\n\r\n", closing_answer),
    ):
        with linked(answering(answer)) as (link, _), calling(link) as client:
            client.sendall(asked)
            assert read_all(client, -1) == answer


@pytest.mark.parametrize(
    ("asked", "body_bytes"),
    [
        (PUT_FIVE, 5),
        (b"PUT / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 5),
        (b"POST / HTTP/1.1\r\n\r\n", 0),
    ],
)
def test_a_body_passes_unchanged_and_is_counted(asked: bytes, body_bytes: int) -> None:
    script = answering(STORED, asked[-7:])
    with linked(script) as (link, server), calling(link) as client:
        client.sendall(asked)
        assert read_all(client, len(STORED)) == STORED
        assert server.talks[0].heard == asked
        assert link.ledger.sent_bytes == body_bytes


def test_a_large_body_passes_in_both_directions() -> None:
    content = bytes(range(256)) * 2**14 + b"the end"

    def echo(talk: Talk) -> None:
        talk.hear(b"the end")
        body = talk.heard.partition(b"\r\n\r\n")[2]
        talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    with linked(echo) as (link, _):
        request = Request(f"{link.url}/x", content, method="PUT")
        with urlopen(request, timeout=WITHIN_S) as answer:
            assert answer.read() == content
        link.ledger.wait_for(lambda ledger: ledger.exchanges[0].was_heard)
        row = link.ledger.exchanges[0]
        assert (row.sent_bytes, row.answer_bytes) == (len(content), len(content))


def test_a_client_that_waits_for_100_continue_gets_it() -> None:
    def script(talk: Talk) -> None:
        talk.hear(b"\r\n\r\n")
        talk.say(b"HTTP/1.1 100 Continue\r\n\r\n")
        talk.hear(b"hello")
        talk.say(STORED)

    head, _, _ = PUT_FIVE.replace(b"Host", b"Expect: 100-continue\r\nHost").partition(b"hello")
    with linked(script) as (link, _), calling(link) as client:
        client.sendall(head)
        assert read_all(client, 25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"hello")
        assert read_all(client, len(STORED)) == STORED
        assert link.ledger.exchanges[0].status == 201


def test_a_refusal_before_the_body_has_come_is_heard() -> None:
    refusal = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"
    with linked(answering(refusal)) as (link, _), calling(link) as client:
        client.sendall(PUT_FIVE.removesuffix(b"hello"))
        assert read_all(client, len(refusal)) == refusal
        client.sendall(b"hello")
        client.sendall(PUT_FIVE.removesuffix(b"hello"))
        assert read_all(client, len(refusal)) == refusal
        assert [row.status for row in link.ledger.exchanges] == [401, 401]


@pytest.mark.parametrize(
    "words", [b"nonsense\r\n\r\n", b"PUT / HTTP/1.1\r\nContent-Length: x\r\n\r\n"]
)
def test_what_is_no_http_is_reset(words: bytes) -> None:
    with linked(answering(STORED)) as (link, _), calling(link) as client:
        client.sendall(words)
        with pytest.raises(ConnectionResetError):
            client.recv(1)

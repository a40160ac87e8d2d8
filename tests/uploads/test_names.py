"""From a visitor's name to a plain one: whatever comes in, what goes out is safe and distinct."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploads import names
from uploads.names import node_names, numbered


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("a.txt", "a.txt"),
        ("folder/sub/a.txt", "a.txt"),
        ("C:\\Users\\olga\\a.txt", "a.txt"),
        ("../../etc/passwd", "passwd"),
        ("..", "file"),
        (".bashrc", "bashrc"),
        ("-rf", "rf"),
        ("Müller größe.csv", "Müller größe.csv"),
        ("Mu\u0308ller.csv", "Müller.csv"),
        ("report\u202efdp.exe", "reportfdp.exe"),
        ("a\x00b\nc.txt", "abc.txt"),
        ("<script>.txt", "_script_.txt"),
        ("🧬.fasta", "🧬.fasta"),
        ("   ", "file"),
    ],
)
def test_a_name_becomes_plain(name: str, plain: str) -> None:
    assert node_names([name]) == [plain]


def test_the_same_name_twice_gets_a_number() -> None:
    assert node_names(["a/x.txt", "b/x.txt", "X.TXT", "x"]) == ["x.txt", "x-2.txt", "X-3.TXT", "x"]


def test_a_number_that_somebody_uses_already_is_passed_over() -> None:
    assert node_names(["x-2.txt", "x.txt", "x.txt", "x.txt"]) == [
        "x-2.txt",
        "x.txt",
        "x-3.txt",
        "x-4.txt",
    ]


def test_of_very_many_equal_names_none_begins_to_count_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[int] = []

    def counted(plain: str, count: int) -> str:
        tried.append(count)
        return numbered(plain, count)

    monkeypatch.setattr(names, "numbered", counted)
    assert node_names(["x.txt"] * 2_000)[-1] == "x-2000.txt"
    assert tried == list(range(2, 2_001))


def test_a_long_name_keeps_its_extension() -> None:
    (plain,) = node_names(["ü" * 300 + ".csv"])
    assert plain.endswith(".csv")
    assert len(plain.encode()) <= 180


@given(st.lists(st.text(max_size=60), min_size=1, max_size=30))
def test_any_names_become_safe_and_distinct(visitors: list[str]) -> None:
    plain = node_names(visitors)
    assert len({name.casefold() for name in plain}) == len(visitors)
    for name in plain:
        assert name not in ("", ".", "..")
        assert not set(name) & set('/\\\0\n\r"')
        assert len(name.encode()) <= 200

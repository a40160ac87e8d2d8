"""The examples do what their docstrings promise, as a compute node would run them."""

from __future__ import annotations

import csv
import importlib.util
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from jobs import node

pytestmark = pytest.mark.live

EXAMPLES = Path(node.__file__).parents[2] / "examples"

draws = pytest.mark.live  # each picture is a process that loads matplotlib


def run_example(name: str, folder: Path, **inputs: bytes | str) -> tuple[bool, str]:
    """Whether one example works on these files, and what a try of it says; results in out."""
    (folder / "run.pyz").write_bytes(node.program())
    (folder / "in").mkdir()
    for file_name, content in inputs.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / "in" / file_name.replace("__", ".")).write_bytes(data)
    argv = [sys.executable, "run.pyz", "try", str(EXAMPLES / name), "in", "--output", "out"]
    tried = subprocess.run(argv, cwd=folder, check=False, timeout=240, capture_output=True)
    return tried.returncode == 0, tried.stdout.decode()


def made_input(folder: Path, pattern: str) -> dict[str, bytes]:
    argv = [sys.executable, str(EXAMPLES / "make_input.py"), str(folder / "made")]
    subprocess.run(argv, check=True, timeout=240)
    return {path.name: path.read_bytes() for path in (folder / "made").glob(pattern)}


@pytest.fixture
def matplotlib() -> None:
    if importlib.util.find_spec("matplotlib") is None:
        pytest.skip("matplotlib is not installed")


def test_make_input_writes_the_same_every_time(tmp_path: Path) -> None:
    assert made_input(tmp_path / "one", "*") == made_input(tmp_path / "two", "*")


def test_word_statistics_counts_the_made_up_texts(tmp_path: Path) -> None:
    texts = made_input(tmp_path, "*.txt")

    works, said = run_example("word_statistics.py", tmp_path, **texts)

    assert works, said
    page = (tmp_path / "out" / "summary.html").read_text()
    for name in texts:
        assert name in page
        assert (tmp_path / "out" / f"{name}.words.csv").exists()


def test_word_statistics_counts_words_of_any_script(tmp_path: Path) -> None:
    run_example("word_statistics.py", tmp_path, a__txt="Über über\nдом it's 12 <b>\n")

    with (tmp_path / "out" / "a.txt.words.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))

    assert rows[1][:2] == ["über", "2"]
    assert {row[0] for row in rows[2:]} == {"b", "it's", "дом"}
    assert "<td>2</td><td>5</td><td>4</td><td>3</td>" in (tmp_path / "out/summary.html").read_text()


def test_word_statistics_shows_no_markup_of_the_files(tmp_path: Path) -> None:
    name = "<img src=x>__txt"

    run_example("word_statistics.py", tmp_path, **{name: "word"})

    assert "<img" not in (tmp_path / "out" / "summary.html").read_text()


def test_word_statistics_reads_an_empty_file(tmp_path: Path) -> None:
    works, said = run_example("word_statistics.py", tmp_path, a__txt="")

    assert works, said


def test_word_statistics_names_a_file_that_is_no_text(tmp_path: Path) -> None:
    _works, said = run_example("word_statistics.py", tmp_path, a__txt=b"\0\1\2")

    assert "It failed: ValueError: a.txt is not a plain text file." in said


def test_count_in_parts_counts_what_word_statistics_counts(tmp_path: Path) -> None:
    texts = made_input(tmp_path, "*.txt")

    works, said = run_example("count_in_parts.py", tmp_path, **texts)

    assert works, said
    with (tmp_path / "out" / "words.csv").open(encoding="utf-8-sig") as file:
        counted = {row["word"]: int(row["count"]) for row in csv.DictReader(file)}
    one_by_one = Counter[str]()
    for name in texts:
        one_by_one += example("word_statistics").count(tmp_path / "made" / name).words
    assert counted == one_by_one


def test_count_in_parts_cuts_a_text_at_the_ends_of_lines(tmp_path: Path) -> None:
    lines = [b"Gr\xc3\xb6\xc3\x9fe %d\n" % number for number in range(50_000)]
    text, empty = tmp_path / "a ü.txt", tmp_path / "empty.txt"
    text.write_bytes(b"".join(lines))
    empty.touch()
    (tmp_path / "out").mkdir()
    code = example("count_in_parts")
    code.PIECE_BYTES = 100_000

    parts = code.split([text, empty], tmp_path / "out")

    assert len(parts) == 8
    assert b"".join(part.read_bytes() for part in parts) == text.read_bytes()
    assert all(part.read_bytes().endswith(b"\n") for part in parts[:-1])
    assert [part.name for part in parts[-2:]] == ["a ü.txt", "empty.txt"]


def test_count_in_parts_makes_no_more_parts_than_the_site_takes(tmp_path: Path) -> None:
    text = tmp_path / "a.txt"
    text.write_bytes(b"a\n" * 5_000)
    (tmp_path / "out").mkdir()
    code = example("count_in_parts")
    code.PIECE_BYTES = 1

    assert 500 < len(code.split([text], tmp_path / "out")) <= 1000


def test_count_in_parts_names_a_file_that_is_no_text(tmp_path: Path) -> None:
    _works, said = run_example("count_in_parts.py", tmp_path, a__txt="a", b__txt=b"\0\1")

    assert "Part 2 of 2 (b.txt): ValueError: b.txt is not a plain text file." in said


@draws
@pytest.mark.usefixtures("matplotlib")
def test_plot_csv_draws_a_picture_of_each_made_up_table(tmp_path: Path) -> None:
    tables = made_input(tmp_path, "*.csv")

    works, said = run_example("plot_csv.py", tmp_path, **tables)

    assert works, said
    for name in tables:
        picture = (tmp_path / "out" / f"{name}.png").read_bytes()
        assert picture.startswith(b"\x89PNG")
        assert len(picture) > 20_000


@draws
@pytest.mark.usefixtures("matplotlib")
@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            b"just words\nno table\nat all\n",
            "a.csv: the first line has no commas, semicolons or tabs",
        ),
        (b"x,y\n1,2\n", "a.csv has fewer than two rows"),
        (b"x,y\nMonday,2\nTuesday,3\n", "a.csv: the first column must hold numbers, or dates"),
        (b"x,y\n1,red\n2,blue\n", "a.csv has no column of numbers"),
        (b"x,y\n1,\xff\n2,3\n", "a.csv is not UTF-8 text"),
    ],
)
def test_plot_csv_says_what_is_wrong_with_a_table(
    tmp_path: Path, table: bytes, message: str
) -> None:
    (tmp_path / "a.csv").write_bytes(table)

    with pytest.raises(ValueError, match=message):
        plot_csv().run([tmp_path / "a.csv"], tmp_path, lambda *said: None)


@draws
@pytest.mark.usefixtures("matplotlib")
def test_plot_csv_reads_decimal_commas_and_gaps(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x;y [m];z [s];w\n1;2,5;;a\n2;3,5;4\n")

    names, rows = plot_csv().read_table(path)
    columns = plot_csv().numeric_columns(names, rows)

    assert columns["y [m]"] == [2.5, 3.5]
    assert columns["z [s]"][1] == 4
    assert "w" not in columns


def plot_csv() -> Any:
    return example("plot_csv")


def example(name: str) -> Any:
    spec: Any = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

"""Tables by their columns: of people, of science, and of neither."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterable, Iterator, Sequence

import pytest

from backends.base import Coverage
from backends.presidio import RawFinding
from scanning.budget import Purse
from scanning.evidence import DEFAULT_ENTITIES
from scanning.examine import Examiner
from scanning.gate import Gate
from scanning.limits import Budget
from scanning.look import Inspection, Tally
from scanning.readers.tables import read_rows
from scanning.tools import Tools
from tests.scanning.readers.looking import ShapeAnalyzer, examine, places

HEADER = ("id", "Vorname", "date_of_birth", "E-Mail", "phone", "SSN", "MRN", "group")
FOUND = {
    "PERSON": "vorname",
    "DATE_OF_BIRTH": "date of birth",
    "EMAIL_ADDRESS": "e mail",
    "PHONE_NUMBER": "phone",
    "US_SSN": "ssn",
    "MEDICAL_RECORD_NUMBER": "mrn",
}


def people(count: int) -> Iterator[Sequence[str]]:
    source = random.Random(7)  # noqa: S311
    for number in range(count):
        yield (
            str(number),
            source.choice(("Ada", "Grace", "Olga", "Zoë")),
            f"{source.randint(1940, 1999)}-05-{source.randint(10, 28)}",
            f"user{number}@example.org",
            f"212-555-{number:04}",
            f"536-{source.randint(10, 99)}-{source.randint(1000, 9999)}",
            f"M{source.randrange(10**7):07}",
            source.choice("ab"),
        )


def written(rows: Iterable[Sequence[object]], **dialect: object) -> str:
    text = io.StringIO()
    csv.writer(text, **dialect).writerows(rows)  # type: ignore[arg-type]
    return text.getvalue()


def numbers(count: int) -> str:
    source = random.Random(7)  # noqa: S311
    return "trial,x,y\n" + "".join(
        f"{n},{source.random():.6f},{source.random():.6f}\n" for n in range(count)
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_columns_of_people_are_found_by_their_headers(delimiter: str, encoding: str) -> None:
    text = written([HEADER, *people(50)], delimiter=delimiter)

    examination = examine(text.encode(encoding))

    assert examination.method == "table"
    assert examination.coverage is Coverage.COMPLETE
    assert {found.entity: found.count for found in examination.findings} == dict.fromkeys(FOUND, 50)
    for entity, words in FOUND.items():
        assert places(examination)[entity] == [(("header", words), ("row", n)) for n in (2, 3, 4)]


def test_all_is_quoted_and_it_makes_no_difference() -> None:
    plain, quoted = written([HEADER, *people(50)]), written([HEADER, *people(50)], quoting=1)

    assert examine(plain.encode()).findings == examine(quoted.encode()).findings


def test_empty_cells_of_a_column_are_not_counted() -> None:
    rows = [(n, f"user{n}@example.org" if n % 2 else "n/a") for n in range(40)]

    [found] = examine(written([("id", "email"), *rows]).encode()).findings

    assert found.count == 20


def test_table_without_a_header_is_told_by_its_values() -> None:
    examination = examine(written(people(30)).encode())

    assert places(examination)["EMAIL_ADDRESS"][0] == (("column", 4), ("row", 1))
    assert places(examination)["US_SSN"][0] == (("column", 6), ("row", 1))
    assert {found.count for found in examination.findings} == {30}


def test_header_may_stand_below_titles() -> None:
    text = "Patients of the study\nexported today\n\n" + written([HEADER, *people(30)])

    examination = examine(text.encode())

    assert places(examination)["DATE_OF_BIRTH"][0] == (("header", "date of birth"), ("row", 5))


def test_header_is_looked_for_in_the_first_rows_only() -> None:
    rows = [("", n, "x" * 20) for n in range(5_000)] + [("", "dob", "phone")]
    rows += [("", "1951-05-12", "212-555-0198")] * 10

    found = places(examine(written([("", "number", "code"), *rows]).encode()))

    assert all(place[0][0] == "row" for some in found.values() for place in some)


def test_value_below_a_telling_header_needs_the_form() -> None:
    genes: list[Sequence[object]] = [("name", "address", "phone", "zip", "first_name", "mobile")]
    genes += [(f"BRCA{n}", f"0x7f{n:04x}", f"/{n}/", n, f"roi_{n:02}", n) for n in range(50)]

    assert examine(written(genes).encode()).findings == ()


@pytest.mark.parametrize(
    "rows",
    [
        [("sepal", "petal", "species")] + [(5.1, 0.2, s) for s in ("setosa", "virginica")] * 40,
        [("chrom", "start", "gene")] + [(f"chr{n}", n * 100, f"TP{n}") for n in range(80)],
        [("date", "time", "value")] + [("2021-05-12", "12:30:05", n) for n in range(80)],
        [("lat", "lon", "alt")] + [(48.1372 + n, 11.5755, 519) for n in range(80)],
        [("id", "count")] + [(4_000_000_000_000_000 + n, n) for n in range(80)],
    ],
    ids=["iris", "genes", "dates", "coordinates", "long numbers"],
)
def test_tables_of_science_are_clean(rows: list[Sequence[object]]) -> None:
    examination = examine(written(rows).encode())

    assert (examination.coverage, examination.findings) == (Coverage.COMPLETE, ())


@pytest.mark.live  # seconds
def test_address_far_down_in_a_table_of_numbers_is_found() -> None:
    rows = numbers(300_000).splitlines(keepends=True)
    rows[200_000] = "199999,ada@example.org,0.5\n"

    examination = examine("".join(rows).encode())

    assert places(examination) == {"EMAIL_ADDRESS": [(("row", 200_001),)]}
    assert examination.coverage is Coverage.COMPLETE


def test_column_that_fills_late_is_judged_by_blocks_drawn_from_the_rest() -> None:
    rows = [(n, "", 0.5) for n in range(20_000)]
    rows += [(n, f"1951-05-{n % 28 + 1:02}", 0.5) for n in range(20_000, 30_000)]

    [found] = examine(written([("id", "dob", "x"), *rows]).encode()).findings

    assert (found.entity, found.count) == ("DATE_OF_BIRTH", 10_000)


def test_words_in_one_cell_say_nothing_of_the_next() -> None:
    rows = [(n, "excellent", 9_528_776_000 + n, "medical", 7.5) for n in range(100)]

    examination = examine(written([("id", "health", "income", "ward", "x"), *rows]).encode())

    assert examination.findings == ()


def test_broken_rows_are_read_as_text() -> None:
    text = numbers(50) + "seen by Grace Hopper, write to olga@example.org, thanks, bye\n" * 2

    examination = examine((text + numbers(50)).encode())

    assert places(examination) == {
        "EMAIL_ADDRESS": [(("row", 52),), (("row", 53),)],
        "PERSON": [(("row", 52),), (("row", 53),)],
    }


def test_name_in_a_column_of_numbers_is_found() -> None:
    text = numbers(100) + "100,seen by Ada Lovelace,0.5\n" + numbers(100)

    assert places(examine(text.encode())) == {"PERSON": [(("row", 102),)]}


def test_free_text_is_read_as_text() -> None:
    story = "The patient came back, and all was well; nobody knew why. "
    rows = [(n, story + ("Her name is Ada Lovelace." if n == 30 else "")) for n in range(60)]

    examination = examine(written([("id", "note"), *rows, (1, 2, 3)]).encode())

    assert places(examination) == {"PERSON": [(("row", 32),)]}


def test_pairs_of_a_word_and_its_value_are_read_together() -> None:
    rows = [("field", "value"), ("patient", "Ada Lovelace"), ("visit", "2"), ("score", "17")]

    assert places(examine(written(rows).encode())) == {"PERSON": [(("row", 2),)]}


def test_cells_with_line_ends_make_lines_of_the_rows() -> None:
    rows = [("id", "note", "where"), (1, "two\nlines", "x"), (2, "x", "ada@example.org")]

    assert places(examine(written(rows).encode())) == {"EMAIL_ADDRESS": [(("line", 4),)]}


def test_row_of_ten_megabytes_is_read_to_its_end() -> None:
    row = ",".join(["0.123456"] * 1_100_000 + ["ada@example.org"])

    examination = examine((numbers(20) + row + "\n").encode())

    assert places(examination) == {"EMAIL_ADDRESS": [(("row", 22),)]}
    assert examination.coverage is Coverage.COMPLETE


def test_table_of_an_old_mac_has_rows_too() -> None:
    text = written([HEADER, *people(30)]).replace("\r\n", "\r")

    assert places(examine(text.encode()))["US_SSN"][0] == (("header", "ssn"), ("row", 2))


def test_column_of_an_entity_that_nobody_wants_is_no_finding() -> None:
    examiner = Examiner(ShapeAnalyzer(), ("US_SSN",), Budget())

    examination = examiner.examine(iter([written([HEADER, *people(30)]).encode()]))

    assert [found.entity for found in examination.findings] == ["US_SSN"]


# --- names by the language model --------------------------------------------------------------


class NameAnalyzer(ShapeAnalyzer):
    """Stands for a language model that takes every two words with capitals for a name."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def analyze(self, text: str, *, by_model: bool = True) -> list[RawFinding]:
        self.asked.append(text)
        return super().analyze(text.replace("Ida", "Ada"), by_model=by_model)


def names(header: str, values: Sequence[str]) -> tuple[dict[str, int], NameAnalyzer]:
    """What a table with one column of words is said to hold, and what was asked."""
    analyzer = NameAnalyzer()
    rows = [(n, values[n % len(values)], n / 7) for n in range(200)]
    text = written([("id", header, "x"), *rows])
    examination = Examiner(analyzer, DEFAULT_ENTITIES, Budget()).examine(iter([text.encode()]))
    return {found.entity: found.count for found in examination.findings}, analyzer


def test_column_of_full_names_is_found_without_a_header() -> None:
    found, analyzer = names("who", ["Ada Lovelace", "Grace Hopper"])

    assert found == {"PERSON": 200}
    assert len("".join(analyzer.asked)) < 100  # each value once


def test_few_names_among_other_words_make_no_column_of_names() -> None:
    values = ["Ada Lovelace", "Iris Setosa", "Breast Cancer", "New York", "West Ham"]

    assert names("what", values)[0] == {}
    assert names("kind", ["Ada Lovelace", *values[1:3]])[0] == {}


def test_names_below_their_header_may_be_fewer() -> None:
    values = ["Ada Lovelace", "Iris Setosa", "Breast Cancer"]

    assert names("name", values)[0] == {"PERSON": 200}


# --- rows of spreadsheets ---------------------------------------------------------------------


def look_at_rows(rows: Iterable[Sequence[str]]) -> dict[str, Tally]:
    look = Inspection(Purse(Budget()), seed=0).look()
    tools = Tools(ShapeAnalyzer(), DEFAULT_ENTITIES, Gate(DEFAULT_ENTITIES), lambda _, __: None)
    read_rows(rows, look.at("sheet", 2), tools)
    look.inspection.purse.settle()
    return look.inspection.tallies


def test_rows_of_a_sheet_are_read_by_columns() -> None:
    tallies = look_at_rows([HEADER, *people(30)])

    assert set(tallies) == set(FOUND)
    place = (("sheet", 2), ("header", "ssn"), ("row", 2))
    assert (tallies["US_SSN"].places[0], tallies["US_SSN"].count) == (place, 30)


def test_short_rows_of_a_sheet_are_filled_up_and_long_ones_read_as_text() -> None:
    rows = [("id", "dob", "", ""), *[("1",), (), ("2", "1951-05-12"), ("3",)] * 20]
    rows += [("3", "", *[""] * 30, "ada@example.org")]

    tallies = look_at_rows(rows)

    assert tallies["DATE_OF_BIRTH"].count == 20
    assert tallies["EMAIL_ADDRESS"].places == [(("sheet", 2), ("row", 82))]


def test_sheet_without_rows_has_nothing() -> None:
    assert look_at_rows([]) == {}

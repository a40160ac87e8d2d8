"""Sequences: headers as text, bodies only for patterns, qualities for nothing."""

from __future__ import annotations

import random
import struct

import pytest

from backends.base import Coverage
from scanning.evidence import STRONG
from scanning.types import Kind, kind_of
from tests.scanning.readers.looking import examine, places

BASES = "ACGTTGCAACGTTGCA"
FASTQ = f"@SRR1.{{}} 1:N:0\n{BASES}\n+\n{{}}\n"
VCF = (
    "##fileformat=VCFv4.2\n##source=made by {}\n"
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{}\n"
    + "20\t14370\trs6054257\tG\tA\t29\tPASS\tNS=3\tGT\t0|0\n"
    * 500
)
SAM = (
    "@HD\tVN:1.6\n@SQ\tSN:chr1\tLN:1000\n@RG\tID:1\tSM:{}\n@CO\t{}\n"
    f"r1\t0\tchr1\t7\t30\t16M\t*\t0\t0\t{BASES}\t{{}}\tNM:i:0\n"
)


def qualities(count: int) -> str:
    source = random.Random(7)  # noqa: S311
    return "".join(
        FASTQ.format(n, "".join(chr(source.randint(33, 74)) for _ in BASES)) for n in range(count)
    )


@pytest.mark.parametrize(
    "data",
    [
        FASTQ.format(1, "I" * 16).encode(),
        b">sp|P1 albumin\nMKWVTFISLL\n",
        VCF.encode(),
        SAM.encode(),
        b"##gff-version 3\nchr1\t.\tgene\t1\t2\t.\t+\t.\tID=1\n",
        b"BAM\1\0\0\0\0",
        FASTQ.format(1, "I" * 16).replace("\n", "\r\n").encode(),
        VCF.encode("utf-16"),
    ],
    ids=["fastq", "fasta", "vcf", "sam", "gff", "bam", "windows", "wide"],
)
def test_sequences_are_known_by_their_first_lines(data: bytes) -> None:
    assert kind_of(data) is Kind.SEQUENCES


@pytest.mark.parametrize(
    "data",
    [b"@ada said\nhello there\n+\n", b"> quoted in a letter\nas one does, often\n", b"# a\nb\n"],
)
def test_letters_are_none(data: bytes) -> None:
    assert kind_of(data) is not Kind.SEQUENCES


def test_reads_are_seen_as_a_whole_and_hold_nothing() -> None:
    data = qualities(5_000).encode()

    examination = examine(data)

    assert (examination.method, examination.coverage) == ("sequences", Coverage.COMPLETE)
    assert examination.scanned_bytes == len(data)
    assert examination.findings == ()


def test_qualities_that_look_like_an_address_are_none() -> None:
    data = qualities(300) + FASTQ.format(300, "ab@example.org!I") + qualities(300)

    assert examine(data.encode()).findings == ()


def test_reads_behind_a_lost_line_are_still_told_apart() -> None:
    chance = FASTQ.format(300, "ab@example.org!I")
    data = qualities(300) + "\n" + qualities(600) + chance + qualities(300)

    assert examine(data.encode()).findings == ()


@pytest.mark.parametrize("number", [1, 5_000])
def test_name_of_a_read_is_read(number: int) -> None:
    told = f"@r for ada@example.org and Ada Lovelace\n{BASES}\n+\n{'I' * 16}\n"

    examination = examine((qualities(number) + told + qualities(300)).encode())

    line = (("line", 4 * number + 1),)
    assert places(examination) == {"EMAIL_ADDRESS": [line], "PERSON": [line]}


@pytest.mark.parametrize("number", range(120, 172, 3))
def test_name_of_a_read_is_read_wherever_a_window_is_cut(number: int) -> None:
    told = f"@r1/{'x' * 200} ada%40example.org\n{BASES}\n+\n{'I' * 16}\n"

    examination = examine((qualities(number) + told + qualities(300)).encode())

    assert places(examination) == {"EMAIL_ADDRESS": [(("line", 4 * number + 1),)]}


def test_record_that_is_not_as_it_should_be_is_read_as_text() -> None:
    wrong = f"@r\n{BASES}\n+\nwrite to ada@example.org, please\n"

    examination = examine((qualities(10) + wrong).encode())

    assert places(examination) == {"EMAIL_ADDRESS": [(("line", 44),)]}


def test_headers_of_vcf_are_read_for_names_and_bodies_for_patterns() -> None:
    body = "20\t1\t.\tG\tA\t29\tPASS\tBY=Grace Hopper;AT=ada@example.org\tGT\t0|0\n"

    examination = examine((VCF.format("Ada Lovelace", "patient Ada Lovelace") + body).encode())

    assert places(examination) == {
        "PERSON": [(("line", 2),), (("line", 3),)],
        "EMAIL_ADDRESS": [(("line", 504),)],
    }


def test_sam_is_read_without_its_qualities() -> None:
    data = SAM.format("patient Ada Lovelace", "made by olga@example.org", "ab@example.org!!")

    assert places(examine(data.encode())) == {
        "PERSON": [(("line", 3),)],
        "EMAIL_ADDRESS": [(("line", 4),)],
    }


def test_first_lines_of_fasta_records_are_read() -> None:
    data = f">s1 albumin\n{BASES}\n>s2 patient Ada Lovelace\n" + f"{BASES}\n" * 5_000

    assert places(examine(data.encode())) == {"PERSON": [(("line", 3),)]}


@pytest.mark.parametrize("told", [b"@CO\tmade by ada@example.org\n", b"@CO\tx\n" * 20_000])
def test_of_bam_the_header_is_read_and_no_more_is_claimed(told: bytes) -> None:
    body = b"by grace@example.org \0\xff" * 500
    data = b"BAM\1" + struct.pack("<i", len(told)) + told + body

    examination = examine(data)

    found = {"EMAIL_ADDRESS": [(("line", 1),)]} if b"ada" in told else {}
    assert places(examination) == found
    assert (examination.coverage, examination.reasons) == (Coverage.PARTIAL, ("BINARY_PARTS",))
    assert examination.scanned_bytes == 8 + len(told)


RECORDS = "@r\nACGT\n+\nIIII\n" * 50


@pytest.mark.parametrize(
    "record",
    [
        "@r\nACGT\n+\n" + "x " * 200 + "ada@example.org\n",  # longer than the bases
        "@r\n\n+\nada@example.org\n",
        "@r\n" + "A" * 24 + "\n+\nwrite to ada@example.org\n",  # as long, but no qualities
    ],
)
def test_what_is_no_qualities_is_read(record: str) -> None:
    assert "EMAIL_ADDRESS" in places(examine((RECORDS + record).encode()))


LETTER = "Dear all, this was made by Ada Lovelace and her friends.\n"


@pytest.mark.parametrize(
    "head",
    [
        ">s1 albumin\nACGT\n",
        "> Hello\nHi\n\n",  # a letter that was answered
        "##fileformat=VCFv4.2\n#CHROM\tPOS\n1\t5\n",
        "##gff-version 3\n1\tx\tgene\n",
        "@HD\tVN:1.6\nr\t0\t1\t1\t60\t4M\t*\t0\t0\tACGT\tIIII\n",
    ],
)
def test_letter_in_a_body_is_read_as_text(head: str) -> None:
    assert "PERSON" in places(examine((head + LETTER).encode()))


def test_header_of_fasta_is_read_beyond_a_window() -> None:
    data = ">s1 " + "some words of Text " * 900 + LETTER + "ACGT\n"

    assert "PERSON" in places(examine(data.encode()))


def test_patient_in_a_meta_line_is_found() -> None:
    data = "##fileformat=VCFv4.2\n##patient=Ada Lovelace\n#CHROM\tPOS\n"

    assert examine(data.encode()).findings[0].score >= STRONG


def test_long_line_without_tabs_in_sam_is_read() -> None:
    data = "@HD\tVN:1.6\n" + "x " * 200 + "ada@example.org\nr\t0\t1\n"

    assert "EMAIL_ADDRESS" in places(examine(data.encode()))


def test_bam_that_says_it_has_a_header_of_less_than_nothing_is_damaged_or_empty() -> None:
    assert examine(b"BAM\1" + struct.pack("<i", -5) + b"\0" * 100).findings == ()
    assert examine(b"BAM\1\0").reasons == ("DAMAGED",)

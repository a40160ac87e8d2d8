"""Hostile texts, pictures, documents and measurements."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image

from tests.scanning.readers.archives.packing import zip_of
from tests.scanning.readers.pdf_files import lines, pdf
from tests.scanning.readers.test_dicom import dicom
from tests.scanning.readers.test_nifti import nifti_1

MAIL = "write to ada@example.org\n"
NUMBERS = "0.5,1.5\n" * 100
ADA = lines("write to ada@example.org")
CONTENT_BYTES = 300 * 2**20


def utf_16_with_a_mark() -> bytes:
    return (NUMBERS + MAIL).encode("utf-16")


def utf_16_without_a_mark() -> bytes:
    return (NUMBERS + MAIL).encode("utf-16-be")


def utf_32_with_a_mark() -> bytes:
    return (NUMBERS + MAIL).encode("utf-32")


def utf_32_without_a_mark() -> bytes:
    return (NUMBERS + MAIL).encode("utf-32-le")


def one_line_of_100_mb() -> bytes:
    return b"0.12345678," * (100 * 10**6 // 11) + MAIL.encode()


def one_word_of_100_mb() -> bytes:
    return b"x" * (100 * 10**6) + b" " + MAIL.encode()


def dots_before_an_at_sign() -> bytes:
    """EmailRecognizer's pattern takes minutes for 32 kB of it."""
    return ("a." * 4000 + "a@a.aa a@" + "\n").encode() * 20 + MAIL.encode()


def dotted_oids() -> bytes:
    oid = ".".join(str(n % 10) for n in range(4000))
    return (f"mail me@{oid} 1.2.840.{oid}\n" * 20 + MAIL).encode()


def long_runs_of_digits() -> bytes:
    return b"phone " + b"0123456789" * 100_000 + b"\n" + MAIL.encode()


def many_telephone_numbers_that_are_none() -> bytes:
    return ("phone: " + "(030) 1 " * 20_000 + "\n").encode() + MAIL.encode()


def csv_of_100_000_columns() -> bytes:
    head = ",".join(f"c{n}" for n in range(100_000))
    row = ",".join("0.5" for _ in range(100_000))
    return f"{head}\n{row}\n{row}\n{MAIL}".encode()


def json_100_000_deep() -> bytes:
    return b'{"a":[' * 100_000 + b'"write to ada@example.org"' + b"]}" * 100_000


def xml_of_a_billion_laughs() -> bytes:
    """As text it is read as it stands."""
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    return f"<!DOCTYPE x [{entities}]><x>&a9;</x>\n{MAIL}".encode()


def text_with_nuls_behind_its_head() -> bytes:
    return (NUMBERS * 200).encode() + b"\0" * 10_000 + MAIL.encode()


def text_with_nuls_between() -> bytes:
    return b"\0\0\0".join((NUMBERS + MAIL).encode().split(b"5"))


def invalid_utf_8() -> bytes:
    return b"M\xfcller \xff\xfe\xc3\x28 \xf0\x82\n" * 100 + MAIL.encode()


def nothing() -> bytes:
    return b""


# --- pictures, documents, measurements -------------------------------------------------------


def png_of_a_million_times_a_million() -> bytes:
    head = struct.pack(">LLBBBBB", 10**6, 10**6, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", data) + _chunk(b"IEND")


def png_with_a_text_bomb() -> bytes:
    """A packed text that unpacks to 300 MiB."""
    text = b"Comment\0\0" + zlib.compress(bytes(CONTENT_BYTES))
    head = struct.pack(">LLBBBBB", 1, 1, 8, 0, 0, 0, 0)
    parts = (_chunk(b"IHDR", head), _chunk(b"zTXt", text), _chunk(b"IDAT", zlib.compress(b"\0\0")))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + _chunk(b"IEND")


def truncated_jpeg() -> bytes:
    picture = io.BytesIO()
    Image.new("RGB", (300, 300)).save(picture, "jpeg", comment=MAIL)
    return picture.getvalue()[:60]


def tiff_that_goes_round() -> bytes:
    """Its directory is its own successor."""
    entry = struct.pack("<HHLL", 256, 3, 1, 1)
    return b"II*\0" + struct.pack("<L", 8) + struct.pack("<H", 1) + entry + struct.pack("<L", 8)


def truncated_pdf() -> bytes:
    return pdf(["/Contents 4 0 R"], [lines("hello")])[:120]


def pdf_that_goes_round() -> bytes:
    """Its pages have themselves for parents and for kids."""
    return (
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
        b"2 0 obj\n<< /Type /Pages /Kids [2 0 R] /Count 1000000000 /Parent 2 0 R >>\nendobj\n"
        b"trailer\n<< /Root 1 0 R >>\n%%EOF\n"
    )


def pdf_bomb() -> bytes:
    """Streams in streams in streams: each /FlateDecode unpacks a thousand times."""
    content = bytes(CONTENT_BYTES)
    for _ in range(2):
        content = zlib.compress(content)
    head = f"<< /Length {len(content)} /Filter [/FlateDecode /FlateDecode] >>\nstream\n"
    return pdf(["/Contents 4 0 R"], [head.encode() + content + b"\nendstream"])


def pdf_of_240_mb() -> bytes:
    return b"%PDF-1.7\n" + bytes(240 * 2**20)


def pdf_with_a_zip_behind_it() -> bytes:
    """Whoever calls it .zip opens the other half."""
    return pdf(["/Contents 4 0 R"], [lines("hello")]) + zip_of()


def zip_with_a_pdf_before_it() -> bytes:
    return b"%PDF-1.7\n%%EOF\n" + zip_of()


def dicom_with_an_element_of_4_gb() -> bytes:
    return dicom(Modality="MR") + struct.pack("<HH2sHL", 0x10, 0x4000, b"UT", 0, 0xFFFFFFF0)


def truncated_dicom() -> bytes:
    return dicom(PatientName="Lovelace^Ada")[:-6]


def nifti_with_an_extension_of_2_gb() -> bytes:
    return nifti_1(extension=struct.pack("<ii", 0x7FFFFFF0, 6) + MAIL.encode())


def _chunk(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))

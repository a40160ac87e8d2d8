"""Hostile archives and documents that are archives: bombs, nests, lies."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import struct
import tarfile
import zipfile
from collections.abc import Callable

from tests.scanning.readers.archives.packing import MAIL, tar_of, zip_of
from tests.scanning.readers.office_files import docx, ooxml, paragraph, xlsx

# Packs to a thousandth; more than is free of the ratio. A column of a table would take its reader
# ten times longer, and change nothing of the verdict: see `test_bombs` of archives.
ROWS = b"0.5\n" * (160 * 2**20 // 4)


def zip_bomb() -> bytes:
    return _zip_of_rows("rows")


def gzip_bomb() -> bytes:
    return gzip.compress(ROWS, 6)


def bzip2_bomb() -> bytes:
    return bz2.compress(ROWS[: 2**22]) * 40  # streams one after another are one file, too


def xz_bomb() -> bytes:
    return lzma.compress(ROWS, preset=0)


def tar_gz_bomb() -> bytes:
    return gzip.compress(tar_of({"rows": ROWS}), 6)


def docx_bomb() -> bytes:
    return docx(paragraph(ROWS.decode()))


def docx_of_a_million_tags() -> bytes:
    """Elements cost a tree of objects, if somebody keeps it."""
    return docx("<w:p/>" * 10**6 + paragraph("ada@example.org"))


def xlsx_bomb() -> bytes:
    cell = f'<c t="inlineStr"><is><t>{"0.5 " * 50_000}</t></is></c>'
    return xlsx({"one": f"<row>{cell}</row>" * 800})


def xlsx_with_a_cell_at_the_end_of_the_world() -> bytes:
    cell = '<c r="XFD1048576" t="inlineStr"><is><t>ada@example.org</t></is></c>'
    return xlsx({"one": f'<row r="1048576">{cell}</row>'})


def xlsx_with_a_text_that_is_not_there() -> bytes:
    return xlsx({"one": '<row r="1"><c r="A1" t="s"><v>999999999</v></c></row>'})


def docx_a_hundred_thousand_deep() -> bytes:
    return docx("<w:x>" * 100_000 + "</w:x>" * 100_000)


def billion_laughs() -> bytes:
    entities = '<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)
    )
    laugh = f"<!DOCTYPE x [{entities}]><w:document xmlns:w='urn:w'>&a9;</w:document>"
    return ooxml({"word/document.xml": laugh})


def external_entity() -> bytes:
    """Asks for a file of this machine and for one of another."""
    asks = (
        '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">'
        '<!ENTITY w SYSTEM "http://127.0.0.1:9/x">]>'
        "<w:document xmlns:w='urn:w'>&f;&w;</w:document>"
    )
    return ooxml({"word/document.xml": asks})


def zip_of_zip_bombs() -> bytes:
    """As 42.zip: each is small, what comes out of all of them is not."""
    inner = _zip_of_rows("a", "b")
    return zip_of({f"{n}.zip": inner for n in range(16)})


def overlapping_zip() -> bytes:
    """Its directory names one stream a thousand times (D. Fifield, A better zip bomb)."""
    whole = zip_of({"kernel": ROWS[: 2**20]})
    at = whole.index(b"PK\1\2")
    end = whole.index(b"PK\5\6")
    entry = whole[at:end]
    directory = entry * 1000
    tail = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1000, 1000, len(directory), at, 0)
    return whole[:at] + directory + tail


def nested_zip() -> bytes:
    return _nested(25, lambda inner: zip_of({"inner": inner}))


def nested_gzip() -> bytes:
    return _nested(25, gzip.compress)


def zip_of_110_000_members() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for n in range(110_000):
            archive.writestr(zipfile.ZipInfo(str(n)), b"")
    return packed.getvalue()


def truncated_zip() -> bytes:
    return zip_of()[:-150]


def truncated_gzip() -> bytes:
    noise = random.Random(7).randbytes(4000).hex().encode()  # noqa: S311 - does not pack well
    return gzip.compress(ROWS[:80_000] + MAIL + noise)[:-500]


def truncated_docx() -> bytes:
    return docx(paragraph("hello"))[:-40]


def encrypted_zip() -> bytes:
    data = bytearray(zip_of({"letter.txt": MAIL}))
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    return bytes(data)


def encrypted_docx() -> bytes:
    """Office puts it into a container of another kind (MS-OFFCRYPTO, 2.3.4.4)."""
    stream = "EncryptedPackage".encode("utf-16-le")
    return bytes.fromhex("d0cf11e0a1b11ae1") + bytes(9_980) + stream + bytes(1_000)


def zip_that_lies_about_sizes() -> bytes:
    """Ten bytes, it says, in both places; there are 160 MiB."""
    data = bytearray(_zip_of_rows("rows"))
    directory = data.index(b"PK\1\2")
    for at in (22, directory + 24):
        data[at : at + 4] = struct.pack("<L", 10)
    return bytes(data)


def tar_with_a_member_of_8_eib() -> bytes:
    data = bytearray(512)
    data[:4] = b"huge"
    data[124:136] = b"\x80" + bytes(3) + (2**63 - 1).to_bytes(8, "big")
    data[257:263] = b"ustar\0"
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data)
    return bytes(data) + b"x" * 1024


def tar_with_a_link_to_a_secret() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        link = tarfile.TarInfo("../../etc/x")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        letter = tarfile.TarInfo("../../letter.txt")
        letter.size = len(MAIL)
        archive.addfile(letter, io.BytesIO(MAIL))
    return packed.getvalue()


def zip_behind_other_bytes() -> bytes:
    """A self-extracting archive: no program at its beginning is one to us."""
    return b"MZ\x90\0\3\0\0\0" + bytes(200) + zip_of()


def zip_with_a_letter_behind_it() -> bytes:
    return zip_of({"data.csv": ROWS[:8000]}) + MAIL


def zip_with_a_letter_between_its_members() -> bytes:
    """No directory names it, and who unpacks the archive does not see it."""
    whole = zip_of({"data.csv": ROWS[:8000]})
    at = whole.index(b"PK\1\2")
    end = bytearray(whole[at:])
    eocd = end.index(b"PK\5\6")
    end[eocd + 16 : eocd + 20] = struct.pack("<L", at + len(MAIL))
    return whole[:at] + MAIL + bytes(end)


def gzip_with_a_letter_behind_it() -> bytes:
    return gzip.compress(ROWS[:8000]) + MAIL


def tar_with_a_letter_behind_it() -> bytes:
    return tar_of({"data.csv": ROWS[:8000]}) + MAIL


def docx_with_a_letter_behind_it() -> bytes:
    return docx(paragraph("hello")) + MAIL


def _zip_of_rows(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, ROWS)
    return packed.getvalue()


def _nested(depth: int, packed: Callable[[bytes], bytes]) -> bytes:
    data = MAIL
    for _ in range(depth):
        data = packed(data)
    return data

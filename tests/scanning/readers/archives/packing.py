"""Archives of small contents, made by the standard library."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping

MAIL = b"0.1 0.2\nmail ada@example.org\n"
DATA = b"0.1 0.2 0.3\n" * 50
FILES: Mapping[str, bytes] = {"data.csv": DATA, "letter.txt": MAIL, "more.csv": DATA}
MAIL_IN_FILES = (("member", 2), ("line", 2))  # where the address is in `FILES`


def tar_of(files: Mapping[str, bytes] = FILES, *, form: int = tarfile.PAX_FORMAT) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=form) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def zip_of(
    files: Mapping[str, bytes] = FILES,
    *,
    method: int = zipfile.ZIP_DEFLATED,
    is_stream: bool = False,
) -> bytes:
    """A stream cannot go back: sizes and sums stand behind its members."""
    packed = _OneWay() if is_stream else io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


class _OneWay(io.BytesIO):
    def seekable(self) -> bool:
        return False

    def tell(self) -> int:
        raise OSError

    def seek(self, *_: int) -> int:
        raise OSError


def bgzf_of(content: bytes, block_bytes: int = 300) -> bytes:
    """As bgzip packs: small members that know their size, and an empty one at the end."""
    blocks = [content[at : at + block_bytes] for at in range(0, len(content), block_bytes)]
    return b"".join(map(_bgzf_block, [*blocks, b""]))


def _bgzf_block(content: bytes) -> bytes:
    deflated = zlib.compress(content, wbits=-15)
    head = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff" + struct.pack(
        "<H2sHH", 6, b"BC", 2, len(deflated) + 25
    )
    return head + deflated + struct.pack("<LL", zlib.crc32(content), len(content))


def named_gzip_of(content: bytes, name: str) -> bytes:
    packed = io.BytesIO()
    with gzip.GzipFile(name, "wb", fileobj=packed) as archive:
        archive.write(content)
    return packed.getvalue()


# Made by Info-ZIP, with a password: letter.txt, which is `MAIL`; and without: plain.csv.
ENCRYPTED_ZIP = bytes.fromhex(
    "504b03040a000900000000002150118f5b59290000001d0000000a0000006c65747465722e747874a1b69926"
    "7566dea47bfe4712ca24735ebfa706f3d519eb0286cea9d8af9765f44d04f118744416822f504b0708118f5b"
    "59290000001d000000504b03040a000000000000002150ff6758a1040000000400000009000000706c61696e"
    "2e637376302e350a504b01021e030a000900000000002150118f5b59290000001d0000000a00000000000000"
    "01000000a481000000006c65747465722e747874504b01021e030a000000000000002150ff6758a104000000"
    "04000000090000000000000001000000a48161000000706c61696e2e637376504b050600000000020002006f"
    "0000008c0000000000"
)

"""Pictures: what is written beside the pixels. They themselves are never decoded."""

from __future__ import annotations

import io
import math
import struct
import warnings
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from scanning.look import Look
from scanning.readers.tags import GPS_SCORE, read_tag, read_xmp, tell
from scanning.sources import Source, TooLarge
from scanning.tools import Tools

if TYPE_CHECKING:
    from PIL import Image, ImageFile

Tag = tuple[str, Any]
"""A tag's name, out of a standard, and its value as Pillow has it."""

MAX_FRAMES = 1_000
MAX_TEXT_BYTES = 64 * 2**20
_FORMATS = ("JPEG", "TIFF", "WEBP", "GIF")
_PNG = b"\x89PNG\r\n\x1a\n"
# PNG 3rd edition, 11.3.3.1; keywords beyond these may be anything.
_PNG_KEYWORDS = frozenset(
    ("Title", "Author", "Description", "Copyright", "Software", "Disclaimer", "Source", "Comment")
)
_AUTHOR_TAGS = frozenset(
    ("Artist", "XPAuthor", "CameraOwnerName", "Photographer", "ImageEditor", "Copyright", "Author")
)
_LATITUDE, _LONGITUDE = 2, 4  # of the GPS directory (Exif 3.0, 4.6.6)
# Before a user comment (Exif 3.0, 4.6.5).
_CHARSETS = {b"ASCII\0\0\0": "utf-8", b"UNICODE\0": "utf-16", b"JIS\0\0\0\0\0": "iso2022_jp"}
_MAX_ODD_SHARE = 0.1  # of characters that no text has; beyond it a value is not one
_IPTC_BLOCK, _IPTC_TIFF_TAG = 0x0404, 0x83BB
_IPTC_AUTHORS = frozenset(((2, 80), (2, 85), (2, 116), (2, 118), (2, 122)))  # IIM 4.2, chapter 6


def read_image(source: Source, look: Look, tools: Tools) -> None:
    """Tags, comments, XMP and the place of the camera; says that it shows more than these."""
    held = source.held()
    is_png = held.read(len(_PNG)) == _PNG
    reading = _Reading(look, tools)
    try:
        with warnings.catch_warnings(action="ignore"):  # of tags that are not as they should be
            for name, value in _png_tags(held) if is_png else _tags(held, look):
                reading.at(name, value)
    except (OSError, EOFError, ValueError, struct.error):  # Pillow's for what is not a picture
        look.missed("DAMAGED")
    seen_bytes = min(reading.seen_bytes, source.read_bytes)
    look.seen(seen_bytes)
    look.missed("PICTURES_NOT_READ", source.read_bytes - seen_bytes)


class _Reading:
    def __init__(self, look: Look, tools: Tools) -> None:
        self.seen_bytes = len(_PNG)  # its kind
        self._look = look
        self._tools = tools
        self._seen: set[Tag] = set()  # every frame may repeat them

    def at(self, name: str, value: Any) -> None:
        """Look at one tag."""
        if name == "GPSInfo":
            if _has_position(value):
                tell("LOCATION_GPS", GPS_SCORE, self._look.at("tag", name), self._tools)
        elif name == "XMP":
            self.seen_bytes += len(value)
            read_xmp(value, self._look, self._tools)
        elif (text := _as_text(value)) and (name, text) not in self._seen:
            self._seen.add((name, text))
            self.seen_bytes += len(text)
            tag = self._look.at("tag", name)
            read_tag(text, tag, self._tools, is_author=name in _AUTHOR_TAGS)


def _has_position(gps: Mapping[int, Any]) -> bool:
    """Whether there is more than the empty directory of a camera that had no signal."""
    degrees = [gps[tag] for tag in (_LATITUDE, _LONGITUDE) if tag in gps]
    parts = [float(part) for one in degrees for part in (one if isinstance(one, tuple) else (one,))]
    return any(math.isfinite(part) and part for part in parts)


def _as_text(value: Any) -> str:
    """The value if it is text; nothing for numbers, and for what only its maker can read."""
    if isinstance(value, (tuple, list)):
        return " ".join(filter(None, map(_as_text, value)))
    if isinstance(value, bytes):
        value = _decoded(value)
    if not isinstance(value, str):
        return ""
    text = value.strip("\0 ")
    odd = sum(map(_is_odd, text))
    # A NUL parts the photographer from the editor.
    return text.replace("\0", " ") if odd <= _MAX_ODD_SHARE * len(text) else ""


def _is_odd(character: str) -> bool:
    return character == "\ufffd" or not (character.isprintable() or character.isspace())


def _decoded(value: bytes) -> str:
    encoding = _CHARSETS.get(value[:8])
    if encoding:
        return value[8:].decode(encoding, "replace")
    if value[1:2] == b"\0":  # Windows' own tags
        return value.decode("utf-16-le", "replace")
    return value.decode("utf-8", "replace")


# --- by Pillow -------------------------------------------------------------------------------


def _tags(held: io.BytesIO, look: Look) -> Iterator[Tag]:
    from PIL import (  # noqa: F401 - what is imported can be opened
        GifImagePlugin,
        Image,
        JpegImagePlugin,
        TiffImagePlugin,
        WebPImagePlugin,
    )

    Image.MAX_IMAGE_PIXELS = None  # a bomb does no harm: nothing is unpacked
    held.seek(0)
    with Image.open(held, formats=_FORMATS) as image:
        for _ in _frames(image, look):
            yield from _exif_tags(image.getexif())
            yield from _iptc_tags(image)
        if "xmp" in image.info:
            yield "XMP", image.info["xmp"]
        yield "Comment", image.info.get("comment", "")


def _frames(image: Image.Image, look: Look) -> Iterator[None]:
    """One after another, of formats in which each has tags."""
    for number in range(MAX_FRAMES):
        try:
            image.seek(number)
        except EOFError:
            return
        yield
        if image.format not in ("TIFF", "MPO"):
            return
    look.missed("SAMPLED")


def _exif_tags(exif: Image.Exif) -> Iterator[Tag]:
    from PIL import ExifTags

    yield from _named(exif.items())
    yield from _named(exif.get_ifd(ExifTags.IFD.Exif).items())
    yield "GPSInfo", exif.get_ifd(ExifTags.IFD.GPSInfo)


def _named(items: Iterable[tuple[int, Any]]) -> Iterator[Tag]:
    from PIL import ExifTags

    apart = (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo, ExifTags.Base.XMLPacket, _IPTC_TIFF_TAG)
    for number, value in items:
        if number not in apart:
            yield ExifTags.TAGS.get(number, f"0x{number:04X}"), value


def _iptc_tags(image: ImageFile.ImageFile) -> Iterator[Tag]:
    from PIL import IptcImagePlugin

    found = IptcImagePlugin.getiptcinfo(image) or {}
    for number, value in found.items():
        yield ("Author" if number in _IPTC_AUTHORS else "IPTC"), value


# --- PNG: Pillow sees texts behind the pixels only after decoding these ------------------------


def _png_tags(held: io.BytesIO) -> Iterator[Tag]:
    """Texts and tags of PNG's chunks; EOFError where the file ends before its last one."""
    readers = {b"tEXt": _plain, b"zTXt": _packed, b"iTXt": _international, b"eXIf": _png_exif}
    kind = b""
    while kind != b"IEND":
        header = held.read(8)
        if len(header) < 8:
            raise EOFError
        length, kind = struct.unpack(">L4s", header)
        if kind in readers:
            data = held.read(length)
            yield from readers[kind](data)
            held.seek(4, io.SEEK_CUR)
        else:
            held.seek(length + 4, io.SEEK_CUR)


def _plain(data: bytes) -> Iterator[Tag]:
    keyword, _, text = data.partition(b"\0")
    yield _keyword(keyword), text.decode("latin-1")


def _packed(data: bytes) -> Iterator[Tag]:
    keyword, _, packed = data.partition(b"\0")
    yield _keyword(keyword), _unpacked(packed[1:]).decode("latin-1")


def _international(data: bytes) -> Iterator[Tag]:
    keyword, _, rest = data.partition(b"\0")
    is_packed = rest[:1] == b"\1"
    _, _, rest = rest[2:].partition(b"\0")  # the language
    translated, _, text = rest.partition(b"\0")
    text = _unpacked(text) if is_packed else text
    if keyword == b"XML:com.adobe.xmp":
        yield "XMP", text
    else:
        yield _keyword(keyword), (translated + b" " + text).decode("utf-8", "replace")


def _png_exif(data: bytes) -> Iterator[Tag]:
    from PIL import Image

    exif = Image.Exif()
    exif.load(data)
    yield from _exif_tags(exif)


def _keyword(keyword: bytes) -> str:
    name = keyword.decode("latin-1")
    return name if name in _PNG_KEYWORDS else "Text"


def _unpacked(packed: bytes) -> bytes:
    inflate = zlib.decompressobj()
    data = inflate.decompress(packed, MAX_TEXT_BYTES)
    if inflate.unconsumed_tail:
        raise TooLarge
    return data

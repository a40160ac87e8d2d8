"""Texts that stand in tags: of pictures, of documents' properties, of DICOM files."""

from __future__ import annotations

from xml.parsers import expat

from scanning.look import Look
from scanning.readers.markup import Refused, Writer, texts
from scanning.readers.text import read_text
from scanning.tools import Tools

_XMP_BEGIN, _XMP_END = b"<x:xmpmeta", b"</x:xmpmeta>"
_MAX_PACKETS = 100
GPS_SCORE = 0.95


def tell(entity: str, score: float, look: Look, tools: Tools) -> None:
    """The tag itself says what it holds: no text is looked at."""
    if entity in tools.entities:
        look.found(entity, score)


def read_tag(text: str, look: Look, tools: Tools, *, is_author: bool = False) -> None:
    """A tag's text, too short for lines; a name is only known as one by a word before it."""
    label = "Author: " if is_author else ""
    read_text([f"{label}{text}\n"], look, tools, unit=None).reckon(0, look)


def xmp_packets(data: bytes) -> list[bytes]:
    """The packets of XMP (ISO 16684-1) in any file that does not pack them."""
    packets: list[bytes] = []
    end = 0
    while len(packets) < _MAX_PACKETS and (begin := data.find(_XMP_BEGIN, end)) >= 0:
        end = data.find(_XMP_END, begin) + len(_XMP_END)
        if end < begin:
            break
        packets.append(data[begin:end])
    return packets


def read_xmp(packet: bytes, look: Look, tools: Tools) -> None:
    """Elements and attributes of a packet; one that is no XML is read as it stands."""
    look = look.at("tag", "XMP")
    if b"GPSLatitude" in packet:
        tell("LOCATION_GPS", GPS_SCORE, look, tools)
    try:
        pieces = _texts_of(packet)
    except (expat.ExpatError, Refused, ValueError):
        pieces = [packet.decode("utf-8", "replace")]
    read_text(pieces, look, tools, unit=None).reckon(0, look)


def _texts_of(packet: bytes) -> list[str]:
    writer = Writer(is_list=True, all_attributes=True)
    pieces = [text for _, text in texts([packet], writer)]
    return [*pieces, "\n", *(f"{aside}\n" for aside in writer.asides)]

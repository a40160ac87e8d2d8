"""Archives, taken apart as streams: each member goes to the reader for what it holds.

gzip, bzip2 and xz pack one content, so they are no place of their own: what is in a packed table
is said to be in its line, and members of a packed tar are members of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from scanning.look import Look
from scanning.readers.archives.members import Archive, Names, Open, Opened, tell
from scanning.readers.archives.packed import bunzipped, gunzipped, unxzipped
from scanning.readers.archives.streams import Stream, Unreadable
from scanning.readers.archives.tar import tar_members
from scanning.readers.archives.zip import zip_members
from scanning.readers.text import read_text
from scanning.sources import Source
from scanning.tools import Tools
from scanning.types import Kind, kind_of


def read_archive(source: Source, look: Look, tools: Tools) -> None:
    """All members, each by the reader for its content; then their names, which are data too."""
    names = Names()
    for member_look, member in opened(source, look, names):
        tools.look_at(member, member_look)
    read_text([names.text], look.at("part", "names"), tools).reckon(0, look)
    if names.is_full:
        look.missed("TOO_LARGE")


def opened(source: Source, look: Look, names: Names) -> Opened:
    """The members of an archive of a kind in `OPEN`, each to be read before the next.

    Where it is damaged, or a limit is met, a member's stream ends early or no more members come;
    the look is told. Errors of the source of all bytes pass through.
    """
    meter = look.inspection.meter
    if look.depth >= meter.limits.depth:
        look.missed("ARCHIVE_TOO_DEEP", source.size_bytes or source.read_bytes)
        return
    kind = kind_of(source.head())
    archive = Archive(Stream(source), look, names, source.size_bytes)
    try:
        for member_look, member in OPEN[kind](archive):
            yield member_look, member
            meter.leave(member_look.depth)
            if meter.stopped_by:
                return
    except Unreadable as error:
        tell(error, look)


def _only(unpack: Callable[[Stream], Iterator[bytes]]) -> Open:
    """The one content of what only packs."""

    def open_it(archive: Archive) -> Opened:
        look = archive.look.inside()
        yield look, archive.content(look, unpack(archive.stream))

    return open_it


def _gunzipped(archive: Archive) -> Opened:
    return _only(lambda stream: gunzipped(stream, archive.names.add))(archive)


OPEN: Mapping[Kind, Open] = MappingProxyType(
    {
        Kind.ZIP: zip_members,
        Kind.OFFICE: zip_members,  # for whoever wants its parts; it has a reader of its own
        Kind.TAR: tar_members,
        Kind.GZIP: _gunzipped,
        Kind.BZIP2: _only(bunzipped),
        Kind.XZ: _only(unxzipped),
    }
)

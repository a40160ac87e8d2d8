"""Word processors', spreadsheets' and presentations' files, part by part."""

from __future__ import annotations

import lzma
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import groupby, repeat
from operator import attrgetter, itemgetter
from xml.parsers import expat

from scanning.look import Look
from scanning.readers.archives.members import Names
from scanning.readers.markup import Refused, Writer, texts
from scanning.readers.office.cells import Allowance, Grid, Row, TooManyCells
from scanning.readers.office.opendocument import TableRows
from scanning.readers.office.package import Package
from scanning.readers.office.workbook import Strings, WorksheetRows, date_styles
from scanning.readers.strings import read_all_strings, read_strings
from scanning.readers.tables import read_rows
from scanning.readers.text import Chars, read_text
from scanning.sources import Source
from scanning.tools import Tools
from scanning.types import Kind, kind_of

_ERRORS = (
    *(expat.ExpatError, Refused, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError),
    *(OSError, ValueError, NotImplementedError),  # OSError is bz2's: all is in memory here
)
_ROLES = (
    (re.compile(r"docProps/|meta\.xml$"), "properties"),
    (re.compile(r"\.rels$"), "links"),
    (re.compile(r"^word/header\d*\.xml$|^styles\.xml$"), "header"),
    (re.compile(r"^word/footer\d*\.xml$"), "footer"),
    (re.compile(r"^word/(?:foot|end)notes\.xml$"), "footnotes"),
    (re.compile(r"[cC]omment|/authors\.xml$|/persons?/"), "comments"),
    (re.compile(r"/notesSlides?/"), "notes"),
)
# Of what a sheet or a slide refers to, what is its own; others are shared by many.
_OWN_PARTS = re.compile(r"(?i)comment|notesSlide|drawing|chart|diagram|/tables/|pivotTable")
_MARKUP = re.compile(r"\.(?:xml|rels)$")  # .vml is hardly ever right: it is read as text
_PICTURES = re.compile(r"(?:^|/)(?:media|Pictures|ObjectReplacements)/")
_PREVIEW = re.compile(r"^(?:Thumbnails/|docProps/thumbnail\.)")  # of a page that is read anyway
_FONTS = re.compile(r"(?:^|/)(?:fonts|Fonts|printerSettings)/")  # and what a printer was told
_STRINGS = "xl/sharedStrings.xml"
_BODY = re.compile(r"^word/document\d*\.xml$|^content\.xml$")


def read_office(source: Source, look: Look, tools: Tools) -> None:
    """Everything with text in it: body, notes, comments, hidden sheets, properties, links."""
    package = Package(source.held(), look.inspection.meter)
    _Document(package, look, tools).read()


def read_ole(source: Source, look: Look, tools: Tools) -> None:
    """A container of Office before 2007, which is not read; or the wrap of an encrypted file."""
    wrapped, tail = "EncryptedPackage".encode("utf-16-le"), b""
    is_encrypted = False
    for chunk in source:
        is_encrypted = is_encrypted or wrapped in tail + chunk
        tail = chunk[-len(wrapped) :]
    if is_encrypted:
        look.missed("ENCRYPTED", source.read_bytes)
    else:
        look.unsupported(source.read_bytes)


class _Document:
    def __init__(self, package: Package, look: Look, tools: Tools) -> None:
        self._package = package
        self._look = look
        self._tools = tools
        self._allowance = Allowance()

    def read(self) -> None:
        """All parts in their order; the look is told of those that cannot be read."""
        package = self._package
        if self._is_encrypted():
            self._look.missed("ENCRYPTED", sum(part.compress_size for part in package.parts))
            return
        parts = list(enumerate(package.parts, start=1))
        parts.sort(key=lambda part: part[1].filename == _STRINGS)  # after the cells that show them
        for number, part in parts:
            package.enter()
            if package.stopped_by:
                break
            self._read_part(number, part)
        if package.stopped_by:
            self._look.missed(package.stopped_by)
        self._read_names()
        if unlisted_bytes := package.unlisted_bytes():
            self._look.missed("DAMAGED", unlisted_bytes)

    def _read_names(self) -> None:
        """By patterns: how Office calls its parts would keep the language model busy."""
        names = Names()
        for words in self._package.words():
            names.add(words)
        read_strings([names.text.encode()], self._look.at("part", "names"), self._tools)
        if names.is_full:
            self._look.missed("TOO_LARGE")

    def _is_encrypted(self) -> bool:
        """Whether the manifest of an OpenDocument file says so (ODF 1.3 part 2, 4.8)."""
        try:
            elements = self._package.elements("META-INF/manifest.xml")
            return any(name == "encryption-data" for name, _ in elements)
        except _ERRORS:
            return False

    def _read_part(self, number: int, part: zipfile.ZipInfo) -> None:
        if part.flag_bits & 1:
            self._look.missed("ENCRYPTED", part.compress_size)
            return
        source = Source(self._package.chunks(part))
        try:
            if not source.head():
                return  # as LibreOffice's are for what is not set
            self._read_content(part.filename, source, number)
        except _ERRORS:
            if not self._package.stopped_by:  # a part that ends at a limit is not damaged
                self._look.missed("DAMAGED", source.read_bytes)
        except TooManyCells:
            self._look.missed("TOO_LARGE", source.read_bytes)

    def _read_content(self, name: str, source: Source, number: int) -> None:
        if name in self._sheets:
            self._read_sheet(source, self._look.at("sheet", self._sheets[name]))
        elif name == "content.xml" and self._type == "spreadsheet":
            self._read_tables(source)
        elif name == "content.xml" and self._type == "presentation":
            self._read_slides(source)
        elif name == _STRINGS and self._sheets:
            self._read_lines(self._strings.unused(), self._look.at("part", "other"))
            self._look.seen(source.drain())
        elif _MARKUP.search(name):
            self._read_markup(name, source)
        else:
            self._read_object(name, source, self._look.member(number))

    # --- what belongs to what ------------------------------------------------------------------

    @cached_property
    def _type(self) -> str:
        """Of an OpenDocument file, what it is: text, spreadsheet, presentation."""
        mimetype = next(self._package.named("mimetype"), b"")
        return mimetype.decode("ascii", "replace").rpartition(".")[2]

    @cached_property
    def _sheets(self) -> dict[str, int]:
        sheets = self._listed("xl/workbook.xml", "sheet")
        return {name: number for name, number in sheets.items() if "chartsheet" not in name}

    @cached_property
    def _owners(self) -> dict[str, Look]:
        """The sheet or slide that a part is, or belongs to."""
        slides = self._listed("ppt/presentation.xml", "sldId")
        owners = {name: self._look.at("slide", n) for name, n in slides.items()}
        owners |= {name: self._look.at("sheet", n) for name, n in self._sheets.items()}
        for name, look in list(owners.items()):
            for target in self._package.targets(name).values():
                if _OWN_PARTS.search(target):
                    owners.setdefault(target, look)
        return owners

    def _listed(self, name: str, element: str) -> dict[str, int]:
        return {part: n for n, part in enumerate(self._package.ordered(name, element), start=1)}

    # --- markup --------------------------------------------------------------------------------

    def _read_markup(self, name: str, source: Source) -> None:
        role = next((role for pattern, role in _ROLES if pattern.search(name)), "other")
        owner = self._owners.get(_referring(name))
        look = owner or self._look
        is_text = _BODY.search(name) is not None
        is_body = is_text or (owner is not None and role == "other")
        writer = Writer(is_list=role == "properties")
        place = look if is_body else look.at("part", role)
        pieces = (text for _, text in texts(source, writer))
        chars = read_text(pieces, place, self._tools, unit="paragraph")
        chars.reckon(source.read_bytes, place)
        self._read_lines(writer.asides, look.at("part", "changes") if is_text else place)

    def _read_slides(self, source: Source) -> None:
        """OpenDocument has all slides in one part."""
        writer, chars = Writer(marker="page"), Chars()
        for number, pieces in groupby(texts(source, writer), key=itemgetter(0)):
            slide = self._look.at("slide", number) if number else self._look
            on_it = (text for _, text in pieces)
            chars += read_text(on_it, slide, self._tools, unit="paragraph")
        chars.reckon(source.read_bytes, self._look)
        self._read_lines(writer.asides, self._look.at("part", "other"))

    def _read_lines(self, lines: Iterable[str], look: Look) -> None:
        pieces = (f"{line}\n" for line in lines)
        read_text(pieces, look, self._tools, unit=None).reckon(0, look)

    # --- cells ---------------------------------------------------------------------------------

    @cached_property
    def _strings(self) -> Strings:
        if not self._package.has(_STRINGS):
            return Strings()
        strings = Strings.read(self._package.named(_STRINGS))
        if strings.is_cut:
            self._look.missed("TOO_LARGE")
        return strings

    @cached_property
    def _dates(self) -> frozenset[int]:
        return date_styles(self._package.elements("xl/styles.xml"))

    def _read_sheet(self, source: Source, look: Look) -> None:
        sheet = WorksheetRows(self._allowance, self._strings, self._dates)
        chars = read_rows(_dense(sheet.read(source)), look, self._tools)
        chars.reckon(source.read_bytes, look)
        self._read_around(sheet, look)

    def _read_tables(self, source: Source) -> None:
        tables, chars = TableRows(self._allowance), Chars()
        for number, rows in groupby(tables.read(source), key=attrgetter("sheet")):
            chars += read_rows(_dense(rows), self._look.at("sheet", number), self._tools)
        chars.reckon(source.read_bytes, self._look)
        self._read_around(tables, self._look)

    def _read_around(self, grid: Grid, look: Look) -> None:
        look = look.at("part", "around")
        pieces = (text for _, text in grid.around.taken())
        read_text(pieces, look, self._tools, unit=None).reckon(0, look)
        self._read_lines(grid.around.asides, look)

    # --- other files ---------------------------------------------------------------------------

    def _read_object(self, name: str, source: Source, look: Look) -> None:
        kind = kind_of(source.head())
        if (_PREVIEW.search(name) and kind in (Kind.IMAGE, Kind.OTHER)) or (
            _FONTS.search(name) and kind is Kind.OTHER
        ):
            read_all_strings(source.held().getvalue(), look, self._tools)
            self._look.seen(source.read_bytes)
        elif _PICTURES.search(name) and kind is Kind.OTHER:
            look.missed("PICTURES_NOT_READ", source.drain())
        else:
            self._tools.look_at(source, look)


def _referring(name: str) -> str:
    """The part whose relationships these are; else the name itself."""
    return name.replace("_rels/", "").removesuffix(".rels") if name.endswith(".rels") else name


def _dense(rows: Iterable[Row]) -> Iterator[Sequence[str]]:
    """The cells of each row, with empty rows for those that the sheet leaves out."""
    number = 1
    for row in rows:
        yield from repeat((), row.number - number)
        yield row.cells
        number = row.number + 1

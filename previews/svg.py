"""SVG: kept as it is, for an <img>, in which nothing of it runs; only what it costs is bounded."""

from __future__ import annotations

import re
from urllib.parse import unquote
from xml.parsers import expat

from previews.kinds import Kind, Preview, Unshowable

MAX_ELEMENTS = 50_000
MAX_DRAWN = 200_000  # elements, those that <use> repeats counted each time
MAX_DEPTH = 100
_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_LENGTH = re.compile(r"\s*(\d{1,6})(?:\.\d*)?\s*(px|pt|mm|cm|in)?\s*$")
_PIXELS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0}


class _Element:
    def __init__(self, target: str) -> None:
        self.target = target  # of a <use>: the id that it repeats
        self.children: list[_Element] = []


class _Reader:
    """Builds the tree of a file; refuses what declares entities, or is too large."""

    def __init__(self) -> None:
        self.root = _Element("")
        self.by_id: dict[str, _Element] = {}
        self.size: dict[str, int] = {}
        self._open = [self.root]
        self._count = 0

    def read(self, data: bytes) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._entity
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            raise Unshowable from error

    def _doctype(
        self, name: str, system: str | None, public: str | None, has_internal_subset: bool
    ) -> None:
        # That of matplotlib and Graphviz only names the format; browsers fetch none of it.
        if has_internal_subset:
            raise Unshowable

    def _entity(self, *_: object) -> None:
        raise Unshowable

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._count == 0:
            self._root(name, attributes)
        self._count += 1
        # What is shown in an <img> has no frames; opened by an old browser they would connect.
        if name.rpartition(" ")[2].lower() in ("iframe", "frame"):
            raise Unshowable
        if self._count > MAX_ELEMENTS or len(self._open) > MAX_DEPTH:
            raise Unshowable
        if attributes.get("attributeName", "").endswith("href"):  # a <use> of other things later
            raise Unshowable
        href = attributes.get("href") or attributes.get(f"{_XLINK} href") or ""
        element = _Element(_id_in(href) if name == f"{_SVG} use" else "")
        self._open[-1].children.append(element)
        self._open.append(element)
        if "id" in attributes:
            self.by_id.setdefault(attributes["id"], element)

    def _root(self, name: str, attributes: dict[str, str]) -> None:
        if name != f"{_SVG} svg":
            raise Unshowable
        for side in ("width", "height"):
            if found := _LENGTH.match(attributes.get(side, "")):
                self.size[side] = max(1, round(int(found[1]) * _PIXELS[found[2] or ""]))

    def _end(self, name: str) -> None:
        self._open.pop()


def _id_in(href: str) -> str:
    """The element that a browser finds by it, which reads over blanks and escapes (URL, 4.4)."""
    return unquote(re.sub(r"[\t\r\n]", "", href).strip().partition("#")[2])


def show_svg(data: bytes) -> Preview:
    """The file itself, if a browser can draw it without harm."""
    reader = _Reader()
    reader.read(data)
    _Drawing(reader.by_id).cost(reader.root)
    has_both = len(reader.size) == 2
    return Preview(Kind.SVG, data, reader.size if has_both else {})


class _Drawing:
    """How many elements are drawn; `Unshowable` where that is too many, or without an end."""

    def __init__(self, by_id: dict[str, _Element]) -> None:
        self._by_id = by_id
        self._costs: dict[_Element, int] = {}

    def cost(self, element: _Element, depth: int = 0) -> int:
        if element in self._costs:
            return self._costs[element]
        if depth > 2 * MAX_DEPTH:  # a circle of <use>, or as good as one
            raise Unshowable
        parts = [*element.children, *filter(None, [self._by_id.get(element.target)])]
        total = 1 + sum(self.cost(part, depth + 1) for part in parts)
        if total > MAX_DRAWN:
            raise Unshowable
        self._costs[element] = total
        return total

"""Text out of XML, as a stream: bounded, and without any entity that the file itself defines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from xml.parsers import expat
from xml.parsers.expat import XMLParserType

MAX_DEPTH = 2_000  # of elements in elements; a document has some dozens
MAX_TOKEN_BYTES = 8 * 2**20  # of one tag, and at most twice that: expat has it in memory
_MAX_ASIDE_CHARS = 2**20

REMARK = "#remark"  # what comments and processing instructions are given as: elements
Attributes = Mapping[str, str]


class Refused(Exception):
    """XML that defines entities, or is made so that reading it takes much memory."""


def walk(
    chunks: Iterable[bytes],
    *,
    start: Callable[[str, Attributes], None],
    end: Callable[[str], None],
    chars: Callable[[str], None],
) -> Iterator[None]:
    """Call these for what the XML holds, by names without prefixes; yields after each chunk.

    Raises `Refused`, or expat's ExpatError for what is not XML.
    """
    parser = _parser(start, end)
    parser.CharacterDataHandler = chars
    fed_bytes, behind_bytes, pending = 0, 0, b""
    for chunk in chunks:
        pending += chunk
        if len(pending) < behind_bytes:
            continue  # expat looks at a long tag from its start each time: let it be few times
        parser.Parse(pending, False)
        fed_bytes, pending = fed_bytes + len(pending), b""
        behind_bytes = fed_bytes - max(parser.CurrentByteIndex, 0)
        if behind_bytes > MAX_TOKEN_BYTES:
            raise Refused
        yield
    parser.Parse(pending, True)
    yield


def _parser(start: Callable[[str, Attributes], None], end: Callable[[str], None]) -> XMLParserType:
    """With the handlers for elements, of which only so many may be in one another."""
    parser, depth = expat.ParserCreate(), 0

    def enter(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise Refused
        start(local(name), attributes)

    def leave(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(local(name))

    parser.buffer_text = True
    parser.StartElementHandler = enter
    parser.EndElementHandler = leave
    parser.StartDoctypeDeclHandler = _refuse

    def remark(*texts: str) -> None:
        start(REMARK, {"title": " ".join(texts)})
        end(REMARK)

    parser.CommentHandler = remark
    parser.ProcessingInstructionHandler = remark
    return parser


def _refuse(*_: object) -> None:
    """No document needs a DOCTYPE, and every entity bomb does."""
    raise Refused


def local(name: str) -> str:
    """The name without its prefix: which one a writer chose says nothing."""
    return name.rpartition(":")[2]


# Elements and attributes that hold a person's name: NER and the evidence need the word before it.
_AUTHORS = frozenset(
    ("author", "creator", "initial-creator", "lastModifiedBy", "printed-by", "manager", "Manager")
)
_AUTHOR_ATTRIBUTES = frozenset(("author", "user", "displayName", "userName", "lastModifiedBy"))
# Attributes with text of their own: of pictures, links, fields, variables, comments' authors.
_TEXT_ATTRIBUTES = frozenset(
    (
        *("comment", "prompt", "error", "displayText", "string", "description"),
        *("descr", "title", "alt", "tooltip", "display", "instr", "string-value", "href", "userId"),
    )
)
_TEXT_ATTRIBUTES_OF = frozenset(
    (
        *(("sheet", "name"), ("table", "name"), ("docVar", "val"), ("property", "name")),
        *(("cmAuthor", "name"), ("author", "name"), ("user-defined", "name")),
        *(("s", "v"), ("d", "v")),  # what a pivot table remembers of cells, even of deleted ones
    )
)
_LINE_ENDS = frozenset(("p", "h", "si", "comment", *_AUTHORS))
_SIGNS = {"noBreakHyphen": "-", "softHyphen": ""}
_SYMBOL = re.compile(r"[fF0]0[0-9a-fA-F]{2}")  # of a font, at F000, or at its own place
# Attributes that nobody takes for text may hold some all the same.
_SHAPES = re.compile(r"@|\d{3}-\d\d-\d{4}|[A-Z]{2}\d\d[A-Z\d]{11}")
_SPACES = frozenset(("tab", "br", "cr", "line-break", "s"))
_JOINED = frozenset(("t", "delText", "instrText", "span", "a"))  # a word may go on behind their end


class Writer:
    """Gathers the text of elements: a paragraph becomes a line, a word in pieces one word.

    What stands in attributes is kept apart in `asides`, without repetitions: what is known to be
    text, or with `all_attributes` everything, with its name. With `marker`, each element of that
    name begins another section. With `is_list`, every element is a line.
    """

    def __init__(
        self, *, marker: str = "", is_list: bool = False, all_attributes: bool = False
    ) -> None:
        self.asides: dict[str, None] = {}
        self._aside_chars = 0
        self._marker = marker
        self._is_list = is_list
        self._all_attributes = all_attributes
        self._section = 0
        self._sections: list[tuple[int, str]] = []
        self._pieces: list[str] = []
        self._ends_blank = True
        self._is_in_text = False

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""
        if name == self._marker:
            self._end_section()
        if name in _AUTHORS:
            self._write("Author: ")
        elif name in _SPACES:
            self._write(" ")
        elif name in _SIGNS:
            self._write(_SIGNS[name])
        elif name == "sym":
            self._write(_symbol(attributes))
        self._is_in_text = False
        if attributes:
            self.note(name, attributes)

    def end(self, name: str) -> None:
        """An element ends."""
        if name in _LINE_ENDS or (self._is_list and self._is_in_text):
            self._write("\n")
        elif self._is_in_text and name not in _JOINED:
            self._write(" ")
        self._is_in_text = False

    def chars(self, text: str) -> None:
        """Text within an element; its line ends say nothing."""
        self._is_in_text = True
        self._write(text.replace("\n", " "))

    def taken(self) -> list[tuple[int, str]]:
        """The text since the last call, by sections; before the first marker it is 0."""
        if self._pieces:
            self._sections.append((self._section, "".join(self._pieces)))
            self._pieces = []
        taken, self._sections = self._sections, []
        return taken

    def _write(self, text: str) -> None:
        if text == " " and self._ends_blank:
            return
        self._pieces.append(text)
        self._ends_blank = text[-1:].isspace()

    def _end_section(self) -> None:
        self._sections = self.taken()
        self._section += 1

    def note(self, name: str, attributes: Attributes) -> None:
        """Keep what is text in the attributes of an element."""
        if name == "Relationship":
            target = attributes.get("Target", "")
            if attributes.get("TargetMode") == "External" or _SHAPES.search(target):
                self._set_aside(target)
            return
        for key, value in attributes.items():
            key = local(key)
            if self._all_attributes:
                self._set_aside(f"{key}: {value}")
            elif key in _AUTHOR_ATTRIBUTES:
                self._set_aside(f"Author: {value}")
            elif _is_text(name, key) or _SHAPES.search(value):
                self._set_aside(value)

    def _set_aside(self, text: str) -> None:
        text = text.replace("\n", " ")
        if text in self.asides:
            return
        self._aside_chars += len(text)
        if self._aside_chars <= _MAX_ASIDE_CHARS:
            self.asides[text] = None
        else:
            self._write(f"\n{text}\n")  # nothing is lost, only its place


def _is_text(name: str, key: str) -> bool:
    return key in _TEXT_ATTRIBUTES or (name, key) in _TEXT_ATTRIBUTES_OF


def _symbol(attributes: Attributes) -> str:
    code = next((value for key, value in attributes.items() if local(key) == "char"), "")
    return chr(int(code[-2:], 16)) if _SYMBOL.fullmatch(code) else ""


def texts(chunks: Iterable[bytes], writer: Writer) -> Iterator[tuple[int, str]]:
    """All that the XML says, in pieces with the numbers of their sections."""
    walker = walk(chunks, start=writer.start, end=writer.end, chars=writer.chars)
    for _ in walker:
        yield from writer.taken()

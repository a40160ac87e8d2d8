"""Text as whoever reads it sees it: without the escapes and the odd signs that programs write.

Patterns know "@", "-" and a blank; HTML, JSON, addresses of the web, mail and word processors
have others for them. Line ends stay as many as they were, so that places stay true.
"""

from __future__ import annotations

import re
from html.entities import html5

MAX_ESCAPE_CHARS = 10  # of one that is undone; a text should not be cut within
ESCAPE_STARTS = "&\\%=+"

_ENTITY = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z]{2,8}));")
_BACKSLASH = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))")
_PERCENT = re.compile(r"%(40|2[bdeBDE0]|5[fF])")  # of URLs, and of VCF and GFF
_QUOTED = re.compile(r"(?<=[\w.-])=(40|2E)(?=\w)")  # quoted-printable
_SOFT_BREAK = re.compile(r"(?<=[\w.@-])=(\r?\n)(\S{1,80})")
_DASH_OF_A_NUMBER = re.compile(r"(?<=\d)[\u2012-\u2015\u2212](?=\d)")
_VALUE_EDGE = re.compile(r"""(?<=[,:(\[{=])(?=["'])|(?<=>)(?=[^\s<])|(?<=[^\s>])(?=</)""")
_SIGNS = (
    "@.-+_ '\N{RIGHT SINGLE QUOTATION MARK}\N{NO-BREAK SPACE}"  # what may be undone, beside letters
)

# Signs that look like others, or like nothing.
_ODD = {
    **dict.fromkeys(map(ord, "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006"), " "),
    **dict.fromkeys(map(ord, "\u2007\u2008\u2009\u200a\u202f\u205f\u3000"), " "),
    **dict.fromkeys(map(ord, "\u2010\u2011\ufe63"), "-"),
    **dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"), ""),
    **{ord(wide): chr(ord(wide) - 0xFEE0) for wide in map(chr, range(0xFF01, 0xFF5F))},
}
_IS_ODD = re.compile("[" + "".join(map(re.escape, map(chr, _ODD))) + "]")


def plain(text: str) -> str:
    """The text unescaped, and with the words whole that a mail program has cut at a line's end."""
    return unescaped(_SOFT_BREAK.sub(r"\2\1", text) if "=" in text else text)


def unescaped(text: str) -> str:
    """The text without escapes of letters, digits and what stands in addresses and numbers."""
    if "&" in text:
        text = _ENTITY.sub(_of_entity, text)
    if "\\" in text:
        text = _BACKSLASH.sub(_of_number, text)
    if "%" in text:
        text = _PERCENT.sub(_of_number, text)
    if "=" in text:
        text = _QUOTED.sub(_of_number, text)
    if "+AEA-" in text:
        text = text.replace("+AEA-", "@")  # UTF-7
    if text.isascii():
        return text
    if _IS_ODD.search(text):
        text = text.translate(_ODD)
    return _DASH_OF_A_NUMBER.sub("-", text)


def spread(text: str) -> str:
    """The text with blanks before and behind the values of JSON, XML and SQL.

    To spaCy ``"name":"Ada`` is one word, and no person.
    """
    return _VALUE_EDGE.sub(" ", text)


def _of_entity(match: re.Match[str]) -> str:
    decimal, hexadecimal, name = match.groups()
    if name:
        return _kept(html5.get(f"{name};", ""), match)
    number = int(decimal) if decimal else int(hexadecimal, 16)
    return _kept(chr(number) if number <= 0x10FFFF else "", match)


def _of_number(match: re.Match[str]) -> str:
    return _kept(chr(int(match[match.lastindex or 0], 16)), match)


def _kept(sign: str, match: re.Match[str]) -> str:
    """The sign, unless it could be one of a format's own: quotes, brackets, delimiters."""
    return sign if sign and (sign.isalnum() or sign in _SIGNS) else match[0]

"""Text as whoever reads it sees it: without the escapes and the odd signs that programs write.

Patterns know "@", "-" and a blank; HTML, JSON, addresses of the web, mail and word processors
have others for them. Line ends stay as many as they were, so that places stay true.
"""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from html.entities import html5

MAX_ESCAPE_CHARS = 10  # of one that is undone; a text should not be cut within
ESCAPE_STARTS = "&\\%=+"

# Each with the sign that it has, and what must be there for it to be worth a look.
_ESCAPES = (
    (
        "&",
        # The five of XML are its own signs.
        re.compile(
            r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|(?!(?:lt|gt|amp|quot|apos);)[A-Za-z]{2,8});"
        ),
        (";",),
    ),
    ("\\", re.compile(r"\\(?:u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2})"), ("\\u", "\\x")),
    ("%", re.compile(r"%(?:40|2[bdeBDE0]|5[fF])"), ("%40", "%2", "%5")),  # of URLs, VCF and GFF
    ("=", re.compile(r"=(?:40|2E)(?<=[\w.-]=..)(?=\w)"), ("=40", "=2E")),  # quoted-printable
)
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
    if "=" in text and ("=\n" in text or "=\r" in text):
        text = _SOFT_BREAK.sub(r"\2\1", text)
    return unescaped(text)


def unescaped(text: str) -> str:
    """The text without escapes of letters, digits and what stands in addresses and numbers."""
    for sign, pattern, sought in _ESCAPES:
        # Each search is a tenth of the cost of a pattern, and mostly all that there is to do.
        if sign in text and any(start in text for start in sought):
            text = pattern.sub(_undone, text)
    if "+" in text:
        text = text.replace("+AEA-", "@")  # UTF-7
    if not _may_be_odd(text):
        return text
    if _IS_ODD.search(text):
        text = text.translate(_ODD)
    return _DASH_OF_A_NUMBER.sub("-", text)


def _may_be_odd(text: str) -> bool:
    if text.isascii():
        return False
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return True
    return "\N{NO-BREAK SPACE}" in text or "\N{SOFT HYPHEN}" in text


def spread(text: str) -> str:
    """The text with blanks before and behind the values of JSON, XML and SQL.

    To spaCy ``"name":"Ada`` is one word, and no person.
    """
    return _VALUE_EDGE.sub(" ", text)


def _undone(match: re.Match[str]) -> str:
    return _sign_of(match[0])


@lru_cache(maxsize=10_000)
def _sign_of(escape: str) -> str:
    """The sign, unless it could be one of a format's own: quotes, brackets, delimiters."""
    if escape[0] != "&":
        sign = chr(int(escape.lstrip("\\ux%="), 16))
    elif escape[1] == "#":
        is_hexadecimal = escape[2] in "xX"
        number = int(escape[2 + is_hexadecimal : -1], 16 if is_hexadecimal else 10)
        sign = chr(number) if number <= sys.maxunicode else ""
    else:
        sign = html5.get(escape[1:], "")
    return sign if sign and (sign.isalnum() or sign in _SIGNS) else escape

"""An HTML report: kept as it is, for a frame in which nothing of it can run."""

from __future__ import annotations

import codecs
import re

from previews.kinds import Kind, Preview, Unshowable

# Chromium opens a connection to where a frame would come from before it asks the policy, which
# then stops the request. A tag's name can be written in no other way than with these letters.
_FRAME = re.compile(r"<(/?)(i?frame|portal|fencedframe)", re.ASCII | re.IGNORECASE)
# The answer's policy lets nobody know where a link was followed from: the address is the key to the
# result. But a file's own words come before it, where somebody opens a link in a new tab. A LINK
# without a relation says nothing, and stands wherever a META may.
_META = re.compile(r"<meta(?=[\s/>])", re.ASCII | re.IGNORECASE)
_REFERRER = re.compile("referrerpolicy", re.ASCII | re.IGNORECASE)


def show_html(data: bytes) -> Preview:
    """The file itself but for frames, and what it says of itself or of referrers.

    Only if it is UTF-8, or says that it is UTF-16.
    """
    is_utf_16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if is_utf_16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unshowable from error
    text = _META.sub("<link", _FRAME.sub(r"<\1x-\2", text))
    return Preview(Kind.HTML, _REFERRER.sub("x-policy", text).encode())

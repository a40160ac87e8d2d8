"""An HTML report: kept as it is, for a frame in which nothing of it can run."""

from __future__ import annotations

import codecs
import re

from previews.kinds import Kind, Preview, Unshowable

# Chromium opens a connection to where a frame would come from before it asks the policy, which
# then stops the request. A tag's name can be written in no other way than with these letters.
_FRAME = re.compile(r"<(/?)(i?frame|portal|fencedframe)", re.ASCII | re.IGNORECASE)


def show_html(data: bytes) -> Preview:
    """The file itself but for frames in it; only if it is UTF-8, or says that it is UTF-16."""
    is_utf_16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if is_utf_16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unshowable from error
    return Preview(Kind.HTML, _FRAME.sub(r"<\1x-\2", text).encode())

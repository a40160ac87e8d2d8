"""Log lines without what opens a door: the tokens of links, the signatures of URLs."""

from __future__ import annotations

import logging
import re

DOORS = re.compile(r"(/[cjruw]/|/all/)[\w=:.-]{20,}")
SIGNATURES = re.compile(r"((?:temp_url_sig|X-Amz-Signature|X-Amz-Credential|signature)=)[^&\s\"']+")


def without_secrets(text: str) -> str:
    """The text with the tokens and signatures of our addresses taken out."""
    return SIGNATURES.sub(r"\1…", DOORS.sub(r"\1…", text))


class SafeFormatter(logging.Formatter):
    """Django logs the path of every refused request; here the token in it is left out."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, tracebacks included."""
        return without_secrets(super().format(record))

"""The door to clamd, and a Scanner that takes nothing but "OK" within its limits for clean.

Verdicts and limits as measured with ClamAV 1.4. clamd never looks at more than 2 GiB of one
object, and says OK to a larger one unless `AlertExceedsMax yes` stands in clamd.conf. So files
beyond that go to it in overlapping windows, archives member by member, and a clamd that does not
tell what it left out counts as none.
"""

from backends.clamav.client import CHUNK_BYTES, CLEAN, Clamd
from backends.clamav.health import (
    database_date,
    require_alerts,
    require_fresh,
    silent_lines,
    versions,
)
from backends.clamav.scanner import MAX_OBJECT_BYTES, ClamavScanner

__all__ = [
    "CHUNK_BYTES",
    "CLEAN",
    "MAX_OBJECT_BYTES",
    "ClamavScanner",
    "Clamd",
    "database_date",
    "require_alerts",
    "require_fresh",
    "silent_lines",
    "versions",
]

"""gunicorn's own log without what opens a door: it names the path where an answer breaks off."""

from __future__ import annotations

from typing import Any

from gunicorn.glogging import Logger

from freeloader_site.logs import SafeFormatter


class SafeLogger(Logger):  # type: ignore[misc]
    """For `gunicorn --logger-class freeloader_site.web_log.SafeLogger`."""

    def setup(self, cfg: Any) -> None:
        """As gunicorn has it, with lines that are cleaned."""
        super().setup(cfg)
        for log, line in ((self.error_log, self.error_fmt), (self.access_log, self.access_fmt)):
            for handler in log.handlers:
                handler.setFormatter(SafeFormatter(line, self.datefmt))

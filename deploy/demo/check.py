"""The demonstration's line, headless: send files by HTTP, wait, download, compare."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener, urlopen

WITHIN_S = 300


class CheckFailed(Exception):
    """What went another way than it should; for the person at the terminal."""


@dataclass(frozen=True)
class Visitor:
    """A collaborator without a browser: the contract of docs/uploads.md."""

    site: str
    email: str = "olga@far.example"

    def send(self, slug: str, files: Mapping[str, bytes]) -> str:
        """Send the files to a pipeline; returns the path of the status page."""
        listed = [{"name": name, "size": len(data)} for name, data in files.items()]
        made = self._post(f"/p/{slug}/", {"email": self.email, "files": listed})
        self._store(made["upload"], {f["number"]: files[f["name"]] for f in made["files"]})
        return str(self._post(made["submit"])["status"])

    def _store(self, upload: str, files: Mapping[int, bytes]) -> None:
        numbers = {"files": list(files)}
        for number, opened in self._post(f"{upload}open", numbers)["files"].items():
            data, size = files[int(number)], opened["part_bytes"]
            for part, url in opened["urls"].items():
                piece = data[(int(part) - 1) * size : int(part) * size]
                urlopen(Request(url, piece, method="PUT"), timeout=60).close()
        self._post(f"{upload}complete", numbers)

    def _post(self, path: str, data: object = None) -> dict[str, Any]:
        request = Request(self.site + path, json.dumps(data or {}).encode(), method="POST")
        try:
            with urlopen(request, timeout=60) as answer:
                content: dict[str, Any] = json.load(answer)
                return content
        except HTTPError as error:
            raise CheckFailed(f"{path}: {error.code} {error.read().decode()}") from error

    def wait_for_letter(self, folder: Path, pattern: str) -> str:
        """The first match of `pattern` in a letter to us, once it has come."""
        deadline = time.monotonic() + WITHIN_S
        while time.monotonic() < deadline:
            for letter in sorted(folder.iterdir()):
                text = letter.read_text()
                if self.email in text and (found := re.search(pattern, text)):
                    return found.group()
            time.sleep(0.2)
        raise CheckFailed(f"No letter with {pattern} came within {WITHIN_S} s; see {folder}.")

    def download(self, link: str) -> dict[str, bytes]:
        """Every file behind a result link, by name, as a person's clicks would fetch them."""
        with urlopen(link, timeout=60) as answer:
            page = answer.read().decode()
        actions = re.findall(r'action="(/r/[^"]+/\d+)"', page)
        return dict(self._fetch(action) for action in actions)

    def _fetch(self, action: str) -> tuple[str, bytes]:
        opener = build_opener(_AsGet())
        with opener.open(Request(self.site + action, b"", method="POST"), timeout=60) as answer:
            return answer.headers.get_filename() or action, answer.read()


class _AsGet(HTTPRedirectHandler):
    """A browser follows a 302 with GET, without the form's body."""

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, url: str
    ) -> Any:
        return Request(url, method="GET")

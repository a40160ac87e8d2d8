"""What a child says of one file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from backends.base import Coverage, FindingReport, Place


@dataclass(frozen=True)
class Examination:
    """What was looked at, and what was found."""

    coverage: Coverage
    scanned_bytes: int
    reasons: tuple[str, ...] = ()
    findings: tuple[FindingReport, ...] = ()
    method: str = ""
    seed: int | None = None
    versions: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        return json.dumps({**asdict(self), "coverage": self.coverage.value})

    @classmethod
    def from_json(cls, text: bytes) -> Examination:
        """The child's line; ValueError, TypeError or KeyError if it is not one."""
        said = json.loads(text)
        findings = [
            FindingReport(
                entity=str(item["entity"]),
                count=int(item["count"]),
                score=float(item["score"]),
                locations=tuple(map(_place, item["locations"])),
            )
            for item in said["findings"]
        ]
        return cls(
            coverage=Coverage(said["coverage"]),
            scanned_bytes=int(said["scanned_bytes"]),
            reasons=tuple(map(str, said["reasons"])),
            findings=tuple(findings),
            method=str(said["method"]),
            seed=None if said["seed"] is None else int(said["seed"]),
            versions={str(name): str(version) for name, version in said["versions"].items()},
        )


def _place(said: list[list[str | int]]) -> Place:
    return tuple(
        (str(kind), value if isinstance(value, int) else str(value)) for kind, value in said
    )

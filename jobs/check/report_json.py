"""The scan report for programs; docs/scanning.md describes it field by field."""

from __future__ import annotations

from typing import Any

from jobs.check.report import Cover, Looked, LookedAt, is_weak, looked_at, summary_of
from jobs.models import Job
from scanning.policy import Policy, Rule

FORMAT = "freeloader-scan-report/1"


def report_name(job: Job) -> str:
    """What a browser calls the file when it keeps it."""
    return f"scan-report-{job.short_id}.json"


def scan_json(job: Job) -> dict[str, Any] | None:
    """All that is known of the check, and never a value; None before it has ended."""
    summary = summary_of(job)
    if summary is None:
        return None
    policy = job.frozen.policy
    return {
        "format": FORMAT,
        "job": str(job.pk),
        "pipeline": job.frozen.title,
        "state": job.state,
        "coverage": summary.coverage.name,
        "reasons": list(summary.reasons),
        "scanners": [_cover(cover) for cover in summary.covers],
        "policy": {name: _rule(rule) for name, rule in policy.rules.items()},
        "files": [_file(one, policy) for one in looked_at(job)],
    }


def _cover(cover: Cover) -> dict[str, Any]:
    return {
        "scanner": cover.scanner,
        "coverage": cover.coverage.name,
        "files": {how.name: number for how, number in cover.files.items()},
        "scanned_bytes": cover.scanned_bytes,
        "size_bytes": cover.size_bytes,
        "reasons": list(cover.reasons),
        "findings": cover.found.count,
        "files_with_findings": cover.found.files,
        "versions": list(cover.versions),
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "found": rule.found.name,
        **{gap.value: handling.name for gap, handling in rule.gaps.items()},
        "entities": None if rule.entities is None else sorted(rule.entities),
        "threshold": rule.threshold,
    }


def _file(looked_at: LookedAt, policy: Policy) -> dict[str, Any]:
    file = looked_at.file
    return {
        "number": file.number,
        "name": file.name,
        "size_bytes": file.size_bytes,
        "sha256": file.sha256,
        "looks": [_look(looked, policy) for looked in looked_at.looks],
    }


def _look(looked: Looked, policy: Policy) -> dict[str, Any]:
    scan = looked.scan
    return {
        "scanner": scan.scanner,
        "at": scan.at.isoformat(),
        "coverage": scan.coverage.upper(),
        "reasons": scan.reasons,
        "scanned_bytes": scan.scanned_bytes,
        "method": scan.method,
        "seed": scan.seed,
        "versions": scan.versions,
        "findings": [
            {
                "entity": finding.entity,
                "count": finding.count,
                "score": finding.score,
                "decides": not is_weak(finding, policy),
                "places": finding.locations,
            }
            for finding in looked.findings
        ],
    }

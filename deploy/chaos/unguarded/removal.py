"""How each guard is removed from the site: by patches, for runs that are meant to do damage.

Each patch insists on what it expects to find: a guard that has moved must not pass for removed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any


def cut(text: str, pattern: str, into: str = "") -> str:
    """`text` with the one match of `pattern` replaced; `LookupError` if it is not there once."""
    changed, number = re.subn(pattern, lambda _match: into, text, flags=re.MULTILINE | re.DOTALL)
    if number != 1:
        raise LookupError(f"{number} matches instead of one: {pattern}")
    return changed


def without_lease_token() -> None:
    """A worker whose claim is long over saves what it likes, as long as the state fits."""
    from jobs.models import Job

    guarded = Job._save_if_mine

    def save(self: Any, state: Any, changes: dict[str, Any]) -> None:
        token, self.claim_token = self.claim_token, None
        try:
            guarded(self, state, changes)
        finally:
            if "lease_token" not in changes:
                self.claim_token = token

    Job._save_if_mine = save  # type: ignore[method-assign]


def without_whole_claim() -> None:
    """Neither the token nor the state is compared: the last one to save is right."""
    from jobs.models import Job

    def save(self: Any, state: Any, changes: dict[str, Any]) -> None:
        Job.objects.filter(pk=self.pk).update(**changes)
        for name, value in changes.items():
            setattr(self, name, value)
        if "lease_token" in changes:
            self.claim_token = None

    Job._save_if_mine = save  # type: ignore[method-assign]


# --- the submit script ---------------------------------------------------------------------------

FIND_EARLIER = r"^\[ -e \"\$notes/tried\" \] && find_earlier$"
SECOND_LOOK = r"^    # Not there: believed only if.*?^    \[ \"\$\(age_s [^\n]*$"
BY_OWNER = r"^    \[ -L \"\$directory/owner\" \][^\n]*$"
BY_ACCOUNTING = r"^    adopt \"\$\(sacct [^\n]*$"
TWIN_GUARD = r"^if \[ -n \"\$twin\" \]; then\n[^\n]*\|\| exit 0\nfi$"


def without_name_look_up() -> None:
    """A submit whose answer was lost is simply sent again, as most systems do."""
    _patch_submit(lambda script: cut(script, FIND_EARLIER))


def without_two_looks() -> None:
    """One look by name is believed at once, and there is no other trace."""

    def hastily(script: str) -> str:
        for guard in (SECOND_LOOK, BY_OWNER, BY_ACCOUNTING):
            script = cut(script, guard)
        return script

    _patch_submit(hastily)


def _patch_submit(change: Callable[[str], str]) -> None:
    """The twin guard goes as well: it is the last line behind both, and would hide the double."""
    import backends.slurm
    import jobs.jobfile
    import jobs.steps.submit

    backends.slurm._SUBMIT = change(backends.slurm._SUBMIT)
    whole = jobs.jobfile.job_directory

    def unguarded(*arguments: Any, **named: Any) -> dict[str, bytes]:
        files = whole(*arguments, **named)
        return files | {"job.sh": cut(files["job.sh"].decode(), TWIN_GUARD).encode()}

    vars(jobs.steps.submit)["job_directory"] = unguarded


# --- the manifest --------------------------------------------------------------------------------


def without_manifest_check() -> None:
    """What Slurm calls COMPLETED is a success; whatever a manifest names is there."""
    import jobs.manifest
    import jobs.stages
    import jobs.steps.deliver

    found = jobs.manifest.find_manifest
    jobs.manifest._all_stored = lambda results, store: True

    def believed(job: Any, store: Any) -> tuple[jobs.manifest.Result, ...]:
        return found(job, store) or ()

    for module in (jobs.stages, jobs.steps.deliver):
        vars(module)["find_manifest"] = believed


REMOVALS: dict[str, Callable[[], None]] = {
    "lease-token": without_lease_token,
    "whole-claim": without_whole_claim,
    "name-look-up": without_name_look_up,
    "two-looks": without_two_looks,
    "manifest-check": without_manifest_check,
}

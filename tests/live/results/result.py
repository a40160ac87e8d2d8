"""A delivered result, for a site's own shell: `deliver` prints its link's token."""

import hashlib
import os
import zlib
from collections.abc import Mapping
from datetime import timedelta

from django.utils import timezone

from backends.chosen import chosen_store
from jobs.models import ResultFile
from jobs.results.acts import new_link
from jobs.states import State
from pipelines.models import Pipeline
from tests.jobs.scenes import arrived

MIB = 2**20
LARGE = {
    "plots/Größe.bin": 60 * MIB,
    "b.bin": 40 * MIB,
    "empty": 0,
    **{f"small/{number}.txt": 2000 + number for number in range(60)},
    "last.bin": 20 * MIB + 1,
}

# What research code may call its files, and shells, file systems and readers of sums stumble over.
AWKWARD = [
    "plots/a.png", "a.png", "plots/B/a.png", "#1 & 100 %.csv", "Ada's (best).txt", "-K", "-",
    "../../outside.txt", "/absolute.txt", "$(touch hit)`touch hit`", "it's $(touch hit)",
    "it_s $(touch hit)", "'; touch hit; '", "\u2019; touch hit; \u2019", "two\nlines.txt",
    "back\\slash", "C:\\Users\\olga", "Größe/Mü\u0308ller \u202egpj.exe", "empty", ".bashrc",
    "~/.profile", "a  b*?[c]",
]  # fmt: skip


def deliver(sizes: Mapping[str, int]) -> None:
    """A job with this result, of random bytes, in the site's store."""
    job, store = arrived(Pipeline.objects.get(), State.COMPLETED), chosen_store()
    for number, (name, size) in enumerate(sizes.items(), 1):
        data = os.urandom(size)
        file = ResultFile.objects.create(
            job=job,
            number=number,
            name=name,
            size_bytes=size,
            crc32=zlib.crc32(data),
            sha256=hashlib.sha256(data).hexdigest(),
            object_name=f"results/{job.pk}/0/{number}",
        )
        store.write(file.object_name, data)
    expires_at = timezone.now() + timedelta(days=14)
    link = new_link(job, expires_at=expires_at)
    job.move_to(State.DELIVERED, "The result is ready.", expires_at=expires_at)
    print(f"TOKEN {link.token}")  # noqa: T201 - who runs it reads it

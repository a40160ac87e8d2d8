"""Run in a site's own shell: a delivered result of some hundred MB; prints its link's token."""

import hashlib
import os
import zlib
from datetime import timedelta

from django.utils import timezone

from backends.chosen import chosen_store
from jobs.models import ResultFile
from jobs.results.acts import new_link
from jobs.states import State
from pipelines.models import Pipeline
from tests.jobs.scenes import arrived

MIB = 2**20
SIZES = {
    "plots/Größe.bin": 150 * MIB,
    "b.bin": 100 * MIB,
    "empty": 0,
    **{f"small/{number}.txt": 2000 + number for number in range(60)},
    "last.bin": 50 * MIB + 1,
}

job, store = arrived(Pipeline.objects.get(), State.COMPLETED), chosen_store()
for number, (name, size) in enumerate(SIZES.items(), 1):
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

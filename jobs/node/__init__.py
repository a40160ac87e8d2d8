"""The compute node's side: an island of standard library, Python 3.6, that imports nothing of ours.

It goes to the node as one file, run.pyz (see the standard library's zipapp). To a PI's laptop the
same file goes as freeloader.pyz.

An attempt is run.py; array/ is work that is divided, dmtcp/ what DMTCP saves, laptop/ the try.
"""

from functools import lru_cache
from pathlib import Path

USAGE = """\
Try your pipeline's Python file on this computer, as the site would run it:

    python freeloader.pyz try pipeline.py FILES
    python freeloader.pyz try pipeline.py FILES --preempt    the same, and with interruptions
    python freeloader.pyz try --help                         what else can be set

On a cluster the batch script starts it: python run.pyz JOB_DIRECTORY ATTEMPT [TASK]"""


@lru_cache(maxsize=None)
def program() -> bytes:
    """run.pyz, built of this folder; the same for as long as this process runs."""
    import io
    import zipapp

    here = Path(__file__).parent
    archive = io.BytesIO()
    zipapp.create_archive(
        here.parent,
        archive,
        main="node.command:main",
        filter=lambda path: path.parts[0] == here.name and path.suffix == ".py",
    )
    return archive.getvalue()

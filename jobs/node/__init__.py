"""The compute node's side: an island of standard library, Python 3.6, that imports nothing of ours.

It goes to the node as one file, run.pyz (see the standard library's zipapp):

    python run.pyz JOB_DIRECTORY ATTEMPT [TASK]   what the batch script starts; TASK: of an array
    python freeloader.pyz try FILE INPUTS…        the same on a laptop: one file, two names

An attempt is run.py; array/ is work that is divided, dmtcp/ what DMTCP saves, laptop/ the try.
"""

from pathlib import Path


def program() -> bytes:
    """run.pyz, built of this folder."""
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

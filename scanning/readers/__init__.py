"""One reader for each kind of content, found by what `types.kind_of` says of its head."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from scanning.readers.archives import read_archive
from scanning.readers.dicom import read_dicom
from scanning.readers.images import read_image
from scanning.readers.nifti import read_nifti
from scanning.readers.office import read_office, read_ole
from scanning.readers.pdf import read_pdf
from scanning.readers.sequences import read_sequences
from scanning.readers.tables import read_table
from scanning.readers.text import read_text_file
from scanning.tools import Reader
from scanning.types import Kind

READERS: Mapping[Kind, Reader] = MappingProxyType(
    {
        Kind.TEXT: read_text_file,
        Kind.OFFICE: read_office,
        Kind.PDF: read_pdf,
        Kind.DICOM: read_dicom,
        Kind.NIFTI: read_nifti,
        Kind.IMAGE: read_image,
        Kind.OLE: read_ole,
        **dict.fromkeys((Kind.ZIP, Kind.TAR, Kind.GZIP, Kind.BZIP2, Kind.XZ), read_archive),
        Kind.TABLE: read_table,
        Kind.SEQUENCES: read_sequences,
    }
)

"""Office Open XML and OpenDocument: a reader of their parts, bounded, by the standard library."""

from scanning.readers.office.document import read_office, read_ole

__all__ = ["read_office", "read_ole"]

"""The errors that come back from the outside world; `backends.base` draws their tree."""

from __future__ import annotations


class BackendError(Exception):
    """Something outside did not do its part; the message is fit for a PI and holds no secret."""

    def __init__(self, message: str, *, transient: bool) -> None:
        super().__init__(message)
        self.message = message
        self.transient = transient


class StoreError(BackendError):
    """The object store refused or did not answer."""


class ObjectNotFound(StoreError):
    """The store answered: there is no such object."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The store has no object {name}.", transient=False)
        self.name = name


class ClusterError(BackendError):
    """The cluster refused, did not answer, or left it open whether it did what was asked."""


class ScanError(BackendError):
    """A scanner could not do its work; says nothing about the file."""

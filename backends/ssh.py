"""The only door to paramiko: one kept, host-key-checked SSH connection, commands and SFTP over it.

Whatever keeps us from reaching the host is transient, even a changed host key: it says nothing
about any job, and a person can mend it while the jobs wait. So is a scratch directory that is not
mounted, not ours or full.
"""

from __future__ import annotations

import io
import os
import secrets
import tarfile
import threading
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

import paramiko
from paramiko.pkey import UnknownKeyType
from paramiko.sftp import SFTPError

from backends.base import ClusterError
from backends.remote import Answer, Endpoint, Remote, after_mark, command_line, connected_socket

KEEPALIVE_S = 15
# OpenSSH's MaxSessions is 10 by default; the channel after that is refused.
MAX_CHANNELS = 8
CONNECT_TIMEOUT_S = 15
FILES_TIMEOUT_S = 120
_TICK_S = 0.05
_CHUNK = 32768
LOOK = (
    "the operator has to look whether the scratch directory is there (mounted), ours and not full"
)
_PUT = Path(__file__).with_name("ssh_put.sh").read_text()
_BROKEN = (paramiko.SSHException, EOFError, OSError)


class _Kept:
    """What one process keeps: its client, and slots for the channels on it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.slots = threading.BoundedSemaphore(MAX_CHANNELS)
        self.client: paramiko.SSHClient | None = None

    def drop(self, client: paramiko.SSHClient) -> None:
        with self.lock:
            if self.client is client:
                self.client = None
        client.close()


class SshRemote(Remote):
    """One host. Threads share the connection; a forked child opens its own."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        # By process id: two processes on one SSH connection end each other's sessions.
        self._kept: dict[int, _Kept] = {}

    def run(
        self,
        argv: Sequence[str],
        stdin: bytes = b"",
        *,
        timeout_s: float = 60,
        max_bytes: int = 2**20,
    ) -> Answer:
        mark = f"begin-{secrets.token_hex(8)}"
        with self._channel(timeout_s) as channel:
            channel.exec_command(command_line(argv, mark))
            out, err = _exchange(channel, stdin, max_bytes)
            channel.status_event.wait(timeout_s)
            answer = after_mark(Answer(self._returncode(channel), out, err), mark)
            if not answer:
                words = (out + err).decode(errors="replace").strip()[:200]
                raise self._error(f"did not run our command: {words}")
            return answer

    def put_files(self, directory: str, files: Mapping[str, bytes]) -> None:
        # One command: by SFTP each file takes seven round trips, one after another.
        place, archive = f".{secrets.token_hex(6)}.tmp", _tar_of({**files, ".whole": b""})
        argv = ["/bin/sh", "-c", _PUT, "sh", directory, place, *files]
        answer = self.run(argv, archive, timeout_s=FILES_TIMEOUT_S)
        if answer.returncode != 0:
            words = answer.words or "not all of them arrived"
            raise self._error(f"could not keep files there ({words}); {LOOK}")

    def put_file(self, path: str, data: bytes) -> None:
        with self._sftp() as sftp:
            _put(sftp, path, data)

    def close(self) -> None:
        """End this process's connection; the next call opens a new one."""
        kept = self._kept.get(os.getpid())
        if kept and kept.client:
            kept.drop(kept.client)

    @contextmanager
    def _channel(self, timeout_s: float) -> Iterator[paramiko.Channel]:
        """A channel that is closed when the time is up, whatever paramiko then waits for."""
        kept = self._kept.setdefault(os.getpid(), _Kept())
        if not kept.slots.acquire(timeout=timeout_s):
            raise self._error("has too many of our commands at work")
        try:
            channel = self._open(kept)
            # exec_command and SFTP wait without limit for a host that is frozen but connected.
            timer = threading.Timer(timeout_s, channel.close)
            timer.daemon = True
            timer.start()
            try:
                yield channel
            except _BROKEN as error:
                raise self._no_answer() from error
            finally:
                timer.cancel()
                channel.close()
        finally:
            kept.slots.release()

    @contextmanager
    def _sftp(self) -> Iterator[paramiko.SFTPClient]:
        with self._channel(FILES_TIMEOUT_S) as channel:
            try:
                channel.invoke_subsystem("sftp")
                yield paramiko.SFTPClient(channel)
            except FileNotFoundError as error:
                raise self._error(f"has no such directory; {LOOK}") from error
            except PermissionError as error:
                raise self._error(f"does not let us in there; {LOOK}") from error
            except OSError as error:  # SFTP has one word for full, over quota and the rest
                raise self._error(f"could not do that with the file; {LOOK}") from error
            except SFTPError as error:
                # Most often a start-up file of the login shell that prints.
                raise self._error("answers SFTP with something else") from error

    def _open(self, kept: _Kept) -> paramiko.Channel:
        client = self._client(kept)
        try:
            return _session(client)
        except paramiko.ChannelException as error:
            raise self._error("refuses one more channel") from error
        except _BROKEN as error:
            if _is_slow(error) and _transport(client).is_active():
                # Others are at work on this connection; if it is dead, TCP_USER_TIMEOUT ends it.
                raise self._error("takes too long to open a channel") from error
            kept.drop(client)  # It died unnoticed. Nothing was sent yet, so once more is safe.
        try:
            return _session(self._client(kept))
        except _BROKEN as error:
            raise self._error("ended the connection") from error

    def _client(self, kept: _Kept) -> paramiko.SSHClient:
        with kept.lock:
            if kept.client is None:
                kept.client = self._connect()
            return kept.client

    def _connect(self) -> paramiko.SSHClient:
        if not os.access(self._endpoint.key_file, os.R_OK):
            raise self._error("needs a private key that cannot be read here")
        client = paramiko.SSHClient()
        try:
            self._log_in(client)
        except paramiko.BadHostKeyException as error:
            raise self._error("shows another host key than the one entered") from error
        except paramiko.AuthenticationException as error:
            raise self._error("refuses our key") from error
        except (paramiko.SSHException, UnknownKeyType, ValueError) as error:
            raise self._error("did not agree to a connection") from error
        except (OSError, EOFError) as error:
            raise self._error("cannot be reached") from error
        return client

    def _log_in(self, client: paramiko.SSHClient) -> None:
        place = self._endpoint
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        name = place.host if place.port == 22 else f"[{place.host}]:{place.port}"
        for key in parse_host_keys(place.host_key):
            client.get_host_keys().add(name, key.get_name(), key)
        sock = connected_socket(place.host, place.port, CONNECT_TIMEOUT_S)
        try:
            client.connect(
                place.host,
                place.port,
                place.user,
                sock=sock,
                key_filename=str(place.key_file),
                allow_agent=False,
                look_for_keys=False,
                timeout=CONNECT_TIMEOUT_S,
                banner_timeout=CONNECT_TIMEOUT_S,
                auth_timeout=CONNECT_TIMEOUT_S,
            )
            _transport(client).set_keepalive(KEEPALIVE_S)
        except BaseException:
            client.close()
            sock.close()
            raise

    def _returncode(self, channel: paramiko.Channel) -> int | None:
        if channel.exit_status >= 0:
            return channel.exit_status
        # paramiko says -1 for "ended by a signal" and for "no word of how it ended" alike.
        if not channel.eof_received or not channel.get_transport().is_active():
            raise self._no_answer()
        return None

    def _no_answer(self) -> ClusterError:
        return self._error("took a command and did not answer")

    def _error(self, what: str) -> ClusterError:
        return ClusterError(f"{self._endpoint.login} {what}.", transient=True)


@lru_cache(maxsize=32)
def remote_for(endpoint: Endpoint) -> SshRemote:
    """The one `SshRemote` of this endpoint, so that its connection is kept."""
    return SshRemote(endpoint)


def parse_host_keys(text: str) -> list[paramiko.PKey]:
    """The keys in lines of "type base64 [comment]"; `ClusterError` for anything else."""
    try:
        lines = [line.split() for line in text.splitlines() if line.strip()]
        return [paramiko.PKey.from_type_string(line[0], b64decode(line[1])) for line in lines]
    except Exception as error:  # each key class of paramiko raises something of its own
        raise ClusterError("The cluster's host key cannot be read.", transient=True) from error


def _transport(client: paramiko.SSHClient) -> paramiko.Transport:
    transport = client.get_transport()
    if transport is None or not transport.is_active():
        raise EOFError("the connection is gone")
    return transport


def _is_slow(error: BaseException) -> bool:
    return "Timeout opening channel" in str(error)  # paramiko has no type for it


def _session(client: paramiko.SSHClient) -> paramiko.Channel:
    return _transport(client).open_session(timeout=CONNECT_TIMEOUT_S)


def _exchange(channel: paramiko.Channel, stdin: bytes, limit: int) -> tuple[bytes, bytes]:
    """Feed stdin and drain both streams at once: either one left full stops the command."""
    out, err, pending = bytearray(), bytearray(), memoryview(stdin)
    channel.settimeout(_TICK_S)
    while True:
        pending = _feed(channel, pending)
        while channel.recv_stderr_ready():
            err += channel.recv_stderr(_CHUNK)[: max(0, limit - len(err))]
        with suppress(TimeoutError):
            chunk = channel.recv(_CHUNK)
            if not chunk and not channel.recv_stderr_ready():
                return bytes(out), bytes(err)
            out += chunk
        if len(out) > limit + 4096:  # what start-up files print counts a little
            raise ClusterError(f"The answer is larger than {limit} bytes.", transient=True)


def _feed(channel: paramiko.Channel, pending: memoryview) -> memoryview:
    """Send what the window takes, and the end of stdin after the last byte."""
    try:
        while pending and channel.send_ready():
            pending = pending[channel.send(bytes(pending[:_CHUNK])) :]
        if not pending and not channel.eof_sent:
            channel.shutdown_write()  # without it `sbatch` or `cat` never ends
    except OSError:
        return memoryview(b"")  # the command ended without reading it all
    return pending


def _tar_of(files: Mapping[str, bytes]) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o600
            tar.addfile(entry, io.BytesIO(data))
    return archive.getvalue()


def _put(sftp: paramiko.SFTPClient, path: str, data: bytes) -> None:
    temporary = f"{path}.{secrets.token_hex(6)}.tmp"
    try:
        sftp.putfo(io.BytesIO(data), temporary, confirm=True)  # confirm: compares the size
        sftp.chmod(temporary, 0o600)
        sftp.posix_rename(temporary, path)
    except BaseException:
        with suppress(*_BROKEN):
            sftp.remove(temporary)
        raise

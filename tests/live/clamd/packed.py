"""Archives of all sorts around some bytes, made in memory; 7z from what 7-Zip has made."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import tarfile
import zipfile
from collections.abc import Callable, Mapping


def zipped(*members: bytes) -> bytes:
    """Deflated, so that nothing of the members can be seen from outside."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, data in enumerate(members):
            archive.writestr(f"{number}.dat", data)
    return out.getvalue()


def nested(data: bytes, *, depth: int) -> bytes:
    """A zip in a zip, so many times."""
    for _ in range(depth):
        data = zipped(data)
    return data


def tarred(*members: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for number, data in enumerate(members):
            member = tarfile.TarInfo(f"{number}.dat")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


PACKERS: Mapping[str, Callable[[bytes], bytes]] = {
    "zip": zipped,
    "zip in zip": lambda data: nested(data, depth=2),
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "tar": tarred,
    "tar.gz": lambda data: gzip.compress(tarred(data)),
}


_UPPER_HALF = bytes(number | 0x80 for number in range(256))


def fresh(size_bytes: int) -> bytes:
    """Bytes that clamd has never seen: it remembers what was clean, also within archives.

    All are above 127, so they pack to seven eighths, and none begins a file within the file: where
    chance writes "PK\\3\\4" into some MiB, clamd opens it and reckons the rest twice.
    """
    return os.urandom(size_bytes).translate(_UPPER_HALF)


# EICAR in the middle of 868 bytes, by 7-Zip 16.02: as it is, with a password, and with its list of
# names encrypted, too.
SEVEN_ZIP = bytes.fromhex(
    "377abcaf271c00046a5192e55800000000000000520000000000000027b5ab3ee0036300505d0030effbbaf9"
    "8b1586f5dee15e21737c0e578e1f7e2c0cd422d28f74a69680b7851a6862520984df22d31589ea7c28afbb71"
    "ec4419294c8881e85aa62bfddf3d57e2690fb94efb7ee9a9d947e610639ee0000104060001095800070b0100"
    "01212101000c836400080a01d1d68ede00000501190b0000000000000000000000110d0069006e006e006500"
    "72000000140a0100e400e42d507ddd01150601002080a4810000"
)
SEALED_SEVEN_ZIPS = {
    "7z": bytes.fromhex(
        "377abcaf271c000474e203e360000000000000006200000000000000360acb949594e3435806448199c0cb94"
        "58393be0bbfb1f0ce081dca48be3d4ba1856c1d0f37772cd7665f2663cf0cf7aa31b3d8e5a4e4ec8367b303e"
        "4b2029d6e705482313a06c74ca72cfba51d5004b514bf069ae325995f379563abd054f876ffe094301040600"
        "01096000070b0100022406f1070112530f383652972dd95b88b6dd7a136aa8673b2121010001000c58836400"
        "080a01d1d68ede000005011900110d0069006e006e00650072000000140a0100e400e42d507ddd0115060100"
        "2080a4810000"
    ),
    "7z with its names": bytes.fromhex(
        "377abcaf271c0004d1fecd2bd0000000000000002e00000000000000672019973e44daad03f607f4e2e73736"
        "4ccb70a73feaad35b76b59a522ea96327cf21a55764c5c3303dceb69a920dd274a59b4278a932e566393f1df"
        "97e0d9197399faec942e7013ef9f3fb32775983fdcf393ed9f0cad93a06c98bf41ba066fa047c669c32ac3b8"
        "faaed2adafab113f58c439257a01073c6b4a7c7f7fa401d19a3f8cf28bd27d08c341cfe9d0fe7a86110581c4"
        "36065feac37783dbaf14d3d294202308d646f82911eb1612b0631794b7f9ab6ef84d759ef1e2270e47a9fbe8"
        "f2cf2c15699aa9b19b5774a1bbc4c97409b5048117066001097000070b0100012406f1070112530f67147b30"
        "e56f2bc64ac522413931d15e0c620a01f6e3f6120000"
    ),
}

"""PDF files written by hand, as small as they may be (ISO 32000-1)."""

from __future__ import annotations

from collections.abc import Sequence

CATALOG, PAGES, FONT = 1, 2, 3
FIRST = 4  # the number of the first object that a test adds
_ENCRYPT = (
    "/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 "
    f"/O <{'41' * 32}> /U <{'42' * 32}> >> /ID [<00> <00>]"
)


def pdf(
    pages: Sequence[str],
    objects: Sequence[bytes] = (),
    *,
    catalog: str = "",
    trailer: str = "",
) -> bytes:
    """A file of these pages, each a dictionary's entries; `objects` are numbered from `FIRST`."""
    first_page = FIRST + len(objects)
    kids = " ".join(f"{first_page + n} 0 R" for n in range(len(pages)))
    bodies = [
        f"<< /Type /Catalog /Pages {PAGES} 0 R {catalog} >>".encode(),
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        *objects,
        *(_page(entries) for entries in pages),
    ]
    whole = b"%PDF-1.7\n"
    offsets = []
    for number, body in enumerate(bodies, start=1):
        offsets.append(len(whole))
        whole += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    rows = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    count = len(bodies) + 1
    table = f"xref\n0 {count}\n0000000000 65535 f \n{rows}"
    end = f"trailer\n<< /Size {count} /Root {CATALOG} 0 R {trailer} >>\nstartxref\n{len(whole)}\n"
    return whole + table.encode() + end.encode() + b"%%EOF\n"


def _page(entries: str) -> bytes:
    resources = "" if "/Resources" in entries else f"/Resources << /Font << /F {FONT} 0 R >> >>"
    where = f"/Parent {PAGES} 0 R /MediaBox [0 0 612 792]"
    return f"<< /Type /Page {where} {resources} {entries} >>".encode()


def stream(data: bytes, entries: str = "") -> bytes:
    """A stream object."""
    return f"<< /Length {len(data)} {entries} >>\nstream\n".encode() + data + b"\nendstream"


def lines(*texts: str) -> bytes:
    """The content of a page with these lines."""
    shown = " ".join(f"({text}) Tj T*" for text in texts)
    return stream(f"BT /F 12 Tf 14 TL 72 720 Td {shown} ET".encode())


def encrypted() -> bytes:
    """A file that asks for a password."""
    return pdf(["/Contents 4 0 R"], [lines("hidden")], trailer=_ENCRYPT)

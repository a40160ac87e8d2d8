"""Sends files to a page of Freeloader, with Python's standard library alone (3.8 or newer).

    python send_files.py https://freeloader.example/p/plot-csv/ olga@far.example a.csv b.csv

Run the same command again after a break: what has arrived is not sent twice. Until the files are
handed over, a note beside you (sending-….json) holds the address; whoever reads it can use it.
"""

# ruff: noqa: S310 - the addresses are the site's and its store's
import hashlib
import json
import sys
import time
import uuid
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urljoin
from urllib.request import Request, urlopen

AT_ONCE = 4  # parts in flight
FILES_AT_ONCE = 100  # the server takes up to 500 in one call
PARTS_AT_ONCE = 16  # the server signs up to 100 in one call
PAUSES_S = (1, 2, 4, 8, 15, 30, 30, 30)
CHUNK_BYTES = 2**18
PIECE_BYTES = 2**26  # of a part over 64 MiB: the sum of its pieces' sums


class Refused(SystemExit):
    """The server answered, and asking again is no use: the program ends."""


def main(page, email, *names):
    paths = [Path(name) for name in names]
    files = [describe(path) for path in paths]
    note = note_of(page, email, files)
    if not note.exists():
        keep(note, {"announcement": str(uuid.uuid4())})
    told = json.loads(note.read_text())
    if "status" not in told:
        told = announce(page, {"email": email, "files": files, **told}, note)
    upload, hand_over = urljoin(page, told["upload"]), urljoin(page, told["submit"])
    while missing := insist(lambda: post(hand_over))["missing"]:
        lot = {number: paths[number - 1] for number in missing[:FILES_AT_ONCE]}
        for number in insist(lambda: send(upload, lot)):  # noqa: B023 - called at once
            print(f"{paths[number - 1].name}: arrived")
    note.unlink()
    print(f"Handed over. Status: {urljoin(page, told['status'])}")


def announce(page, said, note):
    """Announced again under the same name, as after a lost answer, it is still one upload."""
    try:
        told = insist(lambda: post(page, said))
    except Refused:
        note.unlink()
        raise
    keep(note, told)
    return told


def keep(note, told):
    note.touch(mode=0o600)
    note.write_text(json.dumps(told))


def describe(path):
    about = path.stat()
    return {"name": path.name, "size": about.st_size, "modified": int(about.st_mtime * 1000)}


def note_of(page, email, files):
    """Other files, or changed ones, have another note: they are another upload."""
    digest = hashlib.sha256(json.dumps([page, email, files]).encode()).hexdigest()
    return Path(f"sending-{digest[:12]}.json")


def send(upload, paths):
    """Send what the server does not have of these files, by number; returns those that are done."""
    told = post(f"{upload}open", {"files": list(paths)})
    files, sums = told["files"], {number: {} for number in told["files"]}

    def one(number, part):
        opened, path = files[number], paths[int(number)]
        size = opened["part_bytes"]
        place = (path, (part - 1) * size, min(size, path.stat().st_size - (part - 1) * size))
        digest = sum_of(*place)
        if part not in opened["have"]:
            header = told["sha256_header"] if size <= PIECE_BYTES else ""
            put(opened["urls"][str(part)], *place, {header: b64encode(digest)} if header else {})
        sums[number][str(part)] = digest.hex()

    wanted = [(number, part) for number in files for part in unproved(files[number])]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while wanted:
            lot, wanted = wanted[:PARTS_AT_ONCE], wanted[PARTS_AT_ONCE:]
            sign(upload, files, lot, sums)
            list(pool.map(lambda it: one(*it), lot))
    done = post(f"{upload}complete", {"files": list(map(int, files)), "sha256": sums})["done"]
    if not done:
        raise OSError("some parts have to be sent again")
    return done


def unproved(opened):
    """The parts to send, or at least to sum up."""
    parts = () if opened["done"] else range(1, opened["parts"] + 1)
    return [part for part in parts if part not in opened["proved"] or part not in opened["have"]]


def sign(upload, files, lot, sums):
    """URLs for those of the parts that have none; what was sent so far is proved on the way."""
    unsigned = {}
    for number, part in lot:
        if part not in files[number]["have"] and str(part) not in files[number]["urls"]:
            unsigned.setdefault(number, []).append(part)
    if unsigned:
        signed = post(f"{upload}sign", {"parts": unsigned, "sha256": sums})["urls"]
        for number, urls in signed.items():
            files[number]["urls"].update(urls)


def sum_of(path, offset, size):
    """The SHA-256 of one part, as docs/uploads.md tells it."""
    sums = [
        sum_of_piece(path, start, min(PIECE_BYTES, offset + size - start))
        for start in range(offset, offset + max(size, 1), PIECE_BYTES)
    ]
    return sums[0] if len(sums) == 1 else hashlib.sha256(b"".join(sums)).digest()


def sum_of_piece(path, offset, size):
    digest = hashlib.sha256()
    for chunk in read(path, offset, size):
        digest.update(chunk)
    return digest.digest()


def put(url, path, offset, size, check):
    """One part, straight to the object store; the URL is its permission."""
    headers = {"Content-Length": str(size), "Content-Type": "application/octet-stream", **check}
    urlopen(Request(url, read(path, offset, size), headers, method="PUT"), timeout=300).close()


def read(path, offset, size):
    with path.open("rb") as file:
        file.seek(offset)
        while size > 0 and (chunk := file.read(min(CHUNK_BYTES, size))):
            size -= len(chunk)
            yield chunk


def post(url, data=None):
    """The server's answer; `Refused` where asking again is no use."""
    request = Request(url, json.dumps(data or {}).encode(), {"Content-Type": "application/json"})
    try:
        with urlopen(request, timeout=120) as answer:
            return json.load(answer)
    except HTTPError as error:
        if error.code == 409:  # something is still missing
            return json.load(error)
        if error.code < 500 and error.code != 408:
            words = error.read().decode(errors="replace")
            raise Refused(f"{url}: {error.code} {words}") from error
        raise


def insist(act):
    """Do it, in spite of network, server and store (an HTTPError is an OSError)."""
    for pause in PAUSES_S:
        try:
            return act()
        except (OSError, HTTPException) as error:
            print(f"{error}; trying again in {pause} s", file=sys.stderr)
            time.sleep(pause)
    sys.exit("It does not get through. Run the same command again later.")


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])

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
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urljoin
from urllib.request import Request, urlopen

AT_ONCE = 4  # parts in flight
SIGNED_AT_ONCE = 16  # the server signs at most 50; a URL lives six hours
PAUSES_S = (1, 2, 4, 8, 15, 30, 30, 30)
CHUNK_BYTES = 2**18


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
    hand_over = urljoin(page, told["submit"])
    for number in insist(lambda: post(hand_over))["missing"]:
        url, path = urljoin(page, f"{told['upload']}{number}/"), paths[number - 1]
        insist(lambda: send(url, path))  # noqa: B023 - called at once
        print(f"{path.name}: arrived")
    if insist(lambda: post(hand_over))["missing"]:
        sys.exit("Something is still missing. Run the same command again.")
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


def send(url, path):
    """Send what the server does not have; OSError if it is not all there yet."""
    opened = post(f"{url}open")
    missing = [n for n in range(1, opened["parts"] + 1) if n not in opened["have"]]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while missing and not opened["done"]:
            lot, missing = missing[:SIGNED_AT_ONCE], missing[SIGNED_AT_ONCE:]
            urls = post(f"{url}sign", {"parts": lot})["urls"]
            size = opened["part_bytes"]
            list(pool.map(lambda n: put(urls[str(n)], path, (n - 1) * size, size), lot))  # noqa: B023 - read at once
    if not opened["done"] and not post(f"{url}complete")["done"]:
        raise OSError("some parts have to be sent again")


def put(url, path, offset, part_bytes):
    """One part, straight to the object store; the URL is its permission."""
    size = min(part_bytes, path.stat().st_size - offset)
    headers = {"Content-Length": str(size), "Content-Type": "application/octet-stream"}
    request = Request(url, read(path, offset, size), headers, method="PUT")
    urlopen(request, timeout=300).close()


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
        if error.code < 500 and error.code not in (408, 429):
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

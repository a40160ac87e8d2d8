"""Pictures: who made them, where, and that what they show is not read."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image, PngImagePlugin, TiffImagePlugin
from PIL.ExifTags import GPS, IFD, Base

from backends.base import Coverage
from tests.scanning.readers.looking import examine, places

MAIL = "ada@example.org"
XMP = (
    "<x:xmpmeta xmlns:x='x'><rdf:RDF xmlns:rdf='r'><rdf:Description xmlns:dc='d' {}>"
    "<dc:creator><rdf:Seq><rdf:li>Ada Lovelace</rdf:li></rdf:Seq></dc:creator>"
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
)


def picture(kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "white").save(file, kind, **options)
    return file.getvalue()


def exif(**tags: Any) -> Image.Exif:
    data = Image.Exif()
    for name, value in tags.items():
        data[Base[name]] = value
    return data


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("tag", ["ImageDescription", "Artist", "Copyright"])
def test_texts_in_tags_are_found(kind: str, tag: str) -> None:
    examination = examine(picture(kind, exif=exif(**{tag: f"by {MAIL}"})))

    assert places(examination) == {"EMAIL_ADDRESS": [(("tag", tag),)]}
    assert (examination.coverage, examination.method) == (Coverage.PARTIAL, "image")
    assert examination.reasons == ("PICTURES_NOT_READ",)


def test_editor_behind_the_photographer_is_read() -> None:
    examination = examine(picture("JPEG", exif=exif(Copyright=f"someone\0{MAIL}")))

    assert places(examination) == {"EMAIL_ADDRESS": [(("tag", "Copyright"),)]}
    assert examination.reasons == ("PICTURES_NOT_READ",)


def test_artist_is_read_as_a_name() -> None:
    examination = examine(picture("JPEG", exif=exif(Artist="Ada Lovelace")))

    assert places(examination) == {"PERSON": [(("tag", "Artist"),)]}


@pytest.mark.parametrize(
    ("tag", "value"),
    [("XPAuthor", MAIL.encode("utf-16-le")), ("XPComment", MAIL.encode("utf-16-le"))],
)
def test_tags_of_windows_are_read(tag: str, value: bytes) -> None:
    assert places(examine(picture("JPEG", exif=exif(**{tag: value})))) == {
        "EMAIL_ADDRESS": [(("tag", tag),)]
    }


@pytest.mark.parametrize(
    "comment", [b"ASCII\0\0\0" + MAIL.encode(), b"UNICODE\0" + MAIL.encode("utf-16")]
)
def test_comment_of_its_user_is_read_in_its_own_encoding(comment: bytes) -> None:
    data = exif()
    data.get_ifd(IFD.Exif)[Base.UserComment] = comment

    assert places(examine(picture("JPEG", exif=data))) == {
        "EMAIL_ADDRESS": [(("tag", "UserComment"),)]
    }


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_place_where_it_was_taken_is_found(kind: str) -> None:
    data = exif(Make="camera")
    gps: dict[int, Any] = {GPS.GPSLatitude: (51.0, 30.0, 2.0), GPS.GPSLongitude: (0.1, 0.0, 0.0)}
    data.get_ifd(IFD.GPSInfo).update(gps)
    options = {"tiffinfo": {IFD.GPSInfo: gps}} if kind == "TIFF" else {"exif": data}

    examination = examine(picture(kind, **options))

    assert places(examination) == {"LOCATION_GPS": [(("tag", "GPSInfo"),)]}
    assert examination.findings[0].score > 0.9


def test_camera_without_a_signal_tells_no_place() -> None:
    data = exif()
    data.get_ifd(IFD.GPSInfo).update({GPS.GPSLatitude: (0.0, 0.0, 0.0), GPS.GPSDateStamp: "x"})

    assert places(examine(picture("JPEG", exif=data))) == {}


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
def test_xmp_is_read_and_its_place_found(kind: str) -> None:
    packet = XMP.format("exif:GPSLatitude='51,30.2N' photoshop:Credit='ada@example.org'")
    options: dict[str, Any] = {"xmp": packet.encode()}
    if kind == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", packet, zip=True)
        options = {"pnginfo": info}

    found = places(examine(picture(kind, **options)))

    assert found.keys() == {"EMAIL_ADDRESS", "LOCATION_GPS", "PERSON"}
    assert set(map(str, found.values())) == {str([(("tag", "XMP"),)])}


@pytest.mark.parametrize("kind", ["JPEG", "GIF"])
def test_comments_are_read(kind: str) -> None:
    examination = examine(picture(kind, comment=MAIL.encode()))

    assert places(examination) == {"EMAIL_ADDRESS": [(("tag", "Comment"),)]}


@pytest.mark.parametrize(
    ("keyword", "told"), [("Author", "Author"), ("Comment", "Comment"), (MAIL, "Text")]
)
@pytest.mark.parametrize("is_packed", [False, True])
def test_texts_in_chunks_are_read_and_keywords_not_told(
    keyword: str, told: str, is_packed: bool
) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text(keyword, MAIL, zip=is_packed)

    examination = examine(picture("PNG", pnginfo=info))

    assert places(examination) == {"EMAIL_ADDRESS": [(("tag", told),)]}


def test_text_behind_the_pixels_is_read() -> None:
    whole = picture("PNG")
    body = b"tEXtComment\0" + MAIL.encode()
    chunk = struct.pack(">L", len(body) - 4) + body + struct.pack(">L", zlib.crc32(body))

    assert places(examine(whole[:-12] + chunk + whole[-12:])) == {
        "EMAIL_ADDRESS": [(("tag", "Comment"),)]
    }


def test_every_page_of_a_tiff_is_looked_at_and_what_repeats_counted_once() -> None:
    file = io.BytesIO()
    with TiffImagePlugin.AppendingTiffWriter(file, new=True) as pages:
        for text in (MAIL, MAIL, "eve@example.org"):
            page = picture("TIFF", exif=exif(ImageDescription=text))
            pages.write(page)
            pages.newFrame()

    assert examine(file.getvalue()).findings[0].count == 2


def test_bomb_is_not_unpacked() -> None:
    header = struct.pack(">LLBBBBB", 2**31 - 1, 2**31 - 1, 8, 2, 0, 0, 0)
    whole = picture("PNG")
    at = whole.index(b"IHDR") + 4

    examination = examine(whole[:at] + header + whole[at + len(header) :])

    assert examination.reasons == ("PICTURES_NOT_READ",)


def test_packed_text_that_unpacks_to_much_ends_the_reading() -> None:
    body = b"zTXtComment\0\0" + zlib.compress(bytes(70 * 2**20), 9)
    chunk = struct.pack(">L", len(body) - 4) + body + struct.pack(">L", zlib.crc32(body))
    whole = picture("PNG")

    assert "TOO_LARGE" in examine(whole[:-12] + chunk + whole[-12:]).reasons


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "GIF"])
def test_what_breaks_off_is_damaged(kind: str) -> None:
    examination = examine(picture(kind)[:20])

    assert "DAMAGED" in examination.reasons
    assert examination.coverage is not Coverage.COMPLETE

"""Word processors' files and presentations: what stands where, and what is not read."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from backends.base import Coverage
from scanning.limits import Limits
from tests.scanning.readers.archives.packing import zip_of
from tests.scanning.readers.looking import examine, places
from tests.scanning.readers.office_files import (
    docx,
    ooxml,
    opendocument,
    package,
    paragraph,
    relations,
)

MAIL = "ada@example.org"


def test_paragraphs_are_counted_and_words_in_pieces_put_together() -> None:
    body = paragraph("Dear all,") + paragraph("write to a", "da@exam", "ple.org")

    examination = examine(docx(body))

    assert places(examination) == {"EMAIL_ADDRESS": [(("paragraph", 2),)]}
    assert (examination.coverage, examination.method) == (Coverage.COMPLETE, "office")


@pytest.mark.parametrize(
    ("part", "role"),
    [
        ("word/header1.xml", "header"),
        ("word/footer2.xml", "footer"),
        ("word/footnotes.xml", "footnotes"),
        ("word/endnotes.xml", "footnotes"),
        ("word/comments.xml", "comments"),
        ("customXml/item1.xml", "other"),
    ],
)
def test_what_stands_beside_the_text_is_read(part: str, role: str) -> None:
    text = f'<w:x xmlns:w="urn:w">{paragraph("No.")}{paragraph(MAIL)}</w:x>'

    examination = examine(docx(paragraph("Hello"), {part: text}))

    assert places(examination) == {"EMAIL_ADDRESS": [(("part", role), ("paragraph", 2))]}


def test_deleted_text_is_still_there() -> None:
    deleted = f"<w:p><w:del><w:r><w:delText>{MAIL}</w:delText></w:r></w:del></w:p>"

    assert places(examine(docx(deleted))) == {"EMAIL_ADDRESS": [(("paragraph", 1),)]}


def test_who_changed_the_text_is_named_once() -> None:
    changed = '<w:p><w:ins w:author="Ada Lovelace"><w:r><w:t>new</w:t></w:r></w:ins></w:p>'

    examination = examine(docx(changed * 5))

    assert places(examination) == {"PERSON": [(("part", "changes"),)]}
    assert examination.findings[0].count == 1


def test_author_of_a_comment_is_found() -> None:
    comment = f'<w:comment w:author="Grace Hopper">{paragraph("Why?")}</w:comment>'

    examination = examine(docx("", {"word/comments.xml": f"<w:c>{comment}</w:c>"}))

    assert places(examination) == {"PERSON": [(("part", "comments"),)]}


@pytest.mark.parametrize("field", ["dc:creator", "cp:lastModifiedBy"])
def test_properties_name_the_author(field: str) -> None:
    core = f"<core><dc:title>x</dc:title><{field}>Ada Lovelace</{field}></core>"

    found = places(examine(docx("", {"docProps/core.xml": core})))

    [[part, (unit, _)]] = found["PERSON"]
    assert (part, unit) == (("part", "properties"), "paragraph")


def test_links_are_read() -> None:
    links = relations(r1="mailto:ada@example.org", r2="styles.xml")

    examination = examine(docx("", {"word/_rels/document.xml.rels": links}))

    assert places(examination) == {"EMAIL_ADDRESS": [(("part", "links"),)]}


def test_slides_are_numbered_as_they_are_shown() -> None:
    slide = "<p:sld><a:p><a:t>{}</a:t></a:p></p:sld>"
    presentation = '<p:p><p:sldId id="256" r:id="r2"/><p:sldId id="257" r:id="r1"/></p:p>'
    parts = {
        "ppt/presentation.xml": presentation,
        "ppt/_rels/presentation.xml.rels": relations(
            r1="slides/slide1.xml", r2="slides/slide2.xml"
        ),
        "ppt/slides/slide1.xml": slide.format(MAIL),
        "ppt/slides/slide2.xml": slide.format("nothing"),
        "ppt/slides/_rels/slide1.xml.rels": relations(n="../notesSlides/notesSlide1.xml"),
        "ppt/notesSlides/notesSlide1.xml": slide.format("Ada Lovelace"),
    }

    assert places(examine(ooxml(parts))) == {
        "EMAIL_ADDRESS": [(("slide", 2), ("paragraph", 1))],
        "PERSON": [(("slide", 2), ("part", "notes"), ("paragraph", 1))],
    }


def test_opendocument_text_is_read_by_paragraphs() -> None:
    content = f"<text:h>Title</text:h><text:p>By<text:s/>{MAIL}</text:p>"
    meta = "<m><meta:initial-creator>Ada Lovelace</meta:initial-creator></m>"

    found = places(examine(opendocument("text", content, {"meta.xml": meta})))

    assert found["EMAIL_ADDRESS"] == [(("paragraph", 2),)]
    assert found["PERSON"][0][0] == ("part", "properties")


def test_opendocument_slides_are_counted() -> None:
    content = f"<d:page><text:p>x</text:p></d:page><d:page><text:p>{MAIL}</text:p></d:page>"

    examination = examine(opendocument("presentation", content))

    assert places(examination) == {"EMAIL_ADDRESS": [(("slide", 2), ("paragraph", 1))]}


# --- what is not read ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["word/media/image1.emf", "word/media/image1.png"])
def test_pictures_in_a_text_are_not_said_to_be_read(name: str) -> None:
    picture = b"\x01\0\0\0EMF\0" if name.endswith("emf") else b"\x89PNG\r\n\x1a\n broken"

    examination = examine(docx(paragraph("Hello"), {name: picture}))

    assert examination.coverage is Coverage.PARTIAL
    assert "PICTURES_NOT_READ" in examination.reasons


def test_empty_part_is_no_damage() -> None:
    parts = {"Configurations2/accelerator/current.xml": "", "Configurations2/popupmenu/": ""}

    assert examine(opendocument("text", "x", parts)).coverage is Coverage.COMPLETE


def test_drawing_that_is_not_well_formed_is_read_as_text() -> None:
    drawing = f"<xml><div>note<br>{MAIL}</div></xml>"  # as Excel writes them

    examination = examine(docx(paragraph("x"), {"word/drawings/vmlDrawing1.vml": drawing}))

    assert places(examination) == {"EMAIL_ADDRESS": [(("member", 3), ("line", 1))]}
    assert examination.coverage is Coverage.COMPLETE


@pytest.mark.parametrize(
    "name", ["word/fonts/f.ttf", "docProps/thumbnail.jpeg", "word/media/list.png", "fonts/list"]
)
def test_text_is_read_wherever_it_hides(name: str) -> None:
    examination = examine(docx(paragraph("x"), {name: f"1,2\n{MAIL}\n"}))

    assert places(examination) == {"EMAIL_ADDRESS": [(("member", 3), ("line", 2))]}


def test_fonts_are_no_gap() -> None:
    font = {"word/fonts/font1.odttf": bytes(range(256)) * 4}

    assert examine(docx(paragraph("x"), font)).coverage is Coverage.COMPLETE


def test_preview_of_the_first_page_is_no_gap() -> None:
    preview = {"docProps/thumbnail.jpeg": b"\xff\xd8\xff\xe0"}

    assert examine(docx(paragraph("Hello"), preview)).coverage is Coverage.COMPLETE


def test_embedded_file_is_read_as_what_it_is() -> None:
    listed = f"x\n{MAIL}\n".encode()
    parts = {"word/embeddings/list.txt": listed, "word/embeddings/o.bin": b"\xd0\xcf\0\0"}

    examination = examine(docx(paragraph("Hello"), parts))

    assert places(examination) == {"EMAIL_ADDRESS": [(("member", 3), ("line", 2))]}
    assert examination.reasons == ("MEMBERS_UNSUPPORTED",)


@pytest.mark.parametrize(
    ("stream", "reason"),
    [("EncryptedPackage", "ENCRYPTED"), ("WordDocument", "UNSUPPORTED_FORMAT")],
)
def test_old_containers_are_told_from_encrypted_ones(stream: str, reason: str) -> None:
    container = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(9_980) + stream.encode("utf-16-le")

    examination = examine(container + bytes(1_000))

    assert (examination.coverage, examination.reasons) == (Coverage.SKIPPED, (reason,))


def test_encrypted_opendocument_is_told_by_its_manifest() -> None:
    manifest = "<m:manifest><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>"

    examination = examine(opendocument("text", "x", {"META-INF/manifest.xml": manifest}))

    assert (examination.coverage, examination.reasons) == (Coverage.SKIPPED, ("ENCRYPTED",))


# --- hostile ones ----------------------------------------------------------------------------

BOMB = '<!DOCTYPE x [<!ENTITY a "{}"><!ENTITY b "{}">]><w:p><w:t>&b;</w:t></w:p>'.format(
    "Ada" * 1000, "&a;" * 1000
)


def test_entities_are_refused_and_the_other_parts_read() -> None:
    examination = examine(docx(paragraph(MAIL), {"word/comments.xml": BOMB}))

    assert places(examination) == {"EMAIL_ADDRESS": [(("paragraph", 1),)]}
    assert examination.reasons == ("DAMAGED",)


def test_external_entity_is_never_fetched() -> None:
    body = '<!DOCTYPE x SYSTEM "file:///etc/passwd"><w:p/>'

    assert examine(ooxml({"word/document.xml": body})).reasons == ("DAMAGED",)


def test_part_that_unpacks_to_much_ends_the_reading() -> None:
    bomb = b"<w:t>" + b" " * 3_000_000
    data = docx(paragraph("Hello"), {"word/comments.xml": bomb})

    examination = examine(data, Limits(free_bytes=100_000))

    assert (examination.coverage, examination.reasons) == (Coverage.PARTIAL, ("ARCHIVE_RATIO",))


def test_too_many_parts_are_not_opened() -> None:
    data = docx(paragraph(MAIL), {f"word/x{n}.xml": "" for n in range(10)})

    examination = examine(data, Limits(members=5))

    assert "EMAIL_ADDRESS" in places(examination)
    assert examination.reasons == ("ARCHIVE_TOO_MANY_MEMBERS",)


def test_documents_in_documents_are_opened_only_so_deep() -> None:
    data = docx(paragraph(MAIL))
    for _ in range(4):
        data = docx("", {"word/embeddings/inner.docx": data})

    assert "EMAIL_ADDRESS" in places(examine(data))
    assert examine(data, Limits(depth=3)).reasons == ("ARCHIVE_TOO_DEEP",)


@pytest.mark.parametrize("body", ["<w:p>" * 100_000, f'<w:p w:x="{"y" * 20_000_000}"/>'])
def test_markup_made_to_take_memory_is_refused(body: str) -> None:
    stored = io.BytesIO(ooxml({}))
    with zipfile.ZipFile(stored, "a", zipfile.ZIP_STORED) as archive:
        archive.writestr("word/document.xml", body)

    assert examine(stored.getvalue()).reasons == ("DAMAGED",)


def test_truncated_file_is_damaged() -> None:
    whole = docx(paragraph(MAIL))

    examination = examine(whole[:-40])

    assert (examination.coverage, examination.reasons) == (Coverage.SKIPPED, ("DAMAGED",))


def test_part_that_is_damaged_does_not_hide_the_others() -> None:
    whole = bytearray(docx(paragraph(MAIL), {"word/comments.xml": paragraph("x" * 1000)}))
    at = whole.index(b"word/comments.xml") + len("word/comments.xml")
    whole[at : at + 4] = b"\xff\xff\xff\xff"

    examination = examine(bytes(whole))

    assert "EMAIL_ADDRESS" in places(examination)
    assert examination.reasons == ("DAMAGED",)


def test_damage_in_a_part_that_is_packed_otherwise_is_no_error_of_ours() -> None:
    stored = io.BytesIO(docx(paragraph(MAIL)))
    with zipfile.ZipFile(stored, "a", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("word/comments.xml", paragraph("x" * 1000))
    whole = bytearray(stored.getvalue())
    at = whole.index(b"word/comments.xmlBZh") + 25
    whole[at : at + 8] = bytes(8)

    examination = examine(bytes(whole))

    assert "EMAIL_ADDRESS" in places(examination)
    assert examination.reasons == ("DAMAGED",)


def test_encrypted_part_is_told() -> None:
    whole = bytearray(docx(paragraph(MAIL)))
    at = whole.rindex(b"PK\x01\x02")  # the last part's entry in the directory: the document
    struct.pack_into("<H", whole, at + 8, 1)

    assert examine(bytes(whole)).reasons == ("ENCRYPTED",)


def test_other_packages_of_markup_are_read_as_well() -> None:
    drawing = {"_rels/.rels": relations(), "visio/pages/page1.xml": f"<Text>{MAIL}</Text>"}

    found = places(examine(package(drawing)))

    assert found == {"EMAIL_ADDRESS": [(("part", "other"), ("paragraph", 1))]}


@pytest.mark.parametrize("where", ["between", "behind", "in the comment"])
def test_what_no_directory_names_is_told(where: str) -> None:
    whole = docx(paragraph("Hello"))
    directory, letter = whole.index(b"PK\1\2"), MAIL.encode()
    hidden = {
        "between": _moved(whole, directory, letter),
        "behind": whole + letter,
        "in the comment": whole[:-2] + len(letter).to_bytes(2, "little") + letter,
    }

    examination = examine(hidden[where])

    assert (examination.coverage, examination.reasons) == (Coverage.PARTIAL, ("DAMAGED",))


def _moved(whole: bytes, directory: int, letter: bytes) -> bytes:
    """With a letter before the directory, whose place the archive's end tells rightly."""
    end = bytearray(whole[directory:])
    end[-6:-2] = (directory + len(letter)).to_bytes(4, "little")
    return whole[:directory] + letter + bytes(end)


def test_sums_behind_the_parts_are_no_gap() -> None:
    """So writes whoever cannot go back in the file."""
    parts = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w:document/>"}

    assert examine(zip_of(parts, is_stream=True)).coverage is Coverage.COMPLETE

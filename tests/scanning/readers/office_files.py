"""Office files made of just the parts that a test needs."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def package(parts: Mapping[str, str | bytes]) -> bytes:
    """A ZIP archive of these parts, packed."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            stored = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(name, content, stored)
    return whole.getvalue()


def ooxml(parts: Mapping[str, str | bytes]) -> bytes:
    """A file of Office Open XML."""
    return package({"[Content_Types].xml": "<Types/>", **parts})


def opendocument(kind: str, content: str, parts: Mapping[str, str | bytes] | None = None) -> bytes:
    """A file of OpenDocument: text, spreadsheet or presentation."""
    mimetype = f"application/vnd.oasis.opendocument.{kind}"
    body = f'<o:document xmlns:o="urn:o" xmlns:table="t" xmlns:text="x">{content}</o:document>'
    return package({"mimetype": mimetype, "content.xml": body, **(parts or {})})


def docx(body: str, parts: Mapping[str, str | bytes] | None = None) -> bytes:
    """A letter with this body."""
    document = f'<w:document xmlns:w="urn:w"><w:body>{body}</w:body></w:document>'
    return ooxml({"word/document.xml": document, **(parts or {})})


def paragraph(*runs: str) -> str:
    """A paragraph whose text is cut into runs, as Word does at every change."""
    texts = (f"<w:r><w:rPr><w:b/></w:rPr><w:t>{run}</w:t></w:r>" for run in runs)
    return f"<w:p><w:pPr><w:jc/></w:pPr>{''.join(texts)}</w:p>"


def relations(**targets: str) -> str:
    """A part's relationships: ids and their targets."""
    found = "".join(
        f'<Relationship Id="{one}" Target="{target}"{external(target)}/>'
        for one, target in targets.items()
    )
    return f"<Relationships>{found}</Relationships>"


def external(target: str) -> str:
    return ' TargetMode="External"' if ":" in target else ""


def xlsx(sheets: Mapping[str, str], parts: Mapping[str, str | bytes] | None = None) -> bytes:
    """A workbook of sheets: names, each with the rows' XML. The last one is in the first part."""
    count = len(sheets)
    listed, targets, files = "", {}, {}
    for n, (name, rows) in enumerate(sheets.items(), start=1):
        state = ' state="hidden"' if "hidden" in name else ""
        listed += f'<sheet name="{name}" sheetId="{n}"{state} r:id="r{n}"/>'
        file = f"worksheets/sheet{count + 1 - n}.xml"
        targets[f"r{n}"] = file
        files[f"xl/{file}"] = f"<worksheet><sheetData>{rows}</sheetData></worksheet>"
    workbook = f'<workbook xmlns:r="{REL}"><sheets>{listed}</sheets></workbook>'
    return ooxml(
        {
            "xl/workbook.xml": workbook,
            "xl/_rels/workbook.xml.rels": relations(**targets),
            **files,
            **(parts or {}),
        }
    )

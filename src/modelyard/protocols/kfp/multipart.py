"""The one file of a form, as multipart/form-data has it (RFC 7578)."""

import re
from email.message import Message

from modelyard.domain.errors import InvalidInput

FIELD = "uploadfile"
_BOUNDARY = re.compile(r"""boundary=(?:"([^"]{1,200})"|([^\s;,"]{1,200}))""", re.IGNORECASE)


def file_in(body: bytes, content_type: str) -> tuple[str, bytes]:
    """Its name and content. Raises InvalidInput when there is none."""
    found = _BOUNDARY.search(content_type)
    if not content_type.lower().startswith("multipart/form-data") or found is None:
        raise InvalidInput(f"Send the pipeline as multipart/form-data, in the field {FIELD}")
    boundary = b"--" + (found[1] or found[2]).encode("latin-1", "replace")
    for part in body.split(boundary)[1:-1]:
        head, separator, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        disposition = Message()
        disposition["content-disposition"] = _header(head)
        if separator and disposition.get_param("name", header="content-disposition") == FIELD:
            name = disposition.get_filename("") or ""
            return name.replace("\\", "/").rpartition("/")[2], content.removesuffix(b"\r\n")
    raise InvalidInput(f"There is no file in the field {FIELD} of the form")


def _header(head: bytes) -> str:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-disposition":
            return value.strip().decode("utf-8", "replace").replace("\n", " ").replace("\r", " ")
    return ""

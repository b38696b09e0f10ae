"""Evidence packs: named files in a ZIP with a manifest of their SHA-256, checked without us or a network. Pure.

The same files make the same bytes: names are sorted, dates in the ZIP fixed, nothing is compressed by the machine's own
library. Only `made_at` in the manifest differs; `content_sha256` stands for the files alone, whenever they were packed.
`manifest.sha256` holds the digest of the manifest: whoever keeps that one line can hold the whole file against it.
"""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from hashlib import sha256
from typing import Any
from uuid import UUID

from domain.values.errors import DomainError
from domain.values.money import Money

FORMAT = "tributary-evidence/1"
MANIFEST, MANIFEST_DIGEST = "manifest.json", "manifest.sha256"
MAX_BYTES = 256 * 1024 * 1024  # unpacked; a receivable of years is some megabytes
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment a ZIP knows
_NOT_TOLD = {"tenant_id"}


class NotEvidence(DomainError):
    """The file is no evidence pack, or one that cannot be read."""

    code = "not_evidence"
    status = 422
    en = "{file} is not an evidence pack: {reason_en}. Get it again from whoever made it."
    zh = "{file} 不是有效的证据包:{reason_zh}。请向提供方重新获取。"

    def __init__(self, *, file: str, reason_en: str, reason_zh: str) -> None:
        super().__init__(file=file, reason_en=reason_en, reason_zh=reason_zh)


@dataclass(frozen=True, slots=True)
class Checked:
    """What a pack says it is, and every way in which its files are not what its manifest says."""

    subject: str
    made_at: str
    files: int
    content_sha256: str
    findings: tuple[str, ...]


def pack(subject: str, files: Mapping[str, bytes], *, made_at: datetime) -> bytes:
    """The ZIP of `files` about `subject`, with its manifest."""
    assert not {MANIFEST, MANIFEST_DIGEST} & files.keys(), "the manifest is ours"
    listed = [_entry(name, files[name]) for name in sorted(files)]
    manifest = as_json(
        {
            "format": FORMAT,
            "subject": subject,
            "made_at": made_at,
            "content_sha256": _content_digest(listed),
            "files": listed,
        }
    )
    digest = f"{sha256(manifest).hexdigest()}  {MANIFEST}\n".encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted({**files, MANIFEST: manifest, MANIFEST_DIGEST: digest}.items()):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.external_attr = 0o644 << 16
            info.create_system = 3
            archive.writestr(info, content)
    return packed.getvalue()


def _entry(name: str, content: bytes) -> dict[str, Any]:
    return {"name": name, "bytes": len(content), "sha256": sha256(content).hexdigest()}


def _content_digest(listed: list[dict[str, Any]]) -> str:
    """SHA-256 over a line per file, as `sha256sum` writes it, in order of the names."""
    lines = "".join(f"{each['sha256']}  {each['name']}\n" for each in listed)
    return sha256(lines.encode()).hexdigest()


def check_pack(content: bytes, *, file: str) -> Checked:
    """Compute every digest anew. Raises NotEvidence for what is no pack at all."""
    found = _unpack(content, file)
    manifest = _manifest(found, file)
    listed = {str(each["name"]): each for each in manifest["files"]}
    findings = [f"{name}: not in the pack" for name in sorted(listed.keys() - found.keys())]
    findings += [
        f"{name}: not in the manifest" for name in sorted(found.keys() - listed.keys() - {MANIFEST, MANIFEST_DIGEST})
    ]
    findings += [
        f"{name}: its SHA-256 is {sha256(found[name]).hexdigest()}, the manifest says {listed[name]['sha256']}"
        for name in sorted(found.keys() & listed.keys())
        if sha256(found[name]).hexdigest() != listed[name]["sha256"]
    ]
    if manifest["content_sha256"] != _content_digest([listed[name] for name in sorted(listed)]):
        findings.append(f"{MANIFEST}: content_sha256 is not that of its list")
    if found.get(MANIFEST_DIGEST, b"").split()[:1] != [sha256(found[MANIFEST]).hexdigest().encode()]:
        findings.append(f"{MANIFEST}: {MANIFEST_DIGEST} is not its digest")
    return Checked(
        str(manifest["subject"]), str(manifest["made_at"]), len(listed), manifest["content_sha256"], tuple(findings)
    )


def _unpack(content: bytes, file: str) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if sum(entry.file_size for entry in entries) > MAX_BYTES:
                raise NotEvidence(file=file, reason_en="it is too large", reason_zh="文件过大")
            if len({entry.filename for entry in entries}) != len(entries):
                raise NotEvidence(file=file, reason_en="a name stands twice in it", reason_zh="存在重复文件名")
            return {entry.filename: _read(archive, entry) for entry in entries}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError):
        raise NotEvidence(file=file, reason_en="it is no readable ZIP", reason_zh="无法作为 ZIP 读取") from None


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Its bytes, or none where the ZIP's own checksum is off: then the SHA-256 is, too, and names the file."""
    try:
        return archive.read(entry)
    except zipfile.BadZipFile:
        return b""


def _manifest(found: Mapping[str, bytes], file: str) -> dict[str, Any]:
    try:
        manifest = json.loads(found[MANIFEST])
        named = {"subject", "made_at", "content_sha256", "files"} <= manifest.keys()
        shaped = named and all({"name", "sha256"} <= each.keys() for each in manifest["files"])
    except (KeyError, ValueError, AttributeError, TypeError):
        shaped = False
    if not shaped or manifest.get("format") != FORMAT:
        raise NotEvidence(file=file, reason_en=f"it has no {MANIFEST} of ours", reason_zh=f"缺少有效的 {MANIFEST}")
    return dict(manifest)


def as_json(value: object) -> bytes:
    """Facts as a file of a pack: keys sorted, money and rates as strings, digests in hex."""
    return (json.dumps(plain(value), ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def plain(value: object) -> Any:  # noqa: ANN401 - any JSON
    """Rows, dataclasses and values as JSON has them; the tenant's number is left out."""
    for kinds, written in _WRITTEN:
        if isinstance(value, kinds):
            return written(value)
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    dump = getattr(value, "model_dump", None)
    if dump is not None:
        return plain(dump(exclude=_NOT_TOLD))
    assert value is None or isinstance(value, (str, int)), f"{type(value).__name__} has no place in evidence"
    return value


_WRITTEN: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (Money, lambda money: {"amount": f"{money.amount:f}", "currency": money.currency}),
    (Enum, lambda member: member.value),
    ((datetime, date), lambda day: day.isoformat()),
    (bytes, bytes.hex),
    ((Decimal, UUID), str),
    (Mapping, lambda mapping: {str(plain(name)): plain(each) for name, each in mapping.items()}),
    ((list, tuple), lambda items: [plain(each) for each in items]),
)

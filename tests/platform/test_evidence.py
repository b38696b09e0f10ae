"""Evidence packs: the same files make the same bytes, and whatever is changed in one shows."""

import io
import json
import zipfile
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256

import pytest

from domain.platform.evidence import NotEvidence, as_json, check_pack, pack
from domain.values.money import Money

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FILES = {"b/two.json": b"2", "a.json": b"1"}


def contents(packed: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def changed(**files: bytes | None) -> bytes:
    found: dict[str, bytes | None] = {**contents(pack("rcv_1", FILES, made_at=NOON)), **files}
    return zipped({name: content for name, content in found.items() if content is not None})


class TestPacking:
    def test_the_same_files_make_the_same_bytes_in_whatever_order_they_come(self) -> None:
        again = dict(reversed(FILES.items()))
        assert pack("rcv_1", FILES, made_at=NOON) == pack("rcv_1", again, made_at=NOON)

    def test_another_moment_changes_the_manifest_and_not_what_stands_for_the_files(self) -> None:
        first, later = pack("rcv_1", FILES, made_at=NOON), pack("rcv_1", FILES, made_at=NOON.replace(hour=13))
        assert first != later
        digests = {check_pack(each, file="x.zip").content_sha256 for each in (first, later)}
        # As sha256sum writes it: a line per file, in order of the names.
        lines = "".join(f"{sha256(FILES[name]).hexdigest()}  {name}\n" for name in ("a.json", "b/two.json"))
        assert digests == {sha256(lines.encode()).hexdigest()}

    def test_the_manifest_lists_every_file_and_its_digest_stands_beside_it(self) -> None:
        found = contents(pack("rcv_1", FILES, made_at=NOON))
        manifest = json.loads(found["manifest.json"])
        assert [each["name"] for each in manifest["files"]] == ["a.json", "b/two.json"]
        assert found["manifest.sha256"].split()[0].decode() == sha256(found["manifest.json"]).hexdigest()

    def test_facts_are_written_without_floats(self) -> None:
        facts = {"on": date(2026, 3, 2), "rate": Decimal("0.055"), "paid": Money.of("1.50", "CNY"), "digest": b"\xff"}
        assert json.loads(as_json(facts)) == {
            "on": "2026-03-02",
            "rate": "0.055",
            "paid": {"amount": "1.50", "currency": "CNY"},
            "digest": "ff",
        }


class TestChecking:
    def test_an_untouched_pack_is_intact(self) -> None:
        checked = check_pack(pack("rcv_1", FILES, made_at=NOON), file="x.zip")
        assert (checked.subject, checked.files, checked.findings) == ("rcv_1", 2, ())

    def test_an_altered_file_is_named(self) -> None:
        (finding,) = check_pack(changed(**{"a.json": b"9"}), file="x.zip").findings
        assert finding.startswith("a.json: its SHA-256 is ")

    def test_one_byte_flipped_in_the_zip_names_its_file(self) -> None:
        flipped = pack("rcv_1", {"a.json": b"evidence"}, made_at=NOON).replace(b"evidence", b"Evidence", 1)
        (finding,) = check_pack(flipped, file="x.zip").findings
        assert finding.startswith("a.json: ")

    def test_a_file_more_or_less_is_named(self) -> None:
        assert check_pack(changed(**{"c.json": b"3"}), file="x.zip").findings == ("c.json: not in the manifest",)
        assert check_pack(changed(**{"a.json": None}), file="x.zip").findings == ("a.json: not in the pack",)

    def test_a_manifest_made_to_fit_another_file_is_not_the_one_whose_digest_was_given_away(self) -> None:
        other = contents(pack("rcv_1", {**FILES, "a.json": b"9"}, made_at=NOON))
        forged = changed(**{"a.json": b"9", "manifest.json": other["manifest.json"]})
        assert check_pack(forged, file="x.zip").findings == ("manifest.json: manifest.sha256 is not its digest",)

    @pytest.mark.parametrize(
        "content",
        [b"", b"PK", zipped({}), zipped({"manifest.json": b"[]"}), zipped({"manifest.json": b'{"format": "other"}'})],
        ids=["nothing", "no ZIP", "empty", "a list", "another format"],
    )
    def test_what_is_no_pack_is_refused(self, content: bytes) -> None:
        with pytest.raises(NotEvidence, match=r"x\.zip"):
            check_pack(content, file="x.zip")

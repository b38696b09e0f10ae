"""Settings from the environment, and the key ring they lead to."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from domain.platform.embedded.errors import FolderNotWritable
from domain.platform.encryption import KeyRingInvalid, field_context, new_key_text
from domain.platform.ids import uuid7
from domain.platform.key_file import key_ring
from domain.platform.settings import KeysRequired, SettingInvalid, Settings

SECRET_URL = "postgresql://me:secret-word@db.example/books"  # noqa: S105 - a test's


class TestEnvironment:
    def test_with_nothing_set_everything_is_local(self) -> None:
        settings = Settings.from_environment({})
        assert (settings.host, settings.port, settings.language) == ("127.0.0.1", 8080, "en")
        assert settings.data_folder == Path.cwd() / ".data"
        assert settings.embedded
        assert settings.bank_url is None

    def test_what_is_set_is_used_and_empty_counts_as_not_set(self) -> None:
        settings = Settings.from_environment(
            {
                "DATABASE_URL": SECRET_URL,
                "TRIBUTARY_DATA": "/srv/data",
                "TRIBUTARY_KEYS": "k1:x",
                "TRIBUTARY_HOST": "0.0.0.0",  # noqa: S104 - as somebody may set it
                "TRIBUTARY_PORT": " 80 ",
                "TRIBUTARY_BANK_URL": "https://bank.example/api/",
                "TRIBUTARY_BANK_FOLDER": "/srv/bank",
                "TRIBUTARY_BANK_KEY": "hmac:1:c2VjcmV0",
                "TRIBUTARY_BANK_CALLBACK_KEYS": "hmac:2:eA== ed25519:3:eQ==",
                "TRIBUTARY_LANGUAGE": "",
                "LANG": "zh_CN.UTF-8",
            }
        )
        assert settings.database_url == "postgresql+psycopg://me:secret-word@db.example/books"
        assert (settings.data_folder, settings.keys, settings.port) == (Path("/srv/data"), "k1:x", 80)
        assert (settings.bank_url, settings.language) == ("https://bank.example/api", "zh")
        assert (settings.bank_folder, settings.bank_key) == (Path("/srv/bank"), "hmac:1:c2VjcmV0")
        assert settings.bank_callback_keys == ("hmac:2:eA==", "ed25519:3:eQ==")
        assert not settings.embedded

    @pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
    def test_every_way_to_write_the_scheme_is_understood(self, scheme: str) -> None:
        url = Settings.from_environment({"DATABASE_URL": f"{scheme}://me@db/books?sslmode=require"}).database_url
        assert url == "postgresql+psycopg://me@db/books?sslmode=require"

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("DATABASE_URL", "mysql://me:secret-word@db/books"),
            ("DATABASE_URL", "secret-word"),
            ("DATABASE_URL", "postgresql://"),
            ("TRIBUTARY_PORT", "0"),
            ("TRIBUTARY_PORT", "65536"),
            ("TRIBUTARY_PORT", "eighty"),
            ("TRIBUTARY_PORT", "²"),
            ("TRIBUTARY_BANK_URL", "ftp://bank"),
            ("TRIBUTARY_BANK_URL", "bank"),
            ("TRIBUTARY_LANGUAGE", "fr"),
        ],
    )
    def test_a_value_that_cannot_be_used_is_named_in_both_languages(self, name: str, value: str) -> None:
        with pytest.raises(SettingInvalid) as refusal:
            Settings.from_environment({name: value})
        told = refusal.value.message("en") + refusal.value.message("zh")
        assert told.count(name) == 2
        assert "secret-word" not in told

    def test_secrets_are_not_printed(self) -> None:
        shown = repr(
            Settings.from_environment(
                {"DATABASE_URL": SECRET_URL, "TRIBUTARY_KEYS": "k1:secret-key", "TRIBUTARY_BANK_KEY": "secret"}
            )
        )
        assert "secret" not in shown


class TestKeys:
    def test_given_keys_are_used_and_no_file_is_made(self, tmp_path: Path) -> None:
        settings = Settings(data_folder=tmp_path, keys=new_key_text("k7"))
        assert key_ring(settings).active == "k7"
        assert list(tmp_path.iterdir()) == []

    def test_with_a_server_of_ones_own_the_keys_have_to_be_given(self, tmp_path: Path) -> None:
        with pytest.raises(KeysRequired):
            key_ring(Settings(data_folder=tmp_path, database_url=SECRET_URL))

    def test_beside_the_embedded_database_a_ring_is_made_once_that_only_its_owner_reads(self, tmp_path: Path) -> None:
        settings = Settings(data_folder=tmp_path / "新 folder")
        here = field_context(1, "f", uuid7())
        sealed = key_ring(settings).encrypt("6222", here)
        assert key_ring(settings).decrypt(*sealed, here) == "6222"
        [file] = settings.data_folder.iterdir()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600

    def test_eight_that_start_at_once_share_one_ring(self, tmp_path: Path) -> None:
        settings = Settings(data_folder=tmp_path)
        with ThreadPoolExecutor(8) as pool:
            rings = list(pool.map(lambda _: key_ring(settings), range(8)))
        assert len({ring.lookup_hash("6222", tenant_id=1) for ring in rings}) == 1
        assert [file.name for file in tmp_path.iterdir()] == ["keys"]

    @pytest.mark.parametrize("damage", [b"", b"\xff\xfe", b"k1:half"])
    def test_a_damaged_file_is_refused_and_never_replaced(self, tmp_path: Path, damage: bytes) -> None:
        (tmp_path / "keys").write_bytes(damage)
        with pytest.raises(KeyRingInvalid):
            key_ring(Settings(data_folder=tmp_path))
        assert (tmp_path / "keys").read_bytes() == damage

    def test_a_folder_that_cannot_be_made_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(FolderNotWritable):
            key_ring(Settings(data_folder=tmp_path / "file" / "data"))

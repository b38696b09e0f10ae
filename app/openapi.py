"""`python -m app.openapi` writes openapi/openapi.json; with `--check` it only says whether the file is up to date."""

import argparse
import json
import sys
from pathlib import Path

from app.asgi import create_app
from app.installation import Installation
from app.openapi_document import document
from domain.platform.database import Database
from domain.platform.encryption import KeyRing

FILE = Path(__file__).parents[1] / "openapi" / "openapi.json"


def described() -> str:
    """The document as the file holds it."""
    # Nothing is asked of the database: describing the API needs its code only.
    installation = Installation(database=Database("postgresql+psycopg://"), keys=KeyRing.generate())
    return json.dumps(document(create_app(installation)), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Write the file, or compare with it; 1 when it differs."""
    parser = argparse.ArgumentParser(prog="python -m app.openapi", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail when the file is out of date")
    fresh = described()
    if not parser.parse_args(arguments).check:
        FILE.parent.mkdir(exist_ok=True)
        FILE.write_text(fresh, encoding="utf-8")
        return 0
    if FILE.exists() and FILE.read_text(encoding="utf-8") == fresh:
        return 0
    sys.stderr.write("openapi/openapi.json is out of date: run `python -m app.openapi` and commit it.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())

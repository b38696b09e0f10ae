"""Official schemas, read in place; tests that need them skip where the folder is missing."""

from collections.abc import Callable
from io import BytesIO

import pytest
from lxml import etree

from tests.conftest import SHARED_DATA


@pytest.fixture(scope="session")
def assert_valid() -> Callable[[bytes], None]:
    """Fail unless the document is valid against the official schema that its namespace names."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the folder of official schemas is not beside this checkout")
    schemas: dict[str, etree.XMLSchema] = {}

    def check(document: bytes) -> None:
        tree = etree.parse(BytesIO(document))
        kind = (etree.QName(tree.getroot()).namespace or "").rpartition(":")[2]
        if kind not in schemas:
            schemas[kind] = etree.XMLSchema(etree.parse(str(SHARED_DATA / "xsd" / f"{kind}.xsd")))
        schemas[kind].assertValid(tree)

    return check

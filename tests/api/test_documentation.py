"""The description of the API, and the page it is read on."""

import re

from app.openapi import FILE, described
from app.openapi_document import as_openapi_30
from tests.api.groups import Client


def test_the_file_is_what_the_code_says() -> None:
    assert FILE.read_text(encoding="utf-8") == described(), "run `python -m app.openapi` and commit the file"


def test_every_operation_has_an_id_a_summary_a_tag_and_its_refusals(client: Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    operations = [operation for item in paths.values() for operation in item.values()]
    for operation in operations:
        assert operation["operationId"]
        assert operation["summary"]
        assert operation["tags"]
        assert {"401", "422"} <= operation["responses"].keys()
    assert len({operation["operationId"] for operation in operations}) == len(operations)


def test_every_post_but_signing_in_takes_an_idempotency_key(client: Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    without = [
        path
        for path, item in paths.items()
        if "post" in item and "Idempotency-Key" not in [p["name"] for p in item["post"]["parameters"]]
    ]
    assert without == ["/v1/session"]


def test_no_amount_is_a_number(client: Client) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    assert schemas["MoneyDto"]["properties"]["amount"]["type"] == "string"
    assert "pattern" in schemas["MoneyDto"]["properties"]["amount"]
    assert '"type": "number"' not in FILE.read_text(encoding="utf-8")


def test_unknown_fields_are_described_as_refused(client: Client) -> None:
    document = client.get("/openapi.json").json()
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    contents = [operation["requestBody"]["content"] for operation in operations if "requestBody" in operation]
    bodies = [content["application/json"]["schema"]["$ref"] for content in contents if "application/json" in content]
    assert bodies
    for reference in bodies:
        schema = document["components"]["schemas"][reference.rpartition("/")[2]]
        assert schema["additionalProperties"] is False, reference


def test_the_page_loads_nothing_from_elsewhere(client: Client) -> None:
    page = client.get("/docs")
    policy = page.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "http" not in policy
    sources = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert sources
    for source in sources:
        assert source.startswith("/docs/")
        assert client.get(source).status_code == 200
    assert client.get("/favicon.ico").headers["content-type"] == "image/png"
    assert client.get("/docs/assets/..%2f..%2f__init__.py").status_code == 404


def test_swagger_ui_4_gets_a_document_it_can_read(client: Client) -> None:
    older = client.get("/docs/openapi-3.0.json").json()
    assert older["openapi"] == "3.0.3"
    assert older == as_openapi_30(client.get("/openapi.json").json())
    assert "'type': 'null'" not in str(older)

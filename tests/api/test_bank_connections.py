"""Banks' settings over HTTP."""

from tests.api.groups import Client, Group
from tests.api.treasury import Treasury


def put(client: Client, group: Group, bank_id: str, **body: object) -> tuple[int, dict[str, object]]:
    answer = client.put(f"/v1/bank-connections/{bank_id}", json=body, headers=group.headers)
    return answer.status_code, answer.json()


def test_the_last_word_on_a_bank_counts(client: Client, group: Group) -> None:
    cut_offs = [{"slot": "0800", "until": "09:30"}]
    put(client, group, "102100099996", profile="sepa", channel="http", cut_offs=cut_offs)
    put(client, group, "102100099996", profile="latin", channel="directory", cut_offs=cut_offs)
    assert Treasury.of(client, group).get("bank-connections")["items"] == [
        {
            "bank_id": "102100099996",
            "profile": "latin",
            "channel": "directory",
            "zone": "Asia/Shanghai",
            "cut_offs": cut_offs,
        }
    ]


def test_a_profile_nobody_has_written_is_refused(client: Client, group: Group) -> None:
    status, body = put(client, group, "102100099996", profile="nonesuch", channel="http")
    assert (status, body["type"]) == (404, "/problems/bank_profile_unknown")


def test_no_message_is_held_where_there_is_none(client: Client, group: Group) -> None:
    assert Treasury.of(client, group).get("bank-messages?filter=state:eq:prepared")["items"] == []

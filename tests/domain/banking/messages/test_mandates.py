"""Mandates between creditor and debtor's bank: request, amendment, cancellation, acceptance."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.banking.messages.errors import FieldRefused, MessageTooLarge
from domain.banking.messages.mandates import (
    MAX_BYTES,
    MandateAcceptance,
    MandateAmendment,
    MandateCancellation,
    MandateMessage,
    MandateRequest,
    MandateTerms,
    read_mandate_message,
    write_mandate_message,
)
from domain.banking.messages.model import AccountNumber, Party
from domain.values.money import Money

AT = datetime(2026, 1, 5, 8, tzinfo=UTC)
TERMS = MandateTerms(
    mandate_id="MND-1",
    request_id="REQ-1",
    creditor=Party("流水集团 <总部> & Co", AccountNumber("6222020000000000001"), "102100099996"),
    debtor=Party("上海店", AccountNumber("GB82 WEST 1234 5698 7654 32"), "ICBKCNBJ"),
    creditor_scheme_id="CN99TRB000001",
    frequency="MNTH",
    from_on=date(2026, 2, 1),
    to_on=date(2028, 1, 31),
    maximum=Money.of("50000.00", "CNY"),
    signed_on=date(2026, 1, 4),
    purpose="资金归集",
)
REQUEST = MandateRequest(message_id="M-1", created_at=AT, initiating_name="流水集团", terms=TERMS)
AMENDMENT = MandateAmendment(
    message_id="M-2",
    created_at=AT,
    initiating_name="流水集团",
    original_mandate_id="MND-1",
    reason="MD16",
    terms=replace(TERMS, maximum=None, collection=Money.of("12.00", "CNY"), is_recurring=False, frequency=None),
)
CANCELLATION = MandateCancellation(
    message_id="M-3", created_at=AT, initiating_name="流水集团", mandate_id="MND-1", reason="contract ended"
)
ACCEPTANCE = MandateAcceptance(
    message_id="M-4",
    created_at=AT,
    initiating_name="中国银行",
    original_message_id="M-1",
    original_kind="pain.009.001.05",
    mandate_id="MND-1",
    is_accepted=True,
)
REFUSAL = replace(ACCEPTANCE, is_accepted=False, reason="AC01")


def written(message: MandateMessage) -> bytes:
    out = BytesIO()
    write_mandate_message(message, out)
    return out.getvalue()


@pytest.mark.parametrize("message", [REQUEST, AMENDMENT, CANCELLATION, ACCEPTANCE, REFUSAL])
class TestEveryKind:
    def test_is_valid_by_the_official_schema(
        self, message: MandateMessage, assert_valid: Callable[[bytes], None]
    ) -> None:
        assert_valid(written(message))

    def test_reads_back_as_it_was(self, message: MandateMessage) -> None:
        read = read_mandate_message(BytesIO(written(message)))
        if isinstance(read, MandateRequest | MandateAmendment):
            # an IBAN is written without the spaces people put into it
            debtor = replace(read.terms.debtor, account=TERMS.debtor.account)
            read = replace(read, terms=replace(read.terms, debtor=debtor))
        assert read == message


@given(name=st.text("汇流<&>\"'; é", min_size=1, max_size=140), purpose=st.text("房租<&>", min_size=1, max_size=70))
def test_any_name_and_purpose_come_through(name: str, purpose: str, assert_valid: Callable[[bytes], None]) -> None:
    terms = replace(TERMS, debtor=Party(name, AccountNumber("6222")), purpose=purpose)
    document = written(replace(REQUEST, terms=terms))
    assert_valid(document)
    read = read_mandate_message(BytesIO(document))
    assert isinstance(read, MandateRequest)
    assert read.terms == terms


def test_an_amendment_names_the_mandate_it_makes() -> None:
    with pytest.raises(FieldRefused, match="MndtId"):
        written(replace(AMENDMENT, terms=replace(TERMS, mandate_id=None)))


def test_a_frequency_that_iso_does_not_know_is_refused() -> None:
    with pytest.raises(FieldRefused, match="MNTH"):
        written(replace(REQUEST, terms=replace(TERMS, frequency="monthly")))


def test_two_mandates_in_a_message_are_refused_rather_than_one_of_them_forgotten() -> None:
    document = written(CANCELLATION).decode()
    body = document[document.index("<UndrlygCxlDtls>") : document.index("</MndtCxlReq>")]
    with pytest.raises(FieldRefused, match="one mandate"):
        read_mandate_message(BytesIO(document.replace(body, body + body).encode()))


def test_a_mandate_of_more_than_a_megabyte_is_not_read() -> None:
    padded = written(CANCELLATION).replace(b"<UndrlygCxlDtls>", b" " * MAX_BYTES + b"<UndrlygCxlDtls>")
    with pytest.raises(MessageTooLarge):
        read_mandate_message(BytesIO(padded))

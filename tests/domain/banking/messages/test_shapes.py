"""Elements read by their shape: what a walk through them finds, never less and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from domain.banking.messages.fields import Fields
from domain.banking.messages.shapes import MAX_SHAPES, Shapes
from domain.banking.messages.xml import Element

TEXTS = st.one_of(st.none(), st.sampled_from(["", " ", "\n ", "1.00", "A<B>&C", "&amp;", "汇", "a\rb", "'\""]))
NAMES = st.sampled_from(["Amt", "Nm", "Ustrd"])


@st.composite
def elements(draw: st.DrawFn, depth: int = 3) -> Element:
    """Few names, many ways to nest them, texts anywhere."""
    node = etree.Element(f"{{urn:bank}}{draw(NAMES)}")
    if draw(st.booleans()):
        node.set("Ccy", draw(st.sampled_from(["CNY", 'E"&<'])))
    node.text, node.tail = draw(TEXTS), draw(TEXTS)
    for child in draw(st.lists(elements(depth - 1), max_size=3)) if depth else ():
        node.append(child)
    return node


def entry(inner: str) -> Element:
    return etree.fromstring(f'<Ntry xmlns="urn:bank">{inner}</Ntry>')


class TestFields:
    @given(st.lists(elements(), min_size=1, max_size=8))
    def test_of_any_elements_are_those_of_a_walk(self, nodes: list[Element]) -> None:
        shapes = Shapes()
        assert [shapes.fields(node) for node in [*nodes, *nodes]] == [Fields(node) for node in [*nodes, *nodes]]

    @pytest.mark.parametrize(
        ("inner", "path", "expected"),
        [
            ("<Amt>1.00</Amt><Nm>B &amp; Co</Nm>", "Nm", ["B & Co"]),
            ("<Amt>1.00<Nm>A</Nm></Amt>", "Nm", []),
            ("<Amt>1.00</Amt><X><Nm>A</Nm></X>", "Nm", []),
            ("<Amt>1.00</Amt><Nm>A</Nm><Nm>A</Nm>", "Nm", ["A", "A"]),
            ("<Amt>1.00</Amt><Nm><!-- a -->A</Nm>", "Nm", ["A"]),
        ],
        ids=["another text", "within an amount with a text", "deeper", "twice the same", "behind a comment"],
    )
    def test_of_what_looks_nearly_alike_are_not_mixed_up(self, inner: str, path: str, expected: list[str]) -> None:
        shapes, parser = Shapes(), etree.XMLParser(remove_comments=True)
        shapes.fields(entry("<Amt>1.00</Amt><Nm>A</Nm>"))
        node = etree.fromstring(f'<Ntry xmlns="urn:bank">{inner}</Ntry>', parser)
        assert shapes.fields(node).every(path) == expected

    def test_of_another_currency_are_in_that_currency(self) -> None:
        shapes = Shapes()
        told = [shapes.fields(entry(f'<Amt Ccy="{currency}">5</Amt>')) for currency in ("CNY", "JPY", "CNY")]
        assert [str(fields.money("Amt")) for fields in told] == ["5.00 CNY", "5 JPY", "5.00 CNY"]

    def test_are_read_from_more_shapes_than_are_learned(self) -> None:
        shapes = Shapes()
        told = [shapes.fields(entry(f"<T{place}>{place}</T{place}>")) for place in range(MAX_SHAPES + 2)]
        assert [fields.text(f"T{place}") for place, fields in enumerate(told)] == [
            str(place) for place in range(MAX_SHAPES + 2)
        ]

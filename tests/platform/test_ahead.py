"""Reading ahead changes when an item is made, and nothing else."""

from collections.abc import Iterator
from threading import Event, current_thread, main_thread

import pytest

from domain.platform.ahead import made_ahead


class TestMadeAhead:
    @pytest.mark.parametrize("at_most", [1, 3, 10])
    def test_gives_the_same_items_in_the_same_order(self, at_most: int) -> None:
        assert list(made_ahead(range(5), at_most=at_most)) == [0, 1, 2, 3, 4]
        assert list(made_ahead([], at_most=at_most)) == []

    def test_makes_the_next_in_another_thread_while_one_is_worked_on_and_no_further(self) -> None:
        made: list[int] = []
        third_made, second_made = Event(), Event()

        def numbers() -> Iterator[int]:
            for number, told in enumerate((Event(), second_made, third_made)):
                assert current_thread() is not main_thread()
                made.append(number)
                told.set()
                yield number

        coming = made_ahead(numbers(), at_most=1)
        assert next(coming) == 0
        assert second_made.wait(timeout=10)
        assert not third_made.wait(timeout=0.1)
        assert list(coming) == [1, 2]

    def test_raises_what_making_an_item_raises_behind_those_before_it(self) -> None:
        def broken() -> Iterator[int]:
            yield 1
            raise EOFError

        coming = made_ahead(broken(), at_most=3)
        assert next(coming) == 1
        with pytest.raises(EOFError):
            next(coming)

    def test_leaves_no_thread_when_nobody_asks_on(self) -> None:
        closed = Event()

        def numbers() -> Iterator[int]:
            try:
                yield 1
                yield 2
                yield 3
            finally:
                closed.set()

        coming = made_ahead(numbers(), at_most=2)
        next(coming)
        coming.close()  # type: ignore[attr-defined] # it is a generator
        assert closed.is_set()

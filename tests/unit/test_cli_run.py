"""Work is spread over an executor: results in order, a worker's death costs nothing but time."""

from __future__ import annotations

from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from dicom_overlay.cli.run import Crew, run
from failing import fails_with

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Dying(Executor):
    """Does work at once, and dies with the first items of its list; dead, it takes nothing."""

    def __init__(self, deadly: list[int]) -> None:
        self.deadly, self.is_dead = deadly, False

    def submit(self, work: Callable[..., Any], /, *args: Any, **_: Any) -> Future[Any]:
        if self.is_dead:
            raise BrokenExecutor
        future = Future[Any]()
        if self.deadly and self.deadly[0] in args[0]:
            self.deadly.pop(0)
            self.is_dead = True
        if self.is_dead:
            future.set_exception(BrokenExecutor())
        else:
            future.set_result(work(*args))
        return future


def first(items: Sequence[int]) -> list[str]:
    return [f"first {item}" for item in items]


def again(items: Sequence[int]) -> list[str]:
    return [f"again {item}" for item in items]


def lost(item: int) -> str:
    return f"lost {item}"


def test_results_come_in_the_order_of_the_items_also_when_the_first_is_the_last_to_be_done() -> None:
    others = Event()

    def work(items: Sequence[int]) -> list[int]:
        if 0 in items:
            assert others.wait(60)
        elif 1 in items:
            others.set()
        return list(items)

    with ThreadPoolExecutor(2) as pool:
        crew = Crew(executor=pool, workers=2)
        found = list(run(work, range(200), crew, again=work, lost=lambda item: item))

    assert found == list(range(200))


def test_what_was_with_a_worker_that_died_is_done_again_item_by_item_and_the_rest_goes_on() -> None:
    deadly = [20]
    crew = Crew(start=lambda: Dying(deadly), workers=1)
    found = list(run(first, range(60), crew, again=again, lost=lost))

    assert [line.split()[1] for line in found] == [str(item) for item in range(60)]
    assert "again 20" in found
    assert found.count("first 59") == 1
    assert not any(line.startswith("lost") for line in found)


def test_an_item_with_which_two_workers_died_is_lost_and_no_other() -> None:
    deadly = [20, 20]
    crew = Crew(start=lambda: Dying(deadly), workers=1)
    found = list(run(first, range(60), crew, again=again, lost=lost))

    assert [line for line in found if line.startswith("lost")] == ["lost 20"]
    assert [line.split()[1] for line in found] == [str(item) for item in range(60)]


def test_chunks_grow_from_one_item_and_never_beyond_the_largest() -> None:
    sizes: list[int] = []

    def work(items: Sequence[int]) -> list[int]:
        sizes.append(len(items))
        return list(items)

    assert list(run(work, range(3000), Crew(), again=work, lost=lambda item: item, chunk=50)) == list(range(3000))
    assert (sizes[0], max(sizes)) == (1, 50)


def test_an_error_of_the_work_ends_the_run_and_what_waits_is_not_begun() -> None:
    begun: list[int] = []

    def work(items: Sequence[int]) -> list[int]:
        begun.extend(items)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        list(run(work, range(3000), Crew(), again=work, lost=lambda item: item))
    assert begun == [0]


def test_an_executor_that_is_gone_and_never_answers_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(Executor):
        def submit(self, work: Callable[..., Any], /, *_: Any, **__: Any) -> Future[Any]:
            assert work is first
            return Future[Any]()

    monkeypatch.setattr("dicom_overlay.cli.run._PATIENCE", 0.01)
    answers = [True, True, False]
    crew = Crew(executor=Gone(), is_there=lambda: answers.pop(0))
    with fails_with("invalid-request"):
        list(run(first, [1], crew, again=again, lost=lost))
    assert answers == []

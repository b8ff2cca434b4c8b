"""Progress on standard error: a bar on a terminal, a few lines elsewhere. The bar is imported late."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final, TextIO

from mig.cli.terminal import Terminal
from mig.engine.progress import Event, Listener
from mig.model.counted import counted

_OF_CHANGES: Final = {
    "rows-written": "",
    "job-starting": "starting the registration job: ",
    "job-progress": "",
    "job-failed": "the registration job failed: ",
}


@contextmanager
def progress(
    terminal: Terminal, *, events: Path | None, run_id: str, clock: Callable[[], datetime]
) -> Iterator[Listener]:
    """A listener that shows progress and, when asked, writes each event as a line of JSON."""
    with ExitStack() as stack:
        listeners: list[Listener] = [
            stack.enter_context(_bar(terminal)) if terminal.bars else lines(terminal)
        ]
        if events is not None:
            listeners.append(stack.enter_context(_event_file(events, run_id, clock)))

        def tell(event: Event) -> None:
            for listener in list(listeners):
                try:
                    listener(event)
                except OSError as error:  # a full disk or a closed pipe is no reason to stop a run
                    listeners.remove(listener)
                    terminal.note(f"Progress can no longer be written: {error}")

        yield tell


def lines(terminal: Terminal) -> Listener:
    """A listener that writes a line for what a person should know; what is as it was is not said again."""
    said = ""

    def tell(event: Event) -> None:
        nonlocal said
        if event.event == "run-started":
            terminal.note(f"Applying {counted(event.total, 'change')} (run {event.detail}).")
        elif event.event == "lock-taken-over":
            terminal.note("The last run ended without releasing the lock; this one has taken it over.")
        elif event.event == "lock-not-released":
            terminal.note(f"The lock could not be released and ends with its lease: {event.detail}")
        elif event.event in {"change-failed", "change-skipped"}:
            terminal.note(f"{event.address} {event.action}: {event.event.removeprefix('change-')}")
        elif (line := _under_way(event)) and line != said:
            said = line
            terminal.note(line)

    return tell


def _under_way(event: Event) -> str:
    """What goes on for a while, in words; empty for any other event."""
    if event.event == "waiting":
        return f"Waiting for the service: {event.detail}."
    return _of_change(event) if event.event in _OF_CHANGES else ""


def _of_change(event: Event) -> str:
    """`event.spring: started …`, `event.spring: 120 of 400, 500 an hour, about 34 minutes left`."""
    return f"{event.address}: {_OF_CHANGES[event.event]}{event.detail}"


@contextmanager
def _bar(terminal: Terminal) -> Iterator[Listener]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("applying", total=None)

        def tell(event: Event) -> None:
            if event.event == "waiting":
                bar.update(task, description=f"waiting for {event.detail}")
            elif event.event in ("job-progress", "rows-written"):
                bar.update(task, description=_of_change(event))
            elif event.event in _OF_CHANGES:
                bar.console.print(_of_change(event), markup=False, highlight=False)
            else:
                bar.update(task, description="applying", completed=event.done, total=event.total or None)

        yield tell


@contextmanager
def _event_file(path: Path, run_id: str, clock: Callable[[], datetime]) -> Iterator[Listener]:
    with ExitStack() as stack:
        file = path.open("w", encoding="utf-8")
        stack.callback(_close, file)

        def tell(event: Event) -> None:
            document = {
                "format_version": 1,
                "time": clock().isoformat(timespec="seconds"),
                "run_id": run_id,
                "event": event.event,
                "address": event.address or None,
                "action": event.action or None,
                "detail": event.detail or None,
                "done": event.done,
                "total": event.total,
            }
            file.write(json.dumps(document, ensure_ascii=False) + "\n")
            file.flush()

        yield tell


def _close(file: TextIO) -> None:
    """What could not be written was told when it was tried; closing tries it once more."""
    with suppress(OSError):
        file.close()

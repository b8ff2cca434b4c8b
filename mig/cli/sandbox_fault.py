"""`mig sandbox fault`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mig.cli.options import home_option

if TYPE_CHECKING:
    from mig.sandbox.faults import Kept
    from mig.sandbox.spec import Deed, Fault


def _deed(text: str) -> Deed:
    """What a fault does."""
    from mig.sandbox.spec import Deed

    if text not in list(Deed):
        raise click.BadParameter(f"{text!r} is none of {', '.join(Deed)}")
    return Deed(text)


@click.command("fault")
@click.argument("name")
@click.option("--on", help='At which requests: a method or *, and a path with *, as in "POST */$batch".')
@click.option("--do", type=_deed, help="What happens to them, as in throttle.")
@click.option("--nth", type=click.IntRange(1), help="Only to the nth of them.")
@click.option("--every", type=click.IntRange(1), help="To every nth of them.")
@click.option("--probability", type=click.FloatRange(0, 1, min_open=True), help="To this share of them.")
@click.option("--seed", type=click.IntRange(0), help="Another seed draws others.")
@click.option("--clear", is_flag=True, help="Take all faults of the sandbox away.")
@home_option
def command(*, name: str, clear: bool, home: Path | None, **options: Any) -> int:
    """Add a fault to the sandbox NAME, also while it is served; without options list them.

    Faults of one sandbox are met in order; the first that strikes a request decides.
    """
    from mig.cli.session import home_of
    from mig.model.counted import counted
    from mig.model.outcome import Exit
    from mig.sandbox import faults
    from mig.sandbox.worlds import Worlds

    given = {option: value for option, value in options.items() if value is not None}
    if clear and given:
        raise click.UsageError(f"--clear stands alone; leave --{next(iter(given))} out")
    fault = _fault(**given) if given else None
    with Worlds(home_of(home)).open(name) as world:
        if clear:
            click.echo(f"Took {counted(faults.clear(world), 'fault')} away from {name}.")
            return Exit.DONE
        if fault:
            faults.add(world, fault)
        for one in faults.kept(world):
            click.echo(_line(one))
    return Exit.DONE


def _fault(on: str = "", do: Deed | None = None, seed: int | None = None, **often: Any) -> Fault:
    from mig.sandbox.faults import METHODS, is_request
    from mig.sandbox.spec import Fault

    if not is_request(on):
        raise click.UsageError(
            f'--on takes a method ({", ".join(METHODS)}), a blank and a path: "POST */$batch"'
        )
    if do is None:
        raise click.UsageError("--do is missing: what happens to these requests")
    if len(often) > 1:
        raise click.UsageError(f"{' and '.join(f'--{name}' for name in often)} exclude each other; keep one")
    if seed is not None and "probability" not in often:
        raise click.UsageError("--seed draws the requests of --probability; give both")
    return Fault(on, do, seed=seed or 0, **often)


def _line(one: Kept) -> str:
    fault = one.fault
    often = {"nth": fault.nth, "every": fault.every, "probability": fault.probability}
    told = "".join(f"  {name} {value}" for name, value in often.items() if value is not None)
    return f"{fault.on}  {fault.do}{told}  (met {one.met}, struck {one.struck})"

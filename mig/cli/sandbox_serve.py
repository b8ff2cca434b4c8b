"""`mig sandbox serve`."""

from __future__ import annotations

import re
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from mig.cli.durations import duration
from mig.cli.options import format_option, home_option

if TYPE_CHECKING:
    from mig.sandbox.limits import Limits
    from mig.sandbox.tls import Tls
    from mig.sandbox.world import World

_LIMITS: Final = re.compile(r"([1-9]\d{0,8})/(.+)")


def _limits(text: str) -> Limits | None:
    """`default` (the service's own numbers), `off`, or requests in a window; work keeps its proportion."""
    from mig.sandbox.limits import Limits

    if text in ("default", "off"):
        return Limits() if text == "default" else None
    found = _LIMITS.fullmatch(text)
    window = duration(found[2]) if found else 0.0
    if not found or not window:
        raise click.BadParameter(f"{text!r} is neither default, nor off, nor requests in a time: 600/30s")
    return Limits(requests=int(found[1]), window=window)


@click.command("serve")
@click.argument("name")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="0 takes a free one.", show_default=True
)
@click.option("--speed", type=click.FloatRange(0.001), default=1.0, help="How fast its clock runs.")
@click.option("--tls", "with_tls", is_flag=True, help="https, by a throw-away authority, and sign-in.")
@click.option("--latency", type=duration, default="0s", help="How long a request is on its way.")
@click.option("--row-time", type=duration, default="0s", help="How long an operation takes the server.")
@click.option(
    "--dop-hint", type=click.IntRange(1, 1000), default=4, help="What it recommends to send at once."
)
@click.option(
    "--limits",
    type=_limits,
    default="default",
    metavar="off|default|N/TIME",
    help="What one user may ask: 6000/300s by default.",
)
@click.option(
    "--log",
    "log_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a JSON line a request to this file.",
)
@home_option
@format_option
def command(
    *,
    name: str,
    port: int,
    speed: float,
    with_tls: bool,
    latency: float,
    row_time: float,
    dop_hint: int,
    limits: Limits | None,
    log_file: Path | None,
    home: Path | None,
    output: str,
) -> int:
    """Serve the sandbox NAME on this machine until interrupted."""
    from mig.cli.session import home_of
    from mig.model.outcome import Exit
    from mig.sandbox.conditions import Conditions
    from mig.sandbox.requestlog import lines_to
    from mig.sandbox.serve import serve
    from mig.sandbox.tls import throwaway_tls
    from mig.sandbox.worlds import Worlds

    with ExitStack() as stack:
        world = stack.enter_context(Worlds(home_of(home)).open(name))
        log = lines_to(stack.enter_context(log_file.open("a", encoding="utf-8"))) if log_file else None
        tls = stack.enter_context(throwaway_tls()) if with_tls else None

        def ready(url: str) -> None:
            click.echo(_as_json(url, world, tls) if output == "json" else _as_text(url, world, tls))

        conditions = Conditions(latency=latency, row_time=row_time, dop_hint=dop_hint, limits=limits)
        serve(world, port, ready, speed=speed, conditions=conditions, tls=tls, log=log)
    return Exit.DONE


def _as_json(url: str, world: World, tls: Tls | None) -> str:
    """The line of design §13, and how to sign in where one can."""
    import json

    from mig.sandbox.events import endpoint

    told: dict[str, Any] = {
        "format_version": 1,
        "url": url,
        "token": world.token,
        "ca": str(tls.ca) if tls else None,
        "events": {"endpoint": endpoint(url, world), "token": world.events_token},
    }
    if tls:
        told["sign_in"] = _sign_in(url, world)
    return json.dumps(told)


def _as_text(url: str, world: World, tls: Tls | None) -> str:
    lines = [f"Serving {world.name} on {url}", f"Token: {world.token}"]
    if tls:
        lines.append(f"Certificate authority: {tls.ca}")
        lines += [f"{name.replace('_', ' ').capitalize()}: {it}" for name, it in _sign_in(url, world).items()]
    return "\n".join([*lines, "Ctrl-C ends it."])


def _sign_in(url: str, world: World) -> dict[str, str]:
    from mig.sandbox.authority import client_secret
    from mig.sandbox.signin import tenant

    return {
        "authority": url,
        "tenant": tenant(world),
        "client_id": world.application,
        "client_secret": client_secret(world),
    }

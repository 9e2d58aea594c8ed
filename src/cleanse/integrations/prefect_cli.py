"""Lets `prefect deployment run cleanse` find a deployment by its bare name. Loaded by Prefect's entry point, never by us.

Prefect's client takes `FLOW/DEPLOYMENT` only. Its start-up hook (entry-point group `prefect.plugins`, switched on by
`[tool.prefect.plugins]` in pyproject.toml) wraps one public method of the client: a name without a slash is looked up
among the deployments and spelt out. Where Prefect has changed so that this does not hold, it is left as it is, with a line
that says so; the long spelling is Prefect's own and always works.
"""

from __future__ import annotations

import functools
import inspect
import sys
from typing import TYPE_CHECKING, Any

from prefect.plugins import register_hook

if TYPE_CHECKING:
    from prefect.plugins import HookContext

METHOD = "read_deployment_by_name"  # of Prefect's client
COMMANDS = ("deployment", "deployments")


@register_hook
def setup_environment(*, ctx: HookContext) -> None:
    """Wrap the client's look-up for `prefect deployment …`; Prefect calls this where a project switches plug-ins on."""
    if not set(sys.argv[1:2]) & set(COMMANDS):
        return
    try:
        from prefect.client.orchestration import PrefectClient

        take_bare_names(PrefectClient)
    except (ImportError, AttributeError, TypeError) as error:
        ctx.logger_factory("cleanse").warning(
            "Prefect %s is not as this version of cleanse knows it (%s): spell deployments as FLOW/DEPLOYMENT,"
            " as in `prefect deployment run cleanse/cleanse`.",
            ctx.prefect_version,
            error,
        )


def take_bare_names(client: type[Any]) -> None:
    """Wrap the client's look-up by name. Raises AttributeError or TypeError where the client is not as expected."""
    known = getattr(client, METHOD)
    if not (inspect.iscoroutinefunction(known) and list(inspect.signature(known).parameters) == ["self", "name"]):
        raise TypeError(f"{METHOD}{inspect.signature(known)}")
    if "deployment_filter" not in inspect.signature(client.read_deployments).parameters:
        raise TypeError("read_deployments has no deployment_filter")

    @functools.wraps(known)
    async def read_deployment_by_name(self: Any, name: str) -> Any:
        return await known(self, name if "/" in name else await spell_out(self, name))

    setattr(client, METHOD, read_deployment_by_name)


async def spell_out(client: Any, name: str) -> str:
    """Return the full name of the one deployment that is called so. Ends the program with a line where there are several."""
    from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterName

    wanted = DeploymentFilter(name=DeploymentFilterName(any_=[name]))
    found = [
        f"{(await client.read_flow(one.flow_id)).name}/{one.name}"
        for one in await client.read_deployments(deployment_filter=wanted)
    ]
    if len(found) > 1:
        raise SystemExit(f"Several deployments are called {name!r}. Use one of: {', '.join(sorted(found))}.")
    return found[0] if found else f"{name}/{name}"  # which Prefect will say is not there

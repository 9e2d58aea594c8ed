"""Let `prefect deployment run cleanse` find a deployment by its bare name. Prefect loads this by its entry point.

Prefect's client accepts only `FLOW/DEPLOYMENT`. Its start-up hook (entry-point group `prefect.plugins`, switched on by
`[tool.prefect.plugins]` in pyproject.toml) wraps one public method of the client: a name without a slash is looked up
among the deployments and completed. If Prefect has changed so that this does not work, the client is left as it is and
a warning says so; the full name is Prefect's own spelling and always works.
"""

from __future__ import annotations

import functools
import inspect
import sys
from typing import TYPE_CHECKING, Any

from prefect.plugins import register_hook

if TYPE_CHECKING:
    from prefect.plugins import HookContext

METHOD = "read_deployment_by_name"  # the method of Prefect's client that is wrapped
COMMANDS = ("deployment", "deployments")


@register_hook
def setup_environment(*, ctx: HookContext) -> None:
    """Wrap the client's look-up for `prefect deployment …`. Prefect calls this where a project switches plug-ins on."""
    if not set(sys.argv[1:2]) & set(COMMANDS):
        return
    try:
        from prefect.client.orchestration import PrefectClient

        take_bare_names(PrefectClient)
    except (ImportError, AttributeError, TypeError) as error:
        ctx.logger_factory("cleanse").warning(
            "Prefect %s differs from what this version of cleanse expects (%s). Name deployments as FLOW/DEPLOYMENT,"
            " as in `prefect deployment run cleanse/cleanse`.",
            ctx.prefect_version,
            error,
        )


def take_bare_names(client: type[Any]) -> None:
    """Wrap the client's look-up by name. Raises AttributeError or TypeError if the client is not as expected."""
    original = getattr(client, METHOD)
    if not (inspect.iscoroutinefunction(original) and list(inspect.signature(original).parameters) == ["self", "name"]):
        raise TypeError(f"{METHOD}{inspect.signature(original)}")
    if "deployment_filter" not in inspect.signature(client.read_deployments).parameters:
        raise TypeError("read_deployments has no deployment_filter")

    @functools.wraps(original)
    async def read_deployment_by_name(self: Any, name: str) -> Any:
        return await original(self, name if "/" in name else await spell_out(self, name))

    setattr(client, METHOD, read_deployment_by_name)


async def spell_out(client: Any, name: str) -> str:
    """Return the full name of the only deployment with this name. Ends the program with a message if there are several.

    Args:
        client: Prefect's client.
        name: The bare name.
    """
    from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterName

    wanted = DeploymentFilter(name=DeploymentFilterName(any_=[name]))
    full_names = [
        f"{(await client.read_flow(one.flow_id)).name}/{one.name}"
        for one in await client.read_deployments(deployment_filter=wanted)
    ]
    if len(full_names) > 1:
        raise SystemExit(f"Several deployments are called {name!r}. Use one of: {', '.join(sorted(full_names))}.")
    return full_names[0] if full_names else f"{name}/{name}"  # Prefect reports that there is no such deployment

"""Every way to sign in by its name in the manifest, save `token`, which is given with its token."""

from collections.abc import Callable, Mapping
from typing import Final

from mig.dataverse.sign_in.application import federated, with_certificate, with_secret
from mig.dataverse.sign_in.asked import Asked
from mig.dataverse.sign_in.azure_cli import AzureCli
from mig.dataverse.sign_in.managed_identity import ManagedIdentity
from mig.dataverse.sign_in.person import device_code, interactive
from mig.dataverse.tokens import Way

WAYS: Final[Mapping[str, Callable[[Asked], Way]]] = {
    "client-secret": with_secret,
    "certificate": with_certificate,
    "federated": federated,
    "interactive": interactive,
    "device-code": device_code,
    "managed-identity": ManagedIdentity,
    "azure-cli": AzureCli,
}
_FOR_A_SECRET: Final = ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")


def usual(variables: Mapping[str, str]) -> str:
    """The method where the manifest names none: a secret when its variables are set, else the Azure CLI."""
    return "client-secret" if all(map(variables.get, _FOR_A_SECRET)) else "azure-cli"

"""Which cloud an organisation is in (reference/dataverse-web-api.md 1.1)."""

import pytest

from mig.dataverse.clouds import authority_of, resource_of
from mig.dataverse.sign_in.asked import Asked

PUBLIC = "https://login.microsoftonline.com"


@pytest.mark.parametrize(
    ("host", "authority"),
    [
        ("contoso.crm.dynamics.com", PUBLIC),
        ("contoso.crm4.dynamics.com", PUBLIC),
        ("Contoso.CRM9.Dynamics.com", PUBLIC),  # GCC
        ("contoso.crm.microsoftdynamics.us", "https://login.microsoftonline.us"),
        ("contoso.crm.appsplatform.us", "https://login.microsoftonline.us"),
        ("contoso.crm.dynamics.cn", "https://login.chinacloudapi.cn"),
        ("crm.contoso.example", PUBLIC),
        ("contoso.crm.dynamics.com.elsewhere.example", PUBLIC),
    ],
)
def test_the_host_tells(host: str, authority: str) -> None:
    assert authority_of(f"https://{host}/") == authority


@pytest.mark.parametrize("named", ["https://login.example", "https://login.example/", "login.example"])
def test_what_is_named_comes_first(named: str) -> None:
    variables = {"AZURE_AUTHORITY_HOST": named}
    asked = Asked("azure-cli", "there", "https://contoso.crm.dynamics.cn", variables, print, lambda: 0.0)
    assert asked.authority == "https://login.example"


@pytest.mark.parametrize("url", ["https://Contoso.crm4.dynamics.com", "https://contoso.crm4.dynamics.com/"])
def test_a_token_is_for_the_bare_url(url: str) -> None:
    assert resource_of(url) == "https://contoso.crm4.dynamics.com"

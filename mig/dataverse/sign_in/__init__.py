"""Ways to sign in: by MSAL, by the Azure CLI, with a given token. They block; `tokens` calls them aside."""

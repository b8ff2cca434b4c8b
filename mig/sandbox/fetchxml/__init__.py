"""FetchXML over GET: `/contacts?fetchXml=<fetch>…</fetch>` (dataverse-web-api.md 3.3)."""

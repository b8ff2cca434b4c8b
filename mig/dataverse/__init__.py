"""The Dataverse Web API client: requests, batches, paging, errors, metadata. Knows no segment, no event."""

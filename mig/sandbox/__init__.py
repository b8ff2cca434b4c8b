"""The embedded Dataverse: a function from request to response over one SQLite file a world.

It speaks the slice of the Web API that `mig` and real clients use, with the service's own errors, and refuses
everything else as "not emulated". It shares no code with the client, or both could be wrong together.
"""

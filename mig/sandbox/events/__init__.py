"""The events service: the events endpoint, and the job that copies registrations from event to event."""

from mig.sandbox.events.jobs import settle
from mig.sandbox.events.service import endpoint, handle, serves

__all__ = ["endpoint", "handle", "serves", "settle"]

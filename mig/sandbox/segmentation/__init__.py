"""The segmentation service: publishing, stopping, static groups, refresh and expiry over the clock, members.

How long the real service takes, and how it words its refusals, is not public; where this package had to
assume something, it says so.
"""

from mig.sandbox.segmentation.asking import members_of

__all__ = ["members_of"]

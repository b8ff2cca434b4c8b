"""The segmentation service, as far as the sandbox has it: publishing, computing over the clock, members.

How long the real service takes, and how it words its refusals, is not public; where this package had to
assume something, it says so.
"""

from mig.sandbox.segmentation.references import members_of

__all__ = ["members_of"]

"""`mig`: Terraform for one move, from outbound marketing to real-time journeys."""

from typing import Final

__version__: Final = "0.1.0"

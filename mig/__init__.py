"""`mig`: Terraform for one move, from outbound marketing to real-time journeys."""

__version__ = "0.1.0"

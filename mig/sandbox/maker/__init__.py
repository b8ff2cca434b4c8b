"""The world maker: a believable organisation out of a seed. Pure; it reads only its own data files."""

from mig.sandbox.maker.make import NOW, make_world

__all__ = ["NOW", "make_world"]

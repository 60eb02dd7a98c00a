"""How far along is everything, and when will it be done? Start reading at daemon.py."""

__version__ = "0.1.0"

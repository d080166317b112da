"""Matinee: private video streaming that anyone can own."""

__version__ = "0.1.0"

"""Bulk re-trigger of failed Adobe Experience Platform dataflow runs, from a reviewed spec."""

__version__ = "0.1.0"

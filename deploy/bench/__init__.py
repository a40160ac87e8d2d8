"""Measurements of the whole, each printed by one command."""

"""Rehearsals: code proves that it survives interruptions before it serves."""

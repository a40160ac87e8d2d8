"""Waits for what never comes."""

import threading


def run(inputs, output):
    threading.Event().wait()

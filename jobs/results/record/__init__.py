"""The run record: how a result was made, for programs and as a paragraph for people."""

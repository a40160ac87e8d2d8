"""Says of itself that it is done, in the file by which the node does."""

import json


def run(inputs, output):
    directory = output.parent.parent
    (directory / "end.7.json").write_text(json.dumps({"reason": "done"}))
    (output / "result").write_text("done")

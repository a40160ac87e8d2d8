"""Writes its state over the old one, so that a kill leaves half of it."""

import json
import time


def run(inputs, output, checkpoint):
    state = checkpoint / "state.json"
    done = json.loads(state.read_text()) if state.exists() else []
    for number in range(len(done), 4):
        time.sleep(0.02)
        done.append(number)
        save(state, json.dumps(done, indent=8))
    (output / "done").write_text(json.dumps(done))


def save(path, text):
    with path.open("w") as file:
        for character in text:
            file.write(character)
            file.flush()
            time.sleep(0.01)

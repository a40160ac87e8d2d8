"""Names its results as people write."""


def run(inputs, output):
    for name in ("Größe.txt", "результат.txt", "結果.txt", "my result.txt", "-v", "a/b/c"):
        (output / name).parent.mkdir(parents=True, exist_ok=True)
        (output / name).write_text(name)

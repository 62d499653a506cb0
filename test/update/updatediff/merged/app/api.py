def predict(rows):
    return list(rows)  # mine


def health():
    return "fine"

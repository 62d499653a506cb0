def predict(rows):
    return list(rows)


def health():
    return "fine"

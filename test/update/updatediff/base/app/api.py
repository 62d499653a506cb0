def predict(rows):
    return rows


def health():
    return "ok"

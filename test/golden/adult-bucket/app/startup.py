"""What happens before the first request: all modules are imported, and the model is loaded.

The cloud's adapter imports this before anything else, so that the framework is imported here, by a
function with room on the stack. Python keeps the frames of calls in chunks of 16 KB; where calls
nest up to the edge of one, each call beyond it takes a chunk from the system and gives it back. To
import scikit-learn, that can be 38,000 times: a quarter of a cold start. A frame that needs a large
chunk leaves room in it for all the calls below.
"""

import contextlib

# In words of 8 bytes. The chunk is the next power of two, 512 KB, and half of it is to spare.
FRAME = 33_000


def imported() -> None:
    from app import store

    store.begin()
    from app import routes  # noqa: F401


def ready() -> None:
    """Load the model; if that fails, store.py logs it, and the next call tries again."""
    from app import routes
    from app.store import ModelUnavailable

    with contextlib.suppress(ModelUnavailable):
        routes.start()


imported.__code__ = imported.__code__.replace(co_stacksize=FRAME)
ready.__code__ = ready.__code__.replace(co_stacksize=FRAME)
imported()

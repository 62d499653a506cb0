"""Yours: what the model file names and Keras does not know: layers, activations, functions.

The file holds their names and settings, never their code. Put the classes here, or import them from
modules beside app/, each under the name that is in the file (`package>Name` if it was registered):

    @keras.saving.register_keras_serializable(package="games")
    class Scale(keras.layers.Layer):
        ...

    CUSTOM_OBJECTS = {"games>Scale": Scale}

Losses, metrics and optimisers are not loaded: a service does not train.
"""

from typing import Any

CUSTOM_OBJECTS: dict[str, Any] = {}

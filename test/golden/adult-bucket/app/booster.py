"""A Booster that is quick with one row: LightGBM's C API has a call of its own for that.

In:  a float64 array (n, features).
Out: what Booster.predict answers.

Its Python package does not offer the call: the library and the Booster's handle are private there.
Should a release rename them, importing this or loading the model fails, and every test with it.
"""

import ctypes
import weakref
from typing import Any

import lightgbm
import numpy as np
from lightgbm.basic import _safe_call
from lightgbm.libpath import _LIB

# LightGBM's c_api.h: C_API_PREDICT_NORMAL, C_API_DTYPE_FLOAT64.
NORMAL, FLOAT64 = 0, 1

_numbers = ctypes.POINTER(ctypes.c_double)
_handle = ctypes.POINTER(ctypes.c_void_p)
_prepare = _LIB["LGBM_BoosterPredictForMatSingleRowFastInit"]
_prepare.argtypes = [ctypes.c_void_p, *[ctypes.c_int] * 5, ctypes.c_char_p, _handle]
_predict = _LIB["LGBM_BoosterPredictForMatSingleRowFast"]
_predict.argtypes = [ctypes.c_void_p, _numbers, ctypes.POINTER(ctypes.c_int64), _numbers]


class FastBooster:
    """Safe to call from several threads: LightGBM has a lock for what is prepared."""

    def __init__(self, booster: lightgbm.Booster) -> None:
        self.booster = booster
        width, best = booster.num_feature(), booster.best_iteration
        # An answer for one row shows how many numbers there are, and in which shape.
        self._shape = self._of_batch(np.zeros((1, width))).shape
        self._row = ctypes.c_double * width
        self._answer = ctypes.c_double * self._shape[-1]
        self._prepared = ctypes.c_void_p()
        how = NORMAL, 0, best, FLOAT64, width, b"num_threads=1"
        _safe_call(_prepare(booster._handle, *how, self._prepared))
        weakref.finalize(self, _LIB["LGBM_FastConfigFree"], self._prepared)

    def predict(self, table: np.ndarray) -> Any:
        if len(table) != 1:
            return self._of_batch(table)
        answer = np.empty(self._shape)
        # from_buffer refuses an array that is too short.
        row, numbers = self._row.from_buffer(table), self._answer.from_buffer(answer)
        _safe_call(_predict(self._prepared, row, ctypes.c_int64(), numbers))
        return answer

    def _of_batch(self, table: np.ndarray) -> Any:
        # A few rows are too little work to share; threads that wait for it only cost.
        return self.booster.predict(table, num_threads=1)

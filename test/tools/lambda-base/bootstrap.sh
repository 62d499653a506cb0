#!/bin/sh
# /var/runtime/bootstrap: the runtime client with the function first on the import path.
export PYTHONPATH="$LAMBDA_TASK_ROOT:/opt/python:$LAMBDA_RUNTIME_DIR"
exec /var/lang/bin/python -m awslambdaric "$_HANDLER"

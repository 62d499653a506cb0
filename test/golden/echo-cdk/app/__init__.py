"""The service: a request comes in, goes down this list, and its answer comes back up.

    handler.py    the cloud's event -> Request; Response -> what the cloud expects
    api.py        finds the route; errors, the log line; knows no cloud
    routes.py     what can be asked for: a message comes back
    request.py    what is asked, and the JSON in it

    openapi.py    GET /schema
    problem.py    errors as documents
    log.py        one JSON object per line

There is no model yet: this proves that everything around one works.
"""

NAME = "echo-cdk"

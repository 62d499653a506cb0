"""moto's server, which keeps what Lambda is told of the log and of snapshots as well: moto_server.py --host H --port P."""

import sys

from moto.awslambda.models import LambdaFunction
from moto.server import main

get_configuration = LambdaFunction.get_configuration
update_configuration = LambdaFunction.update_configuration
create = LambdaFunction.__init__


def created(self, spec, **others):
    self.kept = {name: spec[name] for name in ("LoggingConfig", "SnapStart") if name in spec}
    create(self, spec=spec, **others)


def updated(self, config):
    self.kept = self.kept | {name: config[name] for name in ("LoggingConfig", "SnapStart") if name in config}
    return update_configuration(self, config)


def configuration(self, *args, **kwargs):
    found = get_configuration(self, *args, **kwargs) | getattr(self, "kept", {})
    # AWS says nothing of an image whose entry point is its own.
    if not any(found.get("ImageConfigResponse", {}).get("ImageConfig", {}).values()):
        found.pop("ImageConfigResponse", None)
    return found


LambdaFunction.__init__ = created
LambdaFunction.update_configuration = updated
LambdaFunction.get_configuration = configuration
main(sys.argv[1:])

"""moto's server, in which stacks come up from a template in a bucket, SAM's too: moto_stacks.py --host H --port P."""

import json
import sys
from urllib.parse import urlparse

import moto.cloudformation.responses
from moto.cloudformation.models import ChangeSet, CloudFormationBackend
from moto.s3.models import s3_backends
from moto.server import main
from translate_sam import translated

validate = CloudFormationBackend.validate_template
apply = ChangeSet.apply
create_change_set = CloudFormationBackend.create_change_set


def template_at(url, account_id, partition):
    """The bucket stands in the path, whatever the host is called."""
    bucket, _, key = urlparse(url).path.lstrip("/").partition("/")
    return s3_backends[account_id][partition].get_object(bucket, key).value.decode()


def errors_in(self, template):
    """AWS itself knows no warnings."""
    return [match for match in validate(self, template) if match.rule.id.startswith("E")]


def prepared(self, *, template, parameters, **others):
    """AWS runs SAM's own program on a template that says `Transform`."""
    if "Transform: AWS::Serverless" in template:
        template = json.dumps(translated(template, parameters))
    return create_change_set(self, template=template, parameters=parameters, **others)


def applied(self):
    """A stack that was changed has the outputs of its new template."""
    apply(self)
    self.stack.template_dict = self.template_dict
    self.stack.output_map = self.stack._create_output_map()


ChangeSet.apply = applied
CloudFormationBackend.create_change_set = prepared
moto.cloudformation.responses.get_stack_from_s3_url = template_at
CloudFormationBackend.validate_template = errors_in
main(sys.argv[1:])

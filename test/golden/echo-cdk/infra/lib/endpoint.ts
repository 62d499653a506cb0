import { Stack } from "aws-cdk-lib";
import * as api from "aws-cdk-lib/aws-apigateway";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { acknowledge } from "./acknowledge";

/** A REST API before the function. */
export class Endpoint extends Construct {
  readonly url: string;
  readonly curl: string;

  constructor(scope: Construct, id: string, target: IFunction) {
    super(scope, id);
    const { region, stackName, urlSuffix } = Stack.of(this);
    // ANY on / and on everything below: whatever is asked reaches the function, which answers unknown paths itself.
    const rest = new api.LambdaRestApi(this, "Api", {
      restApiName: stackName,
      handler: target,
      integrationOptions: { allowTestInvoke: false, scopePermissionToMethod: false },
      endpointTypes: [api.EndpointType.REGIONAL],
      // A role for the whole account, which other APIs may share: not this stack's to make.
      cloudWatchRole: false,
      defaultMethodOptions: { authorizationType: api.AuthorizationType.IAM },
      deployOptions: {
        stageName: "prod",
      },
    });

    // CDK's own output says less than Url.
    rest.node.tryRemoveChild("Endpoint");
    this.url = `https://${rest.restApiId}.execute-api.${region}.${urlSuffix}/prod/predict`;
    this.curl = `curl ${this.url} -H 'content-type: application/json' -d @events/direct.json` +
      ` --aws-sigv4 aws:amz:${region}:execute-api --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"` +
      ` -H "x-amz-security-token: $AWS_SESSION_TOKEN"`;
    acknowledge(rest, "AwsSolutions-APIG1", "The function writes a line for each request to its own log.");
    acknowledge(rest, "AwsSolutions-APIG2", "The function checks requests and lists every problem.");
    acknowledge(rest, "AwsSolutions-APIG3", "A firewall costs by the month: yours to add.");
    acknowledge(rest, "AwsSolutions-APIG4", "Calls are signed; a browser cannot sign its OPTIONS.");
    acknowledge(rest, "AwsSolutions-APIG6", "The function writes a line for each request to its own log.");
    acknowledge(rest, "AwsSolutions-COG4", "Callers are known by their signature.");
  }
}

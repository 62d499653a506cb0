import { CfnOutput, Duration, RemovalPolicy, Size, Stack, StackProps, Tags } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as lambda from "aws-cdk-lib/aws-lambda";
import * as logs from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { acknowledge } from "./acknowledge";
import { Alarms } from "./alarms";
import { Endpoint } from "./endpoint";

export interface ServiceProps extends StackProps {
  /** `production`, or what is tried out beside it. */
  readonly stage: string;
  /** The file that `make package` built and checked. */
  readonly zip: string;
  /** SNS topic that is told when an alarm goes off; empty tells nobody. */
  readonly alarmTopicArn?: string;
}

/** The function, its endpoint, its role, its log and its alarms. */
export class Service extends Stack {
  constructor(scope: Construct, id: string, props: ServiceProps) {
    super(scope, id, props);
    Tags.of(this).add("project", "echo-cdk");
    Tags.of(this).add("stage", props.stage);

    const log = new logs.LogGroup(this, "PredictLogs", {
      logGroupName: `/aws/lambda/${this.stackName}`,
      retention: 30,
      removalPolicy: RemovalPolicy.DESTROY,
    });

    const role = new iam.Role(this, "PredictRole", {
      description: "What the function may do, and nothing else.",
      assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com"),
      inlinePolicies: {
        "write-own-log": new iam.PolicyDocument({
          statements: [
            new iam.PolicyStatement({
              actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
              resources: [log.logGroupArn],
            }),
          ],
        }),
      },
    });

    const predict = new lambda.Function(this, "Predict", {
      runtime: lambda.Runtime.PYTHON_3_13,
      handler: "app.handler.handler",
      code: lambda.Code.fromAsset(props.zip),
      // Must be what the packages were installed for: wheels hold machine code.
      architecture: lambda.Architecture.X86_64,
      // CPU grows with memory: 1769 MB is one full core.
      memorySize: 256,
      // Below the 29 s of the REST API: otherwise the client sees the gateway's 504 and the call is paid all the same.
      timeout: Duration.seconds(28),
      // The only place that can be written to: /tmp.
      ephemeralStorageSize: Size.mebibytes(512),
      role,
      logGroup: log,
      loggingFormat: lambda.LoggingFormat.JSON,
      environment: {
        // Starting threads costs a third of the import and wins nothing on one core.
        OPENBLAS_NUM_THREADS: "1",
        // Libraries that keep a cache in the home directory find one they may write to.
        HOME: "/tmp",
        STAGE: props.stage,
      },
    });
    acknowledge(predict, "AwsSolutions-L1", "The Python that the model's packages were installed and tested for.");

    // What is called is the alias `live` of the newest version: each deployment that changes anything publishes one,
    // and takes the last one away once the alias has moved.
    const live = new lambda.Alias(this, "Live", {
      aliasName: "live",
      version: predict.currentVersion,
      // One instance is always loaded. A second call at the same time still meets a cold start.
      provisionedConcurrentExecutions: 1,
    });

    const endpoint = new Endpoint(this, "Endpoint", live);

    new Alarms(this, "Alarms", {
      functionName: predict.functionName,
      log,
      topicArn: props.alarmTopicArn ?? "",
    });

    new CfnOutput(this, "Url", {
      description: "Where messages are sent to (POST).",
      value: endpoint.url,
    });
    new CfnOutput(this, "Curl", {
      description: "One call, to be typed in the project's folder.",
      value: endpoint.curl,
    });
    new CfnOutput(this, "FunctionName", {
      description: "The function's name, for `aws lambda invoke`.",
      value: `${predict.functionName}:live`,
    });
    new CfnOutput(this, "FunctionArn", {
      description: "The function's ARN, for permissions.",
      value: live.functionArn,
    });
    new CfnOutput(this, "RoleArn", {
      description: "The role that the function runs with.",
      value: role.roleArn,
    });
  }
}

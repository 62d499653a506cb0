import { existsSync } from "node:fs";
import { App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { Service } from "../lib/service";

const app = new App();
// `make deploy STAGE=staging` makes a stack of its own beside that of production.
const stage: string = app.node.tryGetContext("stage") ?? "production";
// `make destroy` needs nothing that was built: anything stands in for it.
const destroying = app.node.tryGetContext("destroying") === "true";
// `cdk` runs this file in the folder of cdk.json.
const built = "../dist/function.zip";
const zip = destroying && !existsSync(built) ? "../app" : built;

new Service(app, stage === "production" ? "echo-cdk" : `echo-cdk-${stage}`, {
  description: "Answers with what it was sent",
  env: { region: "us-east-1" },
  stage,
  zip,
  alarmTopicArn: app.node.tryGetContext("alarm-topic"),
});

// What is wrong by AWS's own rules ends `cdk synth` with an error. What does not apply is acknowledged where it is, with a reason.
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));

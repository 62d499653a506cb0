import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { App, Validations } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { AwsSolutionsChecks } from "cdk-nag";
import { Service } from "../lib/service";

/** What CloudFormation would get. A finding of AWS's own rules throws. */
function synthesised(stage = "production", alarmTopicArn = ""): Template {
  const app = new App();
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const zip = join(mkdtempSync(join(tmpdir(), "zip-")), "function.zip");
  writeFileSync(zip, "");
  const env = { region: "us-east-1" };
  return Template.fromStack(new Service(app, "tried", { env, stage, zip, alarmTopicArn }));
}

const template = synthesised();

test("the function is what its packages need", () => {
  template.hasResourceProperties("AWS::Lambda::Function", {
    Runtime: "python3.13",
    Handler: "app.handler.handler",
    Architectures: ["x86_64"],
    MemorySize: 256,
    Timeout: 28,
    EphemeralStorage: { Size: 512 },
    LoggingConfig: { LogFormat: "JSON" },
    Environment: { Variables: { STAGE: "production" } },
  });
});

test("its role may do no more than it needs", () => {
  const roles = Object.values(template.findResources("AWS::IAM::Role")).map(({ Properties }) => Properties);
  assert.deepEqual(roles.flatMap((role) => role.ManagedPolicyArns ?? []), []);
  const policies = [
    ...roles.flatMap((role) => role.Policies),
    ...Object.values(template.findResources("AWS::IAM::Policy")).map(({ Properties }) => Properties),
  ];
  const statements = policies.flatMap((policy) => policy.PolicyDocument.Statement);
  assert.deepEqual(statements.flatMap((statement) => statement.Action).sort(), [
    "logs:CreateLogStream",
    "logs:PutLogEvents",
  ]);
});

test("alarms tell the topic where there is one", () => {
  template.resourceCountIs("AWS::CloudWatch::Alarm", 5);
  template.allResourcesProperties("AWS::CloudWatch::Alarm", { TreatMissingData: "notBreaching" });
  const topic = "arn:aws:sns:us-east-1:123456789012:alarms";
  synthesised("production", topic).allResourcesProperties("AWS::CloudWatch::Alarm", { AlarmActions: [topic] });
});

test("a stage is told to the function, and written on what it is made of", () => {
  const staging = synthesised("staging");
  staging.hasResourceProperties("AWS::Lambda::Function", {
    Environment: { Variables: { STAGE: "staging" } },
    Tags: [
      { Key: "project", Value: "echo-cdk" },
      { Key: "stage", Value: "staging" },
    ],
  });
});

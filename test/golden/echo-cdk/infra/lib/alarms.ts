import { Duration, Stack } from "aws-cdk-lib";
import { Alarm, AlarmProps, ComparisonOperator, Metric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { FilterPattern, ILogGroup, MetricFilter } from "aws-cdk-lib/aws-logs";
import { Topic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";

export interface AlarmsProps {
  readonly functionName: string;
  readonly log: ILogGroup;
  /** Empty: nobody is told. */
  readonly topicArn: string;
}

/** What goes off when the service fails, turns callers away or becomes slow. */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, { functionName, log, topicArn }: AlarmsProps) {
    super(scope, id);
    const { stackName } = Stack.of(this);
    const actions = topicArn === "" ? [] : [new SnsAction(Topic.fromTopicArn(this, "Topic", topicArn))];
    const add = (name: string, props: AlarmProps): void => {
      const alarm = new Alarm(this, name, { treatMissingData: TreatMissingData.NOT_BREACHING, ...props });
      alarm.addAlarmAction(...actions);
    };

    // A failure that was caught and answered is none for Lambda: the log knows it.
    new MetricFilter(this, "FailedCalls", {
      logGroup: log,
      filterPattern: FilterPattern.literal("{ $.status >= 500 }"),
      metricNamespace: stackName,
      metricName: "FailedCalls",
      metricValue: "1",
    });

    add("FailureAlarm", {
      alarmDescription: "The function failed, ran out of memory or out of time.",
      metric: new Metric({
        namespace: "AWS/Lambda",
        metricName: "Errors",
        dimensionsMap: { FunctionName: functionName },
        statistic: "Sum",
        period: Duration.seconds(60),
      }),
      evaluationPeriods: 1,
      threshold: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    });

    add("FailedCallsAlarm", {
      alarmDescription: "The function answered 5xx, which is no error for Lambda itself.",
      metric: new Metric({
        namespace: stackName,
        metricName: "FailedCalls",
        statistic: "Sum",
        period: Duration.seconds(60),
      }),
      evaluationPeriods: 1,
      threshold: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    });

    add("ServerErrorAlarm", {
      alarmDescription: "Callers were answered 5xx, by the function or by what stands before it.",
      metric: new Metric({
        namespace: "AWS/ApiGateway",
        metricName: "5XXError",
        dimensionsMap: { ApiName: stackName, Stage: "prod" },
        statistic: "Sum",
        period: Duration.seconds(60),
      }),
      evaluationPeriods: 1,
      threshold: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    });

    add("ThrottleAlarm", {
      alarmDescription: "Calls were turned away because the account's concurrency was used up.",
      metric: new Metric({
        namespace: "AWS/Lambda",
        metricName: "Throttles",
        dimensionsMap: { FunctionName: functionName },
        statistic: "Sum",
        period: Duration.seconds(60),
      }),
      evaluationPeriods: 1,
      threshold: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    });

    add("LatencyAlarm", {
      alarmDescription: "One call in a hundred took more than four fifths of the time-out, for a quarter of an hour.",
      metric: new Metric({
        namespace: "AWS/Lambda",
        metricName: "Duration",
        dimensionsMap: { FunctionName: functionName },
        statistic: "p99",
        period: Duration.seconds(300),
      }),
      evaluationPeriods: 3,
      // Milliseconds.
      threshold: 22400,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    });
  }
}

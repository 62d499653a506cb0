import type { State, StateResource } from './terraform.ts'

type Properties = Record<string, unknown>
type Values = StateResource['values']

/** What Terraform made as the CloudFormation template that would have made it: the fields that systemOf() looks at. */
export function stackOf({ root_module: { resources }, outputs }: State): unknown {
  const log = resources.find(({ type }) => type === 'aws_cloudwatch_log_group')?.values.arn
  const said = JSON.parse(
    JSON.stringify(resources)
      .replaceAll(`${log}:*`, 'AWS::Logs::LogGroup.Arn')
      .replaceAll('arn:aws:s3:::', 'arn:AWS::Partition:s3:::'),
  ) as readonly StateResource[]
  const named: Record<string, unknown> = {}
  for (const { type, address, values } of said) {
    const [Type, propertiesOf] = KINDS[type] ?? []
    if (Type && propertiesOf) named[address] = { Type, Properties: propertiesOf(values, said) }
    // The provider gives this permission with an open URL, and says so nowhere; the policy of the deployed function does.
    if (type === 'aws_lambda_function_url' && values.authorization_type === 'NONE')
      named[`${address} opened`] = {
        Type: 'AWS::Lambda::Permission',
        Properties: { Action: 'lambda:InvokeFunctionUrl', Principal: '*' },
      }
    if (type === 'aws_cloudformation_stack')
      for (const [name, one] of Object.entries<object>(JSON.parse(values.template_body).Resources))
        named[`${address} ${name}`] = one
  }
  return {
    Resources: named,
    Outputs: Object.fromEntries(Object.keys(outputs).map((name) => [camel(name), {}])),
  }
}

function camel(name: string): string {
  return name
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
}

type Kind = readonly [string, (values: Values, all: readonly StateResource[]) => Properties]

const KINDS: Readonly<Record<string, Kind>> = {
  aws_lambda_function: [
    'AWS::Lambda::Function',
    (one) => ({
      PackageType: one.package_type,
      Handler: one.handler ?? undefined,
      Runtime: one.runtime ?? undefined,
      Architectures: one.architectures,
      MemorySize: one.memory_size,
      Timeout: one.timeout,
      EphemeralStorage: { Size: one.ephemeral_storage[0].size },
      Environment: { Variables: one.environment[0].variables },
      TracingConfig: { Mode: one.tracing_config[0]?.mode ?? 'PassThrough' },
      LoggingConfig: { LogFormat: one.logging_config[0].log_format },
      SnapStart: one.snap_start[0] && { ApplyOn: one.snap_start[0].apply_on },
    }),
  ],
  aws_lambda_alias: [
    'AWS::Lambda::Alias',
    ({ name }, all) => ({
      Name: name,
      ProvisionedConcurrencyConfig: all
        .filter(({ type }) => type === 'aws_lambda_provisioned_concurrency_config')
        .map(({ values }) => ({
          ProvisionedConcurrentExecutions: values.provisioned_concurrent_executions,
        }))[0],
    }),
  ],
  aws_iam_role: ['AWS::IAM::Role', () => ({ Policies: [] })],
  aws_iam_role_policy: ['AWS::IAM::Policy', ({ policy }) => ({ PolicyDocument: JSON.parse(policy) })],
  aws_cloudwatch_log_group: [
    'AWS::Logs::LogGroup',
    ({ retention_in_days }) => ({ RetentionInDays: retention_in_days }),
  ],
  aws_cloudwatch_log_metric_filter: [
    'AWS::Logs::MetricFilter',
    ({ pattern, metric_transformation: [{ namespace, name }] }) => ({
      FilterPattern: pattern,
      MetricTransformations: [{ MetricNamespace: namespace, MetricName: name }],
    }),
  ],
  aws_cloudwatch_metric_alarm: [
    'AWS::CloudWatch::Alarm',
    (one) => ({
      AlarmDescription: one.alarm_description,
      Namespace: one.namespace,
      MetricName: one.metric_name,
      Statistic: one.statistic ?? undefined,
      ExtendedStatistic: one.extended_statistic ?? undefined,
      Dimensions: Object.entries(one.dimensions ?? {}).map(([Name, Value]) => ({ Name, Value })),
      Period: one.period,
      EvaluationPeriods: one.evaluation_periods,
      Threshold: one.threshold,
      ComparisonOperator: one.comparison_operator,
      TreatMissingData: one.treat_missing_data,
    }),
  ],
  aws_cloudwatch_event_rule: [
    'AWS::Events::Rule',
    ({ schedule_expression }, all) => ({
      ScheduleExpression: schedule_expression,
      Targets: all
        .filter(({ type }) => type === 'aws_cloudwatch_event_target')
        .map(({ values: { input, retry_policy } }) => ({
          Input: input,
          RetryPolicy: { MaximumRetryAttempts: retry_policy[0].maximum_retry_attempts },
        })),
    }),
  ],
  aws_lambda_permission: [
    'AWS::Lambda::Permission',
    ({ action, principal }) => ({ Action: action, Principal: principal }),
  ],
  aws_lambda_function_url: [
    'AWS::Lambda::Url',
    ({ authorization_type, cors }) => ({ AuthType: authorization_type, Cors: cors[0] && corsOf(cors[0]) }),
  ],
  aws_apigatewayv2_api: [
    'AWS::ApiGatewayV2::Api',
    ({ cors_configuration: [cors] }) => ({ CorsConfiguration: cors && corsOf(cors) }),
  ],
  aws_apigatewayv2_stage: [
    'AWS::ApiGatewayV2::Stage',
    ({ default_route_settings: [bound] }) => ({
      DefaultRouteSettings: bound && {
        ThrottlingRateLimit: bound.throttling_rate_limit,
        ThrottlingBurstLimit: bound.throttling_burst_limit,
      },
    }),
  ],
  aws_apigatewayv2_route: [
    'AWS::ApiGatewayV2::Route',
    ({ route_key, authorization_type }) => ({ RouteKey: route_key, AuthorizationType: authorization_type }),
  ],
  aws_api_gateway_rest_api: [
    'AWS::ApiGateway::RestApi',
    ({ endpoint_configuration: [{ types }], binary_media_types }) => ({
      EndpointConfiguration: { Types: types },
      BinaryMediaTypes: binary_media_types ?? [],
    }),
  ],
  aws_api_gateway_method: [
    'AWS::ApiGateway::Method',
    ({ http_method, authorization, api_key_required, resource_id }, all) => ({
      HttpMethod: http_method,
      AuthorizationType: authorization,
      ApiKeyRequired: api_key_required ?? false,
      ResourceId: all.some(
        ({ type, values }) => type === 'aws_api_gateway_resource' && values.id === resource_id,
      )
        ? 'AWS::ApiGateway::Resource'
        : 'root',
      Integration: {
        IntegrationResponses: all
          .filter(
            ({ type, values }) =>
              type === 'aws_api_gateway_integration_response' &&
              values.resource_id === resource_id &&
              values.http_method === http_method,
          )
          .map(({ values }) => ({ ResponseParameters: values.response_parameters })),
      },
    }),
  ],
  aws_api_gateway_stage: [
    'AWS::ApiGateway::Stage',
    ({ stage_name }, all) => ({
      StageName: stage_name,
      MethodSettings: all
        .filter(({ type }) => type === 'aws_api_gateway_method_settings')
        .map(({ values }) => ({
          ThrottlingRateLimit: values.settings[0].throttling_rate_limit,
          ThrottlingBurstLimit: values.settings[0].throttling_burst_limit,
        })),
    }),
  ],
  aws_api_gateway_usage_plan: [
    'AWS::ApiGateway::UsagePlan',
    ({ throttle_settings: [{ rate_limit, burst_limit }] }) => ({
      Throttle: { RateLimit: rate_limit, BurstLimit: burst_limit },
    }),
  ],
  aws_api_gateway_api_key: ['AWS::ApiGateway::ApiKey', () => ({})],
}

function corsOf(cors: Values): Properties {
  return {
    AllowOrigins: cors.allow_origins,
    AllowMethods: cors.allow_methods,
    AllowHeaders: cors.allow_headers,
    MaxAge: cors.max_age,
  }
}

/** What a stack comes to, whatever tool has written it: two tools that were told the same must come to the same. */
export interface System {
  readonly function: unknown
  readonly role: unknown
  readonly alias: unknown
  readonly logDays: unknown
  readonly alarms: unknown
  readonly failedCalls: unknown
  readonly api: unknown
  readonly url: unknown
  readonly schedule: unknown
  readonly permissions: unknown
  readonly outputs: unknown
}

// biome-ignore lint/suspicious/noExplicitAny: CloudFormation's documents are looked into, field by field
type Any = any

interface Resource {
  readonly id: string
  readonly type: string
  readonly properties: Any
}

/** Our own outputs; a tool may have others. */
const OUTPUTS = ['Url', 'Curl', 'FunctionName', 'FunctionArn', 'RoleArn', 'Bucket']

/** `generate` calls the project, and so the stack, like this. */
const PSEUDO: Readonly<Record<string, string>> = { 'AWS::StackName': 'score' }

/** `template` as CloudFormation gets it. */
export function systemOf(template: Any): System {
  const resources = Object.entries<Any>(template.Resources).map(([id, { Type, Properties = {} }]) => ({
    id,
    type: Type as string,
    properties: plain(Properties, template),
  }))
  const all = (type: string) => resources.filter((one) => one.type === type)
  const [lambda, ...others] = all('AWS::Lambda::Function').map(({ properties }) => properties)
  if (!lambda || others.length > 0) throw new Error('A service is one function.')
  const [role] = all('AWS::IAM::Role').map(({ properties }) => properties)
  const [logs] = all('AWS::Logs::LogGroup').map(({ properties }) => properties)
  const [url] = all('AWS::Lambda::Url').map(({ properties }) => properties)
  const [rule] = all('AWS::Events::Rule').map(({ properties }) => properties)
  return {
    function: {
      package: lambda.PackageType ?? 'Zip',
      handler: lambda.Handler,
      runtime: lambda.Runtime,
      architectures: lambda.Architectures,
      memory: lambda.MemorySize,
      timeout: lambda.Timeout,
      tmp: lambda.EphemeralStorage.Size,
      variables: lambda.Environment.Variables,
      tracing: lambda.TracingConfig?.Mode ?? 'PassThrough',
      logFormat: lambda.LoggingConfig?.LogFormat,
      snapshot: lambda.SnapStart?.ApplyOn,
      ready: propertiesOf(resources, 'AWS::Lambda::Alias').map(
        (one) => one.ProvisionedConcurrencyConfig ?? {},
      ),
    },
    role: [...role.Policies, ...propertiesOf(resources, 'AWS::IAM::Policy')]
      .flatMap(({ PolicyDocument }: Any) => PolicyDocument.Statement)
      .map(({ Effect, Action, Resource }: Any) => `${Effect} ${[Action].flat().sort()} on ${Resource}`)
      .sort(),
    // Not by its name: osls gives it one of its own.
    alias: propertiesOf(resources, 'AWS::Lambda::Alias').map(({ ProvisionedConcurrencyConfig }) => ({
      ready: ProvisionedConcurrencyConfig?.ProvisionedConcurrentExecutions ?? 0,
    })),
    logDays: logs.RetentionInDays,
    alarms: all('AWS::CloudWatch::Alarm')
      .map(({ properties }) => alarmOf(properties))
      .sort(bySaying),
    failedCalls: propertiesOf(resources, 'AWS::Logs::MetricFilter').map((one) => [
      one.FilterPattern,
      one.MetricTransformations[0].MetricName,
    ]),
    api: apiOf(resources),
    url: url && {
      auth: url.AuthType,
      cors: url.Cors && corsOf(url.Cors),
    },
    schedule: rule && {
      expression: rule.ScheduleExpression,
      targets: rule.Targets.map(({ Input, RetryPolicy }: Any) => ({ input: JSON.parse(Input), RetryPolicy })),
    },
    permissions: [
      ...new Set(
        all('AWS::Lambda::Permission').map(
          ({ properties }) => `${properties.Action} ${properties.Principal}`,
        ),
      ),
    ].sort(),
    outputs: Object.keys(template.Outputs)
      .filter((name) => OUTPUTS.includes(name))
      .sort(),
  }
}

/** References to parameters become their defaults, references to resources their kind. */
function plain(value: Any, template: Any): Any {
  if (Array.isArray(value)) return value.map((one) => plain(one, template))
  if (typeof value !== 'object' || value === null) return value
  const named = (name: string) =>
    PSEUDO[name] ?? template.Parameters?.[name]?.Default ?? template.Resources[name]?.Type ?? name
  if ('Ref' in value) return named(value.Ref)
  if ('Fn::GetAtt' in value) {
    const [name = '', attribute] = [value['Fn::GetAtt']].flat().join('.').split('.')
    return `${named(name)}.${attribute}`
  }
  if ('Fn::Join' in value) {
    const [between, parts] = value['Fn::Join']
    return parts.map((part: Any) => plain(part, template)).join(between)
  }
  if ('Fn::Sub' in value && typeof value['Fn::Sub'] === 'string')
    return value['Fn::Sub'].replaceAll(/\$\{([^}]+)\}/g, (_, name) => named(name))
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one, template)]))
}

function alarmOf(properties: Any): unknown {
  const { Namespace, MetricName, Statistic, ExtendedStatistic, Period, EvaluationPeriods } = properties
  return {
    metric: `${Namespace} ${MetricName} ${Statistic ?? ExtendedStatistic}`,
    of: (properties.Dimensions ?? []).map(({ Name }: Any) => Name),
    when: [properties.ComparisonOperator, properties.Threshold, Period, EvaluationPeriods],
    missing: properties.TreatMissingData,
    says: properties.AlarmDescription,
  }
}

function bySaying(a: Any, b: Any): number {
  return a.says < b.says ? -1 : 1
}

function corsOf(cors: Any): unknown {
  return {
    // Sets, for AWS and for Terraform.
    origins: [...(cors.AllowOrigins ?? cors.allowOrigins)].sort(),
    methods: [...(cors.AllowMethods ?? cors.allowMethods)].sort(),
    headers: [...(cors.AllowHeaders ?? cors.allowHeaders)].sort(),
    seconds: cors.MaxAge ?? cors.maxAge,
  }
}

function apiOf(resources: readonly Resource[]): unknown {
  const http = resources.find(({ type }) => type === 'AWS::ApiGatewayV2::Api')
  if (http) return httpApiOf(http, resources)
  const rest = resources.find(({ type }) => type === 'AWS::ApiGateway::RestApi')
  return rest && restApiOf(rest, resources)
}

function httpApiOf({ properties }: Resource, resources: readonly Resource[]): unknown {
  const [stage] = propertiesOf(resources, 'AWS::ApiGatewayV2::Stage')
  const written = propertiesOf(resources, 'AWS::ApiGatewayV2::Route').map(
    ({ RouteKey, AuthorizationType = 'NONE' }) => `${RouteKey} ${AuthorizationType}`,
  )
  const paths = Object.entries<Any>(properties.Body?.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries<Any>(methods).map(([method, { security }]) => {
      const key = path === '$default' ? path : `${method.toUpperCase()} ${path}`
      return `${key} ${isSigned(security) ? 'AWS_IAM' : 'NONE'}`
    }),
  )
  const cors = properties.CorsConfiguration ?? properties.Body?.['x-amazon-apigateway-cors']
  const bound = stage.DefaultRouteSettings
  return {
    // SAM's document says the preflights of CORS twice.
    routes: [...new Set([...written, ...paths])].sort(),
    cors: cors && corsOf(cors),
    throttle: bound?.ThrottlingRateLimit && [bound.ThrottlingRateLimit, bound.ThrottlingBurstLimit],
  }
}

function restApiOf({ properties }: Resource, resources: readonly Resource[]): unknown {
  const paths = Object.entries<Any>(properties.Body?.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries<Any>(methods).map(([method, { security }]) => {
      const named = method === 'x-amazon-apigateway-any-method' ? 'ANY' : method.toUpperCase()
      return `${named} ${path} ${isSigned(security) ? 'AWS_IAM' : 'NONE'}${wantsKey(security) ? ' key' : ''}`
    }),
  )
  const written = propertiesOf(resources, 'AWS::ApiGateway::Method').map((method) => {
    const path = /Resource$/.test(method.ResourceId) ? '/{proxy+}' : '/'
    const key = method.ApiKeyRequired === true ? ' key' : ''
    return `${method.HttpMethod} ${path} ${method.AuthorizationType}${key}`
  })
  const [stage] = propertiesOf(resources, 'AWS::ApiGateway::Stage')
  const [deployment] = propertiesOf(resources, 'AWS::ApiGateway::Deployment')
  const [plan] = propertiesOf(resources, 'AWS::ApiGateway::UsagePlan')
  const settings = (stage?.MethodSettings ?? deployment?.StageDescription?.MethodSettings ?? [])[0]
  const bound = plan?.Throttle ?? {
    RateLimit: settings?.ThrottlingRateLimit,
    BurstLimit: settings?.ThrottlingBurstLimit,
  }
  const media =
    properties.BinaryMediaTypes ?? properties.Body?.['x-amazon-apigateway-binary-media-types'] ?? []
  return {
    routes: [...written, ...paths].sort(),
    where: properties.EndpointConfiguration.Types,
    throttle: [bound.RateLimit, bound.BurstLimit],
    keys: propertiesOf(resources, 'AWS::ApiGateway::ApiKey').length,
    preflights: [
      ...Object.values<Any>(properties.Body?.paths ?? {}).map(
        (methods) =>
          methods.options?.['x-amazon-apigateway-integration'].responses.default.responseParameters,
      ),
      ...propertiesOf(resources, 'AWS::ApiGateway::Method')
        .filter(({ HttpMethod }) => HttpMethod === 'OPTIONS')
        .map(({ Integration }) => Integration.IntegrationResponses[0].ResponseParameters),
    ]
      .filter((found) => found !== undefined)
      .map(preflightOf),
    binary: media.map((type: string) => type.replace('~1', '/')).sort(),
  }
}

/** Tools add headers of their own. */
function preflightOf(parameters: Any): unknown {
  return ['Origin', 'Methods', 'Headers'].map(
    (name) => parameters[`method.response.header.Access-Control-Allow-${name}`],
  )
}

function propertiesOf(resources: readonly Resource[], type: string): Any[] {
  return resources.filter((one) => one.type === type).map(({ properties }) => properties)
}

function isSigned(security: Any[] = []): boolean {
  return security.some((one) => 'AWS_IAM' in one)
}

function wantsKey(security: Any[] = []): boolean {
  return security.some((one) => 'api_key' in one)
}

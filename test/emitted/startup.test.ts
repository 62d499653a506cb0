import { expect, test } from 'vitest'
import { environmentOf } from './environment.ts'
import { flagsFor, generate } from './project.ts'
import { run } from './run.ts'

/** Imports the handler some calls deep, and prints how often memory had to be taken for it. */
const FAULTS = `
import resource, sys

def deep(calls):
    if calls:
        return deep(calls - 1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    import app.handler
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

print(deep(int(sys.argv[1])))
`

test('what a cold start costs does not depend on how deep in calls it begins', async () => {
  const project = await generate('iris-knn.joblib-startup', flagsFor('iris-knn.joblib'))
  const python = await environmentOf(project)
  const faults: number[] = []
  for (const depth of [0, 0, 3, 6, 9, 12])
    faults.push(Number(await run(python, ['-c', FAULTS, String(depth)], { in: project.folder })))
  // The first run compiles to byte code.
  const [, ...counted] = faults
  expect(Math.max(...counted)).toBeLessThan(1.15 * Math.min(...counted))
})

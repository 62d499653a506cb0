import { fact } from './fact.ts'

export type PythonVersion = '3.12' | '3.13'

/** The values of --arch. Wheels and Docker say aarch64 where Lambda says arm64. */
export type Arch = 'x86_64' | 'arm64'

export interface Runtime {
  readonly python: PythonVersion
  /** Month in which Lambda stops patching it. */
  readonly until: string
}

/** Newest first: the first one that the model's framework has wheels for is the default. */
export const runtimes = fact<readonly Runtime[]>(
  [
    { python: '3.13', until: '2029-06' },
    { python: '3.12', until: '2028-10' },
  ],
  {
    source: 'AWS Lambda developer guide, "Lambda runtimes", deprecation dates',
    seen: '2026-08',
    matters:
      '--python; older runtimes are on Amazon Linux 2, whose glibc 2.26 no longer takes current wheels',
  },
)

export const pythonVersions: readonly PythonVersion[] = runtimes.value.map(({ python }) => python)

/** Amazon Linux 2023 has glibc 2.34; today's scientific wheels ask for 2.28, and manylinux2014 alone resolves hardly any of them. */
export function wheelPlatform(arch: Arch): string {
  return `${arch === 'arm64' ? 'aarch64' : 'x86_64'}-manylinux_2_28`
}

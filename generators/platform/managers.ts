import { fact } from './fact.ts'

/** Its lock: what is deployed is installed from it. `all` is a pattern of everything that `make lock` writes. */
export const packageManagers = {
  uv: {
    lock: 'uv.lock',
    all: 'uv.lock',
    setup: 'scripts/uv.py sync',
    relock: 'scripts/uv.py lock --upgrade',
  },
  poetry: {
    lock: 'poetry.lock',
    all: 'poetry.lock',
    setup: 'scripts/packages.py setup',
    relock: 'scripts/packages.py lock',
  },
  pip: {
    lock: 'requirements.txt',
    all: 'requirements*.txt',
    setup: 'scripts/packages.py setup',
    relock: 'scripts/packages.py lock',
  },
} as const

export type PackageManager = keyof typeof packageManagers

export const poetryVersion = fact('2.5.1', {
  source: 'https://pypi.org/project/poetry/#history; [dependency-groups] are read from 2.2 on',
  seen: '2026-11',
  matters: 'the Poetry that makes the lock and the environment',
})

export const poetryExportVersion = fact('1.10.1', {
  source: 'https://pypi.org/project/poetry-plugin-export/#history',
  seen: '2026-11',
  matters: "turns poetry.lock into requirements for another platform's wheels",
})

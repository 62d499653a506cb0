import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { emptyFolder, filesBelow } from '../shell.ts'
import { builtCli } from './pack.ts'

const SLOW_DISK = join(import.meta.dirname, 'slow-disk.cjs')
const NEW = ['svc', '--yes', '--no-git', '--quiet']

/** What a run that nothing disturbs writes. */
let whole: Record<string, string>

beforeAll(() => {
  const cwd = emptyFolder()
  spawnSync(process.execPath, [builtCli, ...NEW], { cwd })
  whole = filesBelow(join(cwd, 'svc'))
  expect(Object.keys(whole).length).toBeGreaterThan(20)
})

function interrupted(cwd: string, signal: NodeJS.Signals, afterMs: number, argv = NEW) {
  return new Promise<number | string | null>((done) => {
    const child = spawn(process.execPath, ['--require', SLOW_DISK, builtCli, ...argv], {
      cwd,
      stdio: 'ignore',
    })
    setTimeout(() => child.kill(signal), afterMs)
    child.on('exit', (code, by) => done(code ?? by))
  })
}

/** Evenly spread over a run, with a little chance so that no two test runs hit the same moments. */
function moments(count: number): number[] {
  return Array.from({ length: count }, (_, index) => ((index + Math.random()) * 500) / count)
}

const ENDINGS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

describe.each(Object.entries(ENDINGS))('%s at any moment', (signal, ending) => {
  test('leaves the whole project, or nothing', async () => {
    const seen = new Set<string>()
    for (const moment of moments(24)) {
      const cwd = emptyFolder()
      const code = await interrupted(cwd, signal as NodeJS.Signals, moment)
      const left = readdirSync(cwd)
      if (left.length === 0) {
        // Before node has started our code, the signal itself ends the process.
        expect([130, ending, signal]).toContain(code)
        seen.add('nothing')
      } else {
        expect(left).toEqual(['svc'])
        expect(filesBelow(join(cwd, 'svc'))).toEqual(whole)
        seen.add('whole')
      }
    }
    expect(seen).toContain('nothing')
  })

  test('leaves a directory that was there as it was, or completes it', async () => {
    for (const moment of moments(12)) {
      const cwd = emptyFolder()
      mkdirSync(join(cwd, 'svc'))
      writeFileSync(join(cwd, 'svc/README.md'), 'mine\n')
      await interrupted(cwd, signal as NodeJS.Signals, moment)
      const files = filesBelow(join(cwd, 'svc'))
      expect(readdirSync(cwd)).toEqual(['svc'])
      if (Object.keys(files).length > 1) {
        const { 'README.md': readme, ...rest } = whole
        expect(files).toEqual({ ...rest, 'README.md': 'mine\n', 'README.md.new': readme })
      } else expect(files).toEqual({ 'README.md': 'mine\n' })
    }
  })
})

test('a killed run leaves at most a dot-folder beside the target, and the next run is not in its way', async () => {
  const endings = new Set<string>()
  for (const moment of moments(30)) {
    const cwd = emptyFolder()
    await interrupted(cwd, 'SIGKILL', moment)
    const left = readdirSync(cwd)
    const remains = left.filter((name) => name !== 'svc')
    expect(remains.every((name) => name.startsWith('.svc-'))).toBe(true)
    if (left.includes('svc')) expect(filesBelow(join(cwd, 'svc'))).toEqual(whole)
    endings.add(left.includes('svc') ? 'whole' : remains.length > 0 ? 'remains' : 'nothing')
    rmSync(join(cwd, 'svc'), { recursive: true, force: true })
    expect(spawnSync(process.execPath, [builtCli, ...NEW], { cwd }).status).toBe(0)
    expect(filesBelow(join(cwd, 'svc'))).toEqual(whole)
  }
  expect(endings).toContain('remains')
})

/** A file system of so many kilobytes, mounted where only this command sees it; `null` where that is not allowed. */
function onSmallDisk(kilobytes: number, command: string, cwd: string) {
  const mount = `mount -t tmpfs -o size=${kilobytes}k,mode=777 tmpfs . && cd "$PWD"`
  const script = `${mount} || exit 99; ${command}; echo "code $?"; find . -mindepth 1 | sort | head -5`
  const root = process.getuid?.() === 0 ? ['--mount'] : ['--mount', '--map-root-user']
  const ran = spawnSync('unshare', [...root, 'sh', '-c', script], { cwd, encoding: 'utf8' })
  return ran.error || ran.status === 99 ? null : ran
}

const canMount = process.platform === 'linux' && onSmallDisk(64, 'true', emptyFolder()) !== null
const run = `'${process.execPath}' '${builtCli}' ${NEW.join(' ')}`

describe.skipIf(!canMount)('a full disk', () => {
  test.each([8, 32, 100, 200, 300, 400])('of %i kB: nothing is left behind', (kilobytes) => {
    const ran = onSmallDisk(kilobytes, run, emptyFolder())
    expect(ran?.stdout).toBe('code 1\n')
    expect(ran?.stderr).toContain('the disk is full')
    expect(ran?.stderr).toContain('Nothing was left behind.')
  })

  test('what was there before stays as it was', () => {
    const ran = onSmallDisk(120, `mkdir svc && echo mine > svc/README.md && ${run}`, emptyFolder())
    expect(ran?.stdout).toBe('code 1\n./svc\n./svc/README.md\n')
  })

  test('a disk that is large enough is', () => {
    const ran = onSmallDisk(4_000, run, emptyFolder())
    expect(ran?.stdout).toContain('code 0\n./svc\n')
  })
})

describe.skipIf(process.platform === 'win32')('a folder that may not be written to', () => {
  const asNobody =
    process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : []
  const command = [...asNobody, process.execPath, builtCli, ...NEW]

  test.skipIf(asNobody.length > 0 && spawnSync('setpriv', ['--version']).error !== undefined).each([
    ['the folder above', '.'],
    ['the target itself', 'svc'],
  ])('%s', (_, folder) => {
    const cwd = emptyFolder()
    mkdirSync(join(cwd, 'svc'))
    if (folder === '.') rmSync(join(cwd, 'svc'), { recursive: true })
    chmodSync(cwd, 0o555)
    if (folder === 'svc') chmodSync(join(cwd, 'svc'), 0o555)
    const [program = '', ...args] = command
    const ran = spawnSync(program, args, { cwd, encoding: 'utf8', env: { PATH: process.env.PATH } })
    expect(ran.status).toBe(1)
    expect(ran.stderr).toContain('permission is denied')
    expect(existsSync(join(cwd, 'svc')) ? readdirSync(join(cwd, 'svc')) : readdirSync(cwd)).toEqual([])
    chmodSync(cwd, 0o755)
  })
})

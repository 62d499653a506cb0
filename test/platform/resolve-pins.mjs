// Does every pin that a project can get resolve, as wheels, for its Python and platform? Asks the package index through uv:
//   node test/platform/resolve-pins.mjs [framework…]
// `--only-binary` is what `make package` does: a source package would be built for the wrong machine.
import { fourAtATime, loadPlatform, pinSets, resolvePins } from '../../build/refresh-facts.mjs'

const only = process.argv.slice(2)
const platform = await loadPlatform()
const { devPins, pythonVersions, storeDevPins, wheelPlatform } = platform

const sets = pinSets(platform, only).map((set) => ({ ...set, platform: wheelPlatform(set.arch) }))
// Its owner tests it on a laptop, too: the newest release of each framework.
const onLaptops = ['aarch64-apple-darwin', 'x86_64-pc-windows-msvc'].flatMap((laptop) =>
  sets
    .filter(({ framework, version, arch, python }) => {
      const [newest] = platform.frameworks[framework].releases
      return version === newest.version && arch === 'x86_64' && python === pythonVersions[0]
    })
    .map((set) => ({ ...set, platform: laptop })),
)
const forOwners = pythonVersions.map((python) => ({
  framework: 'tools of the owner,',
  version: '',
  python,
  platform: wheelPlatform('x86_64'),
  pins: [...devPins(), ...Object.values(storeDevPins).flat()],
}))

let failed = 0
const all = [...new Map([...sets, ...onLaptops, ...forOwners].map((set) => [keyOf(set), set])).values()]
await fourAtATime(all, async (set) => {
  const { problem } = await resolvePins(set.pins, set.python, set.platform)
  if (problem === undefined) return
  failed += 1
  console.log(`${set.framework} ${set.version}, python ${set.python}, ${set.platform}: ${problem}`)
})

// A check that cannot fail proves nothing.
const impossible = await resolvePins(
  [{ name: 'numpy', version: '0.0.1', marker: null }],
  pythonVersions[0],
  wheelPlatform('x86_64'),
)
if (impossible.problem === undefined) {
  failed += 1
  console.log('a version that does not exist was resolved')
}
console.log(`${all.length + 1 - failed} passed, ${failed} failed`)
if (failed > 0) process.exitCode = 1

function keyOf({ pins, python, platform: where }) {
  return JSON.stringify([pins, python, where])
}

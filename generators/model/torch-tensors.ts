import { type Call, isNode, itemsOf, type Value } from './pickle.ts'
import { isCall, shortName } from './sklearn-columns.ts'

/** A tensor in a pickle of torch's: its bytes stand in another member, its shape and type here. */
export interface TorchTensor {
  readonly shape: readonly number[]
  readonly dtype: string
  /** The class of the module that holds it, without what torch.jit mangles into it: `Conv2d`. */
  readonly owner: string
}

const STORAGES: Record<string, string> = {
  FloatStorage: 'float32',
  DoubleStorage: 'float64',
  HalfStorage: 'float16',
  BFloat16Storage: 'bfloat16',
  LongStorage: 'int64',
  IntStorage: 'int32',
  ShortStorage: 'int16',
  CharStorage: 'int8',
  ByteStorage: 'uint8',
  BoolStorage: 'bool',
}

const MOST_NODES = 500_000
const MOST_ENTRIES = 50_000

/** All tensors in the order in which the modules hold them. Each node is visited once. */
export function tensorsIn(root: Value): TorchTensor[] {
  const tensors: TorchTensor[] = []
  const seen = new Set<Value>()
  const waiting: { value: Value; owner: string }[] = [{ value: root, owner: '' }]
  for (let visited = 0; waiting.length > 0 && visited < MOST_NODES; visited++) {
    const { value, owner } = waiting.pop() as { value: Value; owner: string }
    if (!isNode(value) || seen.has(value)) continue
    seen.add(value)
    const tensor = isCall(value) ? tensorOf(value, owner) : null
    if (tensor) tensors.push(tensor)
    else for (const child of childrenOf(value, owner)) waiting.push(child)
  }
  return tensors
}

/** Backwards, since the last one is taken first. */
function childrenOf(value: Value, owner: string): { value: Value; owner: string }[] {
  if (!isNode(value)) return []
  const held = isCall(value) && value.name.startsWith('__torch__.') ? shortName(value) : owner
  const { kind } = value
  const children =
    kind === 'dict'
      ? value.entries
      : isCall(value)
        ? [value.args, value.state ?? null, ...(value.entries ?? []).slice(0, MOST_ENTRIES)]
        : (itemsOf(value) ?? [])
  const nodes = children.slice(0, MOST_ENTRIES).filter(isNode)
  return nodes.map((child) => ({ value: child, owner: held })).reverse()
}

function tensorOf(value: Call, owner: string): TorchTensor | null {
  if (/^torch\._utils\._rebuild_parameter$/.test(value.name)) {
    const inner = itemsOf(value.args)?.[0]
    return isCall(inner) ? tensorOf(inner, owner) : null
  }
  if (!/^torch\._utils\._rebuild_tensor(_v2|_v3)?$/.test(value.name)) return null
  const [storage, , shape] = itemsOf(value.args) ?? []
  const sides = itemsOf(shape)?.filter((side) => typeof side === 'number')
  if (!sides) return null
  return { shape: sides as number[], dtype: STORAGES[storageOf(storage)] ?? 'unknown', owner }
}

/** The persistent id is `('storage', torch.FloatStorage, key, device, count)`. */
function storageOf(value: Value | undefined): string {
  const id = isNode(value) && value.kind === 'persistent' ? itemsOf(value.id) : null
  const type = id?.[1]
  return isNode(type) && type.kind === 'global' ? type.name.slice(type.name.lastIndexOf('.') + 1) : ''
}

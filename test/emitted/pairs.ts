/** What can be chosen: a name and its choices. */
export type Choices = Readonly<Record<string, readonly string[]>>
export type Choice = Readonly<Record<string, string>>

/**
 * A short list of combinations in which every two choices that may go together do so at least once.
 *
 * Greedy: takes each time the allowed combination that holds the most pairs not seen yet, the first of equals.
 */
export function everyPair(choices: Choices, isAllowed: (choice: Choice) => boolean): Choice[] {
  // Numbers, not texts: there are tens of thousands of combinations, and each is counted many times.
  const all = Object.entries(choices).flatMap(([name, values]) => values.map((value) => `${name}=${value}`))
  const numbers = new Map(all.map((one, at) => [one, at]))
  const pairsIn = (choice: Choice) => {
    const each = Object.entries(choice).map(([name, value]) => numbers.get(`${name}=${value}`) as number)
    return Uint16Array.from(
      each.flatMap((one, at) => each.slice(at + 1).map((other) => one * all.length + other)),
    )
  }
  const left = combinations(choices)
    .filter(isAllowed)
    .map((choice) => ({ choice, pairs: pairsIn(choice) }))
  const open = new Uint8Array(all.length ** 2)
  for (const { pairs } of left) for (const pair of pairs) open[pair] = 1
  const news = (pairs: Uint16Array) => pairs.reduce((sum, pair) => sum + (open[pair] as number), 0)
  const taken: Choice[] = []
  while (open.includes(1)) {
    const counted = left.map(({ pairs }) => news(pairs))
    const best = left[counted.indexOf(counted.reduce((a, b) => Math.max(a, b)))]
    for (const pair of best?.pairs ?? []) open[pair] = 0
    if (best) taken.push(best.choice)
  }
  return taken
}

function combinations(choices: Choices): Choice[] {
  return Object.entries(choices).reduce<Choice[]>(
    (found, [name, values]) =>
      found.flatMap((choice) => values.map((value) => ({ ...choice, [name]: value }))),
    [{}],
  )
}

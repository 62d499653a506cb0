/** What can be chosen: a name and its choices. */
export type Choices = Readonly<Record<string, readonly string[]>>
export type Choice = Readonly<Record<string, string>>

/**
 * A short list of combinations in which every two choices that may go together do so at least once.
 *
 * Greedy: takes each time the allowed combination that holds the most pairs not seen yet, the first of equals.
 */
export function everyPair(choices: Choices, isAllowed: (choice: Choice) => boolean): Choice[] {
  const left = combinations(choices).filter(isAllowed)
  const open = new Set(left.flatMap(pairsIn))
  const taken: Choice[] = []
  while (open.size > 0) {
    const counted = left.map((choice) => ({
      choice,
      news: pairsIn(choice).filter((pair) => open.has(pair)).length,
    }))
    const best = counted.reduce((a, b) => (b.news > a.news ? b : a)).choice
    for (const pair of pairsIn(best)) open.delete(pair)
    taken.push(best)
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

function pairsIn(choice: Choice): string[] {
  const each = Object.entries(choice).map(([name, value]) => `${name}=${value}`)
  return each.flatMap((one, index) => each.slice(index + 1).map((other) => `${one} ${other}`))
}

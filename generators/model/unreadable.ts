/**
 * What a reader throws when a file cannot be what it should be. `inspect` turns it into a Failure that names the
 * file: a reader knows what is wrong with the bytes, not where they came from.
 */
export class Unreadable extends Error {
  readonly code: string
  readonly fix: string

  constructor(
    message: string,
    fix = 'Write the model file again, or copy it again.',
    code = 'unreadable-model',
  ) {
    super(message)
    this.name = 'Unreadable'
    this.code = code
    this.fix = fix
  }
}

export function truncated(what: string, wanted: number, left: number): Unreadable {
  return new Unreadable(
    `is damaged or cut off: ${what} claims ${wanted} bytes where ${Math.max(left, 0)} are left`,
  )
}

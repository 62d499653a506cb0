import { defineConfig } from 'vitest/config'

/** The built package, as users get it: packed, installed, run on several versions of Node and in a real terminal. */
export default defineConfig({
  test: {
    reporters: ['default', ['json', { outputFile: '.cache/vitest.json' }]],
    include: ['test/package/**/*.test.ts', 'test/terminal/**/*.test.ts'],
    globalSetup: ['test/package/pack.ts'],
    testTimeout: 120_000,
    hookTimeout: 300_000,
    maxWorkers: 2,
  },
})

import { defineConfig } from 'vitest/config'

/** Generates projects and does with them what their owners will: `bash test/tools/install.sh` comes first. */
export default defineConfig({
  test: {
    include: ['test/emitted/**/*.test.ts'],
    globalSetup: ['test/emitted/what-is-needed.ts'],
    // Each test keeps the processors busy by itself.
    fileParallelism: false,
    maxWorkers: 1,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    reporters: ['default', ['json', { outputFile: process.env.EMITTED_RESULTS ?? '.cache/vitest.json' }]],
  },
})

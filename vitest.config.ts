import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    reporters: ['default', ['json', { outputFile: '.cache/vitest.json' }]],
    include: ['test/**/*.test.ts'],
    exclude: ['test/golden/**', 'test/emitted/**', 'test/package/**', 'test/terminal/**', 'node_modules/**'],
    globalSetup: ['test/compile-templates.ts'],
    testTimeout: 20_000,
  },
})

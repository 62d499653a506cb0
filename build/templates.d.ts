import type { Templates } from '../generators/project/layers.ts'

/** Made by compile-templates.mjs. */
export const templates: Templates

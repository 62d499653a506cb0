export function compileTemplates(): void

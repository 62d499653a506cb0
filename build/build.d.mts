export function build(dist?: string): Promise<import('esbuild').Metafile>

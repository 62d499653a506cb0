export function build(dist?: string): Promise<import('esbuild').BuildResult<{ metafile: true }>[]>

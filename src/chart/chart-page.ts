/** The chart as a page of its own, the SVG inside it. */
import { xmlText } from '../sys/xml-text.ts';

/** `svg` as drawChart makes it. */
export function chartPage(svg: string, title: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${xmlText(title)}</title>
<style>
:root { color-scheme: light dark; background: #fdfcfa; }
@media (prefers-color-scheme: dark) { :root { background: #15171b; } }
body { margin: 0; }
svg { display: block; margin: 0 auto; max-width: 100%; height: auto; }
</style>
</head>
<body>
${svg}</body>
</html>
`;
}

/** Text, axes and grid: the same contrast, over 4 : 1, on white and on the near-black of dark pages. */
export const INK = '#757b83';
/** One per series, told apart by people with a colour vision deficiency too, on light and on dark pages. */
export const SERIES_COLORS = [
  '#3a86c8',
  '#c98a1b',
  '#2a9d6f',
  '#d1495b',
  '#9b6bd3',
  '#6a8a2a',
  '#8a7a50',
] as const;

export interface SvgDocument {
  /** Pixels at the natural size; the image scales to any. */
  readonly width: number;
  readonly height: number;
  /** What a screen reader says, and a browser shows for the whole image. */
  readonly title: string;
  /** The same figures in words, for those who do not see the image. */
  readonly description: string;
}

/** A whole SVG file without outside parts, scripts or fonts. */
export function svgDocument(
  { width, height, title, description }: SvgDocument,
  parts: readonly string[],
): string {
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" width="${width}" height="${height}" ` +
      `viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13" fill="${INK}">`,
    `<title>${escapeXml(title)}</title>`,
    `<desc>${escapeXml(description)}</desc>`,
    ...parts,
    '</svg>',
  ].join('\n')}\n`;
}

export interface RectStyle {
  readonly fill: string;
  /** 0 … 1; 1 by default. */
  readonly opacity?: number;
  /** Shown under the pointer. */
  readonly title?: string;
}

export function rect(
  x: number,
  y: number,
  width: number,
  height: number,
  { fill, opacity = 1, title }: RectStyle,
): string {
  const shape = `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" fill="${fill}"${opacity === 1 ? '' : ` fill-opacity="${opacity}"`}`;
  return title === undefined ? `${shape}/>` : `${shape}><title>${escapeXml(title)}</title></rect>`;
}

export interface LineStyle {
  readonly color?: string;
  readonly opacity?: number;
  readonly width?: number;
}

export function line(
  from: readonly [x: number, y: number],
  to: readonly [x: number, y: number],
  { color = INK, opacity = 1, width = 1 }: LineStyle = {},
): string {
  const ends = `x1="${round(from[0])}" y1="${round(from[1])}" x2="${round(to[0])}" y2="${round(to[1])}"`;
  return `<line ${ends} stroke="${color}" stroke-opacity="${opacity}" stroke-width="${width}"/>`;
}

export function polyline(
  points: readonly (readonly [x: number, y: number])[],
  { color = INK, opacity = 1, width = 2 }: LineStyle = {},
): string {
  const path = points.map(([x, y]) => `${round(x)},${round(y)}`).join(' ');
  return `<polyline points="${path}" fill="none" stroke="${color}" stroke-opacity="${opacity}" stroke-width="${width}"/>`;
}

export function circle(x: number, y: number, radius: number, fill: string): string {
  return `<circle cx="${round(x)}" cy="${round(y)}" r="${radius}" fill="${fill}"/>`;
}

export interface TextStyle {
  readonly anchor?: 'start' | 'middle' | 'end';
  /** Pixels; 13 by default. */
  readonly size?: number;
  readonly color?: string;
  readonly bold?: boolean;
}

/** @param y of the baseline */
export function text(
  x: number,
  y: number,
  content: string,
  { anchor = 'start', size, color, bold = false }: TextStyle = {},
): string {
  const style = [
    anchor === 'start' ? '' : ` text-anchor="${anchor}"`,
    size === undefined ? '' : ` font-size="${size}"`,
    color === undefined ? '' : ` fill="${color}"`,
    bold ? ' font-weight="600"' : '',
  ].join('');
  return `<text x="${round(x)}" y="${round(y)}"${style}>${escapeXml(content)}</text>`;
}

/** Content for an element or an attribute. Characters that XML cannot hold at all become U+FFFD. */
export function escapeXml(content: string): string {
  return content
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd');
}

/** A tenth of a pixel is finer than any screen, and keeps files small. */
function round(value: number): number {
  return Number(value.toFixed(1));
}

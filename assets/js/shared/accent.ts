type Rgb = [number, number, number];

const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [16, 18, 20];
/** The surfaces the accent stands on, from tokens.css. */
const LIGHT: Rgb = [250, 248, 244];
const DARK: Rgb = [32, 37, 44];
/** WCAG AA for text; the margin is for surfaces tinted with the accent itself. */
const READABLE = 4.5;
const ON_TINT = 5.6;

/** Puts the owner's colour (`#rrggbb`) in place of the standard one, as far as it can be read; null: the standard. */
export function applyAccent(hex: string | null): void {
  const style = document.documentElement.style;
  const colours = hex && /^#[0-9a-f]{6}$/i.test(hex) ? coloursFrom(parse(hex)) : {};
  for (const name of NAMES) {
    const colour = colours[name];
    if (colour) style.setProperty(`--own-${name}`, `rgb(${colour.join(" ")})`);
    else style.removeProperty(`--own-${name}`);
  }
}

const NAMES = [
  "accent",
  "accent-ink",
  "accent-text",
  "accent-dark",
  "accent-ink-dark",
  "accent-text-dark",
  "mine-dark",
] as const;

function coloursFrom(own: Rgb): Partial<Record<(typeof NAMES)[number], Rgb>> {
  // 3:1 against the page makes buttons and focus rings visible (WCAG 1.4.11).
  const accent = towards(own, BLACK, (colour) => contrast(colour, LIGHT) >= 3);
  const dark = towards(own, WHITE, (colour) => contrast(colour, DARK) >= READABLE);
  return {
    accent: readableWith(accent, BLACK),
    "accent-ink": inkOn(readableWith(accent, BLACK)),
    "accent-text": towards(own, BLACK, (colour) => contrast(colour, LIGHT) >= ON_TINT),
    "accent-dark": dark,
    "accent-ink-dark": inkOn(dark),
    "accent-text-dark": towards(own, WHITE, (colour) => contrast(colour, DARK) >= ON_TINT),
    "mine-dark": towards(own, BLACK, (colour) => contrast(colour, WHITE) >= 7),
  };
}

/** Mid tones read badly with black and with white; move them until one of the two is readable. */
function readableWith(colour: Rgb, target: Rgb): Rgb {
  return towards(colour, target, (one) => contrast(one, inkOn(one)) >= READABLE);
}

function inkOn(colour: Rgb): Rgb {
  return contrast(colour, WHITE) >= READABLE
    ? WHITE
    : contrast(colour, BLACK) >= contrast(colour, WHITE)
      ? BLACK
      : WHITE;
}

function towards(colour: Rgb, target: Rgb, enough: (colour: Rgb) => boolean): Rgb {
  let mixed = colour;
  for (let share = 0; share <= 1; share += 0.04) {
    mixed = colour.map((part, i) => Math.round(part + ((target[i] ?? 0) - part) * share)) as Rgb;
    if (enough(mixed)) break;
  }
  return mixed;
}

/** WCAG 2 contrast ratio. */
function contrast(a: Rgb, b: Rgb): number {
  const [hi, lo] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (hi + 0.05) / (lo + 0.05);
}

function luminance(rgb: Rgb): number {
  const [r, g, b] = rgb.map((part) => {
    const s = part / 255;
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function parse(hex: string): Rgb {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as Rgb;
}

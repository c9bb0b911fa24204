// Patterns of the overlay, as tiles of 8 × 8 screen pixels: 1 is strong, 0 is faint. Form tells paint from picture where
// colour alone would not.

export const PATTERNS = ["solid", "diagonal", "hatch", "dots", "grid", "checker"] as const;

export type Pattern = (typeof PATTERNS)[number];

export const PATTERN_SIZE = 8;

const RULES: Record<Pattern, (x: number, y: number) => boolean> = {
  solid: () => true,
  diagonal: (x, y) => (x + y) % 8 < 4,
  hatch: (x, y) => (x + y) % 8 < 2 || (x - y + 8) % 8 < 2,
  dots: (x, y) => (x - 3.5) ** 2 + (y - 3.5) ** 2 < 6.5,
  grid: (x, y) => x < 2 || y < 2,
  checker: (x, y) => x < 4 === y < 4,
};

const tiles = new Map<Pattern, Uint8Array>();

export function tileOf(pattern: Pattern): Uint8Array {
  const known = tiles.get(pattern);
  if (known) return known;
  const tile = Uint8Array.from({ length: PATTERN_SIZE * PATTERN_SIZE }, (_, at) =>
    RULES[pattern](at % PATTERN_SIZE, Math.floor(at / PATTERN_SIZE)) ? 1 : 0,
  );
  tiles.set(pattern, tile);
  return tile;
}

/** A seed that nobody chose: 1 to `most`. Zero would let the server pick one that it does not tell. */
export function rollSeed(most: number, random: () => number = secureRandom): number {
  return 1 + Math.floor(random() * most);
}

function secureRandom(): number {
  const [word = 0] = crypto.getRandomValues(new Uint32Array(1));
  return word / 4_294_967_296;
}

/** A typed seed, whole and in range. */
export function fitSeed(typed: number, most: number): number {
  return Math.min(most, Math.max(1, Math.round(typed)));
}

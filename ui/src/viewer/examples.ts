// Prompts to begin with. They are prompts, not words of the page: tags stay English in every language.

export const EXAMPLES = [
  {
    name: "rain",
    prompt:
      "1girl, silver hair, looking back, red scarf, rain, night city, neon reflections, wet asphalt, cinematic lighting",
  },
  {
    name: "valley",
    prompt: "no humans, scenery, valley at dusk, layered hills, low sun, mist, fireflies, painterly, soft light",
  },
  {
    name: "tea",
    prompt:
      "still life, teacup on windowsill, steam, morning light, rain on glass, potted herbs, watercolor, warm colors",
  },
] as const;

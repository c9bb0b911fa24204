import axe from "axe-core";

/** What axe finds in the page. Contrast needs a layout: the Chromium lane looks at it. */
export async function broken(): Promise<string[]> {
  const { violations } = await axe.run(document, { rules: { "color-contrast": { enabled: false } } });
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}

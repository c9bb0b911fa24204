// Words on the screen come from src/i18n, so that they can be translated: none stands in a component's markup.

const LETTER = /\p{L}{2,}/u;
const SPOKEN = new Set([
  "aria-label",
  "aria-description",
  "aria-roledescription",
  "alt",
  "placeholder",
  "title",
  "label",
]);

/** @type {import("eslint").Rule.RuleModule} */
export default {
  meta: {
    type: "problem",
    docs: { description: "disallow words in markup" },
    messages: { baked: "“{{text}}” is baked in: put it into src/i18n/en.ts and call t()." },
    schema: [],
  },
  create(context) {
    /** @param {any} node @param {string} text */
    const report = (node, text) => context.report({ node, messageId: "baked", data: { text: text.trim() } });
    return {
      /** @param {any} node */
      SvelteText(node) {
        if (node.parent?.type === "SvelteStyleElement" || node.parent?.type === "SvelteScriptElement") return;
        if (LETTER.test(node.value)) report(node, node.value);
      },
      /** @param {any} node */
      SvelteAttribute(node) {
        if (!SPOKEN.has(node.key.name)) return;
        for (const part of node.value) {
          const literal = part.type === "SvelteLiteral" ? part.value : stringIn(part.expression);
          if (literal && LETTER.test(literal)) report(part, literal);
        }
      },
      /** @param {any} node */
      SvelteMustacheTag(node) {
        const literal = node.parent?.type === "SvelteElement" ? stringIn(node.expression) : undefined;
        if (literal && LETTER.test(literal)) report(node, literal);
      },
    };
  },
};

/** @param {any} expression */
function stringIn(expression) {
  return expression?.type === "Literal" && typeof expression.value === "string" ? expression.value : undefined;
}

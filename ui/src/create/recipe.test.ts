// Every model of the catalogue against every control of the recipe: it can be used, or it is off and says why, and the
// switch that it offers helps.

import { fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, describe, expect, it } from "vitest";

import { standIn } from "../ipc";
import { ACCOUNT, MockBackend } from "../ipc/mock/backend";
import { catalogue } from "../ipc/mock/catalogue";
import { REQUEST } from "../test/values";
import { Cast } from "./characters/cast.svelte";
import { Draft } from "./draft.svelte";
import { Price } from "./price.svelte";
import Recipe from "./Recipe.svelte";
import { ReferenceDesk } from "./references/desk.svelte";

let backend: MockBackend;
beforeEach(() => {
  backend = new MockBackend();
  standIn(backend);
});

async function draw(model: string): Promise<Draft> {
  const draft = new Draft(catalogue, null);
  await draft.useModel(model);
  const price = new Price();
  price.catalogue = catalogue;
  render(Recipe, {
    draft,
    cast: new Cast(draft),
    references: new ReferenceDesk(draft, () => undefined),
    shownImage: null,
    price,
    account: ACCOUNT,
    shownSeed: null,
    risen: null,
    asking: null,
    ownSizes: [],
    onownsizes: () => undefined,
    ongenerate: () => undefined,
    ondont: () => undefined,
    onnew: () => undefined,
    onstage: () => undefined,
  });
  await fireEvent.click(screen.getByText("Advanced"));
  return draft;
}

const reasonOf = (control: HTMLElement) =>
  document.getElementById(control.getAttribute("aria-describedby") ?? "") ?? document.createElement("p");

type Row = (typeof catalogue.models)[number];

/** What only some models have: how it is found, and by which flag of the catalogue it is on. */
const CONTROLS: [name: string, find: () => HTMLElement, has: (model: Row) => boolean][] = [
  ["Variety+", () => screen.getByRole("switch", { name: "Variety+" }), (model) => model.variety],
  ["Decrisper", () => screen.getByRole("switch", { name: "Decrisper" }), (model) => model.decrisper],
  ["Legacy UC", () => screen.getByRole("switch", { name: "Legacy UC" }), (model) => model.legacyUndesired],
  ["Previews", () => screen.getByRole("switch", { name: "Previews" }), (model) => model.streaming],
  ["Furry", () => screen.getByRole("button", { name: "Furry" }), (model) => model.captions],
  ["Quoted text", () => screen.getByRole("button", { name: "Quoted text" }), (model) => model.captions],
  ["Transparent", () => screen.getByRole("button", { name: "Transparent" }), (model) => model.transparency],
  [
    "Noise schedule",
    () => screen.getByRole("combobox", { name: "Noise schedule" }),
    (model) => model.noiseSchedules.length > 1,
  ],
];

/** What every model has. */
const ALWAYS = [
  () => screen.getByRole("combobox", { name: "Model" }),
  () => screen.getByRole("combobox", { name: "Quality tags" }),
  () => screen.getByRole("combobox", { name: "UC preset" }),
  () => screen.getByRole("combobox", { name: "Sizes" }),
  () => screen.getByRole("spinbutton", { name: "Width" }),
  () => screen.getByRole("spinbutton", { name: "Height" }),
  () => screen.getByRole("slider", { name: "Pictures" }),
  () => screen.getByRole("slider", { name: "Steps" }),
  () => screen.getByRole("slider", { name: "Prompt Guidance" }),
  () => screen.getByRole("slider", { name: "Guidance Rescale" }),
  () => screen.getByRole("combobox", { name: "Sampler" }),
  () => screen.getByRole("spinbutton", { name: "Seed" }),
  () => screen.getByRole("radio", { name: "WebP" }),
  () => screen.getByRole("radio", { name: "Form" }),
];

describe.each(catalogue.models.map((model) => [model.shortName, model] as const))("with %s", (_name, model) => {
  it("every control can be used, or is off and says where it works", async () => {
    await draw(model.id);
    for (const find of ALWAYS) expect(find()).toBeEnabled();
    for (const [name, find, has] of CONTROLS) {
      const control = find();
      if (has(model)) {
        expect(control, name).toBeEnabled();
        expect(control, name).not.toHaveAttribute("aria-describedby");
        continue;
      }
      expect(control, name).toBeDisabled();
      const families = catalogue.models.filter(has).map(({ family }) => family);
      for (const family of families) expect(reasonOf(control), name).toHaveTextContent(family);
      expect(within(reasonOf(control)).getAllByRole("button", { name: /^Use V/ }).length).toBeGreaterThan(0);
    }
  });

  it("SMEA can be chosen where it exists, and nowhere else", async () => {
    await draw(model.id);
    const group = screen.getByRole("radiogroup", { name: "SMEA" });
    for (const name of ["Off", "On", "Dynamic"]) {
      const choice = within(group).getByRole("radio", { name });
      if (model.smea) expect(choice).toBeEnabled();
      else expect(choice).toBeDisabled();
    }
    if (!model.smea) expect(reasonOf(group)).toHaveTextContent(/^Works on V3/);
  });

  it("presets, samplers and schedules that it lacks are listed, off, with where they are", async () => {
    await draw(model.id);
    for (const [list, offered] of [
      ["Quality tags", model.qualityPresets],
      ["UC preset", model.undesiredPresets],
      ["Sampler", model.samplers],
    ] as const) {
      const options = within(screen.getByRole("listbox", { name: list })).getAllByRole("option");
      const off = options.filter((option) => option.getAttribute("aria-disabled") === "true");
      expect(options.length - off.length, list).toBe(offered.length);
      for (const option of off) expect(option).toHaveTextContent(/Works on V/);
    }
  });

  it("starts from values that no dot marks", async () => {
    await draw(model.id);
    expect(screen.queryAllByRole("button", { name: /^Back to/ })).toEqual([]);
  });
});

describe("a switch to where something works", () => {
  it("stays with the kind of the model", async () => {
    const draft = await draw("nai-diffusion-5-curated");
    await fireEvent.click(
      within(reasonOf(screen.getByRole("switch", { name: "Variety+" }))).getByRole("button", {
        name: "Use V4.5 Curated",
      }),
    );
    await waitFor(() => expect(draft.request.model).toBe("nai-diffusion-4-5-curated"));
    expect(screen.getByRole("switch", { name: "Variety+" })).toBeEnabled();
  });

  it("tells what could not stay, and takes it back by one click", async () => {
    const draft = await draw("nai-diffusion-5-full");
    await fireEvent.click(screen.getByRole("button", { name: "Transparent" }));
    await fireEvent.click(
      within(reasonOf(screen.getByRole("switch", { name: "Decrisper" }))).getByRole("button", { name: "Use V3" }),
    );
    expect(await screen.findByText("Transparency is turned off")).toBeVisible();
    await fireEvent.click(screen.getByRole("button", { name: "Undo" }));
    expect(draft.request).toMatchObject({ model: "nai-diffusion-5-full", transparent: true });
    expect(screen.queryByText("Transparency is turned off")).toBeNull();
  });

  it("has a note that can be dismissed", async () => {
    const draft = await draw("nai-diffusion-5-full");
    await fireEvent.click(screen.getByRole("button", { name: "Transparent" }));
    await draft.useModel("nai-diffusion-3");
    await fireEvent.click(await screen.findByRole("button", { name: "Dismiss this note" }));
    expect(screen.queryByText("Transparency is turned off")).toBeNull();
    expect(draft.request.model).toBe("nai-diffusion-3");
  });
});

describe("what a person sets", () => {
  it("stands in the draft, field by field", async () => {
    const draft = await draw("nai-diffusion-3");
    const type = (name: string, value: string) =>
      fireEvent.change(screen.getByRole("spinbutton", { name }), { target: { value } });
    await type("Pictures", "2");
    await type("Steps", "31");
    await type("Prompt Guidance", "6.3");
    await type("Guidance Rescale", "0.42");
    await type("Seed", "77");
    for (const name of ["Variety+", "Decrisper"]) await fireEvent.click(screen.getByRole("switch", { name }));
    for (const name of ["Dynamic", "WebP", "Form"]) await fireEvent.click(screen.getByRole("radio", { name }));
    await fireEvent.click(screen.getByRole("option", { name: "DDIM" }));
    await fireEvent.click(screen.getByRole("option", { name: "Native" }));
    await fireEvent.click(
      within(screen.getByRole("listbox", { name: "UC preset" })).getByRole("option", { name: "Human" }),
    );
    await fireEvent.click(
      within(screen.getByRole("listbox", { name: "Quality tags" })).getByRole("option", { name: "None" }),
    );
    expect(draft.request).toMatchObject({
      samples: 2,
      format: "webp",
      delivery: { stream: true, transport: "multipart" },
      prompt: { quality: "none", undesiredPreset: "humanFocus" },
      sampling: {
        steps: 31,
        guidance: 6.3,
        guidanceRescale: 0.42,
        seed: 77,
        variety: true,
        decrisper: true,
        smea: "dynamic",
        sampler: "ddim_v3",
        noiseSchedule: "native",
      },
    });
  });

  it("is marked where the model has it otherwise, and goes back by the mark or a double click", async () => {
    const draft = await draw("nai-diffusion-5-full");
    draft.edit(({ sampling }) => (sampling.steps = 40));
    await fireEvent.click(await screen.findByRole("button", { name: "Back to 23" }));
    expect(draft.request.sampling.steps).toBe(23);
    draft.edit(({ sampling }) => (sampling.guidance = 3));
    await fireEvent.dblClick(screen.getByRole("slider", { name: "Prompt Guidance" }));
    expect(draft.request.sampling.guidance).toBe(7);
    expect(screen.queryAllByRole("button", { name: /^Back to/ })).toEqual([]);
  });

  it("can be seen as it would be sent", async () => {
    await draw("nai-diffusion-5-full");
    await fireEvent.click(screen.getByRole("button", { name: "More for this draft" }));
    await fireEvent.click(screen.getByRole("menuitem", { name: "Show the request…" }));
    const dialog = screen.getByRole("dialog", { name: "Request" });
    const json = await within(dialog).findByRole("region", { name: "Request" });
    expect(JSON.parse(json.textContent)).toEqual(REQUEST);
  });
});

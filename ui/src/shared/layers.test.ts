import { describe, expect, it } from "vitest";

import { faded, failed, type Layer, type Layers, loaded, NO_LAYERS, show, stack } from "./layers";

const picture = (src: string, of = "job"): Layer => ({ src, of, alt: "" });
const EMPTY: Layers<Layer> = NO_LAYERS;
const seen = (layers: Layers<Layer>) => layers.seen?.src ?? null;

describe("pictures in one place", () => {
  it("are seen only when they are there", () => {
    const loading = show(EMPTY, picture("1"), "job");
    expect(seen(loading)).toBeNull();
    expect(seen(loaded(loading))).toBe("1");
  });

  it("that come faster than they load are skipped, but never all of them", () => {
    let layers = show(EMPTY, picture("1"), "job");
    for (const src of ["2", "3", "4"]) layers = show(layers, picture(src), "job");
    layers = loaded(layers);
    expect(seen(layers)).toBe("1");
    layers = loaded(layers);
    expect(seen(layers)).toBe("4");
  });

  it("of one job fade over each other, and the one below goes when the fade is over", () => {
    const layers = loaded(show(loaded(show(EMPTY, picture("1"), "job")), picture("2"), "job"));
    expect(stack(layers).map(({ picture: { src }, role }) => [src, role])).toEqual([
      ["1", "under"],
      ["2", "seen"],
    ]);
    expect(stack(faded(layers))).toHaveLength(1);
  });

  it("of something else take the place at once, when they are there", () => {
    const first = loaded(show(EMPTY, picture("1", "a"), "a"));
    const loading = show(first, picture("2", "b"), "b");
    expect(seen(loading)).toBe("1");
    expect(stack(loaded(loading)).map(({ picture: { src } }) => src)).toEqual(["2"]);
  });

  it("stay while their job has nothing newer to show, and go when it is another job's turn", () => {
    const layers = loaded(show(EMPTY, picture("1", "a"), "a"));
    expect(seen(show(layers, null, "a"))).toBe("1");
    expect(seen(show(layers, null, "b"))).toBeNull();
  });

  it("that can't be loaded leave what is seen", () => {
    const layers = failed(show(loaded(show(EMPTY, picture("1"), "job")), picture("2"), "job"));
    expect(seen(layers)).toBe("1");
    expect(layers.loading).toBeNull();
  });

  it("asked for twice are loaded once", () => {
    const layers = loaded(show(EMPTY, picture("1"), "job"));
    expect(show(layers, picture("1"), "job")).toBe(layers);
  });

  it("go back to the seen one without loading it again", () => {
    const layers = show(loaded(show(EMPTY, picture("1", "a"), "a")), picture("2", "b"), "b");
    expect(show(layers, picture("1", "a"), "a")).toMatchObject({ seen: { src: "1" }, loading: null });
  });
});

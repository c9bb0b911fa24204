import { fireEvent, render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { debounced } from "./debounce";
import { hasCommandKey, isCommand, isComposing, timeTravel } from "./keys";
import NumberField from "./NumberField.svelte";
import Segmented from "./Segmented.svelte";
import Select from "./Select.svelte";
import Slider from "./Slider.svelte";
import Splitter from "./Splitter.svelte";

describe("a key", () => {
  it("belongs to the input method while it composes", () => {
    expect(isComposing(new KeyboardEvent("keydown", { key: "Enter", isComposing: true }))).toBe(true);
    expect(isComposing(Object.assign(new KeyboardEvent("keydown", { key: "Enter" }), { keyCode: 229 }))).toBe(true);
    expect(isComposing(new KeyboardEvent("keydown", { key: "Enter" }))).toBe(false);
  });

  it("is a command with Ctrl or ⌘ alone", () => {
    expect(isCommand(new KeyboardEvent("keydown", { ctrlKey: true }))).toBe(true);
    expect(isCommand(new KeyboardEvent("keydown", { metaKey: true }))).toBe(true);
    expect(isCommand(new KeyboardEvent("keydown", { ctrlKey: true, altKey: true }))).toBe(false);
    expect(isCommand(new KeyboardEvent("keydown"))).toBe(false);
  });

  it("is called by its own name on a Mac", () => {
    expect(hasCommandKey("MacIntel")).toBe(true);
    expect(hasCommandKey("Linux x86_64")).toBe(false);
  });
});

describe("a debounced call", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("happens once, after the last asking", () => {
    const work = vi.fn();
    const call = debounced(100, work);
    call();
    vi.advanceTimersByTime(60);
    call();
    vi.advanceTimersByTime(60);
    expect(work).not.toHaveBeenCalled();
    vi.advanceTimersByTime(60);
    expect(work).toHaveBeenCalledOnce();
  });

  it("can be had at once, or not at all", () => {
    const work = vi.fn();
    const call = debounced(100, work);
    call.flush();
    expect(work).not.toHaveBeenCalled();
    call();
    call.flush();
    call();
    call.cancel();
    vi.advanceTimersByTime(200);
    expect(work).toHaveBeenCalledOnce();
  });
});

describe("a number field", () => {
  function draw(value: number | null = 23) {
    const oncommit = vi.fn();
    render(NumberField, { label: "Steps", value, min: 1, max: 50, oncommit });
    return { oncommit, field: screen.getByRole<HTMLInputElement>("spinbutton", { name: "Steps" }) };
  }

  it("commits on Enter and on leaving, not while typing", async () => {
    const { oncommit, field } = draw();
    const user = userEvent.setup();
    await user.clear(field);
    await user.type(field, "28");
    expect(oncommit).not.toHaveBeenCalled();
    await user.keyboard("{Enter}");
    expect(oncommit).toHaveBeenCalledWith(28);
  });

  it("takes back what was typed on Escape, and keeps the key to itself", async () => {
    const { oncommit, field } = draw();
    const outside = vi.fn();
    document.addEventListener("keydown", outside);
    field.focus();
    field.value = "99";
    await fireEvent.keyDown(field, { key: "Escape" });
    expect(field.value).toBe("23");
    expect(outside).not.toHaveBeenCalled();
    await fireEvent.keyDown(field, { key: "Escape" });
    expect(outside).toHaveBeenCalledOnce();
    expect(oncommit).not.toHaveBeenCalled();
    document.removeEventListener("keydown", outside);
  });

  it("says when it was emptied", async () => {
    const { oncommit, field } = draw();
    await fireEvent.change(field, { target: { value: "" } });
    expect(oncommit).toHaveBeenCalledWith(null);
  });

  it("shows the value it has, whatever was typed", async () => {
    const { field } = draw();
    await fireEvent.change(field, { target: { value: "9999" } });
    await vi.waitFor(() => expect(field.value).toBe("23"));
  });
});

describe("a slider", () => {
  it.each([
    ["7.34", 7.3],
    ["99", 10],
    ["-1", 0],
  ])("typed as %s is %d", async (typed, value) => {
    const onchange = vi.fn();
    render(Slider, { label: "Prompt Guidance", value: 5, min: 0, max: 10, step: 0.1, onchange });
    await fireEvent.change(screen.getByRole("spinbutton", { name: "Prompt Guidance" }), { target: { value: typed } });
    expect(onchange).toHaveBeenCalledWith(value);
  });
});

describe("a choice of a few", () => {
  it("is a group of radio buttons", async () => {
    const onchange = vi.fn();
    const options = [
      { value: "a", text: "Small" },
      { value: "b", text: "Large" },
    ];
    render(Segmented, { label: "Size", options, value: "a", onchange });
    expect(screen.getByRole("radiogroup", { name: "Size" })).toBeVisible();
    expect(screen.getByRole("radio", { name: "Small" })).toBeChecked();
    await userEvent.click(screen.getByRole("radio", { name: "Large" }));
    expect(onchange).toHaveBeenCalledWith("b");
  });
});

describe("a choice of many", () => {
  const options = [
    { value: "v5", text: "V5 Full", note: "newest" },
    { value: "v45", text: "V4.5 Full" },
    { value: "x", text: "Other" },
  ];

  function draw() {
    const onchange = vi.fn();
    render(Select, { label: "Model", options, value: "v5", onchange });
    return { onchange, box: screen.getByRole("combobox", { name: "Model" }), user: userEvent.setup() };
  }

  it("opens with the arrow key, moves, and chooses with Enter", async () => {
    const { onchange, box, user } = draw();
    box.focus();
    await user.keyboard("{ArrowDown}");
    expect(box).toHaveAttribute("aria-expanded", "true");
    await user.keyboard("{ArrowDown}{Enter}");
    expect(onchange).toHaveBeenCalledWith("v45");
    expect(box).toHaveAttribute("aria-expanded", "false");
    expect(box).toHaveFocus();
  });

  it("finds what begins with the letters typed", async () => {
    const { onchange, box, user } = draw();
    box.focus();
    await user.keyboard("{Enter}o{Enter}");
    expect(onchange).toHaveBeenCalledWith("x");
  });

  it("closes on Escape and changes nothing", async () => {
    const { onchange, box, user } = draw();
    box.focus();
    await user.keyboard("{Enter}{End}{Escape}");
    expect(box).toHaveAttribute("aria-expanded", "false");
    expect(onchange).not.toHaveBeenCalled();
  });

  it("names the option it is at", async () => {
    const { box, user } = draw();
    box.focus();
    await user.keyboard("{Enter}{ArrowDown}");
    const at = document.getElementById(box.getAttribute("aria-activedescendant") ?? "");
    expect(at).toHaveTextContent("V4.5 Full");
  });

  it("is chosen from by pointer", async () => {
    const { onchange, box, user } = draw();
    await user.click(box);
    await user.click(screen.getByRole("option", { name: /V4.5/ }));
    expect(onchange).toHaveBeenCalledWith("v45");
  });
});

describe("the line between columns", () => {
  it.each([
    ["left", "{ArrowRight}", 316],
    ["left", "{ArrowLeft}", 296],
    ["right", "{ArrowLeft}", 316],
  ] as const)("%s of it grows by %s to %d", async (side, key, value) => {
    const onchange = vi.fn();
    render(Splitter, { label: "Width", value: 300, min: 296, max: 480, side, onchange, onreset: vi.fn() });
    screen.getByRole("separator", { name: "Width" }).focus();
    await userEvent.keyboard(key);
    expect(onchange).toHaveBeenCalledWith(value);
  });
});

describe("a wheel over a slider", () => {
  let time = 10_000;

  function draw(value = 5) {
    const onchange = vi.fn();
    render(Slider, { label: "Steps", value, min: 1, max: 50, usual: { value: 23, name: "Back to 23" }, onchange });
    const slider = screen.getByRole("slider", { name: "Steps" });
    /** A turn some time after what was before it; answers whether the page may scroll. */
    const turn = (deltaY: number, after = 1000) => {
      time += after;
      const event = new WheelEvent("wheel", { deltaY, bubbles: true, cancelable: true });
      Object.defineProperty(event, "timeStamp", { value: time });
      return slider.dispatchEvent(event);
    };
    const point = () => {
      const event = new PointerEvent("pointermove", { bubbles: true });
      Object.defineProperty(event, "timeStamp", { value: time });
      slider.dispatchEvent(event);
    };
    return { onchange, slider, turn, point };
  }

  it("turns it where it has the focus", () => {
    const { onchange, slider, turn } = draw();
    slider.focus();
    expect(turn(-100)).toBe(false);
    expect(turn(100)).toBe(false);
    expect(onchange.mock.calls).toEqual([[6], [4]]);
  });

  it("turns it where the pointer has come to rest on it", () => {
    const { onchange, turn, point } = draw();
    point();
    expect(turn(-100)).toBe(false);
    expect(onchange).toHaveBeenCalledWith(6);
  });

  it("goes on scrolling where it was scrolling", () => {
    const { onchange, turn, point } = draw();
    expect(turn(100)).toBe(true);
    point();
    for (let turns = 0; turns < 9; turns++) expect(turn(100, 100)).toBe(true);
    expect(onchange).not.toHaveBeenCalled();
  });

  it("does nothing beyond the ends", () => {
    const { onchange, slider, turn } = draw(50);
    slider.focus();
    turn(-100);
    expect(onchange).not.toHaveBeenCalled();
  });
});

describe("what is put off again and again", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("happens at the latest when it was promised", () => {
    const work = vi.fn();
    const call = debounced(100, work, 250);
    for (let asked = 0; asked < 10; asked++) {
      call();
      vi.advanceTimersByTime(60);
    }
    expect(work).toHaveBeenCalledTimes(2);
  });
});

describe("a key that asks for another time", () => {
  const pressed = (key: string, more: KeyboardEventInit, target: HTMLElement) => {
    const event = new KeyboardEvent("keydown", { key, ...more });
    Object.defineProperty(event, "target", { value: target });
    return timeTravel(event);
  };
  const slider = Object.assign(document.createElement("input"), { type: "range" });

  it.each([
    ["z", { ctrlKey: true }, "undo"],
    ["Z", { ctrlKey: true, shiftKey: true }, "redo"],
    ["y", { metaKey: true }, "redo"],
    ["z", {}, null],
    ["z", { ctrlKey: true, altKey: true }, null],
  ] as const)("%s with %o is %s", (key, more, way) => {
    expect(pressed(key, more, slider)).toBe(way);
  });

  it("is left to a field of text", () => {
    expect(pressed("z", { ctrlKey: true }, document.createElement("textarea"))).toBeNull();
    expect(
      pressed("z", { ctrlKey: true }, Object.assign(document.createElement("input"), { type: "number" })),
    ).toBeNull();
  });
});

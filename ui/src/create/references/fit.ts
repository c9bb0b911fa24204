// The size that a picture asks for: its own where that can be sent, smaller where it is too large, in the same shape.

import type { Limits, Size } from "../../ipc";
import { snapSide, withinArea } from "../size";

/** The nearest valid size of this shape with at most so many pixels. */
export function sizeFor({ width, height }: Size, limits: Limits, mostArea: number): Size {
  const shrink = Math.min(1, Math.sqrt(mostArea / (width * height)));
  const down = (side: number) =>
    Math.max(limits.minSide, Math.floor((side * shrink) / limits.sideStep + 1e-9) * limits.sideStep);
  const near = {
    width: snapSide(width * shrink, limits).value,
    height: snapSide(height * shrink, limits).value,
  };
  if (near.width * near.height <= mostArea) return near;
  const smaller = { width: down(width), height: down(height) };
  return withinArea(smaller, width > height ? "width" : "height", limits);
}

/** How a picture comes into the size of the request. */
export type Fit = "same" | "scaled" | "stretched";

/** Sides that differ by less than this are the same shape. */
const SHAPE = 0.02;

export function fitOf(picture: Size, size: Size): Fit {
  if (picture.width === size.width && picture.height === size.height) return "same";
  const [a, b] = [picture.width / picture.height, size.width / size.height];
  return Math.abs(Math.log(a / b)) <= SHAPE ? "scaled" : "stretched";
}

// A picture for each tool and way.

import AudioLines from "@lucide/svelte/icons/audio-lines";
import Brush from "@lucide/svelte/icons/brush-cleaning";
import Cloud from "@lucide/svelte/icons/cloud";
import Cpu from "@lucide/svelte/icons/cpu";
import MessageSquare from "@lucide/svelte/icons/message-square";
import Palette from "@lucide/svelte/icons/palette";
import PenLine from "@lucide/svelte/icons/pen-line";
import Pencil from "@lucide/svelte/icons/pencil";
import ScanLine from "@lucide/svelte/icons/scan-line";
import Scissors from "@lucide/svelte/icons/scissors";
import Smile from "@lucide/svelte/icons/smile";
import type { Component } from "svelte";

import type { Step } from "../ipc";
import type { ToolKind, Way } from "./steps";

type Icon = Component<{ size?: number; strokeWidth?: number }>;

export const TOOL_ICONS: Record<ToolKind, Icon> = {
  removeBackground: Scissors,
  lineArt: PenLine,
  sketch: Pencil,
  colorize: Palette,
  emotion: Smile,
  declutter: Brush,
  declutterKeepBubbles: MessageSquare,
};

export const WAY_ICONS: Record<Way, Icon> = { novelai: Cloud, waifu2x: Cpu, lanczos: AudioLines };

export function stepIcon(step: Step): Icon {
  switch (step.kind) {
    case "upscale":
      return WAY_ICONS.novelai;
    case "enlarge":
      return WAY_ICONS[step.way.kind];
    case "augment":
      return TOOL_ICONS[step.tool.kind];
    case "annotate":
      return ScanLine;
  }
}

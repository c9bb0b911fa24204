// The characters of the draft as a cast: who they are, who is chosen, and everything that a person does with them. The
// cards and the stage show the same cast.

import { t } from "../../i18n/index.svelte";
import type { Character, GenerateRequest, Position } from "../../ipc";
import { nextPlace, type Placing, settled } from "../../stage/positions";
import type { Draft } from "../draft.svelte";
import { editCharacters, editRequest } from "../edit";
import { completed, fresh, type Key, moved } from "./keys";

export interface Member {
  id: string;
  /** One of the colours of the cast. */
  colour: number;
  index: number;
  character: Character;
  /** The one given by the person, or the place in the list. */
  name: string;
}

export type Kind = "girl" | "boy" | "other";

interface Removed {
  key: Key;
  character: Character;
  index: number;
  name: string;
}

export class Cast {
  readonly draft: Draft;
  #keys: Key[] = $state.raw([]);
  /** Whose card is open and whose marker is lit. */
  chosen: string | null = $state(null);
  /** Who was deleted last, as long as it can be taken back. */
  removed: Removed | null = $state.raw(null);

  readonly members: Member[] = $derived.by(() => {
    const characters = this.draft.request.characters ?? [];
    const keys = completed(this.#keys, characters.length);
    return characters.map((character, index) => {
      const { id, colour } = keys[index] ?? fresh(keys);
      return { id, colour, index, character, name: nameOf(character, index) };
    });
  });
  readonly most: number = $derived.by(() => this.draft.model.maxCharacters);
  /** Null: this model has no places. */
  readonly placing: Placing | null = $derived.by(() => {
    const { positions } = this.draft.model;
    return positions === "none" ? null : positions;
  });
  readonly aiChoice: boolean = $derived.by(() => this.draft.request.aiChoice ?? false);
  readonly full: boolean = $derived.by(() => this.members.length >= this.most);

  constructor(draft: Draft) {
    this.draft = draft;
  }

  find(id: string | null): Member | undefined {
    return this.members.find((member) => member.id === id);
  }

  #change(keys: Key[], change: (characters: Character[], request: GenerateRequest) => void): void {
    editRequest(this.draft, (request) => {
      request.characters ??= [];
      change(request.characters, request);
    });
    this.#keys = keys;
  }

  #settledKeys(): Key[] {
    return this.members.map(({ id, colour }) => ({ id, colour }));
  }

  /** `first` of a cast leaves the places to the model. */
  #insert(character: Character, index: number, key?: Key, first = false): void {
    const keys = this.#settledKeys();
    const own = key ?? fresh(keys);
    this.#change([...keys.slice(0, index), own, ...keys.slice(index)], (characters, request) => {
      characters.splice(index, 0, character);
      if (first) request.aiChoice = true;
    });
    this.chosen = own.id;
  }

  /** A new one at the end, in a place of its own. The first of a cast leaves the places to the model. */
  add(kind: Kind): void {
    if (this.full) return;
    const taken = this.members.flatMap(({ character }) => (character.position ? [character.position] : []));
    const character: Character = {
      prompt: `${kind}, `,
      undesired: this.draft.model.characterUndesired,
      position: this.placing ? nextPlace(taken) : null,
      enabled: true,
    };
    this.removed = null;
    this.#insert(character, this.members.length, undefined, this.members.length === 0);
  }

  duplicate(id: string): void {
    const member = this.find(id);
    if (!member || this.full) return;
    const { character, index } = member;
    const taken = this.members.flatMap((other) => (other.character.position ? [other.character.position] : []));
    const copy = $state.snapshot(character);
    if (copy.name) copy.name = t("characters.copyOf", { name: copy.name });
    this.removed = null;
    this.#insert({ ...copy, position: copy.position && nextPlace(taken) }, index + 1);
  }

  remove(id: string): void {
    const member = this.find(id);
    if (!member) return;
    const { index, colour, name } = member;
    this.removed = { key: { id, colour }, character: $state.snapshot(member.character), index, name };
    const keys = this.#settledKeys().filter((key) => key.id !== id);
    this.#change(keys, (characters) => characters.splice(index, 1));
    if (this.chosen === id) this.chosen = null;
  }

  /** Takes back the last removal. */
  restore(): void {
    const { removed } = this;
    if (!removed) return;
    this.removed = null;
    this.#insert(removed.character, Math.min(removed.index, this.members.length), removed.key);
  }

  move(id: string, to: number): void {
    const from = this.find(id)?.index;
    if (from === undefined || from === to || to < 0 || to >= this.members.length) return;
    this.#change(moved(this.#settledKeys(), from, to), (characters) => {
      const order = moved(characters, from, to);
      characters.splice(0, characters.length, ...order);
    });
  }

  edit(id: string, change: (character: Character) => void, merge?: string): void {
    const index = this.find(id)?.index;
    if (index === undefined) return;
    editCharacters(
      this.draft,
      (characters) => {
        const character = characters[index];
        if (character) change(character);
      },
      merge && `${merge}-${id}`,
    );
  }

  /** Puts one somewhere. Whoever places a character wants the places heeded. */
  place(id: string, position: Position, merge?: string): void {
    const { placing } = this;
    if (!placing) return;
    const index = this.find(id)?.index;
    if (index === undefined) return;
    const change = (request: GenerateRequest) => {
      const character = request.characters?.[index];
      if (character) character.position = settled(position, placing);
      request.aiChoice = false;
    };
    editRequest(this.draft, change, merge && `${merge}-${id}`);
  }

  swap(one: string, other: string): void {
    const [a, b] = [this.find(one), this.find(other)];
    if (!a || !b) return;
    const [there, here] = [a.character.position, b.character.position];
    editCharacters(this.draft, (characters) => {
      const [first, second] = [characters[a.index], characters[b.index]];
      if (!first || !second) return;
      first.position = here && { ...here };
      second.position = there && { ...there };
    });
  }

  letModelPlace(aiChoice: boolean): void {
    editRequest(this.draft, (request) => (request.aiChoice = aiChoice));
  }

  /** Another cast in place of this one. */
  use(characters: readonly Character[], aiChoice: boolean): void {
    this.chosen = null;
    this.removed = null;
    editRequest(this.draft, (request) => {
      request.characters = characters.map((character) => ({ ...character }));
      request.aiChoice = aiChoice;
    });
    this.#keys = [];
  }
}

function nameOf({ name }: Character, index: number): string {
  const given = name?.trim() ?? "";
  return given === "" ? t("characters.nth", { number: index + 1 }) : given;
}

// The folders that the library's pictures lie in: one of its own, and others that the person added where they are.

import { asAppError, type FolderLook, type LibraryFolder, library, listen } from "../../ipc";

export class LibraryFolders {
  list: readonly LibraryFolder[] = $state.raw([]);
  /** What the last look found; null: nobody looked. */
  found: FolderLook | null = $state.raw(null);
  /** Why something could not be done. */
  problem = $state("");
  busy = $state(false);

  /** Folders with pictures that can't be reached now. */
  readonly away: readonly LibraryFolder[] = $derived.by(() =>
    this.list.filter(({ state, pictures }) => state === "unreachable" && pictures > 0),
  );

  /** Reads them and follows what happens to them. Gives the way to stop. */
  follow(): () => void {
    const heard = listen("foldersChanged", (folders) => (this.list = folders));
    void this.read();
    return () => void heard.then((stop) => stop());
  }

  read(): Promise<void> {
    return this.#run(() => library().folders());
  }

  add(): Promise<void> {
    return this.#run(() => library().pickFolder());
  }

  remove(id: number): Promise<void> {
    return this.#run(() => library().removeFolder(id));
  }

  look(): Promise<void> {
    return this.#run(async () => {
      this.found = await library().lookAtFolders();
      return library().folders();
    });
  }

  async #run(work: () => Promise<LibraryFolder[] | null>): Promise<void> {
    this.busy = true;
    this.problem = "";
    this.found = null;
    try {
      this.list = (await work()) ?? this.list;
    } catch (thrown) {
      this.problem = asAppError(thrown).message;
    } finally {
      this.busy = false;
    }
  }
}

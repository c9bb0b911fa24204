/** What the page asked for, in order; a token never stands in it. */
export class MockCalls {
  readonly calls: { name: string; argument: unknown }[] = [];

  protected called(name: string, argument: unknown = null): void {
    this.calls.push({ name, argument: structuredClone(argument) });
  }
}

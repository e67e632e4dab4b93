/** Text that waits to be handed on, in the pieces it came in: taking from its front does not copy what stays. */
export class HeldText {
  #pieces: string[] = [];
  /** The first piece that is not taken yet, and how much of it is. */
  #first = 0;
  #taken = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(piece: string): void {
    if (piece !== "") this.#pieces.push(piece);
    this.#length += piece.length;
  }

  /** At most `length` units from the front. */
  take(length: number): string {
    let text = "";
    while (text.length < length && this.#length > 0) {
      const piece = this.#pieces[this.#first] as string;
      const part = piece.slice(this.#taken, this.#taken + length - text.length);
      text += part;
      this.#taken += part.length;
      this.#length -= part.length;
      if (this.#taken === piece.length) this.#dropFirst();
    }
    return text;
  }

  #dropFirst(): void {
    this.#taken = 0;
    this.#first += 1;
    if (2 * this.#first < this.#pieces.length) return;
    this.#pieces = this.#pieces.slice(this.#first);
    this.#first = 0;
  }
}

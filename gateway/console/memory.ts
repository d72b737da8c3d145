/** What a browser remembers of one person's choices. A browser that keeps nothing forgets them, and no more. */
export function remembered(name: string): string | undefined {
  try {
    return localStorage.getItem(`tebura.${name}`) ?? undefined;
  } catch {
    return undefined;
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`tebura.${name}`, value);
  } catch {
    // It holds for this page, then.
  }
}

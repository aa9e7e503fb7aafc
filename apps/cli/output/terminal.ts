/** Control and direction characters that text from records must not bring into a terminal. */
const unsafe = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** `text` on one line and without power over the terminal: control characters are shown as `\xNN`. */
export function toSafeText(text: string): string {
  return text.replace(unsafe, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** As `toSafeText`, but lines stay lines. */
export function toSafeLines(text: string): string {
  return text.split('\n').map(toSafeText).join('\n');
}

const colours = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 } as const;
export type Colour = keyof typeof colours;

/** Puts text in colours, or leaves it where the output is not for eyes. */
export class Paint {
  constructor(private readonly isOn: boolean) {}

  in(colour: Colour, text: string): string {
    return this.isOn ? `\u001b[${colours[colour]}m${text}\u001b[0m` : text;
  }
}

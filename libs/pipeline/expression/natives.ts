import jsonata from 'jsonata';

/** What JSONata passes to its functions as `this`. */
export interface Focus {
  readonly environment: {
    lookup(name: string): unknown;
    readonly timestamp?: Date;
  };
}

export type Implementation = (this: Focus, ...args: never[]) => unknown;

/** JSONata's own implementations, for the functions that are bounded and then left to it. */
async function native<I extends Implementation>(name: string): Promise<I> {
  const definition: { implementation: I } = await jsonata(`$${name}`).evaluate(undefined);
  return definition.implementation;
}

type Text = string | undefined;

export const pad = await native<(this: Focus, text: Text, width: number, char?: string) => unknown>('pad');
export const join = await native<(this: Focus, texts?: string[], separator?: string) => unknown>('join');
export const replace =
  await native<(this: Focus, text: Text, pattern: unknown, replacement: unknown, limit?: number) => unknown>(
    'replace',
  );
export const string = await native<(this: Focus, value: unknown, isPretty?: boolean) => unknown>('string');
export const clone = await native<(this: Focus, value: unknown) => unknown>('clone');
export const number = await native<(this: Focus, value: unknown) => unknown>('number');
export const sqrt = await native<(this: Focus, value?: number) => unknown>('sqrt');
export const power = await native<(this: Focus, base?: number, exponent?: number) => unknown>('power');
export const formatNumber =
  await native<(this: Focus, value: number | undefined, picture: string, options?: object) => unknown>(
    'formatNumber',
  );
export const formatInteger =
  await native<(this: Focus, value: number | undefined, picture: string) => unknown>('formatInteger');
export const formatBase =
  await native<(this: Focus, value: number | undefined, radix?: number) => unknown>('formatBase');
export const toMillis = await native<(this: Focus, text: Text, picture?: string) => unknown>('toMillis');
export const fromMillis =
  await native<(this: Focus, millis: number | undefined, picture?: string, zone?: string) => unknown>(
    'fromMillis',
  );

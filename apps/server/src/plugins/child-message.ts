/** What a child can be asked. Between the processes go ids, progress and counts, never records. */
export type ChildRequest =
  | { readonly kind: 'list-plugins' }
  | { readonly kind: 'check-profile'; readonly definition: unknown }
  | { readonly kind: 'run'; readonly chunkId: number; readonly token: string };

/** A step as a profile version names it: `use` is `type@version`. */
export interface StepUse {
  readonly use: string;
  readonly name?: string;
  /** JSONata condition: the step is left out for records where it is false. */
  readonly when?: string;
  readonly config: object;
}

/** What a profile version holds. */
export interface ProfileDefinition {
  readonly decode: { readonly use: string; readonly config: object };
  readonly steps: readonly StepUse[];
}

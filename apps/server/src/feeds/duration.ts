const DURATION =
  /^P(?!$)(\d{1,6}Y)?(\d{1,6}M)?(\d{1,6}W)?(\d{1,6}D)?(T(?=\d)(\d{1,6}H)?(\d{1,6}M)?(\d{1,6}S)?)?$/;

/** Whether a text is an ISO 8601 duration, e.g. `P400D` or `PT24H`; `PT0S` only where zero makes sense. */
export function isDuration(text: string, more: { readonly mayBeZero: boolean }): boolean {
  return DURATION.test(text) && (more.mayBeZero || /[1-9]/.test(text));
}

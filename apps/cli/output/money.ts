/** Amounts by currency, as the API gives differences. */
export type Money = Readonly<Record<string, string>>;

/** `{USD: "-12.5"}` as `-12.5 USD`; nothing where no amount changes. */
export function toMoneyText(money: Money): string {
  const amounts = Object.entries(money).map(([currency, amount]) => `${amount} ${currency}`);
  return amounts.length === 0 ? 'none' : amounts.join(', ');
}

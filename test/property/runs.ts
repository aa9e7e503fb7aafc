import fc from 'fast-check';

/** Together with a seed it names one run: `PROPERTY_SEED=7 PROPERTY_PATH=12:0:3 npm run test:property`. */
const PATH = process.env.PROPERTY_PATH;
/** `npm test` runs the same sequences each time; `npm run test:property` others. */
const USUAL_SEED = 492_897_801;
const SEED = Number(
  process.env.PROPERTY_SEED ?? (process.env.PROPERTY_SEQUENCES ? Date.now() % 2 ** 31 : USUAL_SEED),
);
/** How many of a kind; by default what `npm test` has time for. */
const SEQUENCES = Number(process.env.PROPERTY_SEQUENCES ?? 60);
/** Sequences at work at once, each lane with a seed of its own. */
const LANES = PATH === undefined ? 4 : 1;
const MS_A_SEQUENCE = 15_000;
/** Something smaller that fails as well is looked for so long. */
const SHRINK_MS = Number(process.env.PROPERTY_SHRINK_MS ?? 120_000);

/** A test may take so long, with the search for a smaller failure. */
export const timeoutMs = (share: number) => SEQUENCES * share * MS_A_SEQUENCE + 2 * SHRINK_MS;

/**
 * Checks random values in several lanes at once. Where one fails, a smaller one is looked for, and told with its seed.
 * @param share of the sequences that are asked for
 */
export async function forRandom<T>(
  what: string,
  values: fc.Arbitrary<T>,
  share: number,
  check: (value: T) => Promise<void>,
): Promise<void> {
  process.stderr.write(`${what}: PROPERTY_SEED=${SEED}\n`);
  const runs = Math.ceil(SEQUENCES * share);
  let failedLane: number | null = null;
  const lanes = Array.from({ length: LANES }, (_, lane) => lane).filter((lane) => lane < runs);
  const results = await Promise.allSettled(
    lanes.map(async (lane) => {
      let limit = Infinity;
      const property = fc.asyncProperty(values, async (value) => {
        if ((failedLane ?? lane) !== lane) return;
        if (Date.now() > limit) return;
        try {
          await check(value);
        } catch (error) {
          if (failedLane === null) limit = Date.now() + SHRINK_MS;
          failedLane ??= lane;
          if (failedLane === lane) throw error;
        }
      });
      await fc.assert(property, {
        seed: SEED + lane,
        numRuns: Math.ceil((runs - lane) / LANES),
        ...(PATH !== undefined && { path: PATH }),
      });
    }),
  );
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

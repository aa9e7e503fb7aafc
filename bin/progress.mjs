/** Shows what is being done and how long it took; on a terminal the seconds run. */
export async function step(title, work) {
  const begin = Date.now();
  const seconds = (digits) => ((Date.now() - begin) / 1000).toFixed(digits);
  const { isTTY } = process.stdout;
  process.stdout.write(`${title} ...`);
  const clock = isTTY
    ? setInterval(() => process.stdout.write(`\r${title} ... ${seconds(0)} s`), 1000)
    : null;
  try {
    const result = await work();
    process.stdout.write(isTTY ? `\r${title} ... ${seconds(1)} s\n` : ` ${seconds(1)} s\n`);
    return result;
  } catch (error) {
    process.stdout.write(
      isTTY ? `\r${title} ... failed after ${seconds(1)} s\n` : ` failed after ${seconds(1)} s\n`,
    );
    throw error;
  } finally {
    clearInterval(clock);
  }
}

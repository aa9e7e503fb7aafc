/**
 * Joins `o`, the record that a detail `d` of a chunk stands for: one that a correction decided again. Of chunks of what was
 * sent it has nothing, and the detail's own index counts.
 * @param chunk an alias of `chunk`
 */
export const joinDecidedAgain = (chunk: string): string => `
LEFT JOIN LATERAL (
  SELECT p.import_id, p.first_index + (d ->> 0)::int - ${chunk}.first_index - p.starts_at AS index
  FROM origin_places(${chunk}.origins) p
  WHERE p.starts_at <= (d ->> 0)::int - ${chunk}.first_index
    AND p.starts_at + p.last_index - p.first_index >= (d ->> 0)::int - ${chunk}.first_index
) o ON true`;

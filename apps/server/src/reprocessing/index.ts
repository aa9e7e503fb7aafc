export {
  createCorrection,
  lockCorrections,
  type CreatedCorrection,
  type NewCorrection,
  type Operation,
  type Requester,
} from './create-correction.js';
export { onlyImportOf, toPlaces, type Places } from './places.js';

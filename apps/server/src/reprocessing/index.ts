export { recordsOfExceptions } from './chosen-records.js';
export {
  createCorrection,
  type CreatedCorrection,
  type NewCorrection,
  type Operation,
  type Requester,
} from './create-correction.js';
export { evaluate } from './eligible-records.js';
export { onlyImportOf, toPlaces, type Places } from './places.js';
export type { ReprocessRequest } from './reprocess-request.js';
export { OrphansJobModule, ReprocessingModule } from './reprocessing.module.js';
export { ReprocessingService } from './reprocessing.service.js';
export { storeReprocess } from './store-reprocess.js';

export { ConfiguredProfiles, type WrittenProfile } from './configured-profiles.js';
export { ProfileChecks } from './profile-checks.js';
export { ProfileEntity } from './profile.entity.js';
export type { ProfileSummary, ProfileVersion, VersionStatus } from './profile.js';
export { ProfilesModule } from './profiles.module.js';
export { ProfilesService } from './profiles.service.js';

import { ApiProperty } from '@nestjs/swagger';

/** A place where the configuration folder and what is stored differ, because it was changed through the API since. */
export class Drift {
  @ApiProperty({ example: 'feeds/usage-csv.yaml' }) readonly file!: string;
  @ApiProperty({ example: 'timeZone' }) readonly detail!: string;
}

export class ConfigurationView {
  @ApiProperty({ type: [Drift] }) readonly drift!: readonly Drift[];
}

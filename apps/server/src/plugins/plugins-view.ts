import { ApiProperty } from '@nestjs/swagger';
import type { PluginsDescription } from 'feedmill/plugin-host';

type StepType = PluginsDescription['types'][number];
type Failure = PluginsDescription['failures'][number];

const OBJECT = { type: 'object', additionalProperties: true } as const;

export class StepExampleView {
  @ApiProperty() title!: string;
  @ApiProperty(OBJECT) config!: object;
}

/** A step type that profiles may use as `type@version`. */
export class StepTypeView implements StepType {
  @ApiProperty({ example: 'rate-usage' }) type!: string;
  @ApiProperty({ type: 'integer', example: 1 }) version!: number;
  @ApiProperty({ type: 'integer', description: 'Of the plugin contract.' }) pluginApi!: number;
  @ApiProperty() pluginVersion!: string;
  @ApiProperty({ example: 'rate' }) stage!: string;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'What a decode step reads; null for the others.',
  })
  format!: string | null;
  @ApiProperty() title!: string;
  @ApiProperty() description!: string;
  @ApiProperty({ ...OBJECT, description: 'JSON Schema of its config.' })
  configSchema!: StepType['configSchema'];
  @ApiProperty({ type: [StepExampleView] }) examples!: StepExampleView[];
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'What each code that it rejects with means.',
  })
  errorCodes!: Record<string, string>;
  @ApiProperty() folderHash!: string;
}

/** A folder that is no plugin, or none that works. */
export class PluginFailureView implements Failure {
  @ApiProperty() folder!: string;
  @ApiProperty({ required: false, description: 'Where it came as far as its manifest.' }) name?: string;
  @ApiProperty() error!: string;
}

export class PluginsView implements PluginsDescription {
  @ApiProperty({ type: [StepTypeView] }) types!: StepTypeView[];
  @ApiProperty({ type: [PluginFailureView] }) failures!: PluginFailureView[];
}

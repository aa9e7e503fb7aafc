import type { Command } from 'commander';
export function addApplyCommand(_program: Command): void {}

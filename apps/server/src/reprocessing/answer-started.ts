import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { DryReprocessView, ReprocessAnswer } from './reprocess-view.js';

/** Describes a route that begins a reprocessing, or says what it would come to. */
export const ApiReprocessing = () =>
  applyDecorators(
    ApiExtraModels(DryReprocessView),
    ApiResponse({ status: 202, type: ReprocessAnswer }),
    ApiResponse({
      status: 200,
      schema: { $ref: getSchemaPath(DryReprocessView) },
      description: 'Of a dry run.',
    }),
  );

/** Answers with a reprocessing that has begun, and where it is followed. */
export function answerStarted(reply: FastifyReply, answer: ReprocessAnswer): void {
  void reply.header('location', `/api/v1/admin/reprocess/${answer.reprocessId}`).status(202).send(answer);
}

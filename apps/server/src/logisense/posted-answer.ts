/** LogiSense's answer to usage that was taken: a message sent to the feed, a tracking created. */
export function toPostedAnswer(trackingId: string, feedId: number): object {
  return {
    trackingId,
    type: 'create',
    results: {
      totalCount: 2,
      items: [
        { action: 'messageSent', dtoTypeKey: 'sendUsage', instance: { trackingId, udrFeedId: feedId } },
        { action: 'created', dtoTypeKey: 'dataImportRequestTracking', instance: { trackingId } },
      ],
    },
  };
}

/** What an event is: types, codec, identities. */
export * from './codec';
export * from './dataId';
export * from './errors';
export { eventFromJson, eventToJson, microsToIso } from './json';
export * from './redaction';
export type * from './generated/events';
export { eventTypes, newestSchema, type EventType } from './registry';
export * from './singleObject';
export * from './uuid';
export { compareUtf8 } from './utf8';

/** What a question to the views can be wrong about. */

/** The question names something that the views do not hold, or does not say which of several it means. */
export class QuestionError extends Error {
  override readonly name = 'QuestionError';
}

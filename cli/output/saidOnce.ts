/** What several attempts say of the one thing that befalls them all, such as a hold or an outage, said once. */

/**
 * Hands a message on unless another speaker has said the same since this one last did. Who says it again, says it of
 * something new.
 * @param say takes what is to be said
 */
export function saidOnce(say: (message: string) => void): (speaker: string, message: string) => void {
  const speakersOf = new Map<string, Set<string>>();
  return (speaker, message) => {
    const speakers = speakersOf.get(message);
    if (speakers === undefined || speakers.has(speaker)) {
      speakersOf.set(message, new Set([speaker]));
      say(message);
    } else {
      speakers.add(speaker);
    }
  };
}
